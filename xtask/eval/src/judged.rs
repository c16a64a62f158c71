//! What readers said of statements that were proposed, by `projects/RUBRIC.md` of the data.
//!
//! `judged.jsonl`: `text`, the SHA-256 of a statement with one space between two words, and `said`, the words of
//! three readers who saw neither each other nor where a statement comes from.

use std::collections::BTreeMap;

use anyhow::Context as _;
use dreaming_records::canonical::digest;
use serde::Deserialize;

use crate::figure::{Demand, Figure};
use crate::report::Measured;
use crate::text::words;

/// What a reader says, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Wanted,
    Harmless,
    Noise,
    Wrong,
}

/// The judgements, by statement.
pub struct Judged(BTreeMap<String, Verdict>);

/// What is demanded of the statements that were judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demands {
    /// The least share that is wanted.
    pub wanted: Option<f64>,
    /// The most that is noise.
    pub noise: Option<f64>,
    /// The most that is wrong.
    pub wrong: Option<f64>,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    said: [Verdict; 3],
}

impl Judged {
    /// Reads the judgements.
    pub fn read() -> anyhow::Result<Self> {
        let rows = include_str!("../judged.jsonl").lines().map(|line| {
            let row: Row = serde_json::from_str(line).context("judged.jsonl")?;
            Ok((row.text, of_three(row.said)))
        });
        Ok(Self(rows.collect::<anyhow::Result<_>>()?))
    }

    /// What was said of a statement, if it was judged.
    pub fn verdict(&self, text: &str) -> Option<Verdict> {
        self.0.get(&statement_digest(text)).copied()
    }

    /// Rows about those of `texts` that were judged, if any was.
    pub fn rows<'a>(
        &self,
        what: &str,
        texts: impl IntoIterator<Item = &'a str>,
        demands: Demands,
        measured: &mut Measured,
    ) {
        let verdicts: Vec<Verdict> =
            texts.into_iter().filter_map(|text| self.verdict(text)).collect();
        let share = |wanted: Verdict| {
            Figure::share(verdicts.iter().filter(|v| **v == wanted).count(), verdicts.len())
        };
        if verdicts.is_empty() {
            return;
        }
        let Demands { wanted, noise, wrong } = demands;
        let rows = [
            ("wanted", Verdict::Wanted, wanted.map(Demand::AtLeast)),
            ("noise", Verdict::Noise, noise.map(Demand::AtMost)),
            ("wrong", Verdict::Wrong, wrong.map(Demand::AtMost)),
        ];
        for (name, verdict, demand) in rows {
            measured.row(format!("{what}: {name}"), None, None, share(verdict), demand);
        }
    }
}

/// By what a statement is known here: the SHA-256 of its words with one space between two.
pub fn statement_digest(text: &str) -> String {
    digest(words(text).as_bytes()).to_string()
}

/// What most say; when all differ, the worse of the two that are nearest, the worst of three that are equally near.
fn of_three(mut said: [Verdict; 3]) -> Verdict {
    said.sort();
    let [best, middle, worst] = said;
    let place = |verdict: Verdict| verdict as u8;
    match () {
        () if best == middle || middle == worst => middle,
        () if place(middle) - place(best) < place(worst) - place(middle) => middle,
        () => worst,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_decide_and_else_the_worse_of_the_nearest() {
        use Verdict::{Harmless, Noise, Wanted, Wrong};
        assert_eq!(of_three([Wrong, Wanted, Wanted]), Wanted);
        assert_eq!(of_three([Wrong, Noise, Wanted]), Wrong);
        assert_eq!(of_three([Wrong, Harmless, Wanted]), Harmless);
        assert_eq!(of_three([Noise, Harmless, Wanted]), Noise);
    }

    #[test]
    fn every_line_can_be_read() {
        let judged = Judged::read().unwrap();
        assert!(judged.0.len() >= 140, "{}", judged.0.len());
        assert_eq!(judged.verdict("Nobody proposed this."), None);
    }
}
