//! The output of shells, and commands that go on when their call has a result: the outcome is
//! reported once, for the call that began the command.

use std::collections::VecDeque;

use super::super::exit_line::with_code;
use super::super::log::{Log, Result};
use crate::json_value::Value;
use dreaming_records::session::Event;

/// Commands that go on and are remembered; the oldest is forgotten beyond it. Chosen by us: agents
/// have a handful.
const OPEN: usize = 64;

/// The tools that run a command, and how those are called that ask about one.
const RUNNING: &[&str] = &["bash", "powershell"];
const ASKING: &[&str] = &["read_bash", "write_bash", "read_powershell", "write_powershell"];

/// Arguments that name a shell, the newer name first.
const SHELL_FIELDS: &[&str] = &["shellId", "sessionId"];

/// What the last line of an output says before an exit code, of a command that goes on, and before
/// the name of a shell. That line is the program's, `<shellId: 7 completed with exit code 1>`.
const EXITED: &str = "exit code ";
const GOES_ON: &[&str] = &["still running", "in background"];
const NAMES: &[&str] = &["shellId: ", "id: "];

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing says how.
    Said,
    /// With this exit code.
    Exited(i64),
    /// The command goes on in this shell.
    GoesOn(String),
}

/// What a tool printed, and how its call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output {
    /// The text, without what the program writes behind it.
    pub(super) text: String,
    pub(super) end: End,
}

impl Output {
    /// The output of `tool`. `code`: the exit code, where the event has a field for it.
    pub(super) fn of(said: &str, tool: &str, code: Option<i64>) -> Self {
        let is_shell = RUNNING.contains(&tool) || ASKING.contains(&tool);
        let (body, line) = last_line(said);
        let told = if is_shell { end(line) } else { End::Said };
        let text = if told == End::Said { said } else { body };
        let end = match code {
            Some(code) => End::Exited(code),
            None => told,
        };
        Self { text: text.into(), end }
    }
}

/// The text before its last line, and that line.
fn last_line(text: &str) -> (&str, &str) {
    let text = text.trim_ascii_end();
    text.rsplit_once('\n').unwrap_or(("", text))
}

/// What the program's line behind an output says.
fn end(line: &str) -> End {
    let Some(said) = line.strip_prefix('<').and_then(|line| line.strip_suffix('>')) else {
        return End::Said;
    };
    if let Some((_, code)) = said.rsplit_once(EXITED) {
        return code.parse().map_or(End::Said, End::Exited);
    }
    let name = || {
        let (_, rest) = NAMES.iter().find_map(|name| said.split_once(name))?;
        rest.split([' ', '.', ',']).next().filter(|name| !name.is_empty())
    };
    let goes_on = GOES_ON.iter().any(|words| said.contains(words));
    goes_on.then(name).flatten().map_or(End::Said, |name| End::GoesOn(name.into()))
}

/// The shell that a call asks about.
pub(super) fn asked(tool: &str, arguments: &Value) -> Option<String> {
    let named = SHELL_FIELDS.iter().find_map(|field| arguments.get(field));
    let name = |value: &Value| value.as_str().map_or_else(|| value.to_string(), Into::into);
    named.filter(|_| ASKING.contains(&tool)).map(name)
}

/// The output of a call whose command goes on.
#[derive(Debug)]
pub(super) struct Held {
    shell: String,
    call: String,
    tool: String,
    base: Event,
    text: String,
}

impl Held {
    pub(super) fn new(shell: String, call: &str, tool: String, base: Event, text: String) -> Self {
        Self { shell, call: call.into(), tool, base, text }
    }

    /// Nothing shows that the command failed.
    fn fine(self, log: &mut Log) {
        let Self { call, tool, base, text, .. } = self;
        log.result(&base, Result { call: &call, tool: &tool, text, failed: false, refused: false });
    }
}

/// The commands that go on, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Shells(VecDeque<Held>);

impl Shells {
    /// Keeps a result until its command has ended.
    pub(super) fn hold(&mut self, held: Held, log: &mut Log) {
        self.0.push_back(held);
        if self.0.len() > OPEN {
            self.0.pop_front().into_iter().for_each(|held| held.fine(log));
        }
    }

    /// The command of a shell ended: pushes the result of the call that began it, if it is known.
    /// `text`: what this event has of the output.
    pub(super) fn ended(
        &mut self,
        shell: &str,
        code: i64,
        base: &Event,
        text: &str,
        log: &mut Log,
    ) {
        let at = self.0.iter().rposition(|held| held.shell == shell);
        let Some(held) = at.and_then(|at| self.0.remove(at)) else { return };
        if code == 0 {
            return held.fine(log);
        }
        let is_blank = text.trim_ascii().is_empty();
        let (base, text) = if is_blank { (&held.base, &*held.text) } else { (base, text) };
        // The agent that began the command gets its result, whoever asked.
        let base = Event { thread: held.base.thread.clone(), ..base.clone() };
        let text = with_code(code, text);
        let Held { call, tool, .. } = &held;
        log.result(&base, Result { call, tool, text, failed: true, refused: false });
    }

    /// Pushes the results of commands that go on when the part ends.
    pub(super) fn finish(&mut self, log: &mut Log) {
        std::mem::take(&mut self.0).into_iter().for_each(|held| held.fine(log));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_a_shell_tells_how_its_command_ended() {
        let of = |said: &str, tool: &str| {
            let Output { text, end } = Output::of(said, tool, None);
            (text, end)
        };
        let said = |text: &str| (text.to_owned(), End::Said);
        let ended = |text: &str, code| (text.to_owned(), End::Exited(code));
        let goes_on = |text: &str, shell: &str| (text.to_owned(), End::GoesOn(shell.into()));
        assert_eq!(
            of("a\nb\n<shellId: 50 completed with exit code 128>", "bash"),
            ended("a\nb", 128)
        );
        assert_eq!(of("<exited with exit code 0>\n", "read_bash"), ended("", 0));
        let line = "<command with shellId: 22 is still running after 30 seconds. Use read_bash.>";
        assert_eq!(of(&format!("x\n{line}"), "bash"), goes_on("x", "22"));
        let line = "<command with id: main is still running.>";
        assert_eq!(of(line, "bash"), goes_on("", "main"));
        for text in ["<command with id: 22 stopped>", "<b>", "plain", "", "<exit code x>"] {
            assert_eq!(of(text, "bash"), said(text));
        }
        let line = "<shellId: 1 completed with exit code 1>";
        assert_eq!(of(line, "view"), said(line), "a file may hold such a line");
        assert_eq!(Output::of("x", "other", Some(3)).end, End::Exited(3));
    }
}
