//! `dreaming adopt`.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::Args;
use dreaming_wasmtime::{Engine, Job, Outcome, Snapshot};
use serde_json::{Map, Value, json};

use super::{Place, clock, edits, entries, policy, propose, run, settings};
use crate::adopt::{self, Adoption, Entry, Failure, MAX_STATEMENT};
use crate::cli::Common;
use crate::component;
use crate::document::{self, Plan, Rejected};
use crate::error::{Error, Result};
use crate::output::{Reply, next, text, words};
use crate::standard;
use crate::state::plans::{Request, StoredPlan};
use crate::transcript;

/// `dreaming adopt`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Adopt {
    /// What another memory store exported: JSON with a list of objects, or JSON lines, also as
    /// `.gz`.
    #[arg(value_name = "EXPORT", required_unless_present = "held")]
    pub export: Option<PathBuf>,
    /// Proposes what agents proposed over MCP and nobody has decided about.
    #[arg(long, conflicts_with = "export")]
    pub held: bool,
    /// Gives up the plan that waits.
    #[arg(long)]
    pub replace: bool,
    /// Prints the plan, and keeps nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The time of the plan, such as `2026-02-20T00:00:00Z` [default: the clock].
    #[arg(long, value_name = "RFC3339", value_parser = crate::signed::time)]
    pub now: Option<i64>,
}

/// The exit code when a plan waits for a person.
const PROPOSED: u8 = 3;

/// The setting for the longest statement. It is raised here, because exports hold longer statements
/// than dreams write.
const STATEMENT_BYTES: &str = "check.max-statement";

/// The engine's reasons for turning down a statement that a memory has already.
const KNOWN: [&str; 2] = ["known", "only-claimed"];

const AFTER_HELP: &str = "\
Each entry becomes a change of a plan that waits, with the source that the export names: `review` and `apply` \
decide, one by one, and nothing is written before. Entries are facts that somebody outside says, whatever \
type they have. Secrets are cut out, and entries that order agents to leave their rules are turned down and named. \
What a memory says already does not come again.

Examples:
  dreaming adopt memories.json --memory notes
  dreaming adopt memories.json --dry-run --memory notes";

/// Proposes the memories of another store.
pub fn adopt(mut place: Place, args: &Adopt, common: &Common) -> Result<Reply> {
    let engine = component::load(&place.dir)?;
    let mut job = engine.job().map_err(component::refused)?;
    let mut adoption = match &args.export {
        Some(export) => read(&mut job, export)?,
        None => read_held(&mut job, &place)?,
    };
    if let (Some(export), true) =
        (&args.export, adoption.entries.is_empty() && adoption.quarantined.is_empty())
    {
        let why = "it holds no list of objects with a text, as memory stores export them";
        return Err(Error::Usage(format!("{}: {why}", export.display())));
    }
    let now = args.now.unwrap_or_else(clock);
    // A plan refers to a revision, so edits that people made since become a revision first.
    let mut contents = super::now(&place)?;
    edits::keep(&mut place, &mut job, &mut contents, now)?;
    let store = job.snapshot(&contents).map_err(component::refused)?;
    let said = statements(&mut job, &store)?;
    let all = adoption.entries.len();
    adoption.entries.retain(|entry| !said.contains(&entry.text));
    let mut there = (all - adoption.entries.len()) as u64;
    let later = adoption.entries.split_off(adopt::first(&adoption.entries)).len() as u64;
    let request = request(&engine, &place, &adoption, common, now)?;
    let outcome = plan(&mut job, &store, &request)?;
    let plan: Plan = document::parse(&outcome.plan, "plan")?;
    let proposed = plan.changes.iter().filter(|change| change.cause == "extracted").count() as u64;
    let is_known = |one: &&Rejected| KNOWN.contains(&one.reason.as_str());
    there += plan.rejected.iter().filter(is_known).count() as u64;
    if proposed > 0 {
        let request = run::cleaned(request, &plan);
        let stored = StoredPlan {
            id: 0,
            status: String::new(),
            revision: None,
            plan: outcome.plan.clone(),
            report: outcome.report,
            request,
            answers: Map::new(),
        };
        place.state.store_plan(&stored, "waiting")?;
    } else if args.held && later == 0 && !rejected(&adoption, &plan).any(waits) {
        // All of it is decided.
        place.state.let_go()?;
    }
    let mut reply = reply(&adoption, &plan, &Counts { proposed, there, later });
    if args.dry_run {
        // A dry run keeps no plan, so it is printed here.
        reply.text.push_str(&text::plan(&plan, &|_, _| None));
        if let Value::Object(fields) = &mut reply.json {
            fields.insert("plan".into(), document::parse(&outcome.plan, "plan")?);
        }
    }
    Ok(reply)
}

/// The plan of a request that adopts entries.
///
/// # Errors
/// What the engine refuses.
pub fn plan(job: &mut Job, store: &Snapshot, request: &Request) -> Result<Outcome> {
    let candidates = adopt::candidates(&request.adopted);
    let request = dreaming_wasmtime::Request {
        policy: settings(&run::with_taken(request))?,
        instructions: String::new(),
        now: request.now,
        sessions: Vec::new(),
        similarities: Vec::new(),
    };
    job.plan(store, &candidates, &request).map_err(component::refused)
}

fn request(
    engine: &Engine,
    place: &Place,
    adoption: &Adoption,
    common: &Common,
    now: i64,
) -> Result<Request> {
    let mut policy = match &common.config.policy {
        Some(given) => policy::read(engine, given)?,
        None => Map::new(),
    };
    common.config.put(&mut policy);
    run::pinned(&place.state, &mut policy, false)?;
    policy.entry(STATEMENT_BYTES).or_insert(MAX_STATEMENT.into());
    policy::check(engine, &policy, &|path| place.folder.holds(path))?;
    let taken = place.folder.read()?.taken;
    let adopted = adoption.entries.clone();
    Ok(Request { policy, taken, now, adopted, ..Request::default() })
}

/// The statements that the memories hold.
fn statements(job: &mut Job, store: &Snapshot) -> Result<BTreeSet<String>> {
    let mut said = BTreeSet::new();
    entries::each(job, store, |_, page| {
        said.extend(page.into_iter().map(|entry| entry.text));
        Ok(())
    })?;
    Ok(said)
}

/// Reads an export from a file or from standard input.
fn read(job: &mut Job, path: &Path) -> Result<Adoption> {
    let file = match standard::is_meant(path) {
        true => standard::input(path),
        false => transcript::stream(path),
    }
    .map_err(Error::io("open", path))?;
    screened(job, BufReader::new(file), path)
}

/// Reads what agents proposed.
fn read_held(job: &mut Job, place: &Place) -> Result<Adoption> {
    let lines = place.state.held()?.join("\n");
    screened(job, lines.as_bytes(), &propose::held_name())
}

fn screened(job: &mut Job, input: impl BufRead, path: &Path) -> Result<Adoption> {
    adopt::read(input, |texts: &[String]| job.screen(texts)).map_err(|failure| match failure {
        Failure::Input(error) => Error::io("read", path)(error),
        Failure::Screen(error) => component::refused(error),
    })
}

/// How many entries were proposed, known or left for later.
struct Counts {
    proposed: u64,
    /// Entries that a memory says already.
    there: u64,
    /// Entries beyond the limits of one plan.
    later: u64,
}

fn entries(count: u64) -> String {
    if count == 1 { "1 entry".into() } else { format!("{count} entries") }
}

fn reply(adoption: &Adoption, plan: &Plan, counts: &Counts) -> Reply {
    let Counts { proposed, there, later } = *counts;
    let mut out = match proposed {
        0 => "Nothing to propose.\n".to_owned(),
        _ => {
            let (review, discard) = (next::command("review"), next::command("discard"));
            let waits = "nothing is written before you say so";
            format!(
                "{} proposed; {waits}: {review} shows and asks, {discard} puts them away.\n",
                entries(proposed)
            )
        }
    };
    let account = &adoption.account;
    let unread = account.lines - account.understood;
    let left_out = adoption.left_out;
    let (secrets, hidden) = (adoption.redactions, adoption.hidden);
    for (number, said) in [
        (there, format!("Said already: {}.", entries(there))),
        (unread, format!("Not used: {} of the export.", text::count(unread, "piece"))),
        (secrets, format!("Cut out: {}.", text::count(secrets, "secret"))),
        (hidden, format!("Cut out: {}.", text::count(hidden, "hidden character"))),
        (
            later,
            format!("No room in one plan: {}; adopt them when you have decided.", entries(later)),
        ),
        (left_out, format!("Left out, because there are too many: {left_out} of the entries.")),
    ] {
        if number > 0 {
            out.push_str(&said);
            out.push('\n');
        }
    }
    let down: Vec<(&str, &str)> = adoption
        .quarantined
        .iter()
        .map(|entry| ("instruction-like", &*entry.text))
        .chain(rejected(adoption, plan).map(|one| (&*one.reason, &*one.text)))
        .collect();
    if !down.is_empty() {
        out.push_str(&format!("Turned down: {}.\n", entries(down.len() as u64)));
        for (reason, said) in &down {
            out.push_str(&format!("  x {} ({})\n", text::one_line(said), because(reason)));
        }
        out.push_str("If you want one of them all the same, write it into a memory yourself.\n");
    }
    let entry = |entry: &Entry| {
        json!({
            "type": entry.kind, "source": entry.source, "time": entry.time, "id": entry.id,
            "text": entry.text,
        })
    };
    let rejected = rejected(adoption, plan);
    let rejected = rejected.map(|one| json!({"reason": one.reason, "text": one.text}));
    let json = json!({
        "outcome": if proposed > 0 { "proposed" } else { "nothing" },
        "proposed": proposed,
        "there": there,
        "later": later,
        "entries": adoption.entries.iter().map(entry).collect::<Vec<_>>(),
        "account": account,
        "redactions": adoption.redactions,
        "hidden": adoption.hidden,
        "left_out": adoption.left_out,
        "quarantined": adoption.quarantined.iter().map(entry).collect::<Vec<_>>(),
        "rejected": rejected.collect::<Vec<_>>(),
    });
    Reply { text: out, json, code: if proposed > 0 { PROPOSED } else { 0 } }
}

/// The entries that the engine turned down, for whatever reason: one that is not told of is lost without a word. Not those
/// that the memories or another entry say.
fn rejected<'p>(
    adoption: &'p Adoption,
    plan: &'p Plan,
) -> impl Iterator<Item = &'p Rejected> + use<'p> {
    let texts: BTreeSet<&str> = adoption.entries.iter().map(|entry| &*entry.text).collect();
    let is_told =
        |one: &&Rejected| !KNOWN.contains(&&*one.reason) && one.reason != "same-as-another";
    // The plan is over the whole store, so it also turns down what is not of the entries.
    let is_of = move |one: &&Rejected| {
        let is_cut = one.text.len() + 4 > REJECTED_BYTES;
        let begins = || texts.iter().any(|text| text.starts_with(&*one.text));
        one.stage == "check" || texts.contains(&*one.text) || is_cut && begins()
    };
    plan.rejected.iter().filter(is_told).filter(is_of)
}

/// Bytes of a text that was turned down, at most, as a plan has it: what is longer is cut at a character, of at most four
/// bytes. Source: the record `rejected`.
const REJECTED_BYTES: usize = 300;

/// Whether an entry comes when there is room for it.
fn waits(one: &Rejected) -> bool {
    ["no-room", "over-budget"].contains(&&*one.reason)
}

/// A reason of the engine in words.
fn because(reason: &str) -> String {
    match reason {
        "instruction-like" => "it orders agents to leave their rules".into(),
        "too-short" => "it is too short for a statement".into(),
        "too-long" => format!("it is too long for a statement ({STATEMENT_BYTES})"),
        "secret" => "it holds a secret".into(),
        "hidden-characters" => "it hides characters".into(),
        other => text::one_line(words::turned_down(other)),
    }
}
