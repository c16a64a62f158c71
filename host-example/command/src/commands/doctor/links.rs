//! Finds links that lead nowhere: of the index, between memories, and wiki links.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag};

use super::Finding;
use crate::folder::FileMemory;
use crate::output::text;

/// Looks at all links to memories.
pub fn look(memories: &[FileMemory], findings: &mut Vec<Finding>) {
    const NAME: &str = "links";
    let known = Known::of(memories);
    let mut dangling = Vec::new();
    for memory in memories {
        for (line, shown, is_there) in links(memory, &known) {
            if !is_there {
                dangling.push(format!("{}:{line} {shown}", memory.path));
            }
        }
    }
    findings.push(match dangling.len() as u64 {
        0 => Finding::ok(NAME, "all lead to a memory"),
        n => {
            let found = format!("{} to memories that are not there", text::count(n, "link"));
            Finding::warn(NAME, found, "correct them, or write what they promise").items(dangling)
        }
    });
}

/// The targets that links may name.
struct Known {
    paths: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Known {
    fn of(memories: &[FileMemory]) -> Self {
        let stem =
            |path: &str| path.rsplit('/').next().unwrap_or(path).trim_end_matches(".md").to_owned();
        let stems = memories.iter().map(|memory| stem(&memory.path));
        let titles = memories.iter().filter_map(|memory| front_matter_name(&memory.text));
        let paths: BTreeSet<String> = memories.iter().map(|memory| memory.path.clone()).collect();
        let whole = paths.iter().map(|path| path.trim_end_matches(".md").to_owned());
        Self { names: stems.chain(titles).chain(whole).map(|name| slug(&name)).collect(), paths }
    }
}

/// A wiki link names a memory by file name or by `name` of its front matter; people and agents
/// write `-`, `_`, blanks and capitals as they like.
fn slug(name: &str) -> String {
    let same = |c: char| if c.is_alphanumeric() || c == '/' { c } else { '-' };
    name.trim().trim_end_matches(".md").to_lowercase().chars().map(same).collect()
}

fn front_matter_name(text: &str) -> Option<String> {
    let lines = text.strip_prefix("---")?.lines().skip(1);
    let mut head = lines.take_while(|line| line.trim_end() != "---");
    let name = head.find_map(|line| line.strip_prefix("name:"))?;
    Some(name.trim().trim_matches(['"', '\'']).to_owned())
}

/// The links of a memory to other memories: line, how it is written, whether it leads anywhere.
fn links(memory: &FileMemory, known: &Known) -> Vec<(usize, String, bool)> {
    let options = Options::ENABLE_WIKILINKS | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let events = Parser::new_ext(&memory.text, options).into_offset_iter();
    events
        .filter_map(|(event, range)| {
            let Event::Start(Tag::Link { link_type, dest_url, .. }) = event else { return None };
            let target = dest_url.split('#').next().unwrap_or_default();
            let (shown, is_there) = if matches!(link_type, LinkType::WikiLink { .. }) {
                let there = target.is_empty() || known.names.contains(&slug(target));
                (format!("[[{dest_url}]]"), there)
            } else {
                let path = below(&memory.path, target)?;
                (format!("({dest_url})"), known.paths.contains(&path))
            };
            let before = memory.text.get(..range.start).unwrap_or_default();
            Some((before.matches('\n').count() + 1, shown, is_there))
        })
        .collect()
}

/// The path of the memory that a relative link of `from` means; `None` when it means none.
fn below(from: &str, target: &str) -> Option<String> {
    let scheme = target.split_once(':').is_some_and(|(s, _)| !s.contains('/'));
    if scheme || target.starts_with('/') || !target.ends_with(".md") {
        return None;
    }
    let mut path: Vec<&str> = from.split('/').collect();
    path.pop();
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            // A link that leads out of the folder means no memory.
            ".." => drop(path.pop()?),
            name => path.push(name),
        }
    }
    Some(path.join("/").replace("%20", " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(path: &str, text: &str) -> FileMemory {
        FileMemory { path: path.into(), text: text.into(), modified: None }
    }

    #[test]
    fn links_to_memories_are_followed_and_all_others_are_left_alone() {
        let memories = [
            memory(
                "MEMORY.md",
                "- [a](sub/a.md)\n- [gone](gone.md#x)\n- [web](https://x.org/y.md)\n",
            ),
            memory(
                "sub/a.md",
                "---\nname: Build rules\n---\n[up](../MEMORY.md) [[build-rules]]\n\n[[b_c|see]] [[nothing]] [out](../../x.md) `[[code]]`\n",
            ),
            memory("B-c.md", "[pic](x.png) [[sub/a]] [[#here]]\n"),
        ];
        let known = Known::of(&memories);
        let dangling: Vec<_> = memories
            .iter()
            .flat_map(|m| links(m, &known))
            .filter(|(.., there)| !there)
            .map(|(line, shown, _)| (line, shown))
            .collect();
        let expected = [(2, "(gone.md#x)".to_owned()), (6, "[[nothing]]".to_owned())];
        assert_eq!(dangling, expected);
    }
}
