//! `dreaming stats`: what past sessions say about agents, roles, tasks and people.

use std::path::{Path, PathBuf};

use clap::Args;
use dreaming_wasmtime::{Contents, Engine};
use serde_json::{Map, Value, json};

use super::select::Select;
use super::{Place, clock, page, policy, settings};
use crate::component;
use crate::document::{self, Plan, Stats as Document};
use crate::error::Result;
use crate::output::stats::page as html;
use crate::output::{Reply, next, text};
use crate::snapshot;
use crate::standard;
use crate::whole::Whole;

/// `dreaming stats`.
#[derive(Debug, Args)]
#[command(after_help = "\
How sessions went is told by a file beside the transcript, `NAME.outcome.json` for `NAME.jsonl`:
  {\"format\": \"dreaming.session/1\", \"role\": \"reviewer\", \"task\": \"billing\",
   \"outcomes\": [{\"name\": \"tests\", \"value\": 1, \"goal\": 1}]}

Examples:
  dreaming stats --memory notes
  dreaming stats --claude-code --since 2026-02-01 --json
  dreaming stats --agent coder --outcome bad --memory notes --html figures.html")]
pub struct Stats {
    /// Writes the figures as one HTML page too.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Settings that differ from their defaults: a JSON object of name and value, or the name of a
    /// preset.
    #[arg(long, value_name = "FILE|PRESET")]
    pub policy: Option<PathBuf>,
    /// The time of the question, such as `2026-02-20T00:00:00Z` [default: the clock].
    #[arg(long, value_name = "RFC3339", value_parser = crate::signed::time)]
    pub now: Option<i64>,
    /// Which sessions count.
    #[command(flatten)]
    pub select: Select,
}

/// Prints the figures. With `--json` the document of the engine as it is.
///
/// # Errors
/// Those of reading the folder and the state, [`Error::Usage`] for a policy that cannot be used and
/// a page that cannot be written there.
pub fn stats(place: &Place, args: &Stats, as_json: bool) -> Result<Reply> {
    let now = args.now.unwrap_or_else(clock);
    let (contents, _) = snapshot::now(&place.state, &place.folder)?;
    let engine = component::load(&place.dir)?;
    let given = args.policy.as_deref().map(|given| policy::read(&engine, given));
    let mut wanted = given.unwrap_or_else(|| Ok(Map::new()))?;
    args.select.put(&mut wanted);
    let bytes = document_of(&engine, &contents, &wanted, now)?;
    let figures: Document = document::parse(&bytes, "figures")?;
    let mut out = text::stats(&figures);
    out.push_str(&of_plan(place)?);
    let mut json: Value = document::parse(&bytes, "figures")?;
    if let Some(file) = &args.html {
        if standard::output(file, as_json)? {
            return Ok(Reply::new(drawn(place, &figures, now), Value::Null));
        }
        write(place, file, &figures, now)?;
        out.push_str(&format!("\n{} written.\n", text::one_line(&file.to_string_lossy())));
        json = json!({"file": file.to_string_lossy(), "stats": json});
    }
    Ok(Reply::new(out, json))
}

/// A line about sessions that were read for the waiting plan and are not in the history yet.
fn of_plan(place: &Place) -> Result<String> {
    let Some(stored) = place.state.waiting_plan()? else { return Ok(String::new()) };
    let plan: Plan = document::parse(&stored.plan, "plan")?;
    let read = plan.sessions.iter().filter(|session| session.outcome.state == "read").count();
    let (sessions, review) = (text::count(read as u64, "session"), next::command("review"));
    Ok(match read {
        0 => String::new(),
        1 => format!(
            "{sessions} was read for the plan that waits, and counts once {review} decides about it.\n"
        ),
        _ => format!(
            "{sessions} were read for the plan that waits, and count once {review} decides about it.\n"
        ),
    })
}

/// The figures of the sessions that `policy` selects, as the engine writes them.
pub fn document_of(
    engine: &Engine,
    contents: &Contents,
    policy: &Map<String, Value>,
    now: i64,
) -> Result<Vec<u8>> {
    let is_memory = |path: &str| contents.memories.iter().any(|memory| memory.path == path);
    policy::check(engine, policy, &is_memory)?;
    let mut job = engine.job().map_err(component::refused)?;
    let store = job.snapshot(contents).map_err(component::refused)?;
    job.stats(&store, &settings(policy)?, now).map_err(component::refused)
}

fn drawn(place: &Place, figures: &Document, now: i64) -> String {
    let root = place.folder.root();
    let name = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy();
    html::page(&name, figures, now)
}

fn write(place: &Place, file: &Path, figures: &Document, now: i64) -> Result<()> {
    let whole = Whole::beside(file, &place.folder, &place.dir)?;
    page::write(whole, &drawn(place, figures, now), html::MARK, "stats")
}
