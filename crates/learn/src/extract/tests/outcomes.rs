//! How a session went, from what was done in it or stated outright.

use dreaming_records::session::EventKind;
use dreaming_records::trust::Provenance;

use super::Script;

/// Name and verdict of the weak outcome that a script shows.
fn read_off(script: &Script) -> Vec<(String, bool)> {
    let verdict = |o: dreaming_records::outcome::Outcome| {
        assert_eq!(o.metric.source, dreaming_records::outcome::OutcomeSource::Weak);
        (o.metric.name.clone(), o.metric.reached().unwrap())
    };
    script.notes().outcomes.into_iter().map(verdict).collect()
}

fn said(name: &str, good: bool) -> (String, bool) {
    (name.into(), good)
}

#[test]
fn the_last_run_of_the_tests_decides_and_a_pipe_does_not_tell_that_they_pass() {
    let mut script = Script::default();
    script.bash("cargo test", true, "error: 1 failed").bash("cargo test", false, "ok");
    assert_eq!(read_off(&script), [said("tests", true)]);
    script.bash("cargo test --all", true, "error: 2 failed");
    assert_eq!(read_off(&script), [said("tests", false)]);
    script.bash("cargo test 2>&1 | tail -5", false, "test result: FAILED");
    assert_eq!(read_off(&script), [said("tests", false)]);
}

#[test]
fn a_commit_that_is_taken_back_was_not_kept() {
    let mut script = Script::default();
    script.bash("git reset --hard", false, "").bash("git add . && git commit -m x", false, "");
    assert_eq!(read_off(&script), [said("commit", true)]);
    script.bash("git reset file.rs", false, "");
    assert_eq!(read_off(&script), [said("commit", true)]);
    script.bash("git reset --hard HEAD~1", false, "");
    assert_eq!(read_off(&script), [said("commit", false)]);
}

#[test]
fn a_refusal_counts_until_another_call_works() {
    let mut script = Script::default();
    script.bash("ls", false, "").user("Great, thanks!");
    assert!(read_off(&script).is_empty());
    script.refused("rm -r /");
    assert_eq!(read_off(&script), [said("user", false)]);
    script.bash("rm -r target", false, "");
    assert!(read_off(&script).is_empty());
}

#[test]
fn calls_that_fail_again_and_again_tell_nothing_of_the_session() {
    let mut script = Script::default();
    for _ in 0..4 {
        script.bash("make all", true, "error: x");
    }
    assert!(read_off(&script).is_empty());
}

#[test]
fn what_a_session_says_outright_is_kept_as_it_comes() {
    use dreaming_records::outcome::{Metric, OutcomeSource};
    let metric = Metric::verdict("reward", OutcomeSource::Measured, true);
    let mut script = Script::default();
    script.push(EventKind::Outcome(metric.clone()), Provenance::Harness, "reward 1");
    let notes = script.notes();
    assert_eq!((&notes.outcomes[0].metric, &*notes.outcomes[0].pin.quote), (&metric, "reward 1"));
}
