//! What of a plan and of the records of sessions is shown to a model that looks across sessions.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use dreaming_records::canonical::digest_parts;
use dreaming_records::evidence::{self, Evidence, Pin};
use dreaming_records::ids::SessionId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Sessions;
use dreaming_records::plan::{Change, Gate};
use dreaming_records::policy::{self, Policy};
use dreaming_records::session_record::SessionRecord;
use dreaming_records::{copies, withdrawn};
use dreaming_text::{Set, normal, sort};

use crate::mine;
use crate::outcome::Judge;
use crate::select;

/// Places that are shown together.
#[derive(Debug)]
pub(super) struct Finding {
    /// What they have in common, as a line.
    pub said: String,
    /// The places, spread over sessions, at most as many as an entry keeps.
    pub places: Vec<Evidence>,
    /// Whether what tools printed there is the message of a failure.
    pub failed: bool,
    /// The command that failed, as the record names it: the agent ran it.
    pub ran: Option<String>,
}

/// What findings are about. Of those of equally many sessions the first sort is shown first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Planned(Kind),
    Proposed(Kind),
    Said,
    Failed,
}

/// Places with what they have in common.
type Places = Vec<((Sort, String), Evidence)>;

/// What a plan would add or change and what was found in the sessions that count, each place once: that of most
/// sessions first, then the newest.
pub(super) fn findings(changes: &[Change], sessions: &Sessions, policy: &Policy) -> Vec<Finding> {
    let mut all_places = Places::new();
    for change in changes.iter().filter(|change| change.gate != Gate::Blocked) {
        let (Some(kind), Some(text)) = (change.kind, &change.text) else { continue };
        let of = (Sort::Planned(kind), normal(text));
        all_places.extend(standing(&change.evidence, sessions).map(|place| (of.clone(), place)));
    }
    let all = copies::distinct(sessions);
    let judge = Judge::new(all.iter().copied());
    for record in all.iter().filter(|record| select::takes(&record.notes, &judge, policy)) {
        of_record(record, &mut all_places);
    }
    shown(all_places, sessions, policy)
}

/// What one session adds.
fn of_record(record: &SessionRecord, all: &mut Places) {
    let mut add = |sort: Sort, said: &str, pins: &mut dyn Iterator<Item = &Pin>| {
        let places = pins.filter(|pin| pin.provenance.trust().is_some());
        let of = (sort, normal(said));
        all.extend(places.map(|pin| (of.clone(), record.evidence(pin))));
    };
    for proposal in &record.proposals {
        add(Sort::Proposed(proposal.kind), &proposal.text, &mut proposal.pins.iter());
    }
    for statement in &record.notes.statements {
        add(Sort::Said, &statement.text, &mut std::iter::once(&statement.pin));
    }
    for failure in record.notes.failures.iter().filter(|failure| mine::told(failure).is_some()) {
        let cure = failure.cure.as_ref().map(|cure| &cure.pin);
        add(Sort::Failed, &failure.tool, &mut std::iter::once(&failure.pin).chain(cure));
    }
}

/// The findings in their order, each place with the first of them.
fn shown(mut all: Places, sessions: &Sessions, policy: &Policy) -> Vec<Finding> {
    sort::by(&mut all, |(a, _), (b, _)| a.cmp(b));
    let groups = all.chunk_by(|(a, _), (b, _)| a == b);
    let ranked = groups.filter_map(|group| {
        let ((sort, said), _) = group.first()?;
        let places = || group.iter().map(|(_, place)| place);
        let of = Set::of(places().map(|place| origin(place, sessions))).len();
        let last = places().filter_map(|place| place.time).max();
        Some((Reverse(of), Reverse(last), *sort, said.clone(), places().cloned().collect()))
    });
    let mut ranked: Vec<(_, _, Sort, String, Vec<Evidence>)> = ranked.collect();
    sort::by(&mut ranked, |a, b| (a.0, a.2, a.1, &a.3).cmp(&(b.0, b.2, b.1, &b.3)));
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for (_, _, sort, said, mut places) in ranked {
        places.retain(|place| {
            let Evidence { session, part, line, start, .. } = place;
            let (session, line, start) =
                (session.as_str().as_bytes(), line.to_be_bytes(), start.to_be_bytes());
            seen.insert(digest_parts([session, part.as_bytes(), &line, &start]))
        });
        let ran = (sort == Sort::Failed).then(|| said.clone());
        let Some(said) = line(sort, &said).filter(|_| !places.is_empty()) else { continue };
        let failed = matches!(
            sort,
            Sort::Failed | Sort::Planned(Kind::Mistake) | Sort::Proposed(Kind::Mistake)
        );
        let places = evidence::select(places, policy.size(&policy::MAX_EVIDENCE));
        findings.push(Finding { said, places, failed, ran });
    }
    findings
}

/// What a finding is called in a prompt; `None` for lines of the index, which say nothing of their own.
fn line(sort: Sort, said: &str) -> Option<String> {
    let name = |kind: Kind| Kind::learned().find(|(_, other)| *other == kind).map(|(name, _)| name);
    Some(match sort {
        Sort::Planned(kind) => format!("Planned, {}: {said}", name(kind)?),
        Sort::Proposed(kind) => format!("Proposed, {}: {said}", name(kind)?),
        Sort::Said => "Said".into(),
        Sort::Failed => format!("Failed: {said}"),
    })
}

/// The places of which a record that counts says that they were read.
pub(super) fn standing<'a>(
    evidence: &'a [Evidence],
    sessions: &'a Sessions,
) -> impl Iterator<Item = Evidence> + 'a {
    let gone = withdrawn::all(sessions);
    let origins = withdrawn::origins(sessions);
    let stands = move |place: &&Evidence| {
        let whole = sessions.get(&place.session).is_some_and(|record| record.notes.is_whole());
        let counts = !gone.contains(&place.session) && !origins.contains(origin(place, sessions));
        whole && counts && !place.claimed
    };
    evidence.iter().filter(stands).cloned()
}

/// The session of a place, by the id inside the transcript.
pub(super) fn origin<'a>(place: &'a Evidence, sessions: &'a Sessions) -> &'a SessionId {
    let record = sessions.get(&place.session);
    record.map_or(&place.session, |record| record.origin_of(&place.part, place.line))
}
