//! Runs `git` on a repository that may be a stranger's: git only reads, and starts no other
//! program.

use std::ffi::OsStr;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use crate::children::Group;

/// Bytes of git's error output that are read. Chosen by us: some lines.
const MAX_COMPLAINT: u64 = 4096;
/// Longest record of git's output in bytes: a path and the ids before it, with some room.
const MAX_RECORD: u64 = 64 * 1024;
/// How many records the reading thread may be ahead of the consumer. Chosen by us.
const WAITING: usize = 1024;

/// Overrides of settings by which a repository or its owner could make git start programs or leave
/// files out.
const SETTINGS: [&str; 6] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "log.showSignature=false",
    "log.showRoot=true",
    "log.follow=false",
    "core.quotePath=false",
];

/// A repository, with the time limit for asking about it.
#[derive(Debug)]
pub struct Git<'a> {
    program: &'a OsStr,
    folder: &'a Path,
    end: Instant,
}

impl<'a> Git<'a> {
    /// The repository that holds `folder`; all calls of `program` must end before `end`. `None`
    /// when no folder above has a `.git`.
    pub fn of(program: &'a OsStr, folder: &'a Path, end: Instant) -> Option<Self> {
        let is_there = folder.ancestors().any(|above| above.join(".git").exists());
        is_there.then_some(Self { program, folder, end })
    }

    /// Runs git with `arguments` and `input`. Gives each record of the output, which ends with the
    /// byte `delimiter`, to `take` until that returns false.
    ///
    /// # Errors
    /// Why git did not answer: it is missing, it failed, or the time is over.
    pub fn ask(
        &self,
        arguments: &[&str],
        input: Vec<u8>,
        delimiter: u8,
        mut take: impl FnMut(&[u8]) -> bool,
    ) -> Result<(), String> {
        let mut command = self.command(arguments);
        let cannot = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => "the program `git` was not found".to_owned(),
            _ => format!("the program `git` cannot be started: {error}"),
        };
        // The process ends when this function returns.
        let mut group = Group::start(&mut command).map_err(cannot)?;
        if let Some(mut stdin) = group.child.stdin.take() {
            thread::spawn(move || stdin.write_all(&input));
        }
        let (said, complaint) = mpsc::channel();
        if let Some(stderr) = group.child.stderr.take() {
            thread::spawn(move || {
                let mut text = Vec::new();
                let mut stderr = stderr;
                let _ = stderr.by_ref().take(MAX_COMPLAINT).read_to_end(&mut text);
                let _ = said.send(String::from_utf8_lossy(&text).into_owned());
                let _ = io::copy(&mut stderr, &mut io::sink());
            });
        }
        let (send, records) = mpsc::sync_channel(WAITING);
        if let Some(stdout) = group.child.stdout.take() {
            thread::spawn(move || read(stdout, delimiter, &send));
        }
        let left = || self.end.saturating_duration_since(Instant::now());
        loop {
            match records.recv_timeout(left()) {
                Ok(record) if take(&record) => {}
                Ok(_) => return Ok(()),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => return Err(late()),
            }
        }
        let complaint = complaint.recv_timeout(left()).map_err(|_| late())?;
        loop {
            match group.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(_)) => return Err(why(&complaint)),
                Ok(None) if left().is_zero() => return Err(late()),
                Ok(None) => thread::sleep(std::time::Duration::from_millis(1)),
                Err(error) => return Err(cannot(error)),
            }
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program);
        // Variables that a hook of another repository has set must not apply to this one.
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"GIT_") {
                command.env_remove(name);
            }
        }
        command
            .envs([("LC_ALL", "C"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_OPTIONAL_LOCKS", "0")])
            // Missing objects of a partial clone are not fetched, and no transport is allowed.
            .envs([("GIT_NO_LAZY_FETCH", "1"), ("GIT_ALLOW_PROTOCOL", "none")])
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .arg("--no-pager")
            .arg("-C")
            .arg(self.folder);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The path of a memory, as git reads it from standard input.
    pub fn file(&self, path: &str) -> PathBuf {
        path.split('/').fold(self.folder.to_owned(), |file, segment| file.join(segment))
    }
}

/// Sends each record that ends with `delimiter`, until the receiver is gone.
fn read(stdout: ChildStdout, delimiter: u8, send: &mpsc::SyncSender<Vec<u8>>) -> io::Result<()> {
    let mut stdout = io::BufReader::new(stdout);
    loop {
        let mut record = Vec::new();
        io::BufRead::read_until(&mut (&mut stdout).take(MAX_RECORD), delimiter, &mut record)?;
        if record.is_empty() {
            return Ok(());
        }
        if record.last() == Some(&delimiter) {
            record.pop();
        }
        if send.send(record).is_err() {
            return Ok(());
        }
    }
}

fn late() -> String {
    "`git` took too long".into()
}

/// The first line of git's error output that is not empty.
fn why(complaint: &str) -> String {
    let line = complaint.lines().map(str::trim).find(|line| !line.is_empty());
    format!("`git` says: {}", line.unwrap_or("nothing, and it failed"))
}
