//! One session while it is read: its parts, then its calls, then what it leaves behind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use dreaming_learn::check;
use dreaming_learn::import::{self, Excerpt, PartReader, PartResult};
use dreaming_learn::outcome::Judge;
use dreaming_learn::propose::{self, Answer, Asked, ModelCall};
use dreaming_learn::select::Select;
use dreaming_records::canonical::{self, Hasher};
use dreaming_records::ids::{CallId, Digest, SessionId};
use dreaming_records::notes::{PartRead, SessionNotes, SessionRecord, Unanswered};
use dreaming_records::number::{count, is_zero};
use dreaming_records::plan::Rejected;
use dreaming_records::policy::{self, Policy};
use dreaming_records::proposal::Proposal;
use dreaming_records::session::SessionDescriptor;
use dreaming_records::time::Time;
use dreaming_text::sort;

use super::Request;

/// What a session left behind, with what the report counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Read {
    pub record: SessionRecord,
    pub rejected: Vec<Rejected>,
    /// Parts that are not what the cursor says was read before.
    pub rewritten: Vec<String>,
    pub calls: u64,
    pub calls_answered: u64,
    pub calls_failed: u64,
    pub calls_over_budget: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub calls_unanswered: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub prompt_characters: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub transcript_characters: u64,
    /// The same bytes were read before: only a model is asked again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

/// A session of the current round.
#[derive(Debug)]
pub(super) struct Work {
    session: SessionDescriptor,
    reading: BTreeMap<String, PartWork>,
    read: Vec<PartResult>,
    rewritten: Vec<String>,
    asked: Option<Calls>,
    before: Option<Before>,
}

/// What the ledger knows of a session that is read again.
#[derive(Clone, Debug)]
struct Before {
    parts: Vec<PartRead>,
    proposals: Vec<Proposal>,
    unanswered: Option<Unanswered>,
}

/// The record of a session that was read, and the calls that it needs.
#[derive(Debug)]
struct Calls {
    record: SessionRecord,
    /// Whether this dream asks a model about the session.
    asks: bool,
    asked: Vec<Asked>,
    /// The calls that there is no budget for.
    over_budget: Vec<CallId>,
    /// What there was to show.
    transcript_characters: u64,
    /// Whether the same bytes were read before.
    again: bool,
}

#[derive(Debug)]
struct PartWork {
    reader: PartReader,
    prefix: Option<Prefix>,
}

/// The bytes that were read before, to tell a file that grew from one that was rewritten.
#[derive(Debug)]
struct Prefix {
    expected: PartRead,
    left: u64,
    hasher: Hasher,
}

impl Prefix {
    fn push(&mut self, chunk: &[u8]) {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let known = chunk.get(..left.min(chunk.len())).unwrap_or(chunk);
        self.hasher.update(known);
        self.left -= count(known.len());
    }

    fn holds(&self) -> bool {
        self.left == 0 && self.hasher.digest() == self.expected.digest
    }
}

impl Work {
    pub(super) fn new(
        session: &SessionDescriptor,
        known: Option<&SessionRecord>,
        request: &Request,
    ) -> Self {
        let asks = request.policy.number(&policy::MAX_CALLS) > 0;
        let part = |name: &str| PartWork {
            reader: PartReader::new(name, &request.policy, request.now, asks),
            prefix: known.and_then(|k| k.parts.iter().find(|p| p.name == name)).map(|expected| {
                Prefix {
                    expected: expected.clone(),
                    left: expected.bytes,
                    hasher: Hasher::default(),
                }
            }),
        };
        let names = session.parts.iter().map(|p| p.name.clone());
        Self {
            session: session.clone(),
            reading: sort::map(names.map(|name| (name.clone(), part(&name)))),
            read: Vec::new(),
            rewritten: Vec::new(),
            asked: None,
            before: known.map(|known| Before {
                parts: known.parts.clone(),
                proposals: known.proposals.clone(),
                unanswered: known.unanswered.clone(),
            }),
        }
    }

    /// The parts that are not complete, by name.
    pub(super) fn missing_parts(&self) -> Vec<String> {
        self.reading.keys().cloned().collect()
    }

    /// Takes the next bytes of a part. Whether the part was asked for.
    pub(super) fn feed(&mut self, name: &str, chunk: &[u8], last: bool) -> bool {
        let Some(part) = self.reading.get_mut(name) else { return false };
        part.reader.push(chunk);
        if let Some(prefix) = &mut part.prefix {
            prefix.push(chunk);
        }
        if last {
            let Some(part) = self.reading.remove(name) else { return false };
            if part.prefix.is_some_and(|prefix| !prefix.holds()) {
                self.rewritten.push(name.into());
                sort::all(&mut self.rewritten);
            }
            self.read.push(part.reader.finish());
        }
        true
    }

    /// Makes the calls of a session, at most `budget`, and says how many. `None` while the session
    /// is not read to its end.
    pub(super) fn ask(&mut self, request: &Request, budget: u64) -> Option<u64> {
        if !self.reading.is_empty() {
            return None;
        }
        if self.asked.is_none() {
            let parts = std::mem::take(&mut self.read);
            let (record, excerpts): (SessionRecord, Vec<Excerpt>) =
                import::combine(&self.session, parts, &request.policy);
            let instructions = &request.instructions;
            let mut asked = propose::calls(&record.id, &excerpts, instructions, &request.policy);
            let asks = asks(&record.notes, &request.policy);
            if !asks {
                asked.clear();
            }
            let whole = asked.len();
            let again = self.before.as_ref().is_some_and(|before| before.parts == record.parts);
            if again {
                self.leave_answered(&mut asked);
            }
            let over =
                asked.split_off(asked.len().min(usize::try_from(budget).unwrap_or(usize::MAX)));
            let transcript_characters = if asked.len() == whole && whole > 0 {
                // What no prompt shows was there to be shown all the same.
                characters(&excerpts)
            } else {
                asked.iter().map(|asked| characters(&asked.excerpts)).sum()
            };
            let over_budget = over.into_iter().map(|asked| asked.call.id).collect();
            self.asked =
                Some(Calls { record, asks, asked, over_budget, transcript_characters, again });
        }
        Some(count(self.calls().count()))
    }

    /// Leaves the calls that got no answer when the same bytes were read before. Of other prompts, as other
    /// instructions make them, no answer is known, and all stay.
    fn leave_answered(&self, asked: &mut Vec<Asked>) {
        let unanswered = self.before.as_ref().and_then(|before| before.unanswered.as_ref());
        let Some(unanswered) = unanswered else { return };
        let is_open = |asked: &Asked| unanswered.calls.contains(&asked.call.id);
        if asked.iter().any(is_open) {
            asked.retain(is_open);
        }
    }

    /// What is known of the session from before, if all of it still stands where it stood.
    fn still_there(&self, record: &SessionRecord) -> Option<&Before> {
        let stands = |part: &PartRead| record.parts.iter().any(|now| now.name == part.name);
        let before = self.before.as_ref()?;
        (self.rewritten.is_empty() && before.parts.iter().all(stands)).then_some(before)
    }

    /// The calls of this session.
    pub(super) fn calls(&self) -> impl Iterator<Item = &ModelCall> {
        self.asked.iter().flat_map(|calls| &calls.asked).map(|asked| &asked.call)
    }

    /// Whether everything that was asked for has come.
    pub(super) fn is_ready(&self, answers: &BTreeMap<CallId, Answer>) -> bool {
        self.asked.is_some() && self.calls().all(|call| answers.contains_key(&call.id))
    }

    /// Checks the answers and ends the session.
    pub(super) fn finish(
        mut self,
        answers: &mut BTreeMap<CallId, Answer>,
        policy: &Policy,
    ) -> Option<Read> {
        let calls = self.asked.take()?;
        let before = self.still_there(&calls.record).cloned();
        let shown = calls.asked.iter().map(|asked| &asked.call);
        let mut read = Read {
            record: calls.record,
            rejected: Vec::new(),
            rewritten: self.rewritten,
            calls: count(calls.asked.len()),
            calls_answered: 0,
            calls_failed: 0,
            calls_over_budget: count(calls.over_budget.len()),
            calls_unanswered: 0,
            prompt_characters: shown.map(prompt_characters).sum(),
            transcript_characters: calls.transcript_characters,
            again: calls.again,
        };
        let mut unanswered = Vec::new();
        for asked in &calls.asked {
            let Some(answer) = answers.remove(&asked.call.id) else { continue };
            if matches!(answer, Answer::Failed { .. }) {
                unanswered.push(asked.call.id.clone());
            }
            let checked = check::check(asked, &answer, policy);
            if checked.usable {
                read.calls_answered += 1;
            } else {
                read.calls_failed += 1;
            }
            read.record.proposals.extend(checked.proposals);
            read.rejected.extend(checked.rejected);
        }
        read.calls_unanswered = count(unanswered.len());
        let (earlier, proposals) = before.map(|b| (b.unanswered, b.proposals)).unwrap_or_default();
        read.record.unanswered = if calls.asks {
            let failed = !unanswered.is_empty()
                || calls.asked.is_empty() && earlier.is_some_and(|earlier| earlier.failed);
            unanswered.extend(calls.over_budget);
            (!unanswered.is_empty()).then_some(Unanswered { calls: unanswered, failed })
        } else {
            earlier
        };
        // Only answers to all that the session holds take the place of those that were given before.
        if read.again || !calls.asks || read.record.unanswered.is_some() {
            read.record.proposals.extend(proposals);
        }
        sort::by(&mut read.record.proposals, |a, b| {
            (a.kind, &a.text, &a.pins).cmp(&(b.kind, &b.text, &b.pins))
        });
        read.record.proposals.dedup();
        sort::all(&mut read.rejected);
        read.rejected.dedup();
        Some(read)
    }
}

/// The place of a session in the order in which calls are budgeted: by id; last those for which calls failed
/// before, so that what always fails holds up nothing else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// In each dream another order of those that failed, so that none of them is always the first.
    turn: Option<Digest>,
    pub(super) id: SessionId,
}

impl Place {
    pub(super) fn of(id: &SessionId, known: Option<&SessionRecord>, now: Time) -> Self {
        let unanswered = known.and_then(|known| known.unanswered.as_ref());
        let failed = unanswered.is_some_and(|unanswered| unanswered.failed);
        let (time, id) = (now.millis().to_string(), id.clone());
        let turn = || canonical::digest_parts([time.as_bytes(), id.as_str().as_bytes()]);
        Self { turn: failed.then(turn), id }
    }
}

/// Whether a dream asks a model about a session. Comparing with other sessions takes all of them; here only
/// metrics with a goal can tell.
pub(super) fn asks(notes: &SessionNotes, policy: &Policy) -> bool {
    policy.number(&policy::MAX_CALLS) > 0 && Select::of(policy, &Judge::default()).takes(notes)
}

/// Characters of the events that a model may be shown.
fn characters(excerpts: &[Excerpt]) -> u64 {
    let shown = excerpts.iter().filter(|excerpt| excerpt.provenance.trust().is_some());
    shown.map(|excerpt| count(excerpt.text.chars().count())).sum()
}

/// Characters that a call sends to a model.
fn prompt_characters(call: &ModelCall) -> u64 {
    count(call.system.chars().count()) + count(call.prompt.chars().count())
}
