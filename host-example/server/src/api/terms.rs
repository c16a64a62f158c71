//! What a body says about a dream, whether it begins now or by a schedule: its model, what that is told and may take.

use std::fmt::{self, Formatter};

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::App;
use crate::db::dreams::{Budget, Terms};
use crate::wire::error::ApiError;

/// Characters of instructions, at most. Source of this and the next: `dreams-api.md`, section 3.
const MAX_INSTRUCTIONS: usize = 4_096;
/// Characters of the id of a model, at most.
const MAX_MODEL: usize = 256;

/// The fields of a body.
#[derive(Debug)]
pub struct Given {
    pub model: Model,
    pub instructions: Option<String>,
    pub policy: Option<Map<String, Value>>,
    pub batch: Option<bool>,
    pub budget: Option<Budget>,
}

#[derive(Debug)]
pub enum Model {
    Id(String),
    Object(ModelObject),
}

/// By hand, because an untagged enum names no field that is wrong.
impl<'de> Deserialize<'de> for Model {
    fn deserialize<D: Deserializer<'de>>(model: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Model;

            fn expecting(&self, form: &mut Formatter<'_>) -> fmt::Result {
                form.write_str("the id of a model, or an object with an `id`")
            }

            fn visit_str<E: Error>(self, id: &str) -> Result<Model, E> {
                Ok(Model::Id(id.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Model, A::Error> {
                Deserialize::deserialize(MapAccessDeserializer::new(fields)).map(Model::Object)
            }
        }

        model.deserialize_any(Either)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelObject {
    id: String,
    speed: Option<String>,
}

impl Given {
    /// The terms, if a dream may have them.
    pub async fn terms(self, app: &App) -> Result<Terms, ApiError> {
        let model = model(self.model)?;
        let instructions = instructions(self.instructions)?;
        let budget = self.budget.unwrap_or_default();
        let models = app.runner.models();
        models.check(&model).map_err(|why| ApiError::of("model", why))?;
        let policy = self.policy.unwrap_or_default();
        app.runner.check(&policy).await.map_err(|why| ApiError::of("x_policy", why))?;
        let in_batches = self.batch.unwrap_or_default();
        if in_batches && !models.takes_batches(&model) {
            return Err(ApiError::of("x_batch", format!("`{model}` takes no batches")));
        }
        if budget.tokens == Some(0) || budget.dollars.is_some_and(|dollars| dollars <= 0.0) {
            return Err(ApiError::of("x_budget", "must have numbers above 0"));
        }
        let terms = Terms { model, instructions, policy, in_batches, budget };
        models.price_for(&terms).map_err(|why| ApiError::of("x_budget.dollars", why))?;
        Ok(terms)
    }
}

/// The id of a model, if it can be one.
fn model(model: Model) -> Result<String, ApiError> {
    let (id, speed) = match model {
        Model::Id(id) => (id, None),
        Model::Object(ModelObject { id, speed }) => (id, speed),
    };
    if id.is_empty() || id.chars().count() > MAX_MODEL {
        return Err(ApiError::of("model", format!("must have from 1 to {MAX_MODEL} characters")));
    }
    match speed {
        Some(speed) if speed != "standard" => {
            Err(ApiError::of("model.speed", "must be `standard`"))
        }
        _ => Ok(id),
    }
}

/// Instructions that are not too long.
fn instructions(text: Option<String>) -> Result<Option<String>, ApiError> {
    let length = text.as_ref().map(|text| text.chars().count());
    match length.is_some_and(|length| !(1..=MAX_INSTRUCTIONS).contains(&length)) {
        true => Err(ApiError::of("instructions", "must have from 1 to 4,096 characters")),
        false => Ok(text),
    }
}
