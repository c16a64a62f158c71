//! Texts that a schedule changes, files or the crontab, and the pieces by which that is undone.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::claude_code;
use super::cron;
use super::job::Kind;
use crate::commands::init::files::{self, File};
use crate::error::{Error, Result};
use crate::homes::all;

/// Longest file in bytes. Chosen by us: the same as for configuration files.
const MAX_BYTES: u64 = 1 << 20;

/// A text that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file, or [`cron::TABLE`].
    pub path: PathBuf,
    /// What it holds; `None` when it is not there.
    pub before: Option<String>,
    /// What it will hold; `None` when it goes.
    pub after: Option<String>,
}

/// What was put into a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The file, or [`cron::TABLE`].
    pub path: String,
    /// Whether the text as a whole is new.
    pub is_whole: bool,
    /// The whole text, or what was put in.
    pub text: String,
    /// What stood in its place: mostly nothing.
    pub replaced: String,
}

/// What became of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is there as it was written; this would be left without it, `None` for no file.
    There(Option<String>),
    /// Somebody changed it.
    Changed,
    /// It is not there any more.
    Gone,
}

impl Piece {
    /// What `change` puts in.
    pub fn of(change: &Change) -> Self {
        let path = change.path.to_string_lossy().into_owned();
        let after = change.after.clone().unwrap_or_default();
        let Some(before) = &change.before else {
            return Self { path, is_whole: true, text: after, replaced: String::new() };
        };
        // At an end of the text, it is clear what was put in.
        let ends = [after.strip_prefix(before.as_str()), after.strip_suffix(before.as_str())];
        if let Some(text) = ends.into_iter().flatten().next() {
            return Self { path, is_whole: false, text: text.into(), replaced: String::new() };
        }
        let same = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
            pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
        };
        let start = same(&mut before.chars().zip(after.chars()));
        let (old, new) = (rest(before, start), rest(&after, start));
        let end = same(&mut old.chars().rev().zip(new.chars().rev()));
        let cut = |text: &str| text.get(..text.len() - end).unwrap_or_default().to_owned();
        Self { path, is_whole: false, text: cut(new), replaced: cut(old) }
    }

    /// What became of it. `command` is what a hook calls.
    ///
    /// # Errors
    /// Those of [`read`].
    pub fn fate(&self, kind: Kind, command: &str) -> Result<Fate> {
        let Some(now) = read(Path::new(&self.path))? else { return Ok(Fate::Gone) };
        Ok(self.fate_in(&now, kind, command))
    }

    fn fate_in(&self, now: &str, kind: Kind, command: &str) -> Fate {
        if self.is_whole && *now == self.text {
            return Fate::There(None);
        }
        if matches!(kind, Kind::Systemd | Kind::Launchd) {
            return Fate::Changed;
        }
        // Others write into the same text, so that only the piece counts.
        let mut left = match now.split_once(&self.text) {
            Some((above, below)) if !below.contains(&self.text) => {
                // A line end that was added to the line above stays when lines have come below.
                let keeps = kind == Kind::Cron && self.text.starts_with('\n') && !below.is_empty();
                let end = if keeps { "\n" } else { "" };
                Some(format!("{above}{}{end}{below}", self.replaced))
            }
            _ => None,
        };
        if kind == Kind::ClaudeCode {
            // What had no comma too many is not to get one; what was empty is empty again.
            let is_json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
            left = left.filter(|left| match is_json(now) {
                _ if left.trim().is_empty() => true,
                true => is_json(left),
                false => all::settings_in(left).is_some(),
            });
            left = left.or_else(|| claude_code::without_hook(now, command, &self.text));
        }
        let is_empty = |text: &str| matches!(text.trim(), "" | "{}");
        match left {
            Some(left) if self.is_whole && is_empty(&left) => Fate::There(None),
            Some(left) => Fate::There(Some(left)),
            None if self.traces(kind).any(|trace| now.contains(trace)) => Fate::Changed,
            None => Fate::Gone,
        }
    }

    /// Words that stay where somebody changes the piece and does not take it out.
    fn traces(&self, kind: Kind) -> impl Iterator<Item = &str> {
        let first = self.text.lines().find(|line| line.starts_with("# dreaming-"));
        let name = first.and_then(|line| line.split(':').next());
        let words = match kind {
            Kind::Cron => name,
            _ => Some(" run --if-due"),
        };
        words.into_iter()
    }
}

fn rest(text: &str, start: usize) -> &str {
    text.get(start..).unwrap_or_default()
}

/// The text of a file or of the crontab; `None` when there is none.
///
/// # Errors
/// [`Error::Usage`] for what is no regular file, [`Error::Io`], [`Error::Tool`].
pub fn read(path: &Path) -> Result<Option<String>> {
    if path == Path::new(cron::TABLE) {
        return cron::read();
    }
    let is_link = path.symlink_metadata().is_ok_and(|meta| meta.is_symlink());
    match files::read(path, MAX_BYTES)? {
        None if is_link => {
            let why = "is a link that leads nowhere: put a file in its place, or take it away";
            Err(Error::Usage(format!("{} {why}", path.display())))
        }
        text => Ok(text),
    }
}

/// Makes the changes: all files that are written or none, then the crontab, then files that go.
///
/// # Errors
/// Those of writing; [`Error::Conflict`] when somebody wrote meanwhile.
pub fn make(changes: &[Change]) -> Result<()> {
    for change in changes {
        if read(&change.path)? != change.before {
            return Err(Error::Conflict(format!(
                "{} was changed meanwhile",
                change.path.display()
            )));
        }
    }
    let files = changes.iter().filter(|change| !change.is_table());
    let written: Vec<File> = files.clone().filter_map(Change::file).filter(File::changes).collect();
    files::write(&[], &written, Path::new(""))?;
    for table in changes.iter().filter(|change| change.is_table()) {
        if let Err(error) = cron::write(table.after.as_deref()) {
            let back: Vec<Change> = files.clone().map(Change::back).collect();
            let back: Vec<Change> = back.into_iter().filter(|back| back.before.is_some()).collect();
            // What failed is what counts.
            let _ = make(&back);
            return Err(error);
        }
    }
    for gone in files.filter(|change| change.after.is_none() && change.before.is_some()) {
        fs::remove_file(&gone.path).map_err(Error::io("delete", &gone.path))?;
    }
    Ok(())
}

impl Change {
    /// The change that takes this one back.
    pub fn back(&self) -> Self {
        Self { path: self.path.clone(), before: self.after.clone(), after: self.before.clone() }
    }

    /// The file with its new text; `None` when it goes.
    fn file(&self) -> Option<File> {
        let (path, before) = (self.path.clone(), self.before.clone());
        Some(File { path, before, after: self.after.clone()? })
    }

    /// Whether the crontab is meant.
    pub fn is_table(&self) -> bool {
        self.path == Path::new(cron::TABLE)
    }
}

/// Those of `folders` and the folders around them that are not there, the outermost first.
pub fn missing<'p>(folders: impl IntoIterator<Item = &'p Path>) -> Vec<PathBuf> {
    let mut missing: Vec<PathBuf> = Vec::new();
    for folder in folders {
        let around = folder.ancestors().filter(|folder| !folder.as_os_str().is_empty());
        let new = around.take_while(|folder| folder.symlink_metadata().is_err());
        missing.extend(new.map(Path::to_path_buf));
    }
    missing.sort();
    missing.dedup();
    missing
}

/// Takes away those of `folders`, the outermost first, that are empty.
pub fn remove_empty(folders: &[PathBuf]) {
    // `remove_dir` leaves a folder in which there is something.
    folders.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(before: &str, after: &str) -> Piece {
        let path = PathBuf::from("x");
        let (before, after) = (Some(before.to_owned()), Some(after.to_owned()));
        Piece::of(&Change { path, before, after })
    }

    #[test]
    fn a_piece_is_what_was_put_in_and_going_it_leaves_what_was() {
        for (before, after, text) in [
            ("a\nc\n", "a\nb\nc\n", "b\n"),
            ("", "b\n", "b\n"),
            ("é", "éé", "é"),
            ("[]", "[x]", "x"),
            ("{ }", "{x}", "x"),
            ("aé", "aè", "è"),
        ] {
            let piece = piece(before, after);
            assert_eq!(piece.text, text);
            let there = piece.fate_in(after, Kind::Cron, "");
            let is_back = there == Fate::There(Some(before.to_owned()));
            assert!(is_back || after.matches(text).count() > 1, "{before:?}: {there:?}");
        }
    }

    #[test]
    fn a_hook_goes_from_settings_with_comments_and_leaves_every_byte() {
        for before in ["{\n  // ours\n  \"a\": 1\n}\n", "{\n  \"a\": [1,], // ours\n}\n"] {
            let hook = claude_code::with_hook(before, "dreaming run --if-due").unwrap();
            assert!(claude_code::has_hook(&hook), "{hook}");
            let there =
                piece(before, &hook).fate_in(&hook, Kind::ClaudeCode, "dreaming run --if-due");
            assert_eq!(there, Fate::There(Some(before.to_owned())));
        }
    }

    #[test]
    fn a_unit_that_was_changed_is_not_taken_for_ours() {
        let path = PathBuf::from("x.timer");
        let whole = Piece::of(&Change { path, before: None, after: Some("a\n".into()) });
        assert_eq!(whole.fate_in("a\n", Kind::Systemd, ""), Fate::There(None));
        assert_eq!(whole.fate_in("a\nb\n", Kind::Systemd, ""), Fate::Changed);
        assert_eq!(whole.fate_in("a\nb\n", Kind::Codex, ""), Fate::There(Some("b\n".into())));
        let block = piece("x\n", "x\n# dreaming-n-1: dreams\n17 * y\n# dreaming-n-1: end\n");
        assert_eq!(block.fate_in("x\n", Kind::Cron, ""), Fate::Gone);
        let moved = "# dreaming-n-1: dreams\n18 * y\n# dreaming-n-1: end\n";
        assert_eq!(block.fate_in(moved, Kind::Cron, ""), Fate::Changed);
    }
}
