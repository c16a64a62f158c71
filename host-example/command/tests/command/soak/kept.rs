//! A store that many rounds begin with: made once, and put back in place before each.
//!
//! In place, because a state belongs to one folder: to a copy of it, or one that was made anew, it would be foreign.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Store, tree};

/// A store, and what it held when it was kept.
pub struct Kept {
    /// The store.
    pub store: Store,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Kept {
    /// Keeps a store as it is.
    pub fn new(store: Store) -> Self {
        let files = store.tree("");
        Self { store, files }
    }

    /// Makes the store what it was. Folders that were there stay the same folders.
    pub fn restore(&self) {
        let root = self.store.path("");
        for (file, bytes) in tree(&root) {
            match self.files.get(&file) {
                Some(kept) if *kept == bytes => {}
                // A new file: what somebody has open, or has linked, is none of this round's.
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

    /// Removes the folders that hold nothing and were not there.
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
