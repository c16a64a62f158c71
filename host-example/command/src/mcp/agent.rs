//! An agent as the model: the calls of a dream wait here until the agent has taken and answered them.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use dreaming_models::tally::Usage;
use dreaming_models::{MAX_ANSWER, Said, Service, TOO_LONG, Took, Try};
use dreaming_wasmtime::ModelCall;

/// What dream and agent share. Clones share it too.
#[derive(Clone, Debug, Default)]
pub struct Agent(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    open: Mutex<Open>,
    /// Told of every call, every answer and the end.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Open {
    /// The calls that have no answer yet, in the order in which they came.
    calls: Vec<Waiting>,
    /// The answers that their calls have not taken yet, by id.
    answers: Vec<(String, String)>,
    /// The calls whose answers are not recorded yet, by id.
    unsettled: Vec<String>,
    /// Whether the dream came to an end.
    is_over: bool,
}

#[derive(Debug)]
struct Waiting {
    call: ModelCall,
    is_taken: bool,
}

/// A call for the agent.
#[derive(Debug)]
pub struct Taken {
    /// The call.
    pub call: ModelCall,
    /// How many calls wait beside it. More may come.
    pub others: usize,
}

impl Agent {
    /// Whether this is the agent of the same dream.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The next call, as soon as there is one: the first that was not taken yet, else the first that
    /// was taken and not answered. `None` when the dream came to an end.
    pub fn next(&self) -> Option<Taken> {
        let mut open = self.open();
        loop {
            let others = open.calls.len().saturating_sub(1);
            let at = open.calls.iter().position(|waiting| !waiting.is_taken).unwrap_or(0);
            if let Some(waiting) = open.calls.get_mut(at) {
                waiting.is_taken = true;
                return Some(Taken { call: waiting.call.clone(), others });
            }
            if open.is_over {
                return None;
            }
            open = self.wait(open);
        }
    }

    /// Answers a call, and waits until the answer is recorded: who was told that it was taken need not
    /// give it again. Returns whether a call with this id waits.
    pub fn answer(&self, id: &str, text: String) -> bool {
        let mut open = self.open();
        let Some(at) = open.calls.iter().position(|waiting| waiting.call.id == id) else {
            return false;
        };
        open.calls.remove(at);
        open.answers.push((id.into(), text));
        open.unsettled.push(id.into());
        self.0.changed.notify_all();
        while !open.is_over && open.unsettled.iter().any(|other| other == id) {
            open = self.wait(open);
        }
        true
    }

    /// Says that no call will follow.
    pub fn end(&self) {
        self.open().is_over = true;
        self.0.changed.notify_all();
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, open: MutexGuard<'a, Open>) -> MutexGuard<'a, Open> {
        self.0.changed.wait(open).unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for Agent {
    /// Waits for the agent as long as it takes: an agent that goes away takes this process with it,
    /// and the answers that it gave are recorded.
    fn ask(&self, call: &ModelCall) -> Try {
        let mut open = self.open();
        open.calls.push(Waiting { call: call.clone(), is_taken: false });
        self.0.changed.notify_all();
        let text = loop {
            if let Some(at) = open.answers.iter().position(|(id, _)| *id == call.id) {
                break open.answers.swap_remove(at).1;
            }
            open = self.wait(open);
        };
        let said = match text {
            text if text.len() > MAX_ANSWER => Said::Unusable(TOO_LONG),
            text if text.trim().is_empty() => Said::Unusable("the agent said nothing"),
            text => Said::Text(text),
        };
        Try { came: Ok(said), took: Took::Counted(Usage::default()) }
    }

    fn settled(&self, call: &ModelCall) {
        self.open().unsettled.retain(|id| *id != call.id);
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn call(id: &str) -> ModelCall {
        ModelCall {
            id: id.into(),
            system: "s".into(),
            prompt: "p".into(),
            schema: "{}".into(),
            max_tokens: 7,
        }
    }

    #[test]
    fn each_call_is_handed_out_until_it_is_answered_and_the_end_is_said() {
        let agent = Agent::default();
        let recorded = Arc::new(Mutex::new(Vec::new()));
        let ask = |id: &'static str| {
            let (agent, recorded) = (agent.clone(), Arc::clone(&recorded));
            thread::spawn(move || {
                let came = agent.ask(&call(id)).came;
                recorded.lock().unwrap().push(id);
                agent.settled(&call(id));
                came
            })
        };
        let asked = [ask("a"), ask("b")];
        let first = agent.next().unwrap();
        // The other one is next, and when both are out, the one that came first.
        let second = loop {
            let taken = agent.next().unwrap();
            if taken.call.id != first.call.id {
                break taken;
            }
        };
        assert_eq!(second.others, 1);
        assert!(!agent.answer("c", "x".into()));
        assert!(agent.answer("a", "yes".into()) && !agent.answer("a", "no".into()));
        assert_eq!(*recorded.lock().unwrap(), ["a"], "it says yes before the answer is recorded");
        assert_eq!(agent.next().unwrap().call.id, "b");
        assert!(agent.answer("b", " ".into()));
        let came = asked.map(|thread| thread.join().unwrap());
        assert_eq!(came[0], Ok(Said::Text("yes".into())));
        assert_eq!(came[1], Ok(Said::Unusable("the agent said nothing")));
        agent.end();
        assert!(agent.next().is_none());
    }
}
