//! One row of the table: all golden cases in one host.

use std::collections::BTreeMap;

use dreaming::canonical::digest;
use dreaming_testing::case::Files;
use dreaming_testing::{Host, Variation};

use crate::cases::{Difference, Golden};

/// The kinds of documents with a column in the table, in the order of the columns.
pub const KINDS: [&str; 5] = ["plan", "report", "ledger", "memories", "checkpoint"];

/// Hexadecimal digits of a digest that the table shows. Chosen by us: 48 bits are enough to look
/// at, because the bytes themselves were compared before.
const SHOWN: usize = 12;

/// The result of the cases in one host.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Cases.
    pub cases: usize,
    /// Plays: cases times variations.
    pub plays: usize,
    /// The beginning of one digest over all cases for each of [`KINDS`], of the first variation.
    pub digests: BTreeMap<&'static str, String>,
    /// The first difference from what is expected; `None` = every byte is equal.
    pub difference: Option<Difference>,
}

/// Plays `cases` in all `variations`.
pub fn play(host: &dyn Host, cases: &[&Golden], variations: &[Variation]) -> Played {
    let mut played = Played { cases: cases.len(), ..Played::default() };
    let mut bytes: BTreeMap<&str, Vec<u8>> = KINDS.map(|kind| (kind, Vec::new())).into();
    for case in cases {
        for (index, variation) in variations.iter().enumerate() {
            let (output, difference) = case.play(host, *variation);
            if index == 0 {
                gather(&case.name, &output.documents, &mut bytes);
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

/// Adds the documents of a case to the bytes of their kinds, each with its name and its length.
fn gather(case: &str, documents: &Files, bytes: &mut BTreeMap<&str, Vec<u8>>) {
    for (name, content) in documents {
        let Some(kind) = kind(name) else { continue };
        let bytes = bytes.entry(kind).or_default();
        bytes.extend(format!("{case}/{name} {}\n", content.len()).into_bytes());
        bytes.extend(content);
    }
}

/// The kind of a document. Revisions and prompts are compared, but have no column.
fn kind(name: &str) -> Option<&'static str> {
    let (_, rest) = name.split_once('-')?;
    match rest {
        "plan.json" => Some("plan"),
        "report.json" => Some("report"),
        "ledger.json" => Some("ledger"),
        "checkpoint.json" => Some("checkpoint"),
        _ if rest.starts_with("memory/") => Some("memories"),
        _ => None,
    }
}
