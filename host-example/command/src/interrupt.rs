//! Handles Ctrl-C: before files are written it ends the command at once; while they are written,
//! the write is finished first. Only on Unix.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the signal handler needs to know. While the handler ends the process it holds the lock, so
/// that no write can begin.
static NOW: Mutex<Now> = Mutex::new(Now {
    is_watched: false,
    writes: false,
    plan_waits: false,
    kept: None,
    batch: false,
    signal: None,
});

#[derive(Debug)]
struct Now {
    is_watched: bool,
    /// Whether files are being written or have been written.
    writes: bool,
    plan_waits: bool,
    /// How many answers of the model this process has recorded; `None` when it asks no model.
    kept: Option<u64>,
    /// Whether a batch of calls is at work.
    batch: bool,
    /// The signal that came while files were written.
    signal: Option<i32>,
}

fn now() -> MutexGuard<'static, Now> {
    NOW.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on SIGINT and SIGTERM end this process only while no files are written. The handler
/// prints what was done, and ends the child processes too.
pub fn watch() {
    let mut now = now();
    if !now.is_watched {
        now.is_watched = signals::watch().is_ok();
    }
}

/// Records whether a plan waits, so that the message at Ctrl-C can say so.
pub fn plan_waits(waits: bool) {
    now().plan_waits = waits;
}

/// Records that a model is asked from now on, so that the message at Ctrl-C says how many answers
/// are kept.
pub fn asks() {
    watch();
    now().kept = Some(0);
}

/// Counts a recorded answer of the model.
pub fn kept() {
    let mut now = now();
    now.kept = now.kept.map(|kept| kept + 1);
}

/// Records that a batch of calls is at work, so that the message at Ctrl-C says what becomes of it.
pub fn batch_at_work() {
    now().batch = true;
}

/// Ends the process if a signal came while files were written. Called when more work would follow
/// the write.
pub fn heed() {
    let now = now();
    if let Some(signal) = now.signal {
        signals::end(&now, signal);
    }
}

/// Guard of a write that must not be interrupted. Once it is dropped, a signal ends the process
/// again.
#[derive(Debug)]
pub struct Writing(());

/// Begins a write.
pub fn writing() -> Writing {
    now().writes = true;
    Writing(())
}

impl Writing {
    /// The command has written its result. Signals stay deferred until its end, because there is
    /// nothing left to stop.
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

    /// Starts the thread that waits for signals.
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

    /// Prints what was kept or written, and ends the process and its children.
    pub(super) fn end(now: &Now, signal: i32) {
        if let Some(kept) = now.kept {
            let is_are = if kept == 1 { "is" } else { "are" };
            let answers = text::count(kept, "answer");
            let batch = if now.batch { "; its batch is worked on, and read then" } else { "" };
            say(&format!(
                "interrupted: {answers} of the model {is_are} kept, and the same run goes on from there{batch}"
            ));
        } else {
            let plan = if now.plan_waits { ", and the plan still waits" } else { "" };
            let more = if now.signal.is_some() { "more " } else { "" };
            say(&format!("interrupted: nothing {more}was written{plan}"));
        }
        // The process ends by the signal's default handler, so that its parent sees which signal it
        // was.
        let _ended = children::end_all();
        if emulate_default_handler(signal).is_err() {
            std::process::exit(1);
        }
    }

    /// Prints a message on a new line, because the terminal shows the typed `^C`.
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
