//! The changes that a push sends: in which order, and what came of each.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::compare::moved;
use super::memories::{Store, There};
use super::sides::Sides;
use super::trouble::Trouble;
use super::{paths, said};
use crate::commands::left_out::ENTRANCES;
use crate::error::{Error, Result};
use crate::state::mirror::Seen;

/// The file that lists the others.
const INDEX: &str = "MEMORY.md";

/// A change to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// A memory that is not there.
    New {
        /// Its path here.
        path: &'a str,
        /// Its text.
        text: &'a str,
    },
    /// A memory with another text.
    Changed {
        /// Its path here.
        path: &'a str,
        /// Its text.
        text: &'a str,
        /// What it is there.
        there: &'a There,
    },
    /// A memory with another path.
    Moved {
        /// Its path here before.
        from: &'a str,
        /// Its path here.
        path: &'a str,
        /// Its text, which stays.
        text: &'a str,
        /// What it is there.
        there: &'a There,
    },
    /// A memory that is not here any more.
    Removed {
        /// Its path here before.
        path: &'a str,
        /// What it is there.
        there: &'a There,
    },
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// It is there.
    Sent,
    /// The memory changed there meanwhile.
    Conflict(String),
    /// The service refused it.
    Refused(String),
}

impl Came {
    /// Whether two are of one kind.
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// Why a change is not there.
    pub fn why(&self) -> &str {
        match self {
            Self::Sent => "",
            Self::Conflict(why) | Self::Refused(why) => why,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Conflict(_) => "conflict",
            Self::Refused(_) => "refused",
        }
    }
}

impl<'a> Change<'a> {
    /// The path of the memory here.
    pub fn path(&self) -> &'a str {
        match self {
            Self::New { path, .. }
            | Self::Changed { path, .. }
            | Self::Moved { path, .. }
            | Self::Removed { path, .. } => path,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::New { .. } => said::change(false, true),
            Self::Changed { .. } => said::change(true, true),
            Self::Removed { .. } => said::change(true, false),
            Self::Moved { .. } => "moved",
        }
    }

    /// A line for a person.
    pub fn line(&self) -> String {
        let (word, path) = (self.word(), self.path());
        match self {
            Self::New { text, .. } | Self::Changed { text, .. } => {
                format!("{word:<8} {path} ({} bytes)", text.len())
            }
            Self::Moved { from, .. } => format!("{word:<8} {from} to {path}"),
            Self::Removed { .. } => format!("{word:<8} {path}"),
        }
    }

    /// The same for programs, with what came of it.
    pub fn json(&self, came: Option<&Came>) -> Value {
        let mut json = json!({"path": self.path(), "change": self.word()});
        if let Self::Moved { from, .. } = self {
            json["from"] = json!(from);
        }
        if let Some(came) = came {
            json["outcome"] = came.word().into();
            if !came.why().is_empty() {
                json["why"] = came.why().into();
            }
        }
        json
    }

    /// What is equal on both sides when the change has landed; `there` is what it became there.
    pub fn lands(&self, there: Option<&There>) -> Vec<(&'a str, Option<Seen>)> {
        let seen =
            there.map(|there| Seen { memory: there.memory.clone(), sha256: there.sha256.clone() });
        let mut lands = vec![(self.path(), seen)];
        if let Self::Moved { from, .. } = self {
            lands.push((from, None));
        }
        lands
    }

    /// Where it stands among others. Files that list others come after what they list, and what
    /// goes goes last, so that who reads there meanwhile finds what a list names.
    fn rank(&self) -> u8 {
        let name = self.path().rsplit('/').next().unwrap_or_default();
        match self {
            Self::Removed { .. } => 2,
            _ if name == INDEX || ENTRANCES.contains(&name) => 1,
            _ => 0,
        }
    }

    fn send(&self, store: &Store<'_>) -> std::result::Result<Option<There>, Trouble> {
        let path = paths::there(self.path());
        match self {
            Self::New { text, .. } => store.create(&path, text).map(Some),
            Self::Changed { text, there, .. } => {
                store.update((&there.memory, &path), text, &there.sha256).map(Some)
            }
            Self::Moved { text, there, .. } => store.rename(&there.memory, &path, text).map(Some),
            Self::Removed { there, .. } => {
                store.delete(&there.memory, &there.sha256).map(|()| None)
            }
        }
    }
}

/// The changes for these paths, in the order in which they are sent.
pub fn ordered<'a>(
    sides: &'a Sides,
    to_push: &'a [String],
    texts: &'a BTreeMap<String, String>,
) -> Vec<Change<'a>> {
    let mut moves = moved(to_push, &sides.seen, &sides.here);
    // One that changed there, and that a person decided to remove, has another text there.
    let is_same = |there: &There, to: &String| sides.here.get(to) == Some(&there.sha256);
    moves.retain(|(from, to)| sides.there.get(from).is_some_and(|there| is_same(there, to)));
    let from: BTreeMap<&String, &String> = moves.iter().map(|(from, to)| (to, from)).collect();
    let is_moved = |path: &String| moves.iter().any(|(gone, _)| gone == path);
    let change = |path: &'a String| {
        let there = sides.there.get(path);
        match (texts.get(path), there) {
            (Some(text), Some(there)) => Some(Change::Changed { path, text, there }),
            (Some(text), None) => {
                let gone = from.get(path).and_then(|gone| sides.there.get_key_value(*gone));
                Some(match gone {
                    Some((from, there)) => Change::Moved { from, path, text, there },
                    None => Change::New { path, text },
                })
            }
            (None, Some(there)) if !is_moved(path) => Some(Change::Removed { path, there }),
            (None, _) => None,
        }
    };
    let mut changes: Vec<Change<'a>> = to_push.iter().filter_map(change).collect();
    changes.sort_by_key(Change::rank);
    changes
}

/// The changes that the service would refuse, each with the reason.
pub fn unfit(changes: &[Change<'_>]) -> Vec<String> {
    let written = changes.iter().filter(|change| !matches!(change, Change::Removed { .. }));
    let why =
        |change: &Change<'_>| Some(format!("{} ({})", change.path(), paths::unfit(change.path())?));
    written.filter_map(why).collect()
}

/// Sends the changes one by one. `landed` keeps each at once, so that none is sent twice. `again` is
/// the command that goes on after an interruption.
///
/// # Errors
/// [`Trouble::Halfway`] when the service cannot be asked any more. Those of `landed`.
pub fn send(
    store: &Store<'_>,
    changes: &[Change<'_>],
    again: &str,
    mut landed: impl FnMut(&Change<'_>, Option<&There>) -> Result<()>,
) -> Result<Vec<Came>> {
    let mut came = Vec::new();
    for change in changes {
        came.push(match change.send(store) {
            Ok(there) => {
                landed(change, there.as_ref())?;
                Came::Sent
            }
            Err(Trouble::Precondition { why, .. } | Trouble::Missing(why)) => Came::Conflict(why),
            Err(Trouble::Refused(why)) => Came::Refused(why),
            Err(why) => return Err(halfway(&came, (changes.len(), again), why)),
        });
    }
    Ok(came)
}

fn halfway(came: &[Came], (all, again): (usize, &str), why: Trouble) -> Error {
    match came.iter().filter(|came| **came == Came::Sent).count() {
        0 => why.into(),
        sent => Trouble::Halfway { sent, all, why: Box::new(why), again: again.to_owned() }.into(),
    }
}
