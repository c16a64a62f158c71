//! Where agents without an option of their own keep sessions: the table `agents.toml`.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde::Deserialize;

use super::all::{self, Kind};
use crate::error::{Error, Result};

/// The table, as it stands in the sources.
const TABLE: &str = include_str!("agents.toml");

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// The agent, for people.
    title: String,
    /// Where it may keep sessions.
    places: Vec<Place>,
}

/// A folder or file that an agent may have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// The environment variable that names a folder.
    variable: Option<String>,
    /// The folder below the person's home folder when the variable is not set.
    home: Option<String>,
    /// The path below that folder; `*` stands for any one folder.
    below: String,
}

/// All agents of the table, by the name that people type.
fn rows() -> &'static BTreeMap<String, Row> {
    static ROWS: LazyLock<BTreeMap<String, Row>> = LazyLock::new(|| {
        // A test reads the table; without it the command knows these agents by `--sessions` alone.
        toml::from_str(TABLE).unwrap_or_default()
    });
    &ROWS
}

/// The names that `--sessions-of` takes.
pub fn names() -> Vec<&'static str> {
    let own = Kind::ALL.into_iter().map(Kind::option);
    let mut names: Vec<&str> = own.chain(rows().keys().map(String::as_str)).collect();
    names.sort_unstable();
    names
}

/// The environment variables that name folders of the agents in the table.
pub fn variables() -> impl Iterator<Item = &'static str> {
    let places = rows().values().flat_map(|row| &row.places);
    places.filter_map(|place| place.variable.as_deref())
}

/// The sessions of the agent `name`, for the project in the folder `start` where the agent sorts them
/// by project.
///
/// # Errors
/// [`Error::NotYet`] when it has none, [`Error::Usage`] without a home folder.
pub fn sessions(name: &str, start: &Path) -> Result<Vec<PathBuf>> {
    if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.option() == name) {
        return Ok(all::agent(kind, start)?.sessions);
    }
    let Some(row) = rows().get(name) else {
        let known = names().join(", ");
        return Err(Error::Usage(format!("--sessions-of {name}: known are {known}")));
    };
    let places = row.places.iter().filter_map(Place::path);
    let (mut found, mut looked) = (Vec::new(), Vec::new());
    for place in places {
        found.extend(there(&place));
        looked.push(place.display().to_string());
    }
    found.sort();
    found.dedup();
    if found.is_empty() {
        return Err(Error::NotYet {
            what: format!(
                "{} has no sessions yet: there is none of {}",
                row.title,
                looked.join(", ")
            ),
            todo: "work with it first, or name its sessions with --sessions".into(),
        });
    }
    Ok(found)
}

/// The folders of all windows of VS Code, which hold its chats among other things.
pub fn windows_of_vs_code() -> Vec<PathBuf> {
    let places = rows().get("copilot-chat").into_iter().flat_map(|row| &row.places);
    let windows = places.filter_map(|place| Some(place.path()?.parent()?.to_path_buf()));
    windows.flat_map(|windows| there(&windows)).collect()
}

impl Place {
    fn path(&self) -> Option<PathBuf> {
        let set = self.variable.as_ref().and_then(env::var_os).filter(|value| !value.is_empty());
        let base = match (set, &self.home) {
            (Some(folder), _) => PathBuf::from(folder),
            (None, Some(folder)) => super::home()?.join(folder),
            (None, None) => return None,
        };
        Some(if self.below.is_empty() { base } else { base.join(&self.below) })
    }
}

/// The folders and files for which a path with `*` stands.
fn there(path: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in path.components() {
        if part.as_os_str() == "*" {
            let items = found.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten());
            found = items.filter_map(|item| Some(item.ok()?.path())).collect();
        } else {
            found.iter_mut().for_each(|folder| folder.push(part));
        }
        found.retain(|folder| folder.exists());
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn each_agent_of_the_table_has_places_and_no_name_stands_twice() {
        assert!(rows().len() >= 11, "{:?}", toml::from_str::<BTreeMap<String, Row>>(TABLE));
        for (name, row) in rows() {
            assert!(!row.places.is_empty() && !row.title.is_empty(), "{name}");
            for place in &row.places {
                assert!(place.variable.is_some() || place.home.is_some(), "{name}: {place:?}");
                assert!(!place.below.is_empty() || place.home.is_none(), "{name}: {place:?}");
                assert!(!place.below.starts_with('/') && !place.below.contains(".."), "{name}");
            }
        }
        let mut known = names();
        known.dedup();
        assert_eq!(known.len(), rows().len() + Kind::ALL.len());
    }

    #[test]
    fn the_help_names_each_agent() {
        let command = Cli::command();
        let option = command.get_arguments().find(|option| option.get_id() == "sessions_of");
        let help = option.unwrap().get_help().unwrap().to_string();
        let named: BTreeSet<&str> = help.split([' ', ',', '.']).collect();
        for name in names() {
            assert!(named.contains(name), "{name}: {help}");
        }
    }

    #[test]
    fn a_star_stands_for_any_one_folder() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["a/chats", "b/chats", "c/other", "a/deep/chats"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        fs::write(dir.path().join("file"), "").unwrap();
        let mut found = there(&dir.path().join("*/chats"));
        found.sort();
        assert_eq!(found, ["a/chats", "b/chats"].map(|folder| dir.path().join(folder)));
        assert_eq!(there(&dir.path().join("*/none")), Vec::<PathBuf>::new());
        assert_eq!(there(&dir.path().join("none/*")), Vec::<PathBuf>::new());
    }
}
