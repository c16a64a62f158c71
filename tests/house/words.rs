//! One word for one thing: a type of the interfaces has its name in Rust and in TypeScript too.

use std::collections::BTreeSet;
use std::fs;

use super::facade::exported;
use super::{root, tracked};

/// Types of the interfaces without a type of that name in Rust, and why.
const NOT_IN_RUST: [(&str, &[&str]); 5] = [
    ("a number or bytes in Rust", &["document", "ppm", "timestamp"]),
    ("two arguments, or fields of what holds it", &["by", "opened", "recorded-answer", "setting"]),
    ("methods of `run::Run` take these one by one", &["chunk", "missed", "supply"]),
    ("what a host answers that the component calls", &["run-error", "store-error"]),
    ("`HostCandidate`: the core has candidates of other origins too", &["candidate"]),
];

/// Types of the interfaces without a type of that name in TypeScript, and why.
const NOT_IN_TYPESCRIPT: [(&str, &[&str]); 5] = [
    ("a number in JavaScript", &["ppm", "timestamp"]),
    ("`DreamingError` is thrown", &["engine-error", "invalid", "run-error", "store-error"]),
    ("fields of what holds it", &["by", "outcomes", "setting"]),
    (
        "the package holds the loop of a run, and asks a store for these",
        &["chunk", "missed", "mode", "piece", "run-outcome", "run-request", "supply"],
    ),
    ("for hosts that write memories themselves, which the package does not do", &["screened"]),
];

/// The names of types that the interfaces define.
fn named_in_wit() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in tracked(&["wit/*.wit"]).lines().filter(|path| !path.contains("snapshots")) {
        let source = fs::read_to_string(root().join(path)).unwrap();
        for line in source.lines().map(str::trim_ascii_start) {
            let mut words = line.split([' ', ';', '{']);
            let kinds = ["enum", "flags", "record", "resource", "type", "variant"];
            if words.next().is_some_and(|kind| kinds.contains(&kind)) {
                names.insert(words.next().unwrap().to_owned());
            }
        }
    }
    names
}

/// `run-request` as types are written: `RunRequest`.
fn as_type(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    name.split('-').map(capital).collect()
}

#[test]
fn a_type_of_the_interfaces_has_its_name_in_rust_and_in_typescript() {
    let names = named_in_wit();
    // Chosen by us: with fewer, this test would be reading the interfaces wrongly.
    assert!(names.len() > 60, "only {} types were found", names.len());
    let exported: BTreeSet<String> = exported().into_iter().map(|(_, name)| name).collect();
    let listed = tracked(&["bindings/web/ts"]);
    let written: String =
        listed.lines().map(|path| fs::read_to_string(root().join(path)).unwrap()).collect();
    let in_typescript = |name: &str| {
        let kinds = ["class", "interface", "type"];
        kinds.iter().any(|kind| {
            let declared = format!("export {kind} {name}");
            [" ", "<"].iter().any(|end| written.contains(&format!("{declared}{end}")))
        })
    };
    let but = |lists: &[(&str, &[&str])]| -> BTreeSet<String> {
        lists.iter().flat_map(|(_, names)| names.iter().map(|name| (*name).to_owned())).collect()
    };
    let missing = |has: &dyn Fn(&str) -> bool| -> BTreeSet<String> {
        names.iter().filter(|name| !has(&as_type(name))).cloned().collect()
    };
    let in_rust = missing(&|name| exported.contains(name));
    assert_eq!(in_rust, but(&NOT_IN_RUST), "types that Rust calls otherwise");
    let in_typescript = missing(&in_typescript);
    assert_eq!(in_typescript, but(&NOT_IN_TYPESCRIPT), "types that TypeScript calls otherwise");
}
