//! The JSON schema of a policy, for editors and other tools.

use anyhow::Result;
use dreaming::kind::Kind;
use dreaming::policy::{
    CHARTER_KINDS, INTEGERS, Integer, OURS, PRESET, PRESETS, SELECT_OUTCOMES, STEER_KINDS,
    SWITCHES, Switch, TEXTS, Texts,
};
use serde_json::{Map, Value, json};

/// The words that a list of outcomes may hold. A test compares them with the engine's.
const OUTCOMES: &[&str] = &["good", "bad", "unknown"];

/// The kinds of statements that a person can ask for.
fn kinds() -> Vec<&'static str> {
    Kind::learned().map(|(name, _)| name).collect()
}

/// The schema as text.
///
/// # Errors
/// Only those of the JSON writer.
pub fn schema() -> Result<String> {
    let properties: Map<String, Value> = properties().into_iter().collect();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Dreaming policy",
        "description": "Settings of a dream that differ from their defaults. docs/policy.md is the page for people.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}

fn properties() -> Vec<(String, Value)> {
    let presets: Vec<Value> = PRESETS
        .iter()
        .map(|preset| json!({"const": preset.name, "description": preset.about}))
        .collect();
    let preset = json!({
        "description": "Settings to begin with; those that are named beside it stand over them.",
        "oneOf": presets,
    });
    let own = [
        ("$schema".to_owned(), json!({"type": "string", "description": "Where this schema is."})),
        (PRESET.to_owned(), preset),
    ];
    let integers = INTEGERS.iter().map(|s| (s.name.to_owned(), integer(s)));
    let switches = SWITCHES.iter().map(|s| (s.name.to_owned(), switch(s)));
    let texts = TEXTS.iter().map(|s| (s.name.to_owned(), texts(s)));
    own.into_iter().chain(integers).chain(switches).chain(texts).collect()
}

fn integer(setting: &Integer) -> Value {
    let Integer { unit, default, min, max, reason, source, .. } = setting;
    json!({
        "type": "integer",
        "minimum": min,
        "maximum": max,
        "default": default,
        "description": format!("{}. Unit: {unit}.", because(reason, source)),
    })
}

fn switch(setting: &Switch) -> Value {
    let Switch { default, reason, source, .. } = setting;
    let description = format!("{}.", because(reason, source));
    json!({"type": "boolean", "default": default, "description": description})
}

fn texts(setting: &Texts) -> Value {
    let Texts { name, unit, reason, .. } = setting;
    let item = if *name == SELECT_OUTCOMES.name {
        json!({"enum": OUTCOMES})
    } else if [STEER_KINDS.name, CHARTER_KINDS.name].contains(name) {
        json!({"enum": kinds()})
    } else {
        json!({"type": "string"})
    };
    json!({
        "anyOf": [item, {"type": "array", "items": item}],
        "default": [],
        "description": format!("{}. Each item: {unit}.", capital(reason)),
    })
}

fn because(reason: &str, source: &str) -> String {
    match source {
        OURS => capital(reason),
        _ => format!("{} (source: {source})", capital(reason)),
    }
}

/// Begins a sentence with a capital letter, unless its first word is the name of a setting.
fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or(String::new(), |first| first.to_uppercase().chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use dreaming::Policy;

    use super::*;

    /// Whether the engine accepts this policy.
    fn takes(policy: &Value) -> bool {
        dreaming::canonical::from_bytes::<Policy>(policy.to_string().as_bytes()).is_ok()
    }

    #[test]
    fn the_engine_takes_what_the_schema_lets_through_and_nothing_beyond_its_ends() {
        let mut numbers = 0;
        for (name, property) in properties() {
            let number = |key: &str| property.get(key).and_then(Value::as_u64);
            if let (Some(min), Some(max)) = (number("minimum"), number("maximum")) {
                numbers += 1;
                assert!(takes(&json!({&name: min})) && takes(&json!({&name: max})), "{name}");
                assert!(!takes(&json!({&name: max + 1})), "{name}");
                assert!(min == 0 || !takes(&json!({&name: min - 1})), "{name}");
            }
            if let Some(default) = property.get("default") {
                assert!(takes(&json!({&name: default})), "{name}");
            }
        }
        assert_eq!(numbers, INTEGERS.len());
    }

    #[test]
    fn words_of_lists_are_those_that_the_engine_takes() {
        for (name, words) in [
            (SELECT_OUTCOMES.name, OUTCOMES.to_vec()),
            (STEER_KINDS.name, kinds()),
            (CHARTER_KINDS.name, kinds()),
        ] {
            assert!(takes(&json!({name: words})), "{name}");
            assert!(!takes(&json!({name: ["index"]})), "{name}");
        }
        for preset in PRESETS {
            assert!(takes(&json!({"preset": preset.name})));
        }
    }
}
