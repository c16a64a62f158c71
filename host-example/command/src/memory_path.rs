//! Which paths a memory may have in the folder: those that the engine accepts, except hidden files.

use unicode_normalization::is_nfc;

use crate::error::{Error, Result};

/// Most names in the path of a memory; the engine's limit, see `types.memory` of the interface.
pub const MAX_SEGMENTS: usize = 20;

/// File name endings of memories: Markdown, and Markdown with the front matter that Cursor reads.
/// The engine's rule, see `types.memory` of the interface.
const ENDINGS: [&str; 2] = [".md", ".mdc"];

/// Whether a file of this name may be a memory.
pub fn is_name_of_memory(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Refuses a path that no memory may have: another kind of file, a hidden file, a file outside the
/// folder.
///
/// # Errors
/// [`Error::NoMemory`].
pub fn check(path: &str) -> Result<()> {
    let odd = |segment: &str| segment.is_empty() || segment.starts_with('.');
    let why = if path.split('/').any(odd) {
        Some("nothing is written to hidden names, or outside the folder")
    } else if !is_name_of_memory(path) {
        Some("a memory is a file whose name ends in `.md` or `.mdc`")
    } else {
        fault(path)
    };
    match why {
        None => Ok(()),
        Some(why) => Err(Error::NoMemory { path: path.into(), why }),
    }
}

/// Why the engine would refuse the names in a path; the rules of `types.memory` of the interface.
pub fn fault(path: &str) -> Option<&'static str> {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    if path.len() > 1024 || path.split('/').count() > MAX_SEGMENTS {
        Some("the path is longer than 1,024 bytes or 20 segments")
    } else if path.contains('\\') || path.chars().any(hidden) {
        Some("a backslash, control or invisible character in the path")
    } else if !is_nfc(path) {
        Some("the path is not in Unicode normal form C")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_markdown_that_is_not_hidden_is_a_memory_to_write() {
        for path in ["a.md", "a/b.mdc", "MEMORY.md", "日本/メモ.md"] {
            check(path).unwrap();
        }
        for path in [
            ".git/config",
            ".git/x.md",
            "a/.git/x.md",
            ".envrc",
            ".claude/settings.json",
            ".x.md",
            "a/../x.md",
            "../x.md",
            "/x.md",
            "a//x.md",
            "",
            "a",
            "a.sh",
            "a.md/b",
            "a.MD",
            "x\\y.md",
            "x\n.md",
        ] {
            let error = check(path).unwrap_err();
            assert!(matches!(error, Error::NoMemory { .. }), "{path}: {error}");
        }
    }
}
