//! OpenAI's chat completions, and servers that speak them: Ollama, llama.cpp, vLLM and others.
//!
//! `response_format` asks for the form of the answer. OpenAI itself gets a strict schema and the
//! limit as `max_completion_tokens`; other servers get the plain schema and `max_tokens`, which all
//! of them know.

mod batches;

use std::time::Duration;

use dreaming_wasmtime::ModelCall;
use serde_json::{Value, json};

use crate::advice::Advice;
use crate::anthropic::{answered, said};
use crate::batch::Batches;
use crate::http::Address;
use crate::secret::Secret;
use crate::tally::Usage;
use crate::{CUT_OFF, Result, Said, Service, Try};

/// OpenAI's own address.
pub const HOME: &str = "https://api.openai.com/v1";

/// One model of a service.
#[derive(Debug)]
pub struct OpenAi {
    address: Address,
    model: String,
    /// Whether the address is OpenAI's own.
    is_home: bool,
}

impl OpenAi {
    /// A model at `url`, the part of the address before `/chat/completions`.
    ///
    /// # Errors
    /// Those of [`Address::new`].
    pub fn new(
        model: &str,
        url: &str,
        key: Option<Secret>,
        limit: Duration,
        advice: Advice,
    ) -> Result<Self> {
        let key = key.map(|key| (key, "authorization", "Bearer "));
        let is_home = url == HOME;
        let url = url.trim_end_matches('/').to_owned();
        Ok(Self { address: Address::new(url, key, limit, advice)?, model: model.into(), is_home })
    }

    fn body(&self, call: &ModelCall) -> Value {
        let schema: Value = serde_json::from_str(&call.schema).unwrap_or_default();
        let schema = if self.is_home { strict(schema) } else { schema };
        let limit = if self.is_home { "max_completion_tokens" } else { "max_tokens" };
        json!({
            "model": self.model,
            "messages": [
                {"role": "system", "content": call.system},
                {"role": "user", "content": call.prompt},
            ],
            limit: call.max_tokens,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": self.is_home, "schema": schema},
            },
        })
    }

    /// Reads a response; `None` if it is no completion.
    fn read(&self, answer: &Value) -> Option<Said> {
        let choice = answer.pointer("/choices/0")?;
        let text = |name: &str| choice.pointer(name).and_then(Value::as_str).unwrap_or_default();
        if !text("/message/refusal").is_empty() || text("/finish_reason") == "content_filter" {
            return Some(Said::Refused);
        }
        if text("/finish_reason") == "length" {
            return Some(Said::Unusable(CUT_OFF));
        }
        Some(said(&self.address, text("/message/content").into()))
    }
}

impl Service for OpenAi {
    fn ask(&self, call: &ModelCall) -> Try {
        let posted = self.address.post("/chat/completions", &self.body(call));
        answered(posted, usage, |answer| self.read(answer))
    }

    fn batches(&self) -> Option<&dyn Batches> {
        Some(self)
    }
}

/// Makes a schema strict as OpenAI wants it: every field of an object is required, and an optional
/// field may be `null`. The engine reads `null` as left out.
fn strict(mut schema: Value) -> Value {
    if let Some(items) = schema.get_mut("items") {
        *items = strict(items.take());
    }
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(Value::Object(fields)) = schema.get_mut("properties") {
        for (name, field) in fields.iter_mut() {
            *field = strict(field.take());
            let kind = field.get("type").and_then(Value::as_str).map(str::to_owned);
            if let Some(kind) = kind.filter(|_| !required.contains(&json!(name))) {
                field["type"] = json!([kind, "null"]);
                if let Some(Value::Array(values)) = field.get_mut("enum") {
                    values.push(Value::Null);
                }
            }
        }
        let names: Vec<&String> = fields.keys().collect();
        schema["required"] = json!(names);
    }
    schema
}

/// OpenAI counts tokens from the cache in `prompt_tokens` too, so they are subtracted.
fn usage(answer: &Value) -> Usage {
    let count = |name: &str| answer.pointer(name).and_then(Value::as_u64).unwrap_or(0);
    let cached = count("/usage/prompt_tokens_details/cached_tokens");
    Usage {
        input: count("/usage/prompt_tokens").saturating_sub(cached),
        cache_write: 0,
        cache_read: cached,
        output: count("/usage/completion_tokens"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strict_form_requires_every_field_and_lets_those_that_may_be_left_out_be_null() {
        let schema = json!({"type": "object", "required": ["list"], "properties": {"list": {
            "type": "array", "items": {"type": "object", "required": ["a"], "properties": {
                "a": {"type": "string"}, "b": {"type": "integer"},
            }},
        }}});
        let strict = strict(schema);
        let item = &strict["properties"]["list"]["items"];
        assert_eq!(item["required"], json!(["a", "b"]));
        assert_eq!(item["properties"]["a"]["type"], "string");
        assert_eq!(item["properties"]["b"]["type"], json!(["integer", "null"]));
        assert_eq!(strict["properties"]["list"]["type"], "array");
    }
}
