//! Finds preferences that several people share. A preference of one person belongs to that person
//! (its principal); one that enough people share becomes the team's.

use dreaming_records::candidate::Candidate;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Sessions;
use dreaming_records::number::count;
use dreaming_records::plan::{Cause, Operation};
use dreaming_records::policy::{self, Policy};
use dreaming_text::{self as text, Groups, Set};

use crate::draft::{Draft, target};
use crate::identity::Located;
use crate::judge::{Relation, judge};
use crate::reconcile::merges;
use crate::reconcile::relate::{Stated, relate};
use crate::review_reason::Doubt;

/// Drafts merges of statements of several people that say the same: into the team's statement if
/// there is one; else, when enough people share them, into the newest, which becomes the team's.
pub(super) fn shared(
    entries: &[Located],
    stated: &[Stated<'_>],
    sessions: &Sessions,
    policy: &Policy,
) -> Vec<Draft> {
    let scoped = |e: &Located| e.record.principal.is_some();
    if !entries.iter().any(scoped) {
        return Vec::new();
    }
    // The entries that are looked at: those with a principal and, of the others, preferences and
    // those that have the words of an entry with a principal.
    let words = Set::of(entries.iter().filter(|e| scoped(e)).map(|e| text::normal(&e.record.text)));
    let looked_at: Vec<(&Located, Stated)> = entries
        .iter()
        .zip(stated)
        .filter(|(e, _)| {
            scoped(e)
                || e.record.kind == Some(Kind::Preference)
                || words.contains(&text::normal(&e.record.text))
        })
        .map(|(e, s)| {
            let mut of_nobody = *s;
            of_nobody.statement.principal = None;
            (e, of_nobody)
        })
        .collect();
    let all: Vec<Stated> = looked_at.iter().map(|(_, stated)| *stated).collect();
    let entry = |at: usize| looked_at.get(at).map(|(entry, _)| *entry);
    let relations = relate(&all, |pair| {
        let (Some(a), Some(b)) = (entry(pair.newer), entry(pair.older)) else { return false };
        pair.judgement.relation == Relation::Same
            && a.record.principal != b.record.principal
            && merges::fit(a, b)
    });
    let groups = Groups::of(relations.same.iter().map(|pair| (pair.newer, pair.older)));
    let needed = policy.number(&policy::TEAM_PRINCIPALS);
    let mut drafts = Vec::new();
    for (centre, members) in groups.iter() {
        let members = std::iter::once(centre).chain(members).copied();
        let whose = members.clone().filter_map(|at| entry(at)?.record.principal.as_deref());
        let whose = Set::of(whose);
        let of_team = members.clone().find(|at| entry(*at).is_some_and(|e| !scoped(e)));
        let enough = count(whose.len()) >= needed;
        let Some(kept) = of_team.or(enough.then_some(*centre)) else { continue };
        for leaves in members.filter(|at| *at != kept) {
            let (Some(old), Some(new)) = (entry(leaves), entry(kept)) else { continue };
            let (Some(a), Some(b)) = (all.get(leaves), all.get(kept)) else { continue };
            let judged = judge(&a.statement, &b.statement);
            // The judge compared each member with the centre of the group, not with the one that is
            // kept.
            if !scoped(old) || judged.relation != Relation::Same {
                continue;
            }
            let mut draft = merges::merge(new, old, &judged, entries, sessions);
            draft.cause = Cause::Shared;
            draft.principal = None;
            draft.because = because(&whose, of_team.is_some());
            draft.doubts = vec![Doubt::BecomesShared];
            drafts.push(draft);
        }
    }
    drafts
}

/// A draft that makes an entry with a principal the team's, when enough people have said the same
/// since. The words of the entry stay.
pub(super) fn promoted(
    entry: &Located,
    candidate: &Candidate,
    sessions: &Sessions,
    policy: &Policy,
) -> Option<Draft> {
    let record = &entry.record;
    record.principal.as_ref()?;
    if candidate.principal.is_some() || entry.piece.text != record.text {
        return None;
    }
    let whose = Set::of(
        candidate
            .evidence
            .iter()
            .filter_map(|piece| sessions.get(&piece.session)?.notes.principal.as_deref()),
    );
    if count(whose.len()) < policy.number(&policy::TEAM_PRINCIPALS) {
        return None;
    }
    let mut draft = Draft::about_entries(Operation::Revise, Cause::Shared, entry);
    draft.text = Some(record.text.clone());
    draft.principal = None;
    draft.because = because(&whose, false);
    draft.evidence.clone_from(&candidate.evidence);
    draft.support = candidate.support;
    draft.last_seen = record.last_seen.max(candidate.last);
    draft.targets = vec![target(entry)];
    Some(draft.doubted(Doubt::BecomesShared))
}

fn because(whose: &Set<&str>, of_team: bool) -> String {
    let names: Vec<String> = whose.iter().map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    match of_team {
        true => format!("It is the team's already, and is kept for {names} too."),
        false => format!("{} people want the same: {names}.", whose.len()),
    }
}
