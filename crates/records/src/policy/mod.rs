//! The policy of a dream: the values of the [`mod@table`] that differ from their defaults.

pub mod preset;
pub mod table;

use std::collections::BTreeMap;

use serde::Serialize;

use dreaming_text::sort;

use crate::canonical::{Done, Fault, Readable};
use crate::error::EngineError;
use crate::json::Reader;
use crate::kind::Kind;
use crate::outcome::SessionVerdict;
use crate::time::Time;
pub use preset::{PRESET, PRESETS, Preset};
use table::Item;
pub use table::*;

/// A value of a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(untagged)]
pub enum SettingValue {
    /// A switch.
    Switch(bool),
    /// A number.
    Integer(u64),
    /// A list of texts, such as paths. A list of one may be read without its brackets.
    Texts(Vec<String>),
}

impl Readable for SettingValue {
    fn blank() -> Self {
        Self::Switch(false)
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
        *self = match reader.peek() {
            Some(b'"') => Self::Texts(vec![String::of(reader)?]),
            Some(b'[') => Self::Texts(Vec::of(reader)?),
            Some(b'-' | b'0'..=b'9') => Self::Integer(u64::of(reader)?),
            _ => {
                let on = reader.word().ok().flatten();
                Self::Switch(on.ok_or("expected a switch, a number, a text or a list of texts")?)
            }
        };
        Ok(())
    }
}

/// A setting that is not usable; `why` names it.
fn unusable<T>(setting: &str, why: String) -> Result<T, EngineError> {
    Err(EngineError::request(setting, why))
}

/// Settings that differ from their defaults, by name. A list with one text is written as a list.
///
/// When read, it may name a preset under [`PRESET`]; its own settings win over those of the preset.
/// It is written as a JSON object `{"name": value}` without values that equal the default, so that
/// naming a default changes no byte.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "WrittenPolicy"))]
#[serde(into = "BTreeMap<String, SettingValue>")]
pub struct Policy {
    values: BTreeMap<String, SettingValue>,
}

impl Policy {
    /// A policy from settings in any order; `preset` may be among them.
    ///
    /// # Errors
    /// [`EngineError::InvalidRequest`] with the name of the setting, also when it occurs twice.
    pub fn of(
        settings: impl IntoIterator<Item = (String, SettingValue)>,
    ) -> Result<Self, EngineError> {
        let mut values = BTreeMap::new();
        for (name, value) in settings {
            if values.contains_key(&name) {
                return unusable(&name, format!("the setting `{name}` occurs twice"));
            }
            values.insert(name, value);
        }
        Self::try_from(values)
    }

    /// Sets one value.
    ///
    /// # Errors
    /// [`EngineError::InvalidRequest`] when there is no such setting, or it takes another type or
    /// range.
    pub fn set(&mut self, name: &str, value: SettingValue) -> Result<(), EngineError> {
        let takes = |what: &str| unusable(name, format!("setting `{name}` takes {what}"));
        let is_default = if let Some(setting) = INTEGERS.iter().find(|s| s.name == name) {
            let SettingValue::Integer(number) = value else { return takes("a number") };
            let Integer { min, max, unit, .. } = setting;
            if number < *min || number > *max {
                return takes(&format!("{min} to {max} {unit}, not {number}"));
            }
            number == setting.default
        } else if let Some(setting) = SWITCHES.iter().find(|s| s.name == name) {
            let SettingValue::Switch(on) = value else { return takes("true or false") };
            on == setting.default
        } else if let Some(setting) = TEXTS.iter().find(|s| s.name == name) {
            let SettingValue::Texts(items) = &value else { return takes("a list of texts") };
            if let Some(item) = items.iter().find(|item| !fits(setting, item)) {
                return takes(&format!("no `{item}`: each item is a {}", setting.unit));
            }
            items.is_empty()
        } else {
            return unusable(name, format!("no setting is named `{name}`"));
        };
        if is_default {
            let others = std::mem::take(&mut self.values).into_iter();
            self.values = sort::map(others.filter(|(other, _)| other != name));
        } else {
            self.values.insert(name.into(), value);
        }
        Ok(())
    }

    /// The same policy with one number changed; the number is clamped to the range of the setting.
    #[must_use]
    pub fn with(mut self, setting: &Integer, number: u64) -> Self {
        let number = number.clamp(setting.min, setting.max);
        self.values.insert(setting.name.into(), SettingValue::Integer(number));
        self
    }

    /// The value of a number.
    pub fn number(&self, setting: &Integer) -> u64 {
        match self.values.get(setting.name) {
            Some(SettingValue::Integer(number)) => *number,
            _ => setting.default,
        }
    }

    /// The value of a number of bytes or items, as an index. Saturates where `usize` is narrower.
    pub fn size(&self, setting: &Integer) -> usize {
        usize::try_from(self.number(setting)).unwrap_or(usize::MAX)
    }

    /// Whether a switch is on.
    pub fn is_on(&self, setting: &Switch) -> bool {
        match self.values.get(setting.name) {
            Some(SettingValue::Switch(on)) => *on,
            _ => setting.default,
        }
    }

    /// Replaces each item of a list, for example by a version without secrets.
    pub fn reword(&mut self, setting: &Texts, words: impl Fn(&str) -> String) {
        if let Some(SettingValue::Texts(items)) = self.values.get_mut(setting.name) {
            items.iter_mut().for_each(|item| *item = words(item));
        }
    }

    /// The items of a list.
    pub fn texts(&self, setting: &Texts) -> &[String] {
        match self.values.get(setting.name) {
            Some(SettingValue::Texts(items)) => items,
            _ => &[],
        }
    }
}

/// Whether a list takes an item.
fn fits(setting: &Texts, item: &str) -> bool {
    match setting.item {
        Item::Anything => true,
        Item::Said => !item.trim_ascii().is_empty(),
        Item::Kind => Kind::asked_for(item).is_some(),
        Item::Outcome => SessionVerdict::named(item).is_some(),
        Item::Time => Time::of_date_or_time(item).is_some(),
    }
}

impl Readable for Policy {
    fn blank() -> Self {
        Self::default()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
        let values = BTreeMap::of(reader)?;
        *self = Self::try_from(values).map_err(|error| Fault::malformed(error.to_string()))?;
        Ok(())
    }
}

impl TryFrom<BTreeMap<String, SettingValue>> for Policy {
    type Error = EngineError;

    fn try_from(values: BTreeMap<String, SettingValue>) -> Result<Self, EngineError> {
        let mut policy = match values.get(PRESET) {
            None => Self::default(),
            Some(SettingValue::Texts(names)) => Self::preset(&names.join(", "))?,
            Some(_) => {
                let why = format!("setting `{PRESET}` takes the name of a preset");
                return unusable(PRESET, why);
            }
        };
        for (name, value) in values.into_iter().filter(|(name, _)| name != PRESET) {
            policy.set(&name, value)?;
        }
        Ok(policy)
    }
}

impl From<Policy> for BTreeMap<String, SettingValue> {
    fn from(policy: Policy) -> Self {
        policy.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical;

    #[test]
    fn naming_a_default_changes_no_byte() {
        let mut policy = Policy::default();
        policy.set("round.sessions", SettingValue::Integer(4)).unwrap();
        assert_eq!(policy.number(&ROUND_SESSIONS), 4);
        policy.set("round.sessions", SettingValue::Integer(8)).unwrap();
        assert_eq!(policy, Policy::default());
    }

    #[test]
    fn a_wrong_name_type_or_range_is_an_error_that_says_so() {
        let mut policy = Policy::default();
        let unknown = policy.set("nope", SettingValue::Switch(true)).unwrap_err();
        assert_eq!(unknown.to_string(), "no setting is named `nope`");
        let kind = policy.set("gate.auto-add", SettingValue::Integer(1)).unwrap_err();
        assert_eq!(kind.to_string(), "setting `gate.auto-add` takes true or false");
        let range = policy.set("round.sessions", SettingValue::Integer(0)).unwrap_err();
        assert_eq!(range.to_string(), "setting `round.sessions` takes 1 to 100 sessions, not 0");
    }

    #[test]
    fn a_list_of_one_may_stand_without_its_brackets() {
        let read = |json: &str| canonical::from_bytes::<Policy>(json.as_bytes()).unwrap();
        assert_eq!(read(r#"{"pins.paths": "own/"}"#), read(r#"{"pins.paths": ["own/"]}"#));
    }

    #[test]
    fn each_list_of_the_table_is_in_the_order_of_the_names() {
        assert!(INTEGERS.is_sorted_by_key(|s| s.name));
        assert!(SWITCHES.is_sorted_by_key(|s| s.name));
        assert!(TEXTS.is_sorted_by_key(|s| s.name));
    }

    #[test]
    fn every_default_is_within_its_range_and_every_name_is_unique() {
        let mut names: Vec<&str> = INTEGERS.iter().map(|s| s.name).collect();
        names.extend(SWITCHES.iter().map(|s| s.name));
        names.extend(TEXTS.iter().map(|s| s.name));
        let count = names.len();
        dreaming_text::sort::all(&mut names);
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(INTEGERS.iter().all(|s| s.min <= s.default && s.default <= s.max));
    }
}
