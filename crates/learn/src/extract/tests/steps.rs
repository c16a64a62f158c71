//! What an agent did: steps and their order, actions, counts of tools, hand-offs.

use dreaming_records::notes::CHANGED_FILES;
use dreaming_records::session::EventKind;
use dreaming_records::trust::Provenance;
use serde_json::json;

use super::Script;

#[test]
fn steps_are_commands_that_worked_the_most_frequent_first_with_their_order() {
    let notes = Script::default()
        .bash("cargo build && cargo fmt", false, "")
        .bash("cargo fmt --check", false, "")
        .bash("ls", false, "")
        .bash("cargo test", true, "Exit code 1\nfailed")
        .file("Edit", "/r/a.rs", false, "")
        .file("Read", "/r/a.rs", false, "")
        .bash("git commit -F - <<'E'\nmake it so\nE\ncargo fmt | tail", false, "")
        .notes();
    let names: Vec<_> = notes.steps.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["cargo fmt", "cargo build", CHANGED_FILES, "git commit"]);
    assert_eq!(notes.order, [[1, 0, 2, 3, 0]]);
}

#[test]
fn actions_are_calls_that_changed_something_with_their_arguments() {
    let mut script = Script::default();
    script.call("get_order", &json!({ "id": 1 }), false, "{}");
    script.call("cancel_order", &json!({ "why": "late", "id": 2 }), true, "no such order");
    script.call("cancel_order", &json!({ "why": "late", "id": 3 }), false, "done");
    script.call("transfer_to_human", &json!({}), false, "done");
    let notes = script.notes();
    let [action] = &notes.actions[..] else { panic!("{:?}", notes.actions) };
    assert_eq!((&*action.name, &*action.arguments), ("cancel_order", r#"{"id":3,"why":"late"}"#));
    assert!(notes.steps.is_empty());
}

#[test]
fn tools_are_counted_and_refusals_are_not() {
    let notes = Script::default()
        .bash("ls", false, "")
        .bash("ls /x", true, "error: no such folder")
        .refused("rm x")
        .file("Read", "/a", false, "a")
        .notes();
    let counts: Vec<_> = notes.tools.iter().map(|t| (&*t.tool, t.calls, t.failed)).collect();
    assert_eq!(counts, [("Bash", 2, 1), ("Read", 1, 0)]);
    let mut many = Script::default();
    for n in 0..40 {
        many.file(&format!("T{n:02}"), "/a", false, "a");
    }
    assert_eq!((many.notes().tools.len(), many.notes().dropped), (32, 8));
}

#[test]
fn a_hand_off_ends_with_its_call_or_with_its_own_end() {
    let hand_off = |call: &str, to: &str| EventKind::HandOff { call: call.into(), to: to.into() };
    let mut script = Script::default();
    script
        .push(hand_off("a", "reviewer"), Provenance::ToolUse, "Review it.")
        .push(hand_off("b", "builder"), Provenance::ToolUse, "Build it.")
        .push(hand_off("c", "tester"), Provenance::ToolUse, "Test it.")
        .push(
            EventKind::ToolResult {
                call: "a".into(),
                tool: "Task".into(),
                failed: false,
                refused: false,
            },
            Provenance::External,
            "done",
        )
        .push(EventKind::HandOffEnd { call: "b".into(), failed: true }, Provenance::Harness, "");
    let ends: Vec<_> = script.notes().hand_offs.into_iter().map(|h| (h.to, h.failed)).collect();
    let ended = |to: &str, failed| (to.to_owned(), failed);
    assert_eq!(
        ends,
        [ended("reviewer", Some(false)), ended("builder", Some(true)), ended("tester", None)]
    );
}
