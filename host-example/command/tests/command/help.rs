//! `dreaming --help`, as a person who looks for a command reads it.

use std::process::Command;

use crate::support::{Done, done};

/// Runs `dreaming` with exactly these arguments.
fn dreaming(words: &[&str]) -> Done {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming"));
    done(command.args(words).env_remove("COLUMNS"))
}

#[test]
fn the_help_lists_commands_by_what_people_do_with_them() {
    let help = dreaming(&["--help"]).expect(0).stdout;
    let group = |heading: &str| {
        let (_, below) = help.split_once(&format!("\n{heading}:\n")).expect(heading);
        below.split_once("\n\n").expect(heading).0.to_owned()
    };
    assert!(group("Dream").starts_with("  init         Sets up: "), "{help}");
    assert!(group("Review").contains("\n  discard      Puts away"), "{help}");
    assert!(group("Memory").contains("\n  erase        Erases"), "{help}");
    assert!(group("Move and mend").starts_with("  export       Writes"), "{help}");
    // Each command is listed once.
    for command in ["init", "run", "erase", "man"] {
        let lines = help.lines().filter(|line| line.starts_with(&format!("  {command} ")));
        assert_eq!(lines.count(), 1, "{command}: {help}");
    }
    // The parts that clap writes are still there.
    for part in
        ["Usage: dreaming [OPTIONS] <COMMAND>", "  -V, --version", "Exit codes:", "Examples:"]
    {
        assert!(help.contains(part), "{part}: {help}");
    }
    let (_, groups) = help.split_once("Dream:").unwrap();
    let (groups, _) = groups.split_once("Options:").unwrap();
    assert!(groups.lines().all(|line| line.len() <= 80), "{groups}");
    assert_eq!(help, dreaming(&["help"]).expect(0).stdout);
    // Without arguments the command prints the same help on stderr, as a usage error.
    assert_eq!(help, dreaming(&[]).expect(2).stderr);
}

#[test]
fn the_help_of_one_command_has_no_groups() {
    for words in [["run", "--help"], ["help", "run"]] {
        let help = dreaming(&words).expect(0).stdout;
        assert!(help.contains("Usage: dreaming run") && !help.contains("Look closer"), "{help}");
    }
    dreaming(&["undo"]).expect(2);
}
