//! The model: it finds nothing after a while, and counts who asks it what, and how often.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::play::Result;

/// A word in the sessions of the store that ends each carrier.
pub const POISON: &str = "arsenic";

/// With faults one call in so many is slow, and one is turned away at first. Chosen by us: each dream of ten calls has some.
const ONE_IN: u64 = 20;

/// How much longer a slow answer takes.
const SLOW: u32 = 5;

/// A model. A clone is the same one.
#[derive(Clone)]
pub struct Model {
    delay: Duration,
    has_faults: bool,
    seen: Arc<Mutex<Seen>>,
    /// The processes of the carriers, by number.
    pub carriers: Arc<Mutex<Vec<u32>>>,
}

#[derive(Default)]
struct Seen {
    /// How often each call was answered, or broke off.
    asked: BTreeMap<u64, usize>,
    /// Calls that are under way, and the process that made each.
    under_way: BTreeMap<u64, u32>,
    /// Calls that were turned away.
    turned_away: BTreeMap<u64, usize>,
    /// Calls that two processes, both there, had under way at a time.
    at_once: usize,
    /// Processes that the bad store ended.
    poisoned: usize,
}

/// What was counted.
pub struct Counted {
    /// Calls that were made, without those that were turned away.
    pub calls: usize,
    /// Different ones.
    pub different: usize,
    /// Calls that two processes, both there, had under way at a time.
    pub at_once: usize,
    /// Calls that were turned away.
    pub turned_away: usize,
    /// Processes that the bad store ended.
    pub poisoned: usize,
}

/// A call that is under way.
struct UnderWay {
    model: Model,
    call: u64,
    by: u32,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut seen = self.model.seen.lock().unwrap();
        if seen.under_way.get(&self.call) == Some(&self.by) {
            seen.under_way.remove(&self.call);
        }
    }
}

impl Model {
    /// Starts it: the model, and where it listens. Carrier `n` asks it with the key `n`: answers are kept by the address, which
    /// all carriers of a deployment have in common.
    pub fn start(delay: Duration, has_faults: bool) -> Result<(Self, String)> {
        let model = Self { delay, has_faults, seen: Arc::default(), carriers: Arc::default() };
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let service = Router::new().route("/v1/messages", post(answer)).with_state(model.clone());
        thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let limits = dreaming_server::Limits::default();
                dreaming_server::serve(listener, service, limits, std::future::pending()).await;
            });
        });
        Ok((model, url))
    }

    /// What was counted so far.
    pub fn counted(&self) -> Counted {
        let seen = self.seen.lock().unwrap();
        Counted {
            calls: seen.asked.values().sum(),
            different: seen.asked.len(),
            at_once: seen.at_once,
            turned_away: seen.turned_away.values().sum(),
            poisoned: seen.poisoned,
        }
    }

    fn process(&self, carrier: usize) -> u32 {
        self.carriers.lock().unwrap().get(carrier).copied().unwrap_or_default()
    }

    /// Ends a carrier, unless it ends already.
    fn end(&self, carrier: usize) {
        let mut carriers = self.carriers.lock().unwrap();
        let Some(process) = carriers.get_mut(carrier).filter(|process| **process > 0) else {
            return;
        };
        let _ = Command::new("kill").args(["-9", &process.to_string()]).status();
        *process = 0;
        drop(carriers);
        self.seen.lock().unwrap().poisoned += 1;
    }

    fn begin(&self, call: u64, by: u32) -> UnderWay {
        let mut seen = self.seen.lock().unwrap();
        *seen.asked.entry(call).or_default() += 1;
        if let Some(other) = seen.under_way.insert(call, by)
            && other != by
            && self.carriers.lock().unwrap().contains(&other)
        {
            seen.at_once += 1;
        }
        UnderWay { model: self.clone(), call, by }
    }

    /// Whether a call is turned away: the first time, if it is one of those.
    fn turns_away(&self, call: u64) -> bool {
        let is_one = self.has_faults && call % ONE_IN == 1;
        let mut seen = self.seen.lock().unwrap();
        if !is_one || seen.turned_away.contains_key(&call) {
            return false;
        }
        seen.turned_away.insert(call, 1);
        true
    }
}

async fn answer(
    State(model): State<Model>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let key = headers.get("x-api-key").and_then(|key| key.to_str().ok()?.parse().ok());
    let Some(carrier) = key else { return StatusCode::UNAUTHORIZED.into_response() };
    let asks = body["messages"].to_string();
    let mut hasher = DefaultHasher::new();
    asks.hash(&mut hasher);
    let call = hasher.finish();
    let by = model.process(carrier);
    if asks.contains(POISON) {
        model.end(carrier);
        return StatusCode::GONE.into_response();
    }
    if model.turns_away(call) {
        let why = json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } });
        return (StatusCode::from_u16(529).unwrap(), [("retry-after", "1")], Json(why))
            .into_response();
    }
    let under_way = model.begin(call, by);
    let is_slow = model.has_faults && call % ONE_IN == 2;
    tokio::time::sleep(if is_slow { model.delay * SLOW } else { model.delay }).await;
    let schema = &body["output_config"]["format"]["schema"];
    let mut found = json!({});
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let is_list = schema["properties"][name]["type"] == "array";
        found[name] = if is_list { json!([]) } else { json!("nothing") };
    }
    drop(under_way);
    Json(json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
        "content": [{"type": "text", "text": found.to_string()}],
        "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {"input_tokens": 100, "output_tokens": 30},
    }))
    .into_response()
}
