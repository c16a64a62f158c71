//! What a host says of a session beside its transcript: `{"format": "dreaming.session/1", …}`, as a
//! part of its own or as a line of a transcript.

use crate::json::{Map, Value};

use super::calls;
use super::fields::{list_of, text_of};
use super::header::Header;
use super::number;
use dreaming_records::outcome::{Better, Metric, OutcomeSource};
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;
use dreaming_shield::redact::redact;
use dreaming_text::cut;

/// The name under which such a record is listed.
pub(super) const NAME: &str = "dreaming.session/1";

/// Metrics of one record. Chosen by us: a session is judged by a handful.
const MAX_METRICS: usize = 32;

/// Longest name of a metric, in bytes.
const MAX_NAME: usize = 64;

/// Whether a record is one of these.
pub(super) fn is_record(record: &Map<'_>) -> bool {
    text_of(record, "format") == Some(NAME)
}

/// The metrics of a record, as events. One with a metric that cannot be read is counted as unknown;
/// its other metrics are used.
pub(super) fn read(record: &Map<'_>, line: u64, header: &mut Header) -> Vec<Event> {
    header.described(record);
    let said = list_of(record, "outcomes");
    let metrics: Vec<Metric> = said.iter().take(MAX_METRICS).filter_map(metric).collect();
    if metrics.len() == said.len() {
        header.account.understood += 1;
    } else {
        header.account.unknown_type += 1;
    }
    metrics.into_iter().map(|metric| event(metric, line)).collect()
}

fn event(metric: Metric, line: u64) -> Event {
    Event {
        text: metric.name.clone(),
        kind: EventKind::Outcome(metric),
        provenance: Provenance::ToolResult,
        ..calls::on_line("", line, None)
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

/// A number, or a text that is one, in millionths.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(_) => number::millionths(value),
        Value::String(text) => number::of_text(text.trim_ascii()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use dreaming_records::outcome::WHOLE;

    #[test]
    fn a_metric_is_what_it_says_or_is_not_used() {
        let of = |json: &str| metric(&json::read(json).unwrap());
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
}
