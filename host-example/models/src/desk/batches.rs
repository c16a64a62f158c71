//! Calls in batches. A batch is recorded before it is handed in and until all that it brought is recorded, so that a
//! process that is killed at any moment pays for no call twice. A batch that is on record is read first, also by a run
//! that makes its calls one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use dreaming_wasmtime::{Answer, ModelCall};

use super::tries::{RETRIES, Stop};
use super::{Desk, Record, Watch};
use crate::batch::{Batch, Batches, MOST_BYTES, MOST_CALLS, Sent, Sought, Standing};
use crate::budget::{NoRoom, Reserved};
use crate::tally::Usage;
use crate::{Cause, Took, Trouble, Try};

/// Longest wait between two looks at a batch; the first is that before a second try, and it doubles. Chosen by us: a
/// batch may take a day, and a minute more is little of that.
const LOOK: Duration = Duration::from_secs(60);

/// A batch that a run left at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Its id at the service; `None` if nobody knows yet whether it arrived.
    pub id: Option<String>,
    /// Its calls.
    pub calls: u64,
    /// How many of them are done, as far as the service says.
    pub done: u64,
    /// Why it could not be looked at; `None` if it just is at work.
    pub why: Option<Cause>,
}

/// The answers by call, or the batch for which the run ends.
type Came = Result<BTreeMap<String, Answer>, Left>;

impl<R: Record, W: Watch> Desk<R, W> {
    /// Answers calls in batches: those of a batch that is on record, and, where batches are wanted, all. What has no
    /// answer then is for calls one by one.
    pub(super) fn in_batches(&self, calls: &[ModelCall]) -> Came {
        let Some(service) = self.service.batches() else { return Ok(BTreeMap::new()) };
        let (came, reserved) = (BTreeMap::new(), BTreeMap::new());
        let (counted, again, read) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut round = Round { desk: self, service, calls, came, reserved, counted, again, read };
        loop {
            match round.on_record() {
                Some(batch) => round.collect(batch)?,
                None if !self.manner.in_batches => return Ok(round.came),
                None => {
                    let next = round.next();
                    if next.is_empty() {
                        return Ok(round.came);
                    }
                    round.hand_in(&next);
                }
            }
        }
    }
}

/// The calls of one round on their way through batches.
struct Round<'a, R, W> {
    desk: &'a Desk<R, W>,
    service: &'a dyn Batches,
    calls: &'a [ModelCall],
    came: BTreeMap<String, Answer>,
    /// What was set aside for calls that are in a batch.
    reserved: BTreeMap<String, Reserved>,
    /// Calls that the budget has counted.
    counted: BTreeSet<String>,
    /// Calls that a batch brought back unanswered, and that go into one more.
    again: BTreeSet<String>,
    /// The tags of batches that were read.
    read: BTreeSet<String>,
}

impl<R: Record, W: Watch> Round<'_, R, W> {
    /// The batch that is to be read next. One that was read and could not be taken off the record is left there.
    fn on_record(&self) -> Option<Batch> {
        match self.desk.record.batch() {
            Ok(batch) => batch.filter(|batch| !self.read.contains(&batch.tag)),
            Err(unkept) => {
                self.desk.cannot_keep(&unkept);
                None
            }
        }
    }

    /// The calls of the next batch: as many as the budget and the service allow.
    fn next(&mut self) -> Vec<ModelCall> {
        let (mut next, mut bytes) = (Vec::new(), 0);
        for call in self.calls {
            if self.came.contains_key(&call.id) {
                continue;
            }
            if let Some(answer) = self.desk.recorded(call) {
                self.end(call, answer);
                continue;
            }
            match self.room(call) {
                Ok(reserved) => self.reserved.insert(call.id.clone(), reserved),
                Err(NoRoom::Yet) => break,
                Err(NoRoom::Ever(why)) => {
                    self.end(call, self.desk.failed(Stop::NotAsked(why)));
                    continue;
                }
            };
            bytes += call.system.len() + call.prompt.len() + call.schema.len();
            next.push(call.clone());
            if bytes >= MOST_BYTES || next.len() >= MOST_CALLS {
                break;
            }
        }
        next
    }

    /// Sets aside what a call may take.
    fn room(&mut self, call: &ModelCall) -> Result<Reserved, NoRoom> {
        if let Some(why) = self.desk.hopeless.get() {
            return Err(NoRoom::Ever(why.clone()));
        }
        let reserved = self.desk.budget.reserve_in_batch(call)?;
        if self.counted.insert(call.id.clone())
            && let Err(why) = self.desk.budget.begin(call)
        {
            self.desk.budget.settle(&reserved, Usage::default());
            return Err(NoRoom::Ever(why));
        }
        Ok(reserved)
    }

    /// Records a batch and hands it in. Its calls fail if it did not arrive.
    fn hand_in(&mut self, calls: &[ModelCall]) {
        let sent = |call: &ModelCall| Sent { call: call.id.clone(), max_tokens: call.max_tokens };
        let made = self.patiently(|| self.service.newest()).and_then(|after| {
            Ok(Batch {
                tag: tag().map_err(|error| Trouble::Call(error.to_string()))?,
                after,
                id: None,
                calls: calls.iter().map(sent).collect(),
                is_again: calls.iter().any(|call| self.again.contains(&call.id)),
            })
        });
        let mut batch = match made {
            Ok(batch) => batch,
            Err(trouble) => return self.fail(calls, &Stop::Trouble(trouble)),
        };
        if let Err(unkept) = self.desk.record.keep_batch(&batch) {
            let why = self.desk.cannot_keep(&unkept);
            return self.fail(calls, &Stop::NotAsked(why));
        }
        match self.send(&batch, calls) {
            Ok(None) => {}
            Ok(id) => {
                batch.id = id;
                // If this fails, the batch is looked for by its tag.
                let _ = self.desk.record.keep_batch(&batch);
            }
            Err(trouble) => {
                self.forget(&batch.tag);
                self.fail(calls, &Stop::Trouble(trouble));
            }
        }
    }

    /// Hands a batch in; `None` when nobody knows whether it arrived.
    fn send(&self, batch: &Batch, calls: &[ModelCall]) -> Result<Option<String>, Trouble> {
        let mut wait = self.desk.manner.wait;
        for tries_left in (0..=RETRIES).rev() {
            let tried = match self.service.send(&batch.tag, calls) {
                Ok(id) => return Ok(Some(id)),
                Err(tried) => tried,
            };
            if tried.took != Took::Nothing {
                match self.service.find(&batch.tag, calls.len(), batch.after.as_deref()) {
                    Ok(Sought::Here(id)) => return Ok(Some(id)),
                    Ok(Sought::Maybe) | Err(_) => return Ok(None),
                    Ok(Sought::Nowhere) => {}
                }
            }
            match trouble(tried) {
                Trouble::Now(_, asked) if tries_left > 0 && self.is_short(asked) => {
                    thread::sleep(asked.unwrap_or(wait));
                    wait *= 2;
                }
                other => return Err(other),
            }
        }
        Err(Trouble::Call("the batch could not be sent".into()))
    }

    /// Makes a request that changes nothing, again while that may help.
    fn patiently<T>(&self, request: impl Fn() -> Result<T, Try>) -> Result<T, Trouble> {
        let mut wait = self.desk.manner.wait;
        for _ in 0..RETRIES {
            match request().map_err(trouble) {
                Err(Trouble::Now(_, asked)) if self.is_short(asked) => {
                    thread::sleep(asked.unwrap_or(wait));
                    wait *= 2;
                }
                done => return done,
            }
        }
        request().map_err(trouble)
    }

    /// Whether a wait that the service asked for is one that a run makes.
    fn is_short(&self, asked: Option<Duration>) -> bool {
        asked.is_none_or(|asked| asked <= self.desk.manner.longest_wait)
    }

    /// Waits for a batch and takes what it brought.
    fn collect(&mut self, mut batch: Batch) -> Result<(), Left> {
        for sent in &batch.calls {
            if !self.reserved.contains_key(&sent.call) {
                let reserved = self.desk.budget.adopt(&self.call(sent));
                self.reserved.insert(sent.call.clone(), reserved);
                self.counted.insert(sent.call.clone());
            }
        }
        self.read.insert(batch.tag.clone());
        let mut waits = Waits { wait: self.desk.manner.wait, noted: false };
        let Some(id) = self.id(&mut batch, &mut waits)? else {
            self.forget(&batch.tag);
            self.release(&batch);
            return Ok(());
        };
        loop {
            match self.service.look(&id) {
                Ok(Standing::Ended) => match self.take(&batch, &id) {
                    Ok(()) => break,
                    Err(tried) => self.wait(&batch, 0, Some(tried), &mut waits)?,
                },
                Ok(Standing::Working(done)) => self.wait(&batch, done, None, &mut waits)?,
                Ok(Standing::Gone) => {
                    self.desk.watch.note(
                        "a batch is gone at the service: what it brought and is not recorded is paid for again",
                    );
                    self.forget(&batch.tag);
                    self.release(&batch);
                    return Ok(());
                }
                Ok(Standing::Refused(why)) => {
                    self.forget(&batch.tag);
                    let todo = "run again without batches, or with fewer calls".into();
                    let calls: Vec<ModelCall> =
                        batch.calls.iter().map(|sent| self.call(sent)).collect();
                    let why = format!("the service refused the batch: {why}");
                    self.fail(&calls, &Stop::Trouble(Trouble::All(Cause { why, todo })));
                    return Ok(());
                }
                Err(tried) => self.wait(&batch, 0, Some(tried), &mut waits)?,
            }
        }
        // Nothing is deleted that could not be recorded.
        if !self.desk.is_full() && self.desk.tally().not_kept == 0 {
            if let Err(tried) = self.patiently(|| self.service.delete(&id)) {
                let why = tried.why().to_owned();
                self.desk.watch.note(&format!(
                    "batch {id} is read and could not be deleted at the service, which keeps its words up to a month: {why}"
                ));
            }
            self.forget(&batch.tag);
        }
        Ok(())
    }

    /// The id of a batch; `None` if it never arrived.
    fn id(&self, batch: &mut Batch, waits: &mut Waits) -> Result<Option<String>, Left> {
        let mut was_missed = false;
        while batch.id.is_none() {
            match self.service.find(&batch.tag, batch.calls.len(), batch.after.as_deref()) {
                Ok(Sought::Here(id)) => {
                    batch.id = Some(id);
                    // If this fails, it is looked for again.
                    let _ = self.desk.record.keep_batch(batch);
                }
                Ok(Sought::Maybe) => self.wait(batch, 0, None, waits)?,
                Ok(Sought::Nowhere) if was_missed => return Ok(None),
                Ok(Sought::Nowhere) => {
                    // It may be listed only a moment after it was made.
                    was_missed = true;
                    thread::sleep(self.desk.manner.wait);
                }
                Err(tried) => self.wait(batch, 0, Some(tried), waits)?,
            }
        }
        Ok(batch.id.clone())
    }

    /// Takes the results of a batch. Each is recorded as it comes.
    fn take(&mut self, batch: &Batch, id: &str) -> Result<(), Try> {
        let mut seen = BTreeSet::new();
        let service = self.service;
        service.results(&batch.tag, id, &mut |number, tried| {
            if let Some(sent) = batch.calls.get(number)
                && seen.insert(number)
            {
                self.took(batch, sent, tried);
            }
        })?;
        for (number, sent) in batch.calls.iter().enumerate() {
            if !seen.contains(&number) {
                let why = "the batch brought no result for it";
                self.took(batch, sent, Try::turned_away(Trouble::Now(why.into(), None)));
            }
        }
        Ok(())
    }

    /// Takes the result of one call.
    fn took(&mut self, batch: &Batch, sent: &Sent, tried: Try) {
        // What was taken before the results broke off is not taken twice.
        let Some(reserved) = self.reserved.remove(&sent.call) else { return };
        let call = self.call(sent);
        self.desk.account(&call, &reserved, &tried, self.again.contains(&sent.call));
        let heard = match tried.came {
            Err(Trouble::Now(..)) if !batch.is_again && self.desk.manner.in_batches => {
                self.again.insert(sent.call.clone());
                return;
            }
            // One that a run makes one by one is made that way.
            Err(Trouble::Now(..)) if !self.desk.manner.in_batches => return,
            Err(trouble) => Err(Stop::Trouble(trouble)),
            Ok(_) => self.desk.end(&call, reserved.most.total(), tried),
        };
        let answer = self.desk.heard(&call, heard);
        self.end(&call, answer);
    }

    /// Waits before the next look, or leaves the batch. `tried` is a look that failed.
    fn wait(
        &self,
        batch: &Batch,
        done: u64,
        tried: Option<Try>,
        waits: &mut Waits,
    ) -> Result<(), Left> {
        let why = tried.map(trouble);
        let passes =
            matches!(&why, None | Some(Trouble::Now(..) | Trouble::Late(_) | Trouble::Gone(_)));
        let calls = batch.calls.len() as u64;
        if !self.desk.manner.waits || !passes {
            let cause = |trouble: Trouble| match trouble {
                Trouble::All(cause) | Trouble::Gone(cause) => cause,
                other => Cause { why: other.why().into(), todo: "run again later".into() },
            };
            return Err(Left { id: batch.id.clone(), calls, done, why: why.map(cause) });
        }
        if let (Some(trouble), false) = (&why, waits.noted) {
            let why = trouble.why();
            self.desk
                .watch
                .note(&format!("a batch cannot be looked at now, and is again soon: {why}"));
        }
        waits.noted = why.is_some();
        self.desk.watch.waits(calls, done);
        thread::sleep(waits.wait);
        waits.wait = (waits.wait * 2).min(LOOK.max(self.desk.manner.wait));
        Ok(())
    }

    /// A call of a batch; without its texts if another process sent it and this one does not ask for it.
    fn call(&self, sent: &Sent) -> ModelCall {
        let known = self.calls.iter().find(|call| call.id == sent.call);
        known.cloned().unwrap_or_else(|| sent.call())
    }

    /// Ends a call with its answer.
    fn end(&mut self, call: &ModelCall, answer: Answer) {
        if self.calls.iter().any(|known| known.id == call.id) {
            self.desk.tell(&answer);
        }
        self.came.insert(call.id.clone(), answer);
    }

    /// Lets calls of a batch fail that is not there.
    fn fail(&mut self, calls: &[ModelCall], stop: &Stop) {
        for call in calls {
            if let Some(reserved) = self.reserved.remove(&call.id) {
                self.desk.budget.settle(&reserved, Usage::default());
            }
            let stop = match self.desk.hopeless.get() {
                Some(why) => Stop::NotAsked(why.clone()),
                None => stop.clone(),
            };
            let answer = self.desk.failed(stop);
            self.end(call, answer);
        }
    }

    /// Gives back what was set aside for the calls of a batch that is not there.
    fn release(&mut self, batch: &Batch) {
        for sent in &batch.calls {
            if let Some(reserved) = self.reserved.remove(&sent.call) {
                self.desk.budget.settle(&reserved, Usage::default());
            }
        }
    }

    fn forget(&self, tag: &str) {
        if let Err(unkept) = self.desk.record.end_batch(tag) {
            self.desk.cannot_keep(&unkept);
        }
    }
}

/// The waits for one batch.
struct Waits {
    wait: Duration,
    /// Whether it was said that the batch cannot be looked at.
    noted: bool,
}

/// Why a request failed.
fn trouble(tried: Try) -> Trouble {
    tried.came.err().unwrap_or_else(|| Trouble::Call("this is no answer of the service".into()))
}

/// A tag that no other batch has.
fn tag() -> Result<String, getrandom::Error> {
    Ok(format!("{:016x}{:016x}", getrandom::u64()?, getrandom::u64()?))
}
