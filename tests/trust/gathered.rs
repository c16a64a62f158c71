//! What a later gathering brings, and what it leaves.

use super::*;

const FIRST: &str = "- Deploys go out on Friday.\n- The cache lives in Redis.\n";
const MORE: &str =
    "- Deploys go out on Friday.\n- The cache lives in Redis.\n- Logs are kept for ten days.\n";

fn fresh(salt: &str, path: &str, text: &str) -> Store {
    let mut store = Store { salt: salt.into(), ..Store::default() };
    edit(&mut store, path, text);
    store
}

/// A team that has taken in the notes of Alice.
fn with_notes(notes: &str) -> (Store, Store) {
    let alice = fresh("alice", "notes.md", notes);
    let mut team = fresh("team", "team.md", "- Releases go out on Tuesday.\n");
    assert!(take_in(&mut team, "alice", &alice));
    (team, alice)
}

/// What a person did to files becomes a revision.
fn watch(store: &mut Store) {
    if let Some(revision) = NativeHost.observe(store, now()).unwrap() {
        store.commit(&revision).unwrap();
    }
}

fn edit(store: &mut Store, path: &str, text: &str) {
    store.write(path, text, Some(time("2026-03-10T08:00:00Z")));
    watch(store);
}

fn remove(store: &mut Store, path: &str) {
    store.memories.retain(|memory| memory.path != path);
    watch(store);
}

/// Takes it in until nothing is new, which must be after once.
fn take_in_once(team: &mut Store, alice: &Store) {
    assert!(take_in(team, "alice", alice));
    assert!(!take_in(team, "alice", alice), "{:?}", team.text("alice/notes.md"));
}

#[test]
fn what_the_team_took_out_does_not_come_back_with_a_new_statement() {
    // It took out the whole copy, or moved it to another place.
    for moved in [None, Some("people/alice.md")] {
        let (mut team, mut alice) = with_notes(FIRST);
        remove(&mut team, "alice/notes.md");
        if let Some(path) = moved {
            edit(&mut team, path, "- The cache lives in Redis.\n");
        }
        assert!(!take_in(&mut team, "alice", &alice));
        edit(&mut alice, "notes.md", MORE);
        take_in_once(&mut team, &alice);
        assert_eq!(team.text("alice/notes.md"), Some("- Logs are kept for ten days.\n"));
    }
    // It took out a line, and Alice renames her memory.
    let (mut team, mut alice) = with_notes(FIRST);
    edit(&mut team, "alice/notes.md", "- The cache lives in Redis.\n");
    remove(&mut alice, "notes.md");
    edit(&mut alice, "rules.md", MORE);
    take_in_once(&mut team, &alice);
    assert_eq!(team.text("alice/rules.md"), Some("- Logs are kept for ten days.\n"));
}

#[test]
fn a_new_memory_is_copied_whole_also_when_another_one_says_a_line_of_it() {
    let (mut team, mut alice) = with_notes(FIRST);
    let deploy = "# Deploy\n\nRun this:\n\n```\nmake ship\n```\n\n- Deploys go out on Friday.\n- Ask Jo first.\n";
    edit(&mut alice, "deploy.md", deploy);
    take_in_once(&mut team, &alice);
    assert_eq!(team.text("alice/deploy.md"), Some(deploy));
}

#[test]
fn what_the_team_took_out_does_not_come_back_in_a_new_memory_that_says_it_too() {
    let (mut team, mut alice) = with_notes(FIRST);
    edit(&mut team, "alice/notes.md", "- The cache lives in Redis.\n");
    edit(&mut alice, "deploy.md", "- Deploys go out on Friday.\n- Ask Jo first.\n");
    take_in_once(&mut team, &alice);
    assert_eq!(team.text("alice/deploy.md"), Some("- Ask Jo first.\n"));
    // Nor with the whole memory that it took out, of which the other store has a copy.
    let (mut team, mut alice) = with_notes(FIRST);
    remove(&mut team, "alice/notes.md");
    edit(&mut alice, "old/notes.md", MORE);
    take_in_once(&mut team, &alice);
    assert_eq!(team.text("alice/old/notes.md"), Some("- Logs are kept for ten days.\n"));
    // Nor what it reworded.
    let (mut team, mut alice) = with_notes(FIRST);
    edit(&mut team, "alice/notes.md", &FIRST.replace("Friday", "Monday"));
    edit(&mut alice, "deploy.md", "- Deploys go out on Friday.\n- Ask Jo first.\n");
    take_in_once(&mut team, &alice);
    assert_eq!(team.text("alice/deploy.md"), Some("- Ask Jo first.\n"));
}

#[test]
fn a_statement_comes_once_and_with_its_source() {
    // In a form that is written otherwise, and after the team wrote and removed the same words.
    for said in ["[x] The port moved to 9090.\n", "The log shows \u{1b}[31m in red.\n"] {
        let (mut team, mut alice) = with_notes(FIRST);
        edit(&mut alice, "notes.md", &format!("{said}\n{FIRST}"));
        take_in_once(&mut team, &alice);
    }
    let (mut team, mut alice) = with_notes(FIRST);
    edit(&mut team, "alice/notes.md", MORE);
    edit(&mut team, "alice/notes.md", FIRST);
    edit(&mut alice, "notes.md", MORE);
    take_in_once(&mut team, &alice);
    let known = ledger(&team);
    let entry = known.active().find(|entry| entry.text.starts_with("Logs")).unwrap();
    assert_eq!(entry.sources.len(), 1, "{entry:?}");
}

#[test]
fn a_memory_that_ends_in_an_open_block_takes_nothing_in_and_says_so() {
    for open in ["```\nmake deploy\n", "<!-- draft\n"] {
        let (mut team, mut alice) = with_notes(&format!("{FIRST}\n{open}"));
        edit(&mut alice, "notes.md", &format!("- Logs are kept for ten days.\n{FIRST}\n{open}"));
        let (store, other) = (native::snapshot(&team).unwrap(), native::snapshot(&alice).unwrap());
        let other = Other { name: "alice", principal: None, store: &other };
        let why = gather(&store, other, now()).unwrap_err().to_string();
        assert!(why.contains("alice/notes.md") && why.contains("open block"), "{why}");
        let closed = if open.starts_with('`') { "```\n" } else { "-->\n" };
        edit(&mut team, "alice/notes.md", &format!("{FIRST}\n{open}{closed}"));
        take_in_once(&mut team, &alice);
    }
}

#[test]
fn a_secret_that_only_shows_when_lines_are_joined_does_not_come() {
    for (said, secret) in [
        ("- The password is\n  hunter2Secret99x for the shop.\n- Use tabs.\n", "hunter2Secret99x"),
        ("- The API key of the shop is:\n  a1B2c3D4a1B2c3D4a1B2c3D4\n- Use tabs.\n", "a1B2c3D4"),
    ] {
        let (mut team, alice) = with_notes(said);
        let text = team.text("alice/notes.md").unwrap();
        assert!(!text.contains(secret) && text.contains("- Use tabs."), "{text}");
        assert!(!take_in(&mut team, "alice", &alice));
    }
}

#[test]
fn a_later_statement_keeps_what_it_stands_below_and_whether_it_is_done() {
    let nested = "- Staging:\n  - The worker runs twice.\n- Production:\n  - Ask Jo first.\n";
    let (mut team, mut alice) = with_notes(nested);
    let more = nested.replace("twice.\n", "twice.\n  - Drop the tables when a test is stuck.\n");
    edit(&mut alice, "notes.md", &format!("{more}- [x] Delete the old bucket of the shop.\n"));
    take_in_once(&mut team, &alice);
    let added = "\n- [x] Delete the old bucket of the shop.\n\n# Staging\n\n- Drop the tables when a test is stuck.\n";
    let text = team.text("alice/notes.md").unwrap();
    assert!(text.starts_with(nested) && text.ends_with(added), "{text}");
    // What stands below nothing does not come below a heading.
    let top = format!("- Ask Ann on Mondays.\n{more}");
    edit(&mut alice, "notes.md", &top);
    take_in_once(&mut team, &alice);
    let text = team.text("alice/notes.md").unwrap();
    let (before, after) = text.split_once("# Staging").unwrap();
    assert!(before.contains("- Ask Ann on Mondays.\n\n") && after.contains("Drop"), "{text}");
    // What belongs to a statement and is none itself stays out, and the note says so.
    let code = "- To roll back the shop, run this as an admin of the cluster and wait for it, with care:\n\n  ```\n  make rollback\n  ```\n";
    edit(&mut alice, "notes.md", &format!("{more}{code}"));
    assert!(take_in(&mut team, "alice", &alice));
    let note = String::from_utf8(team.chain.last().unwrap().clone()).unwrap();
    assert!(note.contains("without the code or table that belongs to them: 1"), "{note}");
}

#[test]
fn a_later_statement_keeps_the_line_that_introduces_its_list() {
    let lists = "**Do:**\n\n- Ask Jo first.\n\n**Never do:**\n\n- Deploy on Friday.\n";
    for front in ["", "---\nname: rules\n---\n"] {
        let (mut team, mut alice) = with_notes(&format!("{front}{lists}"));
        let copy = team.text("alice/notes.md").unwrap().to_owned();
        let more = lists.replace("Jo first.\n", "Jo first.\n- Lock the tills.\n");
        let more = format!("{front}{more}- Drop a table by hand.\n");
        edit(&mut alice, "notes.md", &more);
        take_in_once(&mut team, &alice);
        let end =
            "\n# **Do:**\n\n- Lock the tills.\n\n# **Never do:**\n\n- Drop a table by hand.\n";
        assert_eq!(team.text("alice/notes.md"), Some(&*format!("{copy}{end}")));
        // What no line introduces comes before those that do.
        edit(
            &mut alice,
            "notes.md",
            &more.replacen("**Do:**", "The shop opens at nine.\n\n**Do:**", 1),
        );
        take_in_once(&mut team, &alice);
        let text = team.text("alice/notes.md").unwrap();
        assert!(
            text.starts_with(
                format!("{front}\n- The shop opens at nine.\n\n**Do:**").trim_start_matches('\n')
            ),
            "{text}"
        );
    }
    // A new line that introduces a list stands above what comes of it, not beside that.
    let (mut team, mut alice) = with_notes(FIRST);
    edit(
        &mut alice,
        "notes.md",
        &format!("{FIRST}\nNo longer true:\n\n- Staging is at port 80.\n"),
    );
    take_in_once(&mut team, &alice);
    let end = "\n# No longer true\n\n- Staging is at port 80.\n";
    assert_eq!(team.text("alice/notes.md"), Some(&*format!("{FIRST}{end}")));
}

#[test]
fn a_copy_to_which_the_team_wrote_later_stays_written_then() {
    let (mut team, mut alice) = with_notes(FIRST);
    let later = time("2026-03-12T08:00:00Z");
    team.write("alice/notes.md", "- Deploys go out on Monday.\n", Some(later));
    watch(&mut team);
    for (at, more) in [(None, MORE), (Some(time("2026-03-01T08:00:00Z")), "- Logs are short.\n")] {
        alice.write("notes.md", more, at);
        watch(&mut alice);
        take_in_once(&mut team, &alice);
        let row = ledger(&team).memories;
        let row = row.values().find(|row| row.path.as_str() == "alice/notes.md").unwrap();
        assert_eq!(row.observed_at, Some(later), "{at:?}");
    }
}

#[test]
fn what_a_clock_ahead_dated_has_no_time() {
    let alice = fresh("alice", "notes.md", FIRST);
    for (at, is_past) in [("2026-03-10T08:00:00Z", true), ("2026-03-10T07:59:59Z", false)] {
        let mut team = fresh("team", "team.md", "- Releases go out on Tuesday.\n");
        assert!(take_in_at(&mut team, "alice", &alice, time(at)));
        let known = ledger(&team);
        let of_alice: Vec<_> = known.active().filter(|entry| !entry.sources.is_empty()).collect();
        assert_eq!(of_alice.len(), 2);
        for entry in of_alice {
            assert_eq!((entry.valid_from.is_some(), entry.last_seen.is_some()), (is_past, is_past));
        }
    }
}

#[test]
fn the_note_says_what_of_a_new_memory_stays_out() {
    let (mut team, mut alice) = with_notes(FIRST);
    remove(&mut team, "alice/notes.md");
    let code = "- The cache lives in Redis.\n- Ask Jo first.\n\n```\nmake ship\n```\n";
    edit(&mut alice, "deploy.md", code);
    edit(&mut alice, "quoted.md", "> make ship\n");
    let table = "| port | service |\n|---|---|\n| 80 | shop |\n";
    edit(&mut alice, "table.md", table);
    take_in_once(&mut team, &alice);
    let note = String::from_utf8(team.chain.last().unwrap().clone()).unwrap();
    for said in ["without a statement: 1", "of which only statements came: 1"] {
        assert!(note.contains(said), "{note}");
    }
    assert_eq!(team.text("alice/deploy.md"), Some("- Ask Jo first.\n"));
    assert_eq!(team.text("alice/table.md"), Some(table));
    // A row has no place of its own in a memory that the team changed.
    edit(&mut alice, "table.md", &format!("{table}| 81 | blog |\n"));
    assert!(!take_in(&mut team, "alice", &alice));
    assert_eq!(team.text("alice/table.md"), Some(table));
}
