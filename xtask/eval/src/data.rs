//! The folder of data. What is missing there is not measured, and a note says so.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::Value;

/// The parts of sessions, by session id: name of the part and its bytes.
pub type Sessions = BTreeMap<String, Vec<(String, Vec<u8>)>>;

/// An open folder.
pub struct Data {
    root: PathBuf,
    /// Whether protocols that generate their data generate little of it.
    pub quick: bool,
    /// Whether protocols also print single cases, to standard error.
    pub cases: bool,
    /// The seed of protocols that generate their data, if one was named.
    pub seed: Option<u64>,
    /// Whether a stand-in for a model answers calls, from the labels.
    pub model: bool,
}

impl Data {
    /// Opens `folder`, else `$DREAMING_DATA`, else `../shared/data`.
    pub fn open(folder: Option<PathBuf>) -> anyhow::Result<Self> {
        let root = folder
            .or_else(|| std::env::var_os("DREAMING_DATA").map(PathBuf::from))
            .unwrap_or_else(|| "../shared/data".into());
        if !root.is_dir() {
            bail!("{} is no folder: name one with --data", root.display());
        }
        Ok(Self { root, quick: false, cases: false, seed: None, model: false })
    }

    /// Prints one case, if cases are wanted.
    pub fn case(&self, text: impl FnOnce() -> String) {
        if self.cases {
            eprintln!("{}", text());
        }
    }

    /// A path below the folder, if it exists.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let path = self.root.join(name);
        path.exists().then_some(path)
    }

    /// The files below a folder of the data, sorted by path; empty when it does not exist.
    pub fn files(&self, folder: &str) -> anyhow::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        if let Some(folder) = self.path(folder) {
            walk(&folder, &mut found)?;
        }
        found.sort();
        Ok(found)
    }

    /// The folders at most two levels down that hold a file or folder of that name: paths below the
    /// data, sorted.
    pub fn folders_with(&self, file: &str) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        for top in folders_in(&self.root)? {
            let inner = folders_in(&self.root.join(&top))?;
            let inner = inner.into_iter().map(|name| format!("{top}/{name}"));
            found.extend(inner.chain([top.clone()]));
        }
        found.retain(|folder| self.path(&format!("{folder}/{file}")).is_some());
        found.sort();
        Ok(found)
    }

    /// The JSON of a file, if it exists.
    pub fn json(&self, name: &str) -> anyhow::Result<Option<Value>> {
        let Some(path) = self.path(name) else { return Ok(None) };
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        Ok(Some(serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?))
    }

    /// The objects of a file of JSON lines; `None` when it does not exist.
    pub fn lines(&self, name: &str) -> anyhow::Result<Option<Vec<Value>>> {
        let Some(path) = self.path(name) else { return Ok(None) };
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let parse = |line| serde_json::from_str(line).with_context(|| path.display().to_string());
        Ok(Some(lines.map(parse).collect::<anyhow::Result<_>>()?))
    }

    /// The transcripts of a folder, one session for each file: `.jsonl`, or packed as `.jsonl.gz`.
    pub fn sessions(&self, folder: &str) -> anyhow::Result<Sessions> {
        let mut found = Sessions::new();
        for path in self.files(folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let Some(id) = name.strip_suffix(".gz").unwrap_or(&name).strip_suffix(".jsonl") else {
                continue;
            };
            found.insert(id.into(), vec![("main".into(), unpacked(&path)?)]);
        }
        Ok(found)
    }
}

/// The bytes of a file, unpacked when its name ends in `.gz`.
pub fn unpacked(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    if path.extension().is_none_or(|e| e != "gz") {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)?;
    Ok(plain)
}

/// The names of the folders in a folder.
fn folders_in(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for file in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = file?.path();
        if path.is_dir() {
            walk(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}
