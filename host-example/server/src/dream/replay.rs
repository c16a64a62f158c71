//! Carries a completed dream out again, over what it read and with the answers that are kept. Nobody is asked, and nothing is
//! written.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_wasmtime::{Answer, Engine, MemoryStore, Mode, Model, ModelCall, RunRequest};
use serde_json::Value;
use tokio::runtime::Handle;

use super::Runner;
use super::keep::Denied;
use super::model::NONE;
use super::shared::Shared;
use super::store::DreamStore;
use super::work::settings_of;
use crate::db::dreams::{Dream, Heard, Then};

/// Where a document is not the same.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// `plan` or `report`.
    pub document: &'static str,
    /// The first value that differs, as a JSON pointer (RFC 6901); empty when only the writing does.
    pub at: String,
    /// The first byte that differs, counted from 0.
    pub byte: usize,
}

/// Answers calls as they were answered, and no others.
struct Kept {
    heard: BTreeMap<String, Heard>,
    shared: Shared,
    /// Why a call could not be answered so.
    lacks: Option<String>,
}

impl Kept {
    /// Ends the dream: it cannot be the same.
    fn lack(&mut self, why: String) -> Answer {
        self.shared.stop();
        let answer = Answer::Failed(why.clone());
        self.lacks.get_or_insert(why);
        answer
    }
}

impl Model for Kept {
    fn complete_many(&mut self, calls: Vec<ModelCall>) -> Vec<Answer> {
        let answer = |call: ModelCall| {
            match self.heard.get(&call.id) {
            Some(Heard::Kept(answer)) => answer.clone(),
            Some(Heard::Other) => self.lack(format!(
                "the answer that is kept to its call `{}` is another than it heard: dream again",
                call.id
            )),
            Some(Heard::Gone) | None => self.lack(format!(
                "the answer to its call `{}` is not kept any more. Of a store the newest 2,000 are, the newest 200 of no use, and \
                 none that an erasure or a deleted session took along: dream again",
                call.id
            )),
        }
        };
        calls.into_iter().map(answer).collect()
    }
}

impl Runner {
    /// Carries a dream out again, and says where its plan and its report are not the same.
    ///
    /// # Errors
    /// [`Denied::Wrong`] when it cannot be carried out as it was; else as of every work with the engine.
    pub async fn replay(
        &self,
        dream: Dream,
        documents: (Vec<u8>, Vec<u8>),
    ) -> Result<Vec<Difference>, Denied> {
        let turn = self.turn().await;
        let then = self.database.then(&dream).await;
        let then = then.map_err(|error| Denied::Failed(error.to_string()))?;
        let then = then.map_err(Denied::Wrong)?;
        let (database, handle) = (self.database.clone(), Handle::current());
        self.with_engine(turn, move |engine| {
            let plan = parsed(&documents.0);
            same_engine(engine, &plan)?;
            let (settings, shared) = (settings(&dream, &then)?, Shared::default());
            let store = DreamStore {
                inner: MemoryStore::of(then.loaded.contents, then.loaded.head),
                made: Vec::new(),
                checkpoint: None,
                transcripts: then.transcripts,
                cursor: None,
                database,
                handle,
                dream: None,
                shared: shared.clone(),
                unread: None,
            };
            let model = Kept { heard: then.heard, shared, lacks: None };
            let mut job = engine.job_with(store, model)?;
            let outcome = job.run(&RunRequest {
                policy: settings,
                instructions: dream.asked.terms.instructions.unwrap_or_default(),
                now: dream.created_at / 1_000,
                mode: if dream.asked.is_update { Mode::Auto } else { Mode::Propose },
            });
            let (store, model) = job.into_parts();
            if let Some(why) = model.lacks {
                return Err(Denied::Wrong(why));
            }
            if let Some(why) = store.unread {
                return Err(Denied::Failed(why));
            }
            let outcome = outcome?.outcome;
            if let Some((session, part)) = replaced(&plan, &parsed(&outcome.plan)) {
                return Err(Denied::Wrong(format!(
                    "the file `{part}` of the session `{session}` is not as it read it: dream again"
                )));
            }
            let plan = difference("plan", &documents.0, &outcome.plan);
            let report = difference("report", &documents.1, &outcome.report);
            Ok(plan.into_iter().chain(report).collect())
        })
        .await
    }
}

fn settings(dream: &Dream, then: &Then) -> Result<Vec<dreaming_wasmtime::Setting>, Denied> {
    let terms = &dream.asked.terms;
    settings_of(terms, terms.model != NONE, &then.loaded)
        .ok_or_else(|| Denied::Wrong("the settings cannot be used".into()))
}

fn parsed(document: &[u8]) -> Value {
    serde_json::from_slice(document).unwrap_or_default()
}

/// Refuses a plan that another version of the engine made: it may give other bytes.
fn same_engine(engine: &Engine, plan: &Value) -> Result<(), Denied> {
    let now = parsed(&engine.job()?.fingerprint()?);
    let then = &plan["fingerprint"];
    if *then == now {
        return Ok(());
    }
    Err(Denied::Wrong(format!(
        "another version of the engine made it, {then}; this server has {now}: dream again"
    )))
}

/// A file of a session that is not the one that was read, by session and name.
fn replaced(then: &Value, now: &Value) -> Option<(String, String)> {
    let of = |plan: &Value| -> BTreeSet<(String, String, String)> {
        let sessions = plan["sessions"].as_array().into_iter().flatten();
        let parts = sessions.flat_map(|result| {
            let parts = result["outcome"]["record"]["parts"].as_array().into_iter().flatten();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            parts.map(move |part| {
                (text(&result["session"]), text(&part["name"]), text(&part["digest"]))
            })
        });
        parts.collect()
    };
    let (then, now) = (of(then), of(now));
    let (session, name, _) = then.symmetric_difference(&now).next()?;
    Some((session.clone(), name.clone()))
}

/// Where two documents are not the same; `None` when all bytes are.
fn difference(document: &'static str, then: &[u8], now: &[u8]) -> Option<Difference> {
    if then == now {
        return None;
    }
    let byte = then.iter().zip(now).take_while(|(then, now)| then == now).count();
    let (mut then, mut now) = (parsed(then), parsed(now));
    // The digest of all else tells least.
    let digest = [&mut then, &mut now].map(|it| it.get_mut("digest").map(Value::take));
    let at = place(&then, &now);
    let digest = || (digest[0] != digest[1]).then(|| "/digest".to_owned());
    Some(Difference { document, at: at.or_else(digest).unwrap_or_default(), byte })
}

/// The first value that is not the same, as a JSON pointer.
fn place(then: &Value, now: &Value) -> Option<String> {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => {
            let names: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
            names.into_iter().find_map(|name| {
                let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
                below(pointer, then.get(name), now.get(name))
            })
        }
        (Value::Array(then), Value::Array(now)) => (0..then.len().max(now.len()))
            .find_map(|number| below(format!("/{number}"), then.get(number), now.get(number))),
        _ => (then != now).then(String::new),
    }
}

fn below(pointer: String, then: Option<&Value>, now: Option<&Value>) -> Option<String> {
    match (then, now) {
        (Some(then), Some(now)) => place(then, now).map(|rest| pointer + &rest),
        _ => Some(pointer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_that_differs_is_named() {
        let at = |then: &str, now: &str| {
            difference("plan", then.as_bytes(), now.as_bytes()).map(|found| (found.at, found.byte))
        };
        assert_eq!(at(r#"{"a":1}"#, r#"{"a":1}"#), None);
        assert_eq!(at(r#"{"a":1}"#, r#"{"a":2}"#), Some(("/a".into(), 5)));
        assert_eq!(at(r#"{"a":[1]}"#, r#"{"a":[1,2]}"#), Some(("/a/1".into(), 7)));
        assert_eq!(at(r#"{"a/b":{"c":1}}"#, r#"{"a/b":{}}"#), Some(("/a~1b/c".into(), 8)));
        let digests =
            [r#"{"digest":1,"now":2}"#, r#"{"digest":3,"now":2}"#, r#"{"digest":3,"now":4}"#];
        assert_eq!(at(digests[0], digests[1]), Some(("/digest".into(), 10)));
        assert_eq!(at(digests[0], digests[2]), Some(("/now".into(), 10)));
        assert_eq!(at(r#"{"a":1}"#, r#"{"a": 1}"#), Some((String::new(), 5)));
    }
}
