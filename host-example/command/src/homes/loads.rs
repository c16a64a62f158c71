//! What each agent loads of a project: the table `loads.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The table, as it stands in the sources.
const TABLE: &str = include_str!("loads.toml");

/// What an agent loads. The table says what each field means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loaded {
    /// The agent, for people.
    pub title: String,
    /// The file into which memories are rendered, below the root of a project.
    pub file: String,
    /// Bytes of the file that it loads; `None` for no limit that is known.
    pub bytes: Option<u64>,
    /// Lines of the file that it loads, or that its makers advise.
    pub lines: Option<u64>,
    /// What a new file begins with.
    #[serde(default)]
    pub head: String,
    /// The page that says so.
    pub source: String,
    /// The agent's own folder, below the home of the person.
    pub folder: Option<String>,
    /// The variable that names another folder of its own.
    pub variable: Option<String>,
    /// The folder in the one that the variable names; `None` where the variable names the own folder itself.
    pub variable_holds: Option<String>,
    /// How its memory folder of a project is found; `None` for an agent without one.
    pub memory: Option<Memory>,
    /// How files bring in others.
    pub imports: Option<Imports>,
    /// Settings that change what is loaded.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// What nobody can know from files, each a sentence.
    #[serde(default)]
    pub unknown: Vec<String>,
    /// Where it looks for files, in the order of loading.
    pub places: Vec<Place>,
}

/// How the memory folder of a project is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Memory {
    /// As `--claude-code` does.
    ClaudeCode,
    /// `projects/<path of the project>/memory` in the agent's own folder.
    Path,
    /// `memory` in the folder below `tmp` whose file `.project_root` names the project.
    Marked,
}

/// How files bring in others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imports {
    /// Most files in a row, each brought in by the one before; `None` where no page says.
    pub hops: Option<usize>,
    /// What becomes of files outside the project.
    pub outside: Outside,
    /// Whether paths may begin at the top or in the home of the person.
    pub absolute: bool,
}

/// What an agent does with a file outside the project that a file of the project brings in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outside {
    /// It asks the person before it loads it.
    Asked,
    /// It does not load it.
    Refused,
}

/// A file of settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The folder of the file: [`Base::User`] or [`Base::Root`].
    #[serde(rename = "in")]
    pub base: Base,
    /// The file.
    pub file: String,
    /// The settings in it that change what is loaded.
    pub words: Vec<String>,
}

/// The folders in which files are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// Paths as they are.
    Machine,
    /// The home of the person.
    Home,
    /// The agent's own folder.
    User,
    /// From the top of the file system down to the folder in which the agent starts.
    Above,
    /// From the root of the repository down to that folder.
    Project,
    /// From that folder up to the root of the repository.
    Up,
    /// The root of the repository.
    Root,
    /// The root of the repository and that folder.
    Ends,
    /// The memory folder of the project.
    Memory,
}

/// Which of several names in one folder counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum First {
    /// The first file that is there.
    File,
    /// The first file that says something.
    Text,
}

/// A place in which an agent looks for files at its start.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The folders.
    #[serde(rename = "in")]
    pub base: Base,
    /// The files in each folder, in order.
    pub files: Vec<String>,
    /// The files on macOS, where they differ.
    pub macos: Option<Vec<String>>,
    /// The files on Windows, where they differ.
    pub windows: Option<Vec<String>>,
    /// Which of them counts; `None` for all.
    pub first: Option<First>,
    /// The name of a group of places.
    pub group: Option<String>,
    /// The group that must have no file.
    pub unless: Option<String>,
    /// Lines of a file that are loaded.
    pub lines: Option<u64>,
    /// Bytes of a file that are loaded.
    pub bytes: Option<u64>,
    /// Characters of a file that are loaded.
    pub chars: Option<u64>,
    /// Whether `bytes` holds for all files of the place together.
    #[serde(default)]
    pub together: bool,
    /// Whether a file that is too long loses its middle, not its end.
    #[serde(default)]
    pub ends: bool,
    /// Whether it is cut between lines.
    #[serde(default)]
    pub whole_lines: bool,
    /// Bytes above which a file is not loaded at all.
    pub skips: Option<u64>,
    /// Lines that its makers advise.
    pub advised: Option<u64>,
    /// A line of the front matter without which a file is not loaded at the start.
    pub needs: Option<String>,
    /// Keys of the front matter with which a file is not loaded at the start.
    #[serde(default)]
    pub later: Vec<String>,
    /// When it is loaded then.
    pub says: Option<String>,
    /// Whether its files bring in others.
    #[serde(default)]
    pub imports: bool,
    /// Whether it is the index of the memories beside it.
    #[serde(default)]
    pub index: bool,
    /// What helps when something is cut off, or when another file is loaded in its place.
    pub then: Option<String>,
    /// The page that says so.
    pub source: String,
}

impl Place {
    /// The files of this machine's system.
    pub fn files(&self) -> &[String] {
        let own = if cfg!(target_os = "macos") {
            &self.macos
        } else if cfg!(windows) {
            &self.windows
        } else {
            &None
        };
        own.as_ref().unwrap_or(&self.files)
    }
}

/// All agents of the table, by the name that people type.
pub fn all() -> &'static BTreeMap<String, Loaded> {
    static ALL: LazyLock<BTreeMap<String, Loaded>> = LazyLock::new(|| {
        // A test reads the table; without it the command offers no agents.
        toml::from_str(TABLE).unwrap_or_default()
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_agent_of_the_table_has_a_file_within_the_project_and_a_source() {
        assert!(all().len() >= 8, "{:?}", toml::from_str::<BTreeMap<String, Loaded>>(TABLE));
        for (name, loaded) in all() {
            let parts: Vec<&str> = loaded.file.split('/').collect();
            assert!(parts.iter().all(|part| !matches!(*part, "" | "." | "..")), "{name}");
            assert!(loaded.source.starts_with("https://"), "{name}");
            assert!(loaded.head.is_empty() || loaded.head.ends_with('\n'), "{name}");
        }
    }
    #[test]
    fn each_place_of_the_table_can_be_looked_for_and_has_a_source() {
        for (name, agent) in all() {
            assert!(!agent.places.is_empty(), "{name}");
            let groups: Vec<&String> =
                agent.places.iter().filter_map(|place| place.group.as_ref()).collect();
            for place in &agent.places {
                assert!(place.source.starts_with("https://"), "{name}: {place:?}");
                let is_whole = place.base == Base::Machine;
                assert!(place.files.iter().all(|file| file.starts_with('/') == is_whole), "{name}");
                assert!(place.unless.iter().all(|group| groups.contains(&group)), "{name}");
                // What is loaded later says when; what is cut together has one limit of bytes.
                let is_later = !place.later.is_empty() || place.needs.is_some();
                assert_eq!(is_later, place.says.is_some(), "{name}: {place:?}");
                assert!(!place.together || place.bytes.is_some(), "{name}: {place:?}");
                assert!(place.base != Base::User || agent.folder.is_some(), "{name}");
                assert!(place.base != Base::Memory || agent.memory.is_some(), "{name}");
                assert!(!place.imports || agent.imports.is_some(), "{name}");
            }
            // What `render` writes is looked at too.
            let file = |place: &Place| {
                let starts = |file: &String| match file.split_once('*') {
                    Some((folder, _)) => agent.file.starts_with(folder),
                    None => *file == agent.file,
                };
                place.files.iter().any(starts)
            };
            assert!(agent.places.iter().any(file), "{name}: {}", agent.file);
        }
    }
}
