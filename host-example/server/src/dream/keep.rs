//! What people do with a store between dreams: they decide what a dream left open, go back to an earlier revision, or
//! take what an agent should load. Runs on threads of its own.

use dreaming_wasmtime::{
    By, Candidate, Cause, Change, Citation, Contents, Decision, Engine, EngineError, Entry, Error,
    Gate, Job, Kind, LedgerRow, NewRevision, Outcome, Packed, Provenance, Request, Rewording,
    Selection, Snapshot,
};

use crate::db::dreams::{Proposal, Proposed};
use crate::db::engine::Loaded;

/// Why nothing was done.
#[derive(Debug)]
pub enum Denied {
    /// What was asked for is not possible, and why.
    Wrong(String),
    /// The store is not what the caller saw.
    Moved,
    /// The engine failed.
    Failed(String),
}

impl std::convert::From<Error> for Denied {
    fn from(error: Error) -> Self {
        match error {
            Error::Engine(EngineError::InvalidRequest(why)) => Self::Wrong(why.to_string()),
            Error::Engine(EngineError::OtherEngine(engine)) => {
                Self::Wrong(format!("the plan was made by another engine, {engine}: dream again"))
            }
            Error::Engine(EngineError::Stale(_)) => Self::Moved,
            other => Self::Failed(other.to_string()),
        }
    }
}

/// A plan over the store as it is now.
#[derive(Debug)]
pub struct Open {
    /// What tells this plan over this store from any other.
    pub state: String,
    /// The plan.
    pub plan: Vec<u8>,
    /// What people changed since the newest revision.
    observed: Option<NewRevision>,
}

/// A decision about a plan.
#[derive(Debug)]
pub struct Verdict {
    /// The [`Open::state`] that whoever decides has seen.
    pub state: String,
    /// What is applied.
    pub accept: Selection,
    /// What is rejected.
    pub reject: Vec<String>,
    /// What is applied in other words.
    pub edits: Vec<Rewording>,
    /// Who decides, and why.
    pub by: By,
}

/// From what a plan was made.
#[derive(Clone, Debug)]
pub enum From {
    /// From sessions, with these instructions.
    Sessions(String),
    /// From what an agent proposed.
    Proposal(Proposal),
}

/// What a decision makes.
#[derive(Debug)]
pub struct Decided {
    /// The revisions, in order.
    pub revisions: Vec<NewRevision>,
    /// How many changes of the plan wait for a person after them.
    pub undecided: u64,
}

/// The plan and the report of a proposal, or why it is turned down.
///
/// # Errors
/// [`Denied`].
pub fn propose(
    engine: &Engine,
    loaded: &Loaded,
    proposal: &Proposal,
) -> Result<Result<Proposed, String>, Denied> {
    let mut job = engine.job()?;
    let (contents, _) = observed(&mut job, loaded)?;
    let snapshot = job.snapshot(&contents)?;
    let made = proposed(&mut job, &snapshot, proposal)?;
    let is_it = |change: &Change| change.cause == Cause::Extracted;
    if job.changes(&made.plan)?.iter().any(is_it) {
        let undecided = undecided(&mut job, &made.plan)?;
        return Ok(Ok(Proposed { plan: made.plan, report: made.report, undecided }));
    }
    let plan: serde_json::Value = serde_json::from_slice(&made.plan).unwrap_or_default();
    let reason = plan["rejected"][0]["reason"].as_str().unwrap_or("known");
    Ok(Err(reason.to_owned()))
}

/// The outcome of a proposal. Its statement is a fact that somebody outside says, whatever it says.
fn proposed(job: &mut Job, snapshot: &Snapshot, proposal: &Proposal) -> Result<Outcome, Error> {
    let Proposal { statement, quote, agent, at } = proposal.clone();
    let citation = Citation {
        session: format!("proposed: {agent}"),
        part: "proposal".into(),
        line: 1,
        event: String::new(),
        time: Some(at),
        provenance: Provenance::External,
        start: 0,
        quote: quote.trim().into(),
    };
    let candidate = Candidate {
        kind: Kind::Fact,
        text: statement.split_whitespace().collect::<Vec<_>>().join(" "),
        subject: None,
        principal: None,
        wrong: None,
        right: None,
        evidence: vec![citation],
    };
    let (policy, instructions) = (Vec::new(), String::new());
    let (sessions, similarities) = (Vec::new(), Vec::new());
    let request = Request { policy, instructions, now: at, sessions, similarities };
    job.plan(snapshot, &[candidate], &request)
}

/// The plan of a dream over the store as it is now: made again when the store has moved on since.
///
/// # Errors
/// [`Denied`].
pub fn open(engine: &Engine, loaded: &Loaded, plan: &[u8], from: &From) -> Result<Open, Denied> {
    let mut job = engine.job()?;
    let (contents, observed) = observed(&mut job, loaded)?;
    let snapshot = job.snapshot(&contents)?;
    let plan = over(&mut job, &snapshot, plan, from)?;
    let written: serde_json::Value = serde_json::from_slice(&plan).unwrap_or_default();
    let state = written["digest"].as_str().unwrap_or_default().to_owned();
    Ok(Open { state, plan, observed })
}

/// A plan over a store.
fn over(job: &mut Job, snapshot: &Snapshot, plan: &[u8], from: &From) -> Result<Vec<u8>, Error> {
    match from {
        From::Sessions(instructions) => job.rebase(snapshot, &plan.to_vec(), instructions),
        From::Proposal(proposal) => Ok(proposed(job, snapshot, proposal)?.plan),
    }
}

/// How many changes of a plan wait for a person.
fn undecided(job: &mut Job, plan: &[u8]) -> Result<u64, Error> {
    let changes = job.changes(&plan.to_vec())?;
    Ok(changes.iter().filter(|change| change.gate != Gate::Blocked).count() as u64)
}

/// What a decision makes.
///
/// # Errors
/// [`Denied`].
pub fn decide(
    engine: &Engine,
    loaded: &Loaded,
    (plan, from): (&[u8], &From),
    verdict: Verdict,
) -> Result<Decided, Denied> {
    let open = open(engine, loaded, plan, from)?;
    if open.state != verdict.state {
        return Err(Denied::Moved);
    }
    let mut job = engine.job()?;
    let (mut contents, _) = observed(&mut job, loaded)?;
    let snapshot = job.snapshot(&contents)?;
    let Verdict { accept, reject, edits, by, .. } = verdict;
    let made = job.apply(&snapshot, &open.plan, &Decision { accept, reject, edits, by })?;
    contents.follow(&made);
    let after = job.snapshot(&contents)?;
    let left = over(&mut job, &after, plan, from)?;
    let undecided = undecided(&mut job, &left)?;
    Ok(Decided { revisions: open.observed.into_iter().chain([made]).collect(), undecided })
}

/// The revisions that go back to a store as it was.
///
/// # Errors
/// [`Denied`].
pub fn revert(
    engine: &Engine,
    loaded: &Loaded,
    target: &Contents,
    by: &By,
) -> Result<Vec<NewRevision>, Denied> {
    let mut job = engine.job()?;
    let (contents, observed) = observed(&mut job, loaded)?;
    if observed.is_none() && contents.head == target.head {
        let why = "the store is at this revision, and nobody changed it since";
        return Err(Denied::Wrong(why.into()));
    }
    let (now, then) = (job.snapshot(&contents)?, job.snapshot(target)?);
    let made = job.revert(&now, &then, by)?;
    Ok(observed.into_iter().chain([made]).collect())
}

/// What an agent should load.
#[derive(Debug)]
pub struct Pack {
    /// The statements, best first.
    pub packed: Vec<Packed>,
    /// Statements of the store that are one person's, and not of the one for whom the agent works.
    pub others: u64,
}

/// What an agent should load for a query.
///
/// # Errors
/// [`Denied`].
pub fn pack(
    engine: &Engine,
    loaded: &Loaded,
    query: &str,
    budget: u32,
    principal: Option<&str>,
) -> Result<Pack, Denied> {
    let mut job = engine.job()?;
    let snapshot = job.snapshot(&loaded.contents)?;
    let packed = job.pack(&snapshot, query, budget, principal)?;
    // Most stores have none, and need not be looked through.
    let names = |row: &LedgerRow| row.value.windows(OF_PERSON.len()).any(|at| at == OF_PERSON);
    if !loaded.contents.ledger.iter().any(names) {
        return Ok(Pack { packed, others: 0 });
    }
    let entries = every(&mut job, &snapshot)?;
    let others = entries.iter().filter(|entry| {
        let record: serde_json::Value = serde_json::from_slice(&entry.ledger).unwrap_or_default();
        record["principal"].as_str().is_some_and(|person| Some(person) != principal)
    });
    Ok(Pack { packed, others: others.count() as u64 })
}

/// How the person stands in the row of an entry that is one person's.
const OF_PERSON: &[u8] = b"\"principal\":\"";

/// The entries of a store.
///
/// # Errors
/// [`Denied`].
pub fn entries(engine: &Engine, loaded: &Loaded) -> Result<Vec<Entry>, Denied> {
    let mut job = engine.job()?;
    let snapshot = job.snapshot(&loaded.contents)?;
    Ok(every(&mut job, &snapshot)?)
}

fn every(job: &mut Job, snapshot: &Snapshot) -> Result<Vec<Entry>, Error> {
    /// Entries that are read at a time. Chosen by us, as for the command.
    const PAGE: u32 = 1_000;
    let mut all = Vec::new();
    loop {
        let offset = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let page = job.entries(snapshot, offset, PAGE)?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// The format of a transcript by its first bytes.
///
/// # Errors
/// [`Denied::Wrong`] for one that the engine does not know, with what it looks like.
pub fn format(engine: &Engine, head: &[u8]) -> Result<String, Denied> {
    let mut job = engine.job()?;
    if let Some(format) = job.detect(head)? {
        return Ok(format);
    }
    let like =
        job.looks_like(head)?.map_or(String::new(), |program| format!("; it looks like {program}"));
    Err(Denied::Wrong(format!("has no format that dreams read (docs/transcripts.md){like}")))
}

/// The store with what people changed since its newest revision, as a revision if they did. The time of that revision is
/// that of the last change, so that it is the same whenever it is made.
pub(super) fn observed(
    job: &mut Job,
    loaded: &Loaded,
) -> Result<(Contents, Option<NewRevision>), Error> {
    let snapshot = job.snapshot(&loaded.contents)?;
    let times = loaded.contents.memories.iter().filter_map(|memory| memory.observed_at);
    let observed = job.observe(&snapshot, times.max().unwrap_or(0))?;
    let mut contents = loaded.contents.clone();
    if let Some(revision) = &observed {
        contents.follow(revision);
    }
    Ok((contents, observed))
}
