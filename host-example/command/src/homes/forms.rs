//! Homes that are folders of small files: the table `forms.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use dreaming_wasmtime::{Form, IndexForm, Room};
use serde::Deserialize;

use super::all::{self, Kind};
use super::{base, vs_code};
use crate::error::{Error, Result};

/// The table, as it stands in the sources.
const TABLE: &str = include_str!("forms.toml");

/// A home of small files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SmallFiles {
    /// What is written there, for people.
    pub title: String,
    /// What the folder is below.
    base: Base,
    /// The folder below it; empty for the base itself.
    #[serde(default)]
    folder: String,
    /// As in the interface.
    file: String,
    head: String,
    name: u64,
    description: u64,
    bytes: Option<u64>,
    files: Option<u64>,
    #[serde(default)]
    proven_workflows: bool,
    index: Option<Index>,
    /// The page that says so.
    pub source: String,
}

/// What the folder of a home is below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Base {
    ClaudeCode,
    Codex,
    Project,
    VsCode,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    path: String,
    bytes: Option<u64>,
    lines: Option<u64>,
}

impl SmallFiles {
    /// The folder, also when it is not there yet.
    ///
    /// # Errors
    /// [`Error::NotYet`] when the agent has not worked here, [`Error::Usage`] without a home folder.
    pub fn place(&self, project: &Path) -> Result<PathBuf> {
        let below = match self.base {
            Base::Project => project.to_path_buf(),
            Base::VsCode => vs_code::window(project)?,
            Base::ClaudeCode => {
                let memory = all::agent(Kind::ClaudeCode, project)?.memory;
                memory
                    .ok_or_else(|| Error::Usage("Claude Code has no memory folder here".into()))?
            }
            Base::Codex => {
                let codex = base("CODEX_HOME", ".codex")?;
                if !codex.is_dir() {
                    return Err(Error::NotYet {
                        what: format!("there is no Codex here: no folder {}", codex.display()),
                        todo: "work with Codex first, or set CODEX_HOME to its folder".into(),
                    });
                }
                codex
            }
        };
        Ok(if self.folder.is_empty() { below } else { below.join(&self.folder) })
    }

    /// Whether a link in a stranger's repository could choose the folder.
    pub fn is_of_project(&self) -> bool {
        self.base == Base::Project
    }

    /// The form for the interface.
    pub fn form(&self, project: &Path) -> Form {
        let project: String =
            project.to_string_lossy().chars().filter(|c| !c.is_control() && *c != '`').collect();
        Form {
            file: self.file.clone(),
            head: self.head.replace("{project}", &project),
            name: self.name,
            description: self.description,
            bytes: self.bytes,
            files: self.files,
            proven_workflows: self.proven_workflows,
            index: self.index.as_ref().map(|index| IndexForm {
                path: index.path.clone(),
                room: Room { bytes: index.bytes, lines: index.lines },
            }),
        }
    }
}

/// All homes of the table, by the name that people type.
pub fn all() -> &'static BTreeMap<String, SmallFiles> {
    static ALL: LazyLock<BTreeMap<String, SmallFiles>> = LazyLock::new(|| {
        // A test reads the table; without it the command offers none.
        toml::from_str(TABLE).unwrap_or_default()
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::homes::loads;

    #[test]
    fn each_home_of_the_table_has_a_name_of_its_own_a_form_and_a_source() {
        assert_eq!(all().len(), 4, "{:?}", toml::from_str::<BTreeMap<String, SmallFiles>>(TABLE));
        for (name, home) in all() {
            assert!(!loads::all().contains_key(name), "{name}");
            assert!(home.source.starts_with("https://"), "{name}");
            let form = home.form(Path::new("/srv/a`b"));
            assert!(form.file.contains("{name}") && form.file.ends_with(".md"), "{name}");
            assert!(form.head.is_empty() || form.head.ends_with('\n'), "{name}");
            assert!(!form.head.contains("{project}"), "{name}");
            assert!(!form.head.contains("a`b"), "{name}");
        }
    }

    #[test]
    fn a_folder_of_the_project_is_below_its_root() {
        let place = all()["skills"].place(Path::new("/srv/shop")).unwrap();
        assert_eq!(place, Path::new("/srv/shop/.claude/skills"));
    }
}
