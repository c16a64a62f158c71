//! Answers of a strong language model to calls of this engine, recorded once, without checks or
//! repairs.
//!
//! `recorded.jsonl`: `prompts` (the version of the prompts), `project`, `session` and the
//! `proposals` of all calls of that session, in the format of answers. Only the quotes differ: each
//! is given by its `bytes` and its `hash`, because we may not publish the words of the sessions.
//! The sessions are in the folder of data.

use anyhow::Context as _;
use serde_json::Value;

/// The answers, one row for each session.
pub fn rows() -> anyhow::Result<Vec<Value>> {
    let rows = include_str!("../recorded.jsonl").lines();
    rows.map(|line| serde_json::from_str(line).context("recorded.jsonl")).collect()
}

/// The factor of [`hash`]: the prime of FNV-1a, which is odd and has few bits.
const FACTOR: u64 = 0x0100_0000_01b3;

/// The hash of a text: its bytes as the digits of a number in base [`FACTOR`], modulo 2^64.
fn hash(text: &[u8]) -> u64 {
    text.iter().fold(0, |sum: u64, byte| sum.wrapping_mul(FACTOR).wrapping_add(u64::from(*byte)))
}

/// The first part of `text` with so many bytes and this hash.
fn find(text: &str, bytes: usize, wanted: u64) -> Option<&str> {
    let all = text.as_bytes();
    let highest = (1..bytes).fold(1u64, |power, _| power.wrapping_mul(FACTOR));
    let mut sum = hash(all.get(..bytes)?);
    for at in 0.. {
        if sum == wanted
            && let Some(found) = text.get(at..at + bytes)
        {
            return Some(found);
        }
        let (first, next) = (all[at], *all.get(at + bytes)?);
        sum = sum.wrapping_sub(u64::from(first).wrapping_mul(highest));
        sum = sum.wrapping_mul(FACTOR).wrapping_add(u64::from(next));
    }
    None
}

/// The words of a quote in `event`, if it has them: found as written, or by length and hash.
pub fn quoted<'a>(piece: &'a Value, event: &'a str) -> Option<&'a str> {
    if let Some(quote) = piece["quote"].as_str() {
        return event.contains(quote).then_some(quote);
    }
    let bytes = usize::try_from(piece["bytes"].as_u64()?).ok()?;
    let hash = u64::from_str_radix(piece["hash"].as_str()?, 16).ok()?;
    (bytes > 0).then(|| find(event, bytes, hash))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_quote_is_found_by_its_length_and_hash() {
        let event = "é: make test, make test --all\n";
        for quote in ["é", "make test", "--all", event] {
            let piece =
                json!({"bytes": quote.len(), "hash": format!("{:016x}", hash(quote.as_bytes()))});
            assert_eq!(quoted(&piece, event), Some(quote));
            assert_eq!(quoted(&piece, "mike tast"), None);
            assert_eq!(quoted(&piece, ""), None);
        }
        assert_eq!(quoted(&json!({"quote": "make"}), event), Some("make"));
        assert_eq!(quoted(&json!({"bytes": 0, "hash": "0"}), event), None);
    }

    #[test]
    fn every_row_can_be_read() {
        let rows = rows().unwrap();
        assert!(rows.len() >= 30, "{}", rows.len());
        for piece in rows.iter().flat_map(|row| row["proposals"].as_array().unwrap()) {
            let evidence = piece["evidence"].as_array().unwrap();
            assert!(!evidence.is_empty() && piece["text"].is_string());
            assert!(evidence.iter().all(|e| e["bytes"].is_u64() && e["hash"].is_string()));
        }
    }
}
