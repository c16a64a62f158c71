//! Paths of memories there and here: `/notes/a.md` is the file `notes/a.md`. Which of them the
//! folder can hold, and which of its own the service takes.

use std::collections::BTreeMap;
use std::path::Path;

use dreaming_wasmtime::memory_path;

/// Longest name of a file in bytes, on the file systems of Linux and macOS.
const MAX_NAME: usize = 255;

/// Longest path there in bytes. Source of this and of [`unfit`]: `dreams-api.md`, section 4.1.
const MAX_PATH: usize = 1024;

/// The file of a memory, or why the folder cannot hold it.
///
/// # Errors
/// The reason, for a person.
pub fn here(path: &str) -> Result<&str, &'static str> {
    let file = path.strip_prefix('/').ok_or("its path does not begin with `/`")?;
    if let Some(why) = memory_path::refused(file) {
        return Err(why);
    }
    if file.split('/').any(|name| name.len() > MAX_NAME) {
        return Err("a name in its path is longer than a file may have");
    }
    if cfg!(windows) && file.split('/').any(is_odd_on_windows) {
        return Err("a name in its path is none on Windows");
    }
    Ok(file)
}

/// Whether Windows takes no file of this name, or another one in its place.
fn is_odd_on_windows(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let is_device = matches!(&*stem, "con" | "prn" | "aux" | "nul")
        || stem.len() == 4
            && (stem.starts_with("com") || stem.starts_with("lpt"))
            && stem.ends_with(|c: char| c.is_ascii_digit());
    is_device || name.contains(['<', '>', ':', '"', '|', '?', '*']) || name.ends_with(['.', ' '])
}

/// The path there of a file.
pub fn there(file: &str) -> String {
    format!("/{file}")
}

/// Why the service would refuse the path of a file; `None` if it takes it. What a memory of this
/// command may not have anyway is not looked at again.
pub fn unfit(file: &str) -> Option<&'static str> {
    if there(file).len() > MAX_PATH {
        Some("its path is longer than 1,024 bytes")
    } else if file.chars().any(is_format) {
        Some("an invisible character in its path")
    } else {
        None
    }
}

/// Whether a character is one of the kind "format" (Cf) of Unicode 16.
fn is_format(c: char) -> bool {
    matches!(
        u32::from(c),
        0xAD | 0x600..=0x605 | 0x61C | 0x6DD | 0x70F | 0x890 | 0x891 | 0x8E2 | 0x180E
        | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0x2066..=0x206F | 0xFEFF
        | 0xFFF9..=0xFFFB | 0x110BD | 0x110CD | 0x13430..=0x1343F | 0x1BCA0..=0x1BCA3
        | 0x1D173..=0x1D17A | 0xE0001 | 0xE0020..=0xE007F
    )
}

/// Names of files and folders that differ only in case from others, on a file system for which they
/// are the same.
#[derive(Debug)]
pub struct Spellings {
    /// The spelling of each file and folder, by its spelling in small letters; `None` where case
    /// tells files apart.
    known: Option<BTreeMap<String, String>>,
}

impl Spellings {
    /// Those of a folder with these files.
    pub fn new<'a>(folds_case: bool, files: impl Iterator<Item = &'a str>) -> Self {
        let mut spellings = Self { known: folds_case.then(BTreeMap::new) };
        for file in files {
            // Files that are there cannot clash.
            let _ = spellings.clash(file);
        }
        spellings
    }

    /// What is spelt otherwise than in `file` and would be the same file or folder; else `file` is
    /// known from now on.
    pub fn clash(&mut self, file: &str) -> Option<String> {
        let known = self.known.as_mut()?;
        let ends = file.match_indices('/').map(|(at, _)| at).chain([file.len()]);
        let names: Vec<&str> = ends.filter_map(|end| file.get(..end)).collect();
        let other = names.iter().find_map(|name| {
            known.get(&name.to_lowercase()).filter(|spelt| spelt != name).cloned()
        });
        if other.is_none() {
            known.extend(names.iter().map(|name| (name.to_lowercase(), (*name).to_owned())));
        }
        other
    }
}

/// Whether the file system of a folder takes names that differ in case for the same. Looks up the
/// folder itself under its name in other case, and writes nothing.
pub fn folds_case(root: &Path) -> bool {
    let guess = cfg!(any(windows, target_os = "macos"));
    let Some(name) = root.file_name().and_then(|name| name.to_str()) else { return guess };
    let other: String =
        name.chars()
            .map(|c| {
                if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
            })
            .collect();
    if other == name {
        return guess;
    }
    let other = root.with_file_name(other);
    // The same folder under both names; another one may have the other name.
    other.canonicalize().is_ok_and(|real| real == root || is_one(&other, root))
}

#[cfg(unix)]
fn is_one(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |path: &Path| path.metadata().ok().map(|meta| (meta.dev(), meta.ino()));
    id(a).is_some() && id(a) == id(b)
}

#[cfg(not(unix))]
fn is_one(_: &Path, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_there_is_a_file_here_or_says_why_not() {
        for path in ["/a.md", "/a/b.mdc", "/日本/メモ.md", "/a b.md"] {
            assert_eq!(here(path), Ok(&path[1..]));
            assert_eq!(there(&path[1..]), path);
        }
        let long = format!("/{}.md", "x".repeat(253));
        for path in [
            "a.md",
            "/",
            "//a.md",
            "/../a.md",
            "/a/../../b.md",
            "/.git/a.md",
            "/.a.md",
            "/a.txt",
            "/a",
            "/a\\b.md",
            "/e\u{301}.md",
            "/a\u{200b}.md",
            "/a\n.md",
            &long,
        ] {
            assert!(here(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn a_path_that_the_service_refuses_is_known_before() {
        assert_eq!(unfit("a/ä.md"), None);
        assert!(unfit(&format!("{}.md", "x".repeat(1021))).is_some());
        for c in ['\u{ad}', '\u{180e}', '\u{fff9}', '\u{e0041}'] {
            assert!(unfit(&format!("a{c}.md")).is_some(), "{c:?}");
        }
    }

    #[test]
    fn names_that_differ_in_case_clash_where_case_does_not_count() {
        let mut spellings = Spellings::new(true, ["Notes/a.md"].into_iter());
        assert_eq!(spellings.clash("Notes/a.md"), None);
        assert_eq!(spellings.clash("notes/b.md").as_deref(), Some("Notes"));
        assert_eq!(spellings.clash("Notes/A.md").as_deref(), Some("Notes/a.md"));
        assert_eq!(spellings.clash("Ä.md"), None);
        assert_eq!(spellings.clash("ä.md").as_deref(), Some("Ä.md"));
        let mut told_apart = Spellings::new(false, ["A.md"].into_iter());
        assert_eq!(told_apart.clash("a.md"), None);
    }

    #[test]
    fn a_folder_beside_of_the_other_case_is_another() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for name in ["memory", "MEMORY"] {
            // Fails where the two are one.
            let _ = std::fs::create_dir(root.join(name));
        }
        let is_one = std::fs::read_dir(&root).unwrap().count() == 1;
        assert_eq!(folds_case(&root.join("memory")), is_one);
    }
}
