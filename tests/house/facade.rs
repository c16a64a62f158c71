//! The exports of the crate `dreaming`: few enough for a person to read, and each used by somebody.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::{ARROWS, code_of, modules, public_names, root, tracked, tree};

/// Items that the facade exports at most. Chosen by us, as many as comparable libraries have:
/// quinn-proto has 319, the shared core of Restate 252.
const MOST_ITEMS: usize = 300;

/// The modules of the crates behind the facade, by crate name in code.
type Behind = BTreeMap<String, BTreeMap<Vec<String>, String>>;

fn behind() -> Behind {
    let read = |(package, source, _): (&str, &str, _)| {
        (package.replace('-', "_"), modules(&root().join(source)))
    };
    ARROWS.map(read).into()
}

/// The exported items: source path and public name. Panics where an export cannot be counted.
pub(super) fn exported() -> BTreeSet<(String, String)> {
    let behind = behind();
    let front = behind.get("dreaming").unwrap();
    let top = front.get(&Vec::new()).unwrap();
    let mut all = BTreeSet::new();
    for (module, code) in front {
        // Only the root, its public modules and the lists in `exports` export items.
        let is_open = match module.as_slice() {
            [] => true,
            [name] => name == "exports" || top.contains(&format!("pub mod {name};")),
            _ => false,
        };
        if !is_open {
            continue;
        }
        let here = module.join("::");
        for (at, _) in code.match_indices("pub use ") {
            let used = code.get(at + "pub use ".len()..).unwrap().split(';').next().unwrap();
            assert!(!used.contains('*'), "what `pub use {used};` exports cannot be counted");
            for (path, called) in tree(used) {
                assert!(
                    !is_module(&path, &behind),
                    "{path:?} is a module of another crate: name its items"
                );
                all.insert((format!("{here} from {}", path.join("::")), called));
            }
        }
        let declared = code.lines().filter(|line| {
            line.starts_with("pub ") && !line.starts_with("pub use ") && !line.ends_with(" {}")
        });
        // The modules of `exports` are counted where the root re-exports them.
        let declared: String =
            declared.filter(|_| here != "exports").flat_map(|line| [line, "\n"]).collect();
        all.extend(public_names(&declared).map(|name| (here.clone(), name)));
    }
    all
}

/// Whether a path names a module behind the facade or a whole crate, not an item of the same name.
fn is_module(path: &[String], behind: &Behind) -> bool {
    let Some((name, rest)) = path.split_first() else { return false };
    let Some(modules) = behind.get(name).filter(|modules| modules.contains_key(rest)) else {
        return false;
    };
    let Some((last, parent)) = rest.split_last() else { return true };
    let code = modules.get(parent).unwrap();
    let handed_on = |(at, _)| tree(code.get(at + "pub use ".len()..).unwrap());
    let mut items = code.match_indices("pub use ").flat_map(handed_on);
    !code.contains(&format!("pub fn {last}(")) && !items.any(|(_, called)| called == *last)
}

#[test]
fn a_module_and_an_item_of_its_name_are_told_apart() {
    let behind = behind();
    let of =
        |path: &str| is_module(&path.split("::").map(str::to_owned).collect::<Vec<_>>(), &behind);
    let modules = ["dreaming_stats", "dreaming_core::apply", "dreaming_records::outcome::bound"];
    for path in modules {
        assert!(of(path), "{path}");
    }
    for path in ["dreaming_text::guard", "dreaming_shield::redact::redact", "exports::apply"] {
        assert!(!of(path), "{path}");
    }
}

#[test]
fn the_facade_exports_what_a_person_can_read_and_each_item_is_needed() {
    let exported = exported();
    // Chosen by us: with fewer, this test would be reading the sources wrongly.
    assert!(exported.len() > 150, "only {} exports were found", exported.len());
    assert!(exported.len() <= MOST_ITEMS, "{} items are exported", exported.len());
    let listed = tracked(&["*.rs"]);
    let (mut outside, mut given) = (BTreeSet::new(), BTreeSet::new());
    for path in listed.lines().filter(|path| !path.starts_with("tests/house")) {
        let Ok(source) = fs::read_to_string(root().join(path)) else { continue };
        let is_engine = path.starts_with("crates/") || path.starts_with("src/");
        let code = code_of(&source);
        let lines = code.lines().map(str::trim_ascii_start).filter(|line| {
            let declares = ["pub struct ", "pub enum ", "pub mod ", "pub use ", "pub const "];
            !is_engine
                || line.starts_with("pub ") && !declares.iter().any(|kind| line.starts_with(kind))
        });
        let words = lines.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'));
        if is_engine { &mut given } else { &mut outside }.extend(words.map(str::to_owned));
    }
    // A type that nobody names yet is still needed if a public field or function returns it.
    let is_given = |name: &str| name.starts_with(char::is_uppercase) && given.contains(name);
    let idle: Vec<_> =
        exported.iter().filter(|(_, name)| !outside.contains(name) && !is_given(name)).collect();
    assert!(idle.is_empty(), "no host, binding, example or test names these: {idle:?}");
}
