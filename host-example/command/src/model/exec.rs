//! A shell command as a model: it gets a JSON object on standard input and prints the answer on
//! standard output.

use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use dreaming_models::tally::Usage;
use dreaming_models::{Cause, MAX_ANSWER, Said, Service, TOO_LONG, Took, Trouble, Try};
use dreaming_wasmtime::ModelCall;
use serde_json::json;

use crate::children::Group;
use crate::interrupt;

/// Runs a shell command for each call.
#[derive(Debug)]
pub struct Exec {
    command: String,
    limit: Duration,
}

impl Exec {
    /// A model that runs `command`. A signal that ends this process also ends the running commands.
    pub fn new(command: &str, limit: Duration) -> Self {
        // If signals cannot be watched, the commands end by themselves after their answer.
        interrupt::watch();
        Self { command: command.into(), limit }
    }
}

impl Service for Exec {
    fn ask(&self, call: &ModelCall) -> Try {
        match converse(&self.command, call, self.limit) {
            Ok(Ok(said)) => Try { came: Ok(said), took: Took::Counted(Usage::default()) },
            Ok(Err(trouble)) => Try::lost(trouble),
            Err(error) => Try::lost(Trouble::Call(format!("the model command: {error}"))),
        }
    }
}

/// Runs the command for one call. A failed command is not run again: only the command knows what it
/// may try twice, and what it has already paid for.
fn converse(command: &str, call: &ModelCall, limit: Duration) -> io::Result<Result<Said, Trouble>> {
    let end = Instant::now() + limit;
    let mut shell = shell(command);
    // The group of processes ends when this function returns.
    let mut group = Group::start(shell.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
    let input = json!({
        "id": call.id, "system": call.system, "prompt": call.prompt, "schema": call.schema,
        "max_tokens": call.max_tokens,
    });
    // In a thread, because a command that reads late or never must not delay the time limit.
    if let Some(mut stdin) = group.child.stdin.take() {
        thread::spawn(move || stdin.write_all(input.to_string().as_bytes()));
    }
    let (send, answer) = mpsc::channel();
    if let Some(stdout) = group.child.stdout.take() {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stdout.take(MAX_ANSWER as u64 + 1).read_to_end(&mut bytes);
            // Fails when the time limit has passed and the receiver is gone.
            let _ = send.send(read.map(|_| bytes));
        });
    }
    let Ok(bytes) = answer.recv_timeout(limit) else {
        return Ok(Err(Trouble::Late(format!("no answer within {} s", limit.as_secs()))));
    };
    let bytes = bytes?;
    if bytes.len() > MAX_ANSWER {
        return Ok(Ok(Said::Unusable(TOO_LONG)));
    }
    loop {
        match group.try_wait()? {
            Some(status) if status.success() => break,
            // What a shell says of a command that it did not find.
            Some(status) if status.code() == Some(127) => {
                return Ok(Err(Trouble::All(Cause {
                    why: "the shell did not find the model command (exit status: 127)".into(),
                    todo: "try the command behind `exec:` by itself".into(),
                })));
            }
            Some(status) => {
                return Ok(Err(Trouble::Call(format!("the model command ended with {status}"))));
            }
            None if Instant::now() >= end => {
                return Ok(Err(Trouble::Late(format!("did not end within {} s", limit.as_secs()))));
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    }
    Ok(Ok(match String::from_utf8(bytes) {
        Ok(text) if text.trim().is_empty() => Said::Unusable("the model command said nothing"),
        Ok(text) => Said::Text(text),
        Err(_) => Said::Unusable("the answer is not UTF-8"),
    }))
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.arg("/C").arg(command);
    shell
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn ask(command: &str, call: &ModelCall, limit: Duration) -> Result<Said, Trouble> {
        converse(command, call, limit).unwrap()
    }

    fn call(id: &str) -> ModelCall {
        ModelCall {
            id: id.into(),
            system: "s".into(),
            prompt: "p".repeat(200_000),
            schema: "{}".into(),
            max_tokens: 7,
        }
    }

    #[test]
    fn a_command_gets_the_call_and_its_words_are_the_answer() {
        let limit = Duration::from_secs(60);
        let said = ask(r#"grep -o '"id":"[^"]*"'"#, &call("m1"), limit);
        assert_eq!(said, Ok(Said::Text("\"id\":\"m1\"\n".into())));
        // A command that does not read the prompt does not fail.
        assert_eq!(ask("echo ok", &call("m1"), limit), Ok(Said::Text("ok\n".into())));
    }

    #[test]
    fn whatever_a_command_does_comes_to_an_end() {
        let failed = |command: &str| match ask(command, &call("m1"), Duration::from_millis(700)) {
            Err(Trouble::Call(why) | Trouble::Late(why)) => why,
            Err(Trouble::All(cause)) => cause.why,
            Ok(Said::Unusable(why)) => why.into(),
            other => panic!("{command}: {other:?}"),
        };
        assert!(failed("echo half; exit 3").contains("exit status: 3"));
        assert!(failed("no-such-command-here 2>/dev/null").contains("127"));
        assert_eq!(failed("true"), "the model command said nothing");
        assert_eq!(failed("sleep 60 | cat"), "no answer within 0 s");
        assert_eq!(failed("exec >&-; sleep 60"), "did not end within 0 s");
        assert_eq!(failed("head -c 2000000 /dev/zero"), "the answer is over 1 MiB");
        assert_eq!(failed(r"printf '\377'"), "the answer is not UTF-8");
    }
}
