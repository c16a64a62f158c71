//! Watches which files a command uses while it runs, through the system's file events, so that a
//! test can act at the same point of every run, however fast the machine is.

#[cfg(target_os = "linux")]
mod system {
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::inotify::{self, CreateFlags, Event, ReadFlags, Reader, WatchFlags};

    use super::What;

    /// The file events of watched folders.
    pub struct Events {
        queue: OwnedFd,
        /// The watch number of the topmost folder.
        top: i32,
    }

    impl Events {
        /// Watches `folder` and the existing folders below it. `None` if the system cannot.
        pub fn of(folder: &Path) -> Option<Self> {
            let queue = inotify::init(CreateFlags::CLOEXEC).ok()?;
            let top = watch(&queue, folder)?;
            Some(Self { queue, top })
        }

        /// Waits until `what` has happened `number` times or somebody calls [`Events::end`].
        /// Returns how often it happened.
        pub fn wait(&self, what: What, number: u64) -> u64 {
            let mut buffer = [MaybeUninit::uninit(); 4096];
            let mut reader = Reader::new(&self.queue, &mut buffer);
            let mut seen = 0;
            while seen < number {
                let event = reader.next().unwrap();
                if event.events().contains(ReadFlags::IGNORED) && event.wd() == self.top {
                    break;
                }
                seen += u64::from(what == What::Any || self.is_read(&event));
            }
            seen
        }

        /// Ends [`Events::wait`] in another thread.
        pub fn end(&self) {
            // Removing the watch sends an event, which ends the wait.
            let _ = inotify::remove_watch(&self.queue, self.top);
        }

        /// Whether the event says that a process closed the topmost folder after listing it.
        fn is_read(&self, event: &Event<'_>) -> bool {
            let closed = ReadFlags::CLOSE_NOWRITE | ReadFlags::ISDIR;
            event.wd() == self.top && event.file_name().is_none() && event.events().contains(closed)
        }
    }

    /// Watches a folder and those below it. Returns the folder's watch number.
    fn watch(queue: &OwnedFd, folder: &Path) -> Option<i32> {
        let all = WatchFlags::OPEN
            | WatchFlags::CLOSE
            | WatchFlags::CREATE
            | WatchFlags::MOVE
            | WatchFlags::DELETE;
        for item in std::fs::read_dir(folder).ok()?.flatten() {
            if item.file_type().ok()?.is_dir() {
                watch(queue, &item.path())?;
            }
        }
        // The folder itself comes last, so that listing it here causes no event.
        inotify::add_watch(queue, folder, all).ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::path::Path;

    use super::What;

    /// Systems without file events.
    pub struct Events;

    impl Events {
        /// Always `None`.
        pub fn of(_folder: &Path) -> Option<Self> {
            None
        }

        /// Returns 0 at once.
        pub fn wait(&self, _what: What, _number: u64) -> u64 {
            0
        }

        /// Does nothing.
        pub fn end(&self) {}
    }
}

pub use system::Events;

/// The kinds of events to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A file or a folder is opened, closed, made, renamed or removed.
    Any,
    /// A process has listed the whole folder.
    Read,
}
