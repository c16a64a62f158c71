//! Recorded answers as a model, for a replay.

use dreaming_wasmtime::{Answer, Model, ModelCall};
use serde_json::{Map, Value};

use crate::answer::from_json;

/// A model that returns recorded answers, by id of the call.
#[derive(Debug)]
pub struct RecordedModel(pub Map<String, Value>);

impl Model for RecordedModel {
    fn complete_many(&mut self, calls: Vec<ModelCall>) -> Vec<Answer> {
        let answer = |call: &ModelCall| {
            let recorded = self.0.get(&call.id).and_then(from_json);
            recorded.unwrap_or_else(|| Answer::Failed("no answer was recorded".into()))
        };
        calls.iter().map(answer).collect()
    }
}
