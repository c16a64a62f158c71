//! The plan that waits, with the store that it is about.

use std::collections::BTreeSet;

use dreaming_wasmtime::Contents;

use super::Place;
use crate::document::{self, Plan};
use crate::error::{Error, Result};
use crate::snapshot;
use crate::state::State;
use crate::state::plans::StoredPlan;

/// The plan that waits, with the store that it is about.
#[derive(Debug)]
pub struct Waiting {
    /// The plan as it is stored.
    pub stored: StoredPlan,
    /// Its fields.
    pub plan: Plan,
    /// The memories that the folder holds, at the head.
    pub contents: Contents,
    /// Ids of changes that nobody can have decided about yet.
    pub new: BTreeSet<String>,
}

/// The plan that waits; `None` when there is none.
pub fn look(place: &Place, _now: i64) -> Result<Option<Waiting>> {
    let Some(stored) = place.state.waiting_plan()? else { return Ok(None) };
    let plan: Plan = document::parse(&stored.plan, "plan")?;
    let (contents, _) = snapshot::now(&place.state, &place.folder)?;
    Ok(Some(Waiting { stored, plan, contents, new: BTreeSet::new() }))
}

/// The plan that waits, to decide about.
pub fn take(place: &mut Place, now: i64) -> Result<Waiting> {
    look(place, now)?.ok_or(Error::NoPlan)
}

impl Waiting {
    /// The ids of changes whose beginnings are `names`.
    pub fn ids(&self, _state: &State, names: &[String]) -> Result<Vec<String>> {
        let id = |name: &String| {
            let mut found = self.plan.changes.iter().filter(|c| c.id.starts_with(&**name));
            match (found.next(), found.next()) {
                (Some(change), None) if !name.is_empty() => Ok(change.id.clone()),
                (Some(_), Some(_)) => Err(Error::Ambiguous(name.clone())),
                _ => Err(Error::UnknownChange(name.clone())),
            }
        };
        names.iter().map(id).collect::<Result<BTreeSet<_>>>().map(|ids| ids.into_iter().collect())
    }
}
