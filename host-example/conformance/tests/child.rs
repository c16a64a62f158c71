//! A child that breaks the protocol gives a failure that says why, and never a hang.

#![cfg(unix)]

use std::process::Command;

use dreaming_conformance::child::Talker;
use dreaming_testing::Failure;
use serde_json::json;

/// A child that reads one line and then does what `script` says.
fn asked(script: &str) -> (Result<serde_json::Value, Failure>, Talker) {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("read line; {script}"));
    let mut talker = Talker::start(&mut shell).unwrap();
    (talker.ask("poll", json!({})), talker)
}

fn dies(script: &str, message: &[&str]) {
    let (answer, mut talker) = asked(script);
    let failure = answer.unwrap_err();
    assert_eq!(failure.case, "dead");
    for part in message {
        assert!(failure.message.contains(part), "{failure}");
    }
    assert_eq!(talker.ask("poll", json!({})), Err(failure), "it stays dead");
}

#[test]
fn a_result_and_an_error_are_what_the_child_says() {
    let (answer, _) = asked(r#"echo '{"id":1,"result":[7]}'"#);
    assert_eq!(answer, Ok(json!([7])));
    let (answer, _) = asked(r#"echo '{"id":1,"error":{"code":"stale","message":"old"}}'"#);
    assert_eq!(answer, Err(Failure::new("stale", "old")));
}

#[test]
fn a_child_that_ends_is_a_failure_with_its_status_and_its_last_words() {
    dies("echo no memory >&2; exit 3", &["it ended", "exit status: 3", "no memory"]);
}

#[test]
fn a_line_that_is_no_answer_is_a_failure_that_shows_it() {
    dies("echo hello; echo why >&2; read line", &["hello", "no answer"]);
    dies(r#"echo '{"result":1}'; read line"#, &["missing field `id`"]);
    dies(r"printf '\377\n'; read line", &["UTF-8"]);
}

#[test]
fn an_answer_to_another_question_is_a_failure() {
    dies(r#"echo '{"id":9,"result":1}'; read line"#, &["it answers 9, not 1"]);
}

#[test]
fn a_program_that_is_not_there_is_a_failure() {
    let failure = Talker::start(&mut Command::new("/nowhere/node")).err().unwrap();
    assert_eq!(failure.case, "dead");
    assert!(failure.message.contains("/nowhere/node"), "{failure}");
}
