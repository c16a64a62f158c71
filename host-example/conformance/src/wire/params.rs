//! What the process is asked, as JSON.

use dreaming::apply::Erasure;
use dreaming::pair::Similarity;
use dreaming::propose::Answer;
use dreaming::revision::Rewording;
use dreaming::session;
use dreaming::{Decision, Policy, Request, Selection, Time};
use dreaming_testing::{Failure, Store};
use serde::Serialize;

use super::text;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Memory<'a> {
    path: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_at: Option<i64>,
}

#[derive(Serialize)]
struct Row<'a> {
    key: &'a str,
    value: &'a str,
}

/// A whole store.
#[derive(Serialize)]
pub struct Contents<'a> {
    salt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<&'a str>,
    memories: Vec<Memory<'a>>,
    ledger: Vec<Row<'a>>,
    revisions: Vec<&'a str>,
}

/// A store as JSON.
pub fn store(store: &Store) -> Result<Contents<'_>, Failure> {
    let memories = store.memories.iter().map(|m| Memory {
        path: &m.path,
        text: &m.text,
        observed_at: m.observed_at.map(Time::millis),
    });
    let rows = store.ledger.iter().map(|r| Ok(Row { key: &r.key, value: text(&r.value)? }));
    Ok(Contents {
        salt: &store.salt,
        head: store.chain.last().map(|record| text(record)).transpose()?,
        memories: memories.collect(),
        ledger: rows.collect::<Result<_, Failure>>()?,
        revisions: store.chain.iter().map(|record| text(record)).collect::<Result<_, _>>()?,
    })
}

#[derive(Serialize)]
struct Part<'a> {
    name: &'a str,
    bytes: u64,
}

#[derive(Serialize)]
struct Session<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<&'a str>,
    parts: Vec<Part<'a>>,
}

/// A request as JSON.
#[derive(Serialize)]
pub struct Asked<'a> {
    policy: &'a Policy,
    instructions: &'a str,
    now: i64,
    sessions: Vec<Session<'a>>,
    similarities: &'a [Similarity],
}

fn part(part: &session::Part) -> Part<'_> {
    Part { name: &part.name, bytes: part.bytes }
}

fn session(session: &session::Session) -> Session<'_> {
    Session {
        id: session.id.as_str(),
        agent: session.agent.as_deref(),
        principal: session.principal.as_deref(),
        parts: session.parts.iter().map(part).collect(),
    }
}

/// The JSON of a request.
pub fn request(request: &Request) -> Asked<'_> {
    Asked {
        policy: &request.policy,
        instructions: &request.instructions,
        now: request.now.millis(),
        sessions: request.sessions.iter().map(session).collect(),
        similarities: &request.similarities,
    }
}

#[derive(Serialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
enum Accept<'a> {
    Auto,
    All,
    Only(Vec<&'a str>),
}

#[derive(Serialize)]
struct Reworded<'a> {
    change: &'a str,
    text: &'a str,
}

fn reworded(edit: &Rewording) -> Reworded<'_> {
    Reworded { change: edit.change.as_str(), text: &edit.text }
}

/// What is erased, as JSON.
#[derive(Serialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Erased<'a> {
    Session(&'a str),
    Entry(&'a str),
}

/// The JSON of an erasure.
pub fn erasure(what: &Erasure) -> Erased<'_> {
    match what {
        Erasure::Session(id) => Erased::Session(id.as_str()),
        Erasure::Entry(id) => Erased::Entry(id.as_str()),
    }
}

/// A decision as JSON.
#[derive(Serialize)]
pub struct Decided<'a> {
    accept: Accept<'a>,
    reject: Vec<&'a str>,
    edits: Vec<Reworded<'a>>,
    reviewer: &'a str,
    note: &'a str,
    now: i64,
}

/// The JSON of a decision.
pub fn decision(decision: &Decision) -> Decided<'_> {
    Decided {
        accept: match &decision.accept {
            Selection::Auto => Accept::Auto,
            Selection::All => Accept::All,
            Selection::Only(ids) => Accept::Only(ids.iter().map(|id| id.as_str()).collect()),
        },
        reject: decision.reject.iter().map(|id| id.as_str()).collect(),
        edits: decision.edits.iter().map(reworded).collect(),
        reviewer: &decision.reviewer,
        note: &decision.note,
        now: decision.now.millis(),
    }
}

/// The answer to a model call, as JSON.
#[derive(Serialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Answered<'a> {
    Text(&'a str),
    Refused,
    Failed(&'a str),
}

/// The JSON of an answer.
pub fn answer(answer: &Answer) -> Answered<'_> {
    match answer {
        Answer::Text { text } => Answered::Text(text),
        Answer::Refused => Answered::Refused,
        Answer::Failed { reason } => Answered::Failed(reason),
    }
}
