//! Small disks.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Runs a tool of the system; whether it worked.
pub fn tool(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// A small disk, until it is dropped.
pub struct Disk(PathBuf);

impl Disk {
    /// `None`, with a message, where nobody may mount.
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

    /// Leaves `free` bytes, at most, until it is cleared.
    pub fn fill(&self, free: u64) {
        let stat = rustix::fs::statvfs(&self.0).unwrap();
        let bytes = (stat.f_bavail * stat.f_frsize).saturating_sub(free);
        // Somebody may write at the same time; then it is full before the end.
        let _ = fs::write(self.filler(), vec![0; usize::try_from(bytes).unwrap()]);
    }

    /// Takes away what filled it.
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
