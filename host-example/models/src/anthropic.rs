//! Anthropic's Messages API, and servers that speak it.
//!
//! `output_config.format` asks for the form of the answer (structured outputs, which need no beta
//! header); a model without them answers with status 400. The system prompt is marked for the
//! prompt cache. An answer is the text of all its text blocks.

pub(crate) mod batches;

use std::time::Duration;

use dreaming_wasmtime::ModelCall;
use serde_json::{Value, json};

use crate::advice::Advice;
use crate::batch::Batches;
use crate::http::{Address, Posted};
use crate::secret::Secret;
use crate::tally::Usage;
use crate::{CUT_OFF, MAX_ANSWER, Result, Said, Service, TOO_LONG, Took, Trouble, Try};

/// Anthropic's own address.
pub const HOME: &str = "https://api.anthropic.com";
/// The version of the API that this module was written for.
const VERSION: &str = "2023-06-01";

/// The credentials.
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
    /// A model at `url`, the part of the address before `/v1/messages`.
    ///
    /// # Errors
    /// Those of [`Address::new`].
    pub fn new(
        model: &str,
        url: &str,
        key: Option<Key>,
        limit: Duration,
        advice: Advice,
    ) -> Result<Self> {
        let key = key.map(|key| match key {
            Key::Api(key) => (key, "x-api-key", ""),
            Key::Token(token) => (token, "authorization", "Bearer "),
        });
        let url = format!("{}/v1/messages", url.trim_end_matches('/'));
        let address = Address::new(url, key, limit, advice)?.with("anthropic-version", VERSION);
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
        answered(self.address.post("", &self.body(call)), usage, |message| self.read(message))
    }

    fn batches(&self) -> Option<&dyn Batches> {
        Some(self)
    }
}

impl Anthropic {
    /// Reads an answer of the API; `None` if it is no message.
    fn read(&self, message: &Value) -> Option<Said> {
        let blocks = message.get("content")?.as_array()?;
        match message.get("stop_reason").and_then(Value::as_str) {
            Some("refusal") => return Some(Said::Refused),
            Some("max_tokens" | "model_context_window_exceeded") => {
                return Some(Said::Unusable(CUT_OFF));
            }
            _ => {}
        }
        let texts = blocks.iter().filter_map(|block| {
            let is_text = block.get("type").and_then(Value::as_str) == Some("text");
            is_text.then(|| block.get("text").and_then(Value::as_str)).flatten()
        });
        Some(said(&self.address, texts.collect()))
    }
}

/// Makes the outcome of a try from the response. `read` returns `None` for JSON that is no answer
/// of the service, for example from a proxy.
pub(crate) fn answered(
    posted: std::result::Result<Posted, Try>,
    usage: impl Fn(&Value) -> Usage,
    read: impl Fn(&Value) -> Option<Said>,
) -> Try {
    let answer = match posted {
        Ok(Posted::Json(answer)) => answer,
        Ok(Posted::TooLong) => {
            return Try { came: Ok(Said::Unusable(TOO_LONG)), took: Took::Unknown };
        }
        Err(failed) => return failed,
    };
    match read(&answer) {
        Some(said) => Try { came: Ok(said), took: Took::Counted(usage(&answer)) },
        None => Try::lost(Trouble::Call("this is no answer of the service".into())),
    }
}

/// Checks the length of an answer and cuts the key out of it.
pub(crate) fn said(address: &Address, text: String) -> Said {
    match text.len() {
        0 => Said::Unusable("the answer has no text"),
        1..=MAX_ANSWER => Said::Text(address.clean_answer(&text)),
        _ => Said::Unusable(TOO_LONG),
    }
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
