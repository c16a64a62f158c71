//! What one agent loads: goes through the places of the table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::imports;
use super::listed::listed;
use super::seen::{Load, Problem, Seen, is_later, limits};
use super::start::Start;
use super::text::{self, Limit, Size, Text};
use crate::homes::loads::{First, Imports, Loaded, Outside, Place};
use crate::homes::own;

/// Most files of an agent that are looked at. Chosen by us: more than people write, and the end of files that bring in others.
const MOST: usize = 2000;

/// Most files in a row that bring in each other, where no page says. Chosen by us.
const HOPS: usize = 16;

/// What an agent loads.
#[derive(Debug)]
pub struct Look<'a> {
    /// The agent.
    pub agent: &'static Loaded,
    start: &'a Start,
    /// The files, in the order in which they are loaded.
    pub files: Vec<Seen>,
    /// The files that it looked for.
    pub looked: Vec<String>,
    /// What a person should look at.
    pub problems: Vec<Problem>,
    /// Real paths of the files, with the names under which they came.
    known: BTreeMap<PathBuf, String>,
}

/// A file that is to be read, and what holds for it.
struct Wanted<'a> {
    path: &'a Path,
    place: &'static Place,
    bounds: Option<PathBuf>,
    imported_by: Option<String>,
    limit: Limit,
}

/// Goes through all places of an agent.
pub fn look<'a>(agent: &'static Loaded, start: &'a Start) -> Look<'a> {
    let mut look = Look {
        agent,
        start,
        files: Vec::new(),
        looked: Vec::new(),
        problems: Vec::new(),
        known: BTreeMap::new(),
    };
    let groups = look.groups();
    for places in agent.places.chunk_by(|one, other| one.base == other.base) {
        let Some(base) = places.first().map(|place| place.base) else { continue };
        // Bytes that the files of each place have taken together.
        let mut taken = vec![0; places.len()];
        for folder in start.folders(base, agent) {
            for (place, taken) in places.iter().zip(&mut taken) {
                let instead = place.unless.as_deref().and_then(|group| groups.get(group));
                look.place(place, &folder, instead, taken);
            }
        }
    }
    for setting in &agent.settings {
        for folder in start.folders(setting.base, agent) {
            look.setting(&folder.join(&setting.file), &setting.words);
        }
    }
    look
}

impl Look<'_> {
    /// The groups of places of which a file is there, each with that file.
    fn groups(&self) -> BTreeMap<&'static str, String> {
        let mut groups = BTreeMap::new();
        let own = own::folder(self.agent);
        for place in &self.agent.places {
            let Some(group) = place.group.as_deref() else { continue };
            for folder in self.start.folders(place.base, self.agent) {
                // A home above the project holds the person's own file, which is none of the project.
                let is_of_project = self.start.bounds(place.base, &folder).is_some();
                let is_own = |file: &PathBuf| {
                    is_of_project && own.as_ref().is_some_and(|own| file.starts_with(own))
                };
                let files = place.files().iter().map(|file| folder.join(file));
                let files = files.filter(|file| !is_own(file));
                if let Some(file) = files.into_iter().find(|file| file.is_file()) {
                    groups.entry(group).or_insert_with(|| self.start.shown(&file));
                }
            }
        }
        groups
    }

    /// The files of a place in one folder. `instead` is loaded in their place.
    fn place(
        &mut self,
        place: &'static Place,
        folder: &Path,
        instead: Option<&String>,
        taken: &mut u64,
    ) {
        let bounds = self.start.bounds(place.base, folder);
        for pattern in place.files() {
            self.looked.push(self.start.shown(&folder.join(pattern)));
            let (files, left) = listed(folder, pattern, bounds.as_deref());
            for (path, what) in left {
                self.problem("link", self.start.shown(&path), what);
            }
            let mut is_first = false;
            for path in files {
                let mut limit = Limit::of(place);
                if place.together {
                    limit.bytes = limit.bytes.map(|most| most.saturating_sub(*taken));
                }
                let bounds = bounds.clone();
                let before = self.files.len();
                let wanted = Wanted { path: &path, place, bounds, imported_by: None, limit };
                self.add(wanted, instead, &mut Vec::new());
                let is_blank =
                    |file: &Seen| file.load == Load::Whole && file.text.trim().is_empty();
                let is_blank = self.files.get(before).is_some_and(is_blank);
                *taken += self.files[before..].iter().map(|file| file.loaded.bytes).sum::<u64>();
                is_first = place.first == Some(First::File)
                    || place.first == Some(First::Text) && !is_blank;
                if place.first.is_some() && is_blank {
                    // Who takes only one file of a folder leaves out one that says nothing.
                    self.files.truncate(before);
                }
            }
            if is_first {
                return;
            }
        }
    }

    /// Reads a file and what it brings in. `chain` are the files that brought it in.
    fn add(&mut self, wanted: Wanted<'_>, instead: Option<&String>, chain: &mut Vec<PathBuf>) {
        let Wanted { path, place, bounds, imported_by, limit } = wanted;
        // The home of the person may lie above the project too.
        if self.files.iter().any(|file| file.path == path) {
            return;
        }
        if self.files.len() >= MOST {
            let what = format!("and what follows are not looked at: there are over {MOST} files");
            return self.problem("many", self.start.shown(path), what);
        }
        let mut seen = self.nothing_of(path, place, imported_by);
        let real = match real(path, bounds.as_deref()) {
            Ok(real) => real,
            Err(why) => {
                let what = format!("{why}; it is not read here");
                self.problem("link", seen.shown.clone(), what);
                seen.why = Some(why);
                self.files.push(seen);
                return;
            }
        };
        if let Some(known) = self.known.get(&real) {
            if is_link(path) {
                seen.why = Some(format!("the same file as {known}"));
                self.files.push(seen);
            }
            return;
        }
        // The folder may be the link, such as a memory folder that lies elsewhere.
        if is_link(path) || path.parent().is_some_and(is_link) {
            seen.link_to = Some(self.start.shown(&real));
        }
        let file = match text::read(&real) {
            Ok(file) => file,
            Err(why) => {
                self.problem("unreadable", seen.shown.clone(), why.clone());
                seen.why = Some(why);
                self.files.push(seen);
                return;
            }
        };
        seen.size = file.size;
        self.judge(&mut seen, &file, place, limit, instead);
        let is_now = seen.load.is_now();
        if instead.is_none() {
            self.known.insert(real.clone(), seen.shown.clone());
        }
        let (text, shown) = (seen.text.clone(), seen.shown.clone());
        self.files.push(seen);
        if let Some(imports) = self.agent.imports.filter(|_| is_now && place.imports) {
            chain.push(real);
            self.bring_in(&text, &shown, (imports, place, bounds), chain);
            chain.pop();
        }
    }

    /// Decides how much of a file is loaded.
    fn judge(
        &mut self,
        seen: &mut Seen,
        file: &Text,
        place: &'static Place,
        limit: Limit,
        instead: Option<&String>,
    ) {
        if !file.is_utf8 {
            let what = "is not UTF-8: some agents leave it out, others read it with gaps".into();
            self.problem("encoding", seen.shown.clone(), what);
        }
        if !file.is_whole {
            let what = "is too large to look into: it is counted, and its end is not compared with other files";
            self.problem("long", seen.shown.clone(), what.into());
        }
        if let Some(instead) = instead {
            seen.why = Some(format!("{} reads {instead} in its place", self.agent.title));
            seen.then = place.then.as_deref();
            return;
        }
        if let Some(most) = place.skips.filter(|most| file.size.bytes > *most) {
            seen.why = Some(format!("over {most} bytes, and then nothing of it is loaded"));
            return;
        }
        if is_later(&file.text, place) {
            seen.load = Load::Later;
            seen.why = place.says.clone();
            return;
        }
        let (text, loaded, cut) = text::split(file, limit);
        seen.load = match (&cut, loaded.bytes) {
            (None, _) => Load::Whole,
            (Some(_), 0) => Load::Not,
            (Some(_), _) => Load::Part,
        };
        seen.why = cut.as_ref().map(|_| limits(place));
        seen.then = place.then.as_deref().filter(|_| cut.is_some());
        (seen.text, seen.loaded, seen.cut) = (text, loaded, cut);
        if let Some(advised) = place.advised.filter(|advised| file.size.lines > *advised) {
            let what =
                format!("has {} lines; its makers advise {advised} at most", file.size.lines);
            self.problem("long", seen.shown.clone(), what);
        }
    }

    /// Reads the files that a text brings in.
    fn bring_in(
        &mut self,
        text: &str,
        shown: &str,
        (imports, place, bounds): (Imports, &'static Place, Option<PathBuf>),
        chain: &mut Vec<PathBuf>,
    ) {
        let Some(from) = chain.last().and_then(|file| file.parent()).map(Path::to_path_buf) else {
            return;
        };
        let title = &self.agent.title;
        for (line, target) in imports::of(text) {
            let place_of = format!("{shown}:{line}");
            let is_whole = target.starts_with(['/', '~']);
            let path = match target.strip_prefix("~/") {
                Some(below) => self.start.home.as_ref().map(|home| home.join(below)),
                None => Some(from.join(target)),
            };
            if is_whole && !imports.absolute {
                if imports::is_meant(target) {
                    let what = format!(
                        "names {target}, which {title} does not load: only paths from the file itself"
                    );
                    self.problem("import", place_of, what);
                }
                continue;
            }
            let Some(path) = path.filter(|path| path.is_file()) else {
                if imports::is_meant(target) {
                    let what = format!("names {target}, which is no file");
                    self.problem("import", place_of, what);
                }
                continue;
            };
            let within = match (&bounds, imports.outside) {
                (Some(bounds), _) => Some(bounds.clone()),
                (None, Outside::Refused) => {
                    chain.first().and_then(|file| file.parent()).map(Path::to_path_buf)
                }
                (None, Outside::Asked) => None,
            };
            let real = match real(&path, within.as_deref()) {
                Ok(real) => real,
                Err(_) => {
                    let then = match imports.outside {
                        Outside::Asked => {
                            format!("{title} asks you before it loads it, and it is not read here")
                        }
                        Outside::Refused => format!("{title} does not load it"),
                    };
                    let what = format!("names {target}, which lies outside: {then}");
                    self.problem("import", place_of, what);
                    continue;
                }
            };
            if chain.contains(&real) {
                let what = format!("names {target}, which brought this file in: it is loaded once");
                self.problem("import", place_of, what);
                continue;
            }
            if self.known.contains_key(&real) {
                continue;
            }
            let most = imports.hops.unwrap_or(HOPS);
            if chain.len() > most {
                let what = format!(
                    "names {target}, which is not loaded: {title} follows {most} files in a row"
                );
                self.problem("import", place_of, what);
                continue;
            }
            let limit = Limit::default();
            let imported_by = Some(shown.to_owned());
            self.add(
                Wanted { path: &real, place, bounds: within, imported_by, limit },
                None,
                chain,
            );
        }
    }

    /// Says that settings are there which change what is loaded.
    fn setting(&mut self, file: &Path, words: &[String]) {
        let Ok(read) = text::read(file) else { return };
        let there: Vec<String> = words
            .iter()
            .filter(|word| read.text.contains(word.as_str()))
            .map(|word| format!("`{word}`"))
            .collect();
        if !there.is_empty() {
            let what = format!(
                "says {}, which changes what is loaded and is not followed here",
                there.join(", ")
            );
            self.problem("settings", self.start.shown(file), what);
        }
    }

    fn problem(&mut self, kind: &'static str, file: String, what: String) {
        let problem = Problem { kind, file, what };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn nothing_of(&self, path: &Path, place: &'static Place, imported_by: Option<String>) -> Seen {
        Seen {
            path: path.to_path_buf(),
            shown: self.start.shown(path),
            load: Load::Not,
            why: None,
            is_index: place.index && imported_by.is_none(),
            imported_by,
            link_to: None,
            size: Size::default(),
            loaded: Size::default(),
            cut: None,
            text: String::new(),
            then: None,
            source: &place.source,
        }
    }
}

fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|meta| meta.is_symlink())
}

/// A path without links, if it does not lead out of `bounds`.
fn real(path: &Path, bounds: Option<&Path>) -> Result<PathBuf, String> {
    let real = path.canonicalize().map_err(|_| "is a link that leads nowhere".to_owned())?;
    match bounds.filter(|bounds| !real.starts_with(bounds)) {
        Some(_) => Err(format!("is a link that leads out of the project, to {}", real.display())),
        None => Ok(real),
    }
}
