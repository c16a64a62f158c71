//! Which files are only on this machine: outside of the repository, or not in it for git.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::start::Start;
use crate::git::Git;

/// Longest time for both calls of git. Chosen by us: they look at a few files.
const LIMIT: Duration = Duration::from_secs(10);

/// Why a file is only on this machine.
pub const OUTSIDE: &str = "outside of the repository";
const IGNORED: &str = "ignored by git";
const UNTRACKED: &str = "not in git yet";

/// What git knows of the files of a project.
#[derive(Clone, Debug, Default)]
pub struct Here {
    ignored: BTreeSet<PathBuf>,
    tracked: BTreeSet<PathBuf>,
    /// Why git could not tell.
    pub trouble: Option<String>,
    root: PathBuf,
    is_repository: bool,
}

impl Here {
    /// Asks git about files.
    pub fn of<'a>(files: impl Iterator<Item = &'a Path>, start: &Start) -> Self {
        let (root, is_repository) = (start.root.clone(), start.is_repository);
        let mut here = Self { root, is_repository, ..Self::default() };
        let within = files.filter_map(|file| file.strip_prefix(&start.root).ok()?.to_str());
        let within: BTreeSet<&str> = within.collect();
        let git = Git::of(OsStr::new("git"), &start.root, Instant::now() + LIMIT);
        let Some(git) = git.filter(|_| !within.is_empty()) else { return here };
        let ask = |options: &[&str]| {
            let begin = ["--literal-pathspecs", "ls-files", "-z"];
            let paths: Vec<&str> = within.iter().copied().collect();
            let mut found = BTreeSet::new();
            let take = |record: &[u8]| {
                found.insert(start.root.join(String::from_utf8_lossy(record).as_ref()));
                true
            };
            git.ask(&[&begin[..], options, &["--"], &paths].concat(), Vec::new(), 0, take)?;
            Ok(found)
        };
        let asked: Result<_, String> = ask(&["--others", "--ignored", "--exclude-standard"])
            .and_then(|ignored| Ok((ignored, ask(&["--cached"])?)));
        match asked {
            Ok((ignored, tracked)) => (here.ignored, here.tracked) = (ignored, tracked),
            Err(why) => here.trouble = Some(why),
        }
        here
    }

    /// Why a file is only on this machine; `None` when it is in the repository, or when nobody can tell.
    pub fn why(&self, file: &Path) -> Option<&'static str> {
        if !self.is_repository {
            return None;
        }
        if !file.starts_with(&self.root) {
            return Some(OUTSIDE);
        }
        if self.trouble.is_some() || self.tracked.contains(file) {
            return None;
        }
        Some(if self.ignored.contains(file) { IGNORED } else { UNTRACKED })
    }
}
