//! The calls of a thread that wait for their result.

use std::collections::VecDeque;

use super::actions::{self, Work};
use super::chain::{Chain, Part};
use super::names::name;
use super::pin::{Place, Seen};
use super::shell;
use dreaming_records::canonical::digest;
use dreaming_records::ids::Digest;

/// Calls that may be open at once; the oldest is forgotten beyond it. Chosen by us: agents make a
/// handful side by side.
const MAX_OPEN: usize = 64;

/// Longest path that is remembered, in bytes: the limit of common file systems.
const MAX_PATH: usize = 4096;

/// Longest arguments that are kept in place of their digest, in bytes. Chosen by us: 64 open calls of 64
/// threads hold 8 MB.
const MAX_GIVEN: usize = 2 << 10;

/// Longest quote of a call, in bytes: enough to recognise a command.
pub(super) const CALL_QUOTE: usize = 120;

/// A call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    id: String,
    /// Its place among the calls of the thread, from 1.
    pub(super) number: u64,
    /// The tool. Redacted.
    pub(super) tool: String,
    /// The tool; for a shell tool with program and subcommand of the first command. Redacted.
    pub(super) step: String,
    /// The file that it is about. Redacted.
    pub(super) path: Option<String>,
    /// What it does when it works.
    pub(super) work: Work,
    /// What it was called with.
    pub(super) arguments: Arguments,
    /// The command, else the path, else the arguments.
    pub(super) place: Place,
}

/// What a call was given, so that it can be told from another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Arguments {
    /// So few that they are kept: the line of a shell, else the arguments as they stand. Redacted.
    Short(String),
    /// Their digest.
    Long(Digest),
}

/// What a failure is charged to.
#[derive(Debug)]
pub(super) struct Charged<'a> {
    pub(super) call: &'a Call,
    /// The step; of a shell tool whose line does not tell which command failed, the tool alone.
    pub(super) step: String,
    /// The command of the line, when it is known.
    pub(super) part: Option<Part>,
}

/// What a call that worked says about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Did {
    /// It did the step, and that worked.
    It,
    /// It did the step among others, and nothing tells what became of it.
    Perhaps,
    /// It did something else.
    Else,
}

impl Call {
    /// The commands of its line, when it gave one to a shell.
    pub(super) fn chain(&self) -> Option<&Chain> {
        match &self.work {
            Work::Runs(chain) => Some(chain),
            _ => None,
        }
    }

    /// What its failure is charged to. `printed`: its result.
    pub(super) fn charged(&self, printed: &str) -> Charged<'_> {
        let Some(chain) = self.chain() else {
            return Charged { call: self, step: self.step.clone(), part: None };
        };
        let part = chain.failed(printed).filter(|part| part.label.is_some()).cloned();
        let label = part.as_ref().and_then(|part| part.label.as_deref());
        Charged { call: self, step: with(&self.tool, label), part }
    }

    /// Whether it did `step` when it worked.
    pub(super) fn did(&self, step: &str) -> Did {
        let Some(chain) = self.chain() else {
            return if self.step == step { Did::It } else { Did::Else };
        };
        let is_it = |part: &&Part| {
            part.label.as_deref().is_some_and(|label| with(&self.tool, Some(label)) == step)
        };
        match chain.parts.iter().filter(is_it).map(|part| part.worked).max() {
            Some(true) => Did::It,
            Some(false) => Did::Perhaps,
            None => Did::Else,
        }
    }
}

/// The open calls of a thread.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: VecDeque<Call>,
    /// How many calls the thread has made so far.
    pub(super) made: u64,
}

impl Calls {
    /// Notes a call.
    pub(super) fn made(&mut self, id: &str, tool: &str, seen: &Seen<'_>) {
        self.made += 1;
        let arguments = &seen.event.text;
        let command = shell::is_shell(tool).then(|| seen.field("command")).flatten();
        let work = actions::work(tool, seen, command.as_ref().map(|(line, _)| line.as_str()));
        let path = ["file_path", "filePath", "notebook_path", "path"]
            .iter()
            .find_map(|name| seen.field(name));
        let (line, place) = match command {
            Some((line, range)) => (Some(line), range),
            None => (None, path.as_ref().map_or(0..arguments.len(), |(_, range)| range.clone())),
        };
        let label = if let Work::Runs(chain) = &work { chain.label() } else { None };
        let tool = name(tool);
        let step = with(&tool, label);
        let (place, _) = seen.place(&place, CALL_QUOTE);
        let arguments = match line {
            Some(line) if line.len() <= MAX_GIVEN => Arguments::Short(line),
            None if arguments.len() <= MAX_GIVEN => {
                Arguments::Short(seen.words(&(0..arguments.len())).into())
            }
            _ => Arguments::Long(digest(arguments.as_bytes())),
        };
        if self.open.len() >= MAX_OPEN {
            self.open.pop_front();
        }
        self.open.push_back(Call {
            id: id.into(),
            number: self.made,
            tool,
            step,
            path: path.map(|(path, _)| path).filter(|path| path.len() <= MAX_PATH),
            work,
            arguments,
            place,
        });
    }

    /// The call that a result belongs to.
    pub(super) fn take(&mut self, id: &str) -> Option<Call> {
        let at = self.open.iter().rposition(|call| call.id == id)?;
        self.open.remove(at)
    }
}

/// A tool, by its name as it is kept, with the command that it ran, as a step is called.
fn with(tool: &str, label: Option<&str>) -> String {
    match label {
        Some(label) => format!("{tool} {label}"),
        None => tool.into(),
    }
}
