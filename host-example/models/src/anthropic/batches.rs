//! Anthropic's Message Batches. A batch has no name of its own there, only its calls have; so a batch that was lost is
//! found by the names in its results.

use dreaming_wasmtime::ModelCall;
use serde_json::{Value, json};

use super::{Anthropic, usage};
use crate::batch::{Batches, Sought, Standing, name, number};
use crate::{Cause, Took, Trouble, Try};

/// Batches that a search looks at. The most that one page has; who makes more of them between two steps of one process
/// is not found.
const LISTED: usize = 1_000;

impl Batches for Anthropic {
    fn newest(&self) -> Result<Option<String>, Try> {
        let page = self.address.get("/batches?limit=1")?;
        Ok(text(&page, "/data/0/id"))
    }

    fn send(&self, tag: &str, calls: &[ModelCall]) -> Result<String, Try> {
        let requests = calls.iter().enumerate();
        let requests = requests
            .map(|(at, call)| json!({"custom_id": name(tag, at), "params": self.body(call)}));
        let body = json!({"requests": requests.collect::<Vec<_>>()});
        let batch = self.address.post_many("/batches", &body)?;
        text(&batch, "/id").ok_or_else(nothing)
    }

    fn find(&self, tag: &str, calls: usize, after: Option<&str>) -> Result<Sought, Try> {
        let page = self.address.get(&format!("/batches?limit={LISTED}"))?;
        let listed = page.pointer("/data").and_then(Value::as_array).ok_or_else(nothing)?;
        let id = |batch: &Value| text(batch, "/id");
        let newer = listed.iter().take_while(|batch| id(batch).as_deref() != after);
        let mut sought = Sought::Nowhere;
        for batch in newer.filter(|batch| counted(batch, None) == calls as u64) {
            let Some(id) = id(batch) else { continue };
            match standing(batch) {
                Standing::Working(_) => sought = Sought::Maybe,
                _ => {
                    let mut is_it = false;
                    self.address.lines(&format!("/batches/{id}/results"), |line| {
                        is_it |= named(tag, line).is_some();
                    })?;
                    if is_it {
                        return Ok(Sought::Here(id));
                    }
                }
            }
        }
        Ok(sought)
    }

    fn look(&self, id: &str) -> Result<Standing, Try> {
        match self.address.get(&format!("/batches/{id}")) {
            Ok(batch) => Ok(standing(&batch)),
            Err(tried) if is_missing(&tried) => Ok(Standing::Gone),
            Err(tried) => Err(tried),
        }
    }

    fn results(&self, tag: &str, id: &str, each: &mut dyn FnMut(usize, Try)) -> Result<(), Try> {
        self.address.lines(&format!("/batches/{id}/results"), |line| {
            if let (Some(number), Some(result)) = (named(tag, line), line.get("result")) {
                each(number, self.outcome(result));
            }
        })
    }

    fn cancel(&self, id: &str) -> Result<(), Try> {
        self.address.post(&format!("/batches/{id}/cancel"), &json!({})).map(drop)
    }

    fn delete(&self, id: &str) -> Result<(), Try> {
        self.address.delete(&format!("/batches/{id}")).map(drop)
    }
}

impl Anthropic {
    /// What became of one call. A call without an answer is not billed.
    fn outcome(&self, result: &Value) -> Try {
        match result.get("type").and_then(Value::as_str) {
            Some("succeeded") => {
                let message = result.get("message").unwrap_or(&Value::Null);
                match self.read(message) {
                    Some(said) => Try { came: Ok(said), took: Took::Counted(usage(message)) },
                    None => nothing(),
                }
            }
            Some("errored") => {
                let kind = text(result, "/error/error/type").unwrap_or_default();
                let message = text(result, "/error/error/message").unwrap_or_default();
                let why = self.address.told(&format!("{kind}: {message}"));
                Try::turned_away(match &*kind {
                    "authentication_error"
                    | "permission_error"
                    | "not_found_error"
                    | "billing_error" => {
                        Trouble::All(Cause { why, todo: "mend that and run again".into() })
                    }
                    "invalid_request_error" => Trouble::Call(why),
                    _ => Trouble::Now(why, None),
                })
            }
            Some("canceled") => Try::turned_away(Trouble::All(Cause {
                why: "the batch was canceled at the service".into(),
                todo: "run again".into(),
            })),
            _ => Try::turned_away(Trouble::Now("the batch expired before its turn".into(), None)),
        }
    }
}

fn standing(batch: &Value) -> Standing {
    match batch.get("processing_status").and_then(Value::as_str) {
        Some("ended") => Standing::Ended,
        _ => Standing::Working(counted(batch, Some("processing"))),
    }
}

/// How many calls a batch has, without those of one kind.
fn counted(batch: &Value, without: Option<&str>) -> u64 {
    let counts = batch.get("request_counts").and_then(Value::as_object).into_iter().flatten();
    let counts = counts.filter(|(kind, _)| Some(kind.as_str()) != without);
    counts.filter_map(|(_, count)| count.as_u64()).sum()
}

fn named(tag: &str, line: &Value) -> Option<usize> {
    number(tag, line.get("custom_id")?.as_str()?)
}

/// A text in a document.
pub(crate) fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

/// Whether a try failed because there is no such thing.
pub(crate) fn is_missing(tried: &Try) -> bool {
    matches!(&tried.came, Err(trouble) if trouble.why().starts_with("HTTP 404"))
}

/// A response in which something is missing.
pub(crate) fn nothing() -> Try {
    Try::lost(Trouble::Call("this is no answer of the service".into()))
}
