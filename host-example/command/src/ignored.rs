//! Reads the `.gitignore` files of a repository: memories and sessions are not looked for in
//! ignored places.
//!
//! The rules hold only below a folder that somebody named. The named folder itself is read even if
//! git ignores it: people often ignore transcripts and notes because they are private, not because
//! they are rubbish.

use std::fs;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::error::{Error, Result};

/// The name of these files.
const FILE: &str = ".gitignore";

/// Longest such file in bytes. Chosen by us: the same as for configuration files.
const MAX_BYTES: u64 = 1 << 20;

/// Why a path is left alone.
pub const REASON: &str = "ignored by .gitignore";

/// The ignore rules of a folder, outermost first.
#[derive(Clone, Debug, Default)]
pub struct Ignored {
    /// `None` outside a repository, and when the named folder is itself ignored.
    rules: Option<Vec<Gitignore>>,
}

impl Ignored {
    /// The rules for what lies directly in `named`, a folder that somebody named, with its links
    /// resolved.
    ///
    /// # Errors
    /// [`Error::Usage`] for a `.gitignore` that cannot be used.
    pub fn of(named: &Path) -> Result<Self> {
        let Some(root) = named.ancestors().find(|folder| folder.join(".git").exists()) else {
            return Ok(Self::default());
        };
        let mut within: Vec<&Path> =
            named.ancestors().take_while(|folder| folder.starts_with(root)).collect();
        within.reverse();
        let mut ignored = Self { rules: Some(Vec::new()) };
        for folder in within {
            if folder != root && ignored.has(folder, true) {
                return Ok(Self::default());
            }
            ignored = ignored.below(folder)?;
        }
        Ok(ignored)
    }

    /// The rules for what lies directly in `folder`; `self` has the rules of its parent.
    ///
    /// # Errors
    /// Those of [`Ignored::of`].
    pub fn below(&self, folder: &Path) -> Result<Self> {
        let Some(rules) = &self.rules else { return Ok(Self::default()) };
        let mut rules = rules.clone();
        rules.extend(read(folder)?);
        Ok(Self { rules: Some(rules) })
    }

    /// Whether a path directly in the folder is ignored. Of several rules that match, the innermost
    /// decides.
    pub fn has(&self, path: &Path, is_folder: bool) -> bool {
        let rules = self.rules.iter().flatten().rev();
        let said = rules.map(|rules| rules.matched(path, is_folder)).find(|said| !said.is_none());
        matches!(said, Some(Match::Ignore(_)))
    }
}

/// The rules in the `.gitignore` of a folder.
fn read(folder: &Path) -> Result<Option<Gitignore>> {
    let file = folder.join(FILE);
    // As in git, a link is not followed; the type is checked so that a pipe is not opened.
    let Ok(meta) = fs::symlink_metadata(&file) else { return Ok(None) };
    if !meta.is_file() {
        return Ok(None);
    }
    if meta.len() > MAX_BYTES {
        return Err(wrong(file, "is over 1 MiB"));
    }
    let bytes = fs::read(&file).map_err(Error::io("read", &file))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut builder = GitignoreBuilder::new(folder);
    for line in text.trim_start_matches('\u{feff}').lines() {
        // As in git, an invalid pattern ignores nothing.
        let _ = builder.add_line(None, line);
    }
    builder.build().map(Some).map_err(|error| wrong(file, &error.to_string()))
}

fn wrong(file: PathBuf, why: &str) -> Error {
    Error::Usage(format!("{}: {why}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        for (path, text) in files {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
        (dir, root)
    }

    #[test]
    fn rules_hold_downwards_and_the_innermost_counts() {
        let (_dir, root) = repository(&[
            (".gitignore", "*.tmp.md\n/notes/drafts/\n"),
            ("notes/.gitignore", "!keep.tmp.md\nsecret.md\n"),
        ]);
        let notes = root.join("notes");
        let here = Ignored::of(&notes).unwrap();
        for (name, is_folder, is_ignored) in [
            ("a.tmp.md", false, true),
            ("keep.tmp.md", false, false),
            ("secret.md", false, true),
            ("drafts", true, true),
            ("drafts", false, false),
            ("a.md", false, false),
        ] {
            assert_eq!(here.has(&notes.join(name), is_folder), is_ignored, "{name}");
        }
        let deep = here.below(&notes.join("deep")).unwrap();
        assert!(deep.has(&notes.join("deep/secret.md"), false));
    }

    #[test]
    fn outside_a_repository_and_in_a_folder_that_is_ignored_itself_nothing_is() {
        let (_dir, root) = repository(&[(".gitignore", "/notes\n*.md\n"), ("notes/a.md", "")]);
        let notes = root.join("notes");
        assert!(Ignored::of(&root).unwrap().has(&root.join("a.md"), false));
        assert!(!Ignored::of(&notes).unwrap().has(&notes.join("a.md"), false));
        fs::remove_dir(root.join(".git")).unwrap();
        assert!(!Ignored::of(&root).unwrap().has(&root.join("a.md"), false));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_file_of_rules() {
        let (_dir, root) = repository(&[("rules", "*.md\n")]);
        std::os::unix::fs::symlink(root.join("rules"), root.join(FILE)).unwrap();
        assert!(!Ignored::of(&root).unwrap().has(&root.join("a.md"), false));
    }
}
