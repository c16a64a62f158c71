//! A store that many rounds begin with: it is made once, and restored in its place before each
//! round.
//!
//! It is restored in its place because a state belongs to one folder: the command would refuse it
//! in a copy of that folder or in a new one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Store, tree};

/// A store and the files that it had when this was made.
pub struct Kept {
    /// The store.
    pub store: Store,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Kept {
    /// Remembers the present files of `store`.
    pub fn new(store: Store) -> Self {
        let files = store.tree("");
        Self { store, files }
    }

    /// Gives the store its remembered files again. Existing folders are not made anew.
    pub fn restore(&self) {
        let root = self.store.path("");
        for (file, bytes) in tree(&root) {
            match self.files.get(&file) {
                Some(kept) if *kept == bytes => {}
                // Removed and made anew, because another process may still have the file open, or a
                // link may lead to it.
                Some(_) | None => fs::remove_file(&file).unwrap(),
            }
        }
        self.remove_folders(&root);
        for (file, bytes) in &self.files {
            if !file.exists() {
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, bytes).unwrap();
            }
        }
    }

    /// Removes folders in which no remembered file lies.
    fn remove_folders(&self, folder: &Path) {
        for item in fs::read_dir(folder).unwrap() {
            let item = item.unwrap();
            if item.file_type().unwrap().is_dir() {
                let path = item.path();
                self.remove_folders(&path);
                if !self.files.keys().any(|file| file.starts_with(&path)) {
                    let _ = fs::remove_dir(&path);
                }
            }
        }
    }
}
