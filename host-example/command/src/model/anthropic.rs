//! Anthropic's Messages API, and servers that speak it.
//!
//! The form of the answer is asked for by `output_config.format` (structured outputs, which need no beta
//! header); a model that does not have them says so with status 400. What the model is told to do is
//! marked for the prompt cache. Of an answer the texts of its blocks count.

use std::time::Duration;

use dreaming_wasmtime::ModelCall;
use serde_json::{Value, json};

use super::http::Address;
use super::secret::Secret;
use super::tally::Usage;
use super::{MAX_ANSWER, Said, Service, Trouble, Try};
use crate::error::Result;

/// Where Anthropic serves it.
pub const HOME: &str = "https://api.anthropic.com";
/// The version of the API that this module was written for.
const VERSION: &str = "2023-06-01";

/// How somebody proves who they are.
#[derive(Debug)]
pub enum Key {
    /// An API key: header `x-api-key`.
    Api(Secret),
    /// A token: header `authorization`.
    Token(Secret),
}

/// One model of a service.
#[derive(Debug)]
pub struct Anthropic {
    address: Address,
    model: String,
}

impl Anthropic {
    /// A model behind `url`, which is what stands before `/v1/messages`.
    ///
    /// # Errors
    /// Those of [`Address::new`].
    pub fn new(model: &str, url: &str, key: Option<Key>, limit: Duration) -> Result<Self> {
        let key = key.map(|key| match key {
            Key::Api(key) => (key, "x-api-key", ""),
            Key::Token(token) => (token, "authorization", "Bearer "),
        });
        let url = format!("{}/v1/messages", url.trim_end_matches('/'));
        let address = Address::new(url, key, limit)?.with("anthropic-version", VERSION);
        Ok(Self { address, model: model.into() })
    }

    fn body(&self, call: &ModelCall) -> Value {
        let schema: Value = serde_json::from_str(&call.schema).unwrap_or_default();
        json!({
            "model": self.model,
            "max_tokens": call.max_tokens,
            "system": [
                {"type": "text", "text": call.system, "cache_control": {"type": "ephemeral"}},
            ],
            "messages": [{"role": "user", "content": call.prompt}],
            "output_config": {"format": {"type": "json_schema", "schema": schema}},
        })
    }
}

impl Service for Anthropic {
    fn ask(&self, call: &ModelCall) -> Try {
        match self.address.post(&self.body(call)) {
            Ok(message) => Try { came: self.read(&message), usage: usage(&message) },
            Err(trouble) => Try::of(Err(trouble)),
        }
    }
}

impl Anthropic {
    fn read(&self, message: &Value) -> std::result::Result<Said, Trouble> {
        match message.get("stop_reason").and_then(Value::as_str) {
            Some("refusal") => return Ok(Said::Refused),
            Some("max_tokens" | "model_context_window_exceeded") => {
                return Err(Trouble::Call(
                    "the answer was cut off: raise `propose.max-tokens`".into(),
                ));
            }
            _ => {}
        }
        let blocks = message.get("content").and_then(Value::as_array);
        let texts = blocks.into_iter().flatten().filter_map(|block| {
            let is_text = block.get("type").and_then(Value::as_str) == Some("text");
            is_text.then(|| block.get("text").and_then(Value::as_str)).flatten()
        });
        said(&self.address, texts.collect())
    }
}

/// An answer of a service, bounded, without the key.
pub(super) fn said(address: &Address, text: String) -> std::result::Result<Said, Trouble> {
    if text.is_empty() {
        return Err(Trouble::Call("the answer has no text".into()));
    }
    if text.len() > MAX_ANSWER {
        return Err(Trouble::Call("the answer is over 1 MiB".into()));
    }
    Ok(Said::Text(address.clean(&text)))
}

fn usage(message: &Value) -> Usage {
    let count = |name: &str| message.pointer(name).and_then(Value::as_u64).unwrap_or(0);
    Usage {
        input: count("/usage/input_tokens"),
        cache_write: count("/usage/cache_creation_input_tokens"),
        cache_read: count("/usage/cache_read_input_tokens"),
        output: count("/usage/output_tokens"),
    }
}
