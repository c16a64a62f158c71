//! `dreaming review`.

use std::io::{IsTerminal as _, stderr, stdin, stdout};
use std::path::PathBuf;

use clap::Args;
use dreaming_wasmtime::Rewording;

use super::decide::{self, Choice};
use super::waiting::{self, Waiting};
use super::{Place, clock, show};
use crate::cli::Common;
use crate::error::{Error, Result};
use crate::output::{Reply, next};
use crate::signed::Signed;
use crate::state::Access;

mod ask;
mod editor;
pub mod kept;
pub mod lines;
mod page;
pub mod prompt;
mod questions;
mod reopen;

/// `dreaming review`.
#[derive(Debug, Args)]
#[command(after_help = "\
On a terminal it asks about one change after the other, and applies what you accepted when you
confirm it at the end; Ctrl-C decides nothing. Elsewhere, and without --accept, --reject or --edit,
it prints the review. The beginning of an id will do.

Examples:
  dreaming review --memory notes
  dreaming review --memory notes --html review.html
  dreaming review --memory notes --accept c61d0 c9f2e --reject c07ab --by ada --note 'read them'
  dreaming review --memory notes --accept-all --edit 'c61d0=Format before a commit.'
  dreaming review --memory notes --accept-auto --dry-run
  dreaming review --memory notes --reopen c07ab")]
pub struct Review {
    /// Accepts these changes, also beside --accept-all or --accept-auto. An entry brings its line of the index.
    #[arg(long, num_args = 1.., value_name = "ID", value_delimiter = ',')]
    pub accept: Vec<String>,
    /// Rejects these changes: they come back only with new evidence or with --reopen. What is neither accepted nor
    /// rejected stays open.
    #[arg(long, num_args = 1.., value_name = "ID", value_delimiter = ',')]
    pub reject: Vec<String>,
    /// Takes the rejection of changes back, also of ones that a revert rejected: the next run proposes them again.
    #[arg(long, num_args = 1.., value_name = "ID", value_delimiter = ',',
          conflicts_with_all = ["accept", "reject", "accept_all", "accept_auto", "edit"])]
    pub reopen: Vec<String>,
    /// Accepts all changes that are not blocked but those of --reject, also what a model wrote from one
    /// session. It leaves what is accepted by its id alone: advice that deletes, forces or skips a check, what
    /// only a page or a file says, and what a model noticed in one session and was not asked to write
    /// (`distil.max-calls` 0).
    #[arg(long, conflicts_with = "accept_auto")]
    pub accept_all: bool,
    /// Accepts the changes with gate `auto`, but those of --reject.
    #[arg(long)]
    pub accept_auto: bool,
    /// Accepts a change in your words. May be given more than once.
    #[arg(long, value_name = "ID=TEXT", value_parser = edit)]
    pub edit: Vec<(String, String)>,
    /// Prints every change with all its evidence, its place in the ranking and the rule that decided.
    #[arg(short, long)]
    pub verbose: bool,
    /// Shows what the decision would write, and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Writes the review as one HTML page that needs nothing else. What you decide in it, it gives as the
    /// command to type; it changes nothing itself.
    #[arg(long, value_name = "FILE",
          conflicts_with_all = ["accept", "reject", "accept_all", "accept_auto", "edit", "reopen", "dry_run"])]
    pub html: Option<PathBuf>,
    /// Who decides, and why.
    #[command(flatten)]
    pub signed: Signed,
}

/// `ID=TEXT`.
fn edit(given: &str) -> std::result::Result<(String, String), String> {
    match given.split_once('=') {
        Some((id, text)) if !id.is_empty() => Ok((id.into(), text.into())),
        _ => Err("an edit is written ID=TEXT".into()),
    }
}

impl Review {
    fn decides(&self) -> bool {
        self.accept_all
            || self.accept_auto
            || !(self.accept.is_empty() && self.reject.is_empty() && self.edit.is_empty())
    }
}

/// Prints the plan that waits, writes it as a page, or decides about it.
pub fn review(common: &Common, args: &Review) -> Result<Reply> {
    let now = args.signed.now.unwrap_or_else(clock);
    let on_terminal =
        stdin().is_terminal() && stdout().is_terminal() && stderr().is_terminal() && !common.json;
    if let Some(file) = &args.html {
        page::write(&Place::open(common, Access::Read)?, file, now, common.json)
    } else if !args.reopen.is_empty() {
        super::decide(common, args.dry_run, |place| {
            reopen::reopen(place, &args.reopen, &args.signed, now)
        })
    } else if args.decides() {
        super::decide(common, args.dry_run, |mut place| {
            let mut waiting = waiting::look(&place, now)?.ok_or(Error::NoPlan)?;
            let (choice, counted) = choice(&place, &waiting, args)?;
            let mut reply = decide::decide(&mut place, &mut waiting, &choice, &args.signed, now)?;
            reply.text.push_str(&counted);
            Ok(reply)
        })
    } else if on_terminal && !args.verbose {
        super::decide(common, args.dry_run, |place| ask::ask(place, args, now))
    } else {
        let access = if args.dry_run { Access::Rehearse } else { Access::Read };
        let place = Place::open(common, access)?;
        let mut reply = match args.verbose {
            true => show::show(&place, None, false)?,
            false => show::brief(&place)?,
        };
        if place.state.has_waiting_plan()? {
            reply.text.push_str(&how());
        }
        Ok(reply)
    }
}

/// How a decision is made without a terminal.
fn how() -> String {
    format!(
        "\nTo decide: {} (`--reject ID…`, `--edit ID=TEXT`, `--accept-all`; `--dry-run` shows what would be \
         written).\n",
        next::command("review --accept ID…")
    )
}

/// What the flags say, and a line about kept answers that count too.
fn choice(place: &Place, waiting: &Waiting, args: &Review) -> Result<(Choice, String)> {
    let (words, texts): (Vec<String>, Vec<String>) = args.edit.iter().cloned().unzip();
    // All at once, so that an error names everything that is wrong.
    waiting.ids(&place.state, &[&args.accept[..], &args.reject, &words].concat())?;
    let mut reject = waiting.ids(&place.state, &args.reject)?;
    let mut edits = Vec::new();
    for (word, text) in words.into_iter().zip(texts) {
        let change = waiting.ids(&place.state, &[word])?.concat();
        edits.push(Rewording { change, text });
    }
    let named = waiting.ids(&place.state, &args.accept)?;
    let reworded = |id: &String| edits.iter().any(|edit| edit.change == *id);
    if let Some(id) = reject.iter().find(|id| named.contains(id) || reworded(id)) {
        return Err(Error::Usage(format!("{id} is both accepted and rejected")));
    }
    let edited: Vec<String> = edits.iter().map(|edit| edit.change.clone()).collect();
    waiting.accepted(&[&named[..], &edited].concat())?;
    if args.accept_all || args.accept_auto {
        return decide::group(&place.state, waiting, args.accept_all, named, reject, edits);
    }
    let is_named = |id: &str| named.iter().any(|of| of == id);
    let counted = kept::count(&place.state, is_named, is_named, &mut reject, &mut edits)?;
    let mut accept = [named, edits.iter().map(|edit| edit.change.clone()).collect()].concat();
    accept.sort();
    accept.dedup();
    Ok((Choice { reject, edits, ..Choice::only(accept) }, counted))
}
