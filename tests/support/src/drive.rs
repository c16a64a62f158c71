//! The loop around one dream, with everything shuffled that may be.

use std::collections::BTreeMap;

use dreaming::Request;
use dreaming::propose::{Answer, ModelCall};
use dreaming::session::{PartDescriptor, SessionDescriptor};

use crate::host::{Failure, Host, Need, Running};
use crate::random::Random;
use crate::store::Store;

/// What is outside the engine: transcripts and a model.
pub struct World<'a> {
    /// The parts of each session, by session id: name and bytes. A session that is not here is
    /// missed.
    pub sessions: BTreeMap<String, Vec<(String, Vec<u8>)>>,
    /// What the model answers.
    pub model: &'a dyn Fn(&ModelCall) -> Answer,
}

impl World<'_> {
    /// Descriptors of all sessions, without agent and principal.
    pub fn descriptors(&self) -> Vec<SessionDescriptor> {
        let part = |(name, bytes): &(String, Vec<u8>)| PartDescriptor {
            name: name.clone(),
            bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        };
        let session = |(id, parts): (&String, &Vec<_>)| SessionDescriptor {
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
    /// After each round.
    Rounds,
    /// After each session and each answer, in the middle of rounds.
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
    /// In the order of the request, in large chunks, in one go.
    pub const AS_WRITTEN: Self =
        Self { name: "as written", seed: None, chunk: 1 << 16, restore: Restore::Never };

    /// The variations that every golden case is played with, the plain one first.
    pub const ALL: [Self; 6] = [
        Self::AS_WRITTEN,
        Self { name: "byte by byte", chunk: 1, ..Self::AS_WRITTEN },
        Self { name: "restored each round", restore: Restore::Rounds, ..Self::AS_WRITTEN },
        Self { name: "shuffled", seed: Some(1), chunk: 7, ..Self::AS_WRITTEN },
        Self { name: "shuffled otherwise", seed: Some(2), ..Self::AS_WRITTEN },
        Self { name: "shuffled and killed", seed: Some(3), chunk: 1000, restore: Restore::Pieces },
    ];
}

/// What a dream came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Bytes of the plan.
    pub plan: Vec<u8>,
    /// Bytes of the report.
    pub report: Vec<u8>,
    /// The calls that were made, by id.
    pub calls: BTreeMap<String, (ModelCall, Answer)>,
    /// The checkpoint after each round. Empty for [`Restore::Pieces`], where rounds are cut.
    pub checkpoints: Vec<Vec<u8>>,
    /// The checkpoint at the end.
    pub last: Vec<u8>,
}

/// Rounds after which a dream is taken to go on for ever.
const MAX_ROUNDS: usize = 10_000;

/// Dreams until it is done.
///
/// # Errors
/// The failure of the host, or `broken-promise` when a dream breaks what `wit/dreaming.wit` says.
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
    let mut checkpoints = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let need = dream.poll()?;
        if dream.poll()? != need {
            return Err(broken("two polls differ although nothing was brought"));
        }
        match need {
            Need::Done { plan, report } => {
                let last = dream.checkpoint()?;
                return Ok(Run { plan, report, calls: round.calls, checkpoints, last });
            }
            Need::Sessions(needs) => round.sessions(&mut *dream, needs)?,
            Need::Calls(calls) => round.answers(&mut *dream, calls)?,
        }
        let checkpoint = dream.checkpoint()?;
        if variation.restore != Restore::Never {
            dream = host.restore(&checkpoint, &again)?;
            if dream.checkpoint()? != checkpoint {
                return Err(broken("a restored dream has another checkpoint"));
            }
        }
        if variation.restore != Restore::Pieces {
            checkpoints.push(checkpoint);
        }
    }
    Err(broken("the dream does not end"))
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
    /// Feeds what was asked for: all of it, or one session when pieces are restored.
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
            // The last bytes come with the mark that they are, or before it.
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

    /// Answers what was asked for: all of it, or one call when pieces are restored.
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
