//! `dreaming run --if-due`: for cron, timers and hooks that call more often than a dream is wanted.

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use clap::Args;
use serde_json::{Value, json};

use super::run::{self as dream, readable, wanted};
use super::{Place, clock, rehearsed, select, waiting};
use crate::cli::{Common, Run};
use crate::error::{Error, Result};
use crate::output::{self, Reply, next, text};
use crate::sessions::Session;
use crate::snapshot;
use crate::state::{Access, State};

/// Key of the store's meta table: the time of the last dream that ended, in milliseconds since
/// 1970.
pub const LAST_RUN: &str = "last-run";

/// Whether to dream at all.
#[derive(Debug, Args)]
#[command(next_help_heading = "When to dream")]
pub struct Due {
    /// Dreams only when it is time to, says why or why not, and ends with 0 when it is not. Also
    /// when another `dreaming` works on the store or a plan waits.
    #[arg(long)]
    pub if_due: bool,
    // Chosen by us: what recurs shows over days, and a person reviews at most once a day.
    /// Least time since the last dream, such as `90m` or `7d`.
    #[arg(long, value_name = "TIME", default_value = "24h", requires = "if_due", value_parser = humantime::parse_duration)]
    pub min_interval: Duration,
    // Chosen by us: a pattern needs two or three sessions, and most sessions have none.
    /// Least number of sessions that no dream has read.
    #[arg(long, value_name = "N", default_value_t = 5, requires = "if_due")]
    pub min_sessions: u64,
    // Chosen by us: a session that is being written would be read again from its beginning. Ten
    // minutes without a line are longer than most commands that agents wait for.
    /// Least time since a session was written last.
    #[arg(long, value_name = "TIME", default_value = "10m", requires = "if_due", value_parser = humantime::parse_duration)]
    pub idle: Duration,
}

/// Whether a dream is due, and why.
#[derive(Debug)]
struct Verdict {
    due: bool,
    /// The rule that decided.
    rule: &'static str,
    /// Why, for people.
    why: String,
    last_run: Option<i64>,
    new_sessions: Option<u64>,
}

impl Verdict {
    fn no(rule: &'static str, why: impl Into<String>) -> Self {
        Self { due: false, rule, why: why.into(), last_run: None, new_sessions: None }
    }

    fn yes(rule: &'static str, why: impl Into<String>) -> Self {
        Self { due: true, ..Self::no(rule, why) }
    }

    fn json(&self) -> Value {
        json!({
            "due": self.due, "rule": self.rule, "why": self.why, "last_run": self.last_run,
            "new_sessions": self.new_sessions,
        })
    }

    fn not_due(&self) -> Reply {
        let text = format!("Not due: {}.\n", text::one_line(&self.why));
        Reply::new(text, json!({"outcome": "not-due", "revision": null, "due": self.json()}))
    }
}

/// Dreams if it is due.
///
/// # Errors
/// Those of a dream, and those of looking.
pub fn run(common: &Common, args: &Run) -> Result<Reply> {
    // First look without the lock, so that a call that is not due disturbs nobody.
    let verdict = look(&Place::open_as_it_is(common, Access::Rehearse)?, args)?;
    if !verdict.due {
        return Ok(verdict.not_due());
    }
    if !args.dry_run {
        dream::check(common, args)?;
    }
    let access = if args.dry_run { Access::Rehearse } else { Access::Write };
    let place = match Place::open(common, access) {
        Err(busy @ Error::Busy { .. }) => {
            return Ok(Verdict::no("busy", busy.to_string()).not_due());
        }
        place => place?,
    };
    // Somebody may have dreamt between the look and the lock.
    let verdict = look(&place, args)?;
    if !verdict.due {
        return Ok(verdict.not_due());
    }
    if !common.json {
        output::note(&format!("Due: {}.", verdict.why));
    }
    let mut reply = rehearsed(place, |place| dream::run(place, args, common))?;
    if let Value::Object(fields) = &mut reply.json {
        fields.insert("due".into(), verdict.json());
    }
    Ok(reply)
}

/// The reply where an agent has no folders yet.
pub fn not_yet(what: &str, todo: &str) -> Reply {
    Verdict::no("not-yet", format!("{what}: {todo}")).not_due()
}

fn look(place: &Place, args: &Run) -> Result<Verdict> {
    let now = args.now.unwrap_or_else(clock);
    if !args.replace && waiting::decides(place, now)? {
        return Ok(Verdict::no(
            "plan-waits",
            format!("a plan is waiting for {}", next::command("review")),
        ));
    }
    if args.model.model.is_some()
        && let Some(batch) = place.state.batch(&args.model.identity())?
    {
        let calls = text::count(batch.calls.len() as u64, "call");
        return Ok(Verdict::yes("batch-at-work", format!("a batch of {calls} was at work")));
    }
    let wanted = wanted(&place.state, &args.sessions, args.project.as_ref())?
        .ok_or_else(|| Error::Usage(select::WHICH_SESSIONS.into()))?;
    let mut sessions = readable(&place.state, &wanted)?.sessions;
    // `--since` leaves out older sessions, so these must not make a dream due.
    args.select.leave_older(&mut sessions);
    let asks = args.model.model.is_some();
    let new = unread(&place.state, &sessions, asks)?.len() as u64;
    let verdict = judge(&args.due, now, last_run(&place.state)?, new, newest(&sessions, now));
    Ok(Verdict { last_run: last_run(&place.state)?, new_sessions: Some(new), ..verdict })
}

/// Decides. Times are milliseconds since 1970. A time in the future is ignored: the clock was wrong
/// then, and a dream must not wait until that time.
fn judge(due: &Due, now: i64, last_run: Option<i64>, new: u64, newest: Option<i64>) -> Verdict {
    let since = |then: i64| u64::try_from(now.saturating_sub(then)).ok().map(Duration::from_millis);
    let ago = last_run.and_then(since);
    if let Some(ago) = ago.filter(|ago| *ago < due.min_interval) {
        let (ago, least) = (show(ago), show(due.min_interval));
        let why = format!("the last dream was {ago} ago, --min-interval asks for {least}");
        return Verdict::no("min-interval", why);
    }
    if new < due.min_sessions {
        let (new, least) = (text::count(new, "new session"), due.min_sessions);
        let why = format!("{new}, --min-sessions asks for {least}");
        return Verdict::no("min-sessions", why);
    }
    if let Some(idle) = newest.and_then(since).filter(|idle| *idle < due.idle) {
        let (idle, least) = (show(idle), show(due.idle));
        let why = format!("a session was written {idle} ago, --idle asks for {least} of rest");
        return Verdict::no("idle", why);
    }
    let last =
        ago.map_or("no dream yet".into(), |ago| format!("the last dream was {} ago", show(ago)));
    let why = format!("{}, {last}", text::count(new, "new session"));
    Verdict { due: true, ..Verdict::no("due", why) }
}

fn show(time: Duration) -> String {
    humantime::format_duration(Duration::from_secs(time.as_secs())).to_string()
}

/// The sessions that no dream has read. If the dream `asks` a model, also those that wait for an
/// answer of a model and those that no model has seen.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn unread(state: &State, sessions: &[Session], asks: bool) -> Result<Vec<Session>> {
    let head = state.head()?.map_or(0, |head| head.number);
    let ledger = state.ledger_at(head)?;
    let cursor = snapshot::cursor(&ledger)?;
    let mut waiting = BTreeSet::new();
    if asks {
        waiting = snapshot::waiting(&ledger)?;
        waiting.append(&mut snapshot::unseen(&ledger)?);
    }
    let wanted =
        |session: &&Session| waiting.contains(&session.id) || snapshot::is_unread(session, &cursor);
    Ok(sessions.iter().filter(wanted).cloned().collect())
}

/// When a file of the sessions was written last. A time ahead of `now` is of a clock that was wrong, and hides no session
/// that is being written.
fn newest(sessions: &[Session], now: i64) -> Option<i64> {
    let written = sessions.iter().filter_map(Session::written);
    let written = written.filter_map(|time| time.duration_since(UNIX_EPOCH).ok());
    let written = written.filter_map(|time| i64::try_from(time.as_millis()).ok());
    written.filter(|time| *time <= now).max()
}

fn last_run(state: &State) -> Result<Option<i64>> {
    Ok(state.meta(LAST_RUN)?.and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_771_545_600_000;

    fn rule(last_hours: Option<i64>, new: u64, idle_minutes: i64) -> &'static str {
        let due = Due {
            if_due: true,
            min_interval: Duration::from_secs(24 * 3600),
            min_sessions: 5,
            idle: Duration::from_secs(600),
        };
        let last = last_hours.map(|hours| NOW - hours * 3_600_000);
        judge(&due, NOW, last, new, Some(NOW - idle_minutes * 60_000)).rule
    }

    #[test]
    fn all_three_conditions_must_hold() {
        assert_eq!(rule(Some(24), 5, 10), "due");
        assert_eq!(rule(None, 5, 10), "due");
        assert_eq!(rule(Some(23), 5, 10), "min-interval");
        assert_eq!(rule(Some(24), 4, 10), "min-sessions");
        assert_eq!(rule(Some(24), 5, 9), "idle");
    }

    #[test]
    fn times_that_lie_ahead_do_not_hold_a_dream_back() {
        assert_eq!(rule(Some(-1000), 5, -1000), "due");
    }
}
