//! The last lines of a dream for a person: counts when nothing is proposed, why nothing is, and
//! what to do next.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_models::name::Name;
use dreaming_wasmtime::Engine;
use serde_json::Map;

use super::again::Again;
use super::counts;
use super::estimate::{self, Counted};
use super::settle::Settled;
use crate::cli::{Common, Run};
use crate::commands::{Place, stats};
use crate::document::{self, Plan, Report, Revision, Stats};
use crate::error::Result;
use crate::folder::Folder;
use crate::output::{next, text, words};
use crate::sessions::Found;
use crate::snapshot;
use crate::state::{Access, State, place};
use crate::store::Left;

/// The number of the revision that a first dream makes: the one before it keeps the memories as they were.
const FIRST: u64 = 2;

/// The end of a dream, from which the lines for a person are made.
pub struct End<'a> {
    /// The engine that dreamt.
    pub engine: &'a Engine,
    /// The options of the run.
    pub args: &'a Run,
    /// The options that name the store, with the configuration.
    pub common: &'a Common,
    /// What the dream left.
    pub left: &'a Left,
    /// The plan.
    pub plan: &'a Plan,
    /// The report.
    pub report: &'a Report,
    /// The sessions.
    pub found: &'a Found,
    /// What became of the plan.
    pub settled: Settled,
    /// Whether a model was asked.
    pub asked: bool,
}

impl End<'_> {
    /// What a person is told at the end, a line each.
    ///
    /// # Errors
    /// [`crate::error::Error::State`], [`crate::error::Error::Damaged`], [`crate::error::Error::Engine`].
    pub fn lines(&self) -> Result<Vec<String>> {
        let mut lines: Vec<String> = Vec::new();
        lines.extend(self.left_over()?);
        lines.extend(self.kept_outside()?);
        if self.plan.changes.is_empty() && self.settled != Settled::Waits {
            let taken_back = taken_back(&self.left.state)?;
            let counted = self.counted(taken_back.is_some())?;
            let rejected = rejected(&self.left.state)?;
            lines.extend([taken_back, rejected, counted].into_iter().flatten());
        }
        if self.asked {
            lines.extend(self.nothing_said());
        } else {
            lines.extend(self.closer()?);
        }
        Ok(lines)
    }

    /// A line about sessions that are left because a dream reads only so many.
    fn left_over(&self) -> Result<Option<String>> {
        let unread = self.plan.sessions.iter().filter(|session| session.outcome.state == "pending");
        let pending = counts::pending(self.left, self.plan, self.found)?;
        let left = pending.saturating_sub(unread.count() as u64);
        let read = self.report.sessions_read;
        Ok((left > 0 && read > 0).then(|| {
            format!(
                "One dream reads {} at most (`--limit`, or the setting `dream.max-sessions`): {} left for the next.",
                text::count(read, "session"),
                if left == 1 { "1 is".into() } else { format!("{left} are") }
            )
        }))
    }

    /// A line about where the history is, after the first dream over a whole repository: it cannot be inside the
    /// memory folder, so it is in no place where a person looks for it.
    fn kept_outside(&self) -> Result<Option<String>> {
        let memory = self.common.memory();
        let is_repository = memory.join(".git").exists() && self.common.state.is_none();
        let is_first = self.report.sessions_read > 0;
        if !is_repository
            || !is_first
            || self.left.state.head()?.is_some_and(|head| head.number > FIRST)
        {
            return Ok(None);
        }
        let dir = place::place(&Folder::open(memory)?, None)?;
        Ok(Some(format!(
            "The history of this memory is kept beside its repository, in {}; `--state` names another place.",
            text::one_line(&dir.to_string_lossy())
        )))
    }

    /// A line about a model that answered about sessions and of which no proposal is left.
    fn nothing_said(&self) -> Option<String> {
        let report = self.report;
        let is_empty = report.proposals == 0
            && report.calls_answered > 0
            && report.sessions_read + report.sessions_asked_again > 0;
        let calls = text::count(report.calls_answered, "call");
        let fell = self.plan.rejected.iter().filter(|rejected| rejected.stage == "check");
        let reasons: Vec<&str> = fell.map(|fell| words::turned_down(&fell.reason)).collect();
        let said = match reasons.first() {
            None => "and proposed nothing".into(),
            Some(first) => {
                let same = reasons.iter().filter(|reason| *reason == first).count();
                let all = reasons.len() as u64;
                let show = match self.settled {
                    Settled::Waits => Some("show".into()),
                    Settled::Committed { number, .. } => Some(format!("show {number}")),
                    Settled::Nothing => None,
                };
                let show = show.map(|show| format!("; {} prints each", next::command(&show)));
                format!(
                    "and nothing that it said passed the check: {} turned down ({}{}){}",
                    text::count(all, "statement"),
                    if same == reasons.len() { String::new() } else { format!("{same}: ") },
                    text::one_line(first),
                    show.unwrap_or_default()
                )
            }
        };
        is_empty.then(|| format!("The model answered {calls} {said}."))
    }

    /// What was counted when nothing is proposed. `is_told`: the reason was printed already.
    fn counted(&self, is_told: bool) -> Result<Option<String>> {
        let state = &self.left.state;
        if self.report.sessions_read + self.report.sessions_asked_again == 0 {
            let read = self.found.sessions.len() as u64;
            let pending = counts::pending(self.left, self.plan, self.found)?;
            let all = match read {
                1 => "The session was read before".to_owned(),
                _ => format!("All {read} sessions were read before"),
            };
            let last = last_dream(state)?;
            return Ok((read > 0 && pending == 0)
                .then(|| last.map(|last| format!("{all}, last in revision {last}.")))
                .flatten());
        }
        let head = state.head()?.map_or(0, |head| head.number);
        let contents = snapshot::at(state, head)?;
        let figures = stats::document_of(self.engine, &contents, &Map::new(), self.plan.now)?;
        let figures: Stats = document::parse(&figures, "figures")?;
        let all = &figures.totals;
        if all.calls == 0 {
            return Ok(None);
        }
        let once = match self.report.waiting {
            0 => String::new(),
            1 => " What was seen in one session waits for a second one: 1 thing.".into(),
            some => format!(" What was seen in one session waits for a second one: {some} things."),
        };
        let known = snapshot::cursor(&contents.ledger)?.len() as u64;
        let mut sessions = text::count(all.sessions.min(known), "session");
        // The history also counts the sessions of earlier dreams, and unread sessions that forks
        // repeat.
        if known > self.report.sessions_read + self.report.sessions_asked_again {
            sessions = format!("all {sessions} read so far");
        }
        let repeated = all.sessions.saturating_sub(known);
        if repeated > 0 {
            sessions.push_str(&format!(" and {repeated} that only forks repeat"));
        }
        let stats = next::command("stats");
        Ok(Some(match all.mistakes.len() as u64 {
            0 => {
                let calls = if all.calls == 1 { "call of a tool" } else { "calls of tools" };
                let why = match all.failed_calls > 0 && !is_told {
                    true => ", in no way that recurred often enough to be proposed",
                    false => "",
                };
                format!(
                    "Counted in {sessions}: {} of {} {calls} failed{why}; {stats} lists them by tool.{once}",
                    all.failed_calls, all.calls
                )
            }
            some => format!(
                "Counted in {sessions}: {} recurred, and nothing new follows from that; {stats} lists them.{once}",
                text::count(some, "failure")
            ),
        }))
    }

    /// A line about what a dream with a model would cost. It has figures only if counting them
    /// reads no more than this dream did.
    fn closer(&self) -> Result<Option<String>> {
        let (waiting, unseen) = counts::askable(&self.left.state, self.plan)?;
        let open = unseen.max(waiting);
        if open == 0 {
            return Ok(None);
        }
        let again = Again::of(self.args, self.common, self.settled == Settled::Waits)?;
        // A trigger runs often and nobody reads its output, so nothing is counted then.
        let counts = !self.args.due.if_due;
        // An error here does not fail the dream: the person sees it when they type the command.
        let counted = counts.then(|| self.count(&again).ok().flatten()).flatten();
        Ok(Some(match counted {
            Some(counted) => looked(&again, &counted, open, self.limit()),
            None if unseen == 0 => format!(
                "Waiting for a model: {}; {} says what that would cost.",
                text::count(waiting, "session"),
                again.command("--estimate")
            ),
            None => format!(
                "No model has seen {}; {} says what that would cost.",
                text::count(unseen, "session"),
                again.command("--estimate")
            ),
        }))
    }

    /// Most dollars of a dream in the user's file. A dream without a model has no option for it.
    fn limit(&self) -> Option<f64> {
        let mut held = self.common.config.held.iter();
        held.find(|held| held.name == "max-cost")?.value.as_f64()
    }

    fn count(&self, again: &Again) -> Result<Option<Counted>> {
        let place = Place::open(self.common, Access::Rehearse)?;
        estimate::count(place, &again.args, self.common, Some(self.report.sessions_read))
    }
}

/// What a dream with a model takes, where it stops with a `limit` of dollars, and the command for
/// it.
fn looked(again: &Again, counted: &Counted, unseen: u64, limit: Option<f64>) -> String {
    let (estimate, command) = (&counted.estimate, again.command(""));
    let name = again.model.to_string();
    let name = text::one_line(name.split_once(':').map_or(&*name, |(_, name)| name));
    let calls = text::count(estimate.calls, "call");
    if estimate.calls == 0 {
        return match estimate.known {
            0 if unseen > counted.found.sessions.len() as u64 => format!(
                "No model has seen {}, but not all of them are among those that this dream was told of: name them too.",
                text::count(unseen, "session")
            ),
            0 => {
                format!("A model would be asked nothing about {}.", text::count(unseen, "session"))
            }
            known => format!(
                "What {name} answered to {} is recorded and costs nothing: {command} looks closer.",
                text::count(known, "call")
            ),
        };
    }
    let usage = estimate.usage;
    let takes = match counted.price.as_ref().map(|dated| dated.price.of(usage)) {
        Some(cost) if cost < 0.01 => format!("{calls}, less than $0.01 with {name}"),
        Some(cost) => format!("{calls}, about ${cost:.2} with {name}"),
        None => format!(
            "{calls} of about {} tokens with {name} (no price of it is known)",
            usage.total()
        ),
    };
    let rest = match counted.report.calls_over_budget + estimate.over {
        0 => String::new(),
        over => format!(" ({over} more would wait for the next dream)"),
    };
    let most = counted.price.as_ref().map(|dated| dated.price.of(estimate.at_most()));
    let stop = most.map(|most| estimate::stops(most, limit)).unwrap_or_default();
    // The user's own server may need no key.
    let key = key_first(&again.model).filter(|_| again.args.model.model_url.is_none());
    let key = key.map(|key| format!(" (set {key} first)")).unwrap_or_default();
    format!("{takes}, would look closer: {command}{key}{rest}{stop}.")
}

/// The variable that has to be set before the model can be asked, if it is not.
fn key_first(model: &Name) -> Option<&'static str> {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let names: &[&str] = match model {
        Name::Anthropic(_) => &["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"],
        Name::OpenAi(_) => &["OPENAI_API_KEY"],
        Name::Exec(_) | Name::Agent(_) => &[],
    };
    if names.iter().any(is_set) { None } else { names.first().copied() }
}

/// The newest revision that a dream made.
fn last_dream(state: &State) -> Result<Option<u64>> {
    for stored in state.revisions(0, u64::MAX)?.iter().rev() {
        let record: Revision = document::parse(&stored.record, "revision record")?;
        if record.kind == "dream" {
            return Ok(Some(stored.number));
        }
    }
    Ok(None)
}

/// Why nothing is proposed after a revert: what a person took back comes up again with new evidence only.
fn taken_back(state: &State) -> Result<Option<String>> {
    let mut revisions = Vec::new();
    for stored in state.revisions(0, u64::MAX)? {
        let record: Revision = document::parse(&stored.record, "revision record")?;
        revisions.push((stored.number, record));
    }
    let changed = |record: &Revision| {
        record.kind == "dream" && record.verdicts.iter().any(|verdict| verdict.accepted)
    };
    let last =
        revisions.iter().rev().find(|(_, record)| record.kind == "revert" || changed(record));
    let Some((number, Revision { restores: Some(restores), .. })) = last else { return Ok(None) };
    let target = state.revision(restores)?.number;
    let mut undone = revisions.iter().rev().skip_while(|(at, _)| at >= number);
    let undone = undone.find(|(at, record)| *at > target && changed(record));
    Ok(undone.map(|(undone, _)| {
        let back = match snapshot::at(state, *undone) {
            Ok(_) => {
                format!("; {} brings it back", next::command(&format!("revert {undone}")))
            }
            // Words of it were erased.
            Err(_) => String::new(),
        };
        format!(
            "What revision {undone} had changed is not proposed: revision {number} took it back, and only new evidence brings it up again{back}."
        )
    }))
}

/// Most revisions with rejections that are named, the newest ones. Chosen by us: they fit a line.
const REJECTED_IN: usize = 3;

/// A line about changes that people rejected and never accepted since, with the revisions that show
/// them.
fn rejected(state: &State) -> Result<Option<String>> {
    // A revert rejects what was accepted, which is said elsewhere, and what was open again.
    let (mut rejected, mut reopened) = (BTreeMap::new(), BTreeMap::new());
    for stored in state.revisions(0, u64::MAX)? {
        let record: Revision = document::parse(&stored.record, "revision record")?;
        for verdict in record.verdicts {
            match &*record.kind {
                "reopen" => reopened.extend(rejected.remove_entry(&verdict.change)),
                "revert" => rejected.extend(reopened.remove_entry(&verdict.change)),
                "dream" if verdict.accepted => drop(rejected.remove(&verdict.change)),
                "dream" => drop(rejected.insert(verdict.change, stored.number)),
                _ => {}
            }
        }
    }
    let total = rejected.len() as u64;
    let revisions: BTreeSet<u64> = rejected.into_values().collect();
    let shown: Vec<String> = revisions
        .iter()
        .rev()
        .take(REJECTED_IN)
        .map(|number| next::command(&format!("show {number}")))
        .collect();
    let more = if revisions.len() > REJECTED_IN { " and earlier revisions" } else { "" };
    let (stays, what) = if total == 1 { ("stays", "it") } else { ("stay", "them") };
    Ok((total > 0).then(|| {
        format!(
            "{} that you rejected {stays} away until there is new evidence: {}{more} shows {what}, and {} proposes one again.",
            text::count(total, "change"),
            shown.join(", "),
            next::command("review --reopen ID"),
        )
    }))
}
