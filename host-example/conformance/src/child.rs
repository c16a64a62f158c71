//! A child process that answers line by line.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use dreaming_testing::Failure;

/// How long an answer may take before the child counts as dead. Chosen by us: a browser starts in
/// a few seconds, and every other answer takes less.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long a child may take to exit after its input ended: it closes a browser first. Chosen by
/// us.
const FAREWELL: Duration = Duration::from_secs(10);
/// The last bytes of standard error that a failure shows. Chosen by us: a stack trace fits.
const MAX_STDERR: usize = 4096;

/// A running child. A fault of it (a crash, a timeout, a line off the protocol) is a [`Failure`] of
/// the case `dead`, which every later question gets too.
pub struct Talker {
    child: Child,
    questions: Option<Sender<String>>,
    answers: Receiver<std::io::Result<String>>,
    stderr: Receiver<Vec<u8>>,
    said: Vec<u8>,
    asked: u64,
    dead: Option<Failure>,
}

#[derive(Serialize)]
struct Question<'a, P> {
    id: u64,
    method: &'a str,
    params: P,
}

#[derive(Deserialize)]
struct Answer {
    id: u64,
    result: Option<Value>,
    error: Option<Error>,
}

#[derive(Deserialize)]
struct Error {
    code: String,
    message: String,
}

impl Talker {
    /// Starts the child.
    ///
    /// # Errors
    /// `dead` when it cannot be started.
    pub fn start(command: &mut Command) -> Result<Self, Failure> {
        let pipes =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = pipes.map_err(|e| Failure::new("dead", format!("{command:?}: {e}")))?;
        let gone = || Failure::new("dead", "no pipe to the child");
        let stdin = child.stdin.take().ok_or_else(gone)?;
        let stdout = child.stdout.take().ok_or_else(gone)?;
        let stderr = child.stderr.take().ok_or_else(gone)?;
        Ok(Self {
            child,
            questions: Some(writer(stdin)),
            answers: reader(stdout),
            stderr: collector(stderr),
            said: Vec::new(),
            asked: 0,
            dead: None,
        })
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// The failure that the child gives, or `dead`.
    pub fn ask(&mut self, method: &str, params: impl Serialize) -> Result<Value, Failure> {
        if let Some(failure) = &self.dead {
            return Err(failure.clone());
        }
        self.asked += 1;
        let question = Question { id: self.asked, method, params };
        let line = serde_json::to_string(&question).map_err(|e| Failure::new("dead", e))?;
        // When sending fails the child has ended, and the read below reports it.
        let _ = self.questions.as_ref().map(|questions| questions.send(line + "\n"));
        match self.answers.recv_timeout(PATIENCE) {
            Ok(Ok(line)) => self.read(&line),
            Ok(Err(error)) => Err(self.die(&format!("its output: {error}"))),
            Err(RecvTimeoutError::Disconnected) => Err(self.die("it ended")),
            Err(RecvTimeoutError::Timeout) => {
                Err(self.die(&format!("no answer to `{method}` in {} s", PATIENCE.as_secs())))
            }
        }
    }

    fn read(&mut self, line: &str) -> Result<Value, Failure> {
        let answer: Answer = match serde_json::from_str(line) {
            Ok(answer) => answer,
            Err(error) => return Err(self.die(&format!("`{}` is no answer: {error}", cut(line)))),
        };
        if answer.id != self.asked {
            return Err(self.die(&format!("it answers {}, not {}", answer.id, self.asked)));
        }
        match answer.error {
            Some(error) => Err(Failure { case: error.code, message: error.message }),
            None => Ok(answer.result.unwrap_or(Value::Null)),
        }
    }

    /// Ends the child and remembers why, with the end of what it wrote to standard error.
    fn die(&mut self, why: &str) -> Failure {
        let _ = self.child.kill();
        let status = self.child.wait().map_or_else(|e| e.to_string(), |status| status.to_string());
        // A process that the child started may hold the pipe open, so wait for its end only so
        // long.
        while let Ok(bytes) = self.stderr.recv_timeout(Duration::from_secs(1)) {
            self.said.extend(bytes);
        }
        let tail = self.said.split_off(self.said.len().saturating_sub(MAX_STDERR));
        let message = format!("{why} ({status})\n{}", String::from_utf8_lossy(&tail));
        let failure = Failure::new("dead", message.trim_end());
        self.dead = Some(failure.clone());
        failure
    }
}

/// Waits for the child to exit, because the script that drives a browser closes it first.
impl Drop for Talker {
    fn drop(&mut self) {
        self.questions = None;
        let until = Instant::now() + FAREWELL;
        while Instant::now() < until {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(10)),
                _ => return,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The beginning of a line, for messages.
fn cut(line: &str) -> String {
    line.chars().take(200).collect()
}

/// Writes lines to the child in a thread, so that a child that does not read cannot block the host.
fn writer(mut stdin: ChildStdin) -> Sender<String> {
    let (sender, lines) = channel::<String>();
    thread::spawn(move || {
        for line in lines {
            if stdin.write_all(line.as_bytes()).and_then(|()| stdin.flush()).is_err() {
                break;
            }
        }
    });
    sender
}

fn reader(stdout: ChildStdout) -> Receiver<std::io::Result<String>> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

fn collector(mut stderr: ChildStderr) -> Receiver<Vec<u8>> {
    let (sender, pieces) = channel();
    thread::spawn(move || {
        let mut piece = [0; MAX_STDERR];
        while let Ok(count @ 1..) = stderr.read(&mut piece) {
            if sender.send(piece[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    pieces
}
