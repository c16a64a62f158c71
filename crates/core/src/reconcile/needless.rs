//! Why candidates need not be added, although no entry that stays says the same.

use dreaming_records::candidate::Candidate;
use dreaming_records::ids::EntryId;
use dreaming_records::policy::Policy;
use dreaming_text::Set;

use crate::draft::Draft;
use crate::identity::Located;
use crate::reconcile::represented::{
    TextAndSubject, comparable, represented, said_elsewhere, same_entries,
};
use crate::reconcile::updates;

/// The reason for each candidate, if there is one. `wanted` are the candidates' words; the entries in `doubled` say what
/// another one says, and each draft of `outdated` replaces an entry by a newer one.
pub(super) fn needless(
    (candidates, wanted): (&[Candidate], &[TextAndSubject<'_>]),
    entries: &[Located],
    doubled: &Set<EntryId>,
    outdated: &[Draft],
    policy: &Policy,
) -> Vec<Option<&'static str>> {
    let targets = outdated.iter().flat_map(|draft| &draft.targets);
    let outdated = Set::of(targets.map(|target| target.entry.clone()));
    let replaced = said_by(candidates, wanted, entries, &outdated);
    let doubled = said_by(candidates, wanted, entries, doubled);
    let known = said_elsewhere(candidates, wanted, policy);
    let all = known.into_iter().zip(represented(candidates)).zip(doubled).zip(replaced);
    let why = |(((known, represented), doubled), replaced)| match (known, replaced) {
        (true, _) => Some("known"),
        // The same plan must not bring back what it takes out.
        (_, true) => Some("older-than-entry"),
        _ => (represented || doubled).then_some("same-as-another"),
    };
    all.map(why).collect()
}

/// For each candidate, whether one of these entries says the same.
fn said_by(
    candidates: &[Candidate],
    wanted: &[TextAndSubject<'_>],
    entries: &[Located],
    these: &Set<EntryId>,
) -> Vec<bool> {
    let entries: Vec<&Located> =
        entries.iter().filter(|entry| these.contains(&entry.record.id)).collect();
    if entries.is_empty() {
        return vec![false; candidates.len()];
    }
    let known: Vec<TextAndSubject> =
        entries.iter().map(|entry| TextAndSubject::of_entry(&entry.record)).collect();
    let may = |candidate: usize, at: usize| {
        candidates.get(candidate).zip(entries.get(at)).is_some_and(|(candidate, entry)| {
            updates::same_scope(candidate, entry)
                && comparable(
                    (Some(candidate.kind), &candidate.text),
                    (entry.record.kind, &entry.record.text),
                )
        })
    };
    same_entries(wanted, &known, may).iter().map(Option::is_some).collect()
}
