//! Verdicts of readers on proposed statements, by `projects/RUBRIC.md` of the data.
//!
//! `judged.jsonl`: `text`, the SHA-256 of a statement with single spaces between its words, and
//! `said`, the words of three readers. No reader saw the others' verdicts or the origin of a
//! statement.

use std::collections::BTreeMap;

use anyhow::Context as _;
use dreaming_records::canonical::digest;
use serde::Deserialize;

use crate::figure::{Demand, Figure};
use crate::report::Measured;
use crate::text::words;

/// The verdict of a reader, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Wanted,
    Harmless,
    Noise,
    Wrong,
}

/// The verdicts, by digest of the statement.
pub struct Judged(BTreeMap<String, Verdict>);

/// The demands on judged statements.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demands {
    /// The least share of wanted ones.
    pub wanted: Option<f64>,
    /// The greatest share of noise.
    pub noise: Option<f64>,
    /// The greatest share of wrong ones.
    pub wrong: Option<f64>,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    said: [Verdict; 3],
}

impl Judged {
    /// Reads the verdicts.
    pub fn read() -> anyhow::Result<Self> {
        let rows = include_str!("../judged.jsonl").lines().map(|line| {
            let row: Row = serde_json::from_str(line).context("judged.jsonl")?;
            Ok((row.text, of_three(row.said)))
        });
        Ok(Self(rows.collect::<anyhow::Result<_>>()?))
    }

    /// The verdict on a statement, if it was judged.
    pub fn verdict(&self, text: &str) -> Option<Verdict> {
        self.0.get(&statement_digest(text)).copied()
    }

    /// Adds rows about those of `texts` that were judged, if any was.
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

/// The key of a statement: the SHA-256 of its words with single spaces between them.
pub fn statement_digest(text: &str) -> String {
    digest(words(text).as_bytes()).to_string()
}

/// The verdict of most readers. When all differ: the worse of the two that are closest, or the
/// worst of three that are equally far apart.
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
