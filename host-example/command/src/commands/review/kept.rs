//! Answers of a review that was left before its end. They decide nothing; the next review goes on from them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document;
use crate::error::{Error, Result};
use crate::state::State;

/// Fact about the store: the answers, as JSON.
pub const KEPT: &str = "review";

/// What a person says about a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It goes in.
    Accept,
    /// It goes in, in these words.
    Reword(String),
    /// It comes back only with new evidence.
    Reject,
    /// Nothing was said.
    Open,
}

impl Verdict {
    /// A word for it; `None` when nothing was decided.
    pub fn word(&self) -> Option<&'static str> {
        match self {
            Self::Accept => Some("accept"),
            Self::Reword(_) => Some("reword"),
            Self::Reject => Some("reject"),
            Self::Open => None,
        }
    }
}

/// What was said about the changes, by id.
pub type Answers = BTreeMap<String, Verdict>;

/// The answers that are kept.
///
/// # Errors
/// [`Error::Damaged`], [`Error::State`].
pub fn load(state: &State) -> Result<Answers> {
    let kept = state.meta(KEPT)?;
    let kept = kept.map(|text| document::parse(text.as_bytes(), "list of answers"));
    Ok(kept.transpose()?.unwrap_or_default())
}

/// Keeps the answers that say something; returns how many.
///
/// # Errors
/// [`Error::State`].
pub fn keep(state: &State, answers: &Answers) -> Result<u64> {
    let said: Answers = answers
        .iter()
        .filter(|(_, verdict)| **verdict != Verdict::Open)
        .map(|(id, verdict)| (id.clone(), verdict.clone()))
        .collect();
    let text = serde_json::to_string(&said).map_err(|error| Error::Damaged(error.to_string()))?;
    state.set_meta(KEPT, &text)?;
    Ok(said.len() as u64)
}

/// Forgets them, because a decision was made or what they are about was erased.
///
/// # Errors
/// [`Error::State`].
pub fn forget(state: &State) -> Result<()> {
    match state.meta(KEPT)? {
        Some(_) => state.set_meta(KEPT, "{}"),
        None => Ok(()),
    }
}
