//! The shape of the engine: which crate may name which, no circle among the modules of a crate at
//! any depth, and no two files with one name. For the whole repository: no source file that is too
//! long to read.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test reads the sources and asks cargo"
)]

#[path = "house/facade.rs"]
mod facade;
#[path = "house/words.rs"]
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crates of the engine, their source folders, and the engine crates that each may depend on.
const ARROWS: [(&str, &str, &[&str]); 7] = [
    ("dreaming-text", "crates/text/src", &[]),
    // The derive crate is used by the compiler during a build; it is no part of the engine.
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
        // The front connects core and learn through the types that they share.
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

/// The tracked files whose names match these patterns, one per line.
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
fn no_modules_go_round_in_a_circle_at_any_depth() {
    let mut arrows = 0;
    for (name, source, _) in ARROWS {
        let modules = modules(&root().join(source));
        let uses = uses(&modules);
        let folders: BTreeSet<&[String]> =
            modules.keys().filter_map(|module| Some(module.split_last()?.1)).collect();
        for folder in folders {
            let beside = beside(folder, &uses);
            arrows += beside.values().map(BTreeSet::len).sum::<usize>();
            let mut open: BTreeSet<&String> = beside.keys().copied().collect();
            // Removes modules that use none of the remaining ones, until only circles and modules
            // that lead into them remain.
            while let Some(free) = open
                .iter()
                .find(|module| beside[**module].iter().all(|used| !open.contains(used)))
                .copied()
            {
                open.remove(free);
            }
            assert!(open.is_empty(), "{name}, {folder:?}: a circle among {open:?}");
        }
    }
    // Chosen by us: with fewer, this test would be reading the sources wrongly.
    assert!(arrows > 500, "only {arrows} uses were found");
}

#[test]
fn a_circle_is_seen_below_the_top_and_through_what_a_module_hands_on() {
    let seen = |one: &str, two: &str| {
        let sources = [("a", "pub use one::Thing as Handed;"), ("a/one", one), ("a/two", two)];
        let path = |name: &str| name.split('/').map(str::to_owned).collect::<Vec<_>>();
        let modules = sources.map(|(name, code)| (path(name), code.to_owned())).into();
        let uses = uses(&modules);
        let beside = beside(&path("a"), &uses);
        ["one", "two"].map(|name| beside[&name.to_owned()].len())
    };
    assert_eq!(seen("use super::two;", "use crate::a::{b::C, one::{D, E}};"), [1, 1]);
    assert_eq!(seen("use super::super::b;", "fn f() { super::Handed::new() }"), [0, 1]);
    assert_eq!(seen("use super::Other;", "use self::one;"), [0, 0]);
}

/// A source text without its comments.
fn code_of(source: &str) -> String {
    source.lines().flat_map(|line| [line.split("//").next().unwrap(), "\n"]).collect()
}

/// The modules of a crate by path, each with its code; the path of the root is empty.
fn modules(source: &Path) -> BTreeMap<Vec<String>, String> {
    let mut modules = BTreeMap::new();
    let mut open = vec![(source.to_owned(), Vec::new())];
    while let Some((folder, path)) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            let mut path: Vec<String> = path.clone();
            match file.file_stem().unwrap().to_str().unwrap() {
                "tests" => continue,
                "mod" | "lib" => {}
                name => path.push(name.into()),
            }
            if file.is_dir() {
                open.push((file, path));
            } else if file.extension().is_some_and(|end| end == "rs") {
                let source = fs::read_to_string(file).unwrap();
                let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
                modules.insert(path, code_of(code));
            }
        }
    }
    modules
}

/// For the modules directly below `folder`, each with everything inside it: which of them each one
/// uses.
fn beside<'a>(
    folder: &[String],
    uses: &'a BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
) -> BTreeMap<&'a String, BTreeSet<&'a String>> {
    let below = |path: &'a [String]| path.strip_prefix(folder)?.first();
    let mut beside: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    for (module, used) in uses {
        let Some(one) = below(module) else { continue };
        let others = used.iter().filter_map(|used| below(used)).filter(|other| *other != one);
        beside.entry(one).or_default().extend(others);
    }
    beside
}

/// The modules that each module uses, directly or through re-exports.
fn uses(modules: &BTreeMap<Vec<String>, String>) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let named: BTreeMap<&Vec<String>, Vec<Named>> =
        modules.iter().map(|(module, code)| (module, named(module, code, modules))).collect();
    let module_of = |path: &[String]| {
        let (mut path, mut module) = (path.to_vec(), Vec::new());
        // Re-exports pass through few modules; more steps would mean that this test loops.
        for _ in 0..8 {
            module.clone_from(&path);
            while !modules.contains_key(&module) && module.pop().is_some() {}
            let item = path.get(module.len());
            let handed_on = named.get(&module).into_iter().flatten();
            let from =
                handed_on.filter(|named| named.is_use).find(|named| Some(&named.called) == item);
            match from.filter(|from| from.path != path) {
                Some(from) => path.clone_from(&from.path),
                None => break,
            }
        }
        module
    };
    let used = |all: &Vec<Named>| all.iter().map(|named| module_of(&named.path)).collect();
    named.iter().map(|(module, all)| ((*module).clone(), used(all))).collect()
}

/// Something that a module names.
#[derive(Clone)]
struct Named {
    path: Vec<String>,
    /// The name that the importing module uses for it.
    called: String,
    is_use: bool,
}

/// The paths within the crate that `code` of the module `here` names.
fn named(here: &[String], code: &str, modules: &BTreeMap<Vec<String>, String>) -> Vec<Named> {
    let mut all = Vec::new();
    for root in ["crate::", "self::", "super::", "use "] {
        for (at, _) in code.match_indices(root) {
            let (head, rest) = (code.get(..at).unwrap(), code.get(at + root.len()..).unwrap());
            if head.ends_with(|c: char| c.is_ascii_alphanumeric() || "_:".contains(c)) {
                continue;
            }
            let mut base = if root == "crate::" { Vec::new() } else { here.to_vec() };
            let mut rest = rest;
            if root == "super::" {
                base.pop();
                while let Some(up) = rest.strip_prefix(root) {
                    (rest, _) = (up, base.pop());
                }
            }
            let is_use = root == "use " || head.trim_ascii_end().ends_with("use");
            let found = tree(rest).into_iter().map(|(names, called)| {
                let path = [base.as_slice(), &names].concat();
                Named { path, called, is_use }
            });
            // A path after `use` may begin with the name of another crate.
            let is_here = |named: &Named| {
                root != "use "
                    || named.path.get(..=here.len()).is_some_and(|path| modules.contains_key(path))
            };
            all.extend(found.filter(is_here));
        }
    }
    all
}

/// The paths at the beginning of `text`, braces expanded, each with its local name.
fn tree(text: &str) -> Vec<(Vec<String>, String)> {
    let text = text.trim_ascii_start();
    if let Some(list) = text.strip_prefix('{') {
        let (mut depth, mut all, mut start) = (0, Vec::new(), 0);
        for (at, sign) in list.char_indices() {
            if depth == 0 && matches!(sign, ',' | '}') {
                all.extend(tree(list.get(start..at).unwrap()));
                start = at + 1;
            }
            match sign {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                _ => {}
            }
        }
        return all;
    }
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    let name = word(text);
    if name.is_empty() {
        return Vec::new();
    }
    let rest = text.get(name.len()..).unwrap().trim_ascii_start();
    let deeper = rest.strip_prefix("::").map(tree).unwrap_or_default();
    if deeper.is_empty() {
        let called = rest.strip_prefix("as ").map_or_else(|| name.clone(), word);
        return vec![(vec![name], called)];
    }
    let under = |(names, called): (Vec<String>, String)| {
        // `self` in braces stands for the module before them.
        let names = if names == ["self"] { Vec::new() } else { names };
        let called = if called == "self" { name.clone() } else { called };
        ([vec![name.clone()], names].concat(), called)
    };
    deeper.into_iter().map(under).collect()
}

/// Public items and fields that no other crate of the repository names, and why they are public.
const NAMED_BY_NOBODY: [(&str, &[&str]); 2] = [
    (
        "what a public function takes or gives: who calls it needs no name for it",
        &["Checked", "Judgement", "Length", "StatementsError"],
    ),
    (
        "part of the document `dreaming.stats/1`, which hosts read as JSON",
        &["Direction", "Measure"],
    ),
];

#[test]
fn every_public_item_is_named_in_another_crate() {
    let listed = tracked(&["*.rs"]);
    let mut written: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut public: Vec<(&str, String)> = Vec::new();
    // These tests only list exceptions, and a list of exports uses nothing.
    let is_list = |path: &str| path.starts_with("tests/house") || path == "src/exports.rs";
    for path in listed.lines().filter(|path| !is_list(path)) {
        let Ok(source) = fs::read_to_string(root().join(path)) else { continue };
        let code = code_of(&source);
        for word in code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            written.entry(word.to_owned()).or_default().insert(crate_of(path));
        }
        let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
        if path.starts_with("crates/") && !is_test {
            let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
            public.extend(public_names(code).map(|name| (path, name)));
        }
    }
    // Chosen by us: with fewer, this test would be reading the sources wrongly.
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

/// The names of public items, methods and fields, judged by the beginning of each line. The
/// compiler checks that `pub` items can be reached (`unreachable_pub`).
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
        // In macros the name is `$name`.
        ((is_item || is_field) && !word.starts_with('$')).then(|| word.to_owned())
    })
}

/// Folders in which a reader looks for a file by its feature's name, so each file name must stand
/// for one thing.
const FAMILIES: [(&str, &[&str]); 3] = [
    ("the engine", &["crates/*.rs", "src/*.rs"]),
    ("the bindings", &["bindings/*.rs", "bindings/web/ts/*.ts"]),
    ("what people run", &["xtask/*.rs"]),
];

#[test]
fn no_two_source_files_of_a_family_have_one_name() {
    for (family, patterns) in FAMILIES {
        let listed = tracked(patterns);
        let names: Vec<_> = listed.lines().filter(|path| root().join(path).exists()).collect();
        // Chosen by us: with fewer, this test would be reading the sources wrongly.
        assert!(names.len() > 20, "{family}: only {} sources were found", names.len());
        let twice = named_twice(&names);
        assert!(
            twice.is_empty(),
            "{family}: name each of these files after what it holds: {twice:#?}"
        );
    }
}

#[test]
fn a_name_that_stands_twice_is_seen() {
    let twice = named_twice(&[
        "crates/core/src/gate.rs",
        "crates/learn/src/words/gate.rs",
        "crates/learn/src/words/mod.rs",
        "crates/core/src/pack/mod.rs",
        "crates/core/src/lib.rs",
        "src/lib.rs",
        "crates/core/src/tests/gate.rs",
        "src/dream/tests.rs",
        "src/run/tests.rs",
        "crates/learn/src/gates.rs",
    ]);
    assert_eq!(
        twice,
        [("gate.rs", vec!["crates/core/src/gate.rs", "crates/learn/src/words/gate.rs"])]
    );
}

/// The files of `paths` that share a name, apart from roots of crates and modules, build scripts
/// and tests.
fn named_twice<'a>(paths: &[&'a str]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in paths {
        let (folder, name) = path.rsplit_once('/').unwrap();
        let is_root = ["lib.rs", "main.rs", "mod.rs", "build.rs", "tests.rs"].contains(&name);
        if !is_root && !folder.split('/').any(|part| part == "tests") {
            named.entry(name).or_default().push(path);
        }
    }
    named.into_iter().filter(|(_, paths)| paths.len() > 1).collect()
}

/// Most lines of a source file. Chosen by us: a longer one has more than one reason to change.
const MOST_LINES: usize = 450;

/// Files that people write. Word lists, samples, interfaces and pages have other endings.
const SOURCES: [&str; 8] = ["*.rs", "*.ts", "*.tsx", "*.mjs", "*.js", "*.css", "*.py", "*.sh"];

/// Source files that may be longer, each with its reason: a table of data, or a generated file.
const LONGER: [(&str, &str); 2] = [
    ("bindings/web/ts/documents.ts", "`cargo xtask documents` writes it from the types"),
    ("host-example/command/src/document/written.rs", "so it does this one"),
];

#[test]
fn no_source_file_is_longer_than_can_be_read() {
    let listed = tracked(&SOURCES);
    let mut lengths: BTreeMap<&str, usize> = BTreeMap::new();
    for path in listed.lines() {
        // Git still lists files that were deleted from the folder.
        let Ok(source) = fs::read_to_string(root().join(path)) else { continue };
        lengths.insert(path, source.lines().count());
    }
    // Chosen by us: with fewer, this test would be reading the sources wrongly.
    assert!(lengths.len() > 700, "only {} sources were found", lengths.len());
    lengths.retain(|_, lines| *lines > MOST_LINES);
    let found: BTreeSet<&str> = lengths.keys().copied().collect();
    let allowed: BTreeSet<&str> = LONGER.iter().map(|(path, _)| *path).collect();
    assert_eq!(found, allowed, "split these, or take them off the list: {lengths:?}");
}
