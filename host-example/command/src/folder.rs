//! The memory folder: which of its files are memories, and which the command leaves alone.

use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use dreaming_wasmtime::memory_path::{self, MAX_SEGMENTS};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::below::{self, Found};
use crate::error::{Error, Result};
use crate::ignored::{self, Ignored};
use crate::rehearsal::Rehearsal;
use crate::staged;

/// Longest memory in bytes; the engine's limit, see `types.memory` of the interface.
pub const MAX_MEMORY_BYTES: u64 = 102_400;

/// Why a memory with the marks of git is left alone.
pub const UNMERGED: &str = "git has two versions of it that nobody merged yet";

/// The folder that holds the memories.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    /// The open folder, which stays the same even if its path is moved or replaced.
    dir: Arc<Dir>,
    /// Set in a dry run: collects the writes.
    rehearsal: Option<Rehearsal>,
}

/// A memory as it is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMemory {
    /// Relative path with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
    /// When the file was last written, in milliseconds since 1970, if the file system knows it.
    pub modified: Option<i64>,
}

/// A file that the command did not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Relative path.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// What the folder holds.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// The memories, by path.
    pub memories: Vec<FileMemory>,
    /// Markdown files and links that were left alone, by path.
    pub skipped: Vec<Skipped>,
    /// Paths, and prefixes that end in `/`, at which something other than a memory lies. The engine
    /// does not get these files, so its policy tells it not to write there. Sorted.
    pub taken: Vec<String>,
    /// Why git could not date memories that are new to the store; `None` if it could or has no
    /// repository. The reader of the store sets it.
    pub undated: Option<String>,
}

impl Contents {
    fn skip(&mut self, path: &str, reason: &str) {
        self.skipped.push(Skipped { path: path.into(), reason: reason.into() });
        self.take(path);
    }

    /// Marks `path` as taken; a path that cannot be a memory is marked with everything below it.
    fn take(&mut self, path: &str) {
        // The engine never writes to a path that it does not accept.
        if memory_path::fault(path).is_none() {
            let end = if memory_path::is_name_of_memory(path) { "" } else { "/" };
            self.taken.push(format!("{path}{end}"));
        }
    }
}

/// Whether `path` is one of `taken`, see [`Contents::taken`].
pub fn is_taken(taken: &[String], path: &str) -> bool {
    taken.iter().any(|t| t == path || t.ends_with('/') && path.starts_with(&**t))
}

impl Folder {
    /// Opens the folder.
    ///
    /// # Errors
    /// [`Error::Io`] when it is not there or no folder.
    pub fn open(path: &Path) -> Result<Self> {
        let root = path.canonicalize().map_err(Error::io("open the memory folder", path))?;
        let dir = Dir::open_ambient_dir(&root, ambient_authority())
            .map_err(Error::io("open the memory folder", path))?;
        Ok(Self { root, dir: Arc::new(dir), rehearsal: None })
    }

    /// The same folder for a dry run: nothing is written to it.
    pub fn rehearsed(self) -> Self {
        Self { rehearsal: Some(Rehearsal::default()), ..self }
    }

    /// Where a dry run collects its writes.
    pub fn rehearsal(&self) -> Option<&Rehearsal> {
        self.rehearsal.as_ref()
    }

    /// The folder, open.
    pub fn dir(&self) -> &Dir {
        &self.dir
    }

    /// The folder itself, with all links resolved.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether a file stands at this path.
    pub fn holds(&self, path: &str) -> bool {
        self.root.join(path).is_file()
    }

    /// Where a memory is on disk.
    pub fn file(&self, path: &str) -> PathBuf {
        path.split('/').fold(self.root.clone(), |file, segment| file.join(segment))
    }

    /// Reads all memories.
    ///
    /// # Errors
    /// [`Error::Io`] when a folder cannot be listed or a memory disappears meanwhile, because a
    /// dream would take the missing memories for removed.
    pub fn read(&self) -> Result<Contents> {
        let mut contents = Contents::default();
        let ignored = Ignored::of(&self.root)?;
        self.walk(&self.dir, "", &ignored, &mut contents)?;
        // If git ignores these, a dream would make files that the next dream does not see.
        for (name, is_folder) in [("learned", true), ("MEMORY.md", false)] {
            let file = self.root.join(name);
            if !file.exists() && ignored.has(&file, is_folder) {
                contents.skip(name, &format!("{}, so nothing is written there", ignored::REASON));
            }
        }
        contents.memories.sort_by(|a, b| a.path.cmp(&b.path));
        contents.skipped.sort_by(|a, b| a.path.cmp(&b.path));
        contents.taken.sort();
        Ok(contents)
    }

    fn walk(
        &self,
        dir: &Dir,
        below: &str,
        ignored: &Ignored,
        contents: &mut Contents,
    ) -> Result<()> {
        let list = || Error::io("list the folder", self.file(below));
        for item in dir.entries().map_err(list())? {
            let item = item.map_err(list())?;
            let name = item.file_name();
            let shown = name.to_string_lossy();
            if shown.starts_with('.') {
                continue;
            }
            let path =
                if below.is_empty() { shown.to_string() } else { format!("{below}/{shown}") };
            let file_type = item.file_type().map_err(Error::io("look at", self.file(&path)))?;
            if file_type.is_symlink() {
                // `is_dir` follows the link: a link to a folder, which may lie outside, is listed
                // as skipped.
                if memory_path::is_name_of_memory(&shown) || self.file(&path).is_dir() {
                    contents.skip(&path, "a symbolic link; links are not followed");
                } else {
                    contents.take(&path);
                }
            } else if name.to_str().is_none() {
                let reason = "the file name is not UTF-8".into();
                contents.skipped.push(Skipped { path, reason });
            } else if ignored.has(&self.file(&path), file_type.is_dir()) {
                if file_type.is_dir() || memory_path::is_name_of_memory(&shown) {
                    contents.skip(&path, ignored::REASON);
                }
            } else if file_type.is_dir() {
                if memory_path::is_name_of_memory(&shown) {
                    contents.take(&path);
                }
                if path.split('/').count() >= MAX_SEGMENTS {
                    contents.skip(&path, "a folder at the depth of 20, no memory can be in it");
                    continue;
                }
                let inner = below::open_folder(dir, &name)
                    .map_err(Error::io("list the folder", self.file(&path)))?;
                let ignored = ignored.below(&self.file(&path))?;
                self.walk(&inner, &path, &ignored, contents)?;
            } else if memory_path::is_name_of_memory(&shown) {
                if let Some(fault) = memory_path::fault(&path) {
                    contents.skip(&path, fault);
                } else {
                    match read_memory(dir, &name).map_err(Error::io("read", self.file(&path)))? {
                        Ok((text, modified)) => {
                            contents.memories.push(FileMemory { path, text, modified });
                        }
                        Err(reason) => contents.skip(&path, &reason),
                    }
                }
            } else if !shown.contains('.') {
                // A dream may want to make a folder of this name, for example where a file
                // `learned` lies; it wants no folder whose name has a dot, such as `x.png`.
                contents.take(&path);
            }
        }
        Ok(())
    }

    /// Removes the files that interrupted writes staged, and folders that hold nothing else.
    /// Returns the number of files. A file that cannot be removed does no harm, because it is
    /// hidden.
    pub fn sweep(&self) -> u64 {
        if self.rehearsal.is_some() { 0 } else { staged::sweep(&self.dir) }
    }

    /// The digest of the bytes that a memory's file holds now; `None` when there is no file.
    ///
    /// # Errors
    /// [`Error::Conflict`] when something else than a regular file is in the way, [`Error::Io`].
    pub fn digest_on_disk(&self, path: &str) -> Result<Option<String>> {
        let bytes = below::parent(&self.dir, path).and_then(|parent| match parent {
            Some((dir, name)) => below::read(&dir, name, MAX_MEMORY_BYTES),
            None => Ok(None),
        });
        match bytes {
            Ok(bytes) => Ok(bytes.map(|bytes| digest(&bytes))),
            Err(error) => Err(self.refused("read", path)(error)),
        }
    }

    /// Turns an I/O error on a memory's file into an error of the command.
    pub fn refused(&self, action: &'static str, path: &str) -> impl FnOnce(io::Error) -> Error {
        let (file, path) = (self.file(path), path.to_owned());
        move |error| match error.kind() {
            io::ErrorKind::NotADirectory | io::ErrorKind::InvalidInput => Error::Conflict(format!(
                "`{path}` is in the way: it is no regular file, and is never touched"
            )),
            _ => Error::io(action, file)(error),
        }
    }
}

/// The SHA-256 digest of `bytes` in hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

type MemoryFile = (String, Option<i64>);

fn read_memory(dir: &Dir, name: &OsStr) -> io::Result<std::result::Result<MemoryFile, String>> {
    let found = match below::find(dir, name) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Ok(Err(format!("cannot be read: {error}")));
        }
        other => other?,
    };
    let (file, meta) = match found {
        Found::File(file, meta) => (file, meta),
        Found::Other => return Ok(Err("not a regular file".into())),
        // The file was listed a moment ago. Without it, a dream would treat the memory as removed.
        Found::Nothing => return Err(io::ErrorKind::NotFound.into()),
    };
    let long = |bytes: u64| Ok(Err(format!("{bytes} bytes, at most {MAX_MEMORY_BYTES}")));
    if meta.len() > MAX_MEMORY_BYTES {
        return long(meta.len());
    }
    let mut bytes = Vec::new();
    file.take(MAX_MEMORY_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_MEMORY_BYTES {
        return long(bytes.len() as u64);
    }
    let modified = meta
        .modified()
        .ok()
        .and_then(|time| time.into_std().duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_millis()).ok());
    let text = match String::from_utf8(bytes) {
        Ok(text) if is_unmerged(&text) => {
            return Ok(Err(UNMERGED.into()));
        }
        Ok(text) => text,
        Err(_) => return Ok(Err("not UTF-8".into())),
    };
    Ok(Ok((text, modified)))
}

/// Whether a text has the marks of git around two versions of some lines.
fn is_unmerged(text: &str) -> bool {
    let mut lines = text.lines();
    let begins = |line: &str, mark: &str| {
        line.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    ["<<<<<<<", "=======", ">>>>>>>"].iter().all(|mark| lines.any(|line| begins(line, mark)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_memory_that_git_did_not_merge_is_left_alone_and_one_that_shows_a_mark_is_not() {
        let marked = "- a\r\n<<<<<<< HEAD\r\n- b\r\n=======\r\n- c\r\n>>>>>>> other\r\n";
        let (_dir, folder) = folder(&[
            ("a.md", marked.as_bytes()),
            ("b.md", b"Title\n=======\n\n>>>>>>> quoted\n"),
            ("c.md", b"- Look for `<<<<<<<` before each commit.\n"),
        ]);
        let contents = folder.read().unwrap();
        let read: Vec<&str> = contents.memories.iter().map(|memory| &*memory.path).collect();
        assert_eq!(read, ["b.md", "c.md"]);
        assert_eq!(contents.skipped.len(), 1);
        assert!(contents.skipped[0].reason.contains("nobody merged"), "{contents:?}");
        assert_eq!(contents.taken, ["a.md"]);
    }

    fn folder(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let file = dir.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
        let folder = Folder::open(dir.path()).unwrap();
        (dir, folder)
    }

    fn reasons(contents: &Contents) -> Vec<(&str, &str)> {
        contents.skipped.iter().map(|s| (s.path.as_str(), s.reason.as_str())).collect()
    }

    #[test]
    fn markdown_is_read_sorted_and_everything_hidden_or_foreign_is_left_out() {
        let (_dir, folder) = folder(&[
            ("b/z.md", b"z"),
            ("a.md", "\u{feff}a\r\n".as_bytes()),
            (".git/x.md", b"no"),
            ("b/.hidden.md", b"no"),
            ("b/rules.mdc", b"r"),
            ("picture.png", b"\x89PNG"),
        ]);
        let contents = folder.read().unwrap();
        let read: Vec<_> = contents.memories.iter().map(|m| (&*m.path, &*m.text)).collect();
        assert_eq!(read, [("a.md", "\u{feff}a\r\n"), ("b/rules.mdc", "r"), ("b/z.md", "z")]);
        assert!(contents.memories.iter().all(|m| m.modified.is_some()));
        assert!(contents.skipped.is_empty());
    }

    #[test]
    fn a_file_that_no_memory_can_be_is_skipped_with_its_reason() {
        let (_dir, folder) = folder(&[
            ("big.md", &vec![b'x'; 102_401]),
            ("full.md", &vec![b'x'; 102_400]),
            ("latin.md", b"caf\xe9"),
            ("zero\u{200b}width.md", b"x"),
            ("e\u{301}.md", b"x"),
        ]);
        let contents = folder.read().unwrap();
        assert_eq!(contents.memories.len(), 1);
        assert_eq!(
            reasons(&contents),
            [
                ("big.md", "102401 bytes, at most 102400"),
                ("e\u{301}.md", "the path is not in Unicode normal form C"),
                ("latin.md", "not UTF-8"),
                ("zero\u{200b}width.md", "a backslash, control or invisible character in the path"),
            ]
        );
        assert_eq!(contents.taken, ["big.md", "latin.md"]);
    }

    #[test]
    fn paths_where_something_else_stands_are_taken() {
        let (_dir, folder) = folder(&[("dir.md/a.md", b"a"), ("learned", b""), ("x.png", b"")]);
        let taken = folder.read().unwrap().taken;
        assert_eq!(taken, ["dir.md", "learned/"]);
        let is = |path| is_taken(&taken, path);
        assert!(is("dir.md") && is("learned/mistakes.md") && is("learned/a/b.md"));
        assert!(!is("dir.md/a.md") && !is("learned.md") && !is("x.png"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_neither_followed_nor_written_through() {
        use std::os::unix::fs::symlink;
        let (dir, folder) = folder(&[("a.md", b"a")]);
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret.md"), "x").unwrap();
        symlink(outside.path().join("secret.md"), dir.path().join("leak.md")).unwrap();
        symlink(outside.path(), dir.path().join("out")).unwrap();
        symlink(dir.path(), dir.path().join("loop")).unwrap();
        let contents = folder.read().unwrap();
        assert_eq!(contents.memories.len(), 1);
        let skipped: Vec<_> = contents.skipped.iter().map(|s| &*s.path).collect();
        assert_eq!(skipped, ["leak.md", "loop", "out"]);
        assert_eq!(contents.taken, ["leak.md", "loop/", "out/"]);
        for path in ["leak.md", "out/secret.md", "out/new.md", "a.md/x.md"] {
            assert!(matches!(folder.digest_on_disk(path), Err(Error::Conflict(_))), "{path}");
        }
        assert_eq!(folder.digest_on_disk("new/b.md").unwrap(), None);
        assert_eq!(folder.digest_on_disk("a.md").unwrap(), Some(digest(b"a")));
    }

    #[test]
    fn what_interrupted_writes_left_is_no_memory_and_is_swept_with_its_folders() {
        let (dir, folder) = folder(&[("d/a.md", b"a"), (".git/.x.dreaming-tmp", b"")]);
        fs::create_dir_all(dir.path().join("mine")).unwrap();
        for path in ["d/a.md", "new/deep/b.md"] {
            fs::create_dir_all(folder.file(path).parent().unwrap()).unwrap();
            let (above, name) = path.rsplit_once('/').unwrap();
            fs::write(folder.file(above).join(staged::name(name)), "new").unwrap();
        }
        assert_eq!(folder.read().unwrap().memories.len(), 1);
        assert_eq!((folder.sweep(), folder.sweep()), (2, 0));
        assert!(!folder.file("new").exists() && folder.file("mine").exists());
        assert!(folder.file("d/a.md").exists() && folder.file(".git/.x.dreaming-tmp").exists());
    }
}
