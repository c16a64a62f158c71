//! Ctrl-C while something is decided: it ends the command at once before files are written, and waits for the last of
//! them otherwise. Elsewhere than on Unix nothing is done.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What has to be known when a signal comes. Held to the end by what ends the process, so that no write begins then.
static NOW: Mutex<Now> = Mutex::new(Now {
    is_watched: false,
    writes: false,
    plan_waits: false,
    kept: None,
    signal: None,
});

#[derive(Debug)]
struct Now {
    is_watched: bool,
    /// Files are being written, or were.
    writes: bool,
    plan_waits: bool,
    /// Answers of a model that this process was given and that are recorded, when it asks one.
    kept: Option<u64>,
    /// The signal that came meanwhile.
    signal: Option<i32>,
}

fn now() -> MutexGuard<'static, Now> {
    NOW.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on a signal that ends this process does so only while no files are written, and says what became of them. What it started ends with it.
pub fn watch() {
    let mut now = now();
    if !now.is_watched {
        now.is_watched = signals::watch().is_ok();
    }
}

/// Notes whether a plan waits, for whoever interrupts the decision about it.
pub fn plan_waits(waits: bool) {
    now().plan_waits = waits;
}

/// From now on a model is asked, and a signal that ends this process says which of its answers are kept.
pub fn asks() {
    watch();
    now().kept = Some(0);
}

/// An answer of the model is recorded.
pub fn kept() {
    let mut now = now();
    now.kept = now.kept.map(|kept| kept + 1);
}

/// Ends the process when a signal came while files were written, and more was to be computed after them.
pub fn heed() {
    let now = now();
    if let Some(signal) = now.signal {
        signals::end(&now, signal);
    }
}

/// A write that must come to its end. When it is dropped nothing is written any more, and a signal ends the process.
#[derive(Debug)]
pub struct Writing(());

/// Begins a write.
pub fn writing() -> Writing {
    now().writes = true;
    Writing(())
}

impl Writing {
    /// What the command is there for is written: a signal that comes from now on has nothing left to stop.
    pub fn done(self) {
        std::mem::forget(self);
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        now().writes = false;
    }
}

#[cfg(unix)]
mod signals {
    use std::io::{self, IsTerminal as _};

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    use super::{Now, now};
    use crate::children;
    use crate::output::{self, text};

    /// Listens.
    pub(super) fn watch() -> io::Result<()> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        std::thread::spawn(move || {
            for signal in signals.forever() {
                let mut now = now();
                if !now.writes {
                    end(&now, signal);
                }
                if now.signal.replace(signal).is_none() {
                    say("interrupted while files are written: the write is finished first");
                }
            }
        });
        Ok(())
    }

    /// Says that nothing was written and ends the process: whoever waits for it has to see which signal did.
    pub(super) fn end(now: &Now, signal: i32) {
        if let Some(kept) = now.kept {
            let is_are = if kept == 1 { "is" } else { "are" };
            let answers = text::count(kept, "answer");
            say(&format!(
                "interrupted: {answers} of the model {is_are} kept, and the same run goes on from there"
            ));
        } else {
            let plan = if now.plan_waits { ", and the plan still waits" } else { "" };
            let more = if now.signal.is_some() { "more " } else { "" };
            say(&format!("interrupted: nothing {more}was written{plan}"));
        }
        // Whoever waits for this process has to see which signal ended it.
        let _ended = children::end_all();
        if emulate_default_handler(signal).is_err() {
            std::process::exit(1);
        }
    }

    /// Says something on a line of its own: a terminal shows what was typed.
    fn say(message: &str) {
        if io::stderr().is_terminal() {
            eprintln!();
        }
        output::note(message);
    }
}

#[cfg(not(unix))]
mod signals {
    use super::Now;

    /// Does nothing.
    pub(super) fn watch() -> std::io::Result<()> {
        Ok(())
    }

    /// Does nothing.
    pub(super) fn end(_: &Now, _: i32) {}
}
