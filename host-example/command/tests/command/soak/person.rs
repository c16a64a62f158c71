//! A simulated person who saves memories while a command runs, and remembers what was saved.

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
    /// Repeatedly: the pause in milliseconds, and the number of saves.
    Every(u64, u64),
    /// Once, after such an event has happened so many times in the folder.
    At(What, u64),
}

/// How an editor saves.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// It writes a new file and renames it over the old one.
    Rename,
    /// It empties the old file and writes into it.
    Write,
}

/// A simulated person who works on a folder of memories.
pub struct Person<'a> {
    folder: PathBuf,
    /// Names of the memories that the person saves.
    files: &'a [&'a str],
    random: Rng,
    /// By file, the text that was saved last, and the line in it that no other text has.
    newest: BTreeMap<&'a str, (String, String)>,
    /// The file that was saved last.
    last: Option<&'a str>,
    /// How many texts were saved.
    pub saves: u64,
    /// Whether the test has erased something from the memories.
    pub erased: bool,
}

impl<'a> Person<'a> {
    /// A person who saves `files` of `folder`.
    pub fn new(folder: PathBuf, files: &'a [&'a str], seed: u64) -> Self {
        let random = Rng::with_seed(seed);
        Self { folder, files, random, newest: BTreeMap::new(), last: None, saves: 0, erased: false }
    }

    /// Draws a moment. While the command runs, about `things` events happen in the folder, and it
    /// is listed about `reads` times.
    pub fn moment(&mut self, things: u64, reads: u64) -> Moment {
        match self.random.u8(..4) {
            // From the shortest to the longest pause, in milliseconds, of a person who saves often.
            0 => Moment::Every(self.random.u64(5..=200), self.random.u64(1..12)),
            1 => Moment::At(What::Any, self.random.u64(1..=things)),
            _ => Moment::At(What::Read, self.random.u64(1..=reads)),
        }
    }

    /// Saves one of the files, mostly the one that was saved last, because people work on one
    /// thing.
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
        // The text in the person's editor: the one that they saved last, or the file as it is now.
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

    /// Runs `work` while the person saves. Returns the result of `work`, and how often the awaited
    /// event happened.
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

    /// Counts a fault for each saved text that is neither in the folder nor in `history`, the texts
    /// of all revisions.
    ///
    /// If something was erased, words may have been cut out of a text; then only its own line must
    /// still exist.
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

/// Writes a file as an editor does. Returns whether the written file is in the folder: if the
/// command replaced it while it was open, the text is lost, as `swap.rs` says.
fn write(path: &Path, text: &str, way: Way) -> bool {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    match way {
        Way::Rename => {
            // Hidden and in the same folder, as the temporary files of editors.
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
