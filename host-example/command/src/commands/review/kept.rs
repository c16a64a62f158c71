//! Answers of a review that was left before its end. They decide nothing; the next review goes on
//! from them.

use std::collections::BTreeMap;

use dreaming_wasmtime::Rewording;
use serde::{Deserialize, Serialize};

use crate::document;
use crate::error::{Error, Result};
use crate::state::State;

/// Key of the store's meta table under which the answers are kept as JSON.
pub const KEPT: &str = "review";

/// What a person says about a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The change is accepted.
    Accept,
    /// The change is accepted in these words.
    Reword(String),
    /// The change is rejected, and comes back only with new evidence.
    Reject,
    /// The person said nothing.
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

/// Lets the answers of a review that was left before its end count in a decision by flags, so that
/// no words of a person are lost. The flags come first: an answer counts only for a change that
/// they accept (`accepts`) and neither reject nor reword, and a rejection only for a change that
/// they do not name (`names`). Returns a line that says what counted; empty when nothing did.
///
/// # Errors
/// Those of [`load`].
pub fn count(
    state: &State,
    accepts: impl Fn(&str) -> bool,
    names: impl Fn(&str) -> bool,
    reject: &mut Vec<String>,
    edits: &mut Vec<Rewording>,
) -> Result<String> {
    let (mut reworded, mut rejected) = (0, 0);
    for (id, verdict) in load(state)? {
        let is_said = reject.contains(&id) || edits.iter().any(|edit| edit.change == id);
        if is_said || !accepts(&id) {
            continue;
        }
        match verdict {
            Verdict::Reword(text) => {
                edits.push(Rewording { change: id, text });
                reworded += 1;
            }
            Verdict::Reject if !names(&id) => {
                reject.push(id);
                rejected += 1;
            }
            Verdict::Accept | Verdict::Reject | Verdict::Open => {}
        }
    }
    Ok(match (reworded, rejected) {
        (0, 0) => String::new(),
        _ => format!(
            "The answers that your last review kept counted: {reworded} in your words, {rejected} rejected.\n"
        ),
    })
}

/// Forgets the answers to the changes that were decided. The others wait for the next plan, which has
/// the same ids for the same changes.
///
/// # Errors
/// Those of [`load`].
pub fn forget_decided(state: &State, is_decided: impl Fn(&str) -> bool) -> Result<()> {
    let mut left = load(state)?;
    let before = left.len();
    left.retain(|id, _| !is_decided(id));
    if left.len() < before {
        keep(state, &left)?;
    }
    Ok(())
}

/// Forgets the words that a person typed for changes, after an erasure: they may be those that were erased. Returns how
/// many. Answers without words stay.
///
/// # Errors
/// Those of [`load`].
pub fn forget_words(state: &State) -> Result<u64> {
    let mut answers = match load(state) {
        // What cannot be read may hold the words, too.
        Err(Error::Damaged(_)) => Answers::new(),
        answers => answers?,
    };
    let before = answers.len();
    answers.retain(|_, verdict| !matches!(verdict, Verdict::Reword(_)));
    if state.meta(KEPT)?.is_some() {
        keep(state, &answers)?;
    }
    Ok(before.saturating_sub(answers.len()) as u64)
}
