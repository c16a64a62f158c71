//! A small hosted Memory Stores API: it keeps memories and sessions as the contract says, and fails
//! where a test wants.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};
use sha2::Digest as _;

pub const STORE: &str = "memstore_1";
pub const KEY: &str = "sk-test-0123456789";

/// A request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET`, say.
    pub verb: String,
    /// Path with query.
    pub path: String,
    /// The headers, their names in small letters.
    pub headers: BTreeMap<String, String>,
    /// The body; null for none.
    pub body: Value,
}

impl Asked {
    fn query(&self, name: &str) -> Option<&str> {
        let query = self.path.split_once('?')?.1;
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(k, _)| *k == name)
            .map(|p| p.1)
    }

    /// Whether it changes something.
    pub fn writes(&self) -> bool {
        self.verb != "GET"
    }
}

/// What goes wrong with a request.
pub enum Fault {
    /// Another answer: status, headers, body.
    Answer(u16, &'static [(&'static str, &'static str)], String),
    /// The first half of the right answer.
    Half,
    /// The request is carried out, and the line breaks before the answer.
    Lost,
    /// Somebody gives a memory another content just before the request is carried out.
    Meanwhile(&'static str, &'static str),
}

type Faults = Box<dyn FnMut(&Asked) -> Option<Fault> + Send>;

/// A memory there.
#[derive(Clone, Debug)]
pub struct Kept {
    pub id: String,
    pub content: String,
}

/// What the service keeps.
#[derive(Default)]
pub struct Part {
    /// By path.
    pub memories: BTreeMap<String, Kept>,
    pub is_archived: bool,
    /// Sessions as the list shows them, the newest first, and the events of each.
    pub sessions: Vec<(Value, Vec<Value>)>,
    /// What was asked.
    pub asked: Vec<Asked>,
    faults: Option<Faults>,
    made: u64,
}

/// A running service. Dropping it ends it.
pub struct Service {
    pub url: String,
    part: Arc<Mutex<Part>>,
    ends: Arc<AtomicBool>,
}

impl Service {
    /// A service with these memories, by path.
    pub fn new(memories: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let part = Arc::new(Mutex::new(Part::default()));
        let ends = Arc::new(AtomicBool::new(false));
        let service = Self { url, part: Arc::clone(&part), ends: Arc::clone(&ends) };
        for (path, content) in memories {
            service.put(path, content);
        }
        thread::spawn(move || {
            for line in listener.incoming().map_while(Result::ok) {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                let part = Arc::clone(&part);
                // A line that a killed client leaves must not hold the next one up.
                thread::spawn(move || serve(line, &part));
            }
        });
        service
    }

    pub fn part(&self) -> MutexGuard<'_, Part> {
        self.part.lock().unwrap()
    }

    /// Writes a memory, as somebody else does.
    pub fn put(&self, path: &str, content: &str) {
        self.part().put(path, content);
    }

    pub fn remove(&self, path: &str) {
        self.part().memories.remove(path).unwrap();
    }

    /// The contents by path.
    pub fn contents(&self) -> BTreeMap<String, String> {
        let part = self.part();
        let memories = part.memories.iter();
        memories.map(|(path, kept)| (path.clone(), kept.content.clone())).collect()
    }

    pub fn id(&self, path: &str) -> String {
        self.part().memories[path].id.clone()
    }

    /// From now on `faults` says what goes wrong.
    pub fn faults(&self, faults: impl FnMut(&Asked) -> Option<Fault> + Send + 'static) {
        self.part().faults = Some(Box::new(faults));
    }

    pub fn works_again(&self) {
        self.part().faults = None;
    }

    /// What was asked since the last call of this.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.part().asked)
    }

    /// The requests since the last call of `asked` that change something.
    pub fn written(&self) -> Vec<String> {
        let asked = self.asked().into_iter().filter(Asked::writes);
        asked.map(|asked| format!("{} {}", asked.verb, asked.path)).collect()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

pub fn sha256(text: &str) -> String {
    sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn serve(mut line: TcpStream, part: &Mutex<Part>) {
    let Some(asked) = read(&line) else { return };
    // The hook may wait, so the lock is not held meanwhile.
    let hook = part.lock().unwrap().faults.take();
    let (fault, hook) = match hook {
        Some(mut hook) => (hook(&asked), Some(hook)),
        None => (None, None),
    };
    let mut kept = part.lock().unwrap();
    if kept.faults.is_none() {
        kept.faults = hook;
    }
    kept.asked.push(asked.clone());
    if let Some(Fault::Answer(status, headers, body)) = &fault {
        return answer(&mut line, *status, headers, body, body.len());
    }
    if let Some(Fault::Meanwhile(path, content)) = &fault {
        kept.put(path, content);
    }
    let (status, body) = kept.carry_out(&asked);
    drop(kept);
    let body = body.to_string();
    match fault {
        Some(Fault::Lost) => {}
        Some(Fault::Half) => answer(&mut line, status, &[], &body[..body.len() / 2], body.len()),
        _ => answer(&mut line, status, &[], &body, body.len()),
    }
}

fn read(line: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(line);
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|bytes| *bytes > 0)?;
    let mut words = first.split(' ');
    let (verb, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        match header.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let length = headers.get("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(Asked { verb, path, headers, body })
}

/// Answers, and closes the line. `length` is that of the body that is promised.
fn answer(line: &mut TcpStream, status: u16, headers: &[(&str, &str)], body: &str, length: usize) {
    let mut head =
        format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    // A client that was killed takes nothing.
    let _ = line.write_all(format!("{head}\r\n{body}").as_bytes());
}

fn error(kind: &str, more: Value) -> Value {
    let mut error = json!({"type": kind, "message": format!("this is a {kind}")});
    error.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    json!({"type": "error", "error": error, "request_id": "req_1"})
}

impl Part {
    pub fn put(&mut self, path: &str, content: &str) {
        let id = match self.memories.get(path) {
            Some(known) => known.id.clone(),
            None => self.id(),
        };
        self.memories.insert(path.into(), Kept { id, content: content.into() });
    }

    fn id(&mut self) -> String {
        self.made += 1;
        format!("mem_{}", self.made)
    }

    fn carry_out(&mut self, asked: &Asked) -> (u16, Value) {
        let beta = asked.headers.get("anthropic-beta").map(String::as_str);
        if asked.headers.get("authorization") != Some(&format!("Bearer {KEY}")) {
            return (401, error("authentication_error", json!({})));
        }
        let path = asked.path.split('?').next().unwrap();
        let parts: Vec<&str> = path.split('/').skip(2).collect();
        let wanted = match parts[0] {
            "memory_stores" => "agent-memory-2026-07-22",
            _ => "managed-agents-2026-04-01",
        };
        if beta != Some(wanted) {
            return (400, error("invalid_request_error", json!({})));
        }
        match (&*asked.verb, &parts[..]) {
            ("GET", ["memory_stores", STORE]) => {
                let archived = self.is_archived.then_some("2026-02-01T00:00:00Z");
                (
                    200,
                    json!({"id": STORE, "type": "memory_store", "name": "Shop", "archived_at": archived}),
                )
            }
            ("GET", ["memory_stores", STORE, "memories"]) => {
                let is_full = asked.query("view") == Some("full");
                let all = self.memories.iter().map(|(path, kept)| show(path, kept, is_full));
                (200, page(all.collect(), asked, if is_full { 20 } else { 100 }))
            }
            ("POST", ["memory_stores", STORE, "memories"]) => self.create(&asked.body),
            (verb, ["memory_stores", STORE, "memories", id]) => self.one(verb, id, asked),
            ("GET", ["sessions"]) => {
                let all = self.sessions.iter().map(|(session, _)| session.clone());
                (200, page(all.collect(), asked, 100))
            }
            ("GET", ["sessions", id, "events"]) => {
                let found = self.sessions.iter().find(|(session, _)| session["id"] == **id);
                match found {
                    Some((_, events)) => (200, page(events.clone(), asked, 100)),
                    None => (404, error("not_found_error", json!({}))),
                }
            }
            _ => (404, error("not_found_error", json!({}))),
        }
    }

    fn create(&mut self, body: &Value) -> (u16, Value) {
        let (path, content) = (body["path"].as_str().unwrap(), body["content"].as_str().unwrap());
        if let Some(known) = self.memories.get(path) {
            let more = json!({"conflicting_memory_id": known.id, "conflicting_path": path});
            return (409, error("memory_path_conflict_error", more));
        }
        self.put(path, content);
        (200, show(path, &self.memories[path], false))
    }

    fn one(&mut self, verb: &str, id: &str, asked: &Asked) -> (u16, Value) {
        let found = self.memories.iter().find(|(_, kept)| kept.id == id);
        let Some((path, kept)) = found.map(|(path, kept)| (path.clone(), kept.clone())) else {
            return (404, error("not_found_error", json!({})));
        };
        let stale = (409, error("memory_precondition_failed_error", json!({})));
        let is = sha256(&kept.content);
        match verb {
            "GET" => (200, show(&path, &kept, true)),
            "DELETE" if asked.query("expected_content_sha256") != Some(&is) => stale,
            "DELETE" => {
                self.memories.remove(&path);
                (200, json!({"id": id, "type": "memory_deleted"}))
            }
            _ => {
                let new_path = asked.body["path"].as_str().unwrap_or(&path).to_owned();
                let content = asked.body["content"].as_str().unwrap_or(&kept.content).to_owned();
                let is_there = (&new_path, &content) == (&path, &kept.content);
                if !is_there && asked.body["precondition"]["content_sha256"] != is {
                    return stale;
                }
                if new_path != path && self.memories.contains_key(&new_path) {
                    return (409, error("memory_path_conflict_error", json!({})));
                }
                self.memories.remove(&path);
                let kept = Kept { id: id.into(), content };
                self.memories.insert(new_path.clone(), kept.clone());
                (200, show(&new_path, &kept, false))
            }
        }
    }
}

fn show(path: &str, kept: &Kept, is_full: bool) -> Value {
    json!({
        "id": kept.id, "type": "memory", "memory_store_id": STORE, "path": path,
        "content": is_full.then_some(&kept.content), "content_sha256": sha256(&kept.content),
        "content_size_bytes": kept.content.len(), "memory_version_id": "memver_1",
        "created_at": "2026-02-01T00:00:00Z", "updated_at": "2026-02-01T00:00:00Z",
    })
}

fn page(all: Vec<Value>, asked: &Asked, most: usize) -> Value {
    let from = asked.query("page").map_or(0, |page| page["page_".len()..].parse().unwrap());
    let limit = asked.query("limit").unwrap().parse::<usize>().unwrap().min(most);
    let next = (from + limit < all.len()).then(|| format!("page_{}", from + limit));
    json!({"data": all.iter().skip(from).take(limit).collect::<Vec<_>>(), "next_page": next})
}
