//! Failures of one command with one cause and one cure, and what they add up to.

use dreaming_records::candidate::{Calls, Candidate};
use dreaming_records::ids::SessionId;
use dreaming_records::kind::Kind;
use dreaming_records::notes::Failure;
use dreaming_records::policy::Policy;
use dreaming_records::session_record::SessionRecord;
use dreaming_records::trust::Trust;
use dreaming_shield::attack;
use dreaming_text::{Groups, Set};

use super::cause;
use crate::mine::places::Places;
use crate::mine::span::Span;
use crate::mine::words;
use crate::step;

/// A failure with the session in which it happened.
pub(super) type Met<'a> = (&'a SessionRecord, &'a Failure);
pub(super) type Found<'a> = Vec<Met<'a>>;

/// Failures of one command with one cause, of which one command, or one way to call it, cures most.
pub(super) struct Pattern<'a> {
    /// The command that fails, as it is called in a sentence.
    pub(super) tool: String,
    /// What is said of it, in front of the message and behind it.
    pub(super) said: (String, String),
    pub(super) found: Found<'a>,
    /// Those of `found` that the cure cured.
    pub(super) cured: Found<'a>,
}

impl<'a> Pattern<'a> {
    /// `None` when nothing of the project's own cures more than half of the sessions.
    pub(super) fn new(tool: &str, found: Found<'a>) -> Option<Self> {
        let by_step = Groups::of(found.iter().filter_map(|met| {
            let cure = met.1.cure.as_ref()?;
            let is_other = cure.retry.is_none() && cure.step.contains(' ');
            let cure = Some(cure).filter(|_| is_other)?;
            let step = words::tool(&cure.step)?;
            (step != tool && !attack::instructs(&step)).then_some((step, *met))
        }));
        let half = sessions(&found);
        let mut cures = by_step.iter().map(|(cure, cured)| (cure, cured.copied().collect()));
        let (cure, cured) = cures.find(|(_, cured)| sessions(cured) * 2 > half)?;
        let is_own = step::is_own(tool) || step::is_own(cure);
        let said = (format!("When `{tool}` fails with `"), format!("`, `{cure}` works next."));
        let tool = tool.into();
        let is_here = !found.iter().any(|(_, failure)| cause::is_elsewhere(failure));
        (is_own && is_here && !step::looks(cure)).then_some(Self { tool, said, found, cured })
    }

    /// Sessions in which the cure worked.
    pub(super) fn sessions(&self) -> u64 {
        u64::try_from(sessions(&self.cured)).unwrap_or(u64::MAX)
    }

    /// Whether it has stopped.
    pub(super) fn is_over(&self, span: &Span<'_>) -> bool {
        span.is_over(&origins(&self.found))
    }

    /// How likely it is that a later session meets it; only comparisons mean something.
    pub(super) fn rank(&self, span: &Span<'_>) -> u64 {
        let support = self.places().support();
        // What was last seen at the beginning counts half of what still happens.
        (2 * support.sessions + support.days) * (span.all() + span.last(&origins(&self.found)))
    }

    /// All places, those of the cure too.
    pub(super) fn places(&self) -> Places<'a> {
        let failure = |(record, failure): &Met<'a>| (*record, &failure.pin);
        let cure = |(record, failure): &Met<'a>| Some((*record, &failure.cure.as_ref()?.pin));
        let cured = self.cured.iter().filter_map(cure);
        Places::of(self.found.iter().map(failure).chain(cured))
    }

    pub(super) fn candidate(
        &self,
        text: &str,
        records: &[&SessionRecord],
        policy: &Policy,
    ) -> Candidate {
        let found = self.places().candidate(Kind::Mistake, text, policy);
        Candidate { trust: Trust::Verified, calls: self.calls(records), ..found }
    }

    /// How often the command was called and failed, for whatever cause, when that is known.
    fn calls(&self, records: &[&SessionRecord]) -> Option<Calls> {
        let counts = records.iter().flat_map(|record| &record.notes.commands);
        let of_tool = counts
            .filter(|count| words::code(&count.tool, words::MAX_CODE).as_ref() == Some(&self.tool));
        let mut all = Calls { made: 0, failed: 0 };
        for count in of_tool {
            all.made = all.made.saturating_add(count.calls);
            all.failed = all.failed.saturating_add(count.failed);
        }
        (all.made > 0).then_some(all)
    }
}

/// Sessions in which something happened.
fn origins<'a>(found: &Found<'a>) -> Set<&'a SessionId> {
    Set::of(found.iter().map(|(record, _)| record.origin()))
}

pub(super) fn sessions(found: &Found<'_>) -> usize {
    origins(found).len()
}
