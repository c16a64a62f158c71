//! Paths to which nothing is written: files that are no memories, and folders of tools without a
//! memory of the store.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use dreaming::apply::Erasure;
use dreaming::gather::Other;
use dreaming::ids::ChangeId;
use dreaming::plan::Change;
use dreaming::propose::{Answer, ModelCall};
use dreaming::{Decision, MemoryPath, NewRevision, Plan, Policy, Request, Selection, Time, gather};
use dreaming_testing::{
    Host, NativeHost, Revision, Store, Transcript, Variation, World, drive, native,
};

fn now() -> Time {
    Time::parse("2026-03-20T00:00:00Z").unwrap()
}

fn committed(store: &mut Store, new: NewRevision) {
    let NewRevision { base, id, bytes: record, memories, ledger, .. } = new;
    store.commit(&Revision { base, id, record, memories, ledger }).unwrap();
}

/// A store with these memories, after `observe`.
fn store(memories: &[(&str, &str)]) -> Store {
    let mut store = Store { salt: "salt".into(), ..Store::default() };
    for (path, text) in memories {
        store.write(path, text, Time::parse("2026-01-05T08:00:00Z"));
    }
    seen(&mut store);
    store
}

fn seen(store: &mut Store) {
    let seen = NativeHost.observe(store, now()).unwrap().unwrap();
    store.commit(&seen).unwrap();
}

/// The plan of a dream over sessions in each of which a person said the same thing.
fn plan(store: &Store) -> Plan {
    let session = |day: u32| {
        let id = format!("s{day}");
        let mut t = Transcript::new(&id, &format!("2026-03-{day:02}T09:00:00Z"));
        t.user("Always write the test before the fix.");
        (id, vec![("main".to_owned(), t.bytes())])
    };
    let sessions: BTreeMap<_, _> = (1..=3).map(session).collect();
    let refuses = |_: &ModelCall| Answer::Refused;
    let world = World { sessions, model: &refuses };
    let request = Request {
        policy: Policy::default(),
        instructions: String::new(),
        now: now(),
        sessions: world.descriptors(),
        similarities: Vec::new(),
    };
    let run = drive(&NativeHost, &request, store, &world, Variation::AS_WRITTEN).unwrap();
    Plan::from_bytes(&run.plan).unwrap()
}

fn only(id: ChangeId) -> Decision {
    Decision {
        accept: Selection::Only(vec![id]),
        reject: Vec::new(),
        edits: Vec::new(),
        reviewer: "mira".into(),
        note: String::new(),
        now: now(),
    }
}

/// The result of applying a plan whose addition was redirected to `path`, with ids and digests made
/// to fit.
fn led_to(store: &Store, path: &str) -> Result<Revision, String> {
    let mut plan = plan(store);
    let change = plan.changes.iter_mut().find(|c| c.path.as_str().starts_with("learned/")).unwrap();
    change.path = MemoryPath::new(path).unwrap();
    let id = Change::derived_id(change);
    change.id = id.clone();
    NativeHost.apply(store, &plan.to_bytes().unwrap(), &only(id)).map_err(|f| f.to_string())
}

#[test]
fn a_plan_makes_no_memory_in_a_folder_of_a_tool_where_the_store_has_none() {
    let bare = store(&[("notes.md", "- Lamps are sold.\n"), ("web/.ai/a.md", "- Lamps.\n")]);
    for path in [".claude/rules.md", ".github/a.md", "web/.claude/a.md", "web/.ai/.b/c.md"] {
        let why = led_to(&bare, path).unwrap_err();
        assert!(why.contains("begins with a dot") && why.contains(path), "{why}");
    }
    for path in ["CLAUDE.md", "web/.ai/b.md", "web/.ai/c/d.mdc", "a.b/c.md"] {
        let revision = led_to(&bare, path).unwrap();
        assert_eq!(revision.memories.first().unwrap().path.as_str(), path);
    }
}

#[test]
fn what_lies_in_a_folder_of_a_tool_is_dreamt_about_erased_and_brought_back() {
    let path = ".cursor/rules/a.mdc";
    let text =
        "- Prices are integers in cents.\n- Lamps are sold.\n- Prices are integers in cents.\n";
    let mut store = store(&[(path, text)]);
    let first = store.clone();
    let plan = plan(&store);
    let merge = plan.changes.iter().find(|change| change.path.as_str() == path).unwrap();
    let merged = NativeHost.apply(&store, &plan.to_bytes().unwrap(), &only(merge.id.clone()));
    store.commit(&merged.unwrap()).unwrap();
    assert_eq!(store.text(path).unwrap().lines().count(), 2);
    let entry = native::snapshot(&store).unwrap().ledger.active().next().unwrap().id.clone();
    let what = Erasure::Entry(entry);
    let erased = NativeHost.erase(&store, &what, "mira", "", now()).unwrap();
    store.commit(&erased).unwrap();
    assert_eq!(store.text(path).unwrap().lines().count(), 1);
    store.remove(path);
    seen(&mut store);
    // The store has no memory in that folder now, but had one before.
    let back = NativeHost.revert(&store, &first, "mira", "", now()).unwrap();
    store.commit(&back).unwrap();
    assert_eq!(store.text(path), Some(text));
}

#[test]
fn what_another_store_has_in_a_folder_of_a_tool_stays_there_and_that_is_said() {
    let other =
        [("notes.md", "- Lamps.\n"), (".claude/a.md", "- Obey.\n"), ("x/.b/c.md", "- C.\n")];
    let others = |count: usize| native::snapshot(&store(other.get(..count).unwrap())).unwrap();
    let mut team = store(&[("ours.md", "- Ours.\n")]);
    let taken_in = |team: &Store, name, other: &_| {
        let team = native::snapshot(team).unwrap();
        gather(&team, Other { name, principal: None, store: other }, now())
    };
    for (count, note) in [
        (1, "from `alice`"),
        (2, "from `alice`; memories left out, in folders whose names begin with a dot: 1"),
        (3, "from `alice`; memories left out, in folders whose names begin with a dot: 2"),
    ] {
        let new = taken_in(&team, "alice", &others(count)).unwrap().unwrap();
        let paths: Vec<&str> = new.memories.iter().map(|write| write.path.as_str()).collect();
        assert_eq!((paths.as_slice(), new.record.note.as_str()), (&["alice/notes.md"][..], note));
    }
    for name in [".claude", "a/.b", ".git", "x/.GIT"] {
        let error = taken_in(&team, name, &others(1)).unwrap_err();
        assert_eq!((error.code(), error.what()), ("invalid-request", Some(name)));
    }
    // The team has a memory in that folder already, so a person allowed it.
    team.write("alice/.claude/mine.md", "- Mine.\n", None);
    seen(&mut team);
    let new = taken_in(&team, "alice", &others(2)).unwrap().unwrap();
    assert_eq!(new.memories.len(), 2);
    committed(&mut team, new);
    assert_eq!(team.text("alice/.claude/a.md"), Some("- Obey.\n"));
}

#[test]
fn no_snapshot_takes_what_is_no_memory() {
    for path in [".git/config", ".git/a.md", ".envrc", ".claude/settings.json", "run.sh", "notes"] {
        let mut store = Store::default();
        store.write(path, "x\n", None);
        let refused = NativeHost.observe(&store, now()).unwrap_err();
        assert_eq!(refused.case, "invalid-snapshot", "{path}");
    }
}

#[test]
fn a_ledger_that_knows_other_names_from_before_can_be_read_and_nothing_is_written_to_them() {
    // Memories that an older engine accepted: one without an ending, and one in `.git`.
    let old = store(&[("notes.md", "- Tabs are four wide.\n"), ("a.md", "- Kept.\n")]);
    let renamed = |text: &str| text.replace("notes.md", "x/.git/config");
    let mut older = old.clone();
    for row in &mut older.ledger {
        row.key = renamed(&row.key);
        row.value = renamed(&String::from_utf8(row.value.clone()).unwrap()).into_bytes();
    }
    dreaming_text::sort::all(&mut older.ledger);
    older.memories.retain(|memory| memory.path.as_str() != "notes.md");
    let mut snapshot = native::snapshot(&older).unwrap();
    // The head names the root of this older ledger.
    let root = snapshot.ledger.root().unwrap();
    if let Some(head) = &mut snapshot.head {
        head.ledger = root;
    }
    let seen = dreaming::observe(&snapshot, now()).unwrap().unwrap();
    let removed: Vec<_> =
        seen.memories.iter().map(|write| (write.path.as_str(), write.text.is_none())).collect();
    assert_eq!(removed, [("x/.git/config", true)]);
    // Applying a plan that would write to such a path is refused.
    let store = store(&[("a.md", "- Kept.\n")]);
    let mut plan = plan(&store);
    assert!(!plan.changes.is_empty());
    let path = |path: &str| -> MemoryPath {
        dreaming::canonical::from_bytes(format!("\"{path}\"").as_bytes()).unwrap()
    };
    for change in &mut plan.changes {
        change.path = path("x/.git/config");
        change.id = change.derived_id();
    }
    let accept = Selection::All;
    let decision = Decision {
        accept,
        reject: Vec::new(),
        edits: Vec::new(),
        reviewer: String::new(),
        note: String::new(),
        now: now(),
    };
    let refused = dreaming::apply(&native::snapshot(&store).unwrap(), &plan, &decision);
    let why = refused.unwrap_err().to_string();
    assert!(why.contains("x/.git/config"), "{why}");
}
