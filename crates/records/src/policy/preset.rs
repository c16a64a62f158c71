//! Named lists of settings.

use dreaming_text::sort;

use crate::error::EngineError;

use super::{Integer, Policy, SettingValue, Switch, table, unusable};

/// The name under which a policy names a preset, among its settings.
pub const PRESET: &str = "preset";

/// A named list of settings. All other settings have their defaults.
#[derive(Debug)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// Whom it is for, in a sentence.
    pub about: &'static str,
    /// Its numbers.
    pub integers: &'static [(&'static Integer, u64)],
    /// Its switches.
    pub switches: &'static [(&'static Switch, bool)],
}

/// All presets, the most careful first.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "careful",
        about: "The defaults: unattended are equal statements next to each other in one list and lines of the index; all else waits for a person.",
        integers: &[],
        switches: &[],
    },
    Preset {
        name: "balanced",
        about: "For stores that somebody looks at now and then: near duplicates next to each other in one list merge unattended too.",
        integers: &[],
        switches: &[(&table::AUTO_NEAR, true)],
    },
    Preset {
        name: "compact",
        about: "For stores that agents load whole: as `balanced`, less is taken up, for a shorter time, and what is beyond 20,000 tokens is proposed for removal.",
        integers: &[
            (&table::STATEMENT_BYTES, 300),
            (&table::MAX_MISTAKES, 10),
            (&table::MAX_WORKFLOWS, 10),
            (&table::MAX_TOKENS, 20_000),
            (&table::STALE_DAYS, 45),
            (&table::STALE_DAYS_INTERMEDIATE, 90),
        ],
        switches: &[(&table::AUTO_NEAR, true)],
    },
];

impl Preset {
    /// Its settings, by name.
    pub fn settings(&self) -> Vec<(&'static str, SettingValue)> {
        let integers =
            self.integers.iter().map(|(s, value)| (s.name, SettingValue::Integer(*value)));
        let switches = self.switches.iter().map(|(s, on)| (s.name, SettingValue::Switch(*on)));
        let mut settings: Vec<_> = integers.chain(switches).collect();
        sort::by_key(&mut settings, |(name, _)| *name);
        settings
    }

    /// The policy with these settings.
    ///
    /// # Errors
    /// Never fails: a test builds each preset.
    pub(crate) fn policy(&self) -> Result<Policy, EngineError> {
        let mut policy = Policy::default();
        for (name, value) in self.settings() {
            policy.set(name, value)?;
        }
        Ok(policy)
    }
}

impl Policy {
    /// The policy of a preset.
    ///
    /// # Errors
    /// [`EngineError::InvalidRequest`] when there is no such preset.
    pub(crate) fn preset(name: &str) -> Result<Self, EngineError> {
        if let Some(found) = PRESETS.iter().find(|preset| preset.name == name) {
            return found.policy();
        }
        let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
        let names = names.join(", ");
        unusable(PRESET, format!("no preset is named `{name}`: there are {names}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::canonical;

    fn read(json: &str) -> Result<Policy, String> {
        canonical::from_bytes(json.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn each_preset_is_usable_and_sets_what_it_names_to_other_than_the_default() {
        for preset in PRESETS {
            let values: BTreeMap<String, SettingValue> = preset.policy().unwrap().into();
            let named: Vec<(&str, SettingValue)> = preset.settings();
            let written: Vec<(&str, SettingValue)> =
                values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            assert_eq!(written, named, "{}", preset.name);
        }
        assert_eq!(Policy::preset("careful").unwrap(), Policy::default());
    }

    #[test]
    fn single_settings_stand_over_a_preset_wherever_they_are_written() {
        let compact = Policy::preset("compact").unwrap();
        assert_eq!(read(r#"{"preset": "compact"}"#).unwrap(), compact);
        let other = read(r#"{"gate.auto-near": false, "preset": "compact", "tier.long-days": 4}"#);
        let other = other.unwrap();
        assert!(!other.is_on(&table::AUTO_NEAR) && compact.is_on(&table::AUTO_NEAR));
        assert_eq!(other.number(&table::LONG_DAYS), 4);
        assert_eq!(other.number(&table::STALE_DAYS), 45);
    }

    #[test]
    fn a_policy_is_written_without_its_preset_so_that_it_means_the_same_for_ever() {
        let written = serde_json::to_string(&Policy::preset("balanced").unwrap()).unwrap();
        assert_eq!(written, r#"{"gate.auto-near":true}"#);
    }

    #[test]
    fn an_unknown_preset_is_an_error_that_names_those_that_are() {
        for wrong in [r#"{"preset": "bold"}"#, r#"{"preset": ["careful", "compact"]}"#] {
            let error = read(wrong).unwrap_err();
            assert!(error.contains("careful, balanced, compact"), "{error}");
        }
    }
}
