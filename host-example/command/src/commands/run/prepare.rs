//! What a dream needs before it begins: its sessions, settings, model and store.

use dreaming_models::estimate::Estimate;
use dreaming_models::name::Name;
use dreaming_wasmtime::{Engine, Mode, RunRequest};
use serde_json::{Map, Value, json};

use super::request::{self, MOST_CALLS, key, request, with_recorded, with_taken};
use super::wanted::find;
use crate::cli::{self, Common, Run};
use crate::commands::{Place, due, policy, settings};
use crate::component;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::formats;
use crate::model::Desk;
use crate::output::{self, text};
use crate::progress::Progress;
use crate::sessions::{self, Found, NotUnderstood};
use crate::state::State;
use crate::state::erasable::{known, meant};
use crate::state::plans::Request;
use crate::store::FolderStore;

/// Most model calls of a dream when the user names a model and no limit. Chosen by us: two for each
/// session of a full dream.
const CALLS_WITH_MODEL: u64 = 200;

/// Sessions of a round whose calls go in batches: all that a dream reads by default, so that it takes as few batches as
/// its longest session has parts. The most that `round.sessions` allows.
const SESSIONS_OF_A_BATCH: u64 = 100;

/// Bytes of a transcript in a call that an agent takes as the result of a tool. Chosen by us: the longest call, which
/// writes, holds two of them, about 14,000 tokens; Claude Code turns down results over 25,000
/// (<https://developers.figma.com/docs/figma-mcp-server/mcp-clients-issues>).
const CHUNK_FOR_AGENT: u64 = 24 << 10;

/// Everything that a dream needs to begin.
pub struct Prepared {
    pub engine: Engine,
    pub folder: Folder,
    pub found: Found,
    pub request: Request,
    pub run: RunRequest,
    pub store: FolderStore,
    pub progress: Progress,
    pub desk: Option<Desk>,
    /// Answers the calls in place of the desk when only an estimate is wanted.
    pub estimate: Estimate,
    /// How many sessions the dream will read.
    pub sessions: u64,
}

/// Prepares a dream. With `quiet`, does not print what was found.
pub fn prepare(mut place: Place, args: &Run, common: &Common, quiet: bool) -> Result<Prepared> {
    let mut found = find(&mut place.state, args, quiet)?;
    let engine = component::load(&place.dir)?;
    let mut policy = settings_of(&engine, args, &common.config)?;
    withdrawn(&place.state, &found, &mut policy)?;
    pinned(&place.state, &mut policy, quiet)?;
    let taken = place.folder.read()?.taken;
    let (request, resumed) = request(&place.state, args, policy, taken)?;
    // Said even with `--json`, but not for the silent estimate after a dream.
    if resumed && (!quiet || common.json) {
        output::note("a dream that was interrupted goes on");
    }
    policy::check(&engine, &request.policy, &|path| place.folder.holds(path))?;
    let mut job = engine.job().map_err(component::refused)?;
    formats::leave_unknown(&place.state, &mut job, &mut found)?;
    if !quiet {
        let unknown: Vec<_> = found.unknown.iter().map(NotUnderstood::skipped).collect();
        output::warn_skipped("session file", &unknown);
    }
    let most = policy::number(&engine, &request.policy, MOST_CALLS)?;
    let recorded = args.model.recorded(&place.state)?;
    let answers = args.model.answers(&place.state)?;
    let asked = match args.model.model {
        Some(_) => with_recorded(&request, most),
        None => with_taken(&request),
    };
    let writing = match args.model.model {
        Some(_) => request::writing(&engine, &request)?,
        None => None,
    };
    let progress = if common.json { Progress::hidden() } else { Progress::shown() };
    // Set up the model before anything is read, so that a missing key shows at once. An estimate
    // needs no key.
    let desk = match args.model.estimate {
        true => None,
        false => args.model.desk(&place.state, &progress, most, writing)?,
    };
    progress.stage("dreaming");
    let key = key(&request, args.mode);
    let Place { folder, state, .. } = place;
    // A resumed dream has selected its sessions already.
    let sessions = if resumed {
        found.sessions.clone()
    } else {
        let limit = policy::number(&engine, &request.policy, "dream.max-sessions")?;
        let unread = due::unread(&state, &found.sessions, most > 0)?;
        sessions::newest(unread, usize::try_from(limit).unwrap_or(usize::MAX))
    };
    let parts = sessions.iter().map(|session| session.parts.len() as u64).sum();
    progress.expects(parts, most.saturating_add(recorded.len() as u64));
    let count = sessions.len() as u64;
    let store = FolderStore::new(folder.clone(), state, sessions, key, progress.clone());
    let run = RunRequest {
        policy: settings(&asked)?,
        instructions: request.instructions.clone(),
        now: request.now,
        mode: match args.mode {
            // For `auto-safe` the engine proposes, and the command then picks the safe changes from
            // the plan.
            cli::Mode::Propose | cli::Mode::AutoSafe => Mode::Propose,
            cli::Mode::Auto => Mode::Auto,
        },
    };
    let estimate = Estimate::new(recorded, answers, most);
    Ok(Prepared {
        engine,
        folder,
        found,
        request,
        run,
        store,
        progress,
        desk,
        estimate,
        sessions: count,
    })
}

pub fn settings_of(engine: &Engine, args: &Run, config: &Config) -> Result<Map<String, Value>> {
    let mut policy = match &args.policy {
        Some(given) => policy::read(engine, given)?,
        None => Map::new(),
    };
    config.put(&mut policy);
    args.select.put(&mut policy);
    args.steer.put(&mut policy);
    if let Some(limit) = args.limit {
        policy.insert("dream.max-sessions".into(), limit.into());
    }
    if args.model.model.is_some() {
        policy.entry(MOST_CALLS).or_insert(CALLS_WITH_MODEL.into());
    }
    if args.model.anew {
        policy.insert("distil.anew".into(), true.into());
    }
    if args.model.batch {
        policy.entry("round.sessions").or_insert(SESSIONS_OF_A_BATCH.into());
    }
    if let Some(Name::Agent(_)) = args.model.model {
        policy.entry("propose.chunk-bytes").or_insert(CHUNK_FOR_AGENT.into());
    }
    if let Some(calls) = args.model.max_calls {
        policy.insert(MOST_CALLS.into(), calls.into());
    }
    Ok(policy)
}

/// Completes the beginnings of ids of entries that are to stay as they are, and tells of those that there are not: they
/// protect nothing.
///
/// # Errors
/// [`Error::Usage`] for the beginning of several ids.
pub fn pinned(state: &State, policy: &mut Map<String, Value>, quiet: bool) -> Result<()> {
    let Some(Value::Array(names)) = policy.get_mut("pins.entries") else { return Ok(()) };
    let ids = known(&state.db, "entry")?;
    for name in names {
        let Some(typed) = name.as_str() else { continue };
        let meant = meant(&ids, typed);
        match meant.map_err(|error| Error::Usage(format!("pins.entries: {error}")))? {
            Some(id) => *name = json!(id),
            None if quiet => {}
            None => output::note(&format!(
                "pins.entries: no entry is named `{}`, so it keeps nothing as it is",
                text::one_line(typed)
            )),
        }
    }
    Ok(())
}

/// Completes the beginnings of ids of sessions whose evidence is to count no more.
fn withdrawn(state: &State, found: &Found, policy: &mut Map<String, Value>) -> Result<()> {
    let Some(Value::Array(names)) = policy.get_mut("evidence.withdrawn") else { return Ok(()) };
    let mut ids = known(&state.db, "session")?;
    ids.extend(found.sessions.iter().map(|session| session.id.clone()));
    for name in names {
        let meant = name.as_str().map(|typed| meant(&ids, typed)).transpose()?.flatten();
        meant.into_iter().for_each(|id| *name = json!(id));
    }
    Ok(())
}
