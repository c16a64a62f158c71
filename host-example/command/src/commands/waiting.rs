//! The plan that waits, fitted to the memories as they are now.
//!
//! People go on writing while a plan waits. Their edits become a revision of their own, and the
//! engine makes the plan again over that revision. Changes that still fit keep their ids; the
//! others are listed with a reason. No transcript is read and no model is asked.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_wasmtime::{Contents, Job, NewRevision, Snapshot};

use super::{Place, adopt};
use crate::component;
use crate::document::{self, Change, Plan};
use crate::error::{Error, Result, Stale};
use crate::output::next;
use crate::output::text::brief;
use crate::snapshot;
use crate::state::State;
use crate::state::plans::{self, Request, StoredPlan};
use crate::write;

/// The plan that waits, with the store that it fits.
#[derive(Debug)]
pub struct Waiting {
    /// The plan as it is stored, or will be.
    pub stored: StoredPlan,
    /// The parsed plan.
    pub plan: Plan,
    /// The store: the memories that the folder holds, at the head that the plan was made for.
    pub contents: Contents,
    /// Changes that people's edits have removed from the plan.
    pub stale: Vec<Stale>,
    /// Ids of changes that came with people's edits, or that would take out words that people wrote
    /// since; nobody can have decided about them.
    pub new: BTreeSet<String>,
    /// Those of [`Self::new`] that were in the plan before, about other words.
    pub reworded: BTreeSet<String>,
    /// The revision of people's edits, not stored yet.
    edit: Option<NewRevision>,
    /// Whether the plan was made again and is not stored yet.
    remade: bool,
}

/// Fits the waiting plan to the present memories, and stores nothing. `None` when no plan waits.
///
/// # Errors
/// [`Error::OtherEngine`] when the memories have changed and another engine made the plan.
pub fn look(place: &Place, now: i64) -> Result<Option<Waiting>> {
    let Some(stored) = place.state.waiting_plan()? else { return Ok(None) };
    let plan: Plan = document::parse(&stored.plan, "plan")?;
    let contents = super::now(place)?;
    let head = place.state.head()?;
    let recorded = snapshot::texts_at(&place.state, head.as_ref().map_or(0, |head| head.number))?;
    let fits = plan.base == head.map(|head| head.id);
    let (stale, new, reworded) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut waiting =
        Waiting { stored, plan, contents, stale, new, reworded, edit: None, remade: false };
    if !fits || recorded != snapshot::texts(&waiting.contents) {
        let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
        fit(&mut waiting, &mut job, now)?;
    }
    waiting.compare(&place.state)?;
    Ok(Some(waiting))
}

/// Whether a plan waits that still has a change for a person to decide, with the memories as they
/// are now. True also for a plan that cannot be read, because a person has to see it.
///
/// # Errors
/// [`Error::State`].
pub fn decides(place: &Place, now: i64) -> Result<bool> {
    if !place.state.has_waiting_plan()? {
        return Ok(false);
    }
    Ok(match look(place, now) {
        Ok(waiting) => waiting.is_some_and(|waiting| waiting.plan.open_changes().next().is_some()),
        Err(_) => true,
    })
}

/// Makes the plan again over the memories as they are.
fn fit(waiting: &mut Waiting, job: &mut Job, now: i64) -> Result<()> {
    let store = job.snapshot(&waiting.contents).map_err(component::refused)?;
    waiting.edit = job.observe(&store, now).map_err(component::refused)?;
    if let Some(edit) = &waiting.edit {
        snapshot::advance(&mut waiting.contents, edit);
    }
    let store = job.snapshot(&waiting.contents).map_err(component::refused)?;
    let before = &waiting.stored;
    let bytes = again(job, &store, &before.plan, &before.request)?;
    waiting.plan = document::parse(&bytes, "plan")?;
    waiting.stored = StoredPlan {
        id: 0,
        plan: bytes,
        request: Request { rebased: Some(before.id), ..before.request.clone() },
        ..before.clone()
    };
    waiting.remade = true;
    Ok(())
}

/// Makes a plan again over another store.
///
/// # Errors
/// What the engine refuses.
pub fn again(job: &mut Job, store: &Snapshot, plan: &[u8], request: &Request) -> Result<Vec<u8>> {
    if request.adopted.is_empty() {
        let again = job.rebase(store, &plan.to_vec(), &request.instructions);
        return again.map_err(component::refused);
    }
    Ok(adopt::plan(job, store, request)?.plan)
}

impl Waiting {
    /// Stores people's edits and the fitted plan in one step. The earlier plan is kept for replays.
    ///
    /// # Errors
    /// Those of [`write::commit`].
    pub fn keep(&mut self, place: &mut Place) -> Result<()> {
        let stored = &self.stored;
        if let Some(edit) = &self.edit {
            let seen = snapshot::texts(&self.contents);
            write::commit(&mut place.state, &place.folder, &seen, edit, |tx, _| {
                plans::insert(tx, stored, "waiting", None)
            })?;
            self.edit = None;
        } else if self.remade {
            place.state.store_plan(stored, "waiting")?;
        }
        if self.remade {
            self.remade = false;
            self.stored = place.state.waiting_plan()?.ok_or(Error::NoPlan)?;
        }
        Ok(())
    }

    /// Compares this plan with the dream's own plan, which people have seen, to find stale and new
    /// changes.
    fn compare(&mut self, state: &State) -> Result<()> {
        let Some(forms) = self.forms(state)? else {
            // An earlier form was erased, so nobody can tell what people have seen: every change
            // counts as new.
            self.new = self.plan.changes.iter().map(|change| change.id.clone()).collect();
            return Ok(());
        };
        let Some(first) = forms.last() else { return Ok(()) };
        let first: Plan = document::parse(&first.plan, "plan")?;
        let base = base_texts(state, &first)?;
        let here = snapshot::texts(&self.contents);
        let gone = first.changes.iter().filter(|change| self.plan.change(&change.id).is_none());
        self.stale = gone.map(|change| stale(change, &base, &here)).collect();
        // A statement that somebody has worded anew keeps its entry, and a change of it keeps its id.
        // The words are newer than the plan, so nobody has agreed to lose them.
        let is_seen = |change: &Change| {
            first.change(&change.id).is_some_and(|seen| words(seen).eq(words(change)))
        };
        let new = self.plan.changes.iter().filter(|change| !is_seen(change));
        self.new = new.map(|change| change.id.clone()).collect();
        let was = self.new.iter().filter(|id| first.change(id).is_some());
        self.reworded = was.cloned().collect();
        Ok(())
    }

    /// Refuses to accept, unseen, changes that would take out other words than those that people saw under their ids, and
    /// a change without those that it goes together with.
    ///
    /// # Errors
    /// [`Error::StaleChanges`]; [`Error::Usage`].
    pub fn accepted(&self, ids: &[String]) -> Result<()> {
        let named = || ids.iter().filter_map(|id| self.plan.change(id));
        let is_missing = |id: &&String| !ids.contains(*id);
        let missing: BTreeSet<&String> =
            named().flat_map(|change| &change.needs).filter(is_missing).collect();
        if let Some(change) = named().find(|of| of.needs.iter().any(|id| missing.contains(id))) {
            let short = |id: &String| brief::short(&self.plan, id);
            let needs: Vec<String> = change.needs.iter().map(short).collect();
            let all: Vec<String> = ids.iter().chain(missing).map(short).collect();
            let all = next::command(&format!("apply {}", all.join(" ")));
            return Err(Error::Usage(format!(
                "{} goes only together with {}: {all} accepts them together",
                short(&change.id),
                needs.join(" and ")
            )));
        }
        let reworded = ids.iter().filter(|id| self.reworded.contains(*id));
        let stale = reworded.filter_map(|id| self.plan.change(id)).map(|change| Stale {
            id: change.id.clone(),
            operation: change.operation.clone(),
            path: change.path.clone(),
            reason: format!(
                "its words were edited since, and it would take out the new ones: {} shows it as it is now, on a terminal",
                next::command("review")
            ),
        });
        let stale: Vec<Stale> = stale.collect();
        if stale.is_empty() { Ok(()) } else { Err(Error::StaleChanges(stale)) }
    }

    /// The plans from which this one was made, newest first, with the dream's own at the end.
    /// `None` when one was erased.
    fn forms(&self, state: &State) -> Result<Option<Vec<StoredPlan>>> {
        match state.earlier_forms(&self.stored) {
            Err(Error::Erased(_)) => Ok(None),
            forms => forms.map(Some),
        }
    }

    /// The ids of changes whose beginnings are `names`.
    ///
    /// # Errors
    /// [`Error::StaleChanges`] lists the named changes that were in the plan before people wrote;
    /// [`Error::UnknownChange`], [`Error::Ambiguous`].
    pub fn ids(&self, state: &State, names: &[String]) -> Result<Vec<String>> {
        let (mut ids, mut stale) = (BTreeSet::new(), Vec::new());
        for name in names {
            match self.plan.id(name) {
                Ok(id) => drop(ids.insert(id)),
                Err(Error::UnknownChange(_)) => stale.push(self.was(state, name)?),
                Err(error) => return Err(error),
            }
        }
        if stale.is_empty() {
            Ok(ids.into_iter().collect())
        } else {
            Err(Error::StaleChanges(stale))
        }
    }

    /// Finds the change `name` in the plans from which this one was made.
    fn was(&self, state: &State, name: &str) -> Result<Stale> {
        let here = snapshot::texts(&self.contents);
        for stored in self.forms(state)?.unwrap_or_default() {
            let plan: Plan = document::parse(&stored.plan, "plan")?;
            match plan.id(name) {
                Ok(id) => {
                    let change =
                        plan.change(&id).ok_or_else(|| Error::UnknownChange(id.clone()))?;
                    return Ok(stale(change, &base_texts(state, &plan)?, &here));
                }
                Err(Error::UnknownChange(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::UnknownChange(name.into()))
    }
}

/// The words of the store that a change is about, and the file that it writes to beside one of its lines.
fn words(change: &Change) -> impl Iterator<Item = &str> {
    let entries = change.targets.iter().chain(&change.survivor).chain(&change.after);
    let file = change.after.as_ref().map(|_| &*change.path);
    entries.map(|target| &*target.text).chain(file)
}

/// The memories over which a plan was made. They only help to word a reason, so erased texts may be
/// missing.
fn base_texts(state: &State, plan: &Plan) -> Result<BTreeMap<String, String>> {
    let number = plan.base.as_deref().map_or(Ok(0), |id| state.revision(id).map(|r| r.number))?;
    let memories = state.readable_at(number)?.into_values();
    Ok(memories.map(|memory| (memory.path, memory.text)).collect())
}

/// Says why a change fell away: which of its memories were edited or removed.
fn stale(
    change: &Change,
    base: &BTreeMap<String, String>,
    here: &BTreeMap<String, String>,
) -> Stale {
    let targets = change.targets.iter().chain(&change.survivor).map(|target| &target.path);
    let about: BTreeSet<&String> = targets.chain([&change.path]).collect();
    let reason = |path: &&String| match (base.get(*path), here.get(*path)) {
        (Some(_), None) => Some(format!("{path} was removed")),
        (before, after) if before != after => Some(format!("{path} was edited")),
        _ => None,
    };
    let reasons: Vec<String> = about.iter().filter_map(reason).collect();
    let reason = if reasons.is_empty() {
        "by what the store holds now, it is not needed or not supported any more".into()
    } else {
        reasons.join(", ")
    };
    Stale {
        id: change.id.clone(),
        operation: change.operation.clone(),
        path: change.path.clone(),
        reason,
    }
}
