//! `cargo xtask cluster`: several servers, or workers of Restate, over one Postgres dream over many stores; how many dreams a
//! minute, what one takes, and what is lost or paid for again when things go wrong.

mod plan;
mod simulation;

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use self::simulation::Setup;
use crate::conformance;
use crate::demo::target;
use crate::servers::Postgres;
use crate::steps::{cargo, run, step};

/// What is played.
#[derive(Clone, Copy)]
struct Play {
    /// Stores; each has one dream, or the first `asked` have, the others only lie there.
    stores: u64,
    /// The stores that have a dream; 0: all.
    asked: u64,
    /// Sessions of a store; each brings one call of the model.
    sessions: u64,
    /// Dreams that a server or worker carries out at a time.
    dreams: u64,
    /// Milliseconds that the model takes for an answer.
    delay: u64,
    /// The most servers or workers.
    most: u64,
    /// The fewest.
    fewest: u64,
    /// Stores of the round in which things go wrong; there is none without.
    faulty: u64,
    /// Seconds in that round for which one is killed each second.
    seconds: u64,
    /// Stores of one more round, to see how costs grow; there is none without.
    grown: u64,
    /// Whether workers of Restate carry dreams out, and over how many nodes.
    nodes: u64,
}

/// What is played when nobody says otherwise. Chosen by us: some minutes on two processors, with a model that takes most of
/// the time, as real ones do.
const USUAL: Play = Play {
    stores: 300,
    asked: 0,
    sessions: 10,
    dreams: 4,
    delay: 1_000,
    most: 3,
    fewest: 1,
    faulty: 1_000,
    seconds: 120,
    grown: 0,
    nodes: 0,
};

/// Nodes of Restate.
const NODES: u64 = 3;

/// What there is to say.
const OPTIONS: &str = "--restate, and with a number: --stores, --asked (those of them that have a dream; 0: all), --sessions, --dreams, --delay (milliseconds), --fewest, --most (servers, \
                       or workers of Restate), --faulty (stores of the round in which things go wrong; 0: none), --seconds (of it), --grown (stores \
                       of one more round by the most, to see how costs grow)";

/// Builds what is played with optimisation, plays 1 server, 2, and so on up to the most, then the most of them while things go
/// wrong, and prints a table with what the simulation says beside it.
///
/// # Errors
/// A dream that was lost or done twice, calls paid for again beside those that were under way at kills, an unknown option,
/// or a tool that is missing.
pub fn cluster(words: &[&str]) -> Result<()> {
    if let ["--plan", words @ ..] = words {
        return plan::plan(words);
    }
    let play = Play::of(words)?;
    let programs = Postgres::programs().context("no Postgres here: apt-get install postgresql")?;
    step("server and worker, optimised", || {
        let words = ["build", "--quiet", "--release", "--bins", "-p", "dreaming-server", "-p"];
        run(cargo("host-example", &words).arg("dreaming-worker"))
    })?;
    // Not optimised: linking it takes minutes, and what it does is hardly any work.
    step("what plays them", || {
        let words = ["build", "--quiet", "-p", "dreaming-server", "--example", "cluster"];
        run(&mut cargo("host-example", &words))
    })?;
    let postgres = Postgres::start(programs)?;
    let rounds = (play.fewest..=play.most).map(|carriers| {
        let name = format!("{carriers} of {} {}", play.most, play.carriers());
        step(&name, || round(&postgres, play, carriers, false))
    });
    let rows = rounds.collect::<Result<Vec<_>>>()?;
    if !rows.is_empty() {
        println!("{}", table(play, &rows));
    }
    if let (Some(before), 1..) = (rows.last(), play.grown) {
        let more = Play { stores: play.grown, ..play };
        let name = format!("{} stores, {} {}", play.grown, play.most, play.carriers());
        let after = step(&name, || round(&postgres, more, play.most, false))?;
        println!("{}", grown(before, &after));
    }
    if play.faulty > 0 {
        let one = step("things go wrong", || round(&postgres, play, play.most, true))?;
        println!("{}", summary(play, &one));
    }
    Ok(())
}

impl Play {
    fn of(words: &[&str]) -> Result<Self> {
        let mut play = USUAL;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if *word == "--restate" {
                play.nodes = NODES;
                continue;
            }
            let place = match *word {
                "--stores" => &mut play.stores,
                "--asked" => &mut play.asked,
                "--sessions" => &mut play.sessions,
                "--dreams" => &mut play.dreams,
                "--delay" => &mut play.delay,
                "--fewest" => &mut play.fewest,
                "--most" => &mut play.most,
                "--faulty" => &mut play.faulty,
                "--seconds" => &mut play.seconds,
                "--grown" => &mut play.grown,
                other => bail!("`{other}` is no option: {OPTIONS}"),
            };
            let value = words.next().with_context(|| format!("`{word}` needs a number"))?;
            *place = value.parse().with_context(|| format!("`{word} {value}`: no number"))?;
        }
        Ok(play)
    }

    fn carriers(self) -> &'static str {
        if self.nodes > 0 { "workers" } else { "servers" }
    }
}

/// What was measured, a column for each round.
fn table(play: Play, rows: &[Value]) -> String {
    let mut told = vec![row(play.carriers(), rows, |it| it["carriers"].to_string())];
    told.push(row("dreams a minute", rows, |it| it["dreams_a_minute"].to_string()));
    let first = rows[0]["dreams_a_minute"].as_f64().unwrap_or(f64::NAN);
    told.push(row("beside the first", rows, |it| {
        format!("{:.2}", it["dreams_a_minute"].as_f64().unwrap_or(f64::NAN) / first)
    }));
    told.push(row("simulated", rows, |it| {
        let setup = Setup::of(it, &rows[0], processors());
        setup.map_or("–".into(), |setup| format!("{:.0}", setup.dreams_a_minute()))
    }));
    let mut shown = vec![
        ("calls a dream", "calls_a_dream"),
        ("processor seconds a dream, engine and servers", "server_cpu_s"),
        ("of it the engine: a server that replays it", "replayed_cpu_s"),
        ("processor seconds a dream, Postgres", "database_cpu_s"),
        ("bytes of Postgres a dream", "database_bytes"),
        ("rows of Postgres a dream", "database_rows"),
    ];
    if play.nodes > 0 {
        shown.push(("processor seconds a dream, Restate", "journal_cpu_s"));
        shown.push(("bytes of Restate a dream", "journal_bytes"));
    }
    told.extend(shown.iter().map(|(name, field)| row(name, rows, |it| it[*field].to_string())));
    told.join("\n")
}

/// How what all dreams took grew with their number: 1 is in proportion, 2 is with its square.
fn grown(before: &Value, after: &Value) -> String {
    let number = |round: &Value, name: &str| round[name].as_f64().unwrap_or(f64::NAN);
    let more = number(after, "stores") / number(before, "stores");
    let line = |(name, field): (&str, &str)| {
        let (first, last) = (number(before, field), number(after, field));
        // Figures are those of a dream but for the time, which is that of all.
        let grew = last / first * if field == "seconds" { 1.0 } else { more };
        format!("| {name} | {first} | {last} | {:.2} |", grew.ln() / more.ln())
    };
    let shown = [
        ("seconds in all", "seconds"),
        ("processor seconds a dream, engine and servers", "server_cpu_s"),
        ("processor seconds a dream, Postgres", "database_cpu_s"),
        ("bytes of Postgres a dream", "database_bytes"),
        ("rows of Postgres a dream", "database_rows"),
        ("processor seconds a dream, Restate", "journal_cpu_s"),
        ("bytes of Restate a dream", "journal_bytes"),
    ];
    let there = shown.into_iter().filter(|(_, field)| number(before, field) > 0.0);
    let head = format!("| stores | {} | {} | exponent |", before["stores"], after["stores"]);
    [head].into_iter().chain(there.map(line)).collect::<Vec<_>>().join("\n")
}

/// Processors of this machine.
fn processors() -> u64 {
    std::thread::available_parallelism().map_or(1, |number| number.get() as u64)
}

/// A line of the table.
fn row(name: &str, rows: &[Value], cell: impl Fn(&Value) -> String) -> String {
    let cells: Vec<String> = rows.iter().map(cell).collect();
    format!("| {name} | {} |", cells.join(" | "))
}

/// What came of a round in which things went wrong.
fn summary(play: Play, one: &Value) -> String {
    let number = |name: &str| one[name].as_u64().unwrap_or_default();
    let ended = number("kills") + number("poisoned");
    let restate = if play.nodes > 0 { ", a node of Restate killed" } else { "" };
    format!(
        "{} stores and a bad one, {} {}, {} killed, {} ended by the bad store{restate}, Postgres started anew, {} calls turned \
         away: no dream lost, none done twice, {} of {} calls made again (at most {} may be), none under way twice at a time; \
         {} plans equal a lone machine's",
        number("stores"),
        number("carriers"),
        play.carriers(),
        number("kills"),
        number("poisoned"),
        number("turned_away"),
        number("calls_again"),
        number("calls"),
        ended * play.dreams * simulation::PARALLEL,
        number("equal_again"),
    )
}

/// Plays one round over a database of its own: what the example prints.
fn round(postgres: &Postgres, play: Play, carriers: u64, is_faulty: bool) -> Result<Value> {
    let stores = if is_faulty { play.faulty } else { play.stores };
    let database = postgres.database(&format!("cluster_{carriers}_{stores}_{is_faulty}"))?;
    let program = |name: &str| target("host-example", &format!("release/{name}"));
    let restate = match play.nodes {
        0 => Value::Null,
        nodes => json!({
            "program": conformance::restate()?, "worker": program("dreaming-worker"), "nodes": nodes,
        }),
    };
    let restart = postgres.restart();
    let words = [restart.get_program()].into_iter().chain(restart.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    let faults = json!({ "seconds": play.seconds, "restart": words });
    let played = json!({
        "server": program("dreaming-server"), "restate": restate, "database": database,
        "carriers": carriers, "stores": stores,
        "asked": if play.asked == 0 || is_faulty { stores } else { play.asked.min(stores) },
        "sessions": play.sessions, "dreams": play.dreams, "delay_ms": play.delay,
        "faults": if is_faulty { faults } else { Value::Null },
    });
    let mut command = Command::new(target("host-example", "debug/examples/cluster"));
    let done = command.arg(played.to_string()).stderr(Stdio::inherit()).output()?;
    let told = String::from_utf8_lossy(&done.stdout);
    println!("{}", told.trim_end());
    if !done.status.success() {
        bail!("the round failed: see above");
    }
    Ok(serde_json::from_str(&told)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_that_grow_with_the_square_are_told_from_those_in_proportion() {
        let before =
            json!({ "stores": 10, "seconds": 5, "server_cpu_s": 0.1, "database_rows": 80 });
        let after =
            json!({ "stores": 100, "seconds": 500, "server_cpu_s": 0.1, "database_rows": 80 });
        let told = grown(&before, &after);
        let exponent =
            |name: &str| told.lines().find(|line| line.contains(name)).unwrap().rsplit('|').nth(1);
        assert_eq!(exponent("seconds in all"), Some(" 2.00 "));
        assert_eq!(exponent("engine and servers"), Some(" 1.00 "));
        assert!(!told.contains("Restate"), "{told}");
    }
}
