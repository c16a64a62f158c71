//! Which file of a project each agent loads: the table `loads.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The table, as it stands in the sources.
const TABLE: &str = include_str!("loads.toml");

/// The file of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loaded {
    /// The agent, for people.
    pub title: String,
    /// The file, below the root of a project.
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
}
