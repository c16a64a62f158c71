//! Settings of the interface as a policy, and back. The component of the world `statements`
//! includes this file too.

use dreaming_records::error::EngineError;
use dreaming_records::policy::{Policy, SettingValue};

use crate::bindings::dreaming::engine::types as wire;

/// The policy made of the settings that differ from the defaults.
pub(crate) fn policy(settings: Vec<wire::Setting>) -> Result<Policy, EngineError> {
    let setting = |setting: wire::Setting| match setting.value {
        wire::SettingValue::Switch(on) => (setting.name, SettingValue::Switch(on)),
        wire::SettingValue::Integer(number) => (setting.name, SettingValue::Integer(number)),
        wire::SettingValue::Texts(items) => (setting.name, SettingValue::Texts(items)),
    };
    Policy::of(settings.into_iter().map(setting))
}
