//! For each module of `crates/learn` and `crates/core` its lines beside what it found in the sources of the data, and for
//! what finds nothing on three of them, why it stays. [`module_table`] says by what it is known that a module found something.

mod module_sources;
mod module_table;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::Protocol;
use crate::data::Data;
use crate::figure::{Demand, Figure};
use crate::judged::{Judged, Verdict};
use crate::report::Measured;
use module_sources::Source;
use module_table::{Module, Shows, TABLE};

/// See the module.
pub const PROTOCOL: Protocol = Protocol {
    name: "modules",
    about: "lines of each module of learn and core beside what it found, on how many sources",
    run,
};

/// On so many sources a module must have found something to stay without a reason. From the rule of the house.
const SOURCES: usize = 3;

/// The crates that are looked at.
const CRATES: [&str; 2] = ["learn", "core"];

fn run(data: &Data) -> anyhow::Result<Measured> {
    let sources = module_sources::all(data)?;
    if sources.is_empty() {
        return Ok(Measured::absent("sessions and memories"));
    }
    let mut measured = Measured::default();
    let judged = Judged::read()?;
    let mut named = BTreeSet::new();
    let mut silent = 0;
    measured.note(format!(
        "sources: {}",
        sources.iter().filter(|s| !s.is_part).map(|s| &*s.name).collect::<Vec<_>>().join(", ")
    ));
    measured.note("| module | lines | found | on sources | cited of shown | stays because |");
    measured.note("|---|--:|--:|---|---|---|");
    for module in TABLE {
        let mut lines = 0;
        for name in module.files {
            let files = files(&format!("{}/{name}", module.of))?;
            for file in files {
                lines += code_lines(&fs::read_to_string(&file)?);
                named.insert(file);
            }
        }
        let found: Vec<(&Source, usize)> = sources
            .iter()
            .filter(|source| !source.is_part)
            .map(|source| (source, source.found(module)))
            .filter(|(_, n)| *n > 0)
            .collect();
        let is_silent = found.len() < SOURCES && module.stays.is_empty();
        silent += usize::from(is_silent);
        measured.note(row(module, lines, &found, &sources, &judged));
    }
    all_are_named(&named)?;
    let most = Some(Demand::AtMost(0.0));
    measured.row(
        "modules that found nothing on three sources, without a reason",
        None,
        None,
        Figure::count(silent),
        most,
    );
    Ok(measured)
}

/// A row of the table in Markdown.
fn row(
    module: &Module,
    lines: usize,
    found: &[(&Source, usize)],
    sources: &[Source],
    judged: &Judged,
) -> String {
    let names = module.files.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(", ");
    let (mut cited, mut shown) = (0, 0);
    sources.iter().map(|source| source.cited(module)).for_each(|(of, all)| {
        cited += of;
        shown += all;
    });
    let texts: BTreeSet<&str> = sources.iter().flat_map(|source| source.texts(module)).collect();
    let verdicts: Vec<Verdict> =
        texts.into_iter().filter_map(|text| judged.verdict(text)).collect();
    let right = verdicts.iter().filter(|verdict| **verdict <= Verdict::Harmless).count();
    let all: usize = found.iter().map(|(_, n)| n).sum();
    let all = match verdicts.len() {
        0 => all.to_string(),
        judged => format!("{all} ({right} of {judged} judged are not noise or wrong)"),
    };
    let (all, on) = match module.shows {
        Shows::Nothing => ("–".to_owned(), "–".to_owned()),
        _ => (all, found.len().to_string()),
    };
    let cited = if shown == 0 { "–".to_owned() } else { format!("{cited} of {shown}") };
    format!("| {} {names} | {lines} | {all} | {on} | {cited} | {} |", module.of, module.stays)
}

/// Ends the run when a file of the engine is in no row of the table.
fn all_are_named(named: &BTreeSet<PathBuf>) -> anyhow::Result<()> {
    let missing: Vec<String> = all_files()?.difference(named).map(|file| shown(file)).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => bail!("no row of the table of modules has {}", missing.join(", ")),
    }
}

/// Lines of a file without its tests.
fn code_lines(text: &str) -> usize {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().count()
}

fn source_folder(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates").join(of).join("src")
}

/// The files of a module, `learn/mine/said`: the file, and what lies in the folder of that name; tests are left out.
fn files(module: &str) -> anyhow::Result<BTreeSet<PathBuf>> {
    let (of, name) = module.split_once('/').context("a module has a crate")?;
    let at = source_folder(of).join(name);
    let mut found = BTreeSet::new();
    let file = at.with_extension("rs");
    if file.is_file() {
        found.insert(file);
    }
    if at.is_dir() {
        walk(&at, &mut found)?;
    }
    match found.is_empty() {
        true => bail!("the table of modules names {module}, which is not there"),
        false => Ok(found),
    }
}

fn all_files() -> anyhow::Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for of in CRATES {
        walk(&source_folder(of), &mut found)?;
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut BTreeSet<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests" || stem == "fixture");
        if path.is_dir() && !is_test {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "rs") && !is_test {
            found.insert(path);
        }
    }
    Ok(())
}

fn shown(file: &Path) -> String {
    let text = file.display().to_string();
    text.split("../../").last().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_every_file_of_the_engine_and_none_that_is_gone() {
        let mut named = BTreeSet::new();
        for module in TABLE {
            for name in module.files {
                named.extend(files(&format!("{}/{name}", module.of)).unwrap());
            }
        }
        assert!(!named.is_empty());
        all_are_named(&named).unwrap();
    }
}
