//! The names through which the engine may reach the standard library.
//!
//! Clippy bans single functions and types, and a list of bans is never complete. This is a list of
//! what is allowed, so that files, sockets, processes, clocks, threads and anything that a later
//! standard library adds cannot be named.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use crate::guards::ENGINE;
use crate::steps::root;

/// Modules of `std` that hold only values and do not depend on the machine.
const ALLOWED: &[&str] = &[
    "borrow",
    "cell",
    "cmp",
    "collections",
    "error",
    "fmt",
    "iter",
    "mem",
    "ops",
    "slice",
    "str",
    "string",
    "sync",
    "vec",
];

/// The condition of code for `cargo xtask documents` only, which derives the schema of the
/// documents.
const WRITES_SCHEMA: &str = "(feature = \"schema\"";

/// Fails when the engine names another module of `std`, or compiles different code for different
/// hosts.
///
/// # Errors
/// Lists file and line of each such name.
pub fn check() -> Result<()> {
    let (mut files, mut refused) = (0, Vec::new());
    for source in ENGINE.map(|(_, source)| source) {
        visit(&root().join(source), &mut |file, source| {
            files += 1;
            for (line, text) in refused_lines(source) {
                refused.push(format!("\n  {}:{line}: {}", file.display(), text.trim()));
            }
        })?;
    }
    ensure!(files > 0, "no source of the engine was found");
    if !refused.is_empty() {
        bail!("names that the engine must not use:{}", refused.concat());
    }
    Ok(())
}

fn visit(folder: &Path, look: &mut impl FnMut(&Path, &str)) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("no {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        // Tests may use all of `std`, because they read sample data.
        if path.ends_with("tests") || path.ends_with("tests.rs") {
            continue;
        }
        if path.is_dir() {
            visit(&path, look)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            look(&path, &fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// The lines before the test module that use a name that is not allowed, counted from 1. Code
/// cannot hide after a test module: clippy's `items_after_test_module` refuses it.
fn refused_lines(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().enumerate().map(|(number, line)| (number + 1, line));
    lines.filter(|(_, line)| is_refused(line.split("//").next().unwrap_or_default()))
}

fn is_refused(line: &str) -> bool {
    let words: Vec<&str> = words(line).collect();
    // Debug formatting escapes by the Unicode tables of the compiler's version.
    line.contains(":?}")
        || line.contains(":#?}")
        || words.windows(4).any(|words| match words {
            ["std" | "core" | "alloc", ":", ":", module] => !ALLOWED.contains(module),
            // `use std as s` and `extern crate std` would get around this check.
            ["std" | "core" | "alloc", "as" | ";", ..] => true,
            // These macros give paths on the build machine.
            ["file" | "line" | "column", "!", "(", _] => true,
            ["cfg" | "cfg_attr", "(" | "!", condition, _] => {
                *condition != "test" && !line.contains(WRITES_SCHEMA)
            }
            _ => false,
        })
}

/// Identifiers and single other characters, without white space; padded with empty words, so that
/// the end of a line can be matched like its middle.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    let found = std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end.max(if end == 0 { first.len_utf8() } else { 1 }));
        rest = after;
        Some(word)
    });
    found.chain(["", "", ""])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_the_machine_are_refused_and_values_are_not() {
        for line in [
            "use std::fs;",
            "use std::{cmp, fs};",
            "let a = ::std::env::var(name);",
            "pub(crate) use std :: net::TcpStream;",
            "use std as s;",
            "extern crate std;",
            "let id = std::random::random::<u64>();",
            "#[cfg(target_arch = \"wasm32\")]",
            "if cfg!(debug_assertions) {",
            "let text = format!(\"{text:?}\");",
            "let name = file!();",
            "use core::any::TypeId;",
            "#[cfg_attr(windows, path = \"a.rs\")]",
            "#[cfg(feature = \"fast\")]",
        ] {
            assert!(is_refused(line), "{line}");
        }
        for line in [
            "use std::collections::BTreeMap;",
            "#[cfg(test)]",
            "let std = 1;",
            "if line != (1) {",
            "#[cfg_attr(feature = \"schema\", derive(schemars::JsonSchema))]",
        ] {
            assert!(!is_refused(line), "{line}");
        }
    }

    #[test]
    fn tests_and_comments_are_not_looked_at() {
        let source =
            "//! Not std::fs.\nuse std::env;\n#[cfg(test)]\nmod tests {\n    use std::fs;\n";
        let found: Vec<_> = refused_lines(source).collect();
        assert_eq!(found, [(2, "use std::env;")]);
    }
}
