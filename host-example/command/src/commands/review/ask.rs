//! A review on a terminal: one question for each change, one confirmation at the end.

use std::fmt::Write as _;

use dreaming_wasmtime::{NewRevision, Rewording};
use inquire::{Confirm, Select};
use serde_json::json;

use super::kept::{self, Answers, Verdict};
use super::prompt::{self, Next, Stop, pick};
use super::questions::Questions;
use super::{Review, editor};
use crate::commands::decide::{self, Choice};
use crate::commands::guards;
use crate::commands::waiting::{self, Waiting};
use crate::commands::{Place, show};
use crate::document::Change;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::output::text::brief;
use crate::output::theme::DIM;
use crate::output::{self, Reply, next, text, words};

/// Asks about every change of the plan that waits.
pub fn ask(mut place: Place, args: &Review, now: i64) -> Result<Reply> {
    let mut waiting = waiting::look(&place, now)?.ok_or(Error::NoPlan)?;
    // Nobody answers questions about a plan of which nothing can be accepted.
    guards::check(&place, &waiting.stored.request)?;
    prompt::dress();
    say(&brief::head(&waiting.plan));
    say(&decide::fell_away(&waiting));
    say(&others(&waiting));
    let mut answers = kept::load(&place.state)?;
    say(&asked_anew(&mut answers, &waiting));
    let mut walk = true;
    loop {
        let desk = Desk { place: &place, waiting: &waiting, args, now };
        let revision = match desk.work(&mut answers, walk) {
            Ok(revision) => revision,
            Err(Stop::Quit) => return undecided(&place, &answers, 0),
            Err(Stop::Interrupted) => {
                prompt::leave();
                return undecided(&place, &answers, 1);
            }
            Err(Stop::Failed(error)) => {
                kept::keep(&place.state, &answers)?;
                return Err(error);
            }
        };
        match decide::commit(&mut place, &mut waiting, &revision) {
            // Somebody wrote meanwhile, so the review begins again with the answers kept.
            Err(Error::Conflict(why)) => output::note(&why),
            done => return done,
        }
        kept::keep(&place.state, &answers)?;
        interrupt::heed();
        waiting = waiting::look(&place, now)?.ok_or(Error::NoPlan)?;
        say(&lost(&answers, &waiting));
        say(&asked_anew(&mut answers, &waiting));
        walk = false;
    }
}

/// Prints text at the width of the terminal.
fn say(text: &str) {
    output::say(&text::wrap(text));
}

/// Lines about answers whose changes are no longer open.
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

/// Takes back answers to changes that are about other words by now, so that they are asked about again. Returns lines
/// about them, with the words that a person had typed.
fn asked_anew(answers: &mut Answers, waiting: &Waiting) -> String {
    let mut out = String::new();
    answers.retain(|id, verdict| {
        let Some(word) = verdict.word().filter(|_| waiting.reworded.contains(id)) else {
            return true;
        };
        let yours = match verdict {
            Verdict::Reword(text) => format!("; your words were: {}", text::one_line(text)),
            _ => String::new(),
        };
        let id = text::one_line(id);
        let _ = writeln!(out, "{id}: its words were edited since, so {word} does not count{yours}");
        false
    });
    out
}

/// The reply when the person leaves: the answers are kept, but nothing is decided.
fn undecided(place: &Place, answers: &Answers, code: u8) -> Result<Reply> {
    let kept = kept::keep(&place.state, answers)?;
    let mut text = String::from("Nothing was decided. The plan still waits.\n");
    if kept > 0 {
        let kept = text::count(kept, "answer");
        let _ = writeln!(text, "{kept} kept: {} goes on from there.", next::command("review"));
    }
    Ok(Reply { text, json: json!({"outcome": "undecided", "revision": null, "kept": kept}), code })
}

/// A line that counts what a person is not asked about.
fn others(waiting: &Waiting) -> String {
    let plan = &waiting.plan;
    let lines = Questions::of(plan).lines.len();
    let counts = [
        (
            lines,
            if lines == 1 {
                "index line, decided with its entry"
            } else {
                "index lines, each decided with its entry"
            },
        ),
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

/// A review that is under way.
struct Desk<'a> {
    place: &'a Place,
    waiting: &'a Waiting,
    args: &'a Review,
    now: i64,
}

impl Desk<'_> {
    /// Asks until the person confirms a decision that can be applied. It begins with the first
    /// change that has no answer; without `walk` it first asks only to confirm `answers`. When it
    /// returns, `answers` holds all answers given, even after an error.
    fn work(&self, answers: &mut Answers, walk: bool) -> std::result::Result<NewRevision, Stop> {
        let questions = Questions::of(&self.waiting.plan);
        let changes = &questions.changes;
        let so_far = |change: &Change| answers.get(&change.id).cloned();
        let mut verdicts: Vec<Verdict> =
            changes.iter().map(|(_, change)| so_far(change).unwrap_or(Verdict::Open)).collect();
        let decision = self.decide(&questions, &mut verdicts, walk);
        *answers = given(&questions, &verdicts);
        decision
    }

    fn decide(
        &self,
        questions: &Questions<'_>,
        verdicts: &mut [Verdict],
        mut walk: bool,
    ) -> std::result::Result<NewRevision, Stop> {
        let known = decided(verdicts) as u64;
        let mut from = 0;
        if walk && known > 0 {
            output::note(&format!(
                "{} of an earlier review still {}",
                text::count(known, "answer"),
                if known == 1 { "stands" } else { "stand" }
            ));
            from = verdicts.iter().position(|v| *v == Verdict::Open).unwrap_or(0);
        }
        loop {
            let before_none = if walk { self.walk(questions, verdicts, from)? } else { None };
            (walk, from) = (true, 0);
            if decided(verdicts) == 0 {
                return Err(Stop::Quit);
            }
            say(&questions.summary(verdicts));
            // Keep the answers now, because Ctrl-C may end the process while the decision is
            // computed.
            let sure = before_none.as_deref().unwrap_or(verdicts);
            kept::keep(&self.place.state, &given(questions, sure))?;
            match (self.confirmed(questions, verdicts), before_none) {
                (Ok(Some(revision)), _) => return Ok(revision),
                (other, None) => drop(other?),
                (other, Some(before)) => {
                    let again = decided(verdicts) - decided(&before);
                    verdicts.clone_from_slice(&before);
                    other?;
                    output::note(&format!("`none` is taken back: {again} left open again"));
                }
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

    /// The revision of the decision, if it can be applied and the person confirms it.
    fn confirmed(
        &self,
        questions: &Questions<'_>,
        verdicts: &[Verdict],
    ) -> std::result::Result<Option<NewRevision>, Stop> {
        let choice = questions.choice(verdicts);
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
        say(&files(&revision));
        let ask = || Confirm::new("Is that your decision?").with_default(false).prompt_skippable();
        Ok(prompt::insist(ask)?.then_some(revision))
    }

    /// Asks one question after the other. After a `none` it returns the answers before that,
    /// because `none` is easily typed by mistake and counts only when it is confirmed.
    fn walk(
        &self,
        questions: &Questions<'_>,
        verdicts: &mut [Verdict],
        from: usize,
    ) -> std::result::Result<Option<Vec<Verdict>>, Stop> {
        let changes = &questions.changes;
        let mut at = from;
        while let Some((cause, change)) = changes.get(at) {
            let left = || (at..changes.len()).take_while(|at| changes[*at].0 == *cause);
            let for_all = || left().filter(|at| !changes[*at].1.alone);
            let title = text::one_line(words::cause(cause));
            let answer = verdicts[at].clone();
            let before = answer.word().map(|word| format!(", so far: {word}"));
            let number = format!("{} of {}{}", at + 1, changes.len(), before.unwrap_or_default());
            let mut shown = format!("\n{}  ({number})\n", text::head(&title));
            self.item(&mut shown, questions, change, &answer);
            say(&shown);
            let mut options = vec![Next::Accept, Next::Reject];
            if change.text.is_some() && *cause != "index" {
                options.push(Next::Edit);
            }
            options.push(Next::Skip);
            if answer != Verdict::Open {
                options.push(Next::Open);
            }
            options.push(Next::Why);
            if for_all().count() > 1 {
                options.push(Next::All(title, for_all().count()));
            }
            if at > 0 {
                options.push(Next::Back);
            }
            options.extend([Next::Finish, Next::None(changes.len() - at), Next::Quit]);
            // If the change has an answer, Enter alone keeps it.
            let enter = (answer != Verdict::Open).then_some(&Next::Skip);
            match pick(&options, enter)? {
                Next::Accept => verdicts[at] = accepted(&answer),
                Next::Reject => verdicts[at] = Verdict::Reject,
                Next::Skip => {}
                Next::Open => verdicts[at] = Verdict::Open,
                Next::Edit => {
                    kept::keep(&self.place.state, &given(questions, verdicts))?;
                    match self.reword(change, &answer)? {
                        Some(text) => verdicts[at] = Verdict::Reword(text),
                        None => continue,
                    }
                }
                Next::All(..) => {
                    for_all().for_each(|at| verdicts[at] = accepted(&verdicts[at]));
                    at += left().count();
                    continue;
                }
                Next::Back => {
                    at -= 1;
                    continue;
                }
                Next::Why => {
                    let mut whole = String::new();
                    let files = |session: &str, part: &str| show::file(self.place, session, part);
                    text::why(&mut whole, change, &files);
                    say(&whole);
                    continue;
                }
                Next::Finish => return Ok(None),
                Next::None(_) => {
                    let before = verdicts.to_vec();
                    verdicts.iter_mut().skip(at).for_each(|verdict| *verdict = Verdict::Reject);
                    return Ok(Some(before));
                }
                Next::Quit => return Err(Stop::Quit),
            }
            at += 1;
        }
        Ok(None)
    }

    /// Prints a change in the words of its answer, with the index lines that follow from it.
    fn item(&self, out: &mut String, questions: &Questions<'_>, change: &Change, answer: &Verdict) {
        let text = words_of(change, answer);
        brief::item(out, &self.waiting.plan, &Change { text, ..change.clone() });
        let indent = " ".repeat(brief::short(&self.waiting.plan, &change.id).chars().count() + 4);
        for line in questions.lines_of(&change.id) {
            let _ = writeln!(out, "{indent}{DIM}{}{DIM:#}", text::one_line(&line.note()));
        }
    }

    /// Asks for other words until the engine accepts them; `None` when the person gives none.
    fn reword(
        &self,
        change: &Change,
        answer: &Verdict,
    ) -> std::result::Result<Option<String>, Stop> {
        let mut words = words_of(change, answer).unwrap_or_default();
        loop {
            let Some(given) = editor::edit(&words)? else {
                output::note("The words are as they were.");
                return Ok(None);
            };
            let edits = vec![Rewording { change: change.id.clone(), text: given.clone() }];
            let choice = Choice { edits, ..Choice::only(vec![change.id.clone()]) };
            match decide::made(self.place, self.waiting, &choice, &self.args.signed, self.now) {
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

/// The verdicts in the form in which they are kept: by id of the change.
fn given(questions: &Questions<'_>, verdicts: &[Verdict]) -> Answers {
    let ids = questions.changes.iter().map(|(_, change)| change.id.clone());
    ids.zip(verdicts.iter().cloned()).collect()
}

/// The text of a change after the answer to it: the person's words, else its own.
fn words_of(change: &Change, answer: &Verdict) -> Option<String> {
    match answer {
        Verdict::Reword(words) => Some(words.clone()),
        _ => change.text.clone(),
    }
}

/// The answer after a yes: words that a person gave before stay.
fn accepted(answer: &Verdict) -> Verdict {
    match answer {
        Verdict::Reword(words) => Verdict::Reword(words.clone()),
        _ => Verdict::Accept,
    }
}

/// How many changes are not left open.
fn decided(verdicts: &[Verdict]) -> usize {
    verdicts.iter().filter(|verdict| **verdict != Verdict::Open).count()
}

/// A line with the files that will be written.
fn files(revision: &NewRevision) -> String {
    let paths: Vec<String> =
        revision.memories.iter().map(|write| text::one_line(&write.path)).collect();
    match paths.as_slice() {
        [] => "  no file changes\n".into(),
        paths => format!("  to be written: {}\n", paths.join(", ")),
    }
}
