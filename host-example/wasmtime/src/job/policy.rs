//! What may be set: `wit/policy.wit`.

use crate::error::Error;
use crate::job::Job;
use crate::store::{Model, Store};
use crate::types::{Document, PresetDescription, SettingDescription};

impl<S: Store, M: Model> Job<S, M> {
    /// The policy table, by name.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn settings(&mut self) -> Result<Vec<SettingDescription>, Error> {
        self.call(|dreamer, store| dreamer.dreaming_engine_policy().call_settings(store))
    }

    /// The presets of the policy table, the most careful first.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn presets(&mut self) -> Result<Vec<PresetDescription>, Error> {
        self.call(|dreamer, store| dreamer.dreaming_engine_policy().call_presets(store))
    }

    /// Which engine this is: canonical JSON.
    ///
    /// # Errors
    /// None beyond those of every call.
    pub fn fingerprint(&mut self) -> Result<Document, Error> {
        self.call(|dreamer, store| dreamer.dreaming_engine_policy().call_fingerprint(store))
    }
}
