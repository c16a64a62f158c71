//! Compares golden cases with their expected results, in every variation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::case::Case;
use crate::drive::Variation;
use crate::expected::{Expected, Output};
use crate::host::Host;
use crate::kept::Kept;
use crate::{diff, player};

/// Most lines of the difference between two stories. Chosen by us: a screen.
const MAX_LINES: usize = 60;

/// Plays all cases of `folder` in `host`, and stores their output below `kept`. `BLESS=1` writes
/// the expected results first; `GOLDEN=<text>` plays only cases whose names contain the text.
///
/// # Errors
/// Which cases differ, and where.
pub fn check(host: &dyn Host, folder: &Path, kept: &Path) -> Result<(), String> {
    let (bless, only) = (std::env::var_os("BLESS").is_some(), std::env::var("GOLDEN"));
    let mut names: Vec<String> = fs::read_dir(folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .filter_map(|entry| entry.ok().filter(|e| e.path().is_dir()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| only.as_ref().map_or(true, |only| name.contains(only)))
        .collect();
    names.sort();
    if names.is_empty() {
        return Err("no case to play".into());
    }
    let faults: Vec<String> = names
        .iter()
        .filter_map(|name| {
            let kept = Kept::new(&kept.join(name));
            let fault = case(host, &folder.join(name), &kept, bless).err()?;
            Some(format!("{name} ({}):\n{fault}", host.name()))
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n\n")) }
}

/// Plays one case in all variations.
///
/// # Errors
/// What differs, or what the case says wrongly.
pub fn case(host: &dyn Host, folder: &Path, kept: &Kept, bless: bool) -> Result<(), String> {
    let case = Case::load(folder)?;
    if case.steps.iter().all(|step| step.shows.is_empty() && step.error.is_none()) {
        return Err("the case says nowhere what it shows".into());
    }
    let first = player::play(&case, host, Variation::AS_WRITTEN)?;
    let actual = first.expected(case.documents);
    if bless {
        actual.save(folder)?;
    }
    let expected = Expected::load(folder)?;
    if actual == expected {
        kept.good(&case.given, &first.documents)?;
    } else {
        kept.other(&first.documents)?;
        return Err(against_expected(&expected, &actual, &first, kept));
    }
    for variation in &Variation::ALL[1..] {
        let output = player::play(&case, host, *variation)
            .map_err(|fault| format!("{}: {fault}", variation.name))?;
        against_first(variation.name, &first, &output)?;
    }
    Ok(())
}

/// The differences of a play from the expected result. If the stories differ, they show best what
/// changed, and documents are only named; otherwise documents are compared.
fn against_expected(
    expected: &Expected,
    actual: &Expected,
    output: &Output,
    kept: &Kept,
) -> String {
    let mut lines = story(&expected.story, &output.story);
    let explain = lines.is_empty();
    let mut bare = 0;
    for name in names(&expected.digests, &actual.digests) {
        let (wanted, digest) = (expected.digests.get(name), actual.digests.get(name));
        let what = match (wanted, digest) {
            (Some(wanted), Some(digest)) if wanted == digest => continue,
            (Some(_), Some(_)) => "differs",
            (None, _) => "is new",
            (_, None) => "is no longer written",
        };
        lines.push(format!("{name} {what}"));
        let (Some(wanted), Some(now)) = (wanted, output.documents.get(name)) else { continue };
        let before = expected.documents.get(name).cloned().or_else(|| kept.with(name, wanted));
        match before {
            Some(before) if explain => lines.extend(indented(diff::explain(&before, now))),
            Some(_) => {}
            None => bare += 1,
        }
    }
    if expected.digests == actual.digests && expected.documents != actual.documents {
        lines.push("the documents in full are missing, or not asked for".into());
    }
    let (now, before) = (kept.now(), kept.before());
    lines.push(format!("documents as they are: {}", now.display()));
    lines.push(match bare {
        0 => format!("as expected: {}", before.display()),
        _ => format!(
            "{bare} are known by their digests alone: play the case on the commit before with this target \
             folder, and they are kept in {}",
            before.display()
        ),
    });
    format!("  against what is expected\n{}", indented(lines).join("\n"))
}

/// The differences of a play in another variation from the first play.
fn against_first(variation: &str, first: &Output, output: &Output) -> Result<(), String> {
    let mut lines = story(&first.story, &output.story);
    for name in names(&first.documents, &output.documents) {
        let none = Vec::new();
        let a = first.documents.get(name).unwrap_or(&none);
        let b = output.documents.get(name).unwrap_or(&none);
        if a != b {
            lines.push(format!("{name} differs"));
            lines.extend(indented(diff::explain(a, b)));
        }
    }
    match lines.is_empty() {
        true => Ok(()),
        false => Err(format!("  {variation}\n{}", indented(lines).join("\n"))),
    }
}

/// The removed and added lines of a story.
fn story(before: &str, after: &str) -> Vec<String> {
    let mut lines = diff::lines(before, after);
    let more = lines.len().saturating_sub(MAX_LINES);
    lines.truncate(MAX_LINES);
    if more > 0 {
        lines.push(format!("… and {more} more lines of the story"));
    }
    lines
}

/// The names in either of two tables, in order.
fn names<'a, T, U>(a: &'a BTreeMap<String, T>, b: &'a BTreeMap<String, U>) -> BTreeSet<&'a String> {
    a.keys().chain(b.keys()).collect()
}

fn indented(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| format!("    {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Files;

    fn output(story: &str, plan: &str) -> Output {
        let documents: Files = [("1-plan.json".into(), plan.into())].into();
        Output { story: story.into(), documents }
    }

    #[test]
    fn a_message_says_what_differs_and_where_whole_documents_are() {
        let folder = std::env::temp_dir().join(format!("dreaming-kept-{}", std::process::id()));
        let kept = Kept::new(&folder);
        let message = |before: &Output, now: &Output| {
            kept.other(&now.documents).unwrap();
            against_expected(&before.expected(false), &now.expected(false), now, &kept)
        };
        let before = output("a\n", r#"{"x":1}"#);
        let bare = message(&before, &output("a\n", r#"{"x":2}"#));
        assert!(bare.contains("1 are known by their digests alone"), "{bare}");
        assert_eq!(fs::read_to_string(kept.now().join("1-plan.json")).unwrap(), r#"{"x":2}"#);

        kept.good(&Files::new(), &before.documents).unwrap();
        let explained = message(&before, &output("a\n", r#"{"x":2}"#));
        assert!(explained.contains("at /x\n") && explained.contains("+ 2\n"), "{explained}");
        let told = message(&before, &output("b\n", r#"{"x":2}"#));
        assert!(told.contains("- a\n") && told.contains("+ b\n"), "{told}");
        assert!(told.contains("1-plan.json differs") && !told.contains("at /x"), "{told}");
        // A document of an older run cannot be compared.
        let older = message(&output("a\n", "{}"), &output("a\n", r#"{"x":2}"#));
        assert!(older.contains("known by their digests alone"), "{older}");
        fs::remove_dir_all(folder).unwrap();
    }
}
