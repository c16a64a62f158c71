//! Interface `policy`.

use dreaming::interface;
use dreaming::policy::SettingValue;

use crate::Component;
use crate::bindings::dreaming::engine::types::{self as wire, Document, Setting};
use crate::bindings::exports::dreaming::engine::policy::{
    Guest, PresetDescription, SettingDescription,
};

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

    fn presets() -> Vec<PresetDescription> {
        let preset = |preset: interface::PresetDescription| PresetDescription {
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
fn setting((name, value): (String, SettingValue)) -> Setting {
    let value = match value {
        SettingValue::Switch(on) => wire::SettingValue::Switch(on),
        SettingValue::Integer(number) => wire::SettingValue::Integer(number),
        SettingValue::Texts(items) => wire::SettingValue::Texts(items),
    };
    Setting { name, value }
}
