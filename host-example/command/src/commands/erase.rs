//! `dreaming erase`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use clap::Args;
use dreaming_wasmtime::quotes::{holds, says};
use dreaming_wasmtime::{Contents, Job, NewRevision};
use serde_json::{Value, json};

use self::said::{at_mirror, at_services, closes, in_git, put_away, sentence};
use self::still::Still;
use super::render::files_where;
use super::review::kept;
use super::{Place, clock, edits, revert};
use crate::audit::audit;
use crate::component;
use crate::document::{self, Entry, Plan};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::output::{self, Reply, next, text};
use crate::signed::Signed;
use crate::state::State;
use crate::state::answers::batches;
use crate::state::erasable::{known, meant};
use crate::state::erase::{Erasure, Gone, forget};
use crate::state::lives::{taken_out, words};
use crate::state::revisions;
use crate::{snapshot, write};

/// `dreaming erase`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
#[group(id = "what", required = true, multiple = false, args = ["session", "entry"])]
pub struct Erase {
    /// The session whose words go; the beginning of its id will do. Statements that were learned
    /// from it stay, without their quotes.
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// The entry whose words go, also from its memory; the beginning of its id will do.
    #[arg(long, value_name = "ID")]
    pub entry: Option<String>,
    /// Says what would go, and changes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Does not ask.
    #[arg(long)]
    pub yes: bool,
    /// Who decides, and why.
    #[command(flatten)]
    pub signed: Signed,
}

const AFTER_HELP: &str = "\
What is erased goes from the memories, from older revisions, plans and answers, and from the bytes of \
the database file. It cannot be undone: revisions that held it can no longer be restored, nor plans \
that quoted it replayed. Copies that `keep` made go too; the transcripts of your agents are yours and never changed. `dreaming verify` still passes \
and says what was erased. What is known of sessions loses the words of an entry too, and entries lose the \
quotes that say them. Words that are elsewhere in the memories (a heading, code, another file) are named \
with path and line: edit them first, or they stay. A session that is read again may show them again.

Examples:
  dreaming explain \"staging host\" --memory notes       # prints the id of the entry
  dreaming erase --entry e8075471cb68 --dry-run --memory notes
  dreaming erase --session 6f791d8e --yes --memory notes";

mod copies;
mod said;
mod still;

/// What is about to be erased.
struct Case {
    what: Erasure,
    /// `session` or `entry`.
    kind: &'static str,
    id: String,
    /// The wordings that an entry has had; of a session, those of the statements that go with it.
    words: Vec<String>,
    /// The sessions that show what an entry says.
    shown_by: Vec<String>,
    /// The stores from which an entry came.
    came_from: Vec<String>,
}

/// What an erasure takes out.
struct Goes {
    gone: Gone,
    /// The memories that the erasure rewrites.
    files: Vec<String>,
    /// Ledger keys of sessions whose records held the words of an entry.
    cut: Vec<String>,
    /// The revision that `revert` goes back to now, if it cannot be restored afterwards.
    closed: Option<u64>,
    /// Whether the plan that waits is put away.
    put_away: bool,
}

/// Erases a session or an entry.
pub fn erase(mut place: Place, args: &Erase) -> Result<Reply> {
    let now = args.signed.now.unwrap_or_else(clock);
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    // After the erasure the erased data cannot be checked any more, so the whole history is checked
    // now.
    if !audit(&place.state, &mut job)?.damage.is_empty() {
        let (verify, recover) = (next::command("verify"), next::command("recover"));
        let why = format!("history: {verify} says where, {recover} mends what it can");
        return Err(Error::Damaged(why));
    }
    let batches = batches::all(&place.state.db)?;
    let rehearsed = place.state.rehearse(|state| {
        let mut contents = snapshot::now(&place.state, &place.folder)?.0;
        if let Some(edits) = edits::observed(&mut job, &contents, now)? {
            revisions::insert(&state.db, &edits)?;
            snapshot::advance(&mut contents, &edits);
        }
        let case = case(state, args)?;
        let revision = revision(&contents, &mut job, &case, args, now)?;
        let before = revert::target(state, None).ok();
        let before = before.filter(|number| snapshot::at(state, *number).is_ok());
        let number = match &revision {
            Some(revision) => revisions::insert(&state.db, revision)?,
            None => head(state)?,
        };
        let waits = state.has_waiting_plan()?;
        let gone = forget(&state.db, number, &case.what, &keys(revision.as_ref()))?;
        let put_away = waits && !state.has_waiting_plan()?;
        let closed = before.filter(|number| snapshot::at(state, *number).is_err());
        let still = still(&place, &case, revision.as_ref())?;
        let cut = cut(&case, &keys(revision.as_ref()));
        Ok((case, Goes { gone, files: files(revision.as_ref()), cut, closed, put_away }, still))
    });
    let (case, goes, still) = rehearsed?;
    let copies = copies::find(&place, &case)?;
    let sentence = sentence(&case, &goes);
    let closed = |is_done| goes.closed.map(|number| closes(number, is_done)).unwrap_or_default();
    if !args.yes && !args.dry_run && !confirmed(&sentence, &closed(false), &still)? {
        let text = "Nothing was erased.\n";
        return Ok(Reply::new(text.into(), reply("declined", &case, &goes, &still)));
    }
    let writing = interrupt::writing();
    // First, so that no copy outlives the erasure when this process is killed.
    if !args.dry_run {
        copies.remove(&place)?;
    }
    // What a person typed in a review may be the erased words. A dry run works on a copy.
    let typed = kept::forget_words(&place.state)?;
    let (number, changed) = commit(&mut place, &mut job, &case, args, now)?;
    // A dry run works on a copy in memory, so there is no file to sweep.
    let swept = args.dry_run || place.state.sweep_erased()?;
    writing.done();
    let mut rest = rest(&place, &case, &changed)?;
    rest.extend(copies.stay.iter().cloned());
    rest.extend(rendered(&place, &case));
    rest.extend(in_git(place.folder.root()));
    rest.extend(at_services(&batches));
    rest.extend(place.state.mirror()?.map(|mirror| at_mirror(&mirror)));
    // Search the folder again after the write; a dry run writes nothing, so its first search still
    // holds.
    let still = if args.dry_run { still } else { self::still(&place, &case, None)? };
    let mut out = if still.is_somewhere() {
        format!("Revision {number} is without it, but its words are still there: {sentence}.\n")
    } else {
        format!("Revision {number} is without {sentence}.\n")
    };
    out.push_str(&closed(!args.dry_run));
    out.push_str(&put_away(&goes, typed));
    out.push_str(&copies.said());
    list(&mut out, &still.sentences());
    list(&mut out, &rest);
    if !swept {
        out.push_str(
            "The words may still be in free pages of the database: another process reads it, or \
             the disk is full. The next command tries again.\n",
        );
    }
    let outcome = if args.dry_run { "dry-run" } else { "committed" };
    let mut json = reply(outcome, &case, &goes, &still);
    if let Value::Object(fields) = &mut json {
        let more =
            json!({"revision": number, "rest": rest, "swept": swept, "copies": copies.files.len()});
        fields.extend(more.as_object().cloned().unwrap_or_default());
    }
    Ok(Reply::new(out, json))
}

/// Erases for good. Returns the number of the newest revision after that, and the keys of the
/// ledger rows that changed.
fn commit(
    place: &mut Place,
    job: &mut Job,
    case: &Case,
    args: &Erase,
    now: i64,
) -> Result<(u64, Vec<String>)> {
    let mut contents = snapshot::now(&place.state, &place.folder)?.0;
    edits::keep(place, job, &mut contents, now)?;
    let Some(revision) = revision(&contents, job, case, args, now)? else {
        let number = head(&place.state)?;
        let change = place.state.db.transaction()?;
        forget(&change, number, &case.what, &[])?;
        change.commit()?;
        return Ok((number, Vec::new()));
    };
    let keys = keys(Some(&revision));
    let seen = snapshot::texts(&contents);
    let number = write::commit(&mut place.state, &place.folder, &seen, &revision, |tx, number| {
        forget(tx, number, &case.what, &keys).map(drop)
    })?;
    Ok((number, keys))
}

fn head(state: &State) -> Result<u64> {
    Ok(state.head()?.map_or(0, |head| head.number))
}

/// The revision without the erased session or entry; `None` when the head does not have it, only
/// earlier revisions and plans.
fn revision(
    contents: &Contents,
    job: &mut Job,
    case: &Case,
    args: &Erase,
    now: i64,
) -> Result<Option<NewRevision>> {
    let key = format!("{}/{}", case.kind, case.id);
    if !contents.ledger.iter().any(|row| row.key == key) {
        return Ok(None);
    }
    let store = job.snapshot(contents).map_err(component::refused)?;
    let what = match &case.what {
        Erasure::Session(id) => dreaming_wasmtime::Erasure::Session(id.clone()),
        Erasure::Entry(id) => dreaming_wasmtime::Erasure::Entry(id.clone()),
    };
    let revision = job.erase(&store, &what, &args.signed.by_at(now));
    revision.map(Some).map_err(component::refused)
}

fn keys(revision: Option<&NewRevision>) -> Vec<String> {
    let writes = revision.into_iter().flat_map(|revision| &revision.ledger);
    writes.map(|write| write.key.clone()).collect()
}

fn files(revision: Option<&NewRevision>) -> Vec<String> {
    let writes = revision.into_iter().flat_map(|revision| &revision.memories);
    writes.map(|write| write.path.clone()).collect()
}

/// The session records among the changed ledger rows: the words of an entry were cut from these.
fn cut(case: &Case, keys: &[String]) -> Vec<String> {
    let sessions = keys.iter().filter(|key| case.kind == "entry" && key.starts_with("session/"));
    sessions.cloned().collect()
}

/// Finds what the arguments name.
fn case(state: &State, args: &Erase) -> Result<Case> {
    let (kind, name) = match (&args.session, &args.entry) {
        (Some(session), _) => ("session", session),
        (_, Some(entry)) => ("entry", entry),
        _ => return Err(Error::Usage("what is to be erased? give --session or --entry".into())),
    };
    let mut ids = known(&state.db, kind)?;
    if kind == "session" {
        // The archive has sessions that no dream has read.
        ids.extend(state.archive()?.sessions.iter().map(|kept| kept.id().to_owned()));
    }
    let id = match meant(&ids, name)? {
        Some(id) => id,
        None if kind == "entry" => return Err(not_an_entry(state, name)?),
        None => return Err(Error::UnknownSession(name.clone())),
    };
    let (what, words) = match kind {
        "entry" => (Erasure::Entry(id.clone()), words(&state.db, &id)?),
        _ => {
            let mut said = Vec::new();
            for entry in taken_out(&state.db, &id)? {
                said.extend(words(&state.db, &entry)?);
            }
            (Erasure::Session(id.clone()), said)
        }
    };
    let of = if kind == "entry" { from(state, &id, &words)? } else { Default::default() };
    let [shown_by, came_from] = of.map(Vec::from_iter);
    Ok(Case { what, kind, id, words, shown_by, came_from })
}

/// The error for an id that no entry has: that of a change which was not applied is in no memory, only in its sessions.
fn not_an_entry(state: &State, name: &str) -> Result<Error> {
    let erased = state.erasures()?;
    if erased.iter().any(|erased| erased.kind == "entry" && erased.id.starts_with(name)) {
        let lines: Vec<String> = state
            .said_erased()?
            .iter()
            .map(|session| next::command(&format!("erase --session {}", next::quoted(session))))
            .collect();
        let again = match lines.is_empty() {
            true => String::new(),
            false => {
                format!("; words that came again with a session go with it: {}", lines.join(", "))
            }
        };
        return Ok(Error::Usage(format!("`{}` is erased already{again}", text::one_line(name))));
    }
    let is_change = name.len() > 4 && name.starts_with('c');
    let stored = if is_change { state.plan_with(name)? } else { None };
    let Some(stored) = stored else { return Ok(Error::UnknownId(name.into())) };
    let plan: Plan = document::parse(&stored.plan, "plan")?;
    let evidence = plan.changes.iter().filter(|change| change.id.starts_with(name));
    let sessions: BTreeSet<&str> =
        evidence.flat_map(|change| &change.evidence).map(|piece| piece.session.as_str()).collect();
    let lines: Vec<String> = sessions
        .iter()
        .map(|session| next::command(&format!("erase --session {}", next::quoted(session))))
        .collect();
    Ok(Error::Usage(format!(
        "`{}` is a change and no entry: if it was applied, {} finds the entry by its words; what was not applied is kept \
         of its sessions alone, and goes with them: {}",
        text::one_line(name),
        next::command("explain WORDS"),
        lines.join(", ")
    )))
}

/// The sessions that show what an entry says, and the stores from which it came, or an entry that
/// says the words, left before and is forgotten with it.
fn from(state: &State, id: &str, words: &[String]) -> Result<[BTreeSet<String>; 2]> {
    let [mut shown_by, mut came_from] = [BTreeSet::new(), BTreeSet::new()];
    for row in state.ledger_at(head(state)?)? {
        let Some(of) = row.key.strip_prefix("entry/") else { continue };
        let entry: Entry = document::parse(&row.value, "ledger entry")?;
        if of == id {
            shown_by.extend(entry.evidence.into_iter().map(|piece| piece.session));
        }
        if of == id || entry.retired.is_some() && says(&entry.text, words) {
            came_from.extend(entry.sources.into_iter().map(|source| source.store));
        }
    }
    Ok([shown_by, came_from])
}

/// Sentences that name what the erasure leaves: rows and notes that still hold the words, or
/// entries that were learned from the session.
fn rest(place: &Place, case: &Case, changed: &[String]) -> Result<Vec<String>> {
    let head = head(&place.state)?;
    let mut rest = Vec::new();
    for row in place.state.ledger_at(head)? {
        let Ok(value) = serde_json::from_slice::<Value>(&row.value) else { continue };
        let Some((kind, id)) = row.key.split_once('/') else { continue };
        let words = value.get("text").and_then(Value::as_str).unwrap_or_default();
        if case.kind == "session" {
            if kind == "entry" && changed.contains(&row.key) {
                rest.push(format!("entry {id} was learned from it and stays: {words}"));
            }
        } else if holds(&value, &|text| says(text, &case.words)) {
            let again = match kind {
                "session" => ", and a dream may propose it again",
                _ => "",
            };
            let erase = next::command(&format!("erase --{kind} {}", next::quoted(id)));
            rest.push(format!("{kind} {id} says so too{again}: {erase}"));
        } else if kind == "session"
            && case.shown_by.iter().any(|session| session == id)
            && !changed.contains(&row.key)
        {
            let erase = next::command(&format!("erase --session {}", next::quoted(id)));
            rest.push(format!(
                "session {id} showed it, and a dream may propose it again: reject it then, or {erase}"
            ));
        }
    }
    rest.extend(case.came_from.iter().map(|store| {
        let store = text::one_line(store);
        format!("it came from `{store}`: a `gather` of that store brings it again, so erase it there too")
    }));
    let mut notes = Vec::new();
    for revision in place.state.revisions(0, head)? {
        let record: Value = document::parse(&revision.record, "revision record")?;
        let note = record.get("note").and_then(Value::as_str).unwrap_or_default();
        if says(note, &case.words) {
            notes.push(revision.number.to_string());
        }
    }
    match notes.as_slice() {
        [] => {}
        [one] => rest.push(format!("the note of revision {one} says so too, and cannot be erased")),
        several => rest.push(format!(
            "the notes of {} revisions say so too, and cannot be erased: {}",
            several.len(),
            several.join(", ")
        )),
    }
    Ok(rest)
}

/// Sentences that name the files for agents that say the words.
fn rendered(place: &Place, case: &Case) -> Vec<String> {
    if case.words.is_empty() {
        return Vec::new();
    }
    let files = files_where(place, &|text| says(text, &case.words));
    let render = next::command("render");
    let said = |file: &PathBuf| {
        let file = text::one_line(&file.display().to_string());
        format!("{file} was rendered and says so too: {render} writes it anew")
    };
    files.iter().map(said).collect()
}

fn reply(outcome: &str, case: &Case, goes: &Goes, still: &Still) -> Value {
    json!({
        "outcome": outcome, "kind": case.kind, "erased": case.id, "gone": goes.gone, "files": goes.files, "cut": goes.cut,
        "closed": goes.closed, "plan_put_away": goes.put_away, "still_in": still.still_in, "not_looked_at": still.not_looked_at,
    })
}

/// Where the folder will hold the words once `revision` is written.
fn still(place: &Place, case: &Case, revision: Option<&NewRevision>) -> Result<Still> {
    let (contents, on_disk) = snapshot::now(&place.state, &place.folder)?;
    let mut texts = snapshot::texts(&contents);
    for write in revision.into_iter().flat_map(|revision| &revision.memories) {
        texts.remove(&write.path);
        texts.extend(write.text.clone().map(|text| (write.path.clone(), text)));
    }
    Ok(Still::find(&texts, &on_disk.skipped, &case.words))
}

fn list(out: &mut String, sentences: &[String]) {
    for sentence in sentences {
        let _ = writeln!(out, "  {}", text::one_line(sentence));
    }
}

/// Asks on the terminal; an error where there is none.
fn confirmed(what: &str, closed: &str, still: &Still) -> Result<bool> {
    if !io::stdin().is_terminal() {
        let why = "this cannot be undone: give --yes, or --dry-run to see what would go";
        return Err(Error::Usage(why.into()));
    }
    still.sentences().iter().for_each(|sentence| output::note(sentence));
    if !closed.is_empty() {
        output::note(closed.trim_end());
    }
    output::note(&format!("This cannot be undone. Erase {what}? [y/N]"));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(Error::io("read", "the terminal"))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
