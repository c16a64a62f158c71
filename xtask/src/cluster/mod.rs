//! `cargo xtask cluster`: several servers over one Postgres dream over many stores; how many dreams a minute, what one
//! takes, and what is lost or paid for again when servers are killed.

mod simulation;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use self::simulation::Setup;
use crate::demo::target;
use crate::servers::Postgres;
use crate::steps::{cargo, run, step};

/// What is played.
#[derive(Clone, Copy)]
struct Play {
    /// Stores; each has one dream.
    stores: u64,
    /// Sessions of a store; each brings one call of the model.
    sessions: u64,
    /// Dreams that a server carries out at a time.
    dreams: u64,
    /// Milliseconds that the model takes for an answer.
    delay: u64,
    /// The most servers.
    servers: u64,
    /// Stores of the round in which a server is killed each second; none is killed without.
    killed: u64,
}

/// What is played when nobody says otherwise. Chosen by us: some minutes on two processors, with a model that takes most of
/// the time, as real ones do.
const USUAL: Play =
    Play { stores: 300, sessions: 10, dreams: 4, delay: 1_000, servers: 3, killed: 300 };

/// Milliseconds between two kills.
const KILL: u64 = 1_000;

/// Builds the server with optimisation, plays 1 server, 2, and so on up to the most, then the most of them while one is
/// killed each second, and prints a table with what the simulation says beside it.
///
/// # Errors
/// A dream that was lost or done twice, calls paid for again beside those that were under way at kills, an unknown option,
/// or a tool that is missing.
pub fn cluster(words: &[&str]) -> Result<()> {
    let mut play = USUAL;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| format!("`{word}` needs a number"))?;
        let value = value.parse().with_context(|| format!("`{word} {value}`: no number"))?;
        match *word {
            "--stores" => play.stores = value,
            "--sessions" => play.sessions = value,
            "--dreams" => play.dreams = value,
            "--delay" => play.delay = value,
            "--servers" => play.servers = value,
            "--killed" => play.killed = value,
            other => bail!(
                "`{other}` is no option: --stores, --sessions, --dreams, --delay (milliseconds), --servers, --killed"
            ),
        }
    }
    let programs = Postgres::programs().context("no Postgres here: apt-get install postgresql")?;
    step("the server, optimised", || {
        let words =
            ["build", "--quiet", "--release", "-p", "dreaming-server", "--bins", "--examples"];
        run(&mut cargo("host-example", &words))
    })?;
    let postgres = Postgres::start(programs)?;
    let mut rows = Vec::new();
    for servers in 1..=play.servers {
        let name = format!("{servers} of {} servers", play.servers);
        rows.push(step(&name, || round(&postgres, play, servers, play.stores, 0))?);
    }
    let mut told = vec![row("servers", &rows, |it| it["servers"].to_string())];
    told.push(row("dreams a minute", &rows, |it| it["dreams_a_minute"].to_string()));
    let first = rows[0]["dreams_a_minute"].as_f64().unwrap_or(f64::NAN);
    told.push(row("beside one server", &rows, |it| {
        format!("{:.2}", it["dreams_a_minute"].as_f64().unwrap_or(f64::NAN) / first)
    }));
    told.push(row("simulated", &rows, |it| {
        Setup::of(it, &rows[0])
            .map_or("–".into(), |setup| format!("{:.0}", setup.dreams_a_minute()))
    }));
    for (name, field) in [
        ("calls a dream", "calls_a_dream"),
        ("processor seconds a dream, server", "server_cpu_s"),
        ("processor seconds a dream, Postgres", "database_cpu_s"),
        ("bytes of the database a dream", "database_bytes"),
    ] {
        told.push(row(name, &rows, |it| it[field].to_string()));
    }
    println!("{}", told.join("\n"));
    if play.killed > 0 {
        let one = step("one killed each second", || {
            round(&postgres, play, play.servers, play.killed, KILL)
        })?;
        println!(
            "{} stores, {} servers, {} kills: no dream lost, none done twice, {} of {} calls made again (at most {} may be)",
            one["stores"],
            one["servers"],
            one["kills"],
            one["calls_again"],
            one["calls"],
            one["kills"].as_u64().unwrap_or(0) * play.dreams * simulation::PARALLEL as u64,
        );
    }
    Ok(())
}

/// A line of the table.
fn row(name: &str, rows: &[Value], cell: impl Fn(&Value) -> String) -> String {
    let cells: Vec<String> = rows.iter().map(cell).collect();
    format!("| {name} | {} |", cells.join(" | "))
}

/// Plays one round over a database of its own: what the example prints.
fn round(postgres: &Postgres, play: Play, servers: u64, stores: u64, kill: u64) -> Result<Value> {
    let database = postgres.database(&format!("cluster_{servers}_{kill}"))?;
    let mut command =
        std::process::Command::new(target("host-example", "release/examples/cluster"));
    command.arg(target("host-example", "release/dreaming-server")).arg(&database);
    let numbers = [servers, stores, play.sessions, play.dreams, play.delay, kill];
    command.args(numbers.map(|number| number.to_string()));
    let done = command.stderr(std::process::Stdio::inherit()).output()?;
    let told = String::from_utf8_lossy(&done.stdout);
    println!("{}", told.trim_end());
    if !done.status.success() {
        bail!("the round failed: see above");
    }
    Ok(serde_json::from_str(&told)?)
}
