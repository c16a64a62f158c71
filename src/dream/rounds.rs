//! The sessions of a dream in rounds: which ones are read together, and how the budget of calls is
//! shared.

use dreaming_records::error::EngineError;
use dreaming_records::ids::SessionId;
use dreaming_records::policy;
use dreaming_records::session::Session;
use dreaming_text::{Set, sort};

use crate::store::packer;

use super::ask::Questions;
use super::distil::Distil;
use super::finish::{Found, Step};
use super::pairs::Pairs;
use super::work::Work;
use super::{Dream, Finished, dream_report, unusable};

impl Dream {
    /// Divides all sessions that are not done into rounds, and begins the first.
    pub(super) fn plan_rounds(&mut self) {
        let set = |setting| self.request.policy.number(setting) > 0;
        if set(&policy::MAX_CALLS) && set(&policy::KNOWN_TOKENS) {
            self.known = Some(packer(&self.store));
        }
        let size = self.request.policy.size(&policy::ROUND_SESSIONS);
        let mut to_read: Vec<&Session> = self
            .request
            .sessions
            .iter()
            .filter(|s| !matches!(self.done.get(&s.id), Some(Finished::Unchanged)))
            .collect();
        sort::by_key(&mut to_read, |session| self.place(&session.id));
        // DETERMINISM: the rounds depend only on the request and on the ledger, not on what is
        // done, so a restored dream has the same rounds.
        self.rounds = to_read
            .chunks(size)
            .map(|round| round.iter().map(|s| s.id.clone()).collect())
            .collect();
        self.rounds.reverse();
        self.begin_round();
    }

    /// Begins the next round that has unfinished sessions. After the last round, begins the
    /// questions.
    fn begin_round(&mut self) {
        while self.current.is_empty() && self.questions.is_none() {
            self.answers.clear();
            self.handed_out = Set::default();
            let Some(round) = self.rounds.pop() else {
                unusable::count_all(&mut self.done);
                let (pairs, distil) = (Pairs::default(), Distil::default());
                self.questions = Some(Questions::new([Box::new(pairs), Box::new(distil)]));
                return;
            };
            let ended = self.round.iter().filter_map(|id| self.done.get(id));
            self.spent += ended.map(Finished::calls).sum::<u64>();
            self.round = round;
            for id in self.round.iter().filter(|id| !self.done.contains_key(*id)) {
                let sessions = &self.request.sessions;
                let at = sessions.partition_point(|session| session.id < *id);
                if let Some(session) = sessions.get(at).filter(|session| session.id == *id) {
                    let known = self.store.ledger.sessions.get(id);
                    self.current.push(Work::new(session, known, &self.request));
                }
            }
            sort::by(&mut self.current, |a, b| a.id().cmp(b.id()));
        }
    }

    /// Does all the work for which nothing more is needed from the host.
    pub(super) fn advance(&mut self) {
        self.hand_out_calls();
        for work in &mut self.current {
            work.make_calls(&self.answers, &self.request.policy);
        }
        let works = std::mem::take(&mut self.current).into_iter();
        let (ready, open): (Vec<Work>, Vec<Work>) =
            works.partition(|work| work.is_ready(&self.answers));
        self.current = open;
        for work in ready {
            let id = work.id().clone();
            if let Some(finished) = work.finish(&mut self.answers, &self.request.policy) {
                self.done.insert(id, finished);
            }
        }
        if self.current.is_empty() {
            self.begin_round();
        }
        self.conclude();
    }

    /// When all sessions are read and all calls are answered: asks the next question, or makes the
    /// plan when none is left.
    fn conclude(&mut self) {
        while self.questions.is_some()
            && self.outcome.is_none()
            && self.unanswered().is_empty()
            && let Some(questions) = &mut self.questions
        {
            let (request, store, done) = (&self.request, &self.store, &self.done);
            let said = questions.model_answers(&self.answers, &request.policy);
            let found = match self.found.take() {
                Some(mut found) => {
                    found.take_up(&said, &request.policy);
                    found
                }
                None => Box::new(Found::of(request, store, done, &said)),
            };
            let step = Step::new(request, store, done, &found, &said, self.known.as_ref());
            if questions.ask_next(&step) {
                self.found = Some(found);
            } else {
                let made = step.plan(&self.ledger).map_err(EngineError::from);
                self.outcome = Some(made.map(|made| {
                    let mut outcome =
                        dream_report::outcome(request, store, done, &found.mined, made);
                    said.tell(&mut outcome.report);
                    Box::new(outcome)
                }));
            }
        }
    }

    /// Makes the calls of sessions that were read. The budget is shared in the order of the
    /// sessions' places, so a session gets its calls only after all sessions before it have theirs.
    fn hand_out_calls(&mut self) {
        let budget = self.request.policy.number(&policy::MAX_CALLS);
        let mut used = self.spent;
        for id in &self.round {
            if let Some(finished @ Finished::Read(_)) = self.done.get(id) {
                used += finished.calls();
            } else if let Some(at) = self.current.iter().position(|work| work.id() == id) {
                let mut work = self.current.remove(at);
                let left = budget.saturating_sub(used);
                let elsewhere = |origin: &SessionId| self.is_asked_elsewhere(id, origin);
                let calls = work.ask(&self.request, self.known.as_ref(), left, elsewhere);
                self.current.insert(at, work);
                match calls {
                    Some(calls) => used += calls,
                    // Without a model the budget is empty, so later sessions need not wait for this
                    // one.
                    None if budget > 0 => return,
                    None => {}
                }
            }
        }
    }

    /// Whether another session than `id` asks a model about `origin`, which `id` repeats as a
    /// history. That is `origin` itself, if it was read or is offered, or another session that
    /// repeats it and comes before `id`.
    // DETERMINISM: the sessions before `id` in the order of places are the same in whatever order a
    // host brings them.
    fn is_asked_elsewhere(&self, id: &SessionId, origin: &SessionId) -> bool {
        // Hosts may name transcript files with a date or other text around the session id.
        let offered = |session: &Session| session.id.as_str().contains(origin.as_str());
        let place = self.place(id);
        let before = |other: &SessionId| self.place(other) < place;
        let read = |done: &Finished| done.read().is_some_and(|read| read.record.claims(origin));
        let known = &self.store.ledger.sessions;
        self.request.sessions.iter().any(|session| session.id != *id && offered(session))
            || known.values().any(|record| record.id != *id && record.claims(origin))
            || self.done.iter().any(|(other, done)| read(done) && before(other))
            || self.current.iter().any(|work| work.claims(origin) && before(work.id()))
    }
}
