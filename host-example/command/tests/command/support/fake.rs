//! A fake model service over HTTP. It answers as the test says, and rejects requests that the real
//! service would reject.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use jsonschema::Validator;
use serde_json::{Value, json};
use tiny_http::{Header, Method, Request, Response, Server};

/// Whose request and response formats the service uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    Anthropic,
    OpenAi,
}

/// A request that the service got, with the status of its reply.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
    /// The HTTP status of the reply; 0 if there was none.
    pub status: u16,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }
}

/// How the service replies to a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// An answer of the model with this text, in the format of the service.
    Says(String),
    /// An answer in which the model refuses.
    Refuses,
    /// An answer that ends in the middle, at the limit of tokens.
    CutOff,
    /// An HTTP status with headers and a body.
    Http(u16, Vec<(&'static str, String)>, String),
    /// No reply as long as the service runs.
    Hangs,
}

/// Chooses the reply to the n-th request, counted from 0.
pub type Answers = Box<dyn Fn(usize, &Seen) -> Reply + Send + Sync>;

/// A running fake service. Dropping it ends the service.
pub struct Fake {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    ends: Arc<AtomicBool>,
    server: Arc<Server>,
}

impl Fake {
    pub fn start(speaks: Speaks, answers: Answers) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
        let port = server.server_addr().to_ip().unwrap().port();
        let root = format!("http://127.0.0.1:{port}");
        let url = match speaks {
            Speaks::Anthropic => root,
            Speaks::OpenAi => format!("{root}/v1"),
        };
        let seen = Arc::new(Mutex::new(Vec::new()));
        let ends = Arc::new(AtomicBool::new(false));
        let answers = Arc::new(answers);
        let form: Value = serde_json::from_str(match speaks {
            Speaks::Anthropic => include_str!("schemas/anthropic.json"),
            Speaks::OpenAi => include_str!("schemas/openai.json"),
        })
        .unwrap();
        let form = Arc::new(jsonschema::validator_for(&form).unwrap());
        for _ in 0..8 {
            let (server, seen, ends) = (Arc::clone(&server), Arc::clone(&seen), Arc::clone(&ends));
            let (answers, form) = (Arc::clone(&answers), Arc::clone(&form));
            thread::spawn(move || {
                while let Ok(request) = server.recv() {
                    serve(speaks, request, &form, &*answers, &seen, &ends);
                }
            });
        }
        Self { url, seen, ends, server }
    }

    /// Starts a service that gives the same reply to every request.
    pub fn says(speaks: Speaks, reply: Reply) -> Self {
        Self::start(speaks, Box::new(move |_, _| reply.clone()))
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        for _ in 0..8 {
            self.server.unblock();
        }
    }
}

fn serve(
    speaks: Speaks,
    mut request: Request,
    form: &Validator,
    answers: &(dyn Fn(usize, &Seen) -> Reply + Send + Sync),
    seen: &Mutex<Vec<Seen>>,
    ends: &AtomicBool,
) {
    let mut body = String::new();
    request.as_reader().read_to_string(&mut body).unwrap();
    let header = |header: &Header| {
        (header.field.as_str().as_str().to_ascii_lowercase(), header.value.to_string())
    };
    let came = Seen {
        path: request.url().to_owned(),
        headers: request.headers().iter().map(header).collect(),
        body: serde_json::from_str(&body).unwrap_or_default(),
        status: 0,
    };
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(came.clone());
        seen.len() - 1
    };
    let (status, headers, body) = match wrong(speaks, &request, &came, form) {
        Some(why) => (400, Vec::new(), error("invalid_request_error", &why)),
        None => match answers(number, &came) {
            Reply::Says(text) => (200, Vec::new(), words(speaks, &text, false)),
            Reply::CutOff => (200, Vec::new(), words(speaks, "{\"proposals\": [{\"ki", true)),
            Reply::Refuses => (200, Vec::new(), refusal(speaks)),
            Reply::Http(status, headers, body) => (status, headers, body),
            Reply::Hangs => {
                while !ends.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(10));
                }
                return;
            }
        },
    };
    seen.lock().unwrap()[number].status = status;
    let mut response = Response::from_string(body).with_status_code(status);
    for (name, value) in headers {
        response.add_header(Header::from_bytes(name, value).unwrap());
    }
    // If this fails, the client has closed the connection.
    let _ = request.respond(response);
}

/// Why the real service would reject a request; `None` if it would not.
fn wrong(speaks: Speaks, request: &Request, seen: &Seen, form: &Validator) -> Option<String> {
    let (path, needed) = match speaks {
        Speaks::Anthropic => ("/v1/messages", &[("anthropic-version", "2023-06-01")][..]),
        Speaks::OpenAi => ("/v1/chat/completions", &[][..]),
    };
    if (request.method(), &*seen.path) != (&Method::Post, path) {
        return Some(format!("{} {}", request.method(), seen.path));
    }
    let json = [("content-type", "application/json")];
    for (name, value) in needed.iter().chain(&json) {
        if !seen.header(name).is_some_and(|given| given.starts_with(value)) {
            return Some(format!("header {name}"));
        }
    }
    form.iter_errors(&seen.body).next().map(|error| format!("{}: {error}", error.instance_path()))
}

pub fn error(kind: &str, message: &str) -> String {
    json!({"type": "error", "error": {"type": kind, "message": message}}).to_string()
}

fn words(speaks: Speaks, text: &str, is_cut: bool) -> String {
    match speaks {
        Speaks::Anthropic => json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
            "content": [{"type": "text", "text": text}],
            "stop_reason": if is_cut { "max_tokens" } else { "end_turn" }, "stop_sequence": null,
            "usage": {"input_tokens": 100, "cache_creation_input_tokens": 20,
                      "cache_read_input_tokens": 7, "output_tokens": 30},
        }),
        Speaks::OpenAi => json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text, "refusal": null},
                         "finish_reason": if is_cut { "length" } else { "stop" }}],
            "usage": {"prompt_tokens": 107, "completion_tokens": 30, "total_tokens": 137,
                      "prompt_tokens_details": {"cached_tokens": 7}},
        }),
    }
    .to_string()
}

fn refusal(speaks: Speaks) -> String {
    match speaks {
        Speaks::Anthropic => json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
            "stop_reason": "refusal", "usage": {"input_tokens": 100, "output_tokens": 1},
        }),
        Speaks::OpenAi => json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": null,
                         "refusal": "I cannot help with that."}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 1, "total_tokens": 101},
        }),
    }
    .to_string()
}

/// The prompt of a request.
pub fn prompt(seen: &Seen) -> String {
    let messages = seen.body["messages"].as_array().unwrap();
    messages.last().unwrap()["content"].as_str().unwrap().to_owned()
}

/// The findings in the prompt of a call: number, kind and text of each; empty for other calls.
pub fn findings(seen: &Seen) -> Vec<(u64, String, String)> {
    let prompt = prompt(seen);
    let lines: Vec<&str> = prompt.lines().collect();
    let finding = |pair: &[&str]| {
        let number = pair[0].strip_prefix("Finding ")?.split(' ').next()?.parse().ok()?;
        let (kind, words) = pair[1].split_once(": ")?;
        Some((number, kind.to_owned(), words.to_owned()))
    };
    lines.windows(2).filter_map(finding).collect()
}

/// The answer to a call that shows findings: a statement for each finding of another kind than
/// `counted`, with the finding's text. `None` for other calls.
pub fn writes(seen: &Seen) -> Option<String> {
    let findings = findings(seen);
    let said = findings.iter().filter(|(_, kind, _)| kind != "counted");
    let said = said.map(|(number, kind, words)| {
        json!({"kind": kind, "text": words, "findings": [number], "replaces": null})
    });
    let statements: Vec<Value> = said.collect();
    (!findings.is_empty()).then(|| json!({ "statements": statements }).to_string())
}

/// The answer of a good model: to a call about a session, a proposal with what a person said in it;
/// to a call that shows findings, that of [`writes`].
pub fn proposes(seen: &Seen) -> String {
    if let Some(written) = writes(seen) {
        return written;
    }
    const QUOTE: &str = "Always run the formatter before you commit.";
    let prompt = prompt(seen);
    let mut event = 0;
    for line in prompt.lines() {
        let number = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        event = number.and_then(|(number, _)| number.parse().ok()).unwrap_or(event);
        if line.contains(QUOTE) {
            break;
        }
    }
    json!({"proposals": [{
        "kind": "preference", "text": "Run the formatter before each commit.",
        "evidence": [{"event": event, "quote": QUOTE}],
    }]})
    .to_string()
}
