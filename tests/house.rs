//! The shape of the engine: which crate may name which, and no circle among the modules of a crate. Of the
//! whole repository: no source file that is too long to read.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test reads the sources and asks cargo"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crates of the engine, the folder of their sources, and the crates of the engine that each may
/// depend on.
const ARROWS: [(&str, &str, &[&str]); 7] = [
    ("dreaming-text", "crates/text/src", &[]),
    // The derive is a part of the compiler when it is built, not of the engine.
    ("dreaming-records", "crates/records/src", &["dreaming-derive", "dreaming-text"]),
    ("dreaming-shield", "crates/shield/src", &["dreaming-text"]),
    ("dreaming-core", "crates/core/src", &["dreaming-records", "dreaming-text"]),
    (
        "dreaming-learn",
        "crates/learn/src",
        &["dreaming-records", "dreaming-shield", "dreaming-text"],
    ),
    (
        "dreaming-stats",
        "crates/stats/src",
        &["dreaming-learn", "dreaming-records", "dreaming-shield", "dreaming-text"],
    ),
    (
        "dreaming",
        "src",
        // The front joins core and learn, in the values that they share.
        &[
            "dreaming-core",
            "dreaming-learn",
            "dreaming-records",
            "dreaming-shield",
            "dreaming-stats",
            "dreaming-text",
        ],
    ),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files that git keeps under names of these patterns, a line each.
fn tracked(patterns: &[&str]) -> String {
    let listed =
        Command::new("git").arg("ls-files").args(patterns).current_dir(root()).output().unwrap();
    String::from_utf8(listed.stdout).unwrap()
}

#[test]
fn each_crate_depends_on_those_below_it_alone() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    for (name, _, allowed) in ARROWS {
        let package = packages.iter().find(|package| package["name"] == name).unwrap();
        let found: BTreeSet<&str> = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| dependency["kind"].is_null())
            .filter_map(|dependency| dependency["name"].as_str())
            .filter(|name| name.starts_with("dreaming"))
            .collect();
        assert_eq!(found, allowed.iter().copied().collect(), "{name}");
    }
}

#[test]
fn every_crate_has_the_lints_of_the_engine() {
    for (name, source, _) in ARROWS {
        let manifest = root().join(source).parent().unwrap().join("Cargo.toml");
        let manifest = fs::read_to_string(manifest).unwrap();
        assert!(manifest.contains("\n[lints]\nworkspace = true\n"), "{name}");
    }
}

#[test]
fn no_modules_of_a_crate_go_round_in_a_circle() {
    let mut arrows = 0;
    for (name, source, _) in ARROWS {
        let uses = uses(&root().join(source));
        assert!(!uses.is_empty(), "{name} has modules");
        arrows += uses.values().map(BTreeSet::len).sum::<usize>();
        let mut open: BTreeSet<&String> = uses.keys().collect();
        // What uses nothing that is left goes, until nothing is left but circles.
        while let Some(free) = open
            .iter()
            .find(|module| uses[**module].iter().all(|used| !open.contains(used)))
            .copied()
        {
            open.remove(free);
        }
        assert!(open.is_empty(), "{name}: a circle among {open:?}");
    }
    // Chosen by us: fewer would mean that this test reads the sources wrongly.
    assert!(arrows > 60, "only {arrows} uses were found");
}

/// What each module at the top of a crate names of the others.
fn uses(source: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut uses = BTreeMap::new();
    for entry in fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if module != "lib" {
            let found: &mut BTreeSet<String> = uses.entry(module).or_default();
            collect(&path, 1, found);
        }
    }
    let known: BTreeSet<String> = uses.keys().cloned().collect();
    for (module, found) in &mut uses {
        found.retain(|name| name != module && known.contains(name));
    }
    uses
}

/// Collects the names that follow `crate::`, or as many `super::` as lead to the top of the crate.
fn collect(path: &Path, depth: usize, found: &mut BTreeSet<String>) {
    if path.ends_with("tests") || path.ends_with("tests.rs") {
        return;
    }
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            let inner = entry.unwrap().path();
            let deeper = usize::from(!inner.ends_with("mod.rs"));
            collect(&inner, depth + deeper, found);
        }
        return;
    }
    if path.extension().is_none_or(|end| end != "rs") {
        return;
    }
    let source = fs::read_to_string(path).unwrap();
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let code: String = code.lines().map(|line| line.split("//").next().unwrap()).collect();
    for top in ["crate::".to_owned(), "super::".repeat(depth)] {
        for (at, _) in code.match_indices(&top) {
            if top.starts_with("super")
                && code.get(..at).is_some_and(|head| head.ends_with("super::"))
            {
                continue;
            }
            let rest = code.get(at + top.len()..).unwrap();
            found.extend(first_names(rest));
        }
    }
}

/// The name at the beginning of `rest`, or the first names in its braces.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_ascii_start()
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect()
    };
    let Some(list) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut depth, mut names, mut start) = (0, Vec::new(), 0);
    for (at, sign) in list.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(name(list.get(start..at).unwrap()));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(name(list.get(start..at).unwrap()));
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

/// Public items and fields that no other crate of the repository names, and why they are public.
const NAMED_BY_NOBODY: [(&str, &[&str]); 2] = [
    (
        "what a public function takes or gives: who calls it needs no name for it",
        &["Checked", "Drift", "Judgement", "Length", "StatementsError"],
    ),
    (
        "part of the document `dreaming.stats/1`, which hosts read as JSON",
        &["Direction", "FlowCount", "Measure"],
    ),
];

#[test]
fn every_public_item_is_named_in_another_crate() {
    let listed = tracked(&["*.rs"]);
    let mut written: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut public: Vec<(&str, String)> = Vec::new();
    // This file names the exceptions.
    for path in listed.lines().filter(|path| *path != "tests/house.rs") {
        let Ok(source) = fs::read_to_string(root().join(path)) else { continue };
        let code = source.lines().filter_map(|line| line.split("//").next());
        let code: String = code.flat_map(|line| [line, "\n"]).collect();
        for word in code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            written.entry(word.to_owned()).or_default().insert(crate_of(path));
        }
        let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
        if path.starts_with("crates/") && !is_test {
            let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
            public.extend(public_names(code).map(|name| (path, name)));
        }
    }
    // Chosen by us: fewer would mean that this test reads the sources wrongly.
    assert!(public.len() > 500, "only {} public names were found", public.len());
    public.retain(|(path, name)| written[name].iter().all(|other| *other == crate_of(path)));
    let allowed: BTreeSet<&str> =
        NAMED_BY_NOBODY.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let found: BTreeSet<&str> = public.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(found, allowed, "public names of one crate alone: {public:?}");
}

/// The folder of the crate that a source file belongs to.
fn crate_of(path: &str) -> &str {
    let folders = if path.starts_with("crates/") { 2 } else { 1 };
    path.match_indices('/').nth(folders - 1).map_or(path, |(at, _)| path.get(..at).unwrap())
}

/// The names of public items, methods and fields, as far as the beginning of a line tells. The compiler
/// sees to it that what is `pub` can be reached (`unreachable_pub`).
fn public_names(code: &str) -> impl Iterator<Item = String> {
    let kinds = ["fn", "struct", "enum", "trait", "const", "type", "static", "mod"];
    let mut in_private_struct = false;
    code.lines().filter_map(move |line| {
        if line.starts_with("pub(") || line.starts_with("struct") || line.starts_with('}') {
            in_private_struct = !line.starts_with('}') && line.ends_with('{');
        }
        let mut words =
            line.trim_ascii_start().strip_prefix("pub ")?.split([' ', '(', '<', ':', ';']);
        let mut word = words.next()?;
        let is_item = kinds.contains(&word);
        while kinds.contains(&word) {
            word = words.next()?;
        }
        let is_field = !is_item && line.contains(&format!("pub {word}: ")) && !in_private_struct;
        // A macro makes `$name`.
        ((is_item || is_field) && !word.starts_with('$')).then(|| word.to_owned())
    })
}

/// Lines of a source file at most. Chosen by us: a longer one has more than one reason to change.
const MOST_LINES: usize = 450;

/// Where people write. Words, samples, interfaces and pages stand in files of other kinds.
const SOURCES: [&str; 8] = ["*.rs", "*.ts", "*.tsx", "*.mjs", "*.js", "*.css", "*.py", "*.sh"];

/// Source files that are longer, each with its reason: a table of data, or what a program writes.
const LONGER: [(&str, &str); 2] = [
    ("bindings/web/ts/documents.ts", "`cargo xtask documents` writes it from the types"),
    ("host-example/command/src/document/written.rs", "so it does this one"),
];

#[test]
fn no_source_file_is_longer_than_can_be_read() {
    let listed = tracked(&SOURCES);
    let mut lengths: BTreeMap<&str, usize> = BTreeMap::new();
    for path in listed.lines() {
        // A file that is gone from the folder is still listed.
        let Ok(source) = fs::read_to_string(root().join(path)) else { continue };
        lengths.insert(path, source.lines().count());
    }
    // Chosen by us: fewer would mean that this test reads the sources wrongly.
    assert!(lengths.len() > 700, "only {} sources were found", lengths.len());
    lengths.retain(|_, lines| *lines > MOST_LINES);
    let found: BTreeSet<&str> = lengths.keys().copied().collect();
    let allowed: BTreeSet<&str> = LONGER.iter().map(|(path, _)| *path).collect();
    assert_eq!(found, allowed, "split these, or take them off the list: {lengths:?}");
}
