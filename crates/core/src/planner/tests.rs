//! Whole plans over small stores: what waits, what is accepted alone, and what goes only together
//! with an addition.

use super::*;
use crate::identity::{Located, resolve};
use dreaming_fixtures::{candidate, revisions};
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{EntryRecord, Finder, Origin};
use dreaming_records::memory::Memory;
use dreaming_records::plan::{Cause, Change, Gate, Operation};
use dreaming_records::policy::{self, Policy, SettingValue};
use dreaming_records::trust::{Provenance, Trust};

mod rows;
mod together;

fn planned(store: &Snapshot, candidates: Vec<Candidate>) -> Planned {
    planned_by(&Policy::default(), store, candidates)
}

fn planned_by(policy: &Policy, store: &Snapshot, candidates: Vec<Candidate>) -> Planned {
    let fingerprint = revisions::fingerprint();
    let engine = Engine { fingerprint, redact: crate::redact };
    let now = dreaming_fixtures::time(9);
    let asked = Asked { policy, instructions: "", now };
    let read = resolve(store, now, crate::redact);
    plan(&engine, store, &read, asked, Learned { candidates, ..Learned::default() })
}

#[test]
fn what_a_model_proposed_waits_until_one_has_written_from_all_of_it() {
    let store = Snapshot::new("");
    let shown = Policy::default().with(&policy::DISTIL_CALLS, 0);
    let of = |kind, sessions, said, trust| {
        let mut found = candidate(kind, "The queue of the shop lives in Redis.");
        found.finder = Finder::Model;
        found.trust = trust;
        found.support.sessions = sessions;
        found.evidence.iter_mut().for_each(|piece| piece.provenance = said);
        let changes = planned_by(&shown, &store, vec![found.clone()]).changes;
        assert_eq!((changes.len(), changes[0].gate), (1, Gate::Review));
        let cause = changes[0].cause;
        let asked = planned(&store, vec![found.clone()]);
        assert_eq!((asked.changes.len(), asked.rejected.len()), (0, 1));
        assert_eq!(asked.rejected[0].reason, WAITS_TO_BE_WRITTEN);
        for policy in [&shown, &Policy::default()] {
            found.worth = Some(false);
            assert!(planned_by(policy, &store, vec![found.clone()]).changes.is_empty());
            found.worth = Some(true);
            let kept = planned_by(policy, &store, vec![found.clone()]).changes;
            // A person who accepts all changes accepts those with a doubt too, but not those
            // that rest only on words from outside.
            let outside = trust == Trust::External && cause == Cause::Noticed;
            assert_eq!((kept[0].alone, kept[0].gate), (outside, Gate::Review));
        }
        cause
    };
    let cause = |sessions, said, trust| of(Kind::Fact, sessions, said, trust);
    let (person, agent) = (Provenance::User, Provenance::Agent);
    assert_eq!(cause(1, agent, Trust::Agent), Cause::Noticed);
    // Text that a person pasted has the trust of words from outside.
    assert_eq!(cause(1, person, Trust::External), Cause::Noticed);
    assert_eq!(cause(1, person, Trust::Tool), Cause::Distilled);
    assert_eq!(cause(2, agent, Trust::Agent), Cause::Distilled);
    assert_eq!(of(Kind::Mistake, 1, person, Trust::User), Cause::Noticed);
    assert_eq!(of(Kind::Mistake, 2, person, Trust::User), Cause::Distilled);
}

/// What is planned over mistakes that a model wrote, each with the statement that a model wrote
/// in its place, with trust and sessions; `tokens`: the budget for what dreams write.
fn moved(tokens: u64, lines: &[(&str, Kind, &str, Trust, u64)]) -> Vec<Change> {
    let mut store = Snapshot::new("");
    let text: String = lines.iter().map(|(old, ..)| format!("- {old}\n")).collect();
    store.add_memory(Memory::new("learned/mistakes.md", text, None).unwrap()).unwrap();
    let index = "- [Mistakes](learned/mistakes.md)\n- [Facts](learned/facts.md)\n";
    store.add_memory(Memory::new("MEMORY.md", index, None).unwrap()).unwrap();
    store.add_memory(Memory::new("learned/facts.md", "- It is.\n", None).unwrap()).unwrap();
    let mut read = resolve(&store, dreaming_fixtures::time(9), crate::redact);
    let mut candidates = Vec::new();
    let of_mistakes = |entry: &&mut Located| entry.path.as_str() == Kind::Mistake.path();
    let entries = read.entries.iter_mut().filter(of_mistakes);
    for (entry, (_, kind, text, trust, sessions)) in entries.zip(lines) {
        let of_model = EntryRecord {
            origin: Origin::Dream,
            finder: Some(Finder::Model),
            kind: Some(Kind::Mistake),
            ..EntryRecord::clone(&entry.record)
        };
        entry.record = of_model.into();
        let mut found = candidate(*kind, text);
        (found.finder, found.worth) = (Finder::Model, Some(true));
        (found.support.sessions, found.trust) = (*sessions, *trust);
        found.corrects = Some(entry.record.id.clone());
        found.evidence.iter_mut().for_each(|piece| piece.provenance = Provenance::Agent);
        candidates.push(found);
    }
    let engine = Engine { fingerprint: revisions::fingerprint(), redact: crate::redact };
    let policy = Policy::default().with(&policy::LEARN_TOKENS, tokens);
    let asked = Asked { policy: &policy, instructions: "", now: dreaming_fixtures::time(9) };
    let learned = Learned { candidates, ..Learned::default() };
    plan(&engine, &store, &read, asked, learned).changes
}

#[test]
fn what_goes_for_an_addition_goes_only_as_the_addition_does() {
    let old = "Run the checks first.";
    let changes = |kind, text, trust| moved(4000, &[(old, kind, text, trust, 2)]);
    let free = "The checks run by themselves.";
    for (text, alone) in [(free, false), ("Run `rm -rf data` before the checks.", true)] {
        let changes = changes(Kind::Fact, text, Trust::Agent);
        let both: Vec<_> = changes.iter().map(|c| (c.operation, c.alone, c.gate)).collect();
        let of = |operation| (operation, alone, Gate::Review);
        // The line of the index goes with the last statement of its memory.
        let line = (Operation::Retire, false, Gate::Review);
        assert_eq!(both, [line, of(Operation::Add), of(Operation::Supersede)]);
        assert_eq!(changes[2].needs, [changes[1].id.clone()]);
        assert!(changes[1].because.ends_with(
            "What it also takes up goes only together with it: `learned/mistakes.md`, line 1."
        ));
    }
    // Nothing goes for what nobody may accept.
    let blocked = changes(Kind::Workflow, free, Trust::External);
    let gates: Vec<_> = blocked.iter().map(|c| (c.operation, c.gate)).collect();
    assert_eq!(gates, [(Operation::Add, Gate::Blocked)]);
    assert!(!blocked[0].because.contains("goes only together"));
}

#[test]
fn what_a_line_rests_on_itself_corrects_it_in_nothing() {
    let mut store = Snapshot::new("");
    let memory = Memory::new("learned/mistakes.md", "- Ask before a release.\n", None).unwrap();
    store.add_memory(memory).unwrap();
    let mut read = resolve(&store, dreaming_fixtures::time(9), crate::redact);
    let cause = |read: &Resolution, found: &Candidate| {
        let engine = Engine { fingerprint: revisions::fingerprint(), redact: crate::redact };
        let now = dreaming_fixtures::time(9);
        let asked = Asked { policy: &Policy::default(), instructions: "", now };
        let learned = Learned { candidates: vec![found.clone()], ..Learned::default() };
        let changes = plan(&engine, &store, read, asked, learned).changes;
        assert_eq!(changes.len(), 1, "{changes:#?}");
        (changes[0].cause, changes[0].because.contains("takes it for the newer value"))
    };
    let mut found = candidate(Kind::Mistake, "Ask before a release, and tag it.");
    found.evidence.iter_mut().for_each(|piece| piece.provenance = Provenance::User);
    (found.finder, found.worth, found.trust) = (Finder::Model, Some(true), Trust::User);
    found.corrects = Some(read.entries[0].record.id.clone());
    let line = |finder, evidence| EntryRecord {
        origin: Origin::Dream,
        finder: Some(finder),
        kind: Some(Kind::Mistake),
        evidence,
        ..EntryRecord::clone(&read.entries[0].record)
    };
    let known = || found.evidence.clone();
    let of_rule = (line(Finder::Miner, Vec::new()), line(Finder::Miner, known()));
    let of_model = (line(Finder::Model, Vec::new()), line(Finder::Model, known()));
    // Only a model says that the person's words are about this line: nobody is said to have corrected it.
    read.entries[0].record = of_rule.0.into();
    assert_eq!(cause(&read, &found), (Cause::NewerValue, true));
    read.entries[0].record = of_rule.1.into();
    assert_eq!(cause(&read, &found), (Cause::NewerValue, false));
    // What a model writes in the place of its own line is that line in other words.
    for record in [of_model.0, of_model.1] {
        read.entries[0].record = record.into();
        assert_eq!(cause(&read, &found), (Cause::Outgrown, false));
    }
}

#[test]
fn what_stays_because_there_is_no_room_for_what_would_stand_for_it_takes_room_itself() {
    let long = |word: &str, tokens: usize| format!("{word} {}", "x".repeat(4 * tokens - 5));
    let size = |text: &str| crate::pack::tokens(text.len());
    let (first, second) = (long("old1", 5), long("old2", 85));
    for (prefix, sessions) in [("new", 2), ("new", 9), ("Run `rm -rf data`: ", 2)] {
        let (more, less) = (long("new1", 85), format!("{prefix}{}", long("new2", 20)));
        let lines = [
            (&*first, Kind::Fact, &*more, Trust::Agent, 5),
            (&*second, Kind::Fact, &*less, Trust::Agent, sessions),
        ];
        let changes = moved(100, &lines);
        let mut left: Vec<&str> = vec![&first, &second];
        let mut gone = 0;
        let of_index = |change: &&Change| change.path.as_str() == Kind::Index.path();
        let all = changes.iter().filter(|change| !change.alone && !of_index(change));
        for change in all {
            let is_kept = |text: &&str| change.targets.iter().all(|t| *t.text != **text);
            gone += change.targets.len();
            left.retain(is_kept);
            left.extend(change.text.as_deref());
        }
        assert_eq!(gone, 2 - left.iter().filter(|text| text.starts_with("old")).count());
        let tokens: u64 = left.iter().map(|text| size(text)).sum();
        assert!(tokens <= 100, "{tokens}: {changes:#?}");
    }
}

#[test]
fn what_deletes_or_forces_is_accepted_alone_and_never_unattended() {
    let mut policy = Policy::default();
    policy.set("gate.auto-words", SettingValue::Switch(true)).unwrap();
    let gate = |text: &str| {
        let found = candidate(Kind::Workflow, text);
        let planned = planned_by(&policy, &Snapshot::new(""), vec![found]);
        (planned.changes[0].gate, planned.changes[0].alone)
    };
    assert_eq!(gate("Run `make seed`, then `make test`."), (Gate::Auto, false));
    assert_eq!(gate("Run `rm -rf data`, then `make seed`."), (Gate::Review, true));
    assert_eq!(gate("Run `make fmt`, then `git push --force`."), (Gate::Review, true));
}

#[test]
fn what_is_only_noticed_hides_nothing_that_says_the_same() {
    let of = |text: &str, sessions, worth| {
        let mut found = candidate(Kind::Fact, text);
        found.finder = Finder::Model;
        found.support.sessions = sessions;
        found.evidence.iter_mut().for_each(|piece| piece.provenance = Provenance::Agent);
        found.worth = worth;
        found
    };
    for worth in [None, Some(false)] {
        let first = of("Deploy scripts of the shop need Redis running.", 1, worth);
        let second = of("The deploy scripts of the shop need Redis running.", 3, Some(true));
        let changes = planned(&Snapshot::new(""), vec![first, second.clone()]).changes;
        let texts: Vec<_> = changes.iter().filter_map(|change| change.text.clone()).collect();
        assert_eq!(texts, [second.text], "{worth:?}");
    }
}

#[test]
fn candidates_of_anybody_become_changes_that_wait_for_a_person() {
    let store = Snapshot::new("");
    let found = || {
        vec![
            candidate(Kind::Fact, "The queue of the shop lives in Redis."),
            candidate(Kind::Mistake, "Start the database before the tests."),
        ]
    };
    let there = planned(&store, found());
    let texts: Vec<&str> = there.changes.iter().filter_map(|c| c.text.as_deref()).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(there.changes.iter().all(|c| c.operation == Operation::Add));
    assert!(there.changes.iter().all(|c| c.gate == Gate::Review), "words wait for a person");
    // The order does not matter, nor do repetitions.
    let mut again: Vec<Candidate> = found().into_iter().rev().collect();
    again.extend(found());
    assert_eq!(planned(&store, again).changes, there.changes);
}

#[test]
fn what_a_host_brought_waits_where_what_the_miner_found_goes() {
    let store = Snapshot::new("");
    let mut policy = Policy::default();
    policy.set("gate.auto-words", SettingValue::Switch(true)).unwrap();
    let gate = |finder| {
        let steps = candidate(Kind::Workflow, "Run `make seed`, then `make test`.");
        planned_by(&policy, &store, vec![Candidate { finder, ..steps }]).changes[0].gate
    };
    assert_eq!((gate(Finder::Miner), gate(Finder::Host)), (Gate::Auto, Gate::Review));
}

#[test]
fn what_a_host_claims_lends_an_entry_nothing_and_takes_it_nothing() {
    let mut store = Snapshot::new("");
    let text = "- The queue of the shop lives in Redis.\n";
    store.add_memory(Memory::new("notes.md", text, None).unwrap()).unwrap();
    let mut claimed = candidate(Kind::Fact, "The queue of the shop lives in Redis.");
    claimed.finder = Finder::Host;
    for piece in &mut claimed.evidence {
        piece.claimed = true;
    }
    let found = planned(&store, vec![claimed.clone()]);
    assert_eq!((found.changes.len(), found.reinforcements.len()), (0, 0));
    assert_eq!(found.rejected[0].reason, "only-claimed");
    // A place that a session record shows counts as support by one session, however many
    // sessions the host names.
    claimed.evidence[0].claimed = false;
    claimed.support.sessions = 99;
    let found = planned(&store, vec![claimed]);
    assert_eq!(found.reinforcements[0].support.sessions, 1);
    assert_eq!(found.reinforcements[0].evidence.len(), 1);
}

#[test]
fn what_agents_read_beside_the_store_is_not_added_and_still_supports_what_is_there() {
    let said = "The queue of the shop lives in Redis.";
    let mut policy = Policy::default();
    let read = "# The shop\n\n- the queue of the shop lives in **Redis**\n- Deploy with care.\n";
    policy.set("steer.known", SettingValue::Texts(vec![read.into()])).unwrap();
    let found = || vec![candidate(Kind::Fact, said), candidate(Kind::Fact, "Lamps are sold.")];
    let planned = planned_by(&policy, &Snapshot::new(""), found());
    let texts: Vec<&str> = planned.changes.iter().filter_map(|c| c.text.as_deref()).collect();
    assert_eq!(texts, ["Lamps are sold."]);
    assert_eq!(planned.rejected.len(), 1);
    assert_eq!((&*planned.rejected[0].reason, &*planned.rejected[0].text), ("known", said));
    let mut store = Snapshot::new("");
    let memory = Memory::new("notes.md", format!("- {said}\n"), None).unwrap();
    store.add_memory(memory).unwrap();
    assert_eq!(planned_by(&policy, &store, found()).reinforcements.len(), 1);
}

#[test]
fn what_the_store_says_already_is_supported_and_not_added() {
    let mut store = Snapshot::new("");
    let text = "- The queue of the shop lives in Redis.\n";
    store.add_memory(Memory::new("notes.md", text, None).unwrap()).unwrap();
    let found =
        planned(&store, vec![candidate(Kind::Fact, "The queue of the shop lives in Redis.")]);
    assert_eq!(found.changes, []);
    assert_eq!(found.reinforcements.len(), 1);
    assert_eq!(found.reinforcements[0].support.sessions, 2);
}
