//! One session while it is read: its parts, then its calls, then what it leaves behind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use dreaming_learn::check;
use dreaming_learn::import::{self, Excerpt, PartReader, PartResult};
use dreaming_learn::outcome::Judge;
use dreaming_learn::propose::{self, Answer, Asked, ModelCall};
use dreaming_learn::select::Select;
use dreaming_records::canonical::Hasher;
use dreaming_records::ids::CallId;
use dreaming_records::notes::{PartRead, SessionRecord};
use dreaming_records::number::count;
use dreaming_records::plan::Rejected;
use dreaming_records::policy::{self, Policy};
use dreaming_records::session::SessionDescriptor;
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
}

/// A session of the current round.
#[derive(Debug)]
pub(super) struct Work {
    session: SessionDescriptor,
    reading: BTreeMap<String, PartWork>,
    read: Vec<PartResult>,
    rewritten: Vec<String>,
    asked: Option<Calls>,
}

/// The record of a session that was read, and the calls that it needs.
#[derive(Debug)]
struct Calls {
    record: SessionRecord,
    asked: Vec<Asked>,
    over_budget: u64,
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
            let mut asked = propose::calls(&record, &excerpts, instructions, &request.policy);
            // Comparing with other sessions takes all of them; here only metrics with a goal can tell.
            if !Select::of(&request.policy, &Judge::default()).takes(&record.notes) {
                asked.clear();
            }
            let wanted = asked.len();
            asked.truncate(usize::try_from(budget).unwrap_or(usize::MAX));
            let over_budget = count(wanted - asked.len());
            self.asked = Some(Calls { record, asked, over_budget });
        }
        Some(count(self.calls().count()))
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
        self,
        answers: &mut BTreeMap<CallId, Answer>,
        policy: &Policy,
    ) -> Option<Read> {
        let calls = self.asked?;
        let mut read = Read {
            record: calls.record,
            rejected: Vec::new(),
            rewritten: self.rewritten,
            calls: count(calls.asked.len()),
            calls_answered: 0,
            calls_failed: 0,
            calls_over_budget: calls.over_budget,
        };
        let sources = check::Sources::of(calls.asked.iter().flat_map(|asked| &asked.excerpts));
        for asked in &calls.asked {
            let Some(answer) = answers.remove(&asked.call.id) else { continue };
            let checked = check::check(asked, &answer, &sources, policy);
            if checked.usable {
                read.calls_answered += 1;
            } else {
                read.calls_failed += 1;
            }
            read.record.proposals.extend(checked.proposals);
            read.rejected.extend(checked.rejected);
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
