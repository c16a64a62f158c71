//! What a client asks of the server.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Program;

/// A line that each memory has twice, until a dream merges it.
const LINE: &str = "- The staging host is blue.\n";

pub fn get(server: &Program, path: &str) -> Value {
    let request = ureq::get(format!("{}{path}", server.url)).header("x-api-key", &server.key);
    request.call().unwrap().body_mut().read_json().unwrap()
}

pub fn post(server: &Program, path: &str, body: &Value) -> Value {
    let request = ureq::post(format!("{}{path}", server.url)).header("x-api-key", &server.key);
    request.send_json(body).unwrap().body_mut().read_json().unwrap()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// A new store with a memory.
pub fn store(server: &Program, number: usize) -> String {
    let store = text(&post(server, "/v1/memory_stores", &json!({ "name": "Shop" }))["id"]);
    let content = format!("{}- Store {number} opens at nine.\n", LINE.repeat(2));
    let notes = json!({ "path": "/notes.md", "content": content });
    post(server, &format!("/v1/memory_stores/{store}/memories"), &notes);
    store
}

/// Registers a session about a store, on which a dream has something to say.
pub fn session(server: &Program, store: usize, number: usize) -> String {
    let import = json!({ "x_import": "true" });
    let asked = json!({ "agent": "a", "environment_id": "e", "metadata": import });
    let id = text(&post(server, "/v1/sessions", &asked)["id"]);
    let words = |words: &str| json!([{ "type": "text", "text": words }]);
    let day = number + 1;
    let events = json!({ "events": [
        {
            "type": "user.message", "processed_at": format!("2026-03-{day:02}T09:00:00Z"),
            "content": words("From now on, always use tabs for indentation."),
        },
        {
            "type": "agent.message", "processed_at": format!("2026-03-{day:02}T09:00:05Z"),
            "content": words(&format!("Done, part {number} of store {store}.")),
        },
    ] });
    post(server, &format!("/v1/sessions/{id}/events"), &events);
    id
}

/// Asks for a dream, into its store or into a new one: its id.
pub fn dream(server: &Program, store: &str, sessions: &[String], is_update: bool) -> String {
    asked_for(server, store, sessions, is_update, false)
}

/// Asks for a dream into its store whose calls go in a batch.
pub fn in_batch(server: &Program, store: &str, sessions: &[String]) -> String {
    asked_for(server, store, sessions, true, true)
}

fn asked_for(
    server: &Program,
    store: &str,
    sessions: &[String],
    is_update: bool,
    in_batches: bool,
) -> String {
    let mut asked = json!({
        "inputs": [
            { "type": "memory_store", "memory_store_id": store },
            { "type": "sessions", "session_ids": sessions },
        ],
        "model": "claude-test", "x_batch": in_batches,
    });
    if is_update {
        asked["output_behavior"] = json!({ "type": "update_existing", "memory_store_id": store });
    }
    text(&post(server, "/v1/dreams", &asked)["id"])
}

/// The contents of the memories that a dream wrote, once it is completed.
pub fn written(server: &Program, dream: &str) -> BTreeMap<String, String> {
    let over = until_over(server, dream);
    assert_eq!(over["status"], "completed", "{over}");
    let store = text(&over["outputs"][0]["memory_store_id"]);
    let listed = get(server, &format!("/v1/memory_stores/{store}/memories?view=full"));
    let memory = |memory: &Value| (text(&memory["path"]), text(&memory["content"]));
    listed["data"].as_array().unwrap().iter().map(memory).collect()
}

pub fn until_over(server: &Program, dream: &str) -> Value {
    let end = Instant::now() + Duration::from_secs(120);
    loop {
        let now = get(server, &format!("/v1/dreams/{dream}"));
        if !matches!(now["status"].as_str(), Some("pending" | "running")) {
            return now;
        }
        assert!(Instant::now() < end, "{now}");
        thread::sleep(Duration::from_millis(50));
    }
}
