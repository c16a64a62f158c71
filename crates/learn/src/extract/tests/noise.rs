//! The line shown for a failure is one that passing runs of the command do not print.

use super::Script;

const NOISE: &str = "warning: 3 unknown keys in a.json";

fn template(notes: &dreaming_records::notes::SessionNotes) -> Vec<&str> {
    notes.failures.iter().map(|failure| &*failure.template).collect()
}

/// A run of `make test` that fails with these lines, then a run of `then` that works and prints
/// `NOISE`.
fn failed_with(lines: &str, then: &str) -> dreaming_records::notes::SessionNotes {
    let mut script = Script::default();
    script.bash("make test", true, &format!("Exit code 2\n{NOISE}\n{lines}"));
    script.bash(then, false, &format!("{}\nok", NOISE.replace('3', "4"))).notes()
}

#[test]
fn a_line_that_a_passing_run_prints_too_is_not_the_message() {
    let notes = failed_with("error: no seed in b.json", "make test");
    assert_eq!(template(&notes), ["error: no seed in <path>"]);
    assert_eq!(notes.failures[0].pin.quote, "error: no seed in b.json");
    let before = Script::default()
        .bash("make test && ls", false, NOISE)
        .bash("cd /r && make test", true, &format!("{NOISE}\nerror: no seed"))
        .notes();
    assert_eq!(template(&before), ["error: no seed"]);
}

#[test]
fn when_every_line_stands_in_passing_runs_none_is_the_message() {
    let notes = failed_with("", "make test");
    assert_eq!((template(&notes), &*notes.failures[0].pin.quote), (vec![""], NOISE));
}

#[test]
fn what_another_command_prints_or_one_that_may_have_failed_is_no_noise() {
    for then in ["make lint", "make test | tail -3", "make test || true", "make test; ls"] {
        let notes = failed_with("error: no seed", then);
        assert_eq!(template(&notes), ["warning: <n> unknown keys in <path>"], "{then}");
    }
}

#[test]
fn a_line_of_a_source_file_is_not_the_message() {
    for shown in
        ["  12 | let error = 3", "> 7 \u{2502} \u{2192} errors: [x],", "12 13 \u{2502} fail()"]
    {
        let notes = Script::default()
            .bash("make test", true, &format!("Exit code 2\n{shown}\nerror: no seed"))
            .notes();
        assert_eq!(template(&notes), ["error: no seed"], "{shown}");
    }
}
