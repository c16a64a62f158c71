//! A fake model service over HTTP, for single calls and for batches. It answers as the test says, and rejects requests
//! that the real service would reject.

mod batches;

use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use jsonschema::Validator;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

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
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What its requests share.
struct Part {
    speaks: Speaks,
    form: Validator,
    answers: Answers,
    seen: Mutex<Vec<Seen>>,
    desk: Mutex<Desk>,
}

/// A request to the service.
struct Request {
    method: Method,
    /// Path and query.
    url: String,
    /// Name and value of each header, the name in small letters.
    headers: Vec<(String, String)>,
    body: String,
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
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
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
        });
        let (end, ended) = oneshot::channel();
        let serving = Arc::clone(&part);
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, serving) => {}
                    _ = ended => {}
                }
            });
            // Nobody waits for answers that are still thought about.
            runtime.shutdown_background();
        });
        Self { url, part, end: Some(end), thread: Some(thread) }
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
        // Both are there until now; without its end the thread has panicked.
        let _ = self.end.take().map(|end| end.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Serves all requests, until it is dropped.
async fn serve(listener: std::net::TcpListener, part: Arc<Part>) {
    listener.set_nonblocking(true).unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    let reply = async move |method: Method, url: Uri, headers: HeaderMap, body: Bytes| {
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = headers.iter().map(header).collect();
        let body = String::from_utf8_lossy(&body).into_owned();
        let request = Request { method, url: url.to_string(), headers, body };
        // Answers of tests take their time.
        let replied = tokio::task::spawn_blocking(move || part.reply(request)).await;
        match replied.unwrap() {
            Some(replied) => written(replied),
            None => std::future::pending().await,
        }
    };
    let router = Router::new().fallback(reply).layer(DefaultBodyLimit::disable());
    axum::serve(listener, router).await.unwrap();
}

fn written((status, headers, body): Replied) -> Response {
    (StatusCode::from_u16(status).unwrap(), AppendHeaders(headers), body).into_response()
}

impl Part {
    /// The reply to a request; `None` for none.
    fn reply(&self, request: Request) -> Option<Replied> {
        if batches::is_about(&request.url) {
            let (status, body) = self.about_batches(&request);
            return Some((status, Vec::new(), body));
        }
        let came = Seen {
            path: request.url.clone(),
            body: serde_json::from_str(&request.body).unwrap_or_default(),
            headers: request.headers,
            status: 0,
            in_batch: false,
        };
        self.call(Some(&request.method), came)
    }

    /// The reply to one call: status, headers and body; `None` for none. `method` is `None` in a batch.
    fn call(&self, method: Option<&Method>, came: Seen) -> Option<Replied> {
        let number = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(came.clone());
            seen.len() - 1
        };
        let reply = match self.wrong(method, &came) {
            Some(why) => (400, Vec::new(), error("invalid_request_error", &why)),
            None => match (self.answers)(number, &came) {
                Reply::Says(text) => (200, Vec::new(), words(self.speaks, &text, false)),
                Reply::CutOff => {
                    (200, Vec::new(), words(self.speaks, "{\"proposals\": [{\"ki", true))
                }
                Reply::Refuses => (200, Vec::new(), refusal(self.speaks)),
                Reply::Http(status, headers, body) => (status, headers, body),
                Reply::Expires | Reply::Hangs => return None,
            },
        };
        self.seen.lock().unwrap()[number].status = reply.0;
        Some(reply)
    }
}

/// Status, headers and body.
type Replied = (u16, Vec<(&'static str, String)>, String);

impl Part {
    /// Why the real service would reject a call; `None` if it would not.
    fn wrong(&self, method: Option<&Method>, seen: &Seen) -> Option<String> {
        let path = match self.speaks {
            Speaks::Anthropic => "/v1/messages",
            Speaks::OpenAi => "/v1/chat/completions",
        };
        if let Some(method) = method {
            if (method, &*seen.path) != (&Method::POST, path) {
                return Some(format!("{method} {}", seen.path));
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
