//! One session while it is read: first its parts, then its calls, and at last its record.

use std::collections::BTreeMap;

use dreaming_core::pack::{Packed, Packer};
use dreaming_learn::check;
use dreaming_learn::import::{self, Excerpt, PartReader, PartResult, Role, SessionExcerpts};
use dreaming_learn::outcome::Judge;
use dreaming_learn::propose::{self, Answer, Asked, Known, ModelCall, Series};
use dreaming_learn::select;
use dreaming_records::finding_result;
use dreaming_records::ids::{CallId, SessionId};
use dreaming_records::notes::SessionNotes;
use dreaming_records::number::count;
use dreaming_records::outcome::{Outcome, OutcomeSource};
use dreaming_records::policy::{self, Policy};
use dreaming_records::session::{NotUnderstood, Session};
use dreaming_records::session_record::{PartRead, SessionRecord, Unanswered};
use dreaming_text::sort;

use super::model_answers::prompt_characters;
use super::part_work::PartWork;
use super::session_calls::Calls;
use super::session_read::Read;
use super::together::Short;
use super::{Finished, Request};

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

impl Work {
    pub(super) fn new(session: &Session, known: Option<&SessionRecord>, request: &Request) -> Self {
        let asks = request.policy.number(&policy::MAX_CALLS) > 0;
        let part = |name: &String| {
            let before = known.and_then(|k| k.parts.iter().find(|p| p.name == *name));
            let reader = PartReader::new(name, &request.policy, request.now, asks);
            PartWork::new(reader, before.cloned())
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
            if part.is_rewritten() {
                self.rewritten.push(name.into());
                sort::all(&mut self.rewritten);
            }
            self.read.push(part.finish());
        }
        true
    }

    /// Whether this session asks a model about the session `origin`, as its own or as a history.
    pub(super) fn claims(&self, origin: &SessionId) -> bool {
        self.asked.as_ref().is_some_and(|calls| calls.record.claims(origin))
    }

    /// Prepares what a model is asked about the session. False while it is not read to its end.
    /// `elsewhere` says of a session whether another one asks a model about it.
    pub(super) fn prepare(
        &mut self,
        request: &Request,
        elsewhere: impl Fn(&SessionId) -> bool,
    ) -> bool {
        if !self.reading.is_empty() || self.asked.is_some() {
            return self.reading.is_empty();
        }
        self.not_understood = import::not_understood(&self.read);
        if self.not_understood.is_some() {
            return true;
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
        let series = Series::new(&record, excerpts, &request.instructions, &request.policy);
        let again = before.is_some_and(|before| before.parts == record.parts);
        let open = before.and_then(|before| before.unanswered.as_ref());
        // When the prompts differ (because of other instructions, for example), earlier answers do
        // not count, and all parts are asked about.
        let open = open.filter(|open| again && open.series == series.digest());
        let parts = match open {
            Some(open) => open.parts.clone(),
            None => (1..=series.len()).collect(),
        };
        let tried = open.map(|open| open.tried.clone()).unwrap_or_default();
        let whole = series.whole().filter(|_| asks && !parts.is_empty());
        self.asked = Some(Calls {
            short: whole.and_then(|bytes| Short::of(&record, count(bytes))),
            record,
            asks,
            series,
            parts,
            made: Vec::new(),
            again_about: None,
            counts_second: false,
            fallen: None,
            before: [open.map(|open| open.before.clone()).unwrap_or_default(), String::new()],
            over_budget: None,
            is_shared: false,
            tried,
            again,
        });
        true
    }

    /// The size of a session that may stand with others in one call.
    pub(super) fn short(&self) -> Option<&Short> {
        self.asked.as_ref()?.short.as_ref()
    }

    /// Whether the session has its calls.
    pub(super) fn is_allotted(&self) -> bool {
        self.asked.as_ref().is_some_and(|calls| calls.over_budget.is_some())
    }

    /// How many calls the session has, but one that another session counts.
    pub(super) fn allotted(&self) -> u64 {
        let counted = self.asked.iter().filter(|calls| calls.over_budget.is_some());
        let counted = counted.filter(|calls| !calls.is_shared);
        counted.map(|calls| count(calls.parts.len())).sum()
    }

    /// Whether its call shows other sessions too.
    pub(super) fn shares(&self) -> bool {
        self.asked.iter().flat_map(|calls| &calls.made).any(|asked| asked.starts.len() > 1)
    }

    /// Gives the session at most `budget` calls, and returns how many. `store` finds existing
    /// statements for the prompts.
    pub(super) fn allot(&mut self, budget: u64, store: Option<&Packer>, policy: &Policy) -> u64 {
        let Some(calls) = &mut self.asked else { return 0 };
        let budget = usize::try_from(budget).unwrap_or(usize::MAX);
        calls.over_budget = Some(calls.parts.split_off(calls.parts.len().min(budget)));
        if let Some(store) = store.filter(|_| !calls.parts.is_empty()) {
            calls.series.know(on_topic(store, &[&*calls], policy));
        }
        count(calls.parts.len())
    }

    /// Makes one call about several sessions; the first of them counts it.
    pub(super) fn ask_together(works: &mut [Self], store: Option<&Packer>, policy: &Policy) {
        let calls: Vec<&Calls> = works.iter().filter_map(|work| work.asked.as_ref()).collect();
        let known = store.map(|store| on_topic(store, &calls, policy)).unwrap_or_default();
        let series: Vec<&Series> = calls.iter().map(|calls| &calls.series).collect();
        let asked = propose::together(&series, &known);
        let calls = works.iter_mut().filter_map(|work| work.asked.as_mut());
        for (at, (calls, asked)) in calls.zip(asked).enumerate() {
            calls.over_budget = Some(Vec::new());
            calls.made = vec![asked];
            calls.is_shared = at > 0;
        }
    }

    /// The call that this session shares with others, when its answer is of no use: a model may not
    /// be up to so much, and any of the sessions may be the reason for a refusal. From now on the
    /// session is asked about by itself.
    pub(super) fn go_alone(
        &mut self,
        answers: &BTreeMap<CallId, Box<Answer>>,
        policy: &Policy,
    ) -> Option<ModelCall> {
        let calls = self.asked.as_mut()?;
        let shared = calls.made.first().filter(|asked| asked.starts.len() > 1)?;
        if check::is_usable(answers.get(&shared.call.id)?, policy) {
            return None;
        }
        let call = shared.call.clone();
        (calls.made, calls.over_budget, calls.short) = (Vec::new(), None, None);
        (calls.again_about, calls.fallen) = (None, None);
        calls.is_shared = false;
        Some(call)
    }

    /// Makes the calls that can be made now. When prompts carry summaries of earlier parts, that is
    /// the next call once the one before it is answered; otherwise all calls.
    pub(super) fn make_calls(&mut self, answers: &BTreeMap<CallId, Box<Answer>>, policy: &Policy) {
        let allotted = self.asked.as_mut().filter(|calls| calls.over_budget.is_some());
        let Some(calls) = allotted else { return };
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
        calls.find_fallen(answers, policy);
    }

    /// The calls that were made so far, but one that another session counts.
    pub(super) fn calls(&self) -> impl Iterator<Item = &ModelCall> {
        let counted = self.asked.iter().filter(|calls| !calls.is_shared).flat_map(Calls::calls);
        let second = self.asked.iter().filter(|calls| calls.counts_second);
        counted.chain(second.filter_map(Calls::second).map(|asked| &asked.call))
    }

    /// Makes the calls about what was turned down, when the others are answered: one for sessions that share a call.
    pub(super) fn ask_again(works: &mut [Self], policy: &Policy) {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut seen: Vec<CallId> = Vec::new();
        for (at, work) in works.iter().enumerate() {
            let Some(call) = work.shared_call().cloned() else {
                groups.push(vec![at]);
                continue;
            };
            if !seen.contains(&call) {
                let of = |work: &Self| work.shared_call() == Some(&call);
                let all = works.iter().enumerate().filter(|(_, work)| of(work));
                groups.push(all.map(|(at, _)| at).collect());
                seen.push(call);
            }
        }
        for group in groups {
            let calls: Vec<&Calls> =
                group.iter().filter_map(|at| works.get(*at)?.asked.as_ref()).collect();
            if calls.len() < group.len() || !calls.iter().all(|calls| calls.waits_for_second()) {
                continue;
            }
            let downs: Vec<propose::Down<'_>> = calls.iter().map(|calls| calls.down()).collect();
            let mut counts = true;
            let made = propose::again(&downs, policy.size(&policy::CHUNK_BYTES));
            for (at, asked) in group.into_iter().zip(made) {
                let Some(calls) = works.get_mut(at).and_then(|work| work.asked.as_mut()) else {
                    continue;
                };
                calls.counts_second = counts && asked.is_some();
                counts &= asked.is_none();
                calls.again_about = Some(asked);
            }
        }
    }

    /// The call about what was turned down.
    fn second(&self) -> Option<&Asked> {
        self.asked.as_ref()?.second()
    }

    /// The call that shows other sessions too.
    pub(super) fn shared_call(&self) -> Option<&CallId> {
        let made = self.asked.iter().flat_map(|calls| &calls.made);
        made.into_iter().find(|asked| asked.starts.len() > 1).map(|asked| &asked.call.id)
    }

    /// The calls of this session that were made so far.
    pub(super) fn call_ids(&self) -> impl Iterator<Item = &CallId> {
        let first = self.asked.iter().flat_map(Calls::calls);
        first.chain(self.second().map(|asked| &asked.call)).map(|call| &call.id)
    }

    /// Whether all calls were made and all of them are answered.
    pub(super) fn is_ready(&self, answers: &BTreeMap<CallId, Box<Answer>>) -> bool {
        let all_made = |calls: &Calls| calls.again_about.is_some();
        self.not_understood.is_some()
            || self.asked.as_ref().is_some_and(all_made)
                && self.call_ids().all(|id| answers.contains_key(id))
    }

    /// Checks the answers and ends the session.
    pub(super) fn finish(
        mut self,
        answers: &BTreeMap<CallId, Box<Answer>>,
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
        let over_budget = calls.over_budget.take().unwrap_or_default();
        let counted = u64::from(!calls.is_shared);
        let mut read = Read {
            rewritten: self.rewritten,
            calls: count(calls.parts.len()) * counted,
            calls_over_budget: count(over_budget.len()),
            prompt_characters: calls.calls().map(prompt_characters).sum::<u64>() * counted,
            is_shared: calls.is_shared,
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
            let Some(answer) = answers.get(&asked.call.id) else { continue };
            if calls.series.grades(*part) {
                grade = check::grade(asked, answer).or(grade);
            }
            let checked = check::check(asked, answer, &sources.beside(asked), policy);
            if checked.usable {
                read.calls_answered += counted;
            } else {
                read.calls_failed += counted;
            }
            if matches!(**answer, Answer::Failed { .. }) {
                read.calls_unanswered += counted;
                unanswered.push(*part);
            } else if !checked.usable && answer.is_text() {
                read.unusable.push(asked.call.id.clone());
                read.tried.push(*part);
                unanswered.push(*part);
            } else if unanswered.is_empty() {
                take_summary(&mut told, answer, policy);
            }
            read.record.add_proposals(checked.held);
            read.rejected.extend(checked.rejected);
        }
        let second = calls.again_about.flatten();
        let answer = second.as_ref().and_then(|again| answers.get(&again.asked.call.id));
        if let (Some(again), Some(answer)) = (&second, answer) {
            // The other sessions of the first call stand beside this one, as when it was checked first.
            let shared = calls.made.first().filter(|asked| asked.starts.len() > 1);
            let sources = shared.map_or_else(|| sources.clone(), |asked| sources.beside(asked));
            read.mend(again, answer, calls.counts_second, &sources, policy);
        }
        read.record.notes.outcomes.extend(grade);
        read.record.unanswered = if calls.asks {
            let failed = !unanswered.is_empty()
                || calls.made.is_empty() && before.unanswered.as_ref().is_some_and(|u| u.failed);
            unanswered.extend(over_budget);
            calls.tried.retain(|part| unanswered.contains(part));
            let (parts, tried) = (unanswered.clone(), calls.tried);
            let series = calls.series.digest();
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

/// Whether a dream asks a model about a session. An outcome counts here only if its metric has a
/// goal: to compare it with other sessions, all of them would have to be read.
pub(super) fn asks(notes: &SessionNotes, policy: &Policy) -> bool {
    policy.number(&policy::MAX_CALLS) > 0 && select::takes(notes, &Judge::default(), policy)
}

/// The existing statements for a prompt about sessions of one person, those first of which persons
/// speak in them.
fn on_topic(store: &Packer, sessions: &[&Calls], policy: &Policy) -> Vec<Known> {
    let events = sessions.iter().flat_map(|calls| calls.series.excerpts());
    let said = events.filter(|e| matches!(e.role, Role::Person | Role::Guest));
    let topic = said.map(|e| e.shown.text.as_str()).collect::<Vec<_>>().join("\n");
    let budget = u32::try_from(policy.number(&policy::KNOWN_TOKENS)).unwrap_or(u32::MAX);
    let principal = sessions.first().and_then(|calls| calls.record.notes.principal.as_deref());
    let packed = store.on_topic(&topic, budget, principal);
    let known = packed.into_iter().map(|Packed { entry, headings, mark, text, .. }| Known {
        entry,
        headings,
        mark,
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
