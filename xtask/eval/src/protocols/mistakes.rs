//! Failed calls of later sessions that a memory had named.
//!
//! What a memory names is looked up in the transcripts: the failed calls that its evidence points
//! to have signatures, and the words of the memory count for nothing.

use std::collections::{BTreeMap, BTreeSet};

use dreaming::evidence::Evidence;
use dreaming::kind::Kind;
use dreaming::plan::Operation;

use super::Protocol;
use crate::data::{Data, Sessions};
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::report::Measured;
use crate::sessions::{Session, read, signature};

/// See the module.
pub const PROTOCOL: Protocol = Protocol {
    name: "mistakes",
    about: "failed calls of later sessions that a memory had named",
    run,
};

/// The folder with the sessions.
const FOLDER: &str = "entire-lite";

/// Memories that count.
const MOST: usize = 20;

/// Signatures of one cause that one memory may name.
const MOST_SIGNATURES: usize = 5;

/// Failures that say nothing about the work: a person refused, or another call had failed.
const NO_MISTAKES: &[&str] = &["rejected-by-user", "sibling-error"];

type Signatures = BTreeSet<String>;

fn run(data: &Data) -> anyhow::Result<Measured> {
    let files = data.sessions(FOLDER)?;
    if files.is_empty() {
        return Ok(Measured::absent("recorded sessions"));
    }
    let mut measured = Measured::default();
    let all: Vec<Session> = read(&files);
    let whole = Split::new(all.iter().collect());
    whole.note(&mut measured);
    let memories = whole.dream(&files)?;
    for most in [5, 10, MOST] {
        whole.rows(&memories, most, &mut measured);
    }
    let ours = |of: &dyn Fn(&&Memory) -> bool| {
        let found = memories.iter().filter(of).count();
        Figure::share(found, memories.len())
    };
    let many = ours(&|m| m.signatures.len() > MOST_SIGNATURES);
    let few = ours(&|m| m.sessions < 2);
    measured.row("memories", None, None, Figure::count(memories.len()), at_most(MOST as f64));
    measured.row("cite more than five signatures", None, None, many, None);
    measured.row("cite fewer than two sessions", None, None, few, None);
    for (half, name) in ["even", "odd"].into_iter().enumerate() {
        let split = Split::new(all.iter().skip(half).step_by(2).collect());
        let memories = split.dream(&files)?;
        let scored = |ranked: &[Signatures]| split.score(ranked, MOST);
        let (tail, exact, ours) =
            (scored(&split.tail()), scored(&split.exact()), scored(&named(&memories)));
        let mut row = |what: &str, of: fn(&Scored) -> &Figure| {
            let arm = |scored: &Scored| Some(of(scored).clone());
            let label = format!("{name} half: {what} at {MOST}");
            measured.row(label, arm(&tail), arm(&exact), of(&ours).clone(), None);
        };
        row("coverage", |s| &s.coverage);
        row("precision", |s| &s.precision);
        let oracle = split.score(&split.oracle(), MOST).coverage;
        measured.note(format!("{name} half: the oracle reaches {oracle}"));
    }
    for memory in &memories {
        let again =
            if whole.recurs(&memory.signatures) { "came again" } else { "did not come again" };
        measured.note(format!("{again}, from {} sessions: {}", memory.sessions, memory.text));
    }
    Ok(measured)
}

fn at_most(n: f64) -> Option<Demand> {
    Some(Demand::AtMost(n))
}

/// A memory about a mistake.
struct Memory {
    text: String,
    /// What its evidence shows to have failed.
    signatures: Signatures,
    /// Sessions of its evidence.
    sessions: usize,
}

fn named(memories: &[Memory]) -> Vec<Signatures> {
    memories.iter().map(|memory| memory.signatures.clone()).collect()
}

/// Sessions in the order of their start: the first 60 % may be learnt from.
struct Split<'a> {
    past: Vec<&'a Session>,
    /// Failures of the past: signature and session.
    known: Vec<(String, &'a str)>,
    /// Failures of the future, likewise.
    future: Vec<(String, &'a str)>,
    /// The start of the first future session.
    now: String,
}

struct Scored {
    coverage: Figure,
    precision: Figure,
    sessions: Figure,
}

impl<'a> Split<'a> {
    fn new(sessions: Vec<&'a Session>) -> Self {
        let cut = sessions.len() * 3 / 5;
        let (past, future) = sessions.split_at(cut);
        let last = past.last().map_or_else(String::new, |s| s.start.clone());
        Self {
            past: past.to_vec(),
            known: failures(past),
            future: failures(future),
            now: future.first().map_or(last, |s| s.start.clone()),
        }
    }

    /// The memories of a dream over the past, best first.
    fn dream(&self, files: &Sessions) -> anyhow::Result<Vec<Memory>> {
        let ids: BTreeSet<&str> = self.past.iter().map(|s| &*s.id).collect();
        let mut past = files.clone();
        past.retain(|id, _| ids.contains(&**id));
        let mut dreamer = Dreamer::new(&self.now)?;
        let dreamt = dreamer.dream(&past, |_| {})?;
        dreamer.accept(&dreamt)?;
        let places = self.places();
        let mut added: Vec<_> = dreamt
            .plan
            .changes
            .iter()
            .filter(|c| c.operation == Operation::Add && c.kind == Some(Kind::Mistake))
            .collect();
        added.sort_by_key(|change| std::cmp::Reverse(change.score.total));
        let memory = |change: &&dreaming::plan::Change| Memory {
            text: change.text.clone().unwrap_or_default(),
            signatures: change.evidence.iter().filter_map(|e| at(&places, e)).collect(),
            sessions: change.evidence.iter().map(|e| &e.session).collect::<BTreeSet<_>>().len(),
        };
        Ok(added.iter().map(memory).collect())
    }

    /// The signature of every failed call of the past, by session and line, with its record.
    fn places(&self) -> Places<'a> {
        let mut found = Places::new();
        for session in &self.past {
            for call in &session.calls {
                if let Some(failed) = &call.error {
                    let place = (&*session.id, failed.line);
                    let entry = (&*failed.record, signature(call, &failed.text));
                    found.entry(place).or_default().push(entry);
                }
            }
        }
        found
    }

    fn score(&self, ranked: &[Signatures], most: usize) -> Scored {
        let kept = ranked.get(..most).unwrap_or(ranked);
        let all: BTreeSet<&String> = kept.iter().flatten().collect();
        let covered: Vec<_> = self.future.iter().filter(|(s, _)| all.contains(s)).collect();
        let sessions =
            |failures: &mut dyn Iterator<Item = &'a str>| failures.collect::<BTreeSet<_>>().len();
        Scored {
            coverage: Figure::share(covered.len(), self.future.len()),
            precision: Figure::share(
                kept.iter().filter(|signatures| self.recurs(signatures)).count(),
                kept.len(),
            ),
            sessions: Figure::share(
                sessions(&mut covered.iter().map(|(_, id)| *id)),
                sessions(&mut self.future.iter().map(|(_, id)| *id)),
            ),
        }
    }

    fn recurs(&self, signatures: &Signatures) -> bool {
        self.future.iter().any(|(signature, _)| signatures.contains(signature))
    }

    fn rows(&self, memories: &[Memory], most: usize, measured: &mut Measured) {
        let scored = |ranked: &[Signatures]| self.score(ranked, most);
        let (tail, exact, ours) =
            (scored(&self.tail()), scored(&self.exact()), scored(&named(memories)));
        let mut row = |what: &str, of: fn(&Scored) -> &Figure| {
            let arm = |scored: &Scored| Some(of(scored).clone());
            let label = format!("{what} at {most}");
            measured.row(label, arm(&tail), arm(&exact), of(&ours).clone(), None);
        };
        row("coverage", |s| &s.coverage);
        row("precision", |s| &s.precision);
        row("session cover", |s| &s.sessions);
    }

    /// The newest failures first, as a log that is appended to ends.
    fn tail(&self) -> Vec<Signatures> {
        let mut seen = BTreeSet::new();
        let newest = self.known.iter().rev().filter(|(s, _)| seen.insert(s.clone()));
        newest.map(|(signature, _)| one(signature)).collect()
    }

    /// Equal failures grouped; those of the most sessions first.
    fn exact(&self) -> Vec<Signatures> {
        let mut groups: BTreeMap<&String, (BTreeSet<&str>, usize)> = BTreeMap::new();
        for (signature, session) in &self.known {
            let group = groups.entry(signature).or_default();
            group.0.insert(session);
            group.1 += 1;
        }
        let mut ranked: Vec<_> = groups.into_iter().collect();
        ranked.sort_by_key(|(_, (sessions, n))| std::cmp::Reverse((sessions.len(), *n)));
        ranked.into_iter().map(|(signature, _)| one(signature)).collect()
    }

    /// The failures of the past that come most often in the future.
    fn oracle(&self) -> Vec<Signatures> {
        let known: BTreeSet<&String> = self.known.iter().map(|(s, _)| s).collect();
        let count = |s: &String| self.future.iter().filter(|(other, _)| other == s).count();
        let mut ranked: Vec<_> = known.into_iter().map(|s| (count(s), s)).collect();
        ranked.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
        ranked.into_iter().map(|(_, signature)| one(signature)).collect()
    }

    fn note(&self, measured: &mut Measured) {
        let known: BTreeSet<&String> = self.known.iter().map(|(s, _)| s).collect();
        let seen = self.future.iter().filter(|(s, _)| known.contains(s)).count();
        measured.note(format!(
            "{} past sessions with {} failures, {} failures in the future, of which {} of a \
             signature that was seen before",
            self.past.len(),
            self.known.len(),
            self.future.len(),
            Figure::share(seen, self.future.len()),
        ));
        for most in [5, 10, MOST] {
            let oracle = self.score(&self.oracle(), most);
            measured.note(format!(
                "an oracle that knows the future, at {most} of one signature each: coverage {}, \
                 precision {}, session cover {}",
                oracle.coverage, oracle.precision, oracle.sessions
            ));
        }
    }
}

/// Failed calls by session and line: record and signature.
type Places<'a> = BTreeMap<(&'a str, u64), Vec<(&'a str, String)>>;

/// The signature of the failed call that a piece of evidence points to. A cure points to a call
/// that worked and has none.
fn at(places: &Places<'_>, evidence: &Evidence) -> Option<String> {
    let found = places.get(&(evidence.session.as_str(), evidence.line))?;
    let event = &*evidence.event;
    let of_event = found.iter().find(|(record, _)| *record == event || event.starts_with("line-"));
    of_event.map(|(_, signature)| signature.clone())
}

fn failures<'a>(sessions: &[&'a Session]) -> Vec<(String, &'a str)> {
    let mut found = Vec::new();
    for session in sessions {
        for call in &session.calls {
            let Some(failed) = &call.error else { continue };
            let signature = signature(call, &failed.text);
            if !NO_MISTAKES.iter().any(|class| signature.contains(class)) {
                found.push((signature, &*session.id));
            }
        }
    }
    found
}

fn one(signature: &str) -> Signatures {
    Signatures::from([signature.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(id: &str, start: &str, errors: &[&str]) -> (String, Vec<(String, Vec<u8>)>) {
        let mut text = String::new();
        for (n, error) in errors.iter().enumerate() {
            let use_ = serde_json::json!({"type": "tool_use", "id": n.to_string(), "name": "Read",
                "input": {"file_path": "/a"}});
            let result = serde_json::json!({"type": "tool_result", "tool_use_id": n.to_string(),
                "is_error": true, "content": error});
            for (kind, block) in [("assistant", use_), ("user", result)] {
                let record = serde_json::json!({"type": kind, "uuid": format!("{kind}{n}"),
                    "timestamp": start, "message": {"role": kind, "content": [block]}});
                text.push_str(&format!("{record}\n"));
            }
        }
        (id.into(), vec![("main".into(), text.into_bytes())])
    }

    #[test]
    fn arms_are_scored_by_the_signatures_of_the_future() {
        let (a, b) = ("File does not exist.", "Something else broke");
        let files: Sessions = [
            session("s1", "2026-01-01T00:00:00Z", &[a]),
            session("s2", "2026-01-02T00:00:00Z", &[a, b]),
            session("s3", "2026-01-03T00:00:00Z", &["Third"]),
            session("s4", "2026-01-04T00:00:00Z", &[a, a, "New"]),
            session("s5", "2026-01-05T00:00:00Z", &["New"]),
        ]
        .into();
        let all = read(&files);
        let split = Split::new(all.iter().collect());
        assert_eq!((split.past.len(), split.known.len(), split.future.len()), (3, 4, 4));
        let exact = split.score(&split.exact(), 1);
        assert_eq!(exact.coverage, Figure::share(2, 4));
        assert_eq!(exact.precision, Figure::share(1, 1));
        assert_eq!(exact.sessions, Figure::share(1, 2));
        assert_eq!(split.score(&split.tail(), 1).coverage, Figure::share(0, 4));
        assert_eq!(split.tail()[0], one("Read|Third"));
        assert_eq!(split.oracle()[0], one("Read|read:missing"));
    }
}
