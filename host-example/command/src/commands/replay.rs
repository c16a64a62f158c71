//! `dreaming replay`.

use dreaming_models::recorded::RecordedModel;
use dreaming_wasmtime::{Contents, Mode, Outcome, RunRequest};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Place, adopt, settings, waiting};
use crate::component;
use crate::document::{self, PartRead, Plan};
use crate::error::{Error, Result};
use crate::kept;
use crate::output::{Reply, text};
use crate::places::found;
use crate::sessions::{Part, Session, Source};
use crate::snapshot;
use crate::state::plans::StoredPlan;
use crate::store::RecordedStore;
use crate::transcript;

/// The fingerprint of the engine that made a plan, in the form of any engine version.
#[derive(Deserialize)]
struct Made {
    fingerprint: Value,
}

/// Dreams again over what was recorded and compares the plans.
pub fn replay(place: &Place, revision: Option<&str>) -> Result<Reply> {
    let stored = match revision {
        Some(name) => {
            let number = place.state.revision(name)?.number;
            if place.state.is_plan_erased(number)? {
                return Err(Error::Erased(format!("the plan of revision {number}")));
            }
            place.state.plan_of(number)?.ok_or(Error::NotOfADream(number))?
        }
        None => place.state.newest_plan()?.ok_or(Error::NoPlan)?,
    };
    // The last of these forms is the plan of the dream; the others are rebases of it, made after
    // people had changed the store.
    let mut forms = vec![stored];
    forms.extend(place.state.earlier_forms(&forms[0])?);
    let stored = forms.last().ok_or(Error::NoPlan)?;
    let plan: Plan = document::parse(&stored.plan, "plan")?;
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    let engine = job.fingerprint().map_err(component::refused)?;
    let engine: Value = document::parse(&engine, "fingerprint")?;
    let Made { fingerprint } = document::parse(&stored.plan, "plan")?;
    if engine != fingerprint {
        let details = [format!("then: {fingerprint}"), format!("now: {engine}")];
        return Ok(verdict("other-engine", 1, &details));
    }
    let sessions = recorded_sessions(place, stored, &plan)?;
    let changed = changed_sources(&sessions, &plan);
    if !changed.is_empty() {
        return Ok(verdict("sources-changed", 5, &changed));
    }
    let base = match &plan.base {
        Some(id) => place.state.revision(id)?.number,
        None => 0,
    };
    let contents = snapshot::at(&place.state, base)?;
    let outcome = if stored.request.adopted.is_empty() {
        dreamt(place, stored, &plan, contents, sessions)?
    } else {
        let store = job.snapshot(&contents).map_err(component::refused)?;
        adopt::plan(&mut job, &store, &stored.request)?
    };
    let mut fields = differing(&stored.plan, &outcome.plan, "plan")?;
    fields.extend(differing(&stored.report, &outcome.report, "report")?);
    fields.extend(differing_rebases(place, &forms)?);
    Ok(if fields.is_empty() { verdict("equal", 0, &[]) } else { verdict("differs", 5, &fields) })
}

/// Dreams again over the recorded sessions and answers.
fn dreamt(
    place: &Place,
    stored: &StoredPlan,
    plan: &Plan,
    contents: Contents,
    sessions: Vec<Session>,
) -> Result<Outcome> {
    let store = RecordedStore::new(contents, sessions, stored.request.missed.clone());
    let model = RecordedModel(stored.answers.clone());
    let engine = component::load(&place.dir)?;
    let mut job = engine.job_with(store, model).map_err(component::refused)?;
    let request = RunRequest {
        policy: settings(&plan.policy)?,
        instructions: stored.request.instructions.clone(),
        now: plan.now,
        mode: Mode::Propose,
    };
    Ok(job.run(&request).map_err(component::refused)?.outcome)
}

/// Repeats each rebase of a plan, the newest first, over the store of that time. Returns the fields
/// in which the result differs from the recorded form.
fn differing_rebases(place: &Place, forms: &[StoredPlan]) -> Result<Vec<String>> {
    let mut fields = Vec::new();
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    for pair in forms.windows(2) {
        let [made, of] = pair else { continue };
        let plan: Plan = document::parse(&made.plan, "plan")?;
        let base = plan.base.as_deref().unwrap_or_default();
        let store = snapshot::at(&place.state, place.state.revision(base)?.number)?;
        let store = job.snapshot(&store).map_err(component::refused)?;
        let again = waiting::again(&mut job, &store, &of.plan, &made.request)?;
        fields.extend(differing(&made.plan, &again, "plan")?);
    }
    Ok(fields)
}

fn verdict(word: &str, code: u8, details: &[String]) -> Reply {
    let sentence = match word {
        "equal" => "The replay is equal, byte for byte.",
        "other-engine" => "The plan was made by another engine, so its bytes may differ:",
        "sources-changed" => "The replay is not possible: these sources have changed or are gone:",
        _ => "The replay differs in:",
    };
    let mut out = format!("{sentence}\n");
    for detail in details {
        out.push_str(&format!("  {}\n", text::one_line(detail)));
    }
    Reply { text: out, json: json!({"verdict": word, "details": details}), code }
}

/// The sessions of the dream: their present paths, with the lengths of that time.
fn recorded_sessions(place: &Place, stored: &StoredPlan, plan: &Plan) -> Result<Vec<Session>> {
    let mut sessions = Vec::new();
    for result in &plan.sessions {
        let known = stored.request.sessions.iter().find(|session| session.id == result.session);
        let Some(record) = &result.outcome.record else {
            sessions.extend(known.cloned());
            continue;
        };
        let mut parts = Vec::new();
        for PartRead { name, bytes, .. } in &record.parts {
            let part = known.and_then(|session| session.parts.iter().find(|p| p.name == *name));
            let path = part.map(|part| part.path.clone()).unwrap_or_default();
            let mut path = found(place.folder.root(), &path);
            let mut start = part.map_or(0, |part| part.start);
            if !path.is_file()
                && let Some(source) = place.state.source(&result.session, name)?
            {
                // The file may have moved since; its digest tells whether it is the same.
                (path, start) = (source.path, source.at.start);
            }
            if kept::is_archived(&path) {
                // A newer copy may have taken the place of the file, with the part elsewhere in it.
                start = Source::of(path.clone(), &result.session, name).at.start;
            }
            parts.push(Part { name: name.clone(), path, bytes: *bytes, start });
        }
        sessions.push(Session { id: result.session.clone(), parts });
    }
    Ok(sessions)
}

/// The parts whose bytes changed since the dream read them. Appended bytes do not count.
fn changed_sources(sessions: &[Session], plan: &Plan) -> Vec<String> {
    let mut changed = Vec::new();
    for session in sessions {
        let result = plan.sessions.iter().find(|result| result.session == session.id);
        let Some(record) = result.and_then(|result| result.outcome.record.as_ref()) else {
            continue;
        };
        for (part, read) in session.parts.iter().zip(&record.parts) {
            let why = match transcript::digest(part) {
                Ok(digest) if digest == read.digest => continue,
                Ok(_) => "changed".to_owned(),
                Err(error) => error.to_string(),
            };
            changed.push(format!("{} ({}): {why}", part.path.display(), session.id));
        }
    }
    changed
}

/// The fields in which two documents differ.
fn differing(recorded: &[u8], replayed: &[u8], name: &str) -> Result<Vec<String>> {
    if recorded == replayed {
        return Ok(Vec::new());
    }
    let recorded: serde_json::Map<String, Value> = document::parse(recorded, name)?;
    let replayed: serde_json::Map<String, Value> = document::parse(replayed, name)?;
    let mut keys: Vec<&String> = recorded.keys().chain(replayed.keys()).collect();
    keys.sort();
    keys.dedup();
    let differs = |key: &&String| recorded.get(*key) != replayed.get(*key);
    Ok(keys.into_iter().filter(differs).map(|key| format!("{name}.{key}")).collect())
}
