//! `dreaming run`.

mod again;
mod at_work;
mod closer;
mod counts;
pub mod estimate;
pub mod only_kept;
mod prepare;
mod reply;
mod request;
mod settle;
mod took;
mod unanswered;
mod wanted;

use std::io::stdout;
use std::path::PathBuf;

use dreaming_models::name::Name;
use dreaming_wasmtime::{Error as JobError, Job, Model, NoModel, RunOutcome, RunRequest};
use serde_json::Value;

pub use self::counts::askable;
pub use self::prepare::pinned;
use self::prepare::{Prepared, prepare, settings_of};
pub use self::request::{cleaned, with_taken};
use self::settle::{Settled, note_down, settle, stored};
pub use self::wanted::{is_copy, knows_sessions, originals, readable, wanted};
use self::wanted::{look, named};
use super::review::kept;
use super::{Place, auto_safe, policy, take_over};
use crate::cli::{self, Common, Run};
use crate::component;
use crate::document::{self, Plan, Report};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::model::Desk;
use crate::output::{self, Reply, text};
use crate::state::Access;
use crate::store::{FolderStore, Left};

/// Refuses a run that cannot begin, before anything is written for it.
///
/// # Errors
/// The errors of the run itself: no sessions, unusable settings, a model that cannot be asked.
pub fn check(common: &Common, args: &Run) -> Result<()> {
    let place = Place::open_as_it_is(common, Access::Read)?;
    take_over::check(&place)?;
    let named = named(&place.state, args);
    if named.is_err() && !common.json {
        take_over::hint(&place);
    }
    look(&place.state, &named?, &place.state.archive()?)?;
    let engine = component::load_without_state()?;
    let policy = settings_of(&engine, args, &common.config)?;
    policy::check(&engine, &policy, &|path| place.folder.holds(path))?;
    args.model.ready().map(drop)
}

/// Dreams.
pub fn run(place: Place, args: &Run, common: &Common) -> Result<Reply> {
    let quiet = common.json;
    if !quiet {
        take_over::hint(&place);
    }
    let prepared = prepare(place, args, common, quiet)?;
    let Prepared { engine, folder, mut found, request, run, store, progress, desk, .. } = prepared;
    let job = |store| engine.job_with(store, NoModel).map_err(component::refused);
    desk.iter().filter(|_| !args.dry_run).for_each(|_| interrupt::asks());
    if args.dry_run && desk.is_some() {
        // Programs are told too: it is their money.
        output::note(&estimate::in_place_of_dry_run(args));
    }
    let (outcome, mut left, desk) = match desk {
        Some(desk) => {
            let job = engine.job_with(store, desk).map_err(component::refused)?;
            let (outcome, left, desk) = drive(job, &run);
            (outcome, left, Some(desk))
        }
        None => {
            let (outcome, left, _) = drive(job(store)?, &run);
            (outcome, left, None)
        }
    };
    progress.end();
    if !quiet {
        output::warn_skipped("memory", &left.skipped);
        if let Some(why) = &left.undated {
            output::note(&format!(
                "memories have the dates of their files, which a clone or a copy makes new: {why}"
            ));
        }
    }
    if let Some(desk) = &desk
        && let Some(batch) = desk.left()
    {
        desk.record().tell();
        return at_work::reply(batch, desk, args);
    }
    let outcome = match (outcome, left.error.take()) {
        (Err(_), Some(error)) => return Err(error),
        (outcome, _) => outcome.map_err(component::refused)?,
    };
    let plan: Plan = document::parse(&outcome.outcome.plan, "plan")?;
    let report: Report = document::parse(&outcome.outcome.report, "report")?;
    let stored = stored(&outcome, &plan, request, &found, &left)?;
    let put_away = || desk.as_ref().map_or(Ok(()), |desk| desk.record().put_away(&report.unusable));
    if report.calls > 0 && report.calls_unanswered == report.calls || report.nothing_usable {
        // Keep nothing, so that the sessions stay unread.
        left.state.clear_progress()?;
        if desk.as_ref().is_some_and(Desk::is_full) {
            return Err(Error::Full(PathBuf::from("state")));
        }
        put_away()?;
        let took = desk.as_ref().map(took::took).unwrap_or_default();
        desk.iter().for_each(|desk| desk.record().tell());
        if report.nothing_usable {
            return Err(unanswered::nothing_usable(&report, &stored, took));
        }
        return Err(unanswered::no_answer(&report, &stored, desk.as_ref(), took));
    }
    if args.mode == cli::Mode::AutoSafe && left.dreamt.is_none() {
        left.dreamt = auto_safe::revision(&engine, &left.contents, &plan, &stored.plan)?;
    }
    put_away()?;
    let writing = interrupt::writing();
    let settled = settle(&mut left, &folder, &plan, &stored)?;
    writing.done();
    match (note_down(&left.state, &plan, &report, &stored, &mut found), settled) {
        // What was settled stays, and whoever reads an error would believe that nothing was changed.
        (Err(Error::Full(_)), Settled::Committed { .. } | Settled::Waits) => output::note(
            "the disk is full: what this run made is kept, but not when it was; make space before the next one",
        ),
        (noted, _) => noted?,
    }
    let asked = desk.as_ref().map(|desk| took::asked(&args.model, desk, &report)).transpose()?;
    desk.iter().for_each(|desk| desk.record().tell());
    let is_asked = asked.is_some();
    let done =
        reply::Done { left: &left, plan: &plan, stored: &stored, found: &found, settled, asked };
    let mut reply = done.reply(quiet, common.memory())?;
    if !quiet && !args.dry_run {
        let end = closer::End {
            engine: &engine,
            args,
            common,
            left: &left,
            plan: &plan,
            report: &report,
            found: &found,
            settled,
            asked: is_asked,
        };
        end.lines()?.iter().for_each(|line| reply.text.push_str(&format!("{line}\n")));
    }
    reply.text = text::broken(&reply.text, &stdout());
    if args.dry_run {
        // A dry run keeps no plan, so it is printed here.
        let source = |session: &str, part: &str| left.state.source(session, part).ok().flatten();
        reply.text.push_str(&text::plan(&plan, &source));
        if let Value::Object(fields) = &mut reply.json {
            fields.insert("plan".into(), document::parse(&outcome.outcome.plan, "plan")?);
        }
    }
    Ok(reply)
}

/// Checks that an agent does not give up a plan in whose review a person is: `--replace` is theirs.
///
/// # Errors
/// [`Error::Usage`].
pub(super) fn leaves_a_review(place: &Place, args: &Run) -> Result<()> {
    let is_agent = matches!(args.model.model, Some(Name::Agent(_)));
    if !is_agent || !args.replace || !place.state.has_waiting_plan()? {
        return Ok(());
    }
    match kept::load(&place.state)?.len() as u64 {
        0 => Ok(()),
        answers => Err(Error::Usage(format!(
            "a person is reviewing the plan that waits ({} given, not applied yet), so no agent gives it up: they \
             decide, or they discard it",
            text::count(answers, "answer")
        ))),
    }
}

type Driven<M> = (std::result::Result<RunOutcome, JobError>, Left, M);

fn drive<M: Model>(mut job: Job<FolderStore, M>, run: &RunRequest) -> Driven<M> {
    let outcome = job.run(run);
    let (store, model) = job.into_parts();
    (outcome, store.leave(), model)
}
