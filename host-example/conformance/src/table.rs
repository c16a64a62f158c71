//! One row of the table: all golden cases in one host.

use std::collections::BTreeMap;

use dreaming::canonical::digest;
use dreaming_testing::case::Files;
use dreaming_testing::{Host, Variation};
use serde_json::Value;

use crate::cases::{Difference, Golden};

/// What is compared, in the order of the columns.
pub const KINDS: [&str; 5] = ["plan", "report", "ledger", "memories", "checkpoint"];

/// Hexadecimal digits of a digest that the table shows. Chosen by us: 48 bits, and the bytes
/// themselves have been compared before.
const SHOWN: usize = 12;

/// What a host made of the cases.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Cases.
    pub cases: usize,
    /// Plays: cases times variations.
    pub plays: usize,
    /// The beginning of one digest over all cases for each of [`KINDS`], of the first variation.
    pub digests: BTreeMap<&'static str, String>,
    /// The first difference from the expected files; `None` = every byte is equal.
    pub difference: Option<Difference>,
}

/// Plays `cases` in all `variations`.
pub fn play(host: &dyn Host, cases: &[&Golden], variations: &[Variation]) -> Played {
    let mut played = Played { cases: cases.len(), ..Played::default() };
    let mut bytes: BTreeMap<&str, Vec<u8>> = KINDS.map(|kind| (kind, Vec::new())).into();
    for case in cases {
        for (index, variation) in variations.iter().enumerate() {
            let (files, difference) = case.play(host, *variation);
            if index == 0 {
                gather(&case.name, &files, &mut bytes);
            }
            played.plays += 1;
            played.difference = played.difference.or(difference);
        }
    }
    let shown = |(kind, bytes): (_, Vec<u8>)| {
        let mut digest = digest(&bytes).to_string();
        digest.truncate(SHOWN);
        (kind, digest)
    };
    played.digests = bytes.into_iter().map(shown).collect();
    played
}

/// Adds the files of a case to the bytes of their kinds, each with its name and its length.
fn gather(case: &str, files: &Files, bytes: &mut BTreeMap<&str, Vec<u8>>) {
    for (name, content) in files {
        let Some((kind, content)) = kind(name, content) else { continue };
        let bytes = bytes.entry(kind).or_default();
        bytes.extend(format!("{case}/{name} {}\n", content.len()).into_bytes());
        bytes.extend(content);
    }
}

/// The kind of a file, and what of it counts. Stories and prompts are compared, but have no column.
fn kind(name: &str, content: &[u8]) -> Option<(&'static str, Vec<u8>)> {
    if name == "digests.json" {
        let steps: Vec<Value> = serde_json::from_slice(content).ok()?;
        let checkpoints: Vec<&str> =
            steps.iter().filter_map(|step| step["checkpoint"].as_str()).collect();
        return Some(("checkpoint", checkpoints.join("\n").into_bytes()));
    }
    let (_, rest) = name.split_once('-')?;
    let kind = match rest {
        "plan.json" => "plan",
        "report.json" => "report",
        "ledger.json" => "ledger",
        _ if rest.starts_with("memory/") => "memories",
        _ => return None,
    };
    Some((kind, content.to_vec()))
}
