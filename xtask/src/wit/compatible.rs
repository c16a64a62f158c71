//! Which changes of the interfaces break hosts.

use anyhow::{Context as _, Result};
use wit_component::semver_check;
use wit_parser::{Resolve, UnresolvedPackageGroup};

/// What hosts of `old` need and a component of the package `new` lacks; both are WIT.
///
/// A host is written against a world: it calls what the world exports and provides what it imports.
/// So a component of the new world must fit wherever one of the old world did. It may export more
/// and import less; types must be equal, because a record with one field more has another layout.
///
/// This is [`semver_check`] with the worlds exchanged. Normally (and in `wasm-tools component
/// semver-check`) it asks whether an old *component* is still one of the new world, which matters
/// where hosts own a world and others write its components. This project writes the components.
///
/// # Errors
/// When one of the texts is not WIT.
pub fn broken(old: &str, new: &str) -> Result<Vec<String>> {
    let mut resolve = Resolve::default();
    let new = resolve.push_source("new.wit", new)?;
    let old = push_as_other_version(&mut resolve, old)?;
    let mut broken = Vec::new();
    for (name, old) in &resolve.packages[old].worlds {
        let Some(new) = resolve.packages[new].worlds.get(name) else {
            broken.push(format!("world `{name}` is gone"));
            continue;
        };
        if let Err(error) = semver_check(resolve.clone(), *new, *old) {
            // The outermost error only says that the check failed; its root cause has the reason.
            broken.push(format!("world `{name}`: {}", error.root_cause()));
        }
    }
    Ok(broken)
}

/// Adds a package under a version of its own. Two packages of one name and version cannot be in one
/// `Resolve`, and a baseline may have the version of the package. A build number makes another
/// version and has no other effect.
fn push_as_other_version(resolve: &mut Resolve, text: &str) -> Result<wit_parser::PackageId> {
    let mut group = UnresolvedPackageGroup::parse("old.wit", text)
        .map_err(|(sources, error)| anyhow::anyhow!(error.render(&sources)))?;
    let version = group.main.name.version.as_mut().context("the baseline has no version")?;
    version.build = "baseline".parse()?;
    Ok(resolve.push_group(group)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A package like ours: hosts call `{export}` and provide `{import}`.
    const PACKAGE: &str = "package a:b@0.1.0;
        interface types {
          record point { x: u8, y: u8 }
          variant error { missing, other(string) }
          type time = s64;
        }
        interface engine {
          use types.{point, error, time};
          resource dream { constructor(); poll: func() -> point; }
          run: func(at: point, now: time) -> result<_, error>;
          stop: func();
        }
        interface store { read: func(name: string) -> list<u8>; drop: func(); }
        world core { export engine; }
        world dreamer { include core; import store; }";

    fn after(change: (&str, &str)) -> Vec<String> {
        assert!(PACKAGE.contains(change.0), "{}", change.0);
        broken(PACKAGE, &PACKAGE.replace(change.0, change.1)).unwrap()
    }

    #[test]
    fn an_equal_package_breaks_nothing_in_any_version() {
        assert_eq!(broken(PACKAGE, PACKAGE).unwrap(), Vec::<String>::new());
        assert_eq!(after(("a:b@0.1.0", "a:b@0.1.1")), Vec::<String>::new());
    }

    #[test]
    fn what_hosts_call_may_become_more() {
        for change in [
            ("stop: func();", "stop: func(); wake: func();"),
            ("poll: func() -> point;", "poll: func() -> point; cancel: func();"),
            ("interface store", "interface more { call: func(); } interface store"),
            ("export engine;", "export engine; export run: func();"),
        ] {
            assert_eq!(after(change), Vec::<String>::new(), "{change:?}");
        }
    }

    #[test]
    fn without_the_exchange_a_missing_export_would_pass_and_a_new_one_fail() {
        let more = PACKAGE.replace("stop: func();", "stop: func(); wake: func();");
        assert_eq!(broken(PACKAGE, &more).unwrap(), Vec::<String>::new());
        assert!(!broken(&more, PACKAGE).unwrap().is_empty());
        let check = |prev: &str, new: &str| {
            let mut resolve = Resolve::default();
            let prev = push_as_other_version(&mut resolve, prev).unwrap();
            let new = resolve.push_source("new.wit", new).unwrap();
            let world = |package| resolve.packages[package].worlds["core"];
            let (prev, new) = (world(prev), world(new));
            semver_check(resolve, prev, new).is_ok()
        };
        assert!(check(&more, PACKAGE));
        assert!(!check(PACKAGE, &more));
    }

    #[test]
    fn what_hosts_call_may_neither_go_nor_change() {
        for change in [
            ("stop: func();", ""),
            ("export engine;", ""),
            ("world core { export engine; }", "world other { export engine; }"),
            ("poll: func() -> point;", ""),
            ("poll: func() -> point;", "poll: func() -> option<point>;"),
            ("at: point, now: time", "at: point, now: u64"),
            ("at: point, now: time", "at: point, then: time"),
            ("at: point, now: time", "at: point"),
            ("at: point, now: time", "at: point, now: time, why: string"),
            ("type time = s64", "type time = u64"),
            ("x: u8, y: u8", "x: u8, y: u8, z: u8"),
            ("x: u8, y: u8", "x: u8, y: option<u8>"),
            ("x: u8, y: u8", "y: u8, x: u8"),
            ("missing, other(string)", "missing, late, other(string)"),
            ("missing, other(string)", "missing"),
        ] {
            let text = PACKAGE.replace("include core;", "export engine;");
            let changed = text.replace(change.0, change.1);
            assert_ne!(text, changed, "{change:?}");
            assert!(!broken(&text, &changed).unwrap().is_empty(), "{change:?}");
        }
    }

    #[test]
    fn what_hosts_bring_may_become_less_but_neither_more_nor_other() {
        assert_eq!(after(("drop: func();", "")), Vec::<String>::new());
        for change in [
            ("drop: func();", "drop: func(); write: func();"),
            ("read: func(name: string)", "read: func(name: u64)"),
            ("import store;", "import store; import log: func(text: string);"),
        ] {
            let broken = after(change);
            assert!(broken.len() == 1 && broken[0].contains("dreamer"), "{change:?}: {broken:?}");
        }
    }
}
