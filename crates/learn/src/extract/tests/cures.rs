//! What cured a failure: what had to be done first, what came between, another command.

use dreaming_records::notes::SessionNotes;
use dreaming_records::session::EventKind;
use dreaming_records::trust::Provenance;
use serde_json::json;

use super::{ABSENT, Script};

const NOT_READ: &str = "<tool_use_error>File has not been read yet. Read it first before writing to it.</tool_use_error>";

fn cures(notes: &SessionNotes) -> Vec<Option<&str>> {
    notes.failures.iter().map(|f| f.cure.as_ref().map(|c| c.step.as_str())).collect()
}

#[test]
fn what_had_to_be_done_first_is_the_cure() {
    let notes = Script::default()
        .file("Edit", "/r/a.rs", true, NOT_READ)
        .file("Read", "/r/b.rs", false, "b")
        .file("Read", "/r/a.rs", false, "a")
        .file("Edit", "/r/a.rs", false, "ok")
        .notes();
    assert_eq!(cures(&notes), [Some("Read")]);
    assert_eq!(
        notes.failures[0].template,
        "File has not been read yet. Read it first before writing to it."
    );
    assert_eq!(notes.failures[0].cure.as_ref().unwrap().pin.quote, "/r/a.rs");
}

#[test]
fn the_same_command_again_was_cured_by_what_came_between() {
    let notes = Script::default()
        .bash("mise run lint", true, "Exit code 1\nmain.rs: error here")
        .bash("mise run fmt", false, "")
        .bash("mise run lint", false, "")
        .notes();
    assert_eq!(notes.failures[0].tool, "Bash mise run lint");
    assert_eq!(cures(&notes), [Some("Bash mise run fmt")]);
}

#[test]
fn the_same_command_in_another_folder_is_its_own_cure() {
    let after = |between: &[&str], again: &str| {
        let mut script = Script::default();
        script.bash("cd /r/a && make lint", true, "error: no settings");
        for line in between {
            script.bash(line, false, "");
        }
        let notes = script.bash(again, false, "").notes();
        notes.failures[0].cure.as_ref().map(|cure| cure.step.clone())
    };
    let (lint, fix) = (Some("Bash make lint".to_owned()), Some("Bash make fix".to_owned()));
    let again = "cd /r/a && make lint";
    assert_eq!(after(&["cd ../b", "make fix"], again), lint);
    assert_eq!(after(&["cd /r && make fix"], again), lint);
    assert_eq!(after(&["make fix"], "cd /r && make lint"), lint);
    assert_eq!(after(&["cd /r/a && make fix"], again), fix);
    assert_eq!(after(&["make fix"], again), fix);
}

#[test]
fn a_changed_command_is_its_own_cure_and_an_unrelated_file_is_none() {
    let notes = Script::default()
        .bash("git show --nope", true, "Exit code 128\nfatal: unrecognized argument: --nope")
        .bash("git show --stat", false, "")
        .file("Read", "/r/a/x.rs", true, ABSENT)
        .file("Read", "/q/b/y.rs", false, "")
        .notes();
    assert_eq!(cures(&notes), [Some("Bash git show"), None]);
}

#[test]
fn a_command_without_the_word_in_front_is_the_cure_of_the_one_with_it() {
    let unknown = "Exit code 2\nerror: unrecognized subcommand 'bun'\n\nUsage: rtk <COMMAND>";
    let notes = Script::default()
        .bash("cd /r && rtk bun run test 2>&1", true, unknown)
        .bash("git status", false, "")
        .bash("bun run test 2>&1", false, "3 pass")
        .notes();
    assert_eq!(cures(&notes), [Some("Bash bun run test")]);
}

#[test]
fn after_six_calls_nothing_is_a_cure() {
    for (between, cured) in [(5, true), (6, false)] {
        let mut script = Script::default();
        script.bash("make a", true, "Exit code 2\nerror: x");
        for _ in 0..between {
            script.bash("ls", false, "");
        }
        let notes = script.bash("make b", false, "").notes();
        // `make a` and `make b` are two different steps; a retry is the same step.
        assert_eq!(cures(&notes), [None]);
        let notes = script.0.clone();
        let mut again = Script(notes);
        again.0.truncate(2 + 2 * between);
        let notes = again.bash("make a --fast", false, "").notes();
        assert_eq!(cures(&notes)[0].is_some(), cured, "{between}");
    }
}

#[test]
fn a_refused_call_is_no_failure_and_a_call_made_before_the_error_no_cure() {
    let mut script = Script::default();
    let result = |call: &str, failed, refused| EventKind::ToolResult {
        call: call.into(),
        tool: "Bash".into(),
        failed,
        refused,
    };
    for call in ["a", "b"] {
        let made = EventKind::ToolUse { call: call.into(), tool: "Bash".into() };
        script.push(
            made,
            Provenance::ToolUse,
            &json!({ "command": format!("make {call}") }).to_string(),
        );
    }
    script.push(result("a", true, false), Provenance::ToolResult, "Exit code 1\nerror: no");
    script.push(result("b", false, false), Provenance::External, "");
    script.bash("x", false, "");
    script.push(result("zzz", true, true), Provenance::ToolResult, "refused");
    let notes = script.notes();
    assert_eq!(cures(&notes), [None]);
}
