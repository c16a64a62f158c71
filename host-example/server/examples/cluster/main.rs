//! Several servers, or workers of Restate, over one Postgres dream over many stores, and things go wrong meanwhile.
//! `cargo xtask cluster` starts Postgres for it and prints what it prints: one line of JSON, and what is wrong on standard
//! error. The first word of its command line is [`play::Play`] as JSON.

#[path = "../../../restate/tests/play/balancer.rs"]
mod balancer;
mod client;
mod model;
mod play;
mod programs;

use std::env;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Client, LINE};
use crate::model::{Counted, Model};
use crate::play::{Faults, Play, Result, asked_of, cpu, each, one};
use crate::programs::Cast;

/// Calls that a dream makes at once, see `MANNER` of the server.
const PARALLEL: usize = 4;

/// Time without any dream ending, after which the round is given up, counted from the last kill on: longer than the bad
/// dream is left alone in all before it is given up (2 s that double, seven times).
const STUCK: Duration = Duration::from_secs(300);

/// Time between two looks whether all dreams are over. Chosen by us: each is a connection, and a process of Postgres.
const LOOK: Duration = Duration::from_secs(1);

/// Time between two kills, as the test of many machines wants it.
const KILL: Duration = Duration::from_secs(1);

/// Dreams that are carried out again, to see what the engine takes by itself. Chosen by us: enough for two figures.
const REPLAYED: usize = 100;

/// Time for which a node of Restate is gone. Chosen by us: the others have taken its part over by then.
const NODE_GONE: Duration = Duration::from_secs(10);

const SIZE: &str = "SELECT CAST(pg_database_size(current_database()) AS TEXT)";
const ROWS: &str = "SELECT CAST(SUM(n_live_tup) AS TEXT) FROM pg_stat_user_tables";
const OVER: &str =
    "SELECT CAST(COUNT(*) AS TEXT) FROM dreams WHERE status NOT IN ('pending', 'running')";
const FAILED: &str = "SELECT id FROM dreams WHERE status IN ('failed', 'canceled')";
const DONE: &str = "SELECT id FROM dreams WHERE status = 'completed' ORDER BY id";
/// Memories whose versions are not the first, and the one that their dream wrote.
const NOT_TWICE: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM (SELECT memory FROM memory_versions GROUP BY memory HAVING COUNT(*) <> 2) v";
const CONTENTS: &str = "SELECT DISTINCT convert_from(content, 'UTF8') FROM memories";

fn main() -> Result<()> {
    sqlx::any::install_default_drivers();
    let play: Play = serde_json::from_str(&env::args().nth(1).ok_or("what is played?")?)?;
    let delay = Duration::from_millis(play.delay_ms);
    let (model, url) = Model::start(delay, play.faults.is_some())?;
    let key =
        Command::new(&play.server).args(["--database", &play.database, "new-key"]).output()?;
    let key = String::from_utf8(key.stdout)?.trim_end().to_owned();
    let mut cast = Cast::start(&play, model.clone(), url)?;
    let client = Client { urls: Arc::clone(&cast.urls), key, agent: ureq::agent() };
    let mut wanted = each(play.stores, |at| client.store(at, play.sessions, false))?;
    if play.faults.is_some() {
        wanted.push(client.store(play.stores, play.sessions, true)?);
    }
    let size = || -> Result<f64> { Ok(one(&play.database, SIZE)?.parse()?) };
    let rows = || -> Result<f64> {
        // Postgres counts by and by.
        one(&play.database, "SELECT CAST(pg_stat_force_next_flush() AS TEXT)")?;
        Ok(one(&play.database, ROWS)?.parse()?)
    };
    let postmaster = postmaster(&play.database)?;
    let (bytes, rows_before, journal) = (size()?, rows()?, cast.journal());
    let (database_cpu, (ours_cpu, journal_cpu)) = (cpu(&postmaster), cast.cpu());
    let begun = Instant::now();
    // The bad one dreams whatever is asked.
    wanted.drain(play.asked..play.stores);
    let ids = each(wanted.len(), |at| client.dream(&wanted[at]))?;
    let kills = until_over(&play, &mut cast, ids.len())?;
    let took = begun.elapsed().as_secs_f64();
    let (ours, in_journal) = cast.cpu();
    let in_database = cpu(&postmaster) - database_cpu;
    let counted = model.counted();
    let again = counted.calls - counted.different;
    let per = |all: f64| (all / play.asked as f64 * 1000.0).round() / 1000.0;
    let mut told = json!({
        "carriers": play.carriers, "at_a_time": play.dreams, "stores": play.stores, "asked": play.asked, "sessions": play.stores * play.sessions,
        "delay_ms": play.delay_ms, "seconds": (took * 10.0).round() / 10.0,
        "dreams_a_minute": (ids.len() as f64 / took * 60.0).round(), "kills": kills,
        "calls": counted.calls, "calls_again": again, "calls_a_dream": counted.different / play.asked,
        "server_cpu_s": per(ours - ours_cpu), "database_cpu_s": per(in_database),
        "journal_cpu_s": per(in_journal - journal_cpu),
        "database_bytes": ((size()? - bytes) / play.asked as f64).round(),
        "database_rows": per(rows()? - rows_before),
        "journal_bytes": ((cast.journal() as f64 - journal as f64) / play.asked as f64).round(),
    });
    let mut done = asked_of(&play.database, DONE)?;
    if play.faults.is_some() {
        told["turned_away"] = counted.turned_away.into();
        told["poisoned"] = counted.poisoned.into();
    } else {
        done.truncate(REPLAYED);
    }
    // A server does nothing else by now: engine, and what it reads for it.
    let (ours, _) = cast.cpu();
    let equal = each(done.len(), |at| client.is_equal_again(&done[at]))?;
    let engine = (cast.cpu().0 - ours) / done.len().max(1) as f64;
    told["replayed_cpu_s"] = ((engine * 1000.0).round() / 1000.0).into();
    told["replayed"] = done.len().into();
    told["equal_again"] = equal.iter().filter(|is_equal| **is_equal).count().into();
    println!("{told}");
    wrong(&play, &client, &counted, &told)
}

/// Waits until so many dreams are over, while things go wrong; how many carriers were killed.
fn until_over(play: &Play, cast: &mut Cast, dreams: usize) -> Result<usize> {
    let (mut over, mut moved, mut kills) = (0, Instant::now(), 0);
    let (begun, mut looked) = (Instant::now(), Instant::now());
    let mut script = play.faults.as_ref().map(script).unwrap_or_default();
    while over < dreams {
        thread::sleep(Duration::from_millis(100));
        if looked.elapsed() >= LOOK {
            looked = Instant::now();
            let now: usize = one(&play.database, OVER)?.parse()?;
            if now > over {
                (over, moved) = (now, Instant::now());
            }
        }
        if script.is_empty() && moved.elapsed() > STUCK {
            return Err(format!("{over} of {dreams} dreams are over, and no more").into());
        }
        cast.mend()?;
        while let Some((at, _)) = script.last()
            && begun.elapsed() >= *at
            && let Some((_, act)) = script.pop()
        {
            moved = Instant::now();
            match act {
                Act::Kill => {
                    cast.replace(kills % play.carriers)?;
                    kills += 1;
                }
                Act::Node(is_there) => cast.last_node(is_there)?,
                Act::Restart(words) => {
                    let [program, words @ ..] = &words[..] else { continue };
                    // What it starts would keep a pipe open.
                    let mut restart = Command::new(program);
                    restart.args(words).stdout(Stdio::null()).stderr(Stdio::null());
                    let done = restart.status()?;
                    if !done.success() {
                        return Err(format!("`{program}` failed: {done}").into());
                    }
                }
            }
        }
    }
    Ok(kills)
}

/// What goes wrong.
enum Act {
    Kill,
    Node(bool),
    Restart(Vec<String>),
}

/// What goes wrong and when, the last first.
fn script(faults: &Faults) -> Vec<(Duration, Act)> {
    let whole = Duration::from_secs(faults.seconds);
    let mut acts: Vec<_> = (1..=faults.seconds as u32).map(|at| (KILL * at, Act::Kill)).collect();
    acts.push((whole / 3, Act::Node(false)));
    acts.push((whole / 3 + NODE_GONE, Act::Node(true)));
    acts.push((whole * 2 / 3, Act::Restart(faults.restart.clone())));
    acts.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    acts
}

/// Refuses a round in which something was lost, or done or paid for twice.
fn wrong(play: &Play, client: &Client, counted: &Counted, told: &Value) -> Result<()> {
    let failed = asked_of(&play.database, FAILED)?;
    let why = failed.iter().map(|id| client.why(id)).collect::<Result<Vec<_>>>()?;
    let is_bad = |why: &String| why.contains("servers ended while they carried it out");
    let bad = usize::from(play.faults.is_some());
    let mut wrong = Vec::new();
    if why.len() != bad || !why.iter().all(is_bad) {
        wrong.push(format!("failed: {why:?}"));
    }
    let not_twice: usize = one(&play.database, NOT_TWICE)?.parse()?;
    let idle = play.stores - play.asked;
    if not_twice != bad + idle {
        wrong.push(format!("{not_twice} memories were not written once"));
    }
    let mut contents = asked_of(&play.database, CONTENTS)?;
    contents.sort();
    let mut expected = vec![LINE.to_owned()];
    expected.extend((bad + idle > 0).then(|| LINE.repeat(2)));
    if contents != expected {
        wrong.push(format!("contents: {contents:?}"));
    }
    let kills = told["kills"].as_u64().unwrap_or_default() as usize + counted.poisoned;
    let most = kills * play.dreams * PARALLEL;
    let again = counted.calls - counted.different;
    if again > most {
        wrong.push(format!("{again} calls were made again, and {most} may be"));
    }
    if counted.at_once > 0 {
        wrong.push(format!("{} calls were under way twice at a time", counted.at_once));
    }
    let done = play.faults.as_ref().map_or(told["replayed"].clone(), |_| play.stores.into());
    if told["equal_again"] != done {
        wrong.push(format!("{} plans of {done} are equal", told["equal_again"]));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ").into()) }
}

/// The process that started all others of the database.
fn postmaster(database: &str) -> Result<String> {
    let file = one(database, "SELECT pg_read_file('postmaster.pid')")?;
    Ok(file.lines().next().ok_or("no process")?.to_owned())
}
