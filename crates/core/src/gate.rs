//! From drafts to changes: what people ask for (`steer.*`), what they decided before, and whether a
//! change may go unattended (gate `auto`, `review` or `blocked`). Every draft gets its gate here,
//! whoever made it. [`crate::arrange`] may hold back more changes, never fewer.

use dreaming_records::candidate::without_name;
use dreaming_records::evidence::Evidence;
use dreaming_records::ids::{ChangeId, Digest};
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Origin;
use dreaming_records::plan::{Cause, Change, Gate, Operation, Rejected, Stage, Target};
use dreaming_records::policy::{self, Policy};
use dreaming_records::revision::{Verdict, evidence_digest};
use dreaming_records::trust::{Provenance, Trust};
use dreaming_text::markdown::Form;

use crate::charter::Ruling;
use crate::draft::Draft;
use crate::hazard;
use crate::identity::Located;
use crate::review_reason::Doubt;
use crate::scorer::Basis;
use crate::steer;
use crate::tier::tier;
use crate::world::World;

/// Decides about each draft by itself; [`crate::arrange`] then looks at all changes together.
/// Returns the changes to propose, in the order of the drafts; the other drafts go to `rejected`.
pub(crate) fn decide(
    drafts: Vec<Draft>,
    world: &World<'_>,
    rejected: &mut Vec<Rejected>,
) -> Vec<Change> {
    let mut proposed = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let stays_rejected = draft.stays_rejected;
        let change = weighed(draft, world);
        if let Some(elsewhere) = steer::elsewhere(&change, world.policy) {
            rejected.push(elsewhere);
            continue;
        }
        // A final rejection concerns a line of the index. Nobody rewords such a line, so what
        // follows is about all other changes.
        if stays_rejected && reviewed(&change, world).is_some_and(Verdict::rejects) {
            rejected.push(again(&change, "rejected-before"));
            continue;
        }
        match settled(&change, world) {
            Some(settled) => rejected.push(settled),
            None => proposed.push(looked_at(change, world)),
        }
    }
    proposed
}

/// The change, which waits for that reason when a person decided against it before: new evidence brings it back, and
/// the person says whether it is enough.
fn looked_at(change: Change, world: &World<'_>) -> Change {
    let is_against = |verdict: &Verdict| verdict.rejects() || verdict.edited.is_some();
    if change.gate == Gate::Blocked || !reviewed(&change, world).is_some_and(is_against) {
        return change;
    }
    let mut gate_reason = Doubt::DecidedBefore.to_string();
    if change.gate == Gate::Review {
        gate_reason = [&*gate_reason, "; ", &*change.gate_reason].concat();
    }
    Change { gate: Gate::Review, gate_reason, ..change }
}

/// Why a change is not proposed again: a person rejected or reworded it, and had seen all the
/// evidence that it has now.
pub(crate) fn settled(change: &Change, world: &World<'_>) -> Option<Rejected> {
    let review = reviewed(change, world)?;
    let reason = match (review.rejects(), &review.edited) {
        (true, _) => "rejected-before",
        (false, Some(_)) => "reworded-before",
        (false, None) => return None,
    };
    let seen = |digest: &Digest| review.evidence.binary_search(digest).is_ok();
    if !change.evidence.iter().map(evidence_digest).all(|digest| seen(&digest)) {
        return None;
    }
    Some(again(change, reason))
}

fn again(change: &Change, reason: &'static str) -> Rejected {
    let said = change.text.as_deref().unwrap_or(&change.because);
    Rejected::new(Stage::Gate, reason, said, change.evidence.clone())
}

/// What a person decided about this change. A preference has the name of its person behind its words
/// or not, and engines before this one put the memory of its entries into the id of a change; a
/// decision about the change in these forms counts too. Who rejected that one of two entries goes for the other
/// wants both, so the other does not go either.
pub(crate) fn reviewed<'a>(change: &Change, world: &World<'a>) -> Option<&'a Verdict> {
    world.reviews.iter().next()?;
    let of = |id: ChangeId| world.reviews.get(id.as_str()).copied();
    // With the name of its person a preference stands only while several people work.
    let other_form = || {
        let (text, person) = (change.text.as_deref()?, change.principal.as_deref()?);
        let words = without_name(text, Some(person));
        let text = if words == text { format!("{text} ({person})") } else { words.into() };
        let other = Change { text: Some(text), ..change.clone() };
        of(other.derived_id()).or_else(|| of(other.id_with_path()))
    };
    let turned_round = || {
        let ([gone], Some(stays)) = (change.targets.as_slice(), &change.survivor) else {
            return None;
        };
        let (targets, survivor) = (vec![stays.clone()], Some(gone.clone()));
        let other = Change { targets, survivor, ..change.clone() };
        of(other.derived_id()).filter(|verdict| verdict.rejects())
    };
    of(change.derived_id())
        .or_else(|| of(change.id_with_path()))
        .or_else(other_form)
        .or_else(turned_round)
}

/// The change of a draft, with id, tier, score and gate.
fn weighed(draft: Draft, world: &World<'_>) -> Change {
    let policy = world.policy;
    let statement = draft
        .text
        .as_deref()
        .or(draft.targets.first().map(|target| target.text.as_str()))
        .unwrap_or("");
    let known = draft.targets.iter().filter_map(|target| world.places.get(&target.entry));
    let evidence = known.flat_map(|entry| &entry.record.evidence).chain(&draft.evidence);
    let score = world.scorer.score(&Basis {
        text: statement,
        support: draft.support,
        trust: draft.trust,
        credit: world.outcomes.credit(statement, draft.kind, draft.trust, evidence),
        last_seen: draft.last_seen,
    });
    let (gate, gate_reason) = match (blocked(&draft, world), world.charter.rule(&draft)) {
        (Some(reason), _) | (None, Some(Ruling::Forbidden(reason))) => (Gate::Blocked, reason),
        (None, Some(Ruling::Doubtful(doubt))) => (Gate::Review, doubt.to_string()),
        (None, None) => attended(&draft, policy),
    };
    // What a person said in the person's own words is not searched for hazardous advice.
    let is_said = matches!(draft.cause, Cause::Stated | Cause::Corrected);
    let is_hazardous = !is_said && brings_words(&draft) && hazard::is_hazardous(statement);
    let (gate, gate_reason) = match gate {
        Gate::Auto if is_hazardous => (Gate::Review, Doubt::Hazardous.to_string()),
        gate => (gate, gate_reason),
    };
    // What only a page, a file or a tool says takes the place of nothing that is trusted more unseen.
    let trusted = |target: &Target| {
        world.places.get(&target.entry).is_none_or(|entry| entry.record.trust > Trust::External)
    };
    // Nor does it come in as a fact that a model found unseen, however many of them say it. What a host proposes, such as an
    // export that a person adopts, was chosen.
    let outside = |piece: &Evidence| piece.provenance == Provenance::External;
    let is_found = matches!(draft.cause, Cause::Distilled | Cause::Noticed);
    let comes = || is_found && draft.kind == Some(Kind::Fact) && draft.evidence.iter().all(outside);
    let is_outside = brings_words(&draft)
        && draft.trust == Trust::External
        && match draft.operation {
            Operation::Supersede => draft.targets.iter().any(trusted),
            Operation::Add => comes(),
            _ => false,
        };
    let is_alone = draft.cause == Cause::Noticed || is_hazardous || is_outside;
    let alone = gate != Gate::Blocked && is_alone;
    let id = draft.derived_id();
    let tier = tier(draft.support, policy);
    let change = draft.into_change();
    Change { id, tier, score, gate, gate_reason, alone, ..change }
}

/// Whether the change would write words into the store that are not in it yet.
fn brings_words(draft: &Draft) -> bool {
    matches!(draft.operation, Operation::Add | Operation::Supersede)
        && draft.text.is_some()
        && draft.kind != Some(Kind::Index)
}

/// Whether nobody may apply a change like this draft.
pub(crate) fn is_forbidden(draft: &Draft, world: &World<'_>) -> bool {
    let chartered = || matches!(world.charter.rule(draft), Some(Ruling::Forbidden(_)));
    blocked(draft, world).is_some() || chartered()
}

/// Why nobody may apply the change.
fn blocked(draft: &Draft, world: &World<'_>) -> Option<String> {
    if world.is_pinned(&draft.path) || draft.targets.iter().any(|t| world.is_pinned(&t.path)) {
        return Some("the memory is pinned".into());
    }
    if draft.targets.iter().any(|t| world.is_pinned_entry(&t.entry)) {
        return Some("the entry is pinned".into());
    }
    if draft.kind.is_some_and(Kind::instructs) && draft.trust < Trust::Agent {
        return Some("words from tools and pages cannot become instructions".into());
    }
    let removes = matches!(draft.operation, Operation::Merge | Operation::Retire)
        || draft.operation == Operation::Supersede && draft.text.is_none();
    let holds_others = |target: &Target| world.places.get(&target.entry).is_none_or(is_held);
    if removes && draft.targets.iter().any(holds_others) {
        return Some("other statements stand inside it".into());
    }
    None
}

/// Whether an entry cannot be taken out alone, for other words stand inside it, or it says nothing without those around
/// it. A row of a table that a dream wrote can.
pub(crate) fn is_held(entry: &Located) -> bool {
    let is_own_row = entry.piece.form == Form::Row && entry.record.origin == Origin::Dream;
    entry.piece.holds_others && !is_own_row
}

/// Whether a person has to look at a change that could be written: yes if it has a doubt that the
/// policy does not waive.
fn attended(draft: &Draft, policy: &Policy) -> (Gate, String) {
    let waived = |doubt: &Doubt| doubt.waived_by().filter(|switch| policy.is_on(switch));
    if let Some(doubt) = draft.doubts.iter().find(|doubt| waived(doubt).is_none()) {
        return (Gate::Review, doubt.to_string());
    }
    if let Some(doubt) = draft.doubts.first()
        && let Some(switch) = waived(doubt)
    {
        return (Gate::Auto, format!("policy: {} is on ({doubt})", switch.name));
    }
    match of_operation(draft, policy) {
        Some(doubt) => (Gate::Review, doubt.to_string()),
        None if draft.operation == Operation::Merge => {
            (Gate::Auto, "equal statements: nothing is lost".into())
        }
        None => (Gate::Auto, "an addition with recurring evidence loses nothing".into()),
    }
}

/// The reason for a person's look that follows from what a change does, where its stage gave no
/// reason.
fn of_operation(draft: &Draft, policy: &Policy) -> Option<Doubt> {
    // A model's wording of text from tools and pages is not the text itself. So no such wording
    // goes into a memory that an agent reads before a person has looked at it.
    if matches!(draft.cause, Cause::Distilled | Cause::Noticed) {
        return Some(Doubt::WordedByModel);
    }
    match draft.operation {
        Operation::Add => {
            let carries_words =
                draft.kind != Some(Kind::Index) && !policy.is_on(&policy::AUTO_WORDS);
            if draft.kind == Some(Kind::Practice) {
                Some(Doubt::NoKnownCause)
            } else if carries_words || draft.trust < Trust::Tool {
                Some(Doubt::WordsOfTranscript)
            } else {
                (!policy.is_on(&policy::AUTO_ADD)).then_some(Doubt::AddsHeld)
            }
        }
        Operation::Merge => (!policy.is_on(&policy::AUTO_MERGE)).then_some(Doubt::MergesHeld),
        _ => Some(Doubt::ChangesStatement),
    }
}

#[cfg(test)]
mod tests;
