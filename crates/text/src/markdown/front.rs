//! The front matter of a memory: what tools write about it before its text. It belongs to no piece,
//! so that no edit touches it. Its keys are read only to give new memories the same form as others
//! in their folder.

use super::BOM;

/// The front matter at the beginning of a text: from a line `---` without a blank line after it to
/// the next line `---` or `...` (YAML), or from a line `+++` to the next one (TOML). A fence that
/// is never closed is no front matter.
///
/// Read here because the Markdown parser takes a byte order mark for text, and has other rules for
/// the fences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrontMatter<'a> {
    /// The lines between the fences; empty for TOML, whose keys nothing reads.
    yaml: &'a str,
    /// The bytes up to the end of the line of the closing fence, a byte order mark included.
    length: usize,
}

/// The length of what precedes the Markdown: byte order mark and front matter.
pub fn length(markdown: &str) -> usize {
    let body = markdown.strip_prefix(BOM).unwrap_or(markdown);
    FrontMatter::of(markdown).map_or(markdown.len() - body.len(), |front| front.length)
}

impl<'a> FrontMatter<'a> {
    /// The front matter of `markdown`, if it has one.
    pub fn of(markdown: &'a str) -> Option<Self> {
        let body = markdown.strip_prefix(BOM).unwrap_or(markdown);
        let mut lines = body.split_inclusive('\n').map(|line| (line.len(), line.trim_ascii_end()));
        let (opening, fence) = lines.next()?;
        let closes = |line: &str| match fence {
            "---" => matches!(line, "---" | "..."),
            _ => line == fence,
        };
        if !matches!(fence, "---" | "+++") {
            return None;
        }
        let mut at = opening;
        for (number, (bytes, line)) in lines.enumerate() {
            if line.is_empty() && number == 0 {
                return None;
            }
            if closes(line) {
                let yaml = if fence == "---" { body.get(opening..at)? } else { "" };
                return Some(Self { yaml, length: markdown.len() - body.len() + at + bytes });
            }
            at += bytes;
        }
        None
    }

    /// The value of a top-level key, without quotes; empty when nothing follows the key on its
    /// line.
    pub fn value(&self, key: &str) -> Option<&'a str> {
        self.lines(None).find_map(|line| value_of(line, key))
    }

    /// The value of a key inside the mapping `outer`.
    pub fn inner(&self, outer: &str, key: &str) -> Option<&'a str> {
        self.lines(Some(outer)).find_map(|line| value_of(line.trim_ascii_start(), key))
    }

    /// The top-level lines, or those inside a top-level mapping.
    fn lines(&self, inside: Option<&str>) -> impl Iterator<Item = &'a str> {
        let mut open = false;
        self.yaml.lines().filter(move |line| {
            let indented = line.starts_with([' ', '\t']);
            match inside {
                None => !indented,
                Some(outer) => {
                    if !indented {
                        open = value_of(line, outer).is_some();
                    }
                    open && indented
                }
            }
        })
    }
}

fn value_of<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let value = line.strip_prefix(key)?.trim_ascii_start().strip_prefix(':')?.trim_ascii();
    let quoted = |quote| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    Some(quoted('"').or(quoted('\'')).unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_are_found_in_all_their_forms() {
        for (text, front) in [
            ("---\na: b\n---\nx", "---\na: b\n---\n"),
            ("---\na: b\n---", "---\na: b\n---"),
            ("--- \r\na: b\r\n--- \r\n\r\nx", "--- \r\na: b\r\n--- \r\n"),
            ("\u{feff}---\na: b\n...\nx", "\u{feff}---\na: b\n...\n"),
            ("---\n---\nx", "---\n---\n"),
            ("---\na: |\n  ---\nb: c\n---\nx", "---\na: |\n  ---\nb: c\n---\n"),
            ("+++\na = 'b'\n+++\nx", "+++\na = 'b'\n+++\n"),
            ("---\n\na: b\n---\nx", ""),
            ("---\na: b\n", ""),
            ("+++\na = 'b'\n---\n", ""),
            ("\u{feff}x\n---\na: b\n---\n", "\u{feff}"),
            ("", ""),
        ] {
            assert_eq!(text.get(..length(text)), Some(front), "{text:?}");
        }
    }

    #[test]
    fn keys_are_read_in_both_dialects() {
        let text = "---\nname: \"a: b\"\ndescription: 'c'\nmetadata: \n  node_type: memory\n  type: feedback\ntypes: no\nother:\n  type: no\n---\n";
        let front = FrontMatter::of(text).unwrap();
        assert_eq!((front.value("name"), front.value("description")), (Some("a: b"), Some("c")));
        assert_eq!((front.value("type"), front.value("metadata")), (None, Some("")));
        assert_eq!(front.inner("metadata", "type"), Some("feedback"));
        assert_eq!(front.inner("metadata", "name"), None);
        assert_eq!(front.inner("missing", "type"), None);
        let flat = FrontMatter::of("---\nname: x\ntype: project\n---\n").unwrap();
        assert_eq!((flat.value("type"), flat.inner("metadata", "type")), (Some("project"), None));
    }

    #[test]
    fn keys_of_toml_are_not_read() {
        let front = FrontMatter::of("+++\nname: x\n+++\n").unwrap();
        assert_eq!(front.value("name"), None);
    }
}
