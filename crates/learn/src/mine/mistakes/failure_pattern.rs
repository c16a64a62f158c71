//! Failures with one cause, most of which went away when the words in front of the command were
//! left out. The pattern is these words, so `x make a` and `x make b` are one pattern.

use dreaming_records::candidate::{Calls, Candidate};
use dreaming_records::ids::SessionId;
use dreaming_records::kind::Kind;
use dreaming_records::notes::{Failure, Retry};
use dreaming_records::policy::Policy;
use dreaming_records::session_record::SessionRecord;
use dreaming_records::trust::Trust;
use dreaming_shield::attack;
use dreaming_text::{Groups, Set};

use crate::mine::pattern_places::Places;
use crate::mine::pattern_words;
use crate::mine::span::Span;

/// A failure, with its session.
pub(super) type Met<'a> = (&'a SessionRecord, &'a Failure);
pub(super) type Found<'a> = Vec<Met<'a>>;

/// Commands that fail with certain words in front, and work without them.
pub(super) struct Pattern<'a> {
    /// The command that fails, as a sentence names it.
    pub(super) tool: String,
    /// The sentence about it: the text before the error message and the text behind.
    pub(super) said: (String, String),
    pub(super) found: Found<'a>,
    /// Those of `found` where the command then worked without the words.
    cured: Found<'a>,
}

/// Finds the patterns in failures grouped by command and cause; returns each with its cause.
pub(super) fn all<'a>(groups: &Groups<(String, String), Met<'a>>) -> Vec<(String, Pattern<'a>)> {
    let by_front = Groups::of(groups.iter().flat_map(|((_, cause), found)| {
        found.filter_map(move |met| Some(((&*retry(met)?.left_out, cause), *met)))
    }));
    let patterns = by_front.iter().filter_map(|((front, cause), cured)| {
        let cured: Found<'a> = cured.copied().collect();
        let tools: Vec<String> =
            cured.iter().filter_map(|(_, failure)| pattern_words::tool(&failure.tool)).collect();
        let all = groups.iter().filter(|((tool, of), _)| of == *cause && tools.contains(tool));
        let found: Found<'a> = all.flat_map(|(_, found)| found.copied()).collect();
        let tool = tools.iter().min()?.clone();
        let said = said(front, &cured).filter(|_| sessions(&cured) * 2 > sessions(&found))?;
        Some(((*cause).clone(), Pattern { tool, said, found, cured }))
    });
    patterns.collect()
}

fn retry<'a>(met: &Met<'a>) -> Option<&'a Retry> {
    met.1.cure.as_ref()?.retry.as_ref()
}

/// The sentence about a pattern, as the text before and behind the error message. `None` when no
/// sentence fits.
fn said(front: &str, cured: &Found<'_>) -> Option<(String, String)> {
    let next = |met: &Met<'_>| {
        let rest = retry(met)?.failed.strip_prefix(front)?;
        rest.split_ascii_whitespace().next().map(str::to_owned)
    };
    let first = next(cured.first()?);
    let next = first.filter(|first| cured.iter().all(|met| next(met).as_ref() == Some(first)));
    let failed = next.map_or_else(|| front.into(), |next| format!("{front} {next}"));
    let is_said = pattern_words::is_code(&failed) && !attack::instructs(&failed);
    let said =
        (format!("`{failed} …` fails with `"), format!("`; the same without `{front}` works."));
    is_said.then_some(said)
}

impl<'a> Pattern<'a> {
    /// How many sessions show the command work without the words.
    pub(super) fn sessions(&self) -> u64 {
        u64::try_from(sessions(&self.cured)).unwrap_or(u64::MAX)
    }

    /// Whether the pattern has stopped occurring.
    pub(super) fn is_over(&self, span: &Span<'_>) -> bool {
        span.is_over(&origins(&self.found))
    }

    /// How likely a later session meets the pattern. The number is only for comparison.
    pub(super) fn rank(&self, span: &Span<'_>) -> u64 {
        let support = self.places().support();
        // A pattern last seen at the beginning of the period weighs half as much as one that still
        // occurs.
        (2 * support.sessions + support.days) * (span.all() + span.last(&origins(&self.found)))
    }

    /// All its places, including the calls that worked.
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

    /// How often the command was called and how often it failed, for any cause, if known.
    fn calls(&self, records: &[&SessionRecord]) -> Option<Calls> {
        let counts = records.iter().flat_map(|record| &record.notes.commands);
        let of_tool = counts.filter(|count| {
            pattern_words::code(&count.tool, pattern_words::MAX_CODE).as_ref() == Some(&self.tool)
        });
        let mut all = Calls { made: 0, failed: 0 };
        for count in of_tool {
            all.made = all.made.saturating_add(count.calls);
            all.failed = all.failed.saturating_add(count.failed);
        }
        (all.made > 0).then_some(all)
    }
}

/// The sessions in which failures occurred.
fn origins<'a>(found: &Found<'a>) -> Set<&'a SessionId> {
    Set::of(found.iter().map(|(record, _)| record.origin()))
}

fn sessions(found: &Found<'_>) -> usize {
    origins(found).len()
}
