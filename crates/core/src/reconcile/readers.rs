//! Who reads a memory. What one agent reads another may not: a statement of `CLAUDE.md` stands for none of
//! `AGENTS.md`, unless one file takes in the other.

use dreaming_records::kind::Kind;
use dreaming_text::{Groups, Map, normal, unicode};

use crate::identity::Located;

/// Names of files that one agent reads by itself, in lower case. From the documentation of the agents
/// (agents.md; Claude Code, Gemini CLI, Qwen Code, Crush, Warp).
const OF_ONE_AGENT: [&str; 8] = [
    "agents.md",
    "agents.override.md",
    "claude.md",
    "claude.local.md",
    "gemini.md",
    "qwen.md",
    "crush.md",
    "warp.md",
];

/// Most files that are followed from one that takes in another. Claude Code follows five.
const MOST_HOPS: usize = 5;

/// The memories of a store with the files that they take in.
pub(super) struct Readers<'a> {
    /// The files that each memory names as `@path`, first to last.
    takes_in: Groups<&'a str, &'a str>,
}

impl<'a> Readers<'a> {
    /// Reads which memories take in which.
    pub(super) fn of(entries: &'a [Located]) -> Self {
        let paths = Map::of(entries.iter().map(|e| (e.path.as_str(), e.path.as_str())));
        let naming = entries.iter().filter(|entry| entry.piece.text.contains('@'));
        let takes_in = naming.flat_map(|entry| {
            let path = entry.path.as_str();
            let named = entry.piece.text.split(unicode::is_space).filter_map(|word| {
                let name = word.strip_prefix('@')?.trim_end_matches(['.', ',', ';', ')']);
                let name = name.strip_prefix("./").unwrap_or(name);
                let folder = folder(path);
                paths.get(format!("{folder}{name}").as_str()).copied()
            });
            named.filter(move |other| *other != path).map(move |other| (path, other))
        });
        Self { takes_in: Groups::of(takes_in) }
    }

    /// Who reads a statement, and under which headings.
    pub(super) fn scope(&self, entry: &Located) -> String {
        let mut path = entry.path.as_str();
        for _ in 0..MOST_HOPS {
            let Some(other) = self.takes_in.get(path).next() else { break };
            path = other;
        }
        let mut scope = reader(path).to_owned();
        // The title that a dream gives a memory of its own names no subject.
        let of_dream = Kind::learned().any(|(_, kind)| {
            let title = entry.piece.headings.first();
            entry.path.as_str().ends_with(kind.path())
                && title.is_some_and(|title| title == kind.title())
        });
        for heading in entry.piece.headings.iter().skip(usize::from(of_dream)) {
            scope.push('\n');
            scope.push_str(&normal(heading));
        }
        scope
    }

    /// Whether whoever reads the memory `from` reads `to` as well, so that a statement of the first may go for
    /// the sake of one of the second.
    pub(super) fn may_go(&self, from: &str, to: &str) -> bool {
        let mut reached = vec![from];
        for _ in 0..=MOST_HOPS {
            if reached.iter().any(|path| reader(path) == reader(to)) {
                return true;
            }
            reached = reached.iter().flat_map(|path| self.takes_in.get(path)).copied().collect();
        }
        false
    }
}

/// Who reads a memory by itself: the file, where an agent reads it for its name; the folder up to one whose
/// name begins with a dot, because such a folder belongs to one tool; else all who read the store.
pub(super) fn reader(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    if OF_ONE_AGENT.contains(&unicode::lower(name).as_str()) {
        return path;
    }
    let mut end = 0;
    for part in path.split('/') {
        end += part.len();
        if part.starts_with('.') {
            return path.get(..end).unwrap_or(path);
        }
        end += 1;
    }
    ""
}

/// The folder of a memory with its last slash.
fn folder(path: &str) -> &str {
    path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use dreaming_records::memory::{Memory, MemoryPath};
    use dreaming_records::snapshot::Snapshot;
    use dreaming_records::time::Time;

    use super::*;
    use crate::identity::resolve;

    fn entries(memories: &[(&str, &str)]) -> Vec<Located> {
        let mut store = Snapshot::default();
        for (path, text) in memories {
            let path = MemoryPath::new(*path).unwrap();
            let memory = Memory { path: path.clone(), text: (*text).into(), observed_at: None };
            store.memories.insert(path, memory.into());
        }
        resolve(&store, Time::from_millis(2), crate::redact).entries
    }

    #[test]
    fn a_file_of_one_agent_a_folder_of_one_tool_and_the_store_are_read_by_others() {
        for (path, who) in [
            ("CLAUDE.md", "CLAUDE.md"),
            ("web/AGENTS.md", "web/AGENTS.md"),
            (".cursor/rules/tests.mdc", ".cursor"),
            ("web/.github/copilot-instructions.md", "web/.github"),
            ("learned/facts.md", ""),
            ("team/notes.v2.md", ""),
        ] {
            assert_eq!(reader(path), who, "{path}");
        }
    }

    #[test]
    fn what_takes_in_another_file_may_lose_what_that_says_and_not_the_other_way_round() {
        let all = entries(&[
            ("AGENTS.md", "- Run the tests.\n"),
            ("CLAUDE.md", "Read @AGENTS.md.\n\n- Run the tests.\n"),
            ("GEMINI.md", "Nothing of `@AGENTS.md`.\n\n- Run the tests.\n"),
        ]);
        let readers = Readers::of(&all);
        assert!(readers.may_go("CLAUDE.md", "AGENTS.md"));
        assert!(!readers.may_go("AGENTS.md", "CLAUDE.md"));
        assert!(!readers.may_go("GEMINI.md", "AGENTS.md"));
        let scope = |path: &str| {
            let entry = all.iter().find(|entry| entry.path.as_str() == path).unwrap();
            readers.scope(entry)
        };
        assert_eq!(scope("CLAUDE.md"), scope("AGENTS.md"));
        assert_ne!(scope("GEMINI.md"), scope("AGENTS.md"));
    }

    #[test]
    fn files_that_take_in_each_other_end() {
        let all = entries(&[("A.md", "@CLAUDE.md\n"), ("CLAUDE.md", "@A.md\n")]);
        let readers = Readers::of(&all);
        assert!(readers.may_go("A.md", "CLAUDE.md") && readers.may_go("CLAUDE.md", "A.md"));
        assert!(!readers.may_go("A.md", "AGENTS.md"));
    }
}
