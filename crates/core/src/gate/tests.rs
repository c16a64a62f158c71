//! One rule of the gate at a time: what nobody may apply, what a person looks at, what may go
//! unattended, and what a decision settles.

use dreaming_fixtures::{candidate, revisions, time};
use dreaming_records::engine::Engine;
use dreaming_records::ids::{ChangeId, EntryId};
use dreaming_records::ledger::{Support, Tier};
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::policy::SettingValue;
use dreaming_records::revision::RevisionKind;
use dreaming_records::snapshot::Snapshot;
use dreaming_text::{Map, sort};

use super::*;
use crate::identity::{Resolution, resolve};
use crate::world::Asked;

/// Notes of a person: one statement that holds another one, and one that holds none.
const NOTES: &str =
    "- Teas are sold by weight:\n  - loose ones in bags of 100 g\n- The shop opens at nine\n";

/// The statement that holds another one.
const HOLDS: &str = "Teas are sold by weight:";

/// The one that holds none.
const ALONE: &str = "The shop opens at nine";

struct Case {
    store: Snapshot,
    read: Resolution,
    policy: Policy,
}

impl Case {
    fn new(settings: &[(&str, SettingValue)]) -> Self {
        let mut store = Snapshot::new("");
        store.add_memory(Memory::new("notes.md", NOTES, None).unwrap()).unwrap();
        let read = resolve(&store, time(9), crate::redact);
        let mut policy = Policy::default();
        for (name, value) in settings {
            policy.set(name, value.clone()).unwrap();
        }
        Self { store, read, policy }
    }

    fn look<T>(&self, look: impl FnOnce(&World<'_>) -> T) -> T {
        let engine = Engine { fingerprint: revisions::fingerprint(), redact: crate::redact };
        let asked = Asked { policy: &self.policy, instructions: "", now: time(9) };
        look(&World::new(&engine, &self.store, &self.read, asked, Map::default()))
    }

    /// A draft about the entry with this text.
    fn about(&self, operation: Operation, text: &str) -> Draft {
        let entry = self.read.entries.iter().find(|entry| entry.record.text == text).unwrap();
        Draft::about_entries(operation, Cause::Duplicate, entry)
    }

    fn blocked(&self, draft: &Draft) -> Option<String> {
        self.look(|world| blocked(draft, world))
    }

    fn attended(&self, draft: &Draft) -> (Gate, String) {
        attended(draft, &self.policy)
    }
}

fn path(text: &str) -> MemoryPath {
    MemoryPath::new(text).unwrap()
}

/// A draft that adds a statement.
fn adds(kind: Kind, trust: Trust, cause: Cause) -> Draft {
    let mut draft =
        Draft::of_candidate(Operation::Add, cause, path("learned/new.md"), &candidate(kind, ALONE));
    draft.trust = trust;
    draft
}

fn pins(name: &'static str, what: &str) -> Case {
    Case::new(&[(name, SettingValue::Texts(vec![what.into()]))])
}

#[test]
fn a_pinned_memory_gets_nothing_and_loses_nothing() {
    let pinned =
        |case: &Case, draft: &Draft| case.blocked(draft) == Some("the memory is pinned".into());
    let gets = pins("pins.paths", "learned/new.md");
    assert!(pinned(&gets, &adds(Kind::Fact, Trust::User, Cause::Stated)), "what it would get");
    assert!(!pinned(&gets, &gets.about(Operation::Retire, ALONE)), "another memory");
    let loses = pins("pins.paths", "notes.md");
    let mut moved = loses.about(Operation::Merge, ALONE);
    moved.path = path("learned/new.md");
    assert!(pinned(&loses, &moved), "what it would lose to another memory");
    let id = loses.read.entries.iter().find(|e| e.record.text == ALONE).unwrap().record.id.clone();
    let entry = pins("pins.entries", id.as_str());
    let retire = |text| entry.blocked(&entry.about(Operation::Retire, text));
    assert_eq!(retire(ALONE), Some("the entry is pinned".into()));
    assert_ne!(retire(HOLDS), Some("the entry is pinned".into()));
}

#[test]
fn words_of_tools_and_pages_become_no_instruction_and_may_tell_what_went_wrong() {
    let case = Case::new(&[]);
    for (kind, trust, is_blocked) in [
        (Kind::Preference, Trust::External, true),
        (Kind::Workflow, Trust::Tool, true),
        (Kind::Preference, Trust::Agent, false),
        (Kind::Workflow, Trust::User, false),
        (Kind::Mistake, Trust::External, false),
        (Kind::Fact, Trust::Tool, false),
    ] {
        let blocked = case.blocked(&adds(kind, trust, Cause::Recurring));
        assert_eq!(blocked.is_some(), is_blocked, "{kind:?} {trust:?}: {blocked:?}");
    }
}

#[test]
fn what_holds_other_statements_is_not_taken_out() {
    let case = Case::new(&[]);
    for operation in [Operation::Merge, Operation::Retire, Operation::Supersede] {
        let why = case.blocked(&case.about(operation, HOLDS));
        assert_eq!(why, Some("other statements stand inside it".into()), "{operation:?}");
        assert_eq!(case.blocked(&case.about(operation, ALONE)), None, "{operation:?}");
    }
    // New words take its place, and what stands inside it stays.
    let mut reworded = case.about(Operation::Supersede, HOLDS);
    reworded.text = Some("Teas are sold by the cup:".into());
    assert_eq!(case.blocked(&reworded), None);
    // Nothing is known of an entry that the store does not have.
    let mut unknown = case.about(Operation::Retire, ALONE);
    unknown.targets[0].entry = EntryId::new("elsewhere");
    assert!(case.blocked(&unknown).is_some());
}

#[test]
fn only_new_words_are_searched_for_advice_that_does_harm() {
    let case = Case::new(&[]);
    let mut line = adds(Kind::Fact, Trust::Agent, Cause::Recurring);
    assert!(brings_words(&line));
    line.kind = Some(Kind::Index);
    assert!(!brings_words(&line), "a line of the index");
    let mut supersedes = case.about(Operation::Supersede, ALONE);
    assert!(!brings_words(&supersedes), "it takes an entry out and has no words");
    supersedes.text = Some(ALONE.into());
    assert!(brings_words(&supersedes));
    let mut merges = case.about(Operation::Merge, ALONE);
    merges.text = Some(ALONE.into());
    assert!(!brings_words(&merges), "its words are in the store");
}

#[test]
fn without_a_doubt_of_its_stage_the_operation_decides_who_looks() {
    let on = |name: &'static str, is_on| Case::new(&[(name, SettingValue::Switch(is_on))]);
    let (plain, words) = (Case::new(&[]), on("gate.auto-words", true));
    let gate = |case: &Case, draft: &Draft| case.attended(draft).0;
    let why = |case: &Case, draft: &Draft| case.attended(draft).1;
    let merge = plain.about(Operation::Merge, ALONE);
    assert_eq!(plain.attended(&merge), (Gate::Auto, "equal statements: nothing is lost".into()));
    assert_eq!(gate(&on("gate.auto-merge", false), &merge), Gate::Review);
    let fact = adds(Kind::Fact, Trust::Tool, Cause::Recurring);
    assert_eq!(why(&plain, &fact), Doubt::WordsOfTranscript.to_string());
    let added = "an addition with recurring evidence loses nothing";
    assert_eq!(words.attended(&fact), (Gate::Auto, added.into()));
    let page = adds(Kind::Fact, Trust::External, Cause::Recurring);
    assert_eq!(gate(&words, &page), Gate::Review, "words of a page, also with the switch");
    let practice = adds(Kind::Practice, Trust::User, Cause::Recurring);
    assert_eq!(why(&words, &practice), Doubt::NoKnownCause.to_string());
    let model = adds(Kind::Fact, Trust::User, Cause::Distilled);
    assert_eq!(why(&words, &model), Doubt::WordedByModel.to_string());
    let mut line = adds(Kind::Index, Trust::User, Cause::Index);
    assert_eq!(gate(&plain, &line), Gate::Auto);
    assert_eq!(gate(&on("gate.auto-add", false), &line), Gate::Review);
    line = line.doubted(Doubt::LeftOpen);
    assert_eq!(plain.attended(&line), (Gate::Review, Doubt::LeftOpen.to_string()));
    let retire = plain.about(Operation::Retire, ALONE);
    assert_eq!(why(&words, &retire), Doubt::ChangesStatement.to_string());
}

#[test]
fn a_change_carries_what_was_decided_about_it() {
    let case = Case::new(&[]);
    let mut draft = adds(Kind::Preference, Trust::Tool, Cause::Recurring);
    draft.support = Support { sessions: 50, agents: 5, days: 50 };
    let changes = case.look(|world| decide(vec![draft], world, &mut Vec::new()));
    let [change] = &changes[..] else { panic!("{changes:?}") };
    let why = "words from tools and pages cannot become instructions";
    assert_eq!((change.gate, &*change.gate_reason), (Gate::Blocked, why));
    assert_eq!(change.tier, Tier::Long);
    assert!(change.score.total > 0 && change.id == change.derived_id());
}

#[test]
fn what_a_person_rejected_stays_away_until_it_has_new_evidence() {
    let mut case = Case::new(&[]);
    let draft = || adds(Kind::Fact, Trust::User, Cause::Recurring);
    let decided = |case: &Case, draft: Draft| {
        case.look(|world| {
            let mut rejected = Vec::new();
            let changes = decide(vec![draft], world, &mut rejected);
            (changes, rejected.iter().map(|one| one.reason.to_string()).collect::<Vec<_>>())
        })
    };
    let change = decided(&case, draft()).0.remove(0);
    let evidence: Vec<Digest> = {
        let mut seen: Vec<Digest> = change.evidence.iter().map(evidence_digest).collect();
        sort::all(&mut seen);
        seen
    };
    assert!(!evidence.is_empty());
    let review = |change: &ChangeId| Verdict {
        change: change.clone(),
        accepted: false,
        evidence: evidence.clone(),
        edited: None,
        reopened: false,
    };
    let set = |case: &mut Case, verdict: Verdict| {
        let mut record = revisions::record(7, RevisionKind::Dream);
        record.verdicts = vec![verdict];
        case.store.decisions.insert(7, record);
    };
    set(&mut case, review(&change.id));
    assert_eq!(decided(&case, draft()), (vec![], vec!["rejected-before".to_owned()]));
    let mut line = draft();
    line.stays_rejected = true;
    assert_eq!(decided(&case, line.clone()), (vec![], vec!["rejected-before".to_owned()]));
    // With evidence that the person has not seen, only what stays rejected stays away.
    set(&mut case, Verdict { evidence: Vec::new(), ..review(&change.id) });
    assert_eq!(decided(&case, draft()).0.len(), 1);
    assert!(decided(&case, line.clone()).0.is_empty());
    // Taken back, it is proposed again; so is what was accepted.
    for verdict in [
        Verdict { reopened: true, ..review(&change.id) },
        Verdict { accepted: true, ..review(&change.id) },
    ] {
        set(&mut case, verdict);
        assert_eq!(decided(&case, line.clone()).0.len(), 1);
        assert_eq!(decided(&case, draft()).0.len(), 1);
    }
    // Accepted in other words, these words are the person's answer.
    let words = Some(evidence[0].clone());
    set(&mut case, Verdict { accepted: true, edited: words, ..review(&change.id) });
    assert_eq!(decided(&case, draft()), (vec![], vec!["reworded-before".to_owned()]));
}

#[test]
fn what_a_person_decided_against_never_goes_unattended_however_much_evidence_it_gets() {
    let mut case = Case::new(&[("gate.auto-words", SettingValue::Switch(true))]);
    let draft = || adds(Kind::Fact, Trust::User, Cause::Recurring);
    let gate = |case: &Case| {
        let change = case.look(|world| decide(vec![draft()], world, &mut Vec::new())).remove(0);
        (change.gate, change.gate_reason)
    };
    assert_eq!(gate(&case).0, Gate::Auto);
    let change = draft().derived_id();
    let unseen =
        Verdict { change, accepted: false, evidence: Vec::new(), edited: None, reopened: false };
    let words = Some(Digest::default());
    for (verdict, is_against) in [
        (unseen.clone(), true),
        (Verdict { accepted: true, edited: words, ..unseen.clone() }, true),
        (Verdict { accepted: true, ..unseen.clone() }, false),
        (Verdict { reopened: true, ..unseen.clone() }, false),
    ] {
        let mut record = revisions::record(7, RevisionKind::Dream);
        record.verdicts = vec![verdict];
        case.store.decisions.insert(7, record);
        let wanted = if is_against { Gate::Review } else { Gate::Auto };
        let (gate, why) = gate(&case);
        assert_eq!((gate, why == Doubt::DecidedBefore.to_string()), (wanted, is_against));
    }
}

#[test]
fn a_rejection_of_the_words_without_their_person_counts_for_that_person_too() {
    let mut case = Case::new(&[]);
    let said = |text: &str, principal: Option<&str>| {
        let mut draft = adds(Kind::Preference, Trust::User, Cause::Stated);
        draft.text = Some(text.into());
        draft.principal = principal.map(str::to_owned);
        draft
    };
    let before = said("Tea comes first", Some("jonas")).into_change();
    let mut record = revisions::record(7, RevisionKind::Dream);
    let evidence = before.evidence.iter().map(evidence_digest);
    let mut evidence: Vec<Digest> = evidence.collect();
    sort::all(&mut evidence);
    let verdict = Verdict {
        change: before.derived_id(),
        accepted: false,
        evidence,
        edited: None,
        reopened: false,
    };
    record.verdicts = vec![verdict.clone()];
    case.store.decisions.insert(7, record);
    let is_known = |draft: Draft| {
        let change = draft.into_change();
        case.look(|world| reviewed(&change, world).is_some())
    };
    assert!(is_known(said("Tea comes first (jonas)", Some("jonas"))), "with the name");
    assert!(!is_known(said("Coffee comes first (jonas)", Some("jonas"))), "other words");
    assert!(!is_known(said("Tea comes first (jonas)", Some("ada"))), "another person");
    // And the other way round, when nobody else works any more.
    let before = said("Coffee comes last (jonas)", Some("jonas")).into_change();
    let mut record = revisions::record(8, RevisionKind::Dream);
    let verdict = Verdict { change: before.derived_id(), ..verdict };
    record.verdicts = vec![verdict];
    case.store.decisions.insert(8, record);
    let is_known = |draft: Draft| {
        let change = draft.into_change();
        case.look(|world| reviewed(&change, world).is_some())
    };
    assert!(is_known(said("Coffee comes last", Some("jonas"))), "without the name");
    assert!(!is_known(said("Coffee comes last", Some("ada"))), "of another person");
    assert!(!is_known(said("Coffee comes last", None)), "of all");
}
