//! Where an agent starts, and what is around that folder.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::homes;
use crate::homes::loads::{Base, Loaded};
use crate::homes::own;

/// The folder in which an agent starts.
#[derive(Clone, Debug)]
pub struct Start {
    /// The folder, without links.
    pub folder: PathBuf,
    /// The root of the repository around it; outside a repository the folder itself.
    pub root: PathBuf,
    /// Whether there is a repository.
    pub is_repository: bool,
    /// The home of the person.
    pub home: Option<PathBuf>,
}

impl Start {
    /// An agent that starts in `folder`.
    ///
    /// # Errors
    /// [`Error::Usage`] when there is no such folder.
    pub fn of(folder: &Path) -> Result<Self> {
        let real = folder.canonicalize().map_err(Error::io("open", folder))?;
        if !real.is_dir() {
            return Err(Error::Usage(format!(
                "{} is no folder: name the one in which the agent starts",
                folder.display()
            )));
        }
        let root = real.ancestors().find(|above| above.join(".git").exists());
        Ok(Self {
            is_repository: root.is_some(),
            root: root.unwrap_or(&real).to_path_buf(),
            folder: real.clone(),
            home: homes::home(),
        })
    }

    /// A path for people: from the root of the project, else from the home of the person.
    pub fn shown(&self, path: &Path) -> String {
        if let Ok(below) = path.strip_prefix(&self.root) {
            return below.to_string_lossy().into_owned();
        }
        let homes =
            self.home.iter().cloned().chain(self.home.iter().flat_map(|home| home.canonicalize()));
        for home in homes {
            if let Ok(below) = path.strip_prefix(&home) {
                return format!("~/{}", below.to_string_lossy());
            }
        }
        path.to_string_lossy().into_owned()
    }

    /// The folders that a place means, in order; none for [`Base::Machine`], whose paths are whole.
    pub fn folders(&self, base: Base, agent: &Loaded) -> Vec<PathBuf> {
        let down = |above: Vec<&Path>| above.into_iter().rev().map(Path::to_path_buf).collect();
        let within = || self.folder.ancestors().take_while(|at| at.starts_with(&self.root));
        match base {
            Base::Machine => vec![PathBuf::new()],
            Base::Home => self.home.iter().cloned().collect(),
            Base::User => own::folder(agent).into_iter().collect(),
            Base::Above => down(self.folder.ancestors().collect()),
            Base::Project => down(within().collect()),
            Base::Up => within().map(Path::to_path_buf).collect(),
            Base::Root => vec![self.root.clone()],
            Base::Ends if self.root == self.folder => vec![self.root.clone()],
            Base::Ends => vec![self.root.clone(), self.folder.clone()],
            Base::Memory => {
                let own = own::folder(agent);
                own.and_then(|own| own::memory(agent, &own, &self.folder)).into_iter().collect()
            }
        }
    }

    /// The folder out of which a link must not lead, for a file in `folder` of such a place: what lies in a project may be
    /// a stranger's. `None` for folders of the person.
    pub fn bounds(&self, base: Base, folder: &Path) -> Option<PathBuf> {
        match base {
            Base::Machine | Base::Home | Base::User | Base::Memory => None,
            _ if folder.starts_with(&self.root) => Some(self.root.clone()),
            _ => Some(folder.to_path_buf()),
        }
    }
}
