//! The files that a pattern of the table stands for.

use std::fs;
use std::path::{Path, PathBuf};

/// How deep folders are looked into. Chosen by us: rules are sorted into few folders.
const DEPTH: usize = 8;

/// Most entries of folders that are looked at for one pattern. Chosen by us: a folder with more holds no rules.
const MOST: usize = 10_000;

/// A path that was left out, and why.
pub type Left = (PathBuf, String);

/// The files that are there, by path, and what was not looked into. A pattern is a path, or ends in `/*.md` (the files of
/// one folder whose names end so) or `/**/*.md` (also of the folders below it). `bounds`: out of it no link is followed.
pub fn listed(folder: &Path, pattern: &str, bounds: Option<&Path>) -> (Vec<PathBuf>, Vec<Left>) {
    let Some((base, end)) = pattern.split_once("/*") else {
        let file = folder.join(pattern);
        let is_there = fs::symlink_metadata(&file).is_ok();
        return (is_there.then_some(file).into_iter().collect(), Vec::new());
    };
    let base = folder.join(base);
    let (is_deep, end) = match end.strip_prefix("*/*") {
        Some(end) => (true, end),
        None => (false, end),
    };
    let mut found = Found { end, files: Vec::new(), left: Vec::new(), looked: 0 };
    if let Ok(real) = base.canonicalize() {
        if bounds.is_some_and(|bounds| !real.starts_with(bounds)) {
            found.left.push((
                base,
                "is a link that leads out of the project; it is not looked into here".into(),
            ));
        } else {
            found.look(&base, if is_deep { DEPTH } else { 0 });
        }
    }
    found.files.sort();
    (found.files, found.left)
}

struct Found<'a> {
    end: &'a str,
    files: Vec<PathBuf>,
    left: Vec<Left>,
    looked: usize,
}

impl Found<'_> {
    fn look(&mut self, folder: &Path, deeper: usize) {
        let items = match fs::read_dir(folder) {
            Ok(items) => items,
            Err(error) => {
                self.left.push((folder.to_path_buf(), format!("cannot be looked into: {error}")));
                return;
            }
        };
        for item in items.flatten() {
            self.looked += 1;
            if self.looked > MOST {
                self.left.push((
                    folder.to_path_buf(),
                    format!("has over {MOST} entries; the rest is not looked at"),
                ));
                return;
            }
            let (path, kind) = (item.path(), item.file_type().ok());
            let is_named = item.file_name().to_string_lossy().ends_with(self.end);
            match kind {
                Some(kind) if kind.is_dir() && deeper > 0 => self.look(&path, deeper - 1),
                Some(kind) if kind.is_dir() => {}
                // A link to a folder may lead in a circle.
                Some(kind) if kind.is_symlink() && path.is_dir() => {
                    let what = "is a link to a folder; it is not looked into here";
                    self.left.push((path, what.into()));
                }
                _ if is_named => self.files.push(path),
                _ => {}
            }
        }
    }
}

/// The memories below a folder (`*.md` and `*.mdc`, hidden ones excepted), by their paths in it, and the links there, which
/// are not followed.
pub fn memories(folder: &Path) -> (Vec<String>, Vec<String>) {
    let (mut all, mut links) = (Vec::new(), Vec::new());
    let mut open = vec![(folder.to_path_buf(), String::new(), DEPTH)];
    while let Some((at, prefix, deeper)) = open.pop() {
        for item in fs::read_dir(at).into_iter().flatten().flatten().take(MOST) {
            let Ok(name) = item.file_name().into_string() else { continue };
            let Ok(kind) = item.file_type() else { continue };
            if name.starts_with('.') {
                continue;
            }
            let is_named = [".md", ".mdc"].iter().any(|end| name.ends_with(end));
            if kind.is_dir() && deeper > 0 {
                open.push((item.path(), format!("{prefix}{name}/"), deeper - 1));
            } else if kind.is_file() && is_named {
                all.push(format!("{prefix}{name}"));
            } else if kind.is_symlink() {
                links.push(format!("{prefix}{name}"));
            }
        }
    }
    all.sort();
    links.sort();
    (all, links)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_a_file_a_folder_or_all_below_it() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for file in ["rules/b.md", "rules/a.md", "rules/deep/c.md", "rules/d.txt", "A.md"] {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), "").unwrap();
        }
        let names = |pattern| -> Vec<String> {
            let (files, left) = listed(&root, pattern, Some(&root));
            assert!(left.is_empty(), "{left:?}");
            let name = |file: &PathBuf| file.strip_prefix(&root).unwrap().to_str().unwrap().into();
            files.iter().map(name).collect()
        };
        assert_eq!(names("A.md"), ["A.md"]);
        assert_eq!(names("B.md"), [""; 0]);
        assert_eq!(names("rules/*.md"), ["rules/a.md", "rules/b.md"]);
        assert_eq!(names("rules/**/*.md"), ["rules/a.md", "rules/b.md", "rules/deep/c.md"]);
        assert_eq!(names("none/**/*.md"), [""; 0]);
        assert_eq!(memories(&root).0, ["A.md", "rules/a.md", "rules/b.md", "rules/deep/c.md"]);
    }
}
