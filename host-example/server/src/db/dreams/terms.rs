//! What a dream is told and what it may take, whether a person or a schedule asks for it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::db::Result;

/// The terms of a dream.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The model by its name.
    pub model: String,
    /// What the model is told beside the transcripts.
    pub instructions: Option<String>,
    /// Settings of the engine that differ from the defaults.
    pub policy: Map<String, Value>,
    /// Whether the calls of the model go in batches.
    pub in_batches: bool,
    /// What the model may take.
    pub budget: Budget,
}

/// The most that the model of a dream takes; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Tokens, read and written.
    pub tokens: Option<u64>,
    /// Dollars.
    pub dollars: Option<f64>,
}

impl Terms {
    /// Those in the columns `model`, `instructions`, `policy`, `batched` and `budget`.
    pub(in crate::db) fn of(row: &AnyRow) -> Result<Self> {
        let text = |name: &str| row.try_get::<String, _>(name);
        Ok(Self {
            model: text("model")?,
            instructions: row.try_get("instructions")?,
            policy: serde_json::from_str(&text("policy")?).unwrap_or_default(),
            in_batches: row.try_get::<i64, _>("batched")? != 0,
            budget: serde_json::from_str(&text("budget")?).unwrap_or_default(),
        })
    }

    /// The policy as it is kept.
    pub(in crate::db) fn policy(&self) -> String {
        Value::Object(self.policy.clone()).to_string()
    }

    /// The budget as it is kept.
    pub(in crate::db) fn budget(&self) -> String {
        serde_json::to_string(&self.budget).unwrap_or_default()
    }
}
