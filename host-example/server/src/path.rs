//! Paths of memories.

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::is_nfc;

/// Bytes of a path, at most. Source: `dreams-api.md`, section 4.1.
const MAX_BYTES: usize = 1_024;

/// Segments of a path, at most. Source: the same.
const MAX_SEGMENTS: usize = 20;

/// Why a text is no path of a memory; `None` for one that is.
pub fn refused(path: &str) -> Option<&'static str> {
    let Some(rest) = path.strip_prefix('/') else { return Some("must begin with `/`") };
    let hidden = |c: char| {
        let category = get_general_category(c);
        let is_separator = matches!(c, '\u{2028}' | '\u{2029}');
        is_separator || matches!(category, GeneralCategory::Control | GeneralCategory::Format)
    };
    let segments = rest.split('/');
    if path.len() > MAX_BYTES {
        Some("must have at most 1,024 bytes")
    } else if segments.clone().count() > MAX_SEGMENTS {
        Some("must have at most 20 segments")
    } else if segments.clone().any(|segment| matches!(segment, "" | "." | "..")) {
        Some("must have no empty segment, and none that is `.` or `..`")
    } else if path.chars().any(hidden) {
        Some("must have no control character and no format character")
    } else if !is_nfc(path) {
        Some("must be in Unicode's normal form C")
    } else {
        None
    }
}

/// The paths of the folders that a path lies in, outermost first.
pub fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').skip(1).map(|(at, _)| &path[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_whole_clean_and_short() {
        let deep = "/a".repeat(20);
        let long = format!("/{}", "a".repeat(1_023));
        for path in ["/a", "/a.md", "/Notes/ä b.md", "/..a/b..", &deep, &long] {
            assert_eq!(refused(path), None, "{path}");
        }
        let (deeper, longer) = ("/a".repeat(21), format!("/{}", "a".repeat(1_024)));
        for path in [
            "",
            "a",
            "/",
            "//",
            "/a/",
            "/a//b",
            "/./a",
            "/a/..",
            "/a\u{0}",
            "/a\nb",
            "/a\u{200b}",
            "/a\u{2028}",
            "/a\u{308}",
            &deeper,
            &longer,
        ] {
            assert!(refused(path).is_some(), "{path:?}");
        }
        assert_eq!(above("/a/b/c").collect::<Vec<_>>(), ["/a", "/a/b"]);
    }
}
