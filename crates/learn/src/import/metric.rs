//! Reads a metric: a measured value or somebody's judgement.

use crate::json_value::{Map, Value};

use super::fields::text_of;
use super::millionths;
use dreaming_records::outcome::{Better, Metric, OutcomeSource};
use dreaming_shield::redact::redact;
use dreaming_text::cut;

/// Longest name of a metric, in bytes, as [`Metric::name`] says.
const MAX_NAME: usize = 64;

/// The metric in an object; `name` if the object has none. Defaults: it was measured, more is
/// better, the goal is 1 for a boolean and none for a number, and the weight is the ordinary one.
/// `None` when any field cannot be read, because a guessed meaning could be wrong.
pub(super) fn of(fields: &Map<'_>, name: &str) -> Option<Metric> {
    let name = text_of(fields, "name").unwrap_or(name).trim_ascii();
    if name.is_empty() {
        return None;
    }
    let name = cut(&redact(name).text, MAX_NAME).to_owned();
    let source = match text_of(fields, "source") {
        None | Some("measured") => OutcomeSource::Measured,
        Some("graded") => OutcomeSource::Graded,
        Some("weak") => OutcomeSource::Weak,
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

/// A number, or a text that holds one, in millionths.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(_) => millionths::millionths(value),
        Value::String(text) => millionths::of_text(text.trim_ascii()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_records::outcome::WHOLE;

    #[test]
    fn a_metric_is_what_it_says_or_is_not_used() {
        let of = |json: &str| of(crate::json_value::read(json).unwrap().as_object().unwrap(), "");
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
        ] {
            assert_eq!(of(json), None, "{json}");
        }
    }
}
