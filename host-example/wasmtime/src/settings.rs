//! Settings as people write them.

use serde_json::{Map, Value};

use crate::types::{Setting, SettingValue};

/// The settings of a policy document (`docs/policy.md` of the repository), as requests take them.
/// Whether the engine knows them, and their ranges, is checked when a dream begins.
///
/// # Errors
/// The name of the first setting whose value has no form that a setting can have.
pub fn settings(policy: &Map<String, Value>) -> Result<Vec<Setting>, String> {
    let text = |item: &Value| item.as_str().map(str::to_owned);
    let setting = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Bool(on) => Some(SettingValue::Switch(*on)),
            Value::Number(number) => number.as_u64().map(SettingValue::Integer),
            Value::String(text) => Some(SettingValue::Texts(vec![text.clone()])),
            Value::Array(items) => {
                items.iter().map(text).collect::<Option<_>>().map(SettingValue::Texts)
            }
            _ => None,
        };
        let setting = value.map(|value| Setting { name: name.clone(), value });
        setting.ok_or_else(|| name.clone())
    };
    policy.iter().map(setting).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_of_one_needs_no_brackets_and_other_forms_are_named() {
        let of = |value: Value| {
            let policy = Map::from_iter([("charter.phrases".to_owned(), value)]);
            settings(&policy).map(|settings| settings[0].value.clone())
        };
        let texts = SettingValue::Texts(vec!["never".into()]);
        for value in [json!("never"), json!(["never"])] {
            assert!(
                matches!((of(value), &texts), (Ok(SettingValue::Texts(a)), SettingValue::Texts(b)) if a == *b)
            );
        }
        for wrong in [json!(null), json!(1.5), json!(-1), json!([1]), json!({})] {
            assert_eq!(of(wrong).unwrap_err(), "charter.phrases");
        }
    }
}
