//! The form of an answer.

/// JSON schema of the answer. Kept to the subset that hosted and local models enforce: every
/// object is closed, no bounds, no references.
pub(super) const ANSWER: &str = r#"{"type":"object","additionalProperties":false,"required":["proposals"],"properties":{"proposals":{"type":"array","items":{"type":"object","additionalProperties":false,"required":["kind","text","evidence"],"properties":{"kind":{"type":"string","enum":["fact","preference","workflow","mistake"]},"text":{"type":"string"},"subject":{"type":"string"},"wrong":{"type":"string"},"right":{"type":"string"},"evidence":{"type":"array","items":{"type":"object","additionalProperties":false,"required":["event","quote"],"properties":{"event":{"type":"integer"},"quote":{"type":"string"}}}}}}}}}"#;

#[cfg(test)]
mod tests {
    use serde_json::Value;

    #[test]
    fn the_schema_is_json_and_closes_every_object() {
        fn closed(value: &Value) -> bool {
            let here = value.get("type") != Some(&"object".into())
                || value.get("additionalProperties") == Some(&false.into());
            let below = match value {
                Value::Object(fields) => fields.values().all(closed),
                Value::Array(items) => items.iter().all(closed),
                _ => true,
            };
            here && below
        }
        let schema: Value = serde_json::from_str(super::ANSWER).unwrap();
        assert!(closed(&schema));
        assert!(schema["properties"]["proposals"]["items"]["properties"]["evidence"].is_object());
    }
}
