//! Interface `statement-list` of `wit/`.

use dreaming::Time;
use dreaming::interface::EngineError;
use dreaming::ledger::Support;
use dreaming::outcome::Credit;
use dreaming::statements::{self, Budget, Scored, Statements};
use dreaming::trust::Trust;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::cross::{self, Crossing, raise};
use crate::values;

/// Statements that a host keeps in a form of its own.
#[wasm_bindgen]
#[derive(Default)]
pub struct RawStatements(Statements);

#[wasm_bindgen]
impl RawStatements {
    /// No statement.
    #[wasm_bindgen(constructor)]
    pub fn new() -> RawStatements {
        Self::default()
    }

    /// Adds a page: JSON of `Statement[]`.
    pub fn add(&mut self, page: &[u8]) -> Crossing<()> {
        let page: Vec<Statement> = cross::read("statements", page, EngineError::InvalidRequest)?;
        self.0.add(page.into_iter().map(Into::into).collect()).map_err(raise)
    }

    /// Adds a page: JSON of `Similarity[]`.
    #[wasm_bindgen(js_name = addSimilarities)]
    pub fn add_similarities(&mut self, page: &[u8]) -> Crossing<()> {
        let page: Vec<Similarity> = cross::read("similarities", page, EngineError::InvalidRequest)?;
        let pair = |Similarity { a, b, similarity }| statements::Similarity { a, b, similarity };
        self.0.add_similarities(page.into_iter().map(pair).collect()).map_err(raise)
    }
}

/// How the statements relate; `policy` is JSON of the settings.
#[wasm_bindgen]
pub fn reconcile(all: &RawStatements, policy: &[u8]) -> Crossing<JsValue> {
    values::policy(cross::read("policy", policy, EngineError::InvalidRequest)?).map_err(raise)?;
    let related = statements::reconcile(&all.0).map_err(raise)?;
    cross::object(&related.into_iter().map(Relation::from).collect::<Vec<_>>())
}

/// The score of each statement; `options` is JSON of [`Weighing`].
#[wasm_bindgen]
pub fn score(all: &RawStatements, options: &[u8]) -> Crossing<JsValue> {
    let options: Weighing = cross::read("options", options, EngineError::InvalidRequest)?;
    let policy = values::policy(options.policy).map_err(raise)?;
    let now = Time::from_millis(options.now);
    let scores = statements::score(&all.0, &options.instructions, now, &policy).map_err(raise)?;
    cross::object(&scores.into_iter().map(Weighed::from).collect::<Vec<_>>())
}

/// The ids of the statements to keep; `options` is JSON of [`Weighing`] with a budget.
#[wasm_bindgen]
pub fn prune(all: &RawStatements, options: &[u8]) -> Crossing<JsValue> {
    let options: Weighing = cross::read("options", options, EngineError::InvalidRequest)?;
    let policy = values::policy(options.policy).map_err(raise)?;
    let budget = Budget { without: options.without, tokens: options.budget };
    let now = Time::from_millis(options.now);
    let kept = statements::prune(&all.0, &budget, &options.instructions, now, &policy);
    cross::object(&kept.map_err(raise)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Weighing {
    policy: std::collections::BTreeMap<String, serde_json::Value>,
    instructions: String,
    now: i64,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    budget: u64,
}

#[derive(Deserialize)]
struct Statement {
    id: String,
    text: String,
    #[serde(default)]
    headings: Vec<String>,
    subject: Option<String>,
    principal: Option<String>,
    said: Option<i64>,
    #[serde(deserialize_with = "cross::of_engine")]
    trust: Trust,
    #[serde(default, deserialize_with = "cross::of_engine")]
    support: Support,
    #[serde(default)]
    outcomes: Outcomes,
    #[serde(default)]
    pinned: bool,
}

#[derive(Deserialize)]
struct Similarity {
    a: String,
    b: String,
    similarity: u64,
}

#[derive(Default, Deserialize)]
struct Outcomes {
    good: u64,
    bad: u64,
}

impl From<Statement> for statements::Statement {
    fn from(statement: Statement) -> Self {
        Self {
            id: statement.id,
            text: statement.text,
            headings: statement.headings.join("\n"),
            subject: statement.subject,
            principal: statement.principal,
            said: statement.said.map(Time::from_millis),
            trust: statement.trust,
            support: statement.support,
            credit: Credit::of_ppm(statement.outcomes.good, statement.outcomes.bad),
            pinned: statement.pinned,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Relation<'a> {
    older: &'a str,
    newer: &'a str,
    tie: &'static str,
    reason: &'static str,
    similarity: u64,
}

impl<'a> From<statements::Relation<'a>> for Relation<'a> {
    fn from(related: statements::Relation<'a>) -> Self {
        Self {
            older: related.older,
            newer: related.newer,
            tie: related.tie.as_str(),
            reason: related.judgement.reason,
            similarity: related.judgement.similarity,
        }
    }
}

#[derive(Serialize)]
struct Weighed<'a> {
    id: &'a str,
    #[serde(flatten)]
    score: dreaming::score::Score,
}

impl<'a> From<Scored<'a>> for Weighed<'a> {
    fn from(scored: Scored<'a>) -> Self {
        Self { id: scored.id, score: scored.score }
    }
}
