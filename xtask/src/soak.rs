//! `cargo xtask soak`: the command is killed at random moments of a random life.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};

use crate::steps::{cargo, run, step};

/// Rounds when nobody names a number; what a release has to survive.
const ROUNDS: u64 = 200;

/// Plays the rounds. Each prints its seed, and a failed one is played again with
/// `--rounds 1 --seed` and that number.
pub fn soak(options: &[&str]) -> Result<()> {
    // Other rounds every time, unless somebody wants earlier ones.
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_secs());
    let (mut rounds, mut seed) = (ROUNDS, clock);
    for pair in options.chunks(2) {
        let [name, value] = pair else { bail!("`{}` needs a number", pair.join(" ")) };
        let value = value.parse().with_context(|| format!("`{name} {value}`: no number"))?;
        match *name {
            "--rounds" => rounds = value,
            "--seed" => seed = value,
            _ => bail!("unknown option `{name}`"),
        }
    }
    let test = ["test", "--package", "dreaming-command", "--test", "command"];
    let only = ["--", "soak::", "--nocapture"];
    step(&format!("{rounds} rounds from seed {seed}"), || {
        run(cargo("host-example", &test)
            .args(only)
            .env("DREAMING_SOAK_ROUNDS", rounds.to_string())
            .env("DREAMING_SOAK_SEED", seed.to_string()))
    })
}
