//! A fake model service over HTTP, for single calls and for batches. It answers as the test says, and rejects requests
//! that the real service would reject.

mod batches;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use jsonschema::Validator;
use serde_json::{Value, json};
use tiny_http::{Header, Method, Request, Response, Server};

use self::batches::Desk;
pub use self::batches::{Batch, Batching};

/// Whose request and response formats the service uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// Anthropic's.
    Anthropic,
    /// OpenAI's.
    OpenAi,
}

/// A call that the service got, with the status of its reply.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Where it was sent; for a call of a batch where it would be sent alone.
    pub path: String,
    /// Name and value of each header, the name in small letters.
    pub headers: Vec<(String, String)>,
    /// What it asks.
    pub body: Value,
    /// The HTTP status of the reply; 0 if there was none.
    pub status: u16,
    /// Whether it came in a batch.
    pub in_batch: bool,
}

impl Seen {
    /// The value of a header.
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
    /// In a batch: its time ends before the call has its turn.
    Expires,
}

/// Chooses the reply to the n-th request, counted from 0.
pub type Answers = Box<dyn Fn(usize, &Seen) -> Reply + Send + Sync>;

/// A running fake service. Dropping it ends the service.
pub struct Fake {
    /// Its address, as clients are told it.
    pub url: String,
    part: Arc<Part>,
    server: Arc<Server>,
}

/// What its threads share.
struct Part {
    speaks: Speaks,
    form: Validator,
    answers: Answers,
    seen: Mutex<Vec<Seen>>,
    desk: Mutex<Desk>,
    ends: AtomicBool,
}

impl std::fmt::Debug for Fake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fake").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Fake {
    /// Starts a service whose batches end at the second look.
    pub fn start(speaks: Speaks, answers: Answers) -> Self {
        Self::with_batches(speaks, answers, Batching::default())
    }

    /// Starts a service.
    pub fn with_batches(speaks: Speaks, answers: Answers, batching: Batching) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
        let port = server.server_addr().to_ip().unwrap().port();
        let root = format!("http://127.0.0.1:{port}");
        let url = match speaks {
            Speaks::Anthropic => root,
            Speaks::OpenAi => format!("{root}/v1"),
        };
        let form: Value = serde_json::from_str(match speaks {
            Speaks::Anthropic => include_str!("../schemas/anthropic.json"),
            Speaks::OpenAi => include_str!("../schemas/openai.json"),
        })
        .unwrap();
        let part = Arc::new(Part {
            speaks,
            form: jsonschema::validator_for(&form).unwrap(),
            answers,
            seen: Mutex::default(),
            desk: Mutex::new(Desk::new(batching)),
            ends: AtomicBool::new(false),
        });
        for _ in 0..THREADS {
            let (server, part) = (Arc::clone(&server), Arc::clone(&part));
            thread::spawn(move || {
                while let Ok(request) = server.recv() {
                    part.serve(request);
                }
            });
        }
        Self { url, part, server }
    }

    /// Starts a service that gives the same reply to every request.
    pub fn says(speaks: Speaks, reply: Reply) -> Self {
        Self::start(speaks, Box::new(move |_, _| reply.clone()))
    }

    /// The calls that came, alone and in batches.
    pub fn seen(&self) -> Vec<Seen> {
        self.part.seen.lock().unwrap().clone()
    }

    /// The batches that were made, the oldest first.
    pub fn batches(&self) -> Vec<Batch> {
        self.part.desk.lock().unwrap().made()
    }

    /// Ends all batches that are at work.
    pub fn ends(&self) {
        self.part.desk.lock().unwrap().end_all();
    }

    /// Cancels a batch, as a person does in the service's console.
    pub fn cancel(&self, id: &str) {
        self.part.cancel(id).unwrap();
    }

    /// Deletes a batch with its words.
    pub fn delete(&self, id: &str) {
        self.part.desk.lock().unwrap().drop_batch(id);
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.part.ends.store(true, Ordering::SeqCst);
        for _ in 0..THREADS {
            self.server.unblock();
        }
    }
}

impl Part {
    fn serve(&self, mut request: Request) {
        let mut bytes = Vec::new();
        // A client that is killed breaks off.
        if request.as_reader().read_to_end(&mut bytes).is_err() {
            return;
        }
        let body = String::from_utf8(bytes).unwrap();
        let header = |header: &Header| {
            (header.field.as_str().as_str().to_ascii_lowercase(), header.value.to_string())
        };
        let headers: Vec<(String, String)> = request.headers().iter().map(header).collect();
        let (status, headers, body) = match batches::is_about(request.url()) {
            true => {
                let (status, body) = self.about_batches(&request, &headers, &body);
                (status, Vec::new(), body)
            }
            false => {
                let came = Seen {
                    path: request.url().to_owned(),
                    headers,
                    body: serde_json::from_str(&body).unwrap_or_default(),
                    status: 0,
                    in_batch: false,
                };
                match self.call(Some(&request), came) {
                    Some(reply) => reply,
                    None => return,
                }
            }
        };
        let mut response = Response::from_string(body).with_status_code(status);
        for (name, value) in headers {
            response.add_header(Header::from_bytes(name, value).unwrap());
        }
        // If this fails, the client has closed the connection.
        let _ = request.respond(response);
    }

    /// The reply to one call: status, headers and body; `None` for none. `request` is `None` in a batch.
    fn call(&self, request: Option<&Request>, came: Seen) -> Option<Replied> {
        let number = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(came.clone());
            seen.len() - 1
        };
        let reply = match self.wrong(request, &came) {
            Some(why) => (400, Vec::new(), error("invalid_request_error", &why)),
            None => match (self.answers)(number, &came) {
                Reply::Says(text) => (200, Vec::new(), words(self.speaks, &text, false)),
                Reply::CutOff => {
                    (200, Vec::new(), words(self.speaks, "{\"proposals\": [{\"ki", true))
                }
                Reply::Refuses => (200, Vec::new(), refusal(self.speaks)),
                Reply::Http(status, headers, body) => (status, headers, body),
                Reply::Expires => return None,
                Reply::Hangs => {
                    while !self.ends.load(Ordering::SeqCst) {
                        thread::sleep(Duration::from_millis(10));
                    }
                    return None;
                }
            },
        };
        self.seen.lock().unwrap()[number].status = reply.0;
        Some(reply)
    }
}

/// Status, headers and body.
type Replied = (u16, Vec<(&'static str, String)>, String);

/// Requests that are served at the same time.
const THREADS: usize = 8;

impl Part {
    /// Why the real service would reject a call; `None` if it would not.
    fn wrong(&self, request: Option<&Request>, seen: &Seen) -> Option<String> {
        let path = match self.speaks {
            Speaks::Anthropic => "/v1/messages",
            Speaks::OpenAi => "/v1/chat/completions",
        };
        if let Some(request) = request {
            if (request.method(), &*seen.path) != (&Method::Post, path) {
                return Some(format!("{} {}", request.method(), seen.path));
            }
            if let Some(why) = self.no_header(&seen.headers, Some("application/json")) {
                return Some(why);
            }
        }
        let mut errors = self.form.iter_errors(&seen.body);
        errors.next().map(|error| format!("{}: {error}", error.instance_path()))
    }

    /// The header that a request lacks.
    fn no_header(&self, headers: &[(String, String)], content: Option<&str>) -> Option<String> {
        let version = match self.speaks {
            Speaks::Anthropic => Some(("anthropic-version", "2023-06-01")),
            Speaks::OpenAi => None,
        };
        let content = content.map(|kind| ("content-type", kind));
        let lacks = |(name, value): &(&str, &str)| {
            !headers.iter().any(|(known, given)| known == name && given.starts_with(value))
        };
        let mut needed = version.into_iter().chain(content);
        needed.find(lacks).map(|(name, _)| format!("header {name}"))
    }
}

/// The body of an error.
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
