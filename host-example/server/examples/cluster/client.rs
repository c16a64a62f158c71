//! A client of the servers.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::model::POISON;
use crate::play::Result;

/// A line that each memory has twice, until a dream merges it.
pub const LINE: &str = "- The staging host is blue.\n";

/// Longest time for which servers that are started anew are waited for.
const ANEW: Duration = Duration::from_secs(60);

/// A client. It asks the next server when one is gone.
pub struct Client {
    pub urls: Arc<Mutex<Vec<String>>>,
    pub key: String,
    pub agent: ureq::Agent,
}

impl Client {
    fn ask(&self, path: &str, body: Option<&Value>) -> Result<Value> {
        let end = Instant::now() + ANEW;
        for number in 0.. {
            let urls = self.urls.lock().unwrap().clone();
            let url = format!("{}{path}", urls[number % urls.len()]);
            let came = match body {
                Some(body) => self.agent.post(url).header("x-api-key", &self.key).send_json(body),
                None => self.agent.get(url).header("x-api-key", &self.key).call(),
            };
            match came {
                Ok(mut came) => return Ok(came.body_mut().read_json()?),
                Err(error) if Instant::now() > end => return Err(format!("{path}: {error}").into()),
                Err(_) => thread::sleep(Duration::from_millis(50)),
            }
        }
        unreachable!("numbers do not end")
    }

    fn made(&self, path: &str, body: &Value) -> Result<String> {
        let told = self.ask(path, Some(body))?;
        Ok(told["id"].as_str().ok_or_else(|| told.to_string())?.to_owned())
    }

    /// Asks for a dream: its id.
    pub fn dream(&self, asked: &Value) -> Result<String> {
        self.made("/v1/dreams", asked)
    }

    /// Has a completed dream carried out again by one machine, from what it read and heard; whether plan and report are
    /// equal, byte for byte.
    pub fn is_equal_again(&self, dream: &str) -> Result<bool> {
        let told = self.ask(&format!("/v1/x/dreams/{dream}/replay"), Some(&json!({})))?;
        Ok(told["equal"] == true)
    }

    /// Why a dream failed.
    pub fn why(&self, dream: &str) -> Result<String> {
        Ok(self.ask(&format!("/v1/dreams/{dream}"), None)?["error"]["message"].to_string())
    }

    /// The store `number` with its sessions; what asks for a dream over it. With `is_bad` a session has the word that ends
    /// carriers.
    pub fn store(&self, number: usize, sessions: usize, is_bad: bool) -> Result<Value> {
        let store = self.made("/v1/memory_stores", &json!({ "name": "Shop" }))?;
        let notes = json!({ "path": "/notes.md", "content": LINE.repeat(2) });
        self.made(&format!("/v1/memory_stores/{store}/memories"), &notes)?;
        let mut read = Vec::new();
        for each in 0..sessions {
            let asked =
                json!({ "agent": "a", "environment_id": "e", "metadata": { "x_import": "true" } });
            let session = self.made("/v1/sessions", &asked)?;
            // Each call is of one store, so that a second one shows.
            let part = format!("{each} of store {number}{}", if is_bad { POISON } else { "" });
            let events: Vec<Value> = (0..10).map(|turn| event(each, turn, &part)).collect();
            self.ask(
                &format!("/v1/sessions/{session}/events"),
                Some(&json!({ "events": events })),
            )?;
            read.push(session);
        }
        Ok(json!({
            "model": "claude-test",
            "inputs": [
                { "type": "memory_store", "memory_store_id": store },
                { "type": "sessions", "session_ids": read },
            ],
            "output_behavior": { "type": "update_existing", "memory_store_id": store },
        }))
    }
}

fn event(session: usize, turn: usize, part: &str) -> Value {
    let (kind, words) = match turn {
        0 => (
            "user.message",
            format!("From now on, always use tabs for indentation. This is part {part}."),
        ),
        _ if turn.is_multiple_of(2) => {
            ("user.message", format!("Go on with step {turn} of part {part}, please."))
        }
        _ => (
            "agent.message",
            format!(
                "Step {turn} of part {part} is done. {}",
                "It builds, and its tests pass. ".repeat(20)
            ),
        ),
    };
    json!({
        "type": kind, "content": [{ "type": "text", "text": words }],
        "processed_at": format!("2026-03-{:02}T09:00:{turn:02}Z", session % 28 + 1),
    })
}
