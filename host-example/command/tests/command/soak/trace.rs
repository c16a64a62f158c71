//! Commands that are stopped, or told of a fault, at an exact system call: `strace` does it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The system calls that change something on a disk.
pub const CALLS: &str = "write,pwrite64,writev,fsync,fdatasync,ftruncate,fallocate,\
                         rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat";

/// What happens at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The command is killed before it.
    Kill,
    /// It fails as on a full disk, and so do all of its kind after it.
    Full,
    /// It fails as on a broken disk, once.
    Broken,
}

/// Whether `strace` is there and may trace.
pub fn is_possible() -> bool {
    static POSSIBLE: OnceLock<bool> = OnceLock::new();
    *POSSIBLE.get_or_init(|| {
        let mut probe = Command::new("strace");
        probe.args(["-f", "-o", "/dev/null", "-e", "inject=write:error=EIO:when=1", "true"]);
        probe.stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    })
}

/// `command` under `strace`.
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

/// How often `command` makes each of [`CALLS`], in the process that makes it most often, when nothing happens to it.
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

/// `command` with a fault at the `number`-th `call`, not run yet. Nothing is said on `stdout` by `strace`.
pub fn faulty(command: &Command, fault: Fault, call: &str, number: u64) -> Command {
    let what = match fault {
        Fault::Kill => format!("inject={call}:signal=KILL:when={number}"),
        Fault::Full => format!("inject={call}:error=ENOSPC:when={number}+"),
        Fault::Broken => format!("inject={call}:error=EIO:when={number}"),
    };
    let filter = format!("trace={call}");
    traced(command, &["-e", &filter, "-e", &what], Path::new("/dev/null"))
}

/// `command`, not run yet, with a pause whenever it has read all of `folder`: time enough for somebody to save a file
/// before it goes on. As it is where nobody may trace.
pub fn unhurried(command: Command, folder: &Path) -> Command {
    // Long beside the time until another process runs, also on a busy machine. Chosen by us.
    const PAUSE: &str = "inject=close:delay_exit=30000";
    if !is_possible() {
        return command;
    }
    let folder = folder.canonicalize().unwrap();
    let only = ["-e", "trace=close", "-P", folder.to_str().unwrap(), "-e", PAUSE];
    traced(&command, &only, Path::new("/dev/null"))
}

/// Runs `command` and kills it before its `number`-th `call`. Whether that happened.
pub fn killed(command: &mut Command, call: &str, number: u64) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    if !is_possible() {
        return false;
    }
    let mut traced = faulty(command, Fault::Kill, call, number);
    let status = traced.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    // Whoever traces ends as the traced one did.
    status.signal() == Some(9) || status.code() == Some(128 + 9)
}
