//! The loop around one dream, which shuffles everything that may come in any order.

use std::collections::BTreeMap;

use dreaming::Request;
use dreaming::propose::{Answer, ModelCall};
use dreaming::session::{Part, Session};

use crate::host::{Failure, Host, Need, Running};
use crate::random::Random;
use crate::store::Store;

/// What is outside the engine: transcripts and a model.
pub struct World<'a> {
    /// The parts of each session, by session id: name and bytes. A session that is missing here
    /// cannot be read.
    pub sessions: BTreeMap<String, Vec<(String, Vec<u8>)>>,
    /// What the model answers.
    pub model: &'a dyn Fn(&ModelCall) -> Answer,
}

impl World<'_> {
    /// Descriptors of all sessions, without agent and principal.
    pub fn descriptors(&self) -> Vec<Session> {
        let part = |(name, bytes): &(String, Vec<u8>)| Part {
            name: name.clone(),
            bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        };
        let session = |(id, parts): (&String, &Vec<_>)| Session {
            id: dreaming::ids::SessionId::new(id.as_str()),
            agent: None,
            principal: None,
            parts: parts.iter().map(part).collect(),
        };
        self.sessions.iter().map(session).collect()
    }
}

/// When a dream is stopped and restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restore {
    /// Never.
    Never,
    /// After each round: when the sessions of the round are read and their calls answered.
    Rounds,
    /// After each session and each answer, in the middle of rounds, [`MAX_KILLS`] times.
    Pieces,
}

/// In what order and portions a dream is fed. No variation may change a byte.
#[derive(Clone, Copy, Debug)]
pub struct Variation {
    /// A name for messages.
    pub name: &'static str,
    /// Shuffles memories, ledger rows, sessions, parts, chunks and answers; `None` = as written.
    pub seed: Option<u64>,
    /// Bytes in a chunk, at least 1.
    pub chunk: usize,
    /// When it is restored.
    pub restore: Restore,
}

impl Variation {
    /// In the order of the request, in large chunks, without a restore.
    pub const AS_WRITTEN: Self =
        Self { name: "as written", seed: None, chunk: 1 << 16, restore: Restore::Never };

    /// The variations that every golden case is played with, the plain one first.
    pub const ALL: [Self; 6] = [
        Self::AS_WRITTEN,
        Self { name: "byte by byte", chunk: 1, ..Self::AS_WRITTEN },
        Self { name: "restored each round", restore: Restore::Rounds, ..Self::AS_WRITTEN },
        Self { name: "shuffled", seed: Some(1), chunk: 7, ..Self::AS_WRITTEN },
        Self { name: "shuffled otherwise", seed: Some(5), ..Self::AS_WRITTEN },
        Self { name: "shuffled and killed", seed: Some(3), chunk: 1000, restore: Restore::Pieces },
    ];
}

/// The result of a dream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Bytes of the plan.
    pub plan: Vec<u8>,
    /// Bytes of the report.
    pub report: Vec<u8>,
    /// The calls that were made, with their answers, by id.
    pub calls: BTreeMap<String, (ModelCall, Answer)>,
    /// The checkpoint after each round. Empty for [`Restore::Pieces`], which stops within rounds.
    pub checkpoints: Vec<Vec<u8>>,
    /// The checkpoint at the end.
    pub last: Vec<u8>,
}

/// Rounds after which a dream counts as endless.
const MAX_ROUNDS: usize = 2_000;

/// How often [`Restore::Pieces`] stops a dream. A session with open calls is read again after a
/// restore, so a dream that is stopped after every piece would never end. Chosen by us.
pub const MAX_KILLS: usize = 6;

/// Runs a dream until it is done.
///
/// # Errors
/// The failure of the host, or `broken-promise` when the dream violates what `wit/dreaming.wit`
/// promises.
pub fn drive(
    host: &dyn Host,
    request: &Request,
    store: &Store,
    world: &World<'_>,
    variation: Variation,
) -> Result<Run, Failure> {
    let mut random = variation.seed.map(Random::new);
    let mut request = request.clone();
    let mut shuffled = || match &mut random {
        Some(random) => {
            random.shuffle(&mut request.sessions);
            for session in &mut request.sessions {
                random.shuffle(&mut session.parts);
            }
            store.shuffled(random)
        }
        None => store.clone(),
    };
    let first = shuffled();
    let again = shuffled();
    let mut dream = host.start(&request, &first)?;
    let mut round = Round { world, variation, random, calls: BTreeMap::new() };
    let mut kills = MAX_KILLS;
    let mut checkpoints = Vec::new();
    let mut need = polled(&mut *dream)?;
    for _ in 0..MAX_ROUNDS {
        let read = matches!(need, Need::Sessions(_));
        match need {
            Need::Done { plan, report } => {
                let last = dream.checkpoint()?;
                return Ok(Run { plan, report, calls: round.calls, checkpoints, last });
            }
            Need::Sessions(needs) => round.sessions(&mut *dream, needs)?,
            Need::Calls(calls) => round.answers(&mut *dream, calls)?,
        }
        need = polled(&mut *dream)?;
        let ended = !(read && matches!(need, Need::Calls(_)));
        let restore = match variation.restore {
            Restore::Never => false,
            Restore::Rounds => ended,
            Restore::Pieces => kills > 0,
        };
        let checkpoint = dream.checkpoint()?;
        if restore {
            dream = host.restore(&checkpoint, &again)?;
            if dream.checkpoint()? != checkpoint {
                return Err(broken("a restored dream has another checkpoint"));
            }
            need = polled(&mut *dream)?;
            kills = kills.saturating_sub(1);
        }
        if ended && variation.restore != Restore::Pieces {
            checkpoints.push(checkpoint);
        }
    }
    Err(broken("the dream does not end"))
}

/// Polls twice and checks that a poll changes nothing.
fn polled(dream: &mut dyn Running) -> Result<Need, Failure> {
    let need = dream.poll()?;
    if dream.poll()? != need {
        return Err(broken("two polls differ although nothing was brought"));
    }
    Ok(need)
}

fn broken(what: &str) -> Failure {
    Failure::new("broken-promise", what)
}

struct Round<'a> {
    world: &'a World<'a>,
    variation: Variation,
    random: Option<Random>,
    calls: BTreeMap<String, (ModelCall, Answer)>,
}

/// A part that is being fed.
struct Feed<'a> {
    session: String,
    part: String,
    rest: &'a [u8],
}

impl Round<'_> {
    /// Feeds everything that was asked for, or one session with [`Restore::Pieces`].
    fn sessions(
        &mut self,
        dream: &mut dyn Running,
        mut needs: Vec<(String, Vec<String>)>,
    ) -> Result<(), Failure> {
        if needs.is_empty() {
            return Err(broken("it asks for no session"));
        }
        self.pick(&mut needs);
        let mut feeds = Vec::new();
        for (session, names) in needs {
            let Some(parts) = self.world.sessions.get(&session) else {
                dream.miss(&session, "not found")?;
                continue;
            };
            for name in names {
                let bytes = parts.iter().find(|(part, _)| *part == name).map(|(_, bytes)| bytes);
                let rest = bytes.ok_or_else(|| broken("it asks for a part that is not there"))?;
                feeds.push(Feed { session: session.clone(), part: name, rest });
            }
        }
        while !feeds.is_empty() {
            let index = self.random.as_mut().map_or(0, |random| random.below(feeds.len()));
            let feed = &mut feeds[index];
            let (chunk, rest) = feed.rest.split_at(self.variation.chunk.min(feed.rest.len()));
            // `last` comes with the last bytes or in an empty chunk of its own.
            let apart = self.random.as_mut().is_some_and(|r| !chunk.is_empty() && r.below(2) == 0);
            let last = rest.is_empty() && !apart;
            dream.feed(&feed.session, &feed.part, chunk, last)?;
            feed.rest = rest;
            if last {
                feeds.remove(index);
            }
        }
        Ok(())
    }

    /// Answers everything that was asked for, or one call with [`Restore::Pieces`].
    fn answers(&mut self, dream: &mut dyn Running, calls: Vec<ModelCall>) -> Result<(), Failure> {
        if calls.is_empty() {
            return Err(broken("it asks for no call"));
        }
        let mut calls = calls;
        self.pick(&mut calls);
        for call in calls {
            let answer = (self.world.model)(&call);
            dream.answer(call.id.as_str(), &answer)?;
            let id = call.id.as_str().to_owned();
            if self.calls.insert(id, (call, answer)).is_some() {
                return Err(broken("it asks for a call that was answered"));
            }
        }
        Ok(())
    }

    fn pick<T>(&mut self, needs: &mut Vec<T>) {
        if let Some(random) = &mut self.random {
            random.shuffle(needs);
        }
        if self.variation.restore == Restore::Pieces {
            needs.truncate(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use dreaming::apply::Erasure;
    use dreaming::{Decision, Time};

    use super::*;
    use crate::host::Revision;

    /// A host whose dream reads three sessions in one round. Its plan is what it was fed: sorted
    /// when `honest`, otherwise in the order of arrival.
    struct Fake {
        honest: bool,
        restored: RefCell<u32>,
    }

    #[derive(Clone, Default)]
    struct Fed {
        honest: bool,
        parts: Vec<(String, Vec<u8>)>,
        log: Vec<u8>,
        done: Vec<String>,
    }

    const SESSIONS: [&str; 3] = ["a", "b", "c"];

    impl Running for Rc<RefCell<Fed>> {
        fn poll(&mut self) -> Result<Need, Failure> {
            let fed = self.borrow();
            let open: Vec<_> =
                SESSIONS.iter().filter(|s| !fed.done.contains(&(**s).into())).collect();
            if !open.is_empty() {
                let needs = open.iter().map(|s| ((**s).into(), vec!["main".into()]));
                return Ok(Need::Sessions(needs.collect()));
            }
            let mut parts = fed.parts.clone();
            parts.sort();
            let plan = if fed.honest { format!("{parts:?}").into_bytes() } else { fed.log.clone() };
            Ok(Need::Done { plan, report: Vec::new() })
        }

        fn feed(&mut self, s: &str, _: &str, chunk: &[u8], last: bool) -> Result<(), Failure> {
            let mut fed = self.borrow_mut();
            fed.log.extend_from_slice(chunk);
            match fed.parts.iter_mut().find(|(id, _)| id == s) {
                Some((_, bytes)) => bytes.extend_from_slice(chunk),
                None => fed.parts.push((s.into(), chunk.into())),
            }
            if last {
                fed.done.push(s.into());
            }
            Ok(())
        }

        fn miss(&mut self, session: &str, _: &str) -> Result<(), Failure> {
            self.borrow_mut().done.push(session.into());
            Ok(())
        }

        fn answer(&mut self, _: &str, _: &Answer) -> Result<(), Failure> {
            Err(Failure::new("unexpected", "no call was made"))
        }

        fn checkpoint(&self) -> Result<Vec<u8>, Failure> {
            let mut done = self.borrow().done.clone();
            done.sort();
            Ok(done.concat().into_bytes())
        }
    }

    impl Fake {
        fn dream(&self, done: &[u8], log: &[u8]) -> Box<dyn Running + '_> {
            let done: Vec<String> = done.iter().map(|b| char::from(*b).to_string()).collect();
            let parts = done.iter().map(|id| (id.clone(), id.repeat(20).into_bytes())).collect();
            let fed = Fed { honest: self.honest, parts, log: log.into(), done };
            Box::new(Rc::new(RefCell::new(fed)))
        }
    }

    impl Host for Fake {
        fn name(&self) -> &str {
            "fake"
        }

        fn start(&self, _: &Request, _: &Store) -> Result<Box<dyn Running + '_>, Failure> {
            Ok(self.dream(b"", b""))
        }

        fn restore(&self, done: &[u8], _: &Store) -> Result<Box<dyn Running + '_>, Failure> {
            *self.restored.borrow_mut() += 1;
            Ok(self.dream(done, b""))
        }

        fn observe(&self, _: &Store, _: Time) -> Result<Option<Revision>, Failure> {
            Ok(None)
        }

        fn apply(&self, _: &Store, _: &[u8], _: &Decision) -> Result<Revision, Failure> {
            Err(Failure::new("other", "not asked for"))
        }

        fn revert(
            &self,
            _: &Store,
            _: &Store,
            _: &str,
            _: &str,
            _: Time,
        ) -> Result<Revision, Failure> {
            Err(Failure::new("other", "not asked for"))
        }

        fn rebase(&self, _: &Store, _: &[u8], _: &str) -> Result<Vec<u8>, Failure> {
            Err(Failure::new("other", "not asked for"))
        }

        fn erase(
            &self,
            _: &Store,
            _: &Erasure,
            _: &str,
            _: &str,
            _: Time,
        ) -> Result<Revision, Failure> {
            Err(Failure::new("other", "not asked for"))
        }
    }

    fn run(host: &Fake, variation: Variation) -> Run {
        let model = |_: &ModelCall| Answer::Refused;
        let part =
            |id: &str| (id.to_owned(), vec![("main".to_owned(), id.repeat(20).into_bytes())]);
        let world = World { sessions: SESSIONS.iter().map(|id| part(id)).collect(), model: &model };
        let request = Request {
            policy: dreaming::Policy::default(),
            instructions: String::new(),
            now: Time::default(),
            sessions: world.descriptors(),
            similarities: Vec::new(),
        };
        drive(host, &request, &Store::default(), &world, variation).unwrap()
    }

    #[test]
    fn every_variation_brings_all_bytes_and_an_order_that_matters_is_caught() {
        let honest = Fake { honest: true, restored: RefCell::default() };
        let first = run(&honest, Variation::AS_WRITTEN);
        assert!(String::from_utf8_lossy(&first.plan).len() > 60);
        for variation in Variation::ALL {
            assert_eq!(run(&honest, variation).plan, first.plan, "{}", variation.name);
        }
        // One restore with `Rounds`, three with `Pieces`.
        assert_eq!(*honest.restored.borrow(), 4);

        let careless = Fake { honest: false, restored: RefCell::default() };
        let first = run(&careless, Variation::AS_WRITTEN);
        let differ = |v: &&Variation| run(&careless, **v).plan != first.plan;
        let caught: Vec<_> = Variation::ALL.iter().filter(differ).map(|v| v.name).collect();
        assert!(
            caught.contains(&"shuffled") && caught.contains(&"shuffled otherwise"),
            "{caught:?}"
        );
    }
}
