//! Finds out when memories were written, from the commits of their repository. File times are less
//! reliable: a clone, a copy and `touch` renew them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::folder::FileMemory;
use crate::git::Git;

/// Longest time for all calls of git together. Chosen by us: for 500 memories in a history of
/// 50,000 commits git takes 3 s on two busy cores. Dates of single lines would take 1 s per memory,
/// and are not needed because known entries have their own dates.
const LIMIT: Duration = Duration::from_secs(10);

/// What git knows of memories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// For each path, when its present text was committed, in milliseconds since 1970. Memories
    /// that git does not track or that were changed since are left out.
    pub committed: BTreeMap<String, i64>,
    /// Why git failed to answer; `None` when it answered, or when there is no repository.
    pub trouble: Option<String>,
    /// Whether there is a repository.
    pub is_in_repository: bool,
    /// Whether this is a shallow clone: texts older than the cut get the date of the cut.
    pub is_cut: bool,
}

/// What git knows of these memories of the folder `root`, which has all links resolved.
pub fn of<'a>(root: &Path, memories: impl Iterator<Item = &'a FileMemory>) -> Dates {
    within(OsStr::new("git"), LIMIT, root, memories)
}

fn within<'a>(
    program: &OsStr,
    limit: Duration,
    root: &Path,
    memories: impl Iterator<Item = &'a FileMemory>,
) -> Dates {
    let paths: Vec<&str> = memories.map(|memory| &*memory.path).collect();
    let Some(git) = Git::of(program, root, Instant::now() + limit) else { return Dates::default() };
    let mut dates = Dates { is_in_repository: true, ..Dates::default() };
    if !paths.is_empty() {
        dates.trouble = dates.ask(&git, &paths).err();
    }
    dates
}

impl Dates {
    fn ask(&mut self, git: &Git<'_>, paths: &[&str]) -> Result<(), String> {
        let mut is_cut = false;
        git.ask(&["rev-parse", "--is-shallow-repository"], Vec::new(), b'\n', |said| {
            is_cut = said == b"true";
            true
        })?;
        self.is_cut = is_cut;
        let mut is_new = true;
        git.ask(&["for-each-ref", "--count=1"], Vec::new(), b'\n', |_| {
            is_new = false;
            false
        })?;
        if is_new {
            // A repository without commits: there are no dates, and that is no error.
            return Ok(());
        }
        let mut wanted = unchanged(git, paths)?;
        // Newest first; `-c` lists for a merge only files that differ from all its parents.
        let log = [
            "log",
            "-z",
            "--format=tformat:@%at",
            "--raw",
            "--no-abbrev",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--no-show-signature",
            "--no-color",
            "--no-decorate",
            "--no-notes",
            "-c",
            "--relative",
            "HEAD",
            "--",
            ":(glob)**/*.md",
            ":(glob)**/*.mdc",
        ];
        if wanted.is_empty() {
            return Ok(());
        }
        let (mut at, mut blob) = (None, None);
        git.ask(&log, Vec::new(), 0, |record| {
            let record = String::from_utf8_lossy(record);
            if let Some(id) = blob.take() {
                if wanted.get(&*record) == Some(&id) {
                    wanted.remove(&*record);
                    self.committed.extend(at.map(|at| (record.into_owned(), at)));
                }
                return !wanted.is_empty();
            }
            let record = record.trim_start();
            if let Some(seconds) = record.strip_prefix('@') {
                at = seconds.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1000));
            } else if record.starts_with(':') {
                blob = record.split(' ').rev().nth(1).map(str::to_owned);
            }
            true
        })
    }
}

/// The memories whose text equals the one in the newest commit, with its blob id.
fn unchanged(git: &Git<'_>, paths: &[&str]) -> Result<BTreeMap<String, String>, String> {
    let mut committed = BTreeMap::new();
    git.ask(&["ls-tree", "-r", "-z", "HEAD"], Vec::new(), 0, |record| {
        let record = String::from_utf8_lossy(record);
        if let Some((what, path)) = record.split_once('\t')
            && let Some(id) =
                what.strip_prefix("100644 blob ").or(what.strip_prefix("100755 blob "))
        {
            committed.insert(path.to_owned(), id.to_owned());
        }
        true
    })?;
    let mut tracked: Vec<&str> =
        paths.iter().copied().filter(|path| committed.contains_key(*path)).collect();
    tracked.sort_unstable();
    if tracked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut names = Vec::new();
    for path in &tracked {
        names.extend_from_slice(git.file(path).as_os_str().as_encoded_bytes());
        names.push(b'\n');
    }
    // Without filters, because a repository may name programs as filters.
    let mut ids = Vec::new();
    git.ask(&["hash-object", "--no-filters", "--stdin-paths"], names, b'\n', |id| {
        ids.push(String::from_utf8_lossy(id).into_owned());
        true
    })?;
    if ids.len() != tracked.len() {
        return Err("`git` did not tell which files were changed".into());
    }
    committed.retain(|path, id| {
        let place = tracked.binary_search(&path.as_str());
        place.is_ok_and(|place| ids.get(place) == Some(id))
    });
    Ok(committed)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::process::Command;

    use super::*;

    /// A repository with a folder `notes`.
    struct Repository {
        dir: tempfile::TempDir,
    }

    const JANUARY: i64 = 1_767_225_600;
    const MARCH: i64 = 1_772_323_200;

    impl Repository {
        fn new() -> Self {
            let repository = Self { dir: tempfile::tempdir().unwrap() };
            repository.git(JANUARY, &["init", "--quiet", "--initial-branch=main"]);
            repository
        }

        fn path(&self, path: &str) -> PathBuf {
            self.dir.path().canonicalize().unwrap().join(path)
        }

        fn put(&self, path: &str, text: &str) {
            let file = self.path(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }

        /// Runs git with the clock set to `at`.
        fn git(&self, at: i64, arguments: &[&str]) {
            let at = format!("{at} +0000");
            let mut git = Command::new("git");
            git.args(["-c", "user.name=a", "-c", "user.email=a@example.org"]).args(arguments);
            git.args([] as [&str; 0]).envs([("GIT_AUTHOR_DATE", &at), ("GIT_COMMITTER_DATE", &at)]);
            let done = git.current_dir(self.dir.path()).output().unwrap();
            assert!(done.status.success(), "{arguments:?}: {done:?}");
        }

        fn commit(&self, at: i64) {
            self.git(at, &["add", "--all"]);
            self.git(at, &["commit", "--quiet", "--message", "x"]);
        }
    }

    /// The dates of these paths of a folder.
    fn dates(root: &Path, paths: &[&str]) -> Dates {
        asked("git".as_ref(), LIMIT, root, paths)
    }

    fn asked(program: &OsStr, limit: Duration, root: &Path, paths: &[&str]) -> Dates {
        let memory =
            |path: &&str| FileMemory { path: (*path).into(), text: String::new(), modified: None };
        let memories: Vec<FileMemory> = paths.iter().map(memory).collect();
        within(program, limit, root, memories.iter())
    }

    /// The date of each path, in seconds.
    fn seconds(dates: &Dates) -> Vec<(&str, i64)> {
        assert_eq!(dates.trouble, None);
        dates.committed.iter().map(|(path, at)| (&**path, at / 1000)).collect()
    }

    #[test]
    fn a_memory_is_as_old_as_the_commit_that_gave_it_its_text() {
        let repository = Repository::new();
        for path in ["a.md", "b.md", "deep/ü \" c.mdc", "dirty.md", "back.md"] {
            repository.put(&format!("notes/{path}"), "old");
        }
        repository.put("other.md", "old");
        repository.commit(JANUARY);
        for path in ["b.md", "back.md"] {
            repository.put(&format!("notes/{path}"), "new");
        }
        repository.put("other.md", "new");
        repository.commit(MARCH);
        repository.put("notes/dirty.md", "changed");
        repository.put("notes/back.md", "old");
        repository.put("notes/untracked.md", "x");
        let paths = ["a.md", "b.md", "back.md", "deep/ü \" c.mdc", "dirty.md", "untracked.md"];
        let found = dates(&repository.path("notes"), &paths);
        let expected = [("a.md", JANUARY), ("b.md", MARCH), ("deep/ü \" c.mdc", JANUARY)];
        assert_eq!(seconds(&found), expected);
        assert!(found.is_in_repository && !found.is_cut);
        // A clone and a worktree have new files, but git keeps the old dates.
        let clone = tempfile::tempdir().unwrap();
        let there = clone.path().canonicalize().unwrap().join("clone");
        repository.git(MARCH, &["clone", "--quiet", ".", there.to_str().unwrap()]);
        let of_clone = dates(&there.join("notes"), &paths[..2]);
        assert_eq!(seconds(&of_clone), expected[..2]);
        let tree = clone.path().canonicalize().unwrap().join("tree");
        repository.git(MARCH, &["worktree", "add", "--quiet", tree.to_str().unwrap()]);
        assert_eq!(seconds(&dates(&tree.join("notes"), &paths[..2])), expected[..2]);
        // For files in a submodule, git is asked in the submodule, because the repository above
        // does not know them.
        let above = Repository::new();
        let from = format!("file://{}", repository.path("").display());
        let allowed = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add"];
        above.git(MARCH, &[&allowed[..], &[from.as_str(), "part"]].concat());
        above.commit(MARCH);
        assert_eq!(seconds(&dates(&above.path("part/notes"), &paths[..2])), expected[..2]);
        assert_eq!(seconds(&dates(&above.path(""), &["part/notes/a.md"])), []);
    }

    #[test]
    fn a_merge_makes_nothing_new_but_what_it_writes_itself() {
        let repository = Repository::new();
        for path in ["side.md", "main.md", "both.md"] {
            repository.put(path, "old");
        }
        repository.commit(JANUARY);
        repository.git(JANUARY, &["checkout", "--quiet", "-b", "side"]);
        repository.put("side.md", "new");
        repository.put("both.md", "of the side");
        repository.commit(JANUARY + 10);
        repository.git(JANUARY, &["checkout", "--quiet", "main"]);
        repository.put("main.md", "new");
        repository.put("both.md", "of main");
        repository.commit(JANUARY + 20);
        let merge = ["merge", "--quiet", "--no-commit", "--strategy=ours", "side"];
        repository.git(MARCH, &merge);
        repository.put("side.md", "new");
        repository.put("both.md", "of both");
        repository.commit(MARCH);
        let expected = [("both.md", MARCH), ("main.md", JANUARY + 20), ("side.md", JANUARY + 10)];
        let paths = ["both.md", "main.md", "side.md"];
        assert_eq!(seconds(&dates(&repository.path(""), &paths)), expected);
        // A rebase, a cherry-pick and an amended message keep the author date.
        repository.git(MARCH + 10, &["commit", "--quiet", "--amend", "--message", "y"]);
        assert_eq!(seconds(&dates(&repository.path(""), &paths)), expected);
    }

    #[test]
    fn a_history_that_is_cut_is_as_old_as_its_cut_and_is_named() {
        let repository = Repository::new();
        repository.put("a.md", "a");
        repository.commit(JANUARY);
        repository.put("b.md", "b");
        repository.commit(MARCH);
        let clone = tempfile::tempdir().unwrap();
        let there = clone.path().canonicalize().unwrap().join("clone");
        let from = format!("file://{}", repository.path("").display());
        let depth = ["clone", "--quiet", "--depth=1", &from, there.to_str().unwrap()];
        repository.git(MARCH, &depth);
        let found = dates(&there, &["a.md", "b.md"]);
        assert_eq!(seconds(&found), [("a.md", MARCH), ("b.md", MARCH)]);
        assert!(found.is_cut);
    }

    #[test]
    fn where_git_cannot_tell_it_is_said_and_nobody_waits() {
        let repository = Repository::new();
        repository.put("a.md", "a");
        let root = repository.path("");
        let new = asked("git".as_ref(), LIMIT, &root, &["a.md"]);
        assert_eq!((new.trouble, new.is_in_repository), (None, true), "there is no commit");
        let trouble = |program: &str, limit: u64| {
            let found = asked(program.as_ref(), Duration::from_millis(limit), &root, &["a.md"]);
            assert!(found.committed.is_empty() && found.is_in_repository);
            found.trouble.unwrap()
        };
        repository.commit(JANUARY);
        assert_eq!(trouble("/no/such/git", 5000), "the program `git` was not found");
        assert_eq!(trouble("git", 0), "`git` took too long");
        let slow = repository.path("slow");
        fs::write(&slow, "#!/bin/sh\nsleep 600 & wait\n").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&slow, mode).unwrap();
        let before = Instant::now();
        assert_eq!(trouble(slow.to_str().unwrap(), 300), "`git` took too long");
        assert!(before.elapsed() < Duration::from_secs(60));
        fs::remove_dir_all(repository.path(".git/objects")).unwrap();
        assert!(trouble("git", 5000).starts_with("`git` says: fatal: "));
        let nowhere = tempfile::tempdir().unwrap();
        assert_eq!(dates(nowhere.path(), &["a.md"]), Dates::default());
    }

    /// The command starts no program that a stranger's repository names.
    #[test]
    fn what_a_repository_names_is_not_started() {
        let repository = Repository::new();
        repository.put("a.md", "a");
        repository.put(".gitattributes", "*.md filter=evil diff=evil\n");
        repository.commit(JANUARY);
        let ran = repository.path("ran");
        let evil = repository.path(".git/evil");
        fs::write(&evil, format!("#!/bin/sh\ntouch '{}'\nexit 1\n", ran.display())).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&evil, mode).unwrap();
        let evil = evil.to_str().unwrap();
        for (name, value) in [
            ("core.fsmonitor", evil),
            ("core.pager", evil),
            ("core.hooksPath", &repository.path(".git").display().to_string()),
            ("core.sshCommand", evil),
            ("core.editor", evil),
            ("pager.log", "true"),
            ("diff.external", evil),
            ("diff.evil.textconv", evil),
            ("diff.evil.command", evil),
            ("filter.evil.clean", evil),
            ("filter.evil.smudge", evil),
            ("filter.evil.process", evil),
            ("gpg.program", evil),
            ("log.showSignature", "true"),
            ("log.showRoot", "false"),
            ("alias.log", &format!("!{evil}")),
            ("alias.ls-tree", &format!("!{evil}")),
        ] {
            repository.git(JANUARY, &["config", name, value]);
        }
        // A signed commit, which git would give to `gpg.program`.
        let commit = format!(
            "tree {}\nauthor a <a> {JANUARY} +0000\ncommitter a <a> {JANUARY} +0000\n\
             gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nx\n",
            said(&repository, &["rev-parse", "HEAD^{tree}"])
        );
        fs::write(repository.path(".git/commit"), commit).unwrap();
        let id = said(&repository, &["hash-object", "-t", "commit", "-w", ".git/commit"]);
        repository.git(JANUARY, &["update-ref", "HEAD", &id]);
        assert_eq!(seconds(&dates(&repository.path(""), &["a.md"])), [("a.md", JANUARY)]);
        assert!(!ran.exists());
        // Objects that a partial clone left out are not fetched.
        for (name, value) in [
            ("core.repositoryFormatVersion", "1"),
            ("extensions.partialClone", "origin"),
            ("remote.origin.promisor", "true"),
            ("remote.origin.url", &format!("ext::{evil}")),
            ("remote.origin.uploadPack", evil),
            ("protocol.ext.allow", "always"),
        ] {
            repository.git(JANUARY, &["config", name, value]);
        }
        let tree = said(&repository, &["rev-parse", "HEAD^{tree}"]);
        fs::remove_file(repository.path(&format!(".git/objects/{}/{}", &tree[..2], &tree[2..])))
            .unwrap();
        assert!(dates(&repository.path(""), &["a.md"]).trouble.is_some());
        assert!(!ran.exists());
        // A plain `git status` does start the program, so the assertion below means something.
        let careless =
            Command::new("git").args(["status"]).current_dir(repository.path("")).output();
        assert!(careless.is_ok() && ran.exists());
    }

    fn said(repository: &Repository, arguments: &[&str]) -> String {
        let done =
            Command::new("git").args(arguments).current_dir(repository.path("")).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }
}
