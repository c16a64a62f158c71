//! Sessions that the engine does not understand: the command names them with the format that they
//! resemble, reads none of them, asks no model about them, and keeps them for a later version.

use serde_json::{Value, json};

use crate::support::{NOW, Store, dreamt, session};

/// A model that proposes nothing and writes a line to `calls` for each call.
const MODEL: &str = "exec:cat > /dev/null; echo x >> calls; echo '{\"proposals\": []}'";

/// A session in the form of GitHub Copilot CLI, of a later version, say: its types of events are none
/// that the engine's reader knows.
fn copilot(id: &str, turns: u32) -> String {
    let mut lines = Vec::new();
    let mut line = |kind: &str, data: Value| {
        let number = lines.len();
        lines.push(
            json!({
                "type": kind, "data": data, "id": format!("{id}-{number}"),
                "timestamp": format!("2026-02-03T10:00:{number:02}.000Z"), "parentId": null,
            })
            .to_string(),
        );
    };
    line("run.begun", json!({"sessionId": id, "version": 1, "producer": "copilot-agent"}));
    for turn in 0..turns {
        line("person.said", json!({"content": "Always run the formatter before you commit."}));
        line("turn.begun", json!({"turnId": turn.to_string()}));
        line("tool.begun", json!({"toolCallId": "a", "toolName": "bash"}));
        line("tool.ended", json!({"toolCallId": "a", "success": true}));
        line("agent.said", json!({"content": "I will."}));
    }
    line("run.failed", json!({"message": "it ended"}));
    lines.join("\n") + "\n"
}

/// A session in which only the first line has a known format.
fn partly(unknown: usize) -> String {
    let known = json!({"type": "user", "text": "Always run the linter first.", "time": "2026-02-04T10:00:00Z"});
    format!("{known}\n") + &"{\"type\":\"weather\",\"sky\":\"blue\"}\n".repeat(unknown)
}

#[test]
fn a_run_that_understands_no_session_says_so_and_ends_with_an_error() {
    let store = Store::empty();
    store.put("memory/notes.md", "- Prices are kept in cents.\n");
    for (id, turns) in [("a", 1), ("b", 5), ("c", 9)] {
        store.put(&format!("sessions/{id}.jsonl"), copilot(id, turns));
    }
    for run in [store.run(&[]).expect(1), store.run(&[]).expect(1)] {
        for said in [
            "Read 0 sessions, 0 pending, 3 left unread: 3 look like GitHub Copilot CLI.",
            "Nothing to do.",
            "No session was understood",
        ] {
            assert!(run.stdout.contains(said), "{said}: {run:?}");
        }
        for quiet in ["recurred", "Revision"] {
            assert!(!(run.stdout.clone() + &run.stderr).contains(quiet), "{quiet}: {run:?}");
        }
        assert!(
            run.stderr.contains("a.jsonl is left alone: it looks like GitHub Copilot CLI"),
            "{run:?}"
        );
    }
    let run = store.run(&["--json"]).expect(1).json();
    let left = run["skipped"]["unknown"].as_array().unwrap();
    assert_eq!((left.len(), &left[1]["session"]), (3, &json!("b")), "{run}");
    assert_eq!(left[1]["looks_like"], "GitHub Copilot CLI", "{run}");
    assert_eq!(
        (&run["outcome"], &run["sessions"]["read"]),
        (&json!("nothing"), &json!(0)),
        "{run}"
    );

    let status = store.dreaming(&["status"]).expect(0).stdout;
    let said = "0 sessions read, 0 pending, 3 left unread: 3 look like GitHub Copilot CLI";
    assert!(status.contains(said), "{status}");
    let doctor = store.dreaming(&["doctor"]).expect(0).stdout;
    assert!(doctor.contains("3 left unread: 3 look like GitHub Copilot CLI"), "{doctor}");
    assert!(doctor.contains("c.jsonl: it looks like GitHub Copilot CLI"), "{doctor}");
    assert!(!doctor.contains("sessions: none found"), "{doctor}");
    let stats = store.dreaming(&["stats"]).expect(0).stdout;
    assert!(stats.contains("No session"), "{stats}");

    // With one session that it understands, the run succeeds as usual.
    store.put("sessions/two.jsonl", session("two", 9));
    let run = store.run(&[]).expect(0);
    assert!(run.stdout.contains("Read 1 session, 0 pending, 3 left unread: 3 look"), "{run:?}");
    assert!(!run.stdout.contains("No session was understood"), "{run:?}");
}

#[test]
fn less_than_half_is_not_enough_and_no_model_is_asked() {
    let store = Store::empty();
    store.put("memory/notes.md", "- Prices are kept in cents.\n");
    store.put("sessions/partly.jsonl", partly(40));
    let estimate = store.run(&["--model", MODEL, "--estimate"]).expect(0).stdout;
    assert!(estimate.starts_with("0 calls to make"), "{estimate}");
    assert!(
        estimate.contains("Sessions: 1 left unread: 1 looks like generic; no model"),
        "{estimate}"
    );
    let run = store.run(&["--model", MODEL, "--json"]).expect(1).json();
    assert!(!store.path("calls").exists(), "{run}");
    let left = &run["skipped"]["unknown"][0];
    assert_eq!((&left["session"], &left["looks_like"]), (&json!("partly"), &json!("generic")));
    assert!(left["reason"].as_str().unwrap().contains("1 of 41 lines were understood"), "{run}");
    assert_eq!(run["report"]["sessions_not_understood"], 1, "{run}");
    assert_eq!(run["sessions"]["pending"], 0, "{run}");

    // The state remembers the session as not understood, until its file changes.
    assert_eq!(
        store.status()["sessions"],
        json!({"elsewhere": 0, "in_plan": 0, "read": 0, "pending": 0, "waiting": 0, "unseen": 0, "unknown": 1})
    );
    let doctor = store.dreaming(&["doctor"]).expect(0).stdout;
    assert!(doctor.contains("1 of 41 lines were understood"), "{doctor}");
    store.put("sessions/partly.jsonl", partly(1));
    let run = store.run(&["--model", MODEL, "--json"]).expect(0).json();
    assert_eq!(run["sessions"]["read"], 1, "{run}");
    assert!(store.path("calls").exists(), "{run}");
}

#[test]
fn a_plan_beside_what_was_left_unread_is_applied_and_replayed() {
    let store = Store::new();
    store.put("sessions/partly.jsonl", partly(40));
    let run = store.run(&[]).expect(0);
    assert!(run.stdout.contains("Read 2 sessions, 0 pending, 1 left unread"), "{run:?}");
    assert!(run.stderr.contains("`partly` (looks like generic: 1 of 41"), "{run:?}");
    store.dreaming(&["apply", "--all", "--now", NOW]).expect(0);
    store.dreaming(&["replay"]).expect(0);
    assert_eq!(store.status()["sessions"]["read"], 2);
}

#[test]
fn what_was_read_before_stays_read_when_it_is_no_longer_understood() {
    let store = dreamt();
    let totals = || store.dreaming(&["stats", "--json"]).expect(0).json()["totals"].clone();
    let before = totals();
    assert!(before["events"].as_u64().unwrap() > 0, "{before}");
    let grown = session("one", 2) + &"{\"type\":\"weather\",\"sky\":\"blue\"}\n".repeat(40);
    store.put("sessions/one.jsonl", grown);
    store.put("sessions/two.jsonl", copilot("two", 9));
    let run = store.run(&["--json"]).json();
    assert_eq!(run["skipped"]["unknown"].as_array().unwrap().len(), 2, "{run}");
    assert_eq!(store.status()["sessions"]["read"], 2);
    assert_eq!(totals(), before);
}
