//! A review on a terminal: one question for each change, one confirmation at the end.

use std::fmt::Write as _;

use dreaming_wasmtime::{NewRevision, Rewording};
use inquire::{Confirm, Select};
use serde_json::json;

use super::kept::{self, Answers, Verdict};
use super::prompt::{self, Next, Stop, pick};
use super::{Review, editor};
use crate::commands::decide::{self, Choice};
use crate::commands::waiting::{self, Waiting};
use crate::commands::{Place, show};
use crate::document::Change;
use crate::error::{Error, Result};
use crate::output::text::brief;
use crate::output::{self, Reply, next, text, words};

/// Asks about every change of the plan that waits.
pub fn ask(mut place: Place, args: &Review, now: i64) -> Result<Reply> {
    let mut waiting = waiting::look(&place, now)?.ok_or(Error::NoPlan)?;
    prompt::dress();
    output::say(&brief::head(&waiting.plan));
    output::say(&decide::fell_away(&waiting));
    output::say(&others(&waiting));
    let mut answers = kept::load(&place.state)?;
    let mut walk = true;
    loop {
        let desk = Desk { place: &place, waiting: &waiting, args, now };
        let revision = match desk.work(&mut answers, walk) {
            Ok(revision) => revision,
            Err(Stop::Quit) => return undecided(&place, &answers, 0),
            Err(Stop::Interrupted) => return undecided(&place, &answers, 1),
            Err(Stop::Failed(error)) => {
                kept::keep(&place.state, &answers)?;
                return Err(error);
            }
        };
        match decide::commit(&mut place, &mut waiting, &revision) {
            // Somebody wrote while the questions were asked: the answers are not lost.
            Err(Error::Conflict(why)) => output::note(&why),
            done => return done,
        }
        waiting = waiting::look(&place, now)?.ok_or(Error::NoPlan)?;
        output::say(&lost(&answers, &waiting));
        walk = false;
    }
}

/// The answers of which the changes are gone, in lines.
fn lost(answers: &Answers, waiting: &Waiting) -> String {
    let mut out = String::new();
    for (id, verdict) in answers {
        let open = waiting.plan.change(id).is_some_and(Change::is_open);
        let Some(word) = verdict.word().filter(|_| !open) else { continue };
        let stale = waiting.stale.iter().find(|stale| stale.id == *id);
        let why = stale.map_or("it cannot be decided about now", |stale| &stale.reason);
        let id = text::one_line(id);
        let _ = writeln!(out, "stale: {id}: not {word}ed, {}", text::one_line(why));
    }
    out
}

/// The reply when the person left: the answers are kept, and decide nothing.
fn undecided(place: &Place, answers: &Answers, code: u8) -> Result<Reply> {
    let kept = kept::keep(&place.state, answers)?;
    let mut text = String::from("Nothing was decided. The plan still waits.\n");
    if kept > 0 {
        let kept = text::count(kept, "answer");
        let _ = writeln!(text, "{kept} kept: {} goes on from there.", next::command("review"));
    }
    Ok(Reply { text, json: json!({"outcome": "undecided", "revision": null, "kept": kept}), code })
}

/// What nobody is asked about.
fn others(waiting: &Waiting) -> String {
    let plan = &waiting.plan;
    let counts = [
        (plan.gates().blocked as usize, "blocked"),
        (plan.conflicts.len(), "in open conflicts"),
        (plan.rejected.len(), "turned down"),
    ];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if parts.is_empty() {
        return String::new();
    }
    format!("Not asked about: {}; {} prints them.\n", parts.join(", "), next::command("show"))
}

/// What lies before the person.
struct Desk<'a> {
    place: &'a Place,
    waiting: &'a Waiting,
    args: &'a Review,
    now: i64,
}

impl Desk<'_> {
    /// Asks until the person confirms a decision that can be applied, from the first change without an answer
    /// on; without `walk` about changes only when `answers` are not confirmed. `answers` are those that were
    /// given, however it ends.
    fn work(&self, answers: &mut Answers, walk: bool) -> std::result::Result<NewRevision, Stop> {
        let changes: Vec<(&str, &Change)> = words::by_cause(&self.waiting.plan)
            .into_iter()
            .flat_map(|(cause, changes)| changes.into_iter().map(move |change| (cause, change)))
            .filter(|(_, change)| change.is_open())
            .collect();
        let so_far = |change: &Change| answers.get(&change.id).cloned();
        let mut verdicts: Vec<Verdict> =
            changes.iter().map(|(_, change)| so_far(change).unwrap_or(Verdict::Open)).collect();
        let decision = self.decide(&changes, &mut verdicts, walk);
        let ids = changes.iter().map(|(_, change)| change.id.clone());
        *answers = ids.zip(verdicts).collect();
        decision
    }

    fn decide(
        &self,
        changes: &[(&str, &Change)],
        verdicts: &mut [Verdict],
        mut walk: bool,
    ) -> std::result::Result<NewRevision, Stop> {
        let known = decided(verdicts) as u64;
        let mut from = 0;
        if walk && known > 0 {
            output::note(&format!(
                "{} of an earlier review still stand",
                text::count(known, "answer")
            ));
            from = verdicts.iter().position(|v| *v == Verdict::Open).unwrap_or(0);
        }
        loop {
            if walk {
                self.walk(changes, verdicts, from)?;
            }
            (walk, from) = (true, 0);
            if decided(verdicts) == 0 {
                return Err(Stop::Quit);
            }
            output::say(&summary(changes, verdicts));
            if let Some(revision) = self.confirmed(changes, verdicts)? {
                return Ok(revision);
            }
            let again = "go through the changes again";
            let next = prompt::insist(|| {
                let select = Select::new("And now?", vec![again, "quit (the answers are kept)"]);
                select.without_help_message().prompt_skippable()
            })?;
            if next != again {
                return Err(Stop::Quit);
            }
        }
    }

    /// The revision of a decision, when it can be applied and the person wants it.
    fn confirmed(
        &self,
        changes: &[(&str, &Change)],
        verdicts: &[Verdict],
    ) -> std::result::Result<Option<NewRevision>, Stop> {
        let choice = choice(changes, verdicts);
        let revision = match self.preview(&choice) {
            Ok(revision) => revision,
            Err(error) => {
                output::note(&format!("this cannot be applied: {error}"));
                return Ok(None);
            }
        };
        let decided = decide::verdicts(&revision)?;
        for id in choice.optional.iter().filter(|id| decided.iter().all(|v| v.change != **id)) {
            output::note(&format!("{id} stays open: it needs a change that is not accepted"));
        }
        if decided.is_empty() {
            output::note("That leaves nothing to apply.");
            return Ok(None);
        }
        output::say(&files(&revision));
        let ask = || Confirm::new("Is that your decision?").with_default(false).prompt_skippable();
        Ok(prompt::insist(ask)?.then_some(revision))
    }

    /// One question after the other.
    fn walk(
        &self,
        changes: &[(&str, &Change)],
        verdicts: &mut [Verdict],
        from: usize,
    ) -> std::result::Result<(), Stop> {
        let mut at = from;
        while let Some((cause, change)) = changes.get(at) {
            let left = || (at..changes.len()).take_while(|at| changes[*at].0 == *cause);
            let title = text::one_line(words::cause(cause));
            let before = verdicts[at].word().map(|word| format!(", so far: {word}"));
            let number = format!("{} of {}{}", at + 1, changes.len(), before.unwrap_or_default());
            let mut shown = format!("\n{}  ({number})\n", text::head(&title));
            brief::item(&mut shown, &self.waiting.plan, change);
            output::say(&shown);
            let mut options = vec![Next::Accept, Next::Reject];
            if change.text.is_some() && *cause != "index" {
                options.push(Next::Edit);
            }
            options.extend([Next::Skip, Next::Evidence]);
            if left().count() > 1 {
                options.push(Next::Cause(title, left().count()));
            }
            if at > 0 {
                options.push(Next::Back);
            }
            options.extend([Next::Finish, Next::RejectRest(changes.len() - at), Next::Quit]);
            match pick(&options)? {
                Next::Accept => verdicts[at] = Verdict::Accept,
                Next::Reject => verdicts[at] = Verdict::Reject,
                Next::Skip => verdicts[at] = Verdict::Open,
                Next::Edit => match self.reword(change)? {
                    Some(text) => verdicts[at] = Verdict::Reword(text),
                    None => continue,
                },
                Next::Cause(..) => {
                    let left: Vec<usize> = left().collect();
                    at += left.len();
                    left.into_iter().for_each(|at| verdicts[at] = Verdict::Accept);
                    continue;
                }
                Next::Back => {
                    at -= 1;
                    continue;
                }
                Next::Evidence => {
                    let mut whole = String::new();
                    let files = |session: &str, part: &str| show::file(self.place, session, part);
                    text::change(&mut whole, change, &files);
                    output::say(&whole);
                    continue;
                }
                Next::Finish => return Ok(()),
                Next::RejectRest(_) => {
                    verdicts.iter_mut().skip(at).for_each(|verdict| *verdict = Verdict::Reject);
                    return Ok(());
                }
                Next::Quit => return Err(Stop::Quit),
            }
            at += 1;
        }
        Ok(())
    }

    /// Other words for a change, such as the engine takes them; `None` when there are none.
    fn reword(&self, change: &Change) -> std::result::Result<Option<String>, Stop> {
        let mut words = change.text.clone().unwrap_or_default();
        loop {
            let Some(given) = editor::edit(&words)? else {
                output::note("The words are as they were.");
                return Ok(None);
            };
            let edits = vec![Rewording { change: change.id.clone(), text: given.clone() }];
            match self.preview(&Choice { edits, ..Choice::only(vec![change.id.clone()]) }) {
                Ok(_) => return Ok(Some(given)),
                Err(error) => output::note(&format!("these words cannot be taken: {error}")),
            }
            let again = Confirm::new("Edit again?").with_default(true).prompt_skippable()?;
            if again != Some(true) {
                return Ok(None);
            }
            words = given;
        }
    }

    fn preview(&self, choice: &Choice) -> Result<NewRevision> {
        decide::preview(self.place, self.waiting, choice, &self.args.signed, self.now)
    }
}

/// The decision.
fn choice(changes: &[(&str, &Change)], verdicts: &[Verdict]) -> Choice {
    let of = |wanted: fn(&Verdict) -> bool| -> Vec<String> {
        let chosen = changes.iter().zip(verdicts).filter(move |(_, verdict)| wanted(verdict));
        chosen.map(|((_, change), _)| change.id.clone()).collect()
    };
    let edits = changes.iter().zip(verdicts).filter_map(|((_, change), verdict)| {
        let Verdict::Reword(text) = verdict else { return None };
        Some(Rewording { change: change.id.clone(), text: text.clone() })
    });
    Choice {
        edits: edits.collect(),
        reject: of(|verdict| *verdict == Verdict::Reject),
        optional: of(|verdict| *verdict == Verdict::Accept).into_iter().collect(),
        ..Choice::only(of(|verdict| matches!(verdict, Verdict::Accept | Verdict::Reword(_))))
    }
}

/// How many changes are not left open.
fn decided(verdicts: &[Verdict]) -> usize {
    verdicts.iter().filter(|verdict| **verdict != Verdict::Open).count()
}

/// Every verdict in a line.
fn summary(changes: &[(&str, &Change)], verdicts: &[Verdict]) -> String {
    let mut out = String::from("\n");
    let mut open = 0;
    for ((_, change), verdict) in changes.iter().zip(verdicts) {
        let Some(word) = verdict.word() else {
            open += 1;
            continue;
        };
        let (id, path) = (text::one_line(&change.id), text::one_line(&change.path));
        let _ = writeln!(out, "  {word}  {id}  {} {path}", text::one_line(&change.operation));
        if let Verdict::Reword(words) = verdict {
            let _ = writeln!(out, "          + {}", text::one_line(words));
        }
    }
    let _ = writeln!(out, "  {open} left open");
    out
}

/// What is going to be written.
fn files(revision: &NewRevision) -> String {
    let paths: Vec<String> =
        revision.memories.iter().map(|write| text::one_line(&write.path)).collect();
    match paths.as_slice() {
        [] => "  no file changes\n".into(),
        paths => format!("  to be written: {}\n", paths.join(", ")),
    }
}
