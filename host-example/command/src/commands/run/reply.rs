//! What is said of a dream.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Settled;
use crate::document::{self, Plan, Report};
use crate::error::{Error, Result};
use crate::folder;
use crate::model::answer::not_asked_for;
use crate::model::choice::Choice;
use crate::model::desk::{self, Desk};
use crate::model::tally::Usage;
use crate::output::{self, Reply, next, text};
use crate::sessions::Found;
use crate::snapshot;
use crate::state::answers::asked::Lost;
use crate::state::plans::StoredPlan;
use crate::store::Left;

/// The model of which the price is told to who has none: a small one whose price is in the table.
const EXAMPLE: &str = "anthropic:claude-haiku-4-5";

/// A dream that came to an end.
pub struct Done<'a> {
    /// What it left.
    pub left: &'a Left,
    /// The plan.
    pub plan: &'a Plan,
    /// The plan as it is kept.
    pub stored: &'a StoredPlan,
    /// The sessions.
    pub found: &'a Found,
    /// What became of the plan.
    pub settled: Settled,
    /// What the model was asked, for people and for programs, if one was chosen.
    pub asked: Option<(String, Value)>,
    /// Whether the state keeps what was done, so that a next command can go on from it.
    pub keeps: bool,
}

impl Done<'_> {
    /// What is said of it.
    ///
    /// # Errors
    /// [`crate::error::Error::Damaged`], [`crate::error::Error::State`].
    pub fn reply(self, quiet: bool) -> Result<Reply> {
        let Self { left, plan, stored, found, settled, asked, keeps } = self;
        let report: Value = document::parse(&stored.report, "report")?;
        let known: Report = document::parse(&stored.report, "report")?;
        let pending = pending(left, plan, found)?;
        let (waiting, unseen) = askable(left, plan)?;
        let gates = plan.gates();
        let mut out = format!(
            "Read {}{}, {pending} pending{}{}. Proposed {}: {}.\n",
            text::count(known.sessions_read, "session"),
            some(known.sessions_asked_again, "asked about again"),
            some(waiting, "waiting for a model"),
            unknown(found),
            text::count(plan.changes.len() as u64, "change"),
            text::gates(gates)
        );
        if unseen > 0 && asked.is_none() && keeps {
            let estimate = format!("run --model {EXAMPLE} --estimate");
            let estimate = next::command(&estimate);
            let sessions = text::count(unseen, "session");
            let _ = writeln!(
                out,
                "No model has seen {sessions}; {estimate} says what that would cost."
            );
        }
        let (asked, model) = asked.unwrap_or_default();
        out.push_str(&asked);
        let blocked = blocked(plan, &stored.request.taken);
        if !blocked.is_empty() {
            let paths: Vec<String> = blocked.iter().map(|path| text::one_line(path)).collect();
            let paths = paths.join(", ");
            out.push_str(&format!("Blocked, because the file there is left alone: {paths}.\n"));
        }
        let warnings = known.warnings();
        for warning in &warnings {
            out.push_str(&format!("Look: {warning}.\n"));
        }
        let failure = failure(&known, stored);
        if !quiet {
            let notes = report.get("notes").and_then(Value::as_array).into_iter().flatten();
            notes.filter_map(Value::as_str).chain(failure.as_deref()).for_each(output::note);
        }
        let (word, revision) = match settled {
            Settled::Waits => {
                let review = next::command("review");
                out.push_str(&format!(
                    "The plan waits: {review} goes through it (or `apply`, or `discard`).\n"
                ));
                ("waiting", None)
            }
            Settled::Committed(number) => {
                out.push_str(&format!("Revision {number} was made of it.\n"));
                ("committed", Some(number))
            }
            Settled::Nothing => {
                out.push_str("Nothing to do.\n");
                ("nothing", None)
            }
        };
        let json = json!({
            "outcome": word,
            "revision": revision,
            "now": plan.now,
            "sessions": {
                "read": known.sessions_read, "asked_again": known.sessions_asked_again,
                "pending": pending, "waiting": waiting, "unseen": unseen,
            },
            "changes": gates,
            "conflicts": plan.conflicts.len(),
            "rejected": plan.rejected.len(),
            "report": report,
            "warnings": warnings,
            "blocked_paths": blocked,
            "skipped": {
                "memories": left.skipped, "sessions": found.skipped, "unknown": found.unknown,
            },
            "missed": left.missed,
            "model": model,
            "model_failure": failure,
        });
        Ok(Reply::new(out, json))
    }
}

/// A count of sessions with what they are; empty for none.
fn some(count: u64, what: &str) -> String {
    if count == 0 { String::new() } else { format!(", {count} {what}") }
}

/// How many files are in a form that nobody knows, if any.
fn unknown(found: &Found) -> String {
    match found.unknown.len() as u64 {
        0 => String::new(),
        files => format!(", {} in an unknown form", text::count(files, "file")),
    }
}

/// The paths of changes that are blocked because no memory can be written there.
fn blocked<'a>(plan: &'a Plan, taken: &[String]) -> BTreeSet<&'a str> {
    let paths = plan.changes.iter().map(|change| change.path.as_str());
    paths.filter(|path| folder::is_taken(taken, path)).collect()
}

/// How many model calls came to nothing, with the reason of the first one.
fn failure(report: &Report, stored: &StoredPlan) -> Option<String> {
    let (calls, failed) = (report.calls, report.calls_failed);
    let reason = || reason(stored);
    (failed > 0)
        .then(|| format!("{failed} of {} failed: {}", text::count(calls, "model call"), reason()))
}

/// Why the first call that came to nothing did.
pub fn reason(stored: &StoredPlan) -> String {
    let reason = |answer: &Value| {
        let said = |name: &str| answer.get(name).and_then(Value::as_str);
        let why = said("failed").or_else(|| desk::why_unusable(said("text")?));
        let refused = || (answer.as_str() == Some("refused")).then_some("the model refused");
        why.or_else(refused).map(str::to_owned)
    };
    // A call that was not made says why another one failed. What came back as text came to nothing only because
    // the engine could not use it.
    let reasons: Vec<String> = stored.answers.values().filter_map(reason).collect();
    let first = reasons.iter().find(|why| !why.starts_with("not asked")).or(reasons.first());
    first.cloned().unwrap_or_else(|| "the answer has no usable proposals".into())
}

/// Why a dream ends in which no answer about a session was of any use.
pub fn nothing_usable(report: &Report, stored: &StoredPlan, took: Vec<String>) -> Error {
    let said = |call: &String| stored.answers.get(call)?.get("text")?.as_str().map(str::to_owned);
    let why = match report.unusable.iter().find_map(said) {
        Some(text) => desk::why_unusable(&text).map_or_else(|| not_asked_for(&text), str::to_owned),
        None => "what the model said is not recorded".into(),
    };
    Error::NothingUsable {
        calls: report.unusable.len() as u64,
        why: text::one_line(&why),
        took,
        other: next::command(&format!("run --model {EXAMPLE} --estimate")),
    }
}

/// What the model was asked and what it took.
///
/// # Errors
/// Those of [`Choice::price`].
pub fn asked(choice: &Choice, desk: &Desk, report: &Report) -> Result<(String, Value)> {
    let Some(name) = &choice.model else { return Ok(Default::default()) };
    let (tally, lost) = (desk.tally(), desk.lost());
    let price = choice.price()?;
    let mut out = format!(
        "Model {}: {}",
        text::one_line(&name.to_string()),
        text::count(tally.asked, "call")
    );
    let parts = [
        (tally.recorded, "answered from the record"),
        (tally.answered, "answered"),
        (tally.refused, "refused"),
        (tally.unusable, "answered by what nobody can use"),
        (tally.failed, "without an answer"),
        (tally.not_asked, "not made"),
        (tally.given_up, "not made again, for nobody could use their answers"),
        (tally.not_kept, "paid for and not recorded"),
        (tally.retries, "tried again"),
    ];
    for (count, what) in parts {
        out.push_str(&some(count, what));
    }
    let tokens = tally.tokens;
    if tokens.total() > 0 {
        out.push_str(&format!(
            "; tokens counted by the service: {} input, {} cache write, {} cache read, {} output",
            tokens.input, tokens.cache_write, tokens.cache_read, tokens.output
        ));
    }
    let cost = |tokens: Usage| desk.cost(tokens).filter(|_| tokens.total() > 0);
    let (aside, cost, cost_aside) = (tally.set_aside, cost(tokens), cost(tally.set_aside.tokens));
    if let (Some(cost), Some(price)) = (cost, &price) {
        out.push_str(&format!("; ${cost:.4} at the prices of {}", text::one_line(&price.as_of)));
    }
    if aside.tries > 0 {
        let (tries, tokens) = (tries(aside.tries), aside.tokens.total());
        out.push_str(&format!(
            "; set aside for {tries} without an answer: at most {tokens} tokens"
        ));
    }
    if let Some(cost) = cost_aside {
        out.push_str(&format!(", ${cost:.4}"));
    }
    let ratio = ratio(report);
    if let Some(ratio) = ratio {
        out.push_str(&format!("; input ÷ transcript {ratio:.2}"));
    }
    out.push_str(".\n");
    if let Some(lost) = of_earlier(&lost) {
        out.push_str(&format!("Look: {lost}.\n"));
    }
    let json = json!({
        "name": name.to_string(),
        "calls": tally,
        "earlier": lost,
        "cost": cost,
        "cost_set_aside": cost_aside,
        "prices": price.map(|price| price.as_of),
        "input_per_transcript": ratio,
    });
    Ok((out, json))
}

/// What a dream took that got no answer to any call, as far as that is not nothing.
pub fn took(desk: &Desk) -> Vec<String> {
    let tally = desk.tally();
    let (counted, aside) = (tally.tokens.total(), tally.set_aside);
    let counted = (counted > 0).then(|| format!("the service counted {counted} tokens"));
    let aside = (aside.tries > 0).then(|| {
        let (tries, tokens) = (tries(aside.tries), aside.tokens.total());
        format!("{tries} may have been paid for, at most {tokens} tokens")
    });
    counted.into_iter().chain(aside).chain(of_earlier(&desk.lost())).collect()
}

/// What earlier runs took that were ended in the middle of their calls.
fn of_earlier(lost: &Lost) -> Option<String> {
    let Lost { calls, tokens, .. } = lost;
    let told = || {
        let calls = text::count(*calls, "call");
        format!(
            "{calls} of an earlier run got no answer and may have been paid for, at most {tokens} tokens"
        )
    };
    (*calls > 0).then(told)
}

fn tries(number: u64) -> String {
    if number == 1 { "1 try".into() } else { format!("{number} tries") }
}

/// Tokens of all prompts over those of what there was to show, both as a quarter of the characters.
pub fn ratio(report: &Report) -> Option<f64> {
    let tokens = |characters: u64| characters.div_ceil(4) as f64;
    let (prompts, transcripts) = (report.prompt_characters, report.transcript_characters);
    (transcripts > 0).then(|| tokens(prompts) / tokens(transcripts))
}

/// Sessions that wait for a model that gave no answer, and those that no model has seen, when the plan is settled:
/// those of the store, and those of the plan.
fn askable(left: &Left, plan: &Plan) -> Result<(u64, u64)> {
    let head = left.state.head()?.map_or(0, |head| head.number);
    let ledger = left.state.ledger_at(head)?;
    let (mut waits, mut unseen) = (snapshot::waiting(&ledger)?, snapshot::unseen(&ledger)?);
    for result in &plan.sessions {
        if let Some(record) = &result.outcome.record {
            for (set, is) in [(&mut waits, record.waits()), (&mut unseen, record.is_unseen())] {
                match is {
                    true => set.insert(result.session.clone()),
                    false => set.remove(&result.session),
                };
            }
        }
    }
    Ok((waits.len() as u64, unseen.len() as u64))
}

/// Sessions that no dream has read yet, this one included.
fn pending(left: &Left, plan: &Plan, found: &Found) -> Result<u64> {
    let head = left.state.head()?.map_or(0, |head| head.number);
    let cursor = snapshot::cursor(&left.state.ledger_at(head)?)?;
    let read_now =
        |id: &str| plan.sessions.iter().any(|s| s.session == id && s.outcome.state == "read");
    let pending = found
        .sessions
        .iter()
        .filter(|session| snapshot::is_unread(session, &cursor) && !read_now(&session.id));
    Ok(pending.count() as u64)
}
