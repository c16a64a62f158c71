//! How a new memory begins: with its heading and, if most memories of the store have front matter,
//! with front matter of the same form.

use std::collections::BTreeMap;
use std::sync::Arc;

use dreaming_records::kind::Kind;
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_text::markdown::front::FrontMatter;

/// The lines before the first statement of a new memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// The lines of the front matter, fences included; empty for none.
    front_matter: Vec<String>,
    /// The heading; empty for none.
    title: String,
}

/// The forms of front matter that the memories of Claude Code have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Dialect {
    /// `name`, `description` and `metadata` with `node_type: memory` and `type`.
    Node,
    /// `name`, `description` and `metadata` with `type`.
    Nested,
    /// `name`, `description` and `type`.
    Flat,
    /// `name` and `description`, without a known type.
    Plain,
}

/// The types that Claude Code gives to memories.
const TYPES: [&str; 4] = ["user", "feedback", "project", "reference"];

impl Opening {
    /// An opening that has only a heading.
    #[cfg(test)]
    pub(crate) fn titled(title: &str) -> Self {
        Self { front_matter: Vec::new(), title: title.into() }
    }

    /// The opening of a memory for statements of `kind` at `path`. It has front matter only if
    /// `memories` has no memory at that path and most of them have front matter.
    pub(crate) fn of_memory(
        path: &MemoryPath,
        kind: Option<Kind>,
        memories: &BTreeMap<MemoryPath, Arc<Memory>>,
    ) -> Self {
        let Some(kind) = kind else { return Self::default() };
        // The index has no front matter.
        let is_plain = memories.contains_key(path) || kind == Kind::Index;
        let dialect = if is_plain { None } else { majority(memories) };
        let front_matter = dialect.map(|dialect| front_matter(dialect, path, kind));
        Self { front_matter: front_matter.unwrap_or_default(), title: kind.title().into() }
    }

    /// The text of the opening. Front matter is part of it only if the opening stands `at_start` of
    /// a memory.
    pub(super) fn written(&self, at_start: bool, line_end: &str) -> String {
        let mut text = String::new();
        let mut line = |words: &str| {
            text.push_str(words);
            text.push_str(line_end);
        };
        if at_start && !self.front_matter.is_empty() {
            self.front_matter.iter().for_each(|words| line(words));
            line("");
        }
        if !self.title.is_empty() {
            line(&format!("# {}", self.title));
            line("");
        }
        text
    }
}

/// The form of front matter that most memories have, if more than half of them have a known form;
/// of equally frequent forms the first in [`Dialect`]. The index has no front matter and does not
/// count.
fn majority(memories: &BTreeMap<MemoryPath, Arc<Memory>>) -> Option<Dialect> {
    let others = memories.values().filter(|memory| memory.path.as_str() != Kind::Index.path());
    let found: Vec<Option<Dialect>> = others.map(|memory| Dialect::of(&memory.text)).collect();
    let of = |wanted: Dialect| found.iter().filter(|dialect| **dialect == Some(wanted)).count();
    let known = found.iter().flatten().count();
    let best = [Dialect::Plain, Dialect::Flat, Dialect::Nested, Dialect::Node].into_iter();
    best.max_by_key(|dialect| of(*dialect)).filter(|_| known * 2 > found.len())
}

impl Dialect {
    fn of(markdown: &str) -> Option<Self> {
        let front = FrontMatter::of(markdown)?;
        front.value("name")?;
        front.value("description")?;
        let known = |found: Option<&str>| found.is_some_and(|found| TYPES.contains(&found));
        Some(match known(front.inner("metadata", "type")) {
            true if front.inner("metadata", "node_type") == Some("memory") => Self::Node,
            true => Self::Nested,
            false if known(front.value("type")) => Self::Flat,
            false => Self::Plain,
        })
    }
}

fn front_matter(dialect: Dialect, path: &MemoryPath, kind: Kind) -> Vec<String> {
    let name = path.as_str().trim_end_matches(".md").replace(['/', '_', ' '], "-");
    let class = if kind == Kind::Preference { "feedback" } else { "project" };
    let inner: &[String] = &match dialect {
        Dialect::Node => {
            vec!["metadata:".into(), "  node_type: memory".into(), format!("  type: {class}")]
        }
        Dialect::Nested => vec!["metadata:".into(), format!("  type: {class}")],
        Dialect::Flat => vec![format!("type: {class}")],
        Dialect::Plain => Vec::new(),
    };
    let head = ["---".into(), format!("name: {name}"), format!("description: {}", kind.purpose())];
    [&head, inner, &["---".into()]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(texts: &[&str]) -> BTreeMap<MemoryPath, Arc<Memory>> {
        let index = Memory::new("MEMORY.md", "- [a](m0.md)\n", None).unwrap();
        let memories = texts
            .iter()
            .enumerate()
            .map(|(at, text)| Memory::new(format!("m{at}.md"), (*text).to_owned(), None).unwrap());
        memories.chain([index]).map(|memory| (memory.path.clone(), memory.into())).collect()
    }

    fn opening(texts: &[&str], kind: Kind) -> String {
        let path = MemoryPath::new(kind.path()).unwrap();
        Opening::of_memory(&path, Some(kind), &folder(texts)).written(true, "\n")
    }

    const NODE: &str = "---\nname: a\ndescription: \"b\"\nmetadata: \n  node_type: memory\n  type: project\n---\nx\n";
    const NESTED: &str = "---\nname: a\ndescription: b\nmetadata:\n  type: user\n---\nx\n";
    const FLAT: &str = "---\nname: a\ndescription: b\ntype: feedback\n---\nx\n";
    const PLAIN: &str = "---\nname: a\ndescription: b\ntype: note\n---\nx\n";

    #[test]
    fn a_new_memory_gets_the_front_matter_that_most_others_have() {
        let preferences =
            "name: learned-preferences\ndescription: how people here want things done";
        for (texts, expected) in [
            (&[NODE, NODE, FLAT, "x\n"][..], "metadata:\n  node_type: memory\n  type: feedback\n"),
            (&[NESTED, FLAT, NESTED], "metadata:\n  type: feedback\n"),
            (&[FLAT], "type: feedback\n"),
            (&[FLAT, NODE], "metadata:\n  node_type: memory\n  type: feedback\n"),
            (&[PLAIN], ""),
        ] {
            let expected = format!("---\n{preferences}\n{expected}---\n\n# Preferences\n\n");
            assert_eq!(opening(texts, Kind::Preference), expected);
        }
        assert!(opening(&[FLAT], Kind::Mistake).contains("type: project\n"));
    }

    #[test]
    fn without_a_majority_it_gets_a_heading_alone() {
        for texts in [&["x\n"][..], &[], &[FLAT, "x\n"], &["---\nname: a\n---\n", FLAT]] {
            assert_eq!(opening(texts, Kind::Fact), "# Facts\n\n", "{texts:?}");
        }
    }

    #[test]
    fn a_memory_that_is_there_gets_no_front_matter() {
        let memories = folder(&[FLAT]);
        let path = MemoryPath::new("m0.md").unwrap();
        let opening = Opening::of_memory(&path, Some(Kind::Fact), &memories);
        assert_eq!(opening, Opening::titled("Facts"));
    }

    #[test]
    fn what_is_written_is_front_matter_of_the_same_dialect() {
        for (text, dialect) in [
            (NODE, Dialect::Node),
            (NESTED, Dialect::Nested),
            (FLAT, Dialect::Flat),
            (PLAIN, Dialect::Plain),
        ] {
            assert_eq!(Dialect::of(text), Some(dialect));
            assert_eq!(Dialect::of(&opening(&[text], Kind::Workflow)), Some(dialect));
        }
    }
}
