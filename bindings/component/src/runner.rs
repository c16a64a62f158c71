//! Interface `runner`: a whole dream over the imports `store` and `model`.

use dreaming::Snapshot;
use dreaming::dream::{Dream, Need, Outcome, Request, SessionNeed};
use dreaming::ids::SessionId;
use dreaming::interface::{self, MAX_PAGE};
use dreaming::plan::Plan;
use dreaming::policy::{MAX_CALLS, MAX_SESSIONS};
use dreaming::propose::ModelCall;
use dreaming::revision::{Decision, RevisionRecord, Selection};
use dreaming::session::SessionDescriptor;
use dreaming::time::Time;

use crate::Component;
use crate::bindings::dreaming::engine::model;
use crate::bindings::dreaming::engine::store::{self, Progress, StoreError};
use crate::bindings::dreaming::engine::types::{Answer, Document, RecordedAnswer};
use crate::bindings::exports::dreaming::engine::runner::{
    Guest, Mode, RunError, RunOutcome, RunRequest,
};
use crate::errors::EngineError;
use crate::{convert, settings};

impl Guest for Component {
    fn run(request: RunRequest) -> Result<RunOutcome, RunError> {
        run(request)
    }
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<E: Into<interface::EngineError>> From<E> for RunError {
    fn from(error: E) -> Self {
        Self::Engine(EngineError::from(error))
    }
}

fn run(request: RunRequest) -> Result<RunOutcome, RunError> {
    let now = Time::from_millis(request.now);
    let policy = settings::policy(request.policy)?;
    // Read once: what somebody saves from here on is none of this dream, and an edit for the next one.
    let Opened { mut snapshot, checkpoint } = open()?;
    if let Some(revision) = dreaming::catch_up(&mut snapshot, now)? {
        store::commit(&convert::new_revision(revision))?;
    }
    // A checkpoint of a dream under other terms would answer another question than was asked.
    let fits = |dream: &Dream| {
        let kept = dream.request();
        kept.policy == policy && kept.instructions == request.instructions
    };
    let restored = checkpoint.and_then(|bytes| Dream::restore(&bytes, &snapshot).ok());
    let resumed = restored.filter(fits);
    let mut dream = match resumed {
        Some(dream) => dream,
        None => {
            let mut sessions = unread(&snapshot, policy.number(&MAX_CALLS) > 0)?;
            sessions.truncate(policy.size(&MAX_SESSIONS));
            let instructions = request.instructions;
            let request = Request { policy, instructions, now, sessions, similarities: Vec::new() };
            Dream::start(request, &snapshot)?
        }
    };
    let outcome = drive(&mut dream)?;
    let committed = settle(&snapshot, &outcome.plan, request.mode, now)?;
    Ok(RunOutcome {
        base: outcome.plan.base.as_ref().map(ToString::to_string),
        outcome: convert::outcome(&outcome)?,
        committed,
    })
}

/// The store at its head.
struct Opened {
    snapshot: Snapshot,
    checkpoint: Option<Document>,
}

fn open() -> Result<Opened, RunError> {
    let opened = store::open()?;
    let mut snapshot = Snapshot::new(opened.salt);
    if let Some(head) = opened.head {
        interface::set_head(&mut snapshot, &head)?;
    }
    let mut after = None;
    loop {
        let page = store::memories(after.as_deref())?;
        let Some(last) = page.last() else { break };
        after = Some(last.path.clone());
        let page = page.into_iter().map(convert::memory).collect();
        interface::add_memories(&mut snapshot, page)?;
    }
    let mut after = None;
    loop {
        let page = store::ledger(after.as_deref())?;
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        let page: Vec<_> = page.into_iter().map(convert::row).collect();
        interface::add_ledger(&mut snapshot, &page)?;
    }
    let mut after = 0;
    loop {
        let page = store::revisions(after)?;
        let Some(last) = page.last() else { break };
        after = RevisionRecord::from_bytes(last)?.number;
        interface::add_decisions(&mut snapshot, &page)?;
    }
    Ok(Opened { snapshot, checkpoint: opened.checkpoint })
}

/// The sessions that have something to give to this dream, by id: those that the cursor does not know as they
/// are and, when it asks a model, those that wait for one.
fn unread(snapshot: &Snapshot, asks: bool) -> Result<Vec<SessionDescriptor>, RunError> {
    let mut unread = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = store::sessions(after.as_deref())?;
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        let sessions = page.into_iter().map(convert::session);
        unread.extend(sessions.filter(|session| !snapshot.is_done(session, asks)));
    }
    dreaming_text::sort::all(&mut unread);
    Ok(unread)
}

/// Meets the needs of the dream, round by round.
fn drive(dream: &mut Dream) -> Result<Outcome, RunError> {
    loop {
        let answers = match dream.poll()? {
            Need::Sessions(needs) => {
                for need in &needs {
                    read(dream, need)?;
                }
                Vec::new()
            }
            Need::Calls(calls) => ask(dream, calls)?,
            Need::Done(outcome) => return Ok(*outcome),
        };
        let checkpoint = dream.checkpoint()?;
        // A host that cannot keep it only loses the ability to resume.
        let _ = store::keep(&Progress { checkpoint, answers });
    }
}

/// Reads the parts of a session. One that cannot be read is missed as a whole: what is concluded
/// from half a session would be another session's digest.
fn read(dream: &mut Dream, need: &SessionNeed) -> Result<(), RunError> {
    for part in &need.parts {
        if let Err(reason) = read_part(dream, &need.session, part)? {
            dream.miss(&need.session, &reason)?;
            return Ok(());
        }
    }
    Ok(())
}

/// Feeds one part to its end; the inner error says why it cannot be read.
fn read_part(
    dream: &mut Dream,
    session: &SessionId,
    part: &str,
) -> Result<Result<(), String>, RunError> {
    let limit = u32::try_from(MAX_PAGE).unwrap_or(u32::MAX);
    let mut offset = 0_u64;
    loop {
        let chunk = match store::read(session.as_str(), part, offset, limit) {
            Ok(chunk) if chunk.len() > MAX_PAGE => {
                return Ok(Err(format!("part `{part}`: more bytes than were asked for")));
            }
            Ok(chunk) => chunk,
            Err(error) => return Ok(Err(format!("part `{part}`: {}", why(&error)))),
        };
        let ended = chunk.is_empty();
        dream.feed(session, part, &chunk, ended)?;
        if ended {
            return Ok(Ok(()));
        }
        offset = offset.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
    }
}

/// Has the calls made, answers them, and returns the answers for the record.
fn ask(dream: &mut Dream, calls: Vec<ModelCall>) -> Result<Vec<RecordedAnswer>, RunError> {
    let ids: Vec<_> = calls.iter().map(|call| call.id.clone()).collect();
    let calls: Vec<_> = calls.into_iter().map(convert::model_call).collect();
    let mut answers = model::complete_many(&calls).into_iter();
    let mut recorded = Vec::with_capacity(ids.len());
    for id in ids {
        let missing = || Answer::Failed("the host gave no answer".into());
        let answer = answers.next().unwrap_or_else(missing);
        dream.answer(&id, convert::answer(answer.clone()))?;
        recorded.push(RecordedAnswer { call: id.to_string(), answer });
    }
    Ok(recorded)
}

/// Commits what the mode allows and returns the revision, if there is one.
fn settle(
    snapshot: &Snapshot,
    plan: &Plan,
    mode: Mode,
    now: Time,
) -> Result<Option<String>, RunError> {
    if mode == Mode::Propose && plan.open_changes().next().is_some() {
        return Ok(None);
    }
    let decision = Decision {
        accept: Selection::Auto,
        reject: Vec::new(),
        edits: Vec::new(),
        reviewer: String::new(),
        note: String::new(),
        now,
    };
    let revision = dreaming::apply(snapshot, plan, &decision)?;
    // A dream that read nothing and changes nothing leaves no mark on the chain.
    if revision.memories.is_empty() && revision.ledger.is_empty() {
        return Ok(None);
    }
    let id = revision.id.to_string();
    store::commit(&convert::new_revision(revision))?;
    Ok(Some(id))
}

/// A store error for the report.
fn why(error: &StoreError) -> String {
    match error {
        StoreError::Conflict(_) => "the store has moved on".into(),
        StoreError::AccessDenied => "access denied".into(),
        StoreError::NotFound => "not found".into(),
        StoreError::Full => "storage is full".into(),
        StoreError::Unavailable(_) => "storage is not available now".into(),
        StoreError::Other(why) => why.clone().unwrap_or_else(|| "no reason given".into()),
    }
}
