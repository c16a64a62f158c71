//! Personal data in synthetic sentences.

use std::ops::Range;

use dreaming::redact::{Personal, mask};
use serde_json::Value;

use super::Protocol;
use super::secrets::texts;
use crate::data::Data;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol =
    Protocol { name: "pii", about: "personal data in synthetic sentences", run };

/// The kinds of personal data: name, label of the spans in the data, and the switch that masks only
/// this kind.
const KINDS: &[(&str, &str, Personal)] = &[
    ("e-mail", "EMAIL_ADDRESS", Personal { emails: true, cards: false, ibans: false }),
    ("card", "CREDIT_CARD", Personal { emails: false, cards: true, ibans: false }),
    ("IBAN", "IBAN_CODE", Personal { emails: false, cards: false, ibans: true }),
];

fn run(data: &Data) -> anyhow::Result<Measured> {
    let Some(lines) = data.lines("pii/presidio_synth.jsonl")? else {
        return Ok(Measured::absent("pii/presidio_synth.jsonl"));
    };
    let mut measured = Measured::default();
    for (name, label, switch) in KINDS {
        let (mut wanted, mut hidden, mut found, mut right) = (0, 0, 0, 0);
        for line in &lines {
            let text = line.get("text").and_then(Value::as_str).unwrap_or_default();
            let spans = spans(line, text, label);
            let masks = masks(text, *switch);
            let meet = |a: &Range<usize>, b: &Range<usize>| a.start < b.end && b.start < a.end;
            wanted += spans.len();
            let masked = mask(text, *switch);
            hidden += spans.iter().filter(|span| is_hidden(masked.as_deref(), span)).count();
            found += masks.len();
            right += masks.iter().filter(|m| spans.iter().any(|s| meet(m, s))).count();
        }
        let demand = (wanted > 0).then_some(Demand::AtLeast(0.95));
        let none = Some(Figure::share(0, wanted));
        measured.row(
            format!("{name}: hidden whole"),
            none,
            None,
            Figure::share(hidden, wanted),
            demand,
        );
        measured.row(
            format!("{name}: of what is hidden"),
            None,
            None,
            Figure::share(right, found),
            None,
        );
    }
    let (mut bytes, mut lines) = (0, [0; 3]);
    for folder in ["entire-lite/sessions", "transcripts-exact"] {
        for parts in data.sessions(folder)?.values() {
            for text in parts.iter().flat_map(|(_, bytes)| texts(bytes)) {
                bytes += text.len();
                for (count, (_, _, switch)) in lines.iter_mut().zip(KINDS) {
                    *count += text.lines().filter(|line| mask(line, *switch).is_some()).count();
                }
            }
        }
    }
    for ((name, _, _), count) in KINDS.iter().zip(lines).filter(|_| bytes > 0) {
        let rate = Figure::Amount(f64::from(count as u32) * 1e6 / bytes as f64, "/MB");
        measured.row(format!("{name}: lines of real transcripts"), None, None, rate, None);
    }
    measured.note("cards and IBANs are masked by default, e-mail addresses when redact.emails is on; phone numbers never");
    Ok(measured)
}

/// The spans with a label, in bytes; the data counts characters.
fn spans(line: &Value, text: &str, label: &str) -> Vec<Range<usize>> {
    let byte = |n: &Value| {
        let n = usize::try_from(n.as_u64()?).ok()?;
        Some(text.char_indices().nth(n).map_or(text.len(), |(at, _)| at))
    };
    let all = line.get("spans").and_then(Value::as_array).into_iter().flatten();
    all.filter(|span| span.get(0).and_then(Value::as_str) == Some(label))
        .filter_map(|span| Some(byte(span.get(1)?)?..byte(span.get(2)?)?))
        .collect()
}

/// Whether only characters of a mask are left of a span.
fn is_hidden(masked: Option<&str>, span: &Range<usize>) -> bool {
    let left = masked.and_then(|text| text.get(span.clone()));
    left.is_some_and(|left| {
        !left.contains(|c: char| c.is_alphanumeric() && !matches!(c, '9' | 'x'))
    })
}

/// What a mask hides: runs of changed bytes, with punctuation between them.
fn masks(text: &str, switch: Personal) -> Vec<Range<usize>> {
    let Some(masked) = mask(text, switch) else { return Vec::new() };
    let changed = |at: &usize| text.as_bytes().get(*at) != masked.as_bytes().get(*at);
    let mut found: Vec<Range<usize>> = Vec::new();
    for at in (0..text.len()).filter(changed) {
        match found.last_mut().filter(|last| at - last.end <= 2) {
            Some(last) => last.end = at + 1,
            None => found.push(at..at + 1),
        }
    }
    found
}
