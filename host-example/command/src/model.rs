//! Models: a command of the user's choice, and recorded answers for a replay.

use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use dreaming_wasmtime::{Answer, Model, ModelCall};
use serde_json::{Map, Value, json};

use crate::children::{self, Group};
use crate::progress::Progress;

/// Calls at once. Chosen by us: what hosted models allow small accounts.
const AT_ONCE: usize = 4;
/// Longest time for one answer. Chosen by us: a local model on a slow machine needs one minute.
const LIMIT: Duration = Duration::from_secs(120);
/// Longest answer, from the interface `model`.
const MAX_ANSWER: u64 = 1 << 20;

/// Runs a shell command for each call.
#[derive(Debug)]
pub struct CommandModel {
    command: String,
    limit: Duration,
    progress: Progress,
}

impl CommandModel {
    /// A model that runs `command`. A signal that ends this process ends the commands too.
    pub fn new(command: &str, progress: Progress) -> Self {
        // Where that is not possible, they end when they have answered.
        let _ = children::end_with_signals();
        Self { command: command.into(), limit: LIMIT, progress }
    }
}

impl Model for CommandModel {
    fn complete_many(&mut self, calls: Vec<ModelCall>) -> Vec<Answer> {
        let next = AtomicUsize::new(0);
        let answers = Mutex::new(vec![Answer::Failed("not asked".into()); calls.len()]);
        thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(calls.len()) {
                scope.spawn(|| {
                    while let Some((at, call)) = take(&next, &calls) {
                        let answer = ask(&self.command, call, self.limit);
                        self.progress.answered(&answer);
                        let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                        answers[at] = answer;
                    }
                });
            }
        });
        answers.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take<'a>(next: &AtomicUsize, calls: &'a [ModelCall]) -> Option<(usize, &'a ModelCall)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    calls.get(at).map(|call| (at, call))
}

/// Runs the command for one call. Whatever goes wrong is an answer.
fn ask(command: &str, call: &ModelCall, limit: Duration) -> Answer {
    match converse(command, call, limit) {
        Ok(Ok(text)) => Answer::Text(text),
        Ok(Err(why)) => Answer::Failed(why),
        Err(error) => Answer::Failed(format!("the model command: {error}")),
    }
}

fn converse(
    command: &str,
    call: &ModelCall,
    limit: Duration,
) -> io::Result<Result<String, String>> {
    let end = Instant::now() + limit;
    let mut shell = shell(command);
    // Ended when this returns, whatever it returns.
    let mut group = Group::start(shell.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
    let input = json!({
        "id": call.id, "system": call.system, "prompt": call.prompt, "schema": call.schema,
        "max_tokens": call.max_tokens,
    });
    // Threads of their own: a command that reads late or never must not hold up the clock.
    if let Some(mut stdin) = group.child.stdin.take() {
        thread::spawn(move || stdin.write_all(input.to_string().as_bytes()));
    }
    let (send, answer) = mpsc::channel();
    if let Some(stdout) = group.child.stdout.take() {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stdout.take(MAX_ANSWER + 1).read_to_end(&mut bytes);
            // The receiver is gone when the time is over.
            let _ = send.send(read.map(|_| bytes));
        });
    }
    let Ok(bytes) = answer.recv_timeout(limit) else {
        return Ok(Err(format!("no answer within {} s", limit.as_secs())));
    };
    let bytes = bytes?;
    if bytes.len() as u64 > MAX_ANSWER {
        return Ok(Err("the answer is over 1 MiB".into()));
    }
    loop {
        match group.try_wait()? {
            Some(status) if status.success() => break,
            Some(status) => return Ok(Err(format!("the model command ended with {status}"))),
            None if Instant::now() >= end => {
                return Ok(Err(format!("did not end within {} s", limit.as_secs())));
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    }
    Ok(String::from_utf8(bytes).map_err(|_| "the answer is not UTF-8".into()))
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

/// Gives the answers that were recorded.
#[derive(Debug)]
pub struct RecordedModel(pub Map<String, Value>);

impl Model for RecordedModel {
    fn complete_many(&mut self, calls: Vec<ModelCall>) -> Vec<Answer> {
        let answer = |call: &ModelCall| {
            let recorded = self.0.get(&call.id).and_then(from_json);
            recorded.unwrap_or_else(|| Answer::Failed("no answer was recorded".into()))
        };
        calls.iter().map(answer).collect()
    }
}

/// An answer as it is kept.
pub fn to_json(answer: &Answer) -> Value {
    match answer {
        Answer::Text(text) => json!({"text": text}),
        Answer::Refused => json!("refused"),
        Answer::Failed(why) => json!({"failed": why}),
    }
}

fn from_json(value: &Value) -> Option<Answer> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let refused = || (value.as_str() == Some("refused")).then_some(Answer::Refused);
    text("text").map(Answer::Text).or_else(|| text("failed").map(Answer::Failed)).or_else(refused)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn call(id: &str) -> ModelCall {
        ModelCall {
            id: id.into(),
            system: "s".into(),
            prompt: "p".repeat(200_000),
            schema: "{}".into(),
            max_tokens: 7,
        }
    }

    fn answers(command: &str, calls: usize, limit: Duration) -> Vec<Answer> {
        let progress = Progress::hidden();
        let mut model = CommandModel { command: command.into(), limit, progress };
        model.complete_many((0..calls).map(|n| call(&format!("m{n}"))).collect())
    }

    #[test]
    fn every_call_gets_its_own_answer_in_order() {
        let command = r#"grep -o '"id":"[^"]*"'"#;
        let expected: Vec<_> = (0..9).map(|n| Answer::Text(format!("\"id\":\"m{n}\"\n"))).collect();
        assert_eq!(answers(command, 9, LIMIT), expected);
    }

    #[test]
    fn whatever_a_command_does_is_an_answer() {
        let failed = |command: &str| match answers(command, 1, Duration::from_millis(700)).remove(0)
        {
            Answer::Failed(why) => why,
            other => panic!("{command}: {other:?}"),
        };
        assert!(failed("echo half; exit 3").contains("exit status: 3"));
        assert!(failed("no-such-command-here 2>/dev/null").contains("127"));
        assert_eq!(failed("sleep 60 | cat"), "no answer within 0 s");
        assert_eq!(failed("exec >&-; sleep 60"), "did not end within 0 s");
        assert_eq!(failed("head -c 2000000 /dev/zero"), "the answer is over 1 MiB");
        assert_eq!(failed(r"printf '\377'"), "the answer is not UTF-8");
        // Not reading the prompt is no failure.
        assert_eq!(answers("echo ok", 1, LIMIT), [Answer::Text("ok\n".into())]);
    }

    #[test]
    fn answers_come_back_as_they_were_kept() {
        let kept = [Answer::Text("x".into()), Answer::Refused, Answer::Failed("y".into())];
        for answer in &kept {
            assert_eq!(from_json(&to_json(answer)).as_ref(), Some(answer));
        }
        let recorded = Map::from_iter([("m0".to_owned(), to_json(&kept[0]))]);
        let answers = RecordedModel(recorded).complete_many(vec![call("m1"), call("m0")]);
        assert_eq!(answers[1], kept[0]);
        assert!(matches!(answers[0], Answer::Failed(_)));
    }
}
