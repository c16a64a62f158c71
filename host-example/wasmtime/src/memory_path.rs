//! Which paths a memory of a host may have: those that the engine accepts, except hidden files.

use unicode_normalization::is_nfc;

/// Most names in the path of a memory; the engine's limit, see `types.memory` of the interface.
pub const MAX_SEGMENTS: usize = 20;

/// File name endings of memories: Markdown, and Markdown with the front matter that Cursor reads.
/// The engine's rule, see `types.memory` of the interface.
const ENDINGS: [&str; 2] = [".md", ".mdc"];

/// Whether a file of this name may be a memory.
pub fn is_name_of_memory(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Why a memory may not have this path: another kind of file, a hidden file, a file outside the
/// folder, or a name that the engine refuses. `None` for a path that it may have.
pub fn refused(path: &str) -> Option<&'static str> {
    let odd = |segment: &str| segment.is_empty() || segment.starts_with('.');
    if path.split('/').any(odd) {
        Some("nothing is written to hidden names, or outside the folder")
    } else if !is_name_of_memory(path) {
        Some("a memory is a file whose name ends in `.md` or `.mdc`")
    } else {
        fault(path)
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
            assert_eq!(refused(path), None, "{path}");
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
            assert!(refused(path).is_some(), "{path:?}");
        }
    }
}
