//! The commands that read the history and check it: log, diff, explain, verify, replay.

use std::fs;

use serde_json::Value;

use crate::support::{self, NOW, Store, dreamt, reseal, state_files};

#[test]
fn a_log_is_cut_where_the_caller_says_and_names_what_it_leaves_out() {
    let store = dreamt();
    let log = store.dreaming(&["log", "--limit", "1"]).expect(0).stdout;
    assert!(log.contains("dream, ") && log.contains("by ada") && log.contains("1 older revision"));
    assert!(!log.contains("import"), "{log}");
    let all = store.dreaming(&["log", "--json"]).expect(0).json();
    assert_eq!((all["revisions"].as_array().unwrap().len(), &all["left_out"]), (2, &0.into()));
    assert_eq!(store.dreaming(&["log", "--limit", "0", "--json"]).json()["left_out"], 2);
}

#[test]
fn a_diff_is_unified_between_any_two_revisions_and_what_is_on_disk() {
    let store = dreamt();
    let diff = store.dreaming(&["diff", "1", "2"]).expect(0).stdout;
    assert!(diff.contains("--- team.md (1)\n+++ team.md (2)\n@@ "), "{diff}");
    assert!(diff.contains("\n-- Dates are kept in UTC.\\u{d}\n"), "{diff}");
    assert!(diff.contains("--- /dev/null\n+++ learned/preferences.md (2)\n@@ -0,0 +1,"), "{diff}");
    assert!(!diff.contains('\u{1b}'), "no colours in a pipe");
    let back = store.dreaming(&["diff", "2", "1", "--json"]).expect(0).json();
    let files = back["files"].as_array().unwrap();
    let learned = files.iter().find(|file| file["path"] == "learned/preferences.md").unwrap();
    assert_eq!((&learned["after"], &learned["added"]), (&Value::Null, &0.into()));
    assert_eq!(store.dreaming(&["diff", "2"]).expect(0).stdout, "No memory differs.\n");
    let notes = store.read("memory/notes.md");
    store.put("memory/notes.md", format!("{notes}- By hand"));
    let diff = store.dreaming(&["diff", "2"]).expect(0).stdout;
    assert!(diff.contains("+++ notes.md (now)") && diff.contains("+- By hand\n\\ No newline"));
    let stat = store.dreaming(&["diff", "2", "--stat"]).expect(0).stdout;
    assert_eq!(stat, "    1 +     0 -  notes.md\n1 memory file, 1 + 0 -\n");
    // Revision 0 is empty, so the difference to it is everything.
    assert!(store.dreaming(&["diff", "0", "1"]).expect(0).stdout.contains("+# Team\n"));
    let error = store.dreaming(&["diff", "70007000", "--json"]).expect(1).json();
    assert_eq!(error["error"]["kind"], "unknown-revision");
}

#[test]
fn an_entry_is_explained_by_id_by_place_and_by_words() {
    let store = dreamt();
    let by_words = store.dreaming(&["explain", "RUN THE FORMATTER", "--json"]).expect(0).json();
    let id = by_words["entry"].as_str().unwrap();
    let place = format!("learned/preferences.md:{}", by_words["line"]);
    for name in [id, &id[..9], &place] {
        assert_eq!(
            store.dreaming(&["explain", name, "--json"]).expect(0).json(),
            by_words,
            "{name}"
        );
    }
    assert_eq!(by_words["origin"], "dream");
    let step = &by_words["history"][0];
    assert_eq!((&step["revision"], &step["reviewer"]), (&2.into(), &"ada".into()), "{step}");
    assert_eq!(step["change"]["cause"], "stated");
    let evidence = by_words["evidence"].as_array().unwrap();
    assert!(evidence.iter().all(|piece| piece["transcript"] == "still says it"), "{evidence:?}");
    assert!(evidence[0]["file"].as_str().unwrap().ends_with("sessions/one.jsonl"));
    let shown = store.dreaming(&["explain", id]).expect(0).stdout;
    let quote = "> Always run the formatter before you commit.";
    for words in ["A dream added it.", "by ada", "\n  sessions/one.jsonl:1 ", quote, "180 days"] {
        assert!(shown.contains(words), "no {words} in {shown}");
    }
    // A printed path is relative to the current folder, and absolute when the file lies outside it.
    let elsewhere = store.path("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let mut command = store.command_on("../memory", &["explain", id]);
    let shown = crate::support::done(command.current_dir(&elsewhere)).expect(0).stdout;
    let whole = store.path("sessions").canonicalize().unwrap().join("one.jsonl:1");
    assert!(shown.contains(&format!("\n  {} ", whole.display())), "{shown}");
    // The entry was accepted on 20 February, after the newest session that said it. Two sessions
    // said it, which gives it 180 days.
    assert!(shown.contains("no support until 2026-08-19T00:00:00Z"), "{shown}");
}

#[test]
fn an_entry_in_the_words_of_its_reviewer_is_said_to_be_so() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let shown = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = shown["plan"]["changes"].as_array().unwrap();
    let stated = changes.iter().find(|change| change["cause"] == "stated").unwrap();
    let edit = format!("{}=Format before each commit.", stated["id"].as_str().unwrap());
    store.dreaming(&["review", "--edit", &edit, "--by", "ada", "--now", NOW]).expect(0);
    let explained = store.dreaming(&["explain", "Format before", "--json"]).expect(0).json();
    let cause = &explained["history"][0]["change"];
    assert_eq!((&cause["id"], &cause["edited"]), (&stated["id"], &true.into()), "{explained}");
    let shown = store.dreaming(&["explain", "Format before"]).expect(0).stdout;
    assert!(shown.contains("\n  in the words of ada\n"), "{shown}");
    let other = dreamt().dreaming(&["explain", "run the formatter"]).expect(0).stdout;
    assert!(!other.contains("in the words of"), "{other}");
}

#[test]
fn a_plan_that_waits_and_would_remove_an_entry_is_named() {
    let store = dreamt();
    store.put("memory/more.md", "- Indents are made of tabs.\n- Indents are made of tabs.\n");
    store.run(&[]).expect(0);
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let merge = &plan["plan"]["changes"][0];
    assert_eq!(merge["operation"], "merge", "{plan}");
    let before = store.read("memory/more.md");
    let gone = merge["targets"].as_array().unwrap().iter();
    let gone = gone.map(|target| target["entry"].as_str().unwrap());
    let survivor = merge["survivor"]["entry"].as_str().unwrap();
    let way = format!("the plan that waits, change {} merge", merge["id"].as_str().unwrap());
    for entry in gone.filter(|entry| *entry != survivor) {
        let shown = store.dreaming(&["explain", entry]).expect(0).stdout;
        assert!(shown.contains(&way), "{shown}");
    }
    let shown = store.dreaming(&["explain", survivor]).expect(0).stdout;
    assert!(!shown.contains("the plan that waits"), "{shown}");
    // What went says how it comes back, and that works as it is printed.
    let gone = merge["targets"][0]["entry"].as_str().unwrap();
    store.dreaming(&["apply", "--all"]).expect(0);
    assert_ne!(store.read("memory/more.md"), before);
    let shown = store.dreaming(&["explain", gone]).expect(0).stdout;
    let (_, way) = shown.split_once("`dreaming revert ").unwrap_or_else(|| panic!("{shown}"));
    let number = way.split(' ').next().unwrap();
    store.dreaming(&["revert", number]).expect(0);
    assert_eq!(store.read("memory/more.md"), before);
}

#[test]
fn a_place_without_an_entry_says_why_and_candidates_stand_on_lines_of_their_own() {
    let store = dreamt();
    store.put("memory/front.md", "---\nname: front\n---\n\n# Front\n\n- Kept in front.\n");
    for (place, why) in [
        ("front.md", "name one of its lines"),
        ("front.md:2", "front matter"),
        ("front.md:5", "headings"),
        ("front.md:70", "has 7 lines"),
    ] {
        let error = store.dreaming(&["explain", place, "--json"]).expect(1).json();
        assert_eq!(error["error"]["kind"], "unknown-entry", "{error}");
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("there is no entry at {place}: ")), "{error}");
        assert!(message.contains(why), "{error}");
    }
    store.dreaming(&["explain", "front.md:7"]).expect(0);
    let several = store.dreaming(&["explain", "kept"]).expect(1).stderr;
    assert!(several.lines().count() >= 3, "{several}");
    assert!(several.lines().any(|line| line.contains("team.md:3") && line.ends_with('`')));
}

#[test]
fn an_explanation_says_whether_the_transcript_still_says_it() {
    let store = dreamt();
    let state = || {
        let json = store.dreaming(&["explain", "run the formatter", "--json"]).expect(0).json();
        let pieces = json["evidence"].as_array().unwrap().clone();
        let state = |session: &str| {
            let piece = pieces.iter().find(|piece| piece["evidence"]["session"] == session);
            piece.unwrap()["transcript"].as_str().unwrap().to_owned()
        };
        (state("one"), state("two"))
    };
    let original = store.read("sessions/one.jsonl");
    store.put("sessions/one.jsonl", format!("{original}{{}}\n"));
    assert_eq!(state().0, "still says it", "what was appended does not matter");
    store.put("sessions/one.jsonl", original.replace("formatter", "formattor"));
    fs::remove_file(store.path("sessions/two.jsonl")).unwrap();
    assert_eq!(state(), ("was changed since".into(), "is gone".into()));
}

#[test]
fn retired_and_written_entries_are_explained_too() {
    let store = dreamt();
    // The dream merged this entry into another one with the same words.
    let stays = store.dreaming(&["explain", "kept in UTC", "--json"]).expect(0).json();
    let gone = stays["replaced"][0]["entry"].as_str().unwrap().to_owned();
    assert_eq!((&stays["origin"], &stays["line"]), (&"imported".into(), &3.into()));
    let retired = store.dreaming(&["explain", &gone, "--json"]).expect(0).json();
    assert_eq!(
        (&retired["retired"]["by"], &retired["retired"]["revision"]),
        (&"merge".into(), &2.into())
    );
    assert_eq!(retired["retired"]["superseded_by"], stays["entry"]);
    assert_eq!(retired["line"], Value::Null);
    let shown = store.dreaming(&["explain", &gone]).expect(0).stdout;
    assert!(shown.contains("Retired in revision 2: another entry says the same"), "{shown}");

    let notes = store.read("memory/notes.md");
    store.put("memory/notes.md", notes.replace("port 4000", "port 4001"));
    store.put("memory/new.md", "- Written by hand.\n");
    let unseen = store.dreaming(&["explain", "by hand"]).expect(0).stdout;
    assert!(unseen.contains("No revision has seen it yet"), "{unseen}");
    store.run(&["--json"]).expect(0);
    let written = store.dreaming(&["explain", "by hand", "--json"]).expect(0).json();
    assert_eq!(
        (&written["origin"], &written["history"][0]["revision"]),
        (&"written".into(), &3.into())
    );
    let edited = store.dreaming(&["explain", "port 4001"]).expect(0).stdout;
    assert!(edited.contains("revision 3 (edit"), "{edited}");
    assert!(edited.contains("port 4000"), "what it said before is shown: {edited}");

    let error = store.dreaming(&["explain", "kept", "--json"]).expect(1).json();
    assert_eq!(error["error"]["kind"], "ambiguous");
    assert!(error["error"]["message"].as_str().unwrap().contains("team.md:3"), "{error}");
    for name in ["nothing says this", "team.md:999", ""] {
        let error = store.dreaming(&["explain", name, "--json"]).expect(1).json();
        assert_eq!(error["error"]["kind"], "unknown-entry", "{name}");
    }
}

#[test]
fn a_whole_history_verifies_and_edits_are_no_damage() {
    let store = dreamt();
    store.dreaming(&["revert"]).expect(0);
    let verified = store.dreaming(&["verify", "--json"]).expect(0).json();
    assert_eq!((&verified["verdict"], &verified["revisions"]), (&"whole".into(), &3.into()));
    store.put("memory/new.md", "- Mine.\n");
    fs::remove_file(store.path("memory/team.md")).unwrap();
    let verified = store.dreaming(&["verify", "--json"]).expect(0).json();
    assert_eq!(verified["edited"], serde_json::json!(["new.md", "team.md"]));
    let empty = Store::empty();
    empty.put("memory/a.md", "- A.\n");
    let verified = empty.dreaming(&["verify", "--json"]).expect(0).json();
    assert_eq!((&verified["verdict"], &verified["revisions"]), (&"whole".into(), &0.into()));
}

/// For each of `things` (name and text), flips two bits in the middle of the text, at the first and
/// the last place where the database holds it (a table and its index may both hold it), and checks
/// that `verify` finds each flip. Returns how many flips there were.
fn flip(store: &Store, things: &[(&str, &str)]) -> usize {
    let file = ".dreaming/memory/state.db";
    let log = fs::metadata(store.path(".dreaming/memory/state.db-wal"));
    assert!(log.map_or(0, |log| log.len()) == 0, "all is in the database file");
    let whole = fs::read(store.path(file)).unwrap();
    let mut flips = 0;
    for (thing, needle) in things {
        let places = || {
            let windows = whole.windows(needle.len()).enumerate();
            windows.filter(|(_, window)| *window == needle.as_bytes()).map(|(at, _)| at)
        };
        let first = places().next().unwrap_or_else(|| panic!("no {thing} in the database"));
        for at in
            [Some(first), places().next_back().filter(|last| *last != first)].into_iter().flatten()
        {
            for mask in [0x01, 0x80] {
                let mut bytes = whole.clone();
                bytes[at + needle.len() / 2] ^= mask;
                store.put(file, &bytes);
                let done = store.dreaming(&["verify", "--json"]).expect(1);
                let json = done.json();
                assert_eq!(json["verdict"], "damaged", "{thing} at {at}, {mask:#x}: {done:?}");
                assert!(!json["damage"].as_array().unwrap().is_empty());
                flips += 1;
            }
        }
    }
    store.put(file, &whole);
    store.dreaming(&["verify"]).expect(0);
    flips
}

/// The rows of an export.
fn rows(store: &Store) -> Vec<Value> {
    store.dreaming(&["export", "out.jsonl", "--force"]).expect(0);
    let lines = store.read("out.jsonl");
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The value of a column of the oldest stored plan.
fn stored(store: &Store, column: &str) -> String {
    let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    let query = format!("SELECT {column} FROM plans ORDER BY id LIMIT 1");
    db.query_row(&query, [], |row| row.get(0)).unwrap()
}

/// The text field `name` of the first row of kind `row` that has it.
fn field(rows: &[Value], row: &str, name: &str) -> String {
    let found = rows.iter().find(|r| r["row"] == row && r[name].is_string()).unwrap();
    found[name].as_str().unwrap().to_owned()
}

#[test]
fn a_single_wrong_bit_anywhere_in_the_history_is_found() {
    let store = dreamt();
    store.dreaming(&["revert"]).expect(0);
    let rows = rows(&store);
    let salt = rows.iter().find(|row| row["key"] == "salt").unwrap();
    let things = [
        ("salt", salt["value"].as_str().unwrap()),
        ("record", "dreaming.revision/1"),
        ("id", &field(&rows, "revision", "id")),
        ("memory text", "| 1 | 2 |"),
        ("memory path", "notes.md"),
        ("ledger value", "\"origin\":\"dream\""),
        ("ledger key", "entry/"),
        ("plan", "\"gate_reason\""),
        ("report", &field(&rows, "plan", "report")[20..60]),
        // Read from the database, because an export has other paths and therefore another seal.
        ("request", &stored(&store, "request")[..30]),
        ("seal", &stored(&store, "seal")),
        ("state of a plan", "applied"),
    ];
    assert!(flip(&store, &things) >= 2 * things.len());
}

#[test]
fn a_wrong_bit_is_found_where_something_was_erased_too() {
    let store = dreamt();
    let id = field(&rows(&store), "ledger", "key").replace("entry/", "");
    store.dreaming(&["erase", "--entry", &id, "--yes"]).expect(0);
    let rows = rows(&store);
    let things = [
        ("what was erased", &*field(&rows, "erasure", "id")),
        ("its seal", &field(&rows, "erasure", "seal")),
        ("seal of a ledger", &field(&rows, "seal", "ledger")),
        ("memory text", "# Team"),
        ("ledger value", "\"origin\":\"imported\""),
    ];
    assert!(flip(&store, &things) >= 2 * things.len());
}

#[test]
fn what_nobody_erased_is_damage_also_when_it_is_marked_as_erased() {
    let texts = "UPDATE memory_versions SET text = NULL, erased = 1 WHERE path = 'team.md'";
    let rows = "UPDATE ledger_versions SET value = NULL, erased = 1
                WHERE key LIKE 'entry/%' AND number = 1";
    let plans = "UPDATE plans SET plan = x'', report = x'', request = '', answers = '', seal = '',
                 erased = 1";
    for (tamper, more, what) in [
        (texts, " AND number = 1", "memory team.md"),
        (texts, " AND number = 2", "memory team.md"),
        (rows, "", "ledger row entry/"),
        (plans, "", "plan "),
    ] {
        for after_an_erasure in [false, true] {
            let store = dreamt();
            if after_an_erasure {
                let formatter = ["explain", "run the formatter", "--json"];
                let found = store.dreaming(&formatter).expect(0).json();
                let id = found["entry"].as_str().unwrap();
                store.dreaming(&["erase", "--entry", id, "--yes"]).expect(0);
                // A new plan that does not quote the erased entry.
                store.put("memory/twice.md", "- Tabs are four wide.\n- Tabs are four wide.\n");
                store.run(&[]).expect(0);
            }
            store.dreaming(&["verify"]).expect(0);
            let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
            assert!(db.execute(&format!("{tamper}{more}"), []).unwrap() > 0);
            drop(db);
            let json = store.dreaming(&["verify", "--json"]).expect(1).json();
            let damage = json["damage"].as_array().unwrap();
            let named =
                |word: &str| damage.iter().any(|d| d["what"].as_str().unwrap().starts_with(word));
            assert!(named(what) || named("marks of what was erased"), "{json}");
        }
    }
}

#[test]
fn damage_is_named_with_its_revision_and_what_it_is() {
    let store = dreamt();
    let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    db.execute("UPDATE memory_versions SET text = 'x' WHERE path = 'team.md' AND number = 1", [])
        .unwrap();
    db.execute("UPDATE ledger_versions SET value = x'7b7d' WHERE number = 2", []).unwrap();
    db.execute("DELETE FROM plans", []).unwrap();
    drop(db);
    let json = store.dreaming(&["verify", "--json"]).expect(1).json();
    let found: Vec<_> = json["damage"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["revision"].as_u64().unwrap(), d["what"].as_str().unwrap()))
        .collect();
    assert!(found.contains(&(1, "memory team.md")), "{json}");
    assert!(found.contains(&(2, "ledger")) && found.contains(&(2, "plan")), "{json}");
    let text = store.dreaming(&["verify"]).expect(1).stdout;
    assert!(
        text.contains("revision 1, memory team.md: its text does not have the digest"),
        "{text}"
    );
    // Erasing is refused while the history is damaged, because afterwards nobody could check the
    // damaged part.
    let erase = store.dreaming(&["erase", "--session", "one", "--yes", "--json"]).expect(1).json();
    assert_eq!(erase["error"]["kind"], "damaged");
}

#[test]
fn a_replay_of_an_earlier_dream_follows_sessions_that_moved() {
    let store = dreamt();
    store.dreaming(&["revert"]).expect(0);
    fs::rename(store.path("sessions"), store.path("moved")).unwrap();
    let gone = store.dreaming(&["replay", "2", "--json"]).expect(5).json();
    assert_eq!(gone["verdict"], "sources-changed", "{gone}");
    assert_eq!(gone["details"].as_array().unwrap().len(), 2);
    // A later run finds the moved sessions and stores their new paths.
    store.dreaming(&["run", "--sessions", "moved", "--now", support::NOW]).expect(0);
    assert_eq!(store.dreaming(&["replay", "2", "--json"]).expect(0).json()["verdict"], "equal");
    let none = store.dreaming(&["replay", "1", "--json"]).expect(1).json();
    assert_eq!(none["error"]["kind"], "unknown-revision");
}

#[test]
fn a_plan_of_another_engine_is_not_replayed_and_both_engines_are_named() {
    let store = dreamt();
    let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    db.execute(
        "UPDATE plans SET plan = CAST(replace(CAST(plan AS TEXT), '\"unicode\":\"', '\"unicode\":\"1') AS BLOB)",
        [],
    )
    .unwrap();
    reseal(&db);
    drop(db);
    let replay = store.dreaming(&["replay", "2", "--json"]).expect(1).json();
    assert_eq!(replay["verdict"], "other-engine");
    let details: Vec<_> =
        replay["details"].as_array().unwrap().iter().map(Value::to_string).collect();
    assert!(details[0].contains("then: ") && details[1].contains("now: "), "{details:?}");
    assert_ne!(details[0], details[1]);
}

#[test]
fn commands_that_only_read_change_nothing() {
    let store = dreamt();
    let kept = (store.tree("memory"), state_files(&store));
    for arguments in [
        &["log"][..],
        &["diff", "1", "2"],
        &["explain", "run the formatter"],
        &["verify"],
        &["replay", "2"],
        &["erase", "--session", "one", "--dry-run"],
    ] {
        store.dreaming(arguments).expect(0);
        assert_eq!((store.tree("memory"), state_files(&store)), kept, "{arguments:?}");
    }
}
