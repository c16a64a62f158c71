//! Begins dreams at the times for which stores are scheduled.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::db::dreams::{Asked, Created, Status};
use crate::db::schedules::Schedule;
use crate::db::{self, Database};
use crate::dream::Runner;
use crate::ids;

/// Time between two looks for what is due. Chosen by us: a schedule names minutes.
const LOOK: Duration = Duration::from_secs(20);

/// Sessions of a dream, at most. Source: `dreams-api.md`, section 3. What is over waits for the next dream.
const MOST: i64 = 100;

/// The zone of a schedule that names none.
const ZONE: &str = "UTC";

/// Why a schedule cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("must be `minute hour day month weekday`, and a time zone if it is not UTC: {0}")]
pub struct NoTime(String);

/// When a schedule comes next after `now`, in microseconds since 1970.
///
/// # Errors
/// [`NoTime`], also of one that never comes.
pub fn next(cron: &str, now: i64) -> Result<i64, NoTime> {
    let no = |error: String| NoTime(error.lines().last().unwrap_or_default().trim().to_owned());
    let has_zone = cron.split_whitespace().count() > 5;
    let cron = if has_zone { cron.to_owned() } else { format!("{cron} {ZONE}") };
    let cron = cronexpr::parse_crontab(&cron).map_err(|error| no(error.to_string()))?;
    let now = jiff::Timestamp::from_microsecond(now).map_err(|error| no(error.to_string()))?;
    let next = cron.find_next(now.to_string().as_str()).map_err(|error| no(error.to_string()))?;
    Ok(next.timestamp().as_microsecond())
}

/// Looks for what is due until the server ends. Turns that were missed meanwhile are not made up for: one dream reads
/// what they would have read.
pub async fn keep(database: Database, runner: Runner) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Nobody knows what the clock said before this server.
    let mut last = i64::MAX;
    loop {
        looks.tick().await;
        let now = ids::clock();
        let looked = async {
            if now < last {
                set_back(&database, now).await?;
            }
            look(&database, &runner, now).await
        };
        match looked.await {
            Ok(()) => last = now,
            // It is looked again.
            Err(error) => db::report(&error),
        }
    }
}

/// Takes back the times that a clock which was ahead has set, and that lie beyond what they should be at `now`: the next
/// ones of schedules, and those until which messages, deletions, models and dreams wait.
///
/// # Errors
/// [`db::DatabaseError`].
pub async fn set_back(database: &Database, now: i64) -> db::Result<()> {
    // Another server whose clock is a little ahead may just have taken a turn.
    let from = now.saturating_add(ids::AHEAD);
    for schedule in database.schedules().await? {
        if let Ok(next) = next(&schedule.wanted.cron, from)
            && next < schedule.next_at
        {
            database.take_turn(&schedule, next).await?;
        }
    }
    let ended = database.end_waits(now).await?;
    if ended > 0 {
        tracing::warn!("the clock was ahead: {ended} things that were to wait for it are due now");
    }
    Ok(())
}

/// Begins the dreams that are due at `now`.
///
/// # Errors
/// [`db::DatabaseError`].
pub async fn look(database: &Database, runner: &Runner, now: i64) -> db::Result<()> {
    for mut schedule in database.due(now).await? {
        let Ok(next) = next(&schedule.wanted.cron, now) else {
            // It was usable when it was set; a zone may be gone from the machine.
            tracing::error!("the schedule of {} cannot be read", schedule.store);
            continue;
        };
        if database.take_turn(&schedule, next).await? {
            schedule.reason = turn(database, runner, &mut schedule, now).await?;
            database.note_turn(&schedule).await?;
        }
    }
    Ok(())
}

/// Begins a dream of a schedule. Returns why there is none.
async fn turn(
    database: &Database,
    runner: &Runner,
    schedule: &mut Schedule,
    now: i64,
) -> db::Result<Option<String>> {
    let last = match &schedule.dream {
        Some(dream) => database.dream(&schedule.workspace, dream).await?,
        None => None,
    };
    match last {
        Some(dream) if !dream.status.is_over() => {
            return Ok(Some(format!("the dream `{}` is not over", dream.id)));
        }
        Some(dream) if dream.status == Status::Completed => {
            schedule.read_until = schedule.read_until.max(schedule.dream_until);
        }
        // What a dream that failed or was canceled was to read is read again.
        _ => {}
    }
    let changed = database.changed_sessions(schedule, now, MOST).await?;
    let read_until = changed.iter().map(|(_, changed_at)| *changed_at).max().unwrap_or_default();
    let mut sessions: Vec<String> = changed.into_iter().map(|(id, _)| id).collect();
    // New ones first, or those that no model ever answers would keep them out.
    let waiting = database.waiting_sessions(schedule).await?;
    let waiting = waiting.into_iter().filter(|id| !sessions.contains(id)).collect::<Vec<_>>();
    sessions.extend(waiting);
    sessions.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    let number = i64::try_from(sessions.len()).unwrap_or(i64::MAX);
    if number < schedule.wanted.least.min(MOST) || sessions.is_empty() {
        return Ok(Some(format!(
            "{number} new sessions, and at least {} are asked for",
            schedule.wanted.least
        )));
    }
    sessions.sort();
    let wanted = schedule.wanted.clone();
    let asked =
        Asked { store: schedule.store.clone(), is_update: true, sessions, terms: wanted.terms };
    // The server may have been started anew since, without the price.
    let budget = database.budget(&schedule.workspace).await?;
    let price = match runner.models().price_within(&asked.terms, budget) {
        Ok(price) => price,
        Err((field, why)) => return Ok(Some(format!("{field}: {why}"))),
    };
    Ok(match database.new_dream(&schedule.workspace, asked, price).await? {
        Created::Done(dream) => {
            runner.wake();
            schedule.dream = Some(dream.id);
            schedule.dream_until = read_until;
            None
        }
        Created::NoStore => Some("the memory store is gone".into()),
        Created::Archived => Some("the memory store is archived".into()),
        Created::NoSession(id) | Created::Trace(id) => Some(format!("the session `{id}` is gone")),
        Created::Held(dream) => Some(format!("the dream `{dream}` writes into the store")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> i64 {
        time.parse::<jiff::Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn a_schedule_comes_next_at_its_local_time() {
        for (cron, now, expected) in [
            ("0 3 * * *", "2026-11-25T02:59:59Z", "2026-11-25T03:00:00Z"),
            ("0 3 * * *", "2026-11-25T03:00:00Z", "2026-11-26T03:00:00Z"),
            ("0 3 * * * Europe/Berlin", "2026-11-25T00:00:00Z", "2026-11-25T02:00:00Z"),
            // Summer time: two hours ahead of UTC.
            ("0 3 * * * Europe/Berlin", "2026-07-01T00:00:00Z", "2026-07-01T01:00:00Z"),
            ("*/15 * * * *", "2026-11-25T10:01:00Z", "2026-11-25T10:15:00Z"),
            ("0 9 * * MON-FRI", "2026-11-27T10:00:00Z", "2026-11-30T09:00:00Z"),
        ] {
            assert_eq!(next(cron, at(now)).unwrap(), at(expected), "{cron} after {now}");
        }
        for wrong in
            ["", "* * *", "61 * * * *", "0 3 * * * Mars/Olympus", "0 3 * * * UTC UTC", "0 0 30 2 *"]
        {
            assert!(next(wrong, at("2026-11-25T00:00:00Z")).is_err(), "{wrong:?}");
        }
    }
}
