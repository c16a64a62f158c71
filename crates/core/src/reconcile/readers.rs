//! Who reads a memory. Not every agent reads every file: a statement in `CLAUDE.md` cannot replace
//! one in `AGENTS.md`, unless one of the files includes the other.

use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_text::{Groups, Map, normal, unicode};

use super::belongs::belongings;
use crate::identity::Located;

/// Names of files that only one agent reads of its own accord, in lower case. From the
/// documentation of the agents (agents.md; Claude Code, Gemini CLI, Qwen Code, Crush, Warp).
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

/// Most includes that are followed from one file to the next. Claude Code follows five.
const MOST_HOPS: usize = 5;

/// The memories of a store, with the files that each includes.
pub(super) struct Readers<'a> {
    /// What entries belong to inside their memories.
    belongings: Map<&'a EntryId, Vec<&'a str>>,
    /// The files that each memory includes by a line `@path`, in the order of these lines.
    takes_in: Groups<&'a str, &'a str>,
}

impl<'a> Readers<'a> {
    /// Reads which memories include which.
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
        Self { belongings: belongings(entries), takes_in: Groups::of(takes_in) }
    }

    /// The scope of a statement as text: who reads it, under which headings it stands, and to what it
    /// belongs there.
    pub(super) fn scope(&self, entry: &'a Located) -> String {
        let mut path = entry.path.as_str();
        for _ in 0..MOST_HOPS {
            let Some(other) = self.takes_in.get(path).next() else { break };
            path = other;
        }
        let mut scope = reader(path).to_owned();
        // The title that a dream gives to a memory that it makes does not count as a heading.
        let of_dream = Kind::learned().any(|(_, kind)| {
            let title = entry.piece.headings.first();
            entry.path.as_str().ends_with(kind.path())
                && title.is_some_and(|title| title == kind.title())
        });
        for heading in entry.piece.headings.iter().skip(usize::from(of_dream)) {
            scope.push('\n');
            scope.push_str(&normal(heading));
        }
        for above in self.belongs_to(entry) {
            scope.push('\n');
            scope.push_str(&normal(above));
        }
        scope
    }

    /// What an entry belongs to below its headings, outermost first, without secrets.
    pub(super) fn belongs_to(&self, entry: &'a Located) -> &[&'a str] {
        self.belongings.get(&&entry.record.id).map_or(&[], Vec::as_slice)
    }

    /// Whether everybody who reads the memory `from` also reads `to`, so that a statement in `from`
    /// may go because `to` has it.
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

/// Who reads a memory without being sent there by another file. If only one agent reads files of
/// this name: the path of the file. Else, if the path has a folder whose name begins with a dot:
/// the path up to that folder, because such a folder belongs to one tool. Else everybody who reads
/// the store, as an empty text.
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

/// The folder of a memory, with the slash at its end.
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
