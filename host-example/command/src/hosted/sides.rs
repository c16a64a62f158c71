//! The two sides of a mirror, here and there, and what of them cannot be compared.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_wasmtime::Contents;

use super::compare::{self, Comparison, Digests};
use super::memories::There;
use super::paths::{self, Spellings};
use crate::error::Result;
use crate::folder::{self, Folder, MAX_MEMORY_BYTES, Skipped, digest, is_taken};
use crate::ignored::{self, Ignored};
use crate::state::mirror::Mirror;

/// The two sides, by paths here.
#[derive(Debug, Default)]
pub struct Sides {
    /// What was last equal on both.
    pub seen: Digests,
    /// The digests here.
    pub here: Digests,
    /// The memories there.
    pub there: BTreeMap<String, There>,
    /// What cannot be brought here or there, with the reason, and the files here that are no
    /// memories but would be one by their names. Paths of what no file here can be are those there,
    /// which begin with `/`. Sorted.
    pub left_alone: Vec<Skipped>,
    /// The paths here of those.
    apart: BTreeSet<String>,
}

impl Sides {
    /// The sides of a mirror: the memories `contents` and the files `on_disk` of the folder, and
    /// the list of the store.
    ///
    /// # Errors
    /// Those of reading `.gitignore` files.
    pub fn new(
        folder: &Folder,
        (contents, on_disk): (&Contents, &folder::Contents),
        listed: BTreeMap<String, There>,
        mirror: Option<&Mirror>,
    ) -> Result<Self> {
        let texts = contents.memories.iter();
        let here: Digests =
            texts.map(|memory| (memory.path.clone(), digest(memory.text.as_bytes()))).collect();
        let seen = mirror.into_iter().flat_map(|mirror| &mirror.seen);
        let seen: Digests = seen.map(|(path, seen)| (path.clone(), seen.sha256.clone())).collect();
        let mut sides = Self { seen, here, ..Self::default() };
        let kept = sides.here.keys().map(String::as_str);
        let mut spellings = Spellings::new(paths::folds_case(folder.root()), kept);
        let ignored = Ignored::of(folder.root())?;
        for (path, why) in sides.in_the_way(&listed) {
            sides.leave(path, why);
        }
        for (path, there) in listed {
            let file = match paths::here(&path) {
                Ok(file) => file.to_owned(),
                Err(why) => {
                    sides.left_alone.push(Skipped { path, reason: why.into() });
                    continue;
                }
            };
            let is_new = !sides.here.contains_key(&file);
            let mut why = sides.unfit(&file, &there, on_disk);
            if is_new && why.is_none() {
                why = is_ignored(folder, &ignored, &file)?.then(|| ignored::REASON.to_owned());
            }
            if is_new && why.is_none() {
                let other = spellings.clash(&file);
                why = other.map(|other| {
                    format!("`{other}` is the same file here: their names differ in case only")
                });
            }
            match why {
                Some(why) => sides.leave(file, why),
                None => drop(sides.there.insert(file, there)),
            }
        }
        // What cannot be read here is not gone from here.
        let known: Vec<String> = sides.seen.keys().chain(sides.here.keys()).cloned().collect();
        for path in known {
            if let Some(why) = unread(&path, on_disk)
                && !sides.apart.contains(&path)
            {
                sides.leave(path, why);
            }
        }
        // New files that are no memories would never be sent, and nothing else says so. What git
        // ignores is meant to stay here.
        for skipped in &on_disk.skipped {
            if !skipped.reason.starts_with(ignored::REASON) && !sides.apart.contains(&skipped.path)
            {
                sides.leave(skipped.path.clone(), skipped.reason.clone());
            }
        }
        sides.left_alone.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(sides)
    }

    /// Memories that would be new there, where something there is in their way: a memory whose path
    /// is that of a folder above them, or one for which they would have to be a folder.
    fn in_the_way(&self, listed: &BTreeMap<String, There>) -> Vec<(String, String)> {
        let is_new = |path: &&String| {
            let there = paths::there(path);
            !listed.contains_key(&there) && self.seen.get(*path) != self.here.get(*path)
        };
        let why = |path: &String| {
            let above = folders_of(path).map(paths::there).find(|above| listed.contains_key(above));
            if let Some(above) = above {
                let why = format!("a folder of it has the name of the memory `{above}` there");
                return Some(format!("{why}: rename the folder here, or that memory there"));
            }
            let folder = format!("{}/", paths::there(path));
            let (inner, _) = listed.range(folder.clone()..).next()?;
            let is_folder = inner.starts_with(&folder);
            is_folder.then(|| {
                format!("the name of a folder there, which holds `{inner}`: rename this memory here, or those there")
            })
        };
        let new = self.here.keys().filter(is_new);
        new.filter_map(|path| Some((path.clone(), why(path)?))).collect()
    }

    fn leave(&mut self, path: String, reason: String) {
        self.left_alone.push(Skipped { path: path.clone(), reason });
        self.apart.insert(path);
    }

    /// Why a memory there cannot be a file here.
    fn unfit(&self, file: &str, there: &There, on_disk: &folder::Contents) -> Option<String> {
        if let Some(why) = unread(file, on_disk) {
            return Some(why);
        }
        if !self.here.contains_key(file) && is_taken(&on_disk.taken, file) {
            let inside = format!("{file}/");
            let mut inside = self.here.keys().filter(|path| path.starts_with(&inside));
            return Some(match inside.next() {
                Some(inner) => format!(
                    "a folder here, which holds `{inner}`: rename the folder here, or this memory there"
                ),
                None => {
                    "a file or folder here is in its way: rename that, or this memory there".into()
                }
            });
        }
        let above = folders_of(file)
            .find(|above| self.here.contains_key(*above) || self.there.contains_key(*above));
        if let Some(above) = above {
            return Some(format!(
                "the memory `{above}` has the name of a folder of it: rename one of the two there, or that memory here"
            ));
        }
        if there.bytes > MAX_MEMORY_BYTES {
            return Some(format!("{} bytes, at most {MAX_MEMORY_BYTES}", there.bytes));
        }
        None
    }

    /// Compares the sides.
    pub fn compare(&self) -> Comparison {
        let there = self.there.iter();
        let there: Digests =
            there.map(|(path, there)| (path.clone(), there.sha256.clone())).collect();
        let is_apart = |path: &str| self.apart.contains(path);
        compare::compare_all(&self.seen, &self.here, &there, is_apart)
    }
}

/// The folders above a file, outermost first.
fn folders_of(file: &str) -> impl Iterator<Item = &str> {
    file.match_indices('/').filter_map(|(at, _)| file.get(..at))
}

/// Why the file of a memory is there and cannot be read as one; `None` if it can, or is not there.
fn unread(file: &str, on_disk: &folder::Contents) -> Option<String> {
    let skipped = on_disk.skipped.iter();
    let mut found = skipped.filter(|skipped| {
        let rest = file.strip_prefix(&*skipped.path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    found.next().map(|skipped| skipped.reason.clone())
}

/// Whether git ignores a file that is not here yet: written, it would be no memory.
fn is_ignored(folder: &Folder, outermost: &Ignored, file: &str) -> Result<bool> {
    let mut ignored = outermost.clone();
    for above in folders_of(file) {
        let above = folder.file(above);
        if ignored.has(&above, true) {
            return Ok(true);
        }
        ignored = ignored.below(&above)?;
    }
    Ok(ignored.has(&folder.file(file), false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot;
    use crate::state::tests::fixture;

    fn there(text: &str) -> There {
        There {
            memory: "mem_1".into(),
            sha256: digest(text.as_bytes()),
            bytes: text.len() as u64,
            changed: None,
            content: Some(text.into()),
        }
    }

    #[test]
    fn what_cannot_be_compared_is_named_and_neither_pulled_nor_pushed() {
        let (_dir, folder, state) = fixture();
        let put = |path: &str, bytes: &[u8]| {
            std::fs::create_dir_all(folder.file(path).parent().unwrap()).unwrap();
            std::fs::write(folder.file(path), bytes).unwrap();
        };
        std::fs::create_dir(folder.root().join(".git")).unwrap();
        put(".gitignore", b"private/\n");
        put("a.md", b"a");
        put("latin.md", b"caf\xe9");
        put("dir.md/inner.md", b"i");
        put("learned", b"");
        let listed = BTreeMap::from(
            [
                "/a.md",
                "/b.md",
                "/latin.md",
                "/dir.md",
                "/learned/x.md",
                "/a.md/x.md",
                "/b.md/x.md",
                "/private/x.md",
                "/data.json",
                "/.hidden.md",
                "/big.md",
            ]
            .map(|path| (path.to_owned(), there(if path == "/big.md" { &BIG } else { "t" }))),
        );
        let (contents, on_disk) = snapshot::now(&state, &folder).unwrap();
        let seen = crate::state::mirror::Seen { memory: "mem_1".into(), sha256: "x".into() };
        let mirror = Mirror {
            url: String::new(),
            store: String::new(),
            seen: [("latin.md".to_owned(), seen)].into(),
        };
        let sides = Sides::new(&folder, (&contents, &on_disk), listed, Some(&mirror)).unwrap();
        let left: Vec<&str> = sides.left_alone.iter().map(|left| &*left.path).collect();
        assert_eq!(
            left,
            [
                "/.hidden.md",
                "/data.json",
                "a.md/x.md",
                "b.md/x.md",
                "big.md",
                "dir.md",
                "dir.md/inner.md",
                "latin.md",
                "learned/x.md",
                "private/x.md",
            ]
        );
        let comparison = sides.compare();
        assert_eq!(comparison.to_pull, ["b.md"]);
        assert!(comparison.to_push.is_empty());
        assert_eq!(comparison.conflicts, ["a.md"]);
    }

    static BIG: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| "x".repeat(102_401));
}
