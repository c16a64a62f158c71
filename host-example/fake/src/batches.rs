//! Batches: Anthropic's Message Batches, and OpenAI's files and batches.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Value, json};

use super::{Part, Request, Seen, Speaks, error};

/// How batches go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batching {
    /// Looks at a batch, or at the list, that find it at work.
    pub looks: usize,
    /// Whether a gateway loses the reply to whoever hands a batch in, though the batch is made.
    pub loses_reply: bool,
    /// Whether a batch is refused after it was taken, as OpenAI does with one that has too many tokens.
    pub refuses: bool,
}

impl Default for Batching {
    fn default() -> Self {
        Self { looks: 1, loses_reply: false, refuses: false }
    }
}

/// A batch that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its id.
    pub id: String,
    /// How many calls it has.
    pub calls: usize,
    /// Whether it ended.
    pub has_ended: bool,
    /// Whether somebody canceled it.
    pub is_canceled: bool,
    /// Whether its words are deleted.
    pub is_deleted: bool,
}

/// All batches and files of the service.
pub(crate) struct Desk {
    batching: Batching,
    batches: Vec<Kept>,
    files: BTreeMap<String, String>,
}

struct Kept {
    id: String,
    metadata: Value,
    /// The file of calls, where there is one.
    file: String,
    /// For each call its name, and the status and body of the reply; `None` when it expired.
    results: Vec<(String, Option<(u16, Value)>)>,
    looks: usize,
    is_refused: bool,
    is_canceled: bool,
    is_deleted: bool,
}

impl Desk {
    pub(crate) fn new(batching: Batching) -> Self {
        Self { batching, batches: Vec::new(), files: BTreeMap::new() }
    }

    pub(crate) fn made(&self) -> Vec<Batch> {
        let files = &self.files;
        let made = self.batches.iter().map(|kept| Batch {
            id: kept.id.clone(),
            calls: kept.results.len(),
            has_ended: kept.looks == 0,
            is_canceled: kept.is_canceled,
            is_deleted: kept.is_deleted || !kept.file.is_empty() && !files.contains_key(&kept.file),
        });
        made.collect()
    }

    pub(crate) fn end_all(&mut self) {
        for kept in &mut self.batches {
            kept.looks = kept.looks.min(1);
        }
    }

    pub(crate) fn drop_batch(&mut self, id: &str) {
        self.batches.retain(|kept| kept.id != id);
    }

    /// Writes the files with the results of a batch that ended, as OpenAI does.
    fn write(&mut self, speaks: Speaks, id: &str) {
        if let (Speaks::OpenAi, Some(kept)) = (speaks, self.find(id)) {
            let [output, errors] = lines(kept);
            self.files.insert(format!("{id}-output"), output);
            self.files.insert(format!("{id}-error"), errors);
        }
    }

    fn find(&mut self, id: &str) -> Option<&mut Kept> {
        self.batches.iter_mut().find(|kept| kept.id == id && !kept.is_deleted)
    }
}

/// Whether a request is about batches or files.
pub(crate) fn is_about(url: &str) -> bool {
    ["/v1/messages/batches", "/v1/batches", "/v1/files"].iter().any(|path| url.starts_with(path))
}

impl Part {
    /// The reply to a request about batches: status and body.
    pub(crate) fn about_batches(&self, request: &Request) -> (u16, String) {
        let Request { method, url, headers, body } = request;
        let (path, _) = url.split_once('?').unwrap_or((url, ""));
        let path = path.trim_start_matches("/v1/messages").trim_start_matches("/v1");
        let steps: Vec<&str> = path.split('/').skip(1).collect();
        let content = match (method, &steps[..]) {
            (&Method::POST, ["files"]) => Some("multipart/form-data"),
            (&Method::POST, _) => Some("application/json"),
            _ => None,
        };
        if let Some(why) = self.no_header(headers, content) {
            return (400, error("invalid_request_error", &why));
        }
        let reply = match (self.speaks, method, &steps[..]) {
            (Speaks::Anthropic, &Method::POST, ["batches"]) => return self.hand_in(headers, body),
            (Speaks::OpenAi, &Method::POST, ["files"]) => self.upload(body),
            (Speaks::OpenAi, &Method::POST, ["batches"]) => {
                return self.hand_in_file(headers, body);
            }
            (_, &Method::GET, ["batches"]) => Some(self.list()),
            (_, &Method::GET, ["batches", id]) => self.look(id),
            (_, &Method::POST, ["batches", id, "cancel"]) => self.cancel(id),
            (Speaks::Anthropic, &Method::GET, ["batches", id, "results"]) => self.results(id),
            (Speaks::Anthropic, &Method::DELETE, ["batches", id]) => self.delete(id),
            (Speaks::OpenAi, &Method::GET, ["files", id, "content"]) => {
                self.desk.lock().unwrap().files.get(*id).cloned()
            }
            (Speaks::OpenAi, &Method::DELETE, ["files", id]) => self
                .desk
                .lock()
                .unwrap()
                .files
                .remove(*id)
                .map(|_| json!({"deleted": true}).to_string()),
            _ => None,
        };
        let missing = || (404, error("not_found_error", &format!("no {url}")));
        reply.map_or_else(missing, |body| (200, body))
    }

    fn hand_in(&self, headers: &[(String, String)], body: &str) -> (u16, String) {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let requests = body["requests"].as_array().cloned().unwrap_or_default();
        let named = |request: &Value| {
            let name = request["custom_id"].as_str()?;
            Some((name.to_owned(), request["params"].clone()))
        };
        self.make(headers, requests.iter().map(named).collect(), &Value::Null, "")
    }

    fn upload(&self, body: &str) -> Option<String> {
        if !body.contains("name=\"purpose\"\r\n\r\nbatch\r\n") {
            return None;
        }
        let lines = body.lines().filter(|line| line.starts_with('{'));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        let mut desk = self.desk.lock().unwrap();
        let id = format!("file-{}", desk.files.len() + 100 * desk.batches.len() + 1);
        desk.files.insert(id.clone(), text);
        Some(json!({"id": id, "object": "file", "purpose": "batch"}).to_string())
    }

    fn hand_in_file(&self, headers: &[(String, String)], body: &str) -> (u16, String) {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let file = body["input_file_id"].as_str().unwrap_or_default().to_owned();
        let lines = self.desk.lock().unwrap().files.get(&file).cloned().unwrap_or_default();
        let is_right =
            body["endpoint"] == "/v1/chat/completions" && body["completion_window"] == "24h";
        let named = |line: &str| {
            let line: Value = serde_json::from_str(line).ok()?;
            let is_right = line["method"] == "POST" && line["url"] == "/v1/chat/completions";
            let name = line["custom_id"].as_str().filter(|_| is_right)?;
            Some((name.to_owned(), line["body"].clone()))
        };
        let calls = if is_right { lines.lines().map(named).collect() } else { None };
        self.make(headers, calls, &body["metadata"], &file)
    }

    /// Makes a batch, if it has calls and each has a name that it may have.
    fn make(
        &self,
        headers: &[(String, String)],
        calls: Option<Vec<(String, Value)>>,
        metadata: &Value,
        file: &str,
    ) -> (u16, String) {
        let is_name = |name: &str| {
            (1..=64).contains(&name.len())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        };
        let calls = calls.unwrap_or_default();
        if calls.is_empty() || !calls.iter().all(|(name, _)| is_name(name)) {
            return (400, error("invalid_request_error", "a batch has named calls"));
        }
        let batching = self.desk.lock().unwrap().batching;
        let path = match self.speaks {
            Speaks::Anthropic => "/v1/messages",
            Speaks::OpenAi => "/v1/chat/completions",
        };
        let mut results = Vec::new();
        for (name, body) in calls {
            let headers = headers.to_vec();
            let seen = Seen { path: path.into(), headers, body, status: 0, in_batch: true };
            let replied = if batching.refuses { None } else { self.call(None, seen) };
            let result = replied.map(|(status, _, body)| {
                (status, serde_json::from_str(&body).unwrap_or(Value::Null))
            });
            results.push((name, result));
        }
        let mut desk = self.desk.lock().unwrap();
        let kept = Kept {
            id: format!("batch_{}", desk.batches.len() + 1),
            metadata: metadata.clone(),
            file: file.into(),
            results,
            looks: batching.looks,
            is_refused: batching.refuses,
            is_canceled: false,
            is_deleted: false,
        };
        let shown = shown(self.speaks, &kept).to_string();
        desk.batches.push(kept);
        if batching.loses_reply { (502, String::new()) } else { (200, shown) }
    }

    fn list(&self) -> String {
        let mut desk = self.desk.lock().unwrap();
        // Time passes while somebody looks through the list, too.
        for kept in &mut desk.batches {
            kept.looks = kept.looks.saturating_sub(1);
        }
        let listed = desk.batches.iter().rev().filter(|kept| !kept.is_deleted);
        let listed: Vec<Value> = listed.map(|kept| shown(self.speaks, kept)).collect();
        json!({"data": listed, "has_more": false}).to_string()
    }

    fn look(&self, id: &str) -> Option<String> {
        let speaks = self.speaks;
        let mut desk = self.desk.lock().unwrap();
        let kept = desk.find(id)?;
        let reply = shown(speaks, kept).to_string();
        kept.looks = kept.looks.saturating_sub(1);
        if kept.looks == 0 {
            desk.write(speaks, id);
        }
        Some(reply)
    }

    pub(crate) fn cancel(&self, id: &str) -> Option<String> {
        let speaks = self.speaks;
        let mut desk = self.desk.lock().unwrap();
        let kept = desk.find(id)?;
        kept.is_canceled = true;
        kept.looks = 0;
        let reply = shown(speaks, kept).to_string();
        desk.write(speaks, id);
        Some(reply)
    }

    fn results(&self, id: &str) -> Option<String> {
        let mut desk = self.desk.lock().unwrap();
        let kept = desk.find(id).filter(|kept| kept.looks == 0)?;
        let result = |result: &Option<(u16, Value)>| match result {
            _ if kept.is_canceled => json!({"type": "canceled"}),
            None => json!({"type": "expired"}),
            Some((200, message)) => json!({"type": "succeeded", "message": message}),
            Some((_, error)) => json!({"type": "errored", "error": error}),
        };
        // Not in the order of the calls, as the service warns.
        let lines = kept.results.iter().rev();
        let line = |(name, came): &(String, _)| json!({"custom_id": name, "result": result(came)});
        Some(lines.map(|named| format!("{}\n", line(named))).collect())
    }

    fn delete(&self, id: &str) -> Option<String> {
        let mut desk = self.desk.lock().unwrap();
        let kept = desk.find(id).filter(|kept| kept.looks == 0)?;
        kept.is_deleted = true;
        Some(json!({"id": id, "type": "message_batch_deleted"}).to_string())
    }
}

/// The two files of OpenAI: what was answered, and what was not.
fn lines(kept: &Kept) -> [String; 2] {
    let mut files = [String::new(), String::new()];
    for (name, result) in kept.results.iter().rev() {
        let line = match result {
            _ if kept.is_canceled => json!({"custom_id": name, "response": null, "error": {
                "code": "batch_cancelled", "message": "This request was not executed."}}),
            None => json!({"custom_id": name, "response": null, "error": {
                "code": "batch_expired", "message": "This request could not be executed before the completion window expired."}}),
            Some((status, body)) => json!({"custom_id": name, "error": null, "response": {
                "status_code": status, "request_id": "r", "body": body}}),
        };
        let is_good = matches!(result, Some((200, _))) && !kept.is_canceled;
        files[usize::from(!is_good)].push_str(&format!("{line}\n"));
    }
    files
}

/// A batch as the service shows it.
fn shown(speaks: Speaks, kept: &Kept) -> Value {
    let all = kept.results.len();
    let has_ended = kept.looks == 0;
    let number = |is_it: fn(&Option<(u16, Value)>) -> bool| {
        let results = kept.results.iter().map(|(_, result)| result);
        if has_ended { results.filter(|result| is_it(result)).count() } else { 0 }
    };
    let good = number(|result| matches!(result, Some((200, _))));
    match speaks {
        Speaks::Anthropic => json!({
            "id": kept.id, "type": "message_batch",
            "processing_status": if has_ended { "ended" } else { "in_progress" },
            "request_counts": {
                "processing": if has_ended { 0 } else { all },
                "succeeded": good,
                "errored": number(|result| matches!(result, Some((status, _)) if *status != 200)),
                "canceled": 0,
                "expired": number(Option::is_none),
            },
        }),
        Speaks::OpenAi => {
            let status = match (has_ended, kept.is_refused, kept.is_canceled) {
                (false, ..) => "in_progress",
                (true, true, _) => "failed",
                (true, _, true) => "cancelled",
                (true, ..) => "completed",
            };
            let file = |kind: &str| has_ended.then(|| format!("{}-{kind}", kept.id));
            json!({
                "id": kept.id, "object": "batch", "status": status, "metadata": kept.metadata,
                "input_file_id": kept.file, "output_file_id": file("output"), "error_file_id": file("error"),
                "request_counts": {"total": all, "completed": good, "failed": 0},
                "errors": kept.is_refused.then(|| json!({"data": [
                    {"code": "token_limit_exceeded", "message": "Enqueued token limit reached."}]})),
            })
        }
    }
}
