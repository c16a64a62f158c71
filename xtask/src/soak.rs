//! `cargo xtask soak`: random rounds that try to lose or damage data, and a table of their counts.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};

use crate::steps::{cargo, step};

/// Rounds of each kind by default: some minutes. A release has to survive 1,000.
const ROUNDS: u64 = 200;

/// The kinds of rounds, each a module of the command's tests.
pub const KINDS: [&str; 6] = ["lives", "saves", "writes", "disks", "foreign", "flips"];

/// Plays the rounds of all kinds, or of the named ones. Each fault names its seed; `--rounds 1
/// --seed` with that number plays it again.
pub fn soak(words: &[&str]) -> Result<()> {
    // New rounds every time, unless a seed is given.
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_secs());
    let (mut rounds, mut seed, mut kinds) = (ROUNDS, clock, Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut number = || -> Result<u64> {
            let value = words.next().with_context(|| format!("`{word}` needs a number"))?;
            value.parse().with_context(|| format!("`{word} {value}`: no number"))
        };
        match *word {
            "--rounds" => rounds = number()?,
            "--seed" => seed = number()?,
            kind if KINDS.contains(&kind) => kinds.push(kind),
            other => bail!("`{other}` is no kind of rounds: {}", KINDS.join(", ")),
        }
    }
    if kinds.is_empty() {
        kinds = KINDS.to_vec();
    }
    let (mut counts, mut failed) = (Vec::new(), Vec::new());
    for kind in kinds {
        let played = step(&format!("{kind}: {rounds} rounds from seed {seed}"), || {
            play(kind, rounds, seed, &mut counts)
        });
        // A fault in one kind does not stop the others.
        if let Err(error) = played {
            eprintln!("{error:#}");
            failed.push(kind);
        }
    }
    println!("\n{:<8} {:>8}  what", "kind", "count");
    for (kind, what, number) in &counts {
        println!("{kind:<8} {number:>8}  {what}");
    }
    ensure!(
        failed.is_empty(),
        "faults were found, or rounds could not be played: {}",
        failed.join(", ")
    );
    Ok(())
}

/// Plays the rounds of one kind and collects their counts: kind, name, number.
fn play(
    kind: &str,
    rounds: u64,
    seed: u64,
    counts: &mut Vec<(String, String, String)>,
) -> Result<()> {
    let test = ["test", "--quiet", "--package", "dreaming-command", "--test", "command"];
    let only = format!("soak::{kind}::");
    let mut child = cargo("host-example", &test)
        .args(["--", &only, "--nocapture"])
        .env("DREAMING_SOAK_ROUNDS", rounds.to_string())
        .env("DREAMING_SOAK_SEED", seed.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run cargo")?;
    let output = child.stdout.take().context("no output")?;
    for line in BufReader::new(output).lines() {
        let line = line?;
        // The format of `Counts::print` in the tests.
        let count = line.strip_prefix("soak ").and_then(|rest| {
            let (kind, rest) = rest.split_once(": ")?;
            let (what, number) = rest.rsplit_once(" = ")?;
            Some((kind.to_owned(), what.to_owned(), number.to_owned()))
        });
        match count {
            Some(count) => counts.push(count),
            None => println!("{line}"),
        }
    }
    ensure!(child.wait()?.success(), "the soak of {kind} failed");
    Ok(())
}
