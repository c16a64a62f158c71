//! Interface `policy`.

use dreaming::interface;
use dreaming::policy::Value;

use crate::Component;
use crate::bindings::dreaming::engine::types::{Document, Setting, SettingValue};
use crate::bindings::exports::dreaming::engine::policy::{Guest, Preset, SettingDescription};

impl Guest for Component {
    fn settings() -> Vec<SettingDescription> {
        let setting = |setting: interface::SettingDescription| SettingDescription {
            name: setting.name,
            takes: setting.takes,
            default: setting.default,
            reason: setting.reason,
        };
        interface::settings().into_iter().map(setting).collect()
    }

    fn presets() -> Vec<Preset> {
        let preset = |preset: interface::PresetDescription| Preset {
            name: preset.name,
            about: preset.about,
            settings: preset.settings.into_iter().map(setting).collect(),
        };
        interface::presets().into_iter().map(preset).collect()
    }

    fn fingerprint() -> Document {
        interface::fingerprint()
    }
}

/// A setting of a preset.
fn setting((name, value): (String, Value)) -> Setting {
    let value = match value {
        Value::Switch(on) => SettingValue::Switch(on),
        Value::Integer(number) => SettingValue::Integer(number),
        Value::Texts(items) => SettingValue::Texts(items),
    };
    Setting { name, value }
}
