//! The calls of a thread that wait for their result.

use std::collections::VecDeque;

use super::call_effects::{self, Work};
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

/// Longest arguments that are kept as they are, in bytes; of longer ones the digest is kept. Chosen
/// by us: 64 open calls in each of 64 threads then take 8 MB.
const MAX_GIVEN: usize = 2 << 10;

/// Longest quote of a call, in bytes: enough to recognise a command.
pub(super) const CALL_QUOTE: usize = 120;

/// A call of a tool, kept until its result comes.
#[derive(Clone, Debug)]
pub(super) struct Call {
    id: String,
    /// Its number among the calls of the thread, from 1.
    pub(super) number: u64,
    /// The tool. Redacted.
    pub(super) tool: String,
    /// The tool; for a shell tool with program and subcommand of the first command. Redacted.
    pub(super) step: String,
    /// The file that the call names. Redacted.
    pub(super) path: Option<String>,
    /// What it does if it succeeds.
    pub(super) work: Work,
    /// What it was called with.
    pub(super) arguments: Arguments,
    /// The command, else the path, else the arguments.
    pub(super) place: Place,
}

/// The arguments of a call, to compare it with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Arguments {
    /// Short enough to keep: the shell line, else the arguments as they stand. Redacted.
    Short(String),
    /// The digest of longer ones.
    Long(Digest),
}

/// The call and step that a failure is charged to.
#[derive(Debug)]
pub(super) struct Charged<'a> {
    pub(super) call: &'a Call,
    /// The step; for a shell tool the tool alone, when the line does not tell which command failed.
    pub(super) step: String,
    /// The command of the line, when it is known.
    pub(super) part: Option<Part>,
}

/// Whether a call that worked did a certain step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Did {
    /// It did the step, and that worked.
    It,
    /// It did the step among others; nobody knows whether that worked.
    Perhaps,
    /// It did something else.
    Else,
}

impl Call {
    /// The commands of its shell line, if it ran one.
    pub(super) fn chain(&self) -> Option<&Chain> {
        match &self.work {
            Work::Runs(chain) => Some(chain),
            _ => None,
        }
    }

    /// The step that its failure is charged to. `printed`: its result.
    pub(super) fn charged(&self, printed: &str) -> Charged<'_> {
        let Some(chain) = self.chain() else {
            return Charged { call: self, step: self.step.clone(), part: None };
        };
        let part = chain.failed(printed).filter(|part| part.label.is_some()).cloned();
        let label = part.as_ref().and_then(|part| part.label.as_deref());
        Charged { call: self, step: with(&self.tool, label), part }
    }

    /// Whether this call did `step`, given that the call worked.
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
    /// Keeps a call until its result comes.
    pub(super) fn made(&mut self, id: &str, tool: &str, seen: &Seen<'_>) {
        self.made += 1;
        let arguments = &seen.event.text;
        let command = shell::is_shell(tool).then(|| seen.field("command")).flatten();
        let work = call_effects::work(tool, seen, command.as_ref().map(|(line, _)| line.as_str()));
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

/// The name of a step: the tool, and the command that it ran.
fn with(tool: &str, label: Option<&str>) -> String {
    match label {
        Some(label) => format!("{tool} {label}"),
        None => tool.into(),
    }
}
