//! Runs commands under `strace`, which kills them at an exact system call or makes that call fail.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The system calls that change something on a disk.
pub const CALLS: &str = "write,pwrite64,writev,fsync,fdatasync,ftruncate,fallocate,\
                         rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat";

/// What `strace` does at a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It kills the command before the call.
    Kill,
    /// The call fails as on a full disk, and so do all later calls of the same kind.
    Full,
    /// This one call fails as on a broken disk.
    Broken,
}

/// Whether `strace` is installed and may trace processes.
pub fn is_possible() -> bool {
    static POSSIBLE: OnceLock<bool> = OnceLock::new();
    *POSSIBLE.get_or_init(|| {
        let mut probe = Command::new("strace");
        probe.args(["-f", "-o", "/dev/null", "-e", "inject=write:error=EIO:when=1", "true"]);
        probe.stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    })
}

/// Wraps `command` so that it runs under `strace`.
fn traced(command: &Command, options: &[&str], log: &Path) -> Command {
    let mut traced = Command::new("strace");
    traced.args(["-f", "-qq", "-o"]).arg(log).args(options);
    traced.arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        traced.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => traced.env(name, value),
            None => traced.env_remove(name),
        };
    }
    traced.stdin(Stdio::null());
    traced
}

/// How often `command` makes each of [`CALLS`] when nothing is injected. If it has several
/// processes, the highest number counts.
pub fn calls(command: &Command) -> BTreeMap<String, u64> {
    let log = tempfile::NamedTempFile::new().unwrap();
    let filter = format!("trace={CALLS}");
    let mut traced = traced(command, &["-e", &filter], log.path());
    traced.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    for line in fs::read_to_string(log.path()).unwrap().lines() {
        let Some((process, rest)) = line.split_once(' ') else { continue };
        let Some((call, _)) = rest.trim_start().split_once('(') else { continue };
        if CALLS.split(',').any(|known| known == call) {
            *counts.entry((process.into(), call.into())).or_default() += 1;
        }
    }
    let mut most = BTreeMap::new();
    for ((_, call), count) in counts {
        let known: &mut u64 = most.entry(call).or_default();
        *known = count.max(*known);
    }
    most
}

/// Wraps `command`, without starting it, so that a fault happens at the `number`-th `call`.
/// `strace` prints nothing on stdout.
pub fn faulty(command: &Command, fault: Fault, call: &str, number: u64) -> Command {
    let what = match fault {
        Fault::Kill => format!("inject={call}:signal=KILL:when={number}"),
        Fault::Full => format!("inject={call}:error=ENOSPC:when={number}+"),
        Fault::Broken => format!("inject={call}:error=EIO:when={number}"),
    };
    let filter = format!("trace={call}");
    traced(command, &["-e", &filter, "-e", &what], Path::new("/dev/null"))
}

/// Wraps `command`, without starting it, so that it pauses each time it has listed all of `folder`,
/// long enough for a save. Returns it unchanged where `strace` cannot trace.
pub fn unhurried(command: Command, folder: &Path) -> Command {
    // 30 ms in microseconds: long compared with the time until another process runs, even on a busy
    // machine. Chosen by us.
    const PAUSE: &str = "inject=close:delay_exit=30000";
    if !is_possible() {
        return command;
    }
    let folder = folder.canonicalize().unwrap();
    let only = ["-e", "trace=close", "-P", folder.to_str().unwrap(), "-e", PAUSE];
    traced(&command, &only, Path::new("/dev/null"))
}

/// Runs `command` and kills it before its `number`-th `call`. Returns whether it was killed.
pub fn killed(command: &mut Command, call: &str, number: u64) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    if !is_possible() {
        return false;
    }
    let mut traced = faulty(command, Fault::Kill, call, number);
    let status = traced.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    // `strace` ends with the signal of the traced process, or a shell's code for it.
    status.signal() == Some(9) || status.code() == Some(128 + 9)
}
