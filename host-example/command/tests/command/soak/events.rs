//! What a command does with files while it runs, as the system tells of it: so that something can happen at the
//! same moment of each run, whatever the speed of the machine.

#[cfg(target_os = "linux")]
mod system {
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::inotify::{self, CreateFlags, Event, ReadFlags, Reader, WatchFlags};

    use super::What;

    /// Watched folders.
    pub struct Events {
        queue: OwnedFd,
        /// The topmost folder, as the system names it.
        top: i32,
    }

    impl Events {
        /// Watches `folder` and the folders below it that are there. `None` where the system cannot.
        pub fn of(folder: &Path) -> Option<Self> {
            let queue = inotify::init(CreateFlags::CLOEXEC).ok()?;
            let top = watch(&queue, folder)?;
            Some(Self { queue, top })
        }

        /// Waits until `what` has happened as often as `number` says, or [`Events::end`] is called. Returns how often it
        /// did.
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

        /// Ends the wait: nothing will happen any more.
        pub fn end(&self) {
            // Whoever waits is told that nobody watches any more.
            let _ = inotify::remove_watch(&self.queue, self.top);
        }

        /// Whether somebody has listed the topmost folder to its end.
        fn is_read(&self, event: &Event<'_>) -> bool {
            let closed = ReadFlags::CLOSE_NOWRITE | ReadFlags::ISDIR;
            event.wd() == self.top && event.file_name().is_none() && event.events().contains(closed)
        }
    }

    /// Watches a folder and those below it. Returns the system's name of the folder.
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
        // Last, so that nothing is told of what was done here.
        inotify::add_watch(queue, folder, all).ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::path::Path;

    use super::What;

    /// Nobody tells of files here.
    pub struct Events;

    impl Events {
        /// `None`: the system cannot.
        pub fn of(_folder: &Path) -> Option<Self> {
            None
        }

        /// Nothing happens.
        pub fn wait(&self, _what: What, _number: u64) -> u64 {
            0
        }

        /// Nobody waits.
        pub fn end(&self) {}
    }
}

pub use system::Events;

/// What happens in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A file or a folder is opened, closed, made, renamed or removed.
    Any,
    /// All of the folder has been read once more.
    Read,
}
