//! Calls until they ended: a command that goes on is ended by a later call that asks for it, or by an event.
//! How it ended is charged to the call that began it, once.

use std::collections::VecDeque;

use super::super::log::{Log, Result};
use super::super::provenance;
use super::output::{End, Output, with_code};
use dreaming_records::session::Event;

/// Calls of each sort that are remembered at once; the oldest is forgotten beyond it. Chosen by us: agents
/// make a handful side by side.
const OPEN: usize = 64;

/// The calls of a part that have not ended.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// Calls without a result so far.
    waiting: Recent<Waiting>,
    /// Calls whose command goes on.
    held: Recent<Held>,
}

/// What is known of a call without a result.
#[derive(Debug, Default)]
struct Waiting {
    /// How it ended, when an event said so before.
    told: Option<Output>,
    /// The name of the command that goes on for which it asks.
    asks: Option<String>,
}

/// What a call gave back that goes on.
#[derive(Debug)]
struct Held {
    /// The name under which it is asked for.
    name: String,
    base: Event,
    tool: String,
    text: String,
}

/// A call of which a record tells, by its id. Its events are as `base`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) base: &'a Event,
    pub(super) call: &'a str,
}

impl Running {
    /// A call was made. `asks`: the name of the command that it asks for.
    pub(super) fn made(&mut self, call: &str, asks: Option<String>) {
        self.waiting.put(call, Waiting { told: None, asks });
    }

    /// Tells the result of a call.
    pub(super) fn result(&mut self, of: Told<'_>, output: Output, log: &mut Log) {
        let Waiting { told, asks } = self.waiting.take(of.call).unwrap_or_default();
        if let Some(name) = asks {
            return self.asked(of, &name, output, log);
        }
        match (output.end, told) {
            (End::GoesOn(name), None) => {
                let tool = log.tool(of.call).unwrap_or_default().to_owned();
                let held = Held { name, base: of.base.clone(), tool, text: output.text };
                // What is forgotten is not known to have failed.
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

    /// Tells the result of a call that asked for the command `name`. Such a call fails only when it
    /// could not be carried out itself.
    fn asked(&mut self, of: Told<'_>, name: &str, output: Output, log: &mut Log) {
        let own = match &output.end {
            End::Failed | End::Stopped => output.end.clone(),
            _ => End::Said,
        };
        if matches!(output.end, End::Exited(_) | End::Script(_))
            && let Some(starter) = self.held.name_of(|held| held.name == name)
        {
            self.told(Told { call: &starter, ..of }, output.clone(), log);
        }
        ended(of, "", Output { end: own, ..output }, log);
    }

    /// Takes what a record says of how a call ended, which may come before its result. Tells it of a command that
    /// goes on.
    pub(super) fn told(&mut self, of: Told<'_>, output: Output, log: &mut Log) {
        if let Some(waiting) = self.waiting.get_mut(of.call) {
            waiting.told = Some(output);
            return;
        }
        let Some(held) = self.held.take(of.call) else { return };
        if !output.end.is_failure() {
            return held.fine(of.call, log);
        }
        // What was said stands in this record or, when it says nothing more, in the first one.
        let (base, text) = if output.text.trim_ascii().is_empty() {
            (&held.base, held.text)
        } else {
            (of.base, output.text)
        };
        ended(Told { base, ..of }, &held.tool, Output { text, end: output.end }, log);
    }

    /// Tells the calls that went on to the end of what is read: nothing says that they failed.
    pub(super) fn finish(&mut self, log: &mut Log) {
        let held = std::mem::take(&mut self.held);
        held.0.into_iter().for_each(|(call, held)| held.fine(&call, log));
    }
}

impl Held {
    fn fine(self, call: &str, log: &mut Log) {
        let output = Output { text: self.text, end: End::Said };
        ended(Told { base: &self.base, call }, &self.tool, output, log);
    }
}

/// Tells a result.
pub(super) fn ended(Told { base, call }: Told<'_>, tool: &str, output: Output, log: &mut Log) {
    let failed = output.end.is_failure();
    let stopped = output.end == End::Stopped;
    let text = match output.end {
        End::Exited(code) if failed => with_code(code, &output.text),
        _ => output.text,
    };
    let refused = failed && (stopped || provenance::is_refusal(&text));
    log.result(base, Result { call, tool, text, failed, refused });
}

/// What was put in last, by name.
#[derive(Debug)]
struct Recent<T>(VecDeque<(String, T)>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Recent<T> {
    /// Puts a value in; returns the oldest when there is no more room.
    fn put(&mut self, name: &str, value: T) -> Option<(String, T)> {
        self.take(name);
        self.0.push_back((name.into(), value));
        if self.0.len() > OPEN { self.0.pop_front() } else { None }
    }

    /// The name of what was put in last of those that are meant.
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
