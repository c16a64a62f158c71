//! The sessions of a dream in rounds: which ones are read together, and how the budget of calls is
//! shared.

use dreaming_records::error::EngineError;
use dreaming_records::ids::{CallId, SessionId};
use dreaming_records::number::count;
use dreaming_records::policy;
use dreaming_records::session::Session;
use dreaming_text::{Set, sort};

use crate::store::packer;

use super::ask::Questions;
use super::distil::Distil;
use super::finish::{Found, Step};
use super::pairs::Pairs;
use super::together::{self, Apart, Short};
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
            self.shared.groups = None;
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
        loop {
            self.hand_out_calls();
            for work in &mut self.current {
                work.make_calls(&self.answers, &self.request.policy);
            }
            Work::ask_again(&mut self.current, &self.request.policy);
            let parted = self.part();
            if !self.finish_ready() && !parted {
                break;
            }
        }
        if self.current.is_empty() {
            self.begin_round();
        }
        self.conclude();
    }

    /// Ends the sessions for which nothing more is needed. Returns whether there were any.
    fn finish_ready(&mut self) -> bool {
        let works = std::mem::take(&mut self.current);
        // Sessions of one call end together: a restored dream makes that call for all of them again.
        let waits = works.iter().filter(|work| !work.is_ready(&self.answers));
        let waits = Set::of(waits.filter_map(Work::shared_call).cloned());
        let is_ready = |work: &Work| {
            let shared = work.shared_call();
            work.is_ready(&self.answers) && !shared.is_some_and(|call| waits.contains(call))
        };
        let (ready, open): (Vec<Work>, Vec<Work>) = works.into_iter().partition(is_ready);
        self.current = open;
        let any = !ready.is_empty();
        let mut ended: Vec<CallId> = Vec::new();
        for work in ready {
            let id = work.id().clone();
            ended.extend(work.call_ids().cloned());
            if let Some(finished) = work.finish(&self.answers, &self.request.policy) {
                self.done.insert(id, finished);
            }
        }
        self.answers.retain(|call, _| !ended.contains(call));
        any
    }

    /// Lets sessions part whose common call has no usable answer. Returns whether any did.
    fn part(&mut self) -> bool {
        let mut parted: Vec<Apart> = Vec::new();
        for work in &mut self.current {
            let Some(call) = work.go_alone(&self.answers, &self.request.policy) else { continue };
            match parted.iter_mut().find(|apart| apart.call == call.id) {
                Some(apart) => apart.sessions.push(work.id().clone()),
                None => {
                    let answer = self.answers.get(&call.id);
                    parted.extend(answer.map(|answer| Apart::new(&call, work.id(), answer)));
                }
            }
        }
        let any = !parted.is_empty();
        self.answers.retain(|call, _| parted.iter().all(|apart| apart.call != *call));
        self.shared.apart.extend(parted);
        // DETERMINISM: in whatever order the answers came.
        sort::all(&mut self.shared.apart);
        any
    }

    /// When all sessions are read and all calls are answered: asks the next question, or makes the
    /// plan when none is left.
    fn conclude(&mut self) {
        while self.questions.is_some()
            && self.outcome.is_none()
            && self.unanswered().is_empty()
            && let Some(questions) = &mut self.questions
        {
            if questions.ask_again(&self.answers, &self.request.policy) {
                continue;
            }
            let (request, store, done) = (&self.request, &self.store, &self.done);
            let apart = &*self.shared.apart;
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
                        dream_report::outcome(request, store, (done, apart), &found.mined, made);
                    said.tell(&mut outcome.report);
                    Box::new(outcome)
                }));
            }
        }
    }

    /// Makes the calls of sessions that were read. The budget is shared in the order of the
    /// sessions' places, when the whole round is read: which sessions one call can show is known
    /// only then.
    fn hand_out_calls(&mut self) {
        if self.current.iter().all(Work::is_allotted) {
            return;
        }
        let budget = self.request.policy.number(&policy::MAX_CALLS);
        let round = self.round.clone();
        let mut is_read = true;
        for id in &round {
            let Some(at) = self.current.iter().position(|work| work.id() == id) else { continue };
            let mut work = self.current.remove(at);
            let elsewhere = |origin: &SessionId| self.is_asked_elsewhere(id, origin);
            // A session knows what those before it ask about.
            is_read = (is_read || budget == 0) && work.prepare(&self.request, elsewhere);
            self.current.insert(at, work);
        }
        if !is_read && budget > 0 {
            return;
        }
        let groups = match &self.shared.groups {
            Some(groups) => groups.clone(),
            None => self.groups(),
        };
        let mut used = self.spent + count(self.shared.apart.len());
        let done = self.round.iter().filter_map(|id| self.done.get(id));
        used += done.map(Finished::calls).sum::<u64>();
        used += self.current.iter().map(Work::allotted).sum::<u64>();
        let (late, first): (Vec<&SessionId>, Vec<&SessionId>) =
            round.iter().partition(|id| self.shared.has_parted(id));
        for id in first {
            if let Some(group) = groups.iter().find(|group| budget > used && group.contains(id)) {
                used += self.ask_together(group);
            }
            used += self.allot(id, budget.saturating_sub(used));
        }
        // DETERMINISM: sessions that parted get what is left when all shared calls are answered, in
        // whatever order the answers come.
        if !self.current.iter().any(Work::shares) {
            for id in late {
                used += self.allot(id, budget.saturating_sub(used));
            }
        }
        self.shared.groups = (budget > 0).then_some(groups);
    }

    /// Gives a session its calls, at most `budget`, if it has none yet. Returns how many.
    fn allot(&mut self, id: &SessionId, budget: u64) -> u64 {
        let open = self.current.iter_mut().find(|work| work.id() == id && !work.is_allotted());
        open.map_or(0, |work| work.allot(budget, self.known.as_ref(), &self.request.policy))
    }

    /// The sessions of the round that share a call.
    fn groups(&self) -> Vec<Vec<SessionId>> {
        let short =
            |id: &SessionId| self.current.iter().find(|work| work.id() == id)?.short().cloned();
        let sessions: Vec<Option<Short>> = self.round.iter().map(short).collect();
        let named =
            |group: Vec<usize>| group.into_iter().filter_map(|at| self.round.get(at).cloned());
        let groups = together::groups(&sessions, &self.request.policy).into_iter();
        groups.map(|group| named(group).collect()).collect()
    }

    /// Makes the call that these sessions share, once. Returns how many calls it made. After a
    /// restore some of them may be missing, or have grown.
    fn ask_together(&mut self, group: &[SessionId]) -> u64 {
        let is_open = |work: &Work| {
            group.contains(work.id()) && work.short().is_some() && !work.is_allotted()
        };
        if self.current.iter().filter(|work| is_open(work)).count() < 2 {
            return 0;
        }
        let works = std::mem::take(&mut self.current).into_iter();
        let (mut works, others): (Vec<Work>, Vec<Work>) = works.partition(is_open);
        // DETERMINISM: in the order of the round, in whatever order they were brought.
        sort::by_key(&mut works, |work| group.iter().position(|id| id == work.id()));
        Work::ask_together(&mut works, self.known.as_ref(), &self.request.policy);
        self.current = others.into_iter().chain(works).collect();
        sort::by(&mut self.current, |a, b| a.id().cmp(b.id()));
        1
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
