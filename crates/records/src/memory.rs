//! A memory: a path and a Markdown text, as hosts hand it over.

use serde::Serialize;

use dreaming_text::is_nfc;
use dreaming_text::unicode::hidden;

use crate::canonical::{Done, Fault, Readable};
use crate::error::EngineError;
use crate::json::Reader;
use crate::time::Time;

/// Longest text of a memory in bytes; the limit of the hosted Memory Stores API.
pub const MAX_MEMORY_BYTES: usize = 102_400;
/// Longest path in bytes; the limit of the hosted Memory Stores API.
const MAX_PATH_BYTES: usize = 1024;
/// Most segments of a path; the limit of the hosted Memory Stores API.
const MAX_PATH_SEGMENTS: usize = 20;

/// The endings of Markdown files, and of Cursor's rules (`.mdc`). Other files beside memories are
/// configuration or code, which must not be written as a memory.
const ENDINGS: [&str; 2] = [".md", ".mdc"];

/// A checked path of a Markdown file: relative, `/`-separated, NFC, its last segment with one of
/// [`ENDINGS`] and without a dot before it at the start; without `.`, `..`, empty segments,
/// segments that name `.git`, backslashes, control or invisible characters. Ordered by bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(into = "String")]
pub struct MemoryPath(String);

impl MemoryPath {
    /// Checks `path`.
    ///
    /// # Errors
    /// [`EngineError::InvalidSnapshot`] with what is wrong.
    pub fn new(path: impl Into<String>) -> Result<Self, EngineError> {
        let path = path.into();
        match Self::fault(&path) {
            None => Ok(Self(path)),
            Some(reason) => {
                let why = format!("path `{path}` is not usable: {reason}");
                Err(EngineError::snapshot(path, why))
            }
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder up to the last segment that begins with a dot, with its slash. It belongs to a
    /// tool, which may obey the files in it as configuration.
    pub(crate) fn dot_folder(&self) -> Option<&str> {
        let (mut at, mut end) = (0, 0);
        for segment in segments(&self.0) {
            at += segment.len() + 1;
            if segment.starts_with('.') {
                end = at;
            }
        }
        self.0.get(..end).filter(|folder| !folder.is_empty())
    }

    /// Whether a memory may have this path. A path read from a ledger may be one that no memory may
    /// have: see [`Readable`].
    pub fn is_memory(&self) -> bool {
        no_memory(&self.0).is_none()
    }

    fn fault(path: &str) -> Option<&'static str> {
        unusable(path).or_else(|| no_memory(path))
    }
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').collect()
}

/// Why a path is not usable at all.
fn unusable(path: &str) -> Option<&'static str> {
    // `char::is_control` does not cover Unicode's two line separators.
    let unseen = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || hidden(c);
    if path.len() > MAX_PATH_BYTES {
        return Some("longer than 1,024 bytes");
    }
    let segments = segments(path);
    if segments.len() > MAX_PATH_SEGMENTS {
        return Some("more than 20 segments");
    }
    if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
        return Some("an empty, `.` or `..` segment");
    }
    if path.contains('\\') || path.chars().any(unseen) {
        return Some("a backslash, control or invisible character");
    }
    if !is_nfc(path) {
        return Some("not in Unicode normal form C");
    }
    None
}

/// Why no memory may have this path.
fn no_memory(path: &str) -> Option<&'static str> {
    let segments = segments(path);
    if segments.iter().any(|segment| is_git(segment)) {
        return Some("git keeps its own files there");
    }
    let name = segments.last().copied().unwrap_or(path);
    let is_file = |end: &str| name.strip_suffix(end).is_some_and(|stem| !stem.is_empty());
    if name.starts_with('.') || !ENDINGS.into_iter().any(is_file) {
        return Some("not the name of a Markdown file, `.md` or `.mdc`, that begins without a dot");
    }
    None
}

/// Whether a file system may treat the segment as `.git`: in any case, as its short name, and on
/// Windows with dots and spaces at its end or with a stream name. The same paths that git refuses
/// (`core.protectNTFS`).
fn is_git(segment: &str) -> bool {
    [".git", "git~1"].into_iter().any(|git| {
        let (name, rest) = segment.split_at_checked(git.len()).unwrap_or_default();
        let end = rest.bytes().find(|byte| !matches!(byte, b'.' | b' '));
        name.eq_ignore_ascii_case(git) && end.is_none_or(|byte| byte == b':')
    })
}

/// For reading documents: a ledger may know memories whose names are no longer allowed, and must
/// stay readable. Nothing is written to such paths.
impl Readable for MemoryPath {
    fn blank() -> Self {
        Self(String::new())
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
        let path = String::of(reader)?;
        if let Some(why) = unusable(&path) {
            return Err(Fault::malformed(format!("path `{path}` is not usable: {why}")));
        }
        *self = Self(path);
        Ok(())
    }
}

impl From<MemoryPath> for String {
    fn from(path: MemoryPath) -> Self {
        path.0
    }
}

impl std::fmt::Display for MemoryPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A memory as the host hands it over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
pub struct Memory {
    /// Where it is.
    pub path: MemoryPath,
    /// Its text, at most [`MAX_MEMORY_BYTES`] bytes.
    pub text: String,
    /// When its source says that it was last written: version time, git, file time. `None` when the
    /// source does not know. A time after `now` counts as unknown. This time never overrides a
    /// person's correction; an earlier correction waits for a person.
    pub observed_at: Option<Time>,
}

impl Memory {
    /// Checks the text and makes a memory.
    ///
    /// # Errors
    /// [`EngineError::InvalidSnapshot`] for the path, and for a text over [`MAX_MEMORY_BYTES`].
    pub fn new(
        path: impl Into<String>,
        text: impl Into<String>,
        observed_at: Option<Time>,
    ) -> Result<Self, EngineError> {
        let (path, text) = (MemoryPath::new(path)?, text.into());
        if text.len() > MAX_MEMORY_BYTES {
            let bytes = text.len();
            let why = format!("memory `{path}` has {bytes} bytes, more than {MAX_MEMORY_BYTES}");
            return Err(EngineError::snapshot(path, why));
        }
        Ok(Self { path, text, observed_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_store_or_hide_something_are_refused() {
        let long = "a/".repeat(20) + "a";
        for path in ["", "/a", "a//b", "../a", "a/./b", "a\\b", "a\u{200b}b", "e\u{301}", &long] {
            let error = MemoryPath::new(format!("{path}.md")).unwrap_err().to_string();
            assert!(!error.contains("`.mdc`") || path.is_empty(), "{error}");
        }
        for c in ('\0'..=char::MAX).filter(|c| hidden(*c) || matches!(c, '\n' | '\u{2028}')) {
            assert!(MemoryPath::new(format!("a{c}b.md")).is_err(), "{c:?}");
        }
        for path in ["MEMORY.md", "notes/été.md", "日本/メモ.md"] {
            assert!(MemoryPath::new(path).is_ok(), "{path:?}");
        }
    }

    #[test]
    fn a_memory_is_a_markdown_file_and_nothing_of_git() {
        let why = |path: &str| MemoryPath::new(path).map_err(|error| error.to_string());
        for path in [
            "a", "a.txt", "run.sh", "a.MD", "a.md.exe", ".md", "x/.mdc", ".envrc", ".a.md",
            "a.md/b",
        ] {
            assert!(why(path).is_err_and(|why| why.contains("`.md` or `.mdc`")), "{path}");
        }
        for path in [
            ".git/a.md",
            "x/.GIT/hooks/a.md",
            ".git./a.md",
            ".git ./a.md",
            "GIT~1/a.md",
            ".git::$INDEX_ALLOCATION/a.md",
        ] {
            assert!(why(path).is_err_and(|why| why.contains("git keeps its own")), "{path}");
        }
        for path in [
            "a.mdc",
            ".cursor/rules/a.mdc",
            ".github/a.md",
            ".gitea/a.md",
            "git/a.md",
            "a.b.md",
            "é.md",
        ] {
            assert_eq!(why(path).as_ref().map(MemoryPath::as_str), Ok(path));
        }
    }

    #[test]
    fn the_folder_of_a_tool_ends_at_the_last_name_that_begins_with_a_dot() {
        for (path, folder) in [
            ("a.md", None),
            ("x/y.z/a.md", None),
            (".cursor/rules/a.mdc", Some(".cursor/")),
            ("web/.github/a.md", Some("web/.github/")),
            (".a/b/.c/d/e.md", Some(".a/b/.c/")),
        ] {
            assert_eq!(MemoryPath::new(path).unwrap().dot_folder(), folder, "{path}");
        }
    }

    #[test]
    fn a_text_over_the_limit_is_refused_with_its_size() {
        assert!(Memory::new("a.md", "x".repeat(MAX_MEMORY_BYTES), None).is_ok());
        let error = Memory::new("a.md", "x".repeat(MAX_MEMORY_BYTES + 1), None).unwrap_err();
        assert_eq!(error.to_string(), "memory `a.md` has 102401 bytes, more than 102400");
    }
}
