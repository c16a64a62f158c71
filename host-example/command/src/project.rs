//! Selects the sessions of one project, for an agent that keeps the sessions of all projects
//! together.

pub mod ran_in;

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::sessions::Found;

/// The folders of a project: the root and all work trees of its repository; outside a repository
/// just the folder. Everything below them belongs to the project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    folders: Vec<String>,
}

impl Project {
    /// The project of `folder`, an absolute path without links. `None` for the root of the file
    /// system, which stands for all projects.
    pub fn of(folder: &Path) -> Option<Self> {
        folder.parent()?;
        let root = folder.ancestors().find(|above| above.join(".git").exists());
        let mut folders = vec![root.unwrap_or(folder).to_path_buf()];
        if let Some(git) = root.and_then(git_folder) {
            folders.extend(git.parent().filter(|_| git.ends_with(".git")).map(Path::to_path_buf));
            folders.extend(work_trees(&git));
        }
        folders.sort();
        folders.dedup();
        let named = folders.iter().map(|folder| folder.to_string_lossy().into_owned());
        Some(Self { folders: named.collect() })
    }

    /// Its folders, in order.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }

    /// Removes sessions that ran elsewhere or do not say where they ran.
    pub fn leave_others(&self, found: &mut Found) {
        let before = found.sessions.len();
        let folders = &mut found.folders;
        found.sessions.retain(|session| {
            let folder = ran_in::folder(session);
            let is_here = folder.as_ref().is_some_and(|folder| self.has(folder));
            if let Some(other) = folder.filter(|_| !is_here) {
                *folders.entry(other).or_default() += 1;
            }
            is_here
        });
        found.elsewhere += (before - found.sessions.len()) as u64;
    }

    fn has(&self, folder: &Path) -> bool {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
        let holds = |above: &String| real.starts_with(above) || folder.starts_with(above);
        self.folders.iter().any(holds)
    }
}

/// The git folder that all work trees of a repository share: `.git` itself, or the one to which a
/// file `.git` leads (`gitdir: <main>/.git/worktrees/<name>`, see gitrepository-layout(5)).
fn git_folder(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let link = fs::read_to_string(&git).ok()?;
    let own = root.join(link.trim().strip_prefix("gitdir: ")?).canonicalize().ok()?;
    let shared = own.parent().filter(|folder| folder.ends_with("worktrees"));
    shared.and_then(Path::parent).map(Path::to_path_buf)
}

/// The linked work trees of a repository: each has a file `gitdir` that names its own `.git`.
fn work_trees(git: &Path) -> Vec<PathBuf> {
    let trees = fs::read_dir(git.join("worktrees")).into_iter().flatten().flatten();
    let folder = |tree: fs::DirEntry| {
        let named = fs::read_to_string(tree.path().join("gitdir")).ok()?;
        let folder = PathBuf::from(named.trim()).parent()?.to_path_buf();
        Some(folder.canonicalize().unwrap_or(folder))
    };
    trees.filter_map(folder).filter(|folder| folder.is_absolute()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(folders: &[&Path]) -> Option<Project> {
        let mut folders: Vec<String> =
            folders.iter().map(|folder| folder.to_str().unwrap().into()).collect();
        folders.sort();
        Some(Project { folders })
    }

    #[test]
    fn a_project_is_the_repository_with_all_its_work_trees() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let (shop, tree, plain) = (root.join("shop"), root.join("tree"), root.join("plain/deep"));
        let git = shop.join(".git/worktrees/tree");
        for folder in [&git, &shop.join("web"), &tree, &plain] {
            fs::create_dir_all(folder).unwrap();
        }
        assert_eq!(Project::of(&shop.join("web")), of(&[&shop]));
        fs::write(git.join("gitdir"), format!("{}\n", tree.join(".git").display())).unwrap();
        fs::write(tree.join(".git"), format!("gitdir: {}\n", git.display())).unwrap();
        for start in [&shop, &shop.join("web"), &tree] {
            assert_eq!(Project::of(start), of(&[&shop, &tree]), "{start:?}");
        }
        assert_eq!(Project::of(&plain), of(&[&plain]));
        assert_eq!(Project::of(Path::new("/")), None);
        let project = Project::of(&shop).unwrap();
        assert!(project.has(&tree.join("src")) && project.has(&shop.join("gone")));
        assert!(!project.has(&root.join("shop2")) && !project.has(&plain) && !project.has(&root));
    }
}
