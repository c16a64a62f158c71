//! `cargo xtask cluster --plan`: what so many sessions a day take, from the rounds that were measured and the simulation.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::simulation::{Machines, PARALLEL, Setup};

/// The rounds that `docs/scale.md` shows, as the example `cluster` printed them.
const MEASURED: &str = include_str!("measured.json");

/// What is planned.
#[derive(Clone, Copy)]
struct Wish {
    /// Sessions that are read in a day.
    sessions: f64,
    /// Hours of the day in which dreams run.
    hours: f64,
    /// Seconds that a model takes for an answer.
    answer: f64,
    /// Dreams that a worker carries out at a time.
    at_a_time: u64,
}

/// What is planned when nobody says otherwise. Chosen by us: answers in half a minute, as strong models give them over long
/// prompts, and sixteen dreams at a time, which take 16 GiB at most.
const USUAL: Wish = Wish { sessions: 1e6, hours: 24.0, answer: 30.0, at_a_time: 16 };

/// Sessions of a dream, as in the measured rounds.
const A_DREAM: f64 = 10.0;

/// What `dreaming run --estimate` says of 208 sessions, without a memory (30 of `forward/context-evaluator/past`, 22 of
/// `projects/cipher-box`, 26 of `projects/git-sync-claude` and 130 of `entire-lite` of the data), for each: calls, tokens that
/// are read, tokens that are written. One more call of each dream writes what was found.
const CALLS: f64 = 238.0 / 208.0;
const READ: f64 = 2_964_334.0 / 208.0;
const WRITTEN: f64 = 228_141.0 / 208.0;

/// Mean bytes of these sessions' files.
const TRANSCRIPT: f64 = 24_715_292.0 / 208.0;

/// Dollars of a million tokens, read and written, as in `host-example/models/prices.json` for a model of the middle
/// (`claude-sonnet-4-5`, November 2025).
const PRICES: (f64, f64) = (3.0, 15.0);

/// Part of a machine that is planned to be busy. Chosen by us: the rest is for hours that are busier than others.
const BUSY: f64 = 0.7;

/// Processors of a worker's machine. Chosen by us, as the machine on which was measured.
const PROCESSORS: u64 = 2;

/// Prints the plan.
///
/// # Errors
/// An unknown option.
pub fn plan(words: &[&str]) -> Result<()> {
    let mut wish = USUAL;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| format!("`{word}` needs a number"))?;
        let value: f64 = value.parse().with_context(|| format!("`{word} {value}`: no number"))?;
        match *word {
            "--sessions" => wish.sessions = value,
            "--hours" => wish.hours = value,
            "--answer" => wish.answer = value,
            "--dreams" => wish.at_a_time = value as u64,
            other => bail!(
                "`{other}` is no option: --sessions (a day), --hours (of it in which dreams run), --answer (seconds), --dreams (of \
                 a worker at a time)"
            ),
        }
    }
    println!("{}", told(wish, &measured()?)?);
    Ok(())
}

fn measured() -> Result<Value> {
    Ok(serde_json::from_str(MEASURED)?)
}

fn told(wish: Wish, measured: &Value) -> Result<String> {
    let row = &measured["workers"][0];
    let of = |name: &str| row[name].as_f64().with_context(|| format!("no `{name}` was measured"));
    let dreams = wish.sessions / A_DREAM;
    let a_second = dreams / (wish.hours * 3_600.0);
    let calls = (A_DREAM * CALLS + 1.0).ceil();
    let (work, database) = (of("server_cpu_s")?, of("database_cpu_s")?);
    let journal = of("journal_cpu_s")?;
    let lasts = (calls / PARALLEL as f64).ceil() * wish.answer + work + database + journal;
    let at_work = a_second * lasts;
    let by_place = at_work / (wish.at_a_time as f64 * BUSY);
    let by_processor = |work: f64| a_second * work / (PROCESSORS as f64 * BUSY);
    let workers = by_place.max(by_processor(work)).ceil();
    let processors = (a_second * (database + journal) / BUSY).ceil();
    let simulated = Setup {
        carriers: workers as u64,
        at_a_time: wish.at_a_time,
        machines: Machines::Own { carrier: PROCESSORS, database: processors as u64 },
        // Long enough that its beginning and end do not count.
        dreams: (at_work * 50.0) as u64,
        calls: calls as u64,
        delay: (wish.answer * 1e6) as u64,
        work: (work * 1e6) as u64,
        database: ((database + journal) * 1e6) as u64,
    };
    let tokens = (wish.sessions * READ, wish.sessions * WRITTEN);
    let dollars = (tokens.0 * PRICES.0 + tokens.1 * PRICES.1) / 1e6;
    let gigabytes = |bytes: f64| format!("{:.1} GB", bytes / 1e9);
    let rows = [
        ("sessions, dreams a day", format!("{:.0}, {dreams:.0}", wish.sessions)),
        ("dreams a minute, in the hours that they have", format!("{:.1}", a_second * 60.0)),
        (
            "the same, simulated with these machines",
            format!("{:.1} at most", simulated.dreams_a_minute()),
        ),
        ("dreams at work at a time", format!("{at_work:.0}")),
        ("workers, each with 2 processors", format!("{workers:.0}")),
        ("of these needed for their processors", format!("{:.2}", by_processor(work))),
        ("workers when all calls go in batches", format!("{:.0}", by_processor(work).ceil())),
        ("processors of Postgres and Restate", format!("{processors:.0}")),
        ("Postgres grows a day by", gigabytes(dreams * of("database_bytes")?)),
        ("of it rows", format!("{:.0}", dreams * of("database_rows")?)),
        ("Restate writes a day", gigabytes(dreams * of("journal_bytes")?)),
        ("transcripts a day, in an object store", gigabytes(wish.sessions * TRANSCRIPT)),
        (
            "tokens a day, read and written",
            format!("{:.1}, {:.1} thousand million", tokens.0 / 1e9, tokens.1 / 1e9),
        ),
        ("tokens a minute, read", format!("{:.1} million", tokens.0 / wish.hours / 60.0 / 1e6)),
        ("dollars a day", format!("{dollars:.0}")),
        ("dollars a day, in batches", format!("{:.0}", dollars / 2.0)),
    ];
    let line = |(name, value): &(&str, String)| format!("| {name} | {value} |");
    Ok(rows.iter().map(line).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How far the simulation may be from what was measured. Chosen by us: rounds that are played twice differ by up to a
    /// twentieth, and the first and the last dreams of a round wait for clients, which the simulation does not have.
    const NEAR: f64 = 0.1;

    #[test]
    fn the_simulation_is_near_to_what_was_measured() {
        let measured = measured().unwrap();
        let processors = measured["processors"].as_u64().unwrap();
        let rows = measured["workers"].as_array().unwrap();
        assert!(rows.len() >= 3);
        for row in rows {
            let setup = Setup::of(row, &rows[0], processors).unwrap();
            let wanted = row["dreams_a_minute"].as_f64().unwrap();
            let rate = setup.dreams_a_minute();
            assert!((rate / wanted - 1.0).abs() <= NEAR, "{rate:.0} simulated: {row}");
        }
    }

    #[test]
    fn a_plan_has_enough_machines_by_the_simulation() {
        let measured = measured().unwrap();
        for wish in
            [USUAL, Wish { hours: 6.0, ..USUAL }, Wish { sessions: 1e5, answer: 5.0, ..USUAL }]
        {
            let told = told(wish, &measured).unwrap();
            let number = |name: &str| -> f64 {
                let line = told.lines().find(|line| line.contains(name)).unwrap();
                let cell = line.split('|').nth(2).unwrap().trim();
                cell.split_whitespace().next().unwrap().parse().unwrap()
            };
            assert!(number("simulated") >= number("dreams a minute"), "{told}");
        }
    }
}
