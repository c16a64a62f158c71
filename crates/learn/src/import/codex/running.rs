//! Follows calls until they end. A command that keeps running ends with a later call that asks
//! about it, or with an event. The outcome is reported once, for the call that began the command.

use std::collections::VecDeque;

use super::super::log::{Log, Result};
use super::super::provenance;
use super::output::{End, Output, with_code};
use dreaming_records::session::Event;

/// Calls of each sort that are remembered; the oldest is forgotten beyond it. Chosen by us: agents
/// make a handful side by side.
const OPEN: usize = 64;

/// The calls of a part that have not ended.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// Calls without a result yet.
    waiting: Recent<Waiting>,
    /// Calls whose command is still running.
    held: Recent<Held>,
}

/// A call without a result.
#[derive(Debug, Default)]
struct Waiting {
    /// How it ended, when an event reported that before the result.
    told: Option<Output>,
    /// The name of the running command that it asks about.
    asks: Option<String>,
}

/// The output of a call whose command is still running.
#[derive(Debug)]
struct Held {
    /// The name under which later calls ask about the command.
    name: String,
    base: Event,
    tool: String,
    text: String,
}

/// A call that a record reports on, by its id. Its events are made like `base`.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordedCall<'a> {
    pub(super) base: &'a Event,
    pub(super) call: &'a str,
}

impl Running {
    /// Notes a call. `asks`: the name of the command that it asks about.
    pub(super) fn made(&mut self, call: &str, asks: Option<String>) {
        self.waiting.put(call, Waiting { told: None, asks });
    }

    /// Pushes the result of a call.
    pub(super) fn result(&mut self, of: RecordedCall<'_>, output: Output, log: &mut Log) {
        let Waiting { told, asks } = self.waiting.take(of.call).unwrap_or_default();
        if let Some(name) = asks {
            return self.asked(of, &name, output, log);
        }
        match (output.end, told) {
            (End::GoesOn(name), None) => {
                let tool = log.tool(of.call).unwrap_or_default().to_owned();
                let held = Held { name, base: of.base.clone(), tool, text: output.text };
                // The oldest is forgotten: nothing shows that it failed.
                if let Some((call, held)) = self.held.put(of.call, held) {
                    held.fine(&call, log);
                }
            }
            (End::GoesOn(_) | End::Said, Some(told)) => {
                let is_blank = output.text.trim_ascii().is_empty();
                let text = if is_blank { told.text } else { output.text };
                ended(of, "", Output { text, end: told.end }, log);
            }
            (end, _) => ended(of, "", Output { end, text: output.text }, log),
        }
    }

    /// Pushes the result of a call that asked about the command `name`. Such a call fails only when
    /// it could not be carried out itself.
    fn asked(&mut self, of: RecordedCall<'_>, name: &str, output: Output, log: &mut Log) {
        let own = match &output.end {
            End::Failed | End::Stopped => output.end.clone(),
            _ => End::Said,
        };
        if matches!(output.end, End::Exited(_) | End::Script(_))
            && let Some(starter) = self.held.name_of(|held| held.name == name)
        {
            self.recorded_end(RecordedCall { call: &starter, ..of }, output.clone(), log);
        }
        ended(of, "", Output { end: own, ..output }, log);
    }

    /// Takes a record of how a call ended, which may come before the result. When the call's
    /// command was running, pushes the result.
    pub(super) fn recorded_end(&mut self, of: RecordedCall<'_>, output: Output, log: &mut Log) {
        if let Some(waiting) = self.waiting.get_mut(of.call) {
            waiting.told = Some(output);
            return;
        }
        let Some(held) = self.held.take(of.call) else { return };
        if !output.end.is_failure() {
            return held.fine(of.call, log);
        }
        // This record has the output; when it has none, the first result has it.
        let (base, text) = if output.text.trim_ascii().is_empty() {
            (&held.base, held.text)
        } else {
            (of.base, output.text)
        };
        ended(RecordedCall { base, ..of }, &held.tool, Output { text, end: output.end }, log);
    }

    /// Pushes the results of calls that still run when the part ends: nothing shows that they
    /// failed.
    pub(super) fn finish(&mut self, log: &mut Log) {
        let held = std::mem::take(&mut self.held);
        held.0.into_iter().for_each(|(call, held)| held.fine(&call, log));
    }
}

impl Held {
    fn fine(self, call: &str, log: &mut Log) {
        let output = Output { text: self.text, end: End::Said };
        ended(RecordedCall { base: &self.base, call }, &self.tool, output, log);
    }
}

/// Pushes a result.
pub(super) fn ended(
    RecordedCall { base, call }: RecordedCall<'_>,
    tool: &str,
    output: Output,
    log: &mut Log,
) {
    let failed = output.end.is_failure();
    let stopped = output.end == End::Stopped;
    let text = match output.end {
        End::Exited(code) if failed => with_code(code, &output.text),
        _ => output.text,
    };
    let refused = failed && (stopped || provenance::is_refusal(&text));
    log.result(base, Result { call, tool, text, failed, refused });
}

/// The latest entries, by name.
#[derive(Debug)]
struct Recent<T>(VecDeque<(String, T)>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Recent<T> {
    /// Adds a value; returns the oldest when the list is full.
    fn put(&mut self, name: &str, value: T) -> Option<(String, T)> {
        self.take(name);
        self.0.push_back((name.into(), value));
        if self.0.len() > OPEN { self.0.pop_front() } else { None }
    }

    /// The name of the latest value for which `is_meant` holds.
    fn name_of(&self, is_meant: impl Fn(&T) -> bool) -> Option<String> {
        let found = self.0.iter().rfind(|(_, value)| is_meant(value));
        found.map(|(name, _)| name.clone())
    }

    fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.0.iter_mut().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    fn take(&mut self, name: &str) -> Option<T> {
        let at = self.0.iter().rposition(|(known, _)| known == name)?;
        self.0.remove(at).map(|(_, value)| value)
    }
}
