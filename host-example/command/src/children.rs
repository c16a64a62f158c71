//! Child processes that end together with this process, whatever ends it.

use std::collections::BTreeSet;
use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Ids of the running processes. The lock is held while a process is started or reaped, so that
/// none starts while all are being ended, and no signal goes to an id that the system has given to
/// another process.
static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn running() -> MutexGuard<'static, BTreeSet<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A process with its descendants. All are ended when this is dropped, unless the process has ended
/// by itself.
#[derive(Debug)]
pub struct Group {
    /// The process.
    pub child: Child,
    ended: bool,
}

impl Group {
    /// Starts `command`; on Unix in a process group of its own.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let mut running = running();
        let child = command.spawn()?;
        running.insert(child.id());
        Ok(Self { child, ended: false })
    }

    /// How the process ended; `None` while it runs.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        let mut running = running();
        let status = self.child.try_wait()?;
        if status.is_some() {
            running.remove(&self.child.id());
            self.ended = true;
        }
        Ok(status)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.ended {
            let mut running = running();
            running.remove(&self.child.id());
            kill_group(self.child.id());
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

#[cfg(unix)]
fn kill_group(id: u32) {
    if let Some(group) = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill_group(_: u32) {}

/// Ends all groups. No new one can start while the returned guard is held. This is needed because
/// the signals of a terminal do not reach processes in groups of their own.
pub fn end_all() -> impl Sized {
    let running = running();
    running.iter().for_each(|id| kill_group(*id));
    running
}
