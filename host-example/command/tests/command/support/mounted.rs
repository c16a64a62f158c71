//! Small file systems in memory, which stand for disks.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Runs a system tool. Returns whether it succeeded.
pub fn tool(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// A small disk. Dropping it unmounts it.
pub struct Disk(PathBuf);

impl Disk {
    /// Mounts a disk of `bytes`; `None`, with a message, where that is not allowed.
    pub fn mount(at: PathBuf, bytes: u64) -> Option<Self> {
        fs::create_dir_all(&at).unwrap();
        let options = format!("size={bytes}");
        let mounted = tool("mount", &["-t", "tmpfs", "-o", &options, "none", at.to_str().unwrap()]);
        if !mounted {
            eprintln!("SKIPPED: no file system can be mounted here");
        }
        mounted.then_some(Self(at))
    }

    pub fn remount(&self, option: &str) {
        let options = format!("remount,{option}");
        assert!(tool("mount", &["-o", &options, self.0.to_str().unwrap()]), "{option}");
    }

    /// Fills the disk so that at most `free` bytes remain, until [`Disk::clear`].
    pub fn fill(&self, free: u64) {
        let stat = rustix::fs::statvfs(&self.0).unwrap();
        let bytes = (stat.f_bavail * stat.f_frsize).saturating_sub(free);
        // This may fail at its end, because another process may write at the same time; then the
        // disk is full too.
        let _ = fs::write(self.filler(), vec![0; usize::try_from(bytes).unwrap()]);
    }

    /// Removes the file that fills the disk.
    pub fn clear(&self) {
        let _ = fs::remove_file(self.filler());
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        tool("umount", &["-l", self.0.to_str().unwrap()]);
    }
}
