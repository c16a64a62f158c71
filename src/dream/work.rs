//! One session while it is read: first its parts, then its calls, and at last its record.

use std::collections::BTreeMap;

use serde::Serialize;

use dreaming_core::pack::{Packed, Packer};
use dreaming_learn::check;
use dreaming_learn::import::{self, Excerpt, PartReader, PartResult, Role, SessionExcerpts};
use dreaming_learn::outcome::Judge;
use dreaming_learn::propose::{Answer, Asked, Known, ModelCall, Series};
use dreaming_learn::select;
use dreaming_records::canonical;
use dreaming_records::finding_result;
use dreaming_records::ids::{CallId, Digest, SessionId};
use dreaming_records::notes::SessionNotes;
use dreaming_records::number::{count, is_zero};
use dreaming_records::outcome::{Outcome, OutcomeSource};
use dreaming_records::plan::Rejected;
use dreaming_records::policy::{self, Policy};
use dreaming_records::session::{NotUnderstood, Session};
use dreaming_records::session_record::{PartRead, SessionRecord, Unanswered};
use dreaming_records::time::Time;
use dreaming_text::sort;

use super::model_answers::prompt_characters;
use super::{Finished, Request};

/// The record of a session that was read, with counts for the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Read {
    pub record: SessionRecord,
    pub rejected: Vec<Rejected>,
    /// Parts that do not begin with the bytes that were read before, because somebody rewrote them.
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
    /// The calls with unusable answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unusable: Vec<CallId>,
    /// The parts of the question with unusable answers in this dream, until [`super::unusable`]
    /// counts them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<u64>,
    /// The number of parts of the question that no model is asked about any more.
    #[serde(skip_serializing_if = "is_zero")]
    pub given_up: u64,
    /// Whether the same bytes were read before, so that the session was only taken for a model's
    /// answers.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

/// A session of the current round.
#[derive(Debug)]
pub(super) struct Work {
    session: Session,
    /// The parts that are not complete, by name. A session with sub-agents may have thousands.
    /// Boxed, so that maps share compiled code.
    reading: BTreeMap<String, Box<PartWork>>,
    read: Vec<PartResult>,
    rewritten: Vec<String>,
    asked: Option<Calls>,
    /// How little of it was understood, if it was too little.
    not_understood: Option<NotUnderstood>,
    /// What the ledger knows of it, if it was read before.
    before: Option<SessionRecord>,
}

/// The record of a session that was read, and its calls.
#[derive(Debug)]
struct Calls {
    record: SessionRecord,
    /// Whether this dream asks a model about the session.
    asks: bool,
    series: Series,
    /// The numbers of the parts of `series` to ask about, in order.
    parts: Vec<u64>,
    /// The calls so far, each about the part at the same index of `parts`.
    made: Vec<Asked>,
    /// The summary of the parts of `series` before the first open one, and that of the parts before
    /// the next call.
    before: [String; 2],
    /// The parts of `series` for which the budget has no calls.
    over_budget: Vec<u64>,
    /// See [`Unanswered::tried`].
    tried: Vec<u64>,
    /// Whether the same bytes were read before.
    again: bool,
}

#[derive(Debug)]
struct PartWork {
    reader: PartReader,
    prefix: Option<Prefix>,
}

/// What is known of the bytes that were read before, to tell a file that grew from one that was
/// rewritten.
#[derive(Debug)]
struct Prefix {
    expected: PartRead,
    /// Whether the file begins with these bytes, as far as it was read.
    holds: bool,
}

impl PartWork {
    /// Takes the next bytes. No byte is hashed twice: at the end of the known bytes, the reader
    /// gives their digest.
    fn push(&mut self, mut chunk: &[u8]) {
        if let Some(prefix) = &mut self.prefix
            && let Some(left) = prefix.expected.bytes.checked_sub(self.reader.bytes())
            && let Ok(left) = usize::try_from(left)
            && let Some((known, new)) = chunk.split_at_checked(left)
        {
            self.reader.push(known);
            prefix.holds = self.reader.digest() == prefix.expected.digest;
            chunk = new;
        }
        self.reader.push(chunk);
    }
}

impl Work {
    pub(super) fn new(session: &Session, known: Option<&SessionRecord>, request: &Request) -> Self {
        let asks = request.policy.number(&policy::MAX_CALLS) > 0;
        let part = |name: &String| PartWork {
            reader: PartReader::new(name, &request.policy, request.now, asks),
            prefix: known
                .and_then(|k| k.parts.iter().find(|p| p.name == *name))
                .map(|expected| Prefix { expected: expected.clone(), holds: false }),
        };
        Self {
            session: session.clone(),
            reading: sort::map(
                session.parts.iter().map(|p| (p.name.clone(), part(&p.name).into())),
            ),
            read: Vec::new(),
            rewritten: Vec::new(),
            asked: None,
            not_understood: None,
            before: known.cloned(),
        }
    }

    /// The session.
    pub(super) fn id(&self) -> &SessionId {
        &self.session.id
    }

    /// The parts that are not complete, by name.
    pub(super) fn missing_parts(&self) -> Vec<String> {
        self.reading.keys().cloned().collect()
    }

    /// Takes the next bytes of a part. Returns whether the part was asked for.
    pub(super) fn feed(&mut self, name: &str, chunk: &[u8], last: bool) -> bool {
        let Some(part) = self.reading.get_mut(name) else { return false };
        part.push(chunk);
        if last {
            let Some(part) = self.reading.remove(name) else { return false };
            if part.prefix.is_some_and(|prefix| !prefix.holds) {
                self.rewritten.push(name.into());
                sort::all(&mut self.rewritten);
            }
            self.read.push(part.reader.finish());
        }
        true
    }

    /// Whether this session asks a model about the session `origin`, as its own or as a history.
    pub(super) fn claims(&self, origin: &SessionId) -> bool {
        self.asked.as_ref().is_some_and(|calls| calls.record.claims(origin))
    }

    /// Makes the calls of a session, at most `budget`, and returns how many there are; 0 when the
    /// session was not understood. `None` while it is not read to its end. `store` finds existing
    /// statements for the prompts. `elsewhere` says of a session whether another one asks a model
    /// about it.
    pub(super) fn ask(
        &mut self,
        request: &Request,
        store: Option<&Packer>,
        budget: u64,
        elsewhere: impl Fn(&SessionId) -> bool,
    ) -> Option<u64> {
        if !self.reading.is_empty() {
            return None;
        }
        if self.asked.is_none() {
            self.not_understood = import::not_understood(&self.read);
            if self.not_understood.is_some() {
                return Some(0);
            }
            let parts = std::mem::take(&mut self.read);
            let (mut record, SessionExcerpts { own, of_histories }) =
                import::combine(&self.session, parts, &request.policy);
            let asks = asks(&record.notes, &request.policy);
            let before = self.before.as_ref();
            let known = before.map_or(&[][..], |before| &before.histories);
            let asked_before = |origin: &SessionId| {
                known.iter().any(|history| history.asked && history.record.origin() == origin)
            };
            let mut excerpts: Vec<Excerpt> = Vec::new();
            for (history, repeated) in record.histories.iter_mut().zip(of_histories) {
                let origin = history.record.origin();
                if asks && !elsewhere(origin) {
                    history.asked = true;
                    excerpts.extend(repeated);
                } else {
                    history.asked = !asks && asked_before(origin);
                }
            }
            excerpts.extend(Some(own).filter(|_| asks).into_iter().flatten());
            let known = store.filter(|_| asks).map(|store| {
                on_topic(store, &excerpts, record.notes.principal.as_deref(), &request.policy)
            });
            let series = Series::new(&record, excerpts, &request.instructions, &request.policy)
                .knowing(known.unwrap_or_default());
            let again = before.is_some_and(|before| before.parts == record.parts);
            let open = before.and_then(|before| before.unanswered.as_ref());
            // When the prompts differ (because of other instructions, for example), earlier answers
            // do not count, and all parts are asked about.
            let open = open.filter(|open| again && open.series == series.digest());
            let mut parts = match open {
                Some(open) => open.parts.clone(),
                None => (1..=series.len()).collect(),
            };
            let budget = usize::try_from(budget).unwrap_or(usize::MAX);
            let over_budget = parts.split_off(parts.len().min(budget));
            self.asked = Some(Calls {
                record,
                asks,
                series,
                parts,
                made: Vec::new(),
                before: [open.map(|open| open.before.clone()).unwrap_or_default(), String::new()],
                over_budget,
                tried: open.map(|open| open.tried.clone()).unwrap_or_default(),
                again,
            });
        }
        self.asked.as_ref().map(|calls| count(calls.parts.len()))
    }

    /// Makes the calls that can be made now. When prompts carry summaries of earlier parts, that is
    /// the next call once the one before it is answered; otherwise all calls.
    pub(super) fn make_calls(&mut self, answers: &BTreeMap<CallId, Box<Answer>>, policy: &Policy) {
        let Some(calls) = &mut self.asked else { return };
        let [first, before] = &mut calls.before;
        let chained = policy.number(&policy::SUMMARY_BYTES) > 0;
        while let Some(part) = calls.parts.get(calls.made.len()) {
            if chained && let Some(last) = calls.made.last() {
                let Some(answer) = answers.get(&last.call.id) else { return };
                take_summary(before, answer, policy);
            } else {
                before.clone_from(first);
            }
            calls.made.push(calls.series.call(*part, before));
        }
    }

    /// The calls of this session that were made so far.
    pub(super) fn calls(&self) -> impl Iterator<Item = &ModelCall> {
        self.asked.iter().flat_map(|calls| &calls.made).map(|asked| &asked.call)
    }

    /// Whether all calls were made and all of them are answered.
    pub(super) fn is_ready(&self, answers: &BTreeMap<CallId, Box<Answer>>) -> bool {
        let all_made = |calls: &Calls| calls.made.len() == calls.parts.len();
        self.not_understood.is_some()
            || self.asked.as_ref().is_some_and(all_made)
                && self.calls().all(|call| answers.contains_key(&call.id))
    }

    /// Checks the answers and ends the session.
    pub(super) fn finish(
        mut self,
        answers: &mut BTreeMap<CallId, Box<Answer>>,
        policy: &Policy,
    ) -> Option<Finished> {
        if let Some(why) = self.not_understood {
            return Some(Finished::Missed { reason: why.sentence(), not_understood: Some(why) });
        }
        let mut calls = self.asked.take()?;
        // The earlier record counts only if all of its parts still begin with the bytes that it
        // read.
        let stands = |part: &PartRead| calls.record.parts.iter().any(|now| now.name == part.name);
        let stood =
            |before: &SessionRecord| self.rewritten.is_empty() && before.parts.iter().all(stands);
        let before = self.before.take().filter(stood).unwrap_or_default();
        let mut read = Read {
            rewritten: self.rewritten,
            calls: count(calls.parts.len()),
            calls_over_budget: count(calls.over_budget.len()),
            prompt_characters: calls.made.iter().map(|asked| prompt_characters(&asked.call)).sum(),
            transcript_characters: calls.parts.iter().map(|n| calls.series.characters(*n)).sum(),
            again: calls.again,
            record: std::mem::take(&mut calls.record),
            ..Read::default()
        };
        let sources = check::Sources::of(calls.series.excerpts());
        let mut unanswered = Vec::new();
        let graded = |outcome: &&Outcome| outcome.metric.source == OutcomeSource::Rubric;
        let mut grade = before.notes.outcomes.iter().find(graded).cloned();
        let [mut told, _] = calls.before;
        for (part, asked) in calls.parts.iter().zip(&calls.made) {
            let Some(answer) = answers.remove(&asked.call.id) else { continue };
            if calls.series.grades(*part) {
                grade = check::grade(asked, &answer).or(grade);
            }
            let checked = check::check(asked, &answer, &sources, policy);
            if checked.usable {
                read.calls_answered += 1;
            } else {
                read.calls_failed += 1;
            }
            if matches!(*answer, Answer::Failed { .. }) {
                read.calls_unanswered += 1;
                unanswered.push(*part);
            } else if !checked.usable && answer.is_text() {
                read.unusable.push(asked.call.id.clone());
                read.tried.push(*part);
                unanswered.push(*part);
            } else if unanswered.is_empty() {
                take_summary(&mut told, &answer, policy);
            }
            read.record.add_proposals(checked.held);
            read.rejected.extend(checked.rejected);
        }
        read.record.notes.outcomes.extend(grade);
        read.record.unanswered = if calls.asks {
            let failed = !unanswered.is_empty()
                || calls.made.is_empty() && before.unanswered.as_ref().is_some_and(|u| u.failed);
            unanswered.extend(calls.over_budget);
            let series = calls.series.digest();
            calls.tried.retain(|part| unanswered.contains(part));
            let (parts, tried) = (unanswered.clone(), calls.tried);
            let open = || Unanswered { series, parts, before: told, failed, tried };
            (!unanswered.is_empty()).then(open)
        } else {
            before.unanswered.clone()
        };
        read.record.unseen = policy.number(&policy::MAX_CALLS) == 0;
        finding_result::take_over(&mut read.record, &before);
        // Proposals of earlier dreams are dropped only when this dream asked about the whole
        // session and each call was answered.
        if read.again || !calls.asks || read.record.unanswered.is_some() {
            read.record.add_proposals(before.all_proposals().cloned());
        }
        sort::all(&mut read.rejected);
        read.rejected.dedup();
        Some(Finished::Read(Box::new(read)))
    }
}

/// The place of a session in the order in which calls are budgeted: by id, but sessions for which
/// calls failed before come last, so that they do not hold up the others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// For a session with failed calls, a digest that is different in each dream, so that not
    /// always the same of these sessions comes first.
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

/// Whether a dream asks a model about a session. An outcome counts here only if its metric has a
/// goal: to compare it with other sessions, all of them would have to be read.
pub(super) fn asks(notes: &SessionNotes, policy: &Policy) -> bool {
    policy.number(&policy::MAX_CALLS) > 0 && select::takes(notes, &Judge::default(), policy)
}

/// The existing statements for the prompts of a session, those first of which persons speak in it.
fn on_topic(
    store: &Packer,
    excerpts: &[Excerpt],
    principal: Option<&str>,
    policy: &Policy,
) -> Vec<Known> {
    let said = excerpts.iter().filter(|e| matches!(e.role, Role::Person | Role::Guest));
    let topic = said.map(|e| e.shown.text.as_str()).collect::<Vec<_>>().join("\n");
    let budget = u32::try_from(policy.number(&policy::KNOWN_TOKENS)).unwrap_or(u32::MAX);
    let packed = store.on_topic(&topic, budget, principal);
    let known = packed.into_iter().map(|Packed { entry, headings, text, .. }| Known {
        entry,
        headings,
        text,
    });
    known.collect()
}

/// Keeps the summary that an answer gives of its part, if it gives one.
fn take_summary(before: &mut String, answer: &Answer, policy: &Policy) {
    let said = check::summary(answer, policy);
    if !said.is_empty() {
        *before = said;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_grew_begins_as_it_did_and_one_that_was_rewritten_does_not() {
        let holds = |known: &[u8], whole: &[u8], size: usize| {
            let expected = PartRead {
                name: "main".into(),
                bytes: count(known.len()),
                digest: canonical::digest(known),
            };
            let now = Time::from_millis(0);
            let mut part = PartWork {
                reader: PartReader::new("main", &Policy::default(), now, false),
                prefix: Some(Prefix { expected, holds: false }),
            };
            whole.chunks(size).for_each(|chunk| part.push(chunk));
            part.push(b"");
            let read = part.reader.finish().read;
            assert_eq!((read.bytes, read.digest), (count(whole.len()), canonical::digest(whole)));
            part.prefix.unwrap().holds
        };
        let whole = b"{\"a\":1}\r\n{\"b\":2}\n";
        for size in 1..=whole.len() {
            for known in 0..=whole.len() {
                assert!(holds(&whole[..known], whole, size), "{known} by {size}");
            }
            assert!(!holds(b"{\"a\":2}", whole, size) && !holds(&whole.repeat(2), whole, size));
        }
        assert!(holds(b"", b"", 1) && !holds(b"x", b"", 1));
    }
}
