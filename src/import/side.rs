//! What a host says of a session beside its transcript: `{"format": "dreaming.session/1", …}`, as a
//! part of its own or as a line of a transcript.

use serde_json::{Map, Value};

use super::fields::text_of;
use super::format::{self, Format};
use super::header::Header;
use crate::outcome::{Better, Metric, OutcomeSource, WHOLE};
use crate::redact::redact;
use crate::session::{Account, Event, EventKind};
use crate::text::cut;
use crate::trust::Provenance;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "dreaming.session/1", is_record, reader: |_| Box::new(Reader) };

/// Metrics of one record. Chosen by us: a session is judged by a handful.
const MAX_METRICS: usize = 32;

/// Longest name of a metric, in bytes.
const MAX_NAME: usize = 64;

/// The greatest value that is told apart from greater ones: with millionths it still is an integer
/// that every JSON reader represents exactly.
const GREATEST: i64 = 9_000_000_000 * WHOLE;

/// Decimal places that are kept; further ones are cut off, so that no value reaches a goal that it
/// missed.
const PLACES: i64 = 6;

/// Whether a record is one of this format.
pub(super) fn is_record(record: &Map<String, Value>) -> bool {
    text_of(record, "format") == Some(FORMAT.name)
}

#[derive(Debug)]
struct Reader;

impl format::Reader for Reader {
    fn read(
        &mut self,
        record: &Map<String, Value>,
        line: u64,
        header: &mut Header,
        account: &mut Account,
    ) -> Vec<Event> {
        read(record, line, header, account)
    }
}

/// The metrics of a record, as events. One with a metric that cannot be read is counted as unknown;
/// its other metrics are used.
pub(super) fn read(
    record: &Map<String, Value>,
    line: u64,
    header: &mut Header,
    account: &mut Account,
) -> Vec<Event> {
    let text = |name| text_of(record, name).unwrap_or_default();
    header.agent(text("agent"));
    header.role(text("role"));
    header.principal(text("principal"));
    header.task(text("task"));
    header.branch(text("branch"));
    let said = record.get("outcomes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let metrics: Vec<Metric> = said.iter().take(MAX_METRICS).filter_map(metric).collect();
    if metrics.len() == said.len() {
        account.understood += 1;
    } else {
        account.unknown_type += 1;
    }
    metrics.into_iter().map(|metric| event(metric, line)).collect()
}

fn event(metric: Metric, line: u64) -> Event {
    Event {
        id: format!("line-{line}"),
        line,
        time: None,
        thread: String::new(),
        text: metric.name.clone(),
        kind: EventKind::Outcome(metric),
        provenance: Provenance::ToolResult,
    }
}

fn metric(said: &Value) -> Option<Metric> {
    let fields = said.as_object()?;
    let name = text_of(fields, "name").map(str::trim_ascii).filter(|name| !name.is_empty())?;
    let name = cut(&redact(name).text, MAX_NAME).to_owned();
    let source = match text_of(fields, "source") {
        None | Some("measured") => OutcomeSource::Measured,
        Some("graded") => OutcomeSource::Graded,
        Some(_) => return None,
    };
    let better = match text_of(fields, "better") {
        None | Some("higher") => Better::Higher,
        Some("lower") => Better::Lower,
        Some(_) => return None,
    };
    let weight = match fields.get("weight") {
        None | Some(Value::Null) => 100,
        Some(weight) => weight.as_u64()?.clamp(1, 1000),
    };
    let value = fields.get("value")?;
    if let Some(reached) = value.as_bool() {
        return Some(Metric { weight, ..Metric::verdict(&name, source, reached) });
    }
    let goal = match fields.get("goal") {
        None | Some(Value::Null) => None,
        Some(goal) => Some(number(goal)?),
    };
    Some(Metric { name, source, value: number(value)?, goal, better, weight })
}

/// A number, or a text that is one, in millionths. A number was read as the nearest one of 64 bits,
/// whose shortest text has up to 15 digits exactly as they were written; a text keeps them all.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => millionths(&number.to_string()),
        Value::String(text) => millionths(text.trim_ascii()),
        _ => None,
    }
}

/// A decimal number, also with an exponent, in millionths. Greater magnitudes than [`GREATEST`]
/// become that.
fn millionths(text: &str) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if whole.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let exponent: i64 = exponent.parse().ok()?;
    let digits = digits.trim_start_matches('0');
    // Digits before the point, once the value is in millionths.
    let point = i64::try_from(digits.len())
        .ok()?
        .checked_sub(i64::try_from(fraction.len()).ok()?)?
        .checked_add(exponent)?
        .checked_add(PLACES)?;
    if digits.is_empty() || point <= 0 {
        return Some(0);
    }
    // 18 digits fit into 63 bits; the greatest value has 16.
    let length = usize::try_from(point).ok().filter(|length| *length <= 18);
    let magnitude = length.and_then(|length| {
        let kept = digits.get(..length.min(digits.len()))?;
        format!("{kept:0<length$}").parse().ok()
    });
    Some(sign * magnitude.unwrap_or(GREATEST).min(GREATEST))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_are_read_without_loss_and_cut_toward_zero() {
        for (text, want) in [
            ("0", 0),
            ("1", 1_000_000),
            ("0.87", 870_000),
            ("-0.5", -500_000),
            ("12.3456789", 12_345_678),
            ("0.9999999", 999_999),
            ("1e3", 1_000_000_000),
            ("1.5E-3", 1_500),
            ("2.5e+1", 25_000_000),
            ("1e-7", 0),
            ("00.10", 100_000),
            ("9000000001", GREATEST),
            ("-1e300", -GREATEST),
            ("0e999999999999", 0),
        ] {
            assert_eq!(millionths(text), Some(want), "{text}");
        }
        for text in [
            "",
            "-",
            ".5",
            "1.2.3",
            "NaN",
            "1e",
            "0x1",
            "1 000",
            "１",
            "--1",
            "1e99999999999999999999",
        ] {
            assert_eq!(millionths(text), None, "{text}");
        }
        assert!(u64::try_from(GREATEST).unwrap() <= crate::canonical::MAX_INTEGER);
    }

    #[test]
    fn a_metric_is_what_it_says_or_is_not_used() {
        let of = |json: &str| metric(&serde_json::from_str(json).unwrap());
        let reward = of(r#"{"name":" reward ","value":0.1,"goal":"1.0"}"#).unwrap();
        assert_eq!((&*reward.name, reward.value, reward.goal), ("reward", 100_000, Some(WHOLE)));
        assert_eq!((reward.source, reward.weight), (OutcomeSource::Measured, 100));
        let slow = of(r#"{"name":"ms","value":250,"goal":200,"better":"lower","weight":5000}"#);
        assert_eq!(slow.as_ref().and_then(Metric::reached), Some(false));
        assert_eq!(slow.unwrap().weight, 1000);
        let passed = of(r#"{"name":"tests","value":true,"source":"graded"}"#).unwrap();
        assert_eq!((passed.reached(), passed.source), (Some(true), OutcomeSource::Graded));
        for json in [
            r#"{"value":1}"#,
            r#"{"name":"","value":1}"#,
            r#"{"name":"x"}"#,
            r#"{"name":"x","value":"many"}"#,
            r#"{"name":"x","value":1,"goal":[]}"#,
            r#"{"name":"x","value":1,"better":"up"}"#,
            r#"{"name":"x","value":1,"source":"guessed"}"#,
            r#"{"name":"x","value":1,"weight":-1}"#,
            "7",
        ] {
            assert_eq!(of(json), None, "{json}");
        }
    }

    proptest! {
        #[test]
        fn every_decimal_with_six_places_comes_back(value in -GREATEST..=GREATEST) {
            let (sign, size) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
            let text = format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000);
            prop_assert_eq!(millionths(&text), Some(value));
            let shifted = format!("{sign}{size}e-6");
            prop_assert_eq!(millionths(&shifted), Some(value));
        }

        #[test]
        fn no_text_stops_the_reader(text in "[-+.0-9eE ]{0,40}|.{0,20}") {
            let _ = millionths(&text);
        }
    }
}
