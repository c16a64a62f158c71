//! A person who saves memories while a command runs, and remembers what.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use fastrand::Rng;

use super::Counts;
use super::events::{Events, What};

/// When the person saves.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// Again and again, every so many milliseconds, so many times.
    Every(u64, u64),
    /// Once, when something has happened in the folder so many times.
    At(What, u64),
}

/// How an editor saves.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// A new file, renamed over the old one.
    Rename,
    /// The old file, cut and written.
    Write,
}

/// A person with a folder of memories.
pub struct Person<'a> {
    folder: PathBuf,
    /// Names of the memories that the person saves.
    files: &'a [&'a str],
    random: Rng,
    /// The newest text that was saved, by file, with the line in it that no other text has.
    newest: BTreeMap<&'a str, (String, String)>,
    /// The file that was saved last.
    last: Option<&'a str>,
    /// How many texts were saved.
    pub saves: u64,
    /// Whether something was erased from the memories, at the person's wish.
    pub erased: bool,
}

impl<'a> Person<'a> {
    /// A person who saves `files` of `folder`.
    pub fn new(folder: PathBuf, files: &'a [&'a str], seed: u64) -> Self {
        let random = Rng::with_seed(seed);
        Self { folder, files, random, newest: BTreeMap::new(), last: None, saves: 0, erased: false }
    }

    /// Draws a moment; `things` is about how many things happen in the folder while the command runs, `reads` how often
    /// it is read.
    pub fn moment(&mut self, things: u64, reads: u64) -> Moment {
        match self.random.u8(..4) {
            // As the shortest and the longest time between two saves of an eager person.
            0 => Moment::Every(self.random.u64(5..=200), self.random.u64(1..12)),
            1 => Moment::At(What::Any, self.random.u64(1..=things)),
            _ => Moment::At(What::Read, self.random.u64(1..=reads)),
        }
    }

    /// Saves one of the files, mostly the one that was saved last: people work on one thing.
    pub fn save(&mut self) {
        let file = match self.last {
            Some(last) if self.random.u8(..4) > 0 => last,
            _ => *self.random.choice(self.files).unwrap(),
        };
        self.last = Some(file);
        self.save_as(file);
    }

    fn save_as(&mut self, file: &'a str) {
        self.saves += 1;
        let line = format!("- Saved as number {} by hand.", self.saves);
        let path = self.folder.join(file);
        // What is on the screen: what was saved last, or what is there now.
        let shown = match self.newest.get(file) {
            Some((text, _)) if self.random.bool() => text.clone(),
            _ => fs::read_to_string(&path).unwrap_or_default(),
        };
        let text = if self.random.u8(..4) == 0 {
            format!("# Anew\n\n{line}\n")
        } else {
            let end = if shown.is_empty() || shown.ends_with('\n') { "" } else { "\n" };
            format!("{shown}{end}{line}\n")
        };
        let way = if self.random.bool() { Way::Rename } else { Way::Write };
        if write(&path, &text, way) {
            self.newest.insert(file, (text, line));
        }
    }

    /// Runs `work` while the person saves. Returns what it returns, and how often what was
    /// waited for happened.
    pub fn while_saving<T>(&mut self, moment: Moment, work: impl FnOnce() -> T) -> (T, u64) {
        let events = Events::of(&self.folder);
        let events = &events;
        let end = AtomicBool::new(false);
        thread::scope(|scope| {
            let saver = scope.spawn(|| match moment {
                Moment::At(what, number) => {
                    let Some(events) = events else { return 0 };
                    let seen = events.wait(what, number);
                    if seen == number {
                        self.save();
                    }
                    seen
                }
                Moment::Every(pause, times) => {
                    for _ in 0..times {
                        thread::park_timeout(Duration::from_millis(pause));
                        if end.load(Ordering::Acquire) {
                            break;
                        }
                        self.save();
                    }
                    0
                }
            });
            let done = work();
            end.store(true, Ordering::Release);
            if let Some(events) = events {
                events.end();
            }
            saver.thread().unpark();
            (done, saver.join().unwrap())
        })
    }

    /// Counts as lost what is neither in the folder nor in `history` (the texts of all revisions).
    ///
    /// Once something was erased, words may have been cut out of a text; its own line is left then.
    pub fn look(&self, history: &BTreeSet<String>, counts: &mut Counts) {
        for (file, (text, line)) in &self.newest {
            let here = fs::read_to_string(self.folder.join(file)).unwrap_or_default();
            let is_kept = here == *text || history.contains(text);
            let says = |text: &String| text.contains(line);
            let is_cut = self.erased && (says(&here) || history.iter().any(says));
            if !is_kept && !is_cut {
                counts.fault("edits lost", format!("{file} is without `{line}`"));
            }
        }
    }
}

/// Writes a file as an editor does. Returns whether it is in the folder: one that was taken away while it was open
/// is lost to any program that replaces files, which `swap.rs` says.
fn write(path: &Path, text: &str, way: Way) -> bool {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    match way {
        Way::Rename => {
            // Hidden, as those of editors are, and in the same folder.
            let new = path.with_file_name(".saved-by-hand");
            fs::write(&new, text).unwrap();
            fs::rename(new, path).unwrap();
            true
        }
        Way::Write => {
            let mut file = File::create(path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let written = file.metadata().unwrap();
            fs::metadata(path).is_ok_and(|here| here.ino() == written.ino())
        }
    }
}
