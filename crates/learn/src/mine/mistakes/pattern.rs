//! Failures of one tool with one cause, and what they add up to.

use std::collections::{BTreeMap, BTreeSet};

use super::cause::{Cause, Class};
use super::{Found, calls};
use dreaming_records::candidate::{Calls, Candidate};
use dreaming_records::evidence::Evidence;
use dreaming_records::ids::SessionId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Finder;
use dreaming_records::notes::{Failure, SessionRecord};
use dreaming_records::policy::{self, Policy};
use dreaming_records::trust::Trust;
use dreaming_shield::attack;
use dreaming_text::sort;

use crate::mine::places::{Places, origin};
use crate::mine::words;
use crate::step;

/// Sessions in which a cure must have worked before it is named: once may be chance.
const CURE_SESSIONS: usize = 2;

/// Different messages that one memory cites at most. Chosen by us: a cause that says more is
/// shown by its most frequent ones.
const MAX_MESSAGES: usize = 5;

/// Places that show the cure. Chosen by us: two sessions are what a cure must have.
const CURE_PLACES: usize = 2;

/// One session in so many must have met a failure before a memory of it pays: every session reads
/// the memory. Chosen by us.
const ONE_IN: usize = 50;

/// The same for what is no habit of agents with their tools: what one session got wrong about a
/// certain command or name, the next one, which reads the same help, seldom does again. Chosen by
/// us.
const ONE_IN_OF_OTHERS: usize = 15;

/// A failure is over when a silence as long as its last one would come by chance less often than
/// once in so many times. Chosen by us: the usual level of doubt.
const BY_CHANCE: u64 = 20;

/// One whole, in parts per million.
const PPM: u64 = 1_000_000;

/// The sessions of a dream in the order of time.
pub(super) struct Span<'a> {
    order: BTreeMap<&'a SessionId, u64>,
}

impl<'a> Span<'a> {
    pub(super) fn of(records: &[&'a SessionRecord]) -> Self {
        let mut all: Vec<_> = records.iter().map(|r| (r.notes.first, origin(r))).collect();
        sort::all(&mut all);
        Self { order: sort::map(all.into_iter().map(|(_, id)| id).zip(1..)) }
    }

    /// The place of the last of `found` among all sessions, from 1.
    fn last(&self, found: &Found<'_>) -> u64 {
        found.iter().filter_map(|(r, _)| self.order.get(origin(r))).copied().max().unwrap_or(0)
    }
}

/// Failures of one tool with one cause.
pub(super) struct Pattern<'a> {
    pub(super) tool: String,
    pub(super) cause: Cause,
    pub(super) found: Found<'a>,
    /// The step that cures it, as it is called in a sentence.
    pub(super) cure: Option<String>,
    /// How often the tool was called and failed, for whatever cause, when that is known.
    calls: Option<Calls>,
    /// Whether the tool is a command in a shell.
    by_command: bool,
    /// Whether the cure is a command that does something.
    pub(super) cured_by_command: bool,
    /// By message: the failures that said it, the most widespread message first.
    messages: Vec<(String, Found<'a>)>,
}

impl<'a> Pattern<'a> {
    pub(super) fn new(tool: String, cause: Cause, found: Found<'a>, calls: &calls::All) -> Self {
        let mut by_message: BTreeMap<String, Found<'a>> = BTreeMap::new();
        for (record, failure) in &found {
            by_message.entry(message(failure)).or_default().push((record, failure));
        }
        let mut messages: Vec<_> = by_message.into_iter().collect();
        sort::by_key(&mut messages, |(_, found)| std::cmp::Reverse(sessions(found)));
        let cure = cure(&found);
        let cured_by_command =
            found.iter().filter_map(|(_, failure)| failure.cure.as_ref()).any(|c| {
                c.step.contains(' ')
                    && words::tool(&c.step) == cure
                    && cure.as_ref().is_some_and(|cure| !step::looks(cure))
            });
        let by_command = found.iter().any(|(_, failure)| failure.tool.contains(' '));
        let calls = calls.get(&(by_command, tool.clone())).copied();
        Self { tool, cause, found, cure, calls, by_command, cured_by_command, messages }
    }

    /// Whether it is known from so many sessions, and so lately, that a later one will meet it.
    pub(super) fn recurs(&self, least: u64, span: &Span<'_>) -> bool {
        let least = usize::try_from(least).unwrap_or(usize::MAX);
        let finds = self.cause == Cause::Known(Class::Findings);
        let habit = finds || (matches!(self.cause, Cause::Known(_)) && !self.by_command);
        let one_in = if habit { ONE_IN } else { ONE_IN_OF_OTHERS };
        let enough = sessions(&self.found) >= least.max(span.order.len() / one_in);
        // A check that finds something else each time does its work.
        let same = self.messages.first().is_some_and(|(_, found)| sessions(found) >= least);
        // Its lesson says that it fails often.
        let often = self.calls.is_some_and(calls::is_often);
        enough && (same && often || !finds) && !self.is_over(span)
    }

    /// Whether it has not come for so long that it must have stopped: were its sessions spread
    /// evenly, all of them would fall before the silence with a chance of
    /// (last ÷ all) ^ sessions.
    fn is_over(&self, span: &Span<'_>) -> bool {
        let all = u64::try_from(span.order.len()).unwrap_or(u64::MAX).max(1);
        let last = span.last(&self.found).min(all);
        let chance = (0..sessions(&self.found)).fold(PPM, |chance, _| chance * last / all);
        chance < PPM / BY_CHANCE
    }

    /// How likely it is that a later session meets it; only comparisons mean something.
    pub(super) fn rank(&self, span: &Span<'_>) -> u64 {
        let support = self.places().support();
        let people: BTreeSet<_> =
            sort::tree(self.found.iter().filter_map(|(r, _)| r.notes.principal.as_ref()));
        let people = u64::try_from(people.len()).unwrap_or(u64::MAX);
        let all = u64::try_from(span.order.len()).unwrap_or(u64::MAX).max(1);
        let weight = 2 * support.sessions + support.days + people;
        // What was last seen at the beginning counts half of what still happens.
        (weight + u64::from(self.cure.is_some())) * (all + span.last(&self.found))
    }

    /// All places, those of the cure too.
    pub(super) fn places(&self) -> Places<'a> {
        let mut places = Places::default();
        for (record, failure) in &self.found {
            places.add(record, &failure.pin);
        }
        for (record, failure) in &self.found {
            if let Some(cure) = failure.cure.as_ref().filter(|_| self.is_cured(failure)) {
                places.add(record, &cure.pin);
            }
        }
        places
    }

    pub(super) fn candidate(&self, text: &str, policy: &Policy) -> Candidate {
        let trust = if self.cure.is_some() { Trust::Verified } else { Trust::Tool };
        let mut found = self.places().candidate(Kind::Mistake, text, trust, Finder::Miner, policy);
        found.calls = self.calls;
        found.evidence = self.evidence(policy.size(&policy::MAX_EVIDENCE));
        found
    }

    /// At most `max` places, sorted: one of each of the most widespread messages, then further
    /// sessions with these, and where the cure worked.
    fn evidence(&self, max: usize) -> Vec<Evidence> {
        let mut cures = BTreeMap::new();
        for (record, failure) in &self.found {
            if let Some(cure) = failure.cure.as_ref().filter(|_| self.is_cured(failure)) {
                cures.entry(origin(record)).or_insert_with(|| record.evidence(&cure.pin));
            }
        }
        let cures: Vec<Evidence> =
            cures.into_values().take(CURE_PLACES.min(max.saturating_sub(2))).collect();
        let mut cited = Cited::new(max - cures.len(), self.by_command);
        let widest = || self.messages.iter().take(MAX_MESSAGES);
        for (_, found) in widest() {
            let fresh = found.iter().find(|(record, _)| !cited.sessions.contains(&record.id));
            if let Some((record, failure)) = fresh.or(found.first()) {
                cited.add(record, failure);
            }
        }
        for (record, failure) in widest().flat_map(|(_, found)| found) {
            if !cited.sessions.contains(&record.id) {
                cited.add(record, failure);
            }
        }
        let mut kept = cited.places;
        kept.extend(cures);
        sort::all(&mut kept);
        kept.dedup();
        kept
    }

    /// Whether the step that cures the pattern cured this failure.
    fn is_cured(&self, failure: &Failure) -> bool {
        let step = failure.cure.as_ref().and_then(|cure| words::tool(&cure.step));
        step.is_some() && step == self.cure
    }
}

/// The places that a memory cites.
struct Cited<'a> {
    room: usize,
    quotes: BTreeSet<&'a str>,
    sessions: BTreeSet<&'a SessionId>,
    places: Vec<Evidence>,
}

impl<'a> Cited<'a> {
    fn new(room: usize, by_command: bool) -> Self {
        // What a command printed is long and its quote a line of it: places with one quote may
        // have said different things.
        let room = if by_command { room.min(MAX_MESSAGES) } else { room };
        let (quotes, sessions) = (BTreeSet::new(), BTreeSet::new());
        Self { room, quotes, sessions, places: Vec::new() }
    }

    /// Adds a place while there is room and no more than [`MAX_MESSAGES`] are said.
    fn add(&mut self, record: &'a SessionRecord, failure: &'a Failure) {
        let quote = &*failure.pin.quote;
        let is_said = self.quotes.contains(quote) || self.quotes.len() < MAX_MESSAGES;
        if self.places.len() < self.room && is_said {
            self.quotes.insert(quote);
            self.sessions.insert(&record.id);
            self.places.push(record.evidence(&failure.pin));
        }
    }
}

/// What a failure says, with the name that it proposes: another name is another guess.
fn message(failure: &Failure) -> String {
    let proposed = failure.pin.quote.split_once("Did you mean ").and_then(|(_, after)| {
        let word = after.split_ascii_whitespace().next()?.trim_end_matches('?');
        word.rsplit(['/', '\\']).next()
    });
    match proposed {
        Some(name) => format!("{} {name}", failure.template),
        None => failure.template.clone(),
    }
}

fn sessions(found: &Found<'_>) -> usize {
    sort::tree(found.iter().map(|(record, _)| origin(record))).len()
}

/// The step that cured most of the sessions in which anything did, if it did so in
/// [`CURE_SESSIONS`]. More than half, so that there is at most one and a later session seldom
/// changes it.
fn cure(found: &Found<'_>) -> Option<String> {
    let mut by_step: BTreeMap<String, BTreeSet<&SessionId>> = BTreeMap::new();
    let mut cured = BTreeSet::new();
    for (record, failure) in found {
        let step = failure.cure.as_ref().and_then(|cure| words::tool(&cure.step));
        if let Some(step) = step.filter(|step| !attack::instructs(step)) {
            by_step.entry(step).or_default().insert(origin(record));
            cured.insert(origin(record));
        }
    }
    let clear = |n: usize| n >= CURE_SESSIONS && n * 2 > cured.len();
    let most = by_step.into_iter().max_by(|a, b| (a.1.len(), &b.0).cmp(&(b.1.len(), &a.0)));
    most.filter(|(_, sessions)| clear(sessions.len())).map(|(step, _)| step)
}
