//! Memories that no agent sees unless it searches: nothing that it loads names them or says what they say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::listed::memories;
use super::seen::Seen;
use super::start::Start;
use super::{statements, text};
use crate::commands::left_out;
use crate::homes::instructions::MARK;

/// A memory folder, and what of it is out of sight.
#[derive(Clone, Debug)]
pub struct Orphans {
    /// The folder, for people.
    pub shown: String,
    /// The folder.
    pub folder: PathBuf,
    /// Its index, if one is loaded.
    pub index: Option<String>,
    /// How many memories the folder has, the index excepted.
    pub memories: usize,
    /// Those that nothing names.
    pub orphans: Vec<String>,
    /// Links in it, which are not looked at.
    pub links: Vec<String>,
    /// Whether all of it is copies that `render` wrote.
    pub is_rendered: bool,
    /// Those that only a part of the index names which is not loaded.
    pub beyond: Vec<String>,
}

/// Looks at a memory folder that is there. `is_own`: the agent keeps it itself, so that it knows the folder.
pub fn of(folder: &Path, is_own: bool, files: &[Seen], start: &Start) -> Option<Orphans> {
    if !folder.is_dir() {
        return None;
    }
    let real = folder.canonicalize().ok()?;
    let is_here = |file: &&Seen| {
        file.path.parent().and_then(|at| at.canonicalize().ok()) == Some(real.clone())
    };
    let index = files.iter().filter(|file| file.is_index && file.load.is_now()).find(is_here);
    let loaded: Vec<&Seen> = files.iter().filter(|file| file.load.is_now()).collect();
    let said: BTreeSet<String> = loaded
        .iter()
        .flat_map(|file| statements::of(&file.text))
        .map(|statement| statement.folded())
        .collect();
    let is_seen = |path: &String| {
        files.iter().any(|file| fs::canonicalize(&file.path).ok() == Some(real.join(path)))
    };
    let (all, links) = memories(&real);
    let is_index = |path: &&String| {
        index.is_some_and(|index| fs::canonicalize(&index.path).ok() == Some(real.join(path)))
    };
    let known = all.iter().filter(|path| !is_index(path)).count();
    let has_mark =
        |path: &String| text::read(&real.join(path)).is_ok_and(|read| read.text.contains(MARK));
    let is_rendered = !all.is_empty() && all.iter().all(has_mark);
    let all: Vec<String> = all.into_iter().filter(|path| !is_seen(path)).collect();
    // Who is told of the folder finds all of it; who is told of a file in it finds that file.
    let name = format!("{}/", folder.file_name().unwrap_or(real.as_os_str()).to_string_lossy());
    let ends = |text: &str| !text.starts_with(|c: char| c.is_alphanumeric() || "._-".contains(c));
    let tells =
        |text: &str| text.match_indices(&name).any(|(at, _)| ends(&text[at + name.len()..]));
    let is_told = !is_own && loaded.iter().any(|file| tells(&file.text));
    let is_named =
        |path: &String| is_told || loaded.iter().any(|file| left_out::names(&file.text, path));
    let is_said = |path: &String| {
        let read = text::read(&real.join(path)).ok();
        let own = read.map(|read| statements::of(&read.text)).unwrap_or_default();
        !own.is_empty() && own.iter().all(|statement| said.contains(&statement.folded()))
    };
    let left = all.iter().filter(|path| !is_named(path) && !is_said(path)).cloned();
    let cut = index.and_then(|index| index.cut.as_ref());
    let (beyond, orphans) =
        left.partition(|path: &String| cut.is_some_and(|cut| left_out::names(&cut.text, path)));
    Some(Orphans {
        shown: start.shown(folder),
        folder: folder.to_path_buf(),
        index: index.map(|index| index.shown.clone()),
        memories: known,
        links,
        is_rendered,
        orphans,
        beyond,
    })
}
