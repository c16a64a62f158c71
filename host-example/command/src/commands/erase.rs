//! `dreaming erase`.

use std::io::{self, IsTerminal as _};

use clap::Args;
use dreaming_wasmtime::{Contents, Job, NewRevision};
use serde_json::{Value, json};

use self::case::Case;
use self::copies::Copies;
use self::rest::{rendered, rest};
use self::said::{at_mirror, at_services, closes, in_git, list, put_away, sentence};
use self::still::Still;
use super::review::kept;
use super::{Place, clock, edits, revert};
use crate::audit::audit;
use crate::component;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::output::{self, Reply, next};
use crate::signed::Signed;
use crate::state::State;
use crate::state::answers::batches;
use crate::state::erase::{Erasure, Gone, WORDS, forget};
use crate::state::revisions;
use crate::{snapshot, write};

/// `dreaming erase`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
#[group(id = "what", required = true, multiple = false, args = ["session", "entry", "words"])]
pub struct Erase {
    /// The session whose words go; the beginning of its id will do. Statements that were learned
    /// from it stay, without their quotes.
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// The entry whose words go, also from its memory; the beginning of its id will do.
    #[arg(long, value_name = "ID")]
    pub entry: Option<String>,
    /// Words that are no entry, such as a key in a heading or a quotation; `-` reads them from standard input. They go from
    /// older texts, plans and answers: edit them out of the memories first.
    #[arg(long, value_name = "TEXT")]
    pub words: Option<String>,
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
quotes that say them. Words that are elsewhere in the memories (a heading, a quotation, another file) are named \
with path and line: edit them first, or they stay; `--words` then takes them out of older texts. A session that is read again may show them again.

Examples:
  dreaming explain \"staging host\" --memory notes       # prints the id of the entry
  dreaming erase --entry e8075471cb68 --dry-run --memory notes
  dreaming erase --session 6f791d8e --yes --memory notes
  dreaming erase --words \"hunter2\" --memory notes       # after you took it out of the heading there";

mod case;
mod copies;
mod rest;
mod said;
mod still;

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
        let case = case::case(state, args)?;
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
    if case.kind == WORDS {
        check_given(&place, args, &case, (&goes.gone, &copies, &still))?;
    }
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

/// Refuses words that memories still say, and those that nothing says: they may be mistyped.
fn check_given(
    place: &Place,
    args: &Erase,
    case: &Case,
    (gone, copies, still): (&Gone, &Copies, &Still),
) -> Result<()> {
    if !still.still_in.is_empty() {
        if args.dry_run {
            return Ok(());
        }
        let places = still.sentences().join("; ");
        return Err(Error::Usage(format!("nothing was erased: {places}")));
    }
    let is_anywhere = gone.texts + gone.rows + gone.plans > 0
        || !copies.files.is_empty()
        || !copies.stay.is_empty()
        || !rest(place, case, &[])?.is_empty()
        || !rendered(place, case).is_empty();
    is_anywhere.then_some(()).ok_or_else(|| {
        Error::Usage(
            "nothing here says these words, so nothing was erased: upper and lower case and line breaks make no \
             difference, but words must be whole"
                .into(),
        )
    })
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
        Erasure::Words(_) => return Ok(None),
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
