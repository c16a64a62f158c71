//! What a workspace may take in a day, on the command line.

use std::process::Command;

use crate::server::{ask, new_key};

#[test]
fn a_budget_is_set_shown_and_taken_away_and_nonsense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("server.db").display());
    let say = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming-server"));
        let done = command.args(["--database", &database, "budget"]).args(words).output().unwrap();
        let told = if done.status.success() { done.stdout } else { done.stderr };
        (done.status.success(), String::from_utf8(told).unwrap())
    };
    let (is_done, told) = say(&[]);
    assert!(!is_done && told.contains("there is no database at"), "{told}");
    new_key(&database);
    for (words, expected) in [
        (&[][..], "0 tokens, no limit\t0.000000 dollars, no limit"),
        (&["--tokens-a-day", "500"], "0 tokens, of 500\t0.000000 dollars, no limit"),
        // What is not named stays.
        (&["--dollars-a-day", "2.50"], "0 tokens, of 500\t0.000000 dollars, of 2.5"),
        (&["--workspace", "default"], "0 tokens, of 500\t0.000000 dollars, of 2.5"),
        (&["--none"], "0 tokens, no limit\t0.000000 dollars, no limit"),
    ] {
        let (is_done, told) = say(words);
        assert!(is_done && told.starts_with("default\t20"), "{words:?}: {told}");
        assert!(told.trim_end().ends_with(expected), "{words:?}: {told}");
    }
    for words in [
        &["--tokens-a-day", "0"][..],
        &["--tokens-a-day=-5"],
        &["--tokens-a-day", "1.5"],
        &["--dollars-a-day", "0"],
        &["--dollars-a-day=-1"],
        &["--dollars-a-day", "NaN"],
        &["--dollars-a-day", "inf"],
        &["--none", "--tokens-a-day", "5"],
        &["--workspace", ""],
    ] {
        let (is_done, told) = say(words);
        assert!(!is_done && told.starts_with("error: "), "{words:?}: {told}");
    }
    for words in
        [&["--workspace", "nobodys"][..], &["--workspace", "nobodys", "--tokens-a-day", "5"]]
    {
        let (is_done, told) = say(words);
        assert!(!is_done && told.contains("there is no workspace `nobodys`"), "{told}");
    }
    let kept = ask(&database, "SELECT workspace FROM workspace_budgets");
    assert_eq!(kept, ["default"], "what was refused was written");
}
