//! What a run leaves that failed: a hook or a timer has nobody who reads what it prints, so `status` and `doctor` say it.

use std::path::{Path, PathBuf};

use dreaming_models::name::Name;
use serde::{Deserialize, Serialize};

use super::{Place, clock};
use crate::cli::{Common, Run};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::output::{Reply, next, text};
use crate::state::{self, Access, State};

/// Fact about the store: the last run that failed, when none has come to an end since.
pub const LAST_FAILURE: &str = "last-failure";

/// Bytes of a reason that are kept. Chosen by us: the longest of our messages with a service's own words in it.
const WHY: usize = 1_000;

/// Runs that failed, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When the last one failed, in milliseconds since 1970.
    pub at: i64,
    /// Its error, as `--json` has it: a stable word.
    pub kind: String,
    /// The same for people.
    pub why: String,
    /// How many failed in a row, this one among them.
    pub in_a_row: u64,
    /// The words behind `dreaming` that try it again, where they may be kept.
    again: Option<String>,
}

impl Failure {
    /// The runs that failed since one came to an end; `None` when none did. What cannot be read says nothing.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn of(state: &State) -> Result<Option<Self>> {
        let kept = state.meta(LAST_FAILURE)?;
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// How often, when and why.
    pub fn said(&self) -> String {
        let last = text::time(self.at);
        let what = match self.in_a_row {
            0 | 1 => format!("the last dream failed, on {last}"),
            n => format!("the last {n} dreams failed, the newest on {last}"),
        };
        format!("{what}: {}", text::one_line(&self.why))
    }

    /// What to type.
    pub fn todo(&self) -> String {
        match &self.again {
            Some(words) => format!("{} tries again here", next::command(words)),
            None => "The command is not kept, because it may hold a key: type it again to try here"
                .into(),
        }
    }
}

/// Does what a run does, and notes when it fails. A run that came to an end has taken the note away.
///
/// # Errors
/// Those of the run.
pub fn noted(common: &Common, args: &Run, run: impl FnOnce() -> Result<Reply>) -> Result<Reply> {
    let done = run();
    if let Err(error) = &done
        && !args.dry_run
        // An agent that is the model has the error as its answer, and nobody can type its dream.
        && !matches!(args.model.model, Some(Name::Agent(_)))
        && !matches!(error, Error::PlanWaits(_) | Error::Busy { .. })
    {
        // The error is what counts: one that cannot be noted is told all the same.
        let _ = note(common, args, error);
    }
    done
}

/// Takes the note away.
///
/// # Errors
/// [`Error::State`].
pub fn clear(state: &State) -> Result<()> {
    state.forget_meta(LAST_FAILURE)
}

fn note(common: &Common, args: &Run, error: &Error) -> Result<()> {
    if !has_place(common)? {
        return Ok(());
    }
    let Place { state, .. } = Place::open_as_it_is(common, Access::Write)?;
    let before = Failure::of(&state)?.map_or(0, |failure| failure.in_a_row);
    let mut why = error.to_string();
    why.truncate(why.floor_char_boundary(WHY));
    let failure = Failure {
        at: args.now.unwrap_or_else(clock),
        kind: error.kind().into(),
        why,
        in_a_row: before.saturating_add(1),
        again: again(args),
    };
    state.set_meta(LAST_FAILURE, &serde_json::json!(failure).to_string())
}

/// The words that run again, with the model that was to be asked and its limits; `None` where that was a command, which may
/// hold a key and is not kept.
pub fn again(args: &Run) -> Option<String> {
    let (model, mut batch) = (&args.model, "");
    let mut words = "run".to_owned();
    let mut option = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            words.push_str(&format!(" --{name} {}", next::quoted(&value)));
        }
    };
    let path = |path: &Option<PathBuf>| Some(path.as_ref()?.to_string_lossy().into_owned());
    option("limit", args.limit.map(|most| most.to_string()));
    option("since", args.select.since.clone());
    match &model.model {
        None => {}
        Some(Name::Exec(_)) => return None,
        Some(name) => {
            option("model", Some(name.to_string()));
            option("model-url", model.model_url.clone());
            option("model-key-file", path(&model.model_key_file));
            batch = if model.batch { " --batch" } else { "" };
            option("max-calls", model.max_calls.map(|most| most.to_string()));
            option("max-tokens", model.max_tokens.map(|most| most.to_string()));
            option("max-cost", model.max_cost.map(|most| most.to_string()));
            option("prices", path(&model.prices));
        }
    }
    words.push_str(batch);
    words.push_str(if args.replace { " --replace" } else { "" });
    Some(words)
}

/// Whether there is a place for a note: a history, or the folder `.dreaming` in which it would lie. None is made for one.
fn has_place(common: &Common) -> Result<bool> {
    let dir = state::place(&Folder::open(common.memory())?, common.state.as_deref())?;
    let beside = dir.parent().filter(|above| above.ends_with(state::place::BESIDE));
    Ok(dir.join(state::FILE).is_file() || beside.is_some_and(Path::is_dir))
}
