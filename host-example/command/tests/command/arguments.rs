//! Arguments that are not UTF-8, and how messages show them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::support::{Store, done};

#[test]
fn an_argument_that_is_not_utf_8_gets_an_answer_in_json_too() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let refused =
        done(store.command(&["explain"]).arg(OsStr::from_bytes(b"bad\xff")).arg("--json"));
    assert_eq!(refused.expect(2).json()["error"]["kind"], "usage");
    for (arguments, name) in [(vec!["export"], "x"), (vec!["review", "--html"], "x.html")] {
        let name = [&b"\xff"[..], name.as_bytes()].concat();
        let mut command = store.command(&["--json"]);
        let json = done(command.args(arguments).arg(OsStr::from_bytes(&name))).expect(0).json();
        assert!(json["file"].as_str().unwrap().starts_with('\u{fffd}'), "{json}");
        assert!(store.path("").join(OsStr::from_bytes(&name)).is_file());
    }
}

#[test]
fn a_usage_error_repeats_nothing_that_a_terminal_acts_on() {
    let store = Store::new();
    for command in [&["lo\u{9b}31mg\u{202e}"][..], &["run", "--now", "\u{9b}2J\u{202e}"]] {
        let refused = store.dreaming(command).expect(2);
        assert!(refused.stderr.contains("\\u{9b}"), "{refused:?}");
        assert!(!refused.stderr.contains(['\u{9b}', '\u{202e}', '\u{1b}']), "{refused:?}");
        assert!(refused.stderr.starts_with("error: ") && refused.stdout.is_empty(), "{refused:?}");
    }
    assert!(store.dreaming(&["log", "--no"]).expect(2).stderr.contains("Usage: "));
}
