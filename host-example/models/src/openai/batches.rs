//! OpenAI's Batch API: a file of calls is uploaded and named in a batch; results come as two files.

use std::cell::Cell;

use dreaming_wasmtime::ModelCall;
use serde_json::{Value, json};
use ureq::unversioned::multipart::{Form, Part};

use super::{OpenAi, usage};
use crate::anthropic::batches::{is_missing, nothing, text};
use crate::batch::{Batches, Sought, Standing, name, number};
use crate::{Cause, Took, Trouble, Try};

/// The field of a batch's metadata that holds its tag.
const TAG: &str = "dreaming";

/// Seconds after which OpenAI deletes a file of calls or answers by itself, so that one that a killed process left does
/// not stay. Chosen by us: two days more than a batch may take.
const KEPT: u64 = 3 * 24 * 3600;

/// Batches of one page of a list, and pages that a search looks at.
const LISTED: usize = 100;
const PAGES: usize = 10;

impl Batches for OpenAi {
    fn newest(&self) -> Result<Option<String>, Try> {
        let page = self.address.get("/batches?limit=1")?;
        Ok(text(&page, "/data/0/id"))
    }

    fn send(&self, tag: &str, calls: &[ModelCall]) -> Result<String, Try> {
        let mut lines = String::new();
        for (at, call) in calls.iter().enumerate() {
            let line = json!({
                "custom_id": name(tag, at), "method": "POST", "url": "/v1/chat/completions",
                "body": self.body(call),
            });
            lines.push_str(&format!("{line}\n"));
        }
        let kept = KEPT.to_string();
        let mut form = Form::new().text("purpose", "batch");
        if self.is_home {
            form = form.text("expires_after[anchor]", "created_at");
            form = form.text("expires_after[seconds]", &kept);
        }
        let part = Part::bytes(lines.as_bytes()).file_name(&format!("{TAG}-{tag}.jsonl"));
        let part = part.mime_str("application/jsonl").map_err(|_| nothing())?;
        // No batch comes of an upload alone.
        let unpaid = |tried: Try| Try { took: Took::Nothing, ..tried };
        let file = self.address.upload("/files", form.part("file", part)).map_err(unpaid)?;
        let file = text(&file, "/id").ok_or_else(|| unpaid(nothing()))?;
        let mut body = json!({
            "input_file_id": file, "endpoint": "/v1/chat/completions", "completion_window": "24h",
            "metadata": {TAG: tag},
        });
        if self.is_home {
            body["output_expires_after"] = json!({"anchor": "created_at", "seconds": KEPT});
        }
        let batch = self.address.post_many("/batches", &body)?;
        text(&batch, "/id").ok_or_else(nothing)
    }

    fn find(&self, tag: &str, _: usize, after: Option<&str>) -> Result<Sought, Try> {
        let mut from = String::new();
        for _ in 0..PAGES {
            let page = self.address.get(&format!("/batches?limit={LISTED}{from}"))?;
            let listed = page.pointer("/data").and_then(Value::as_array).ok_or_else(nothing)?;
            for batch in listed {
                let Some(id) = text(batch, "/id") else { continue };
                if Some(&*id) == after {
                    return Ok(Sought::Nowhere);
                }
                if text(batch, &format!("/metadata/{TAG}")).as_deref() == Some(tag) {
                    return Ok(Sought::Here(id));
                }
                from = format!("&after={id}");
            }
            if page.get("has_more") != Some(&Value::Bool(true)) {
                break;
            }
        }
        Ok(Sought::Nowhere)
    }

    fn look(&self, id: &str) -> Result<Standing, Try> {
        let batch = match self.address.get(&format!("/batches/{id}")) {
            Ok(batch) => batch,
            Err(tried) if is_missing(&tried) => return Ok(Standing::Gone),
            Err(tried) => return Err(tried),
        };
        Ok(match text(&batch, "/status").as_deref() {
            // A batch that was canceled or ran out of time has the answers up to then.
            Some("completed" | "expired" | "cancelled") => Standing::Ended,
            Some("failed") => {
                let why = text(&batch, "/errors/data/0/message");
                let why = why.unwrap_or_else(|| "the service gives no reason".into());
                Standing::Refused(self.address.told(&why))
            }
            _ => {
                let count = |name: &str| batch.pointer(name).and_then(Value::as_u64).unwrap_or(0);
                Standing::Working(
                    count("/request_counts/completed") + count("/request_counts/failed"),
                )
            }
        })
    }

    fn results(&self, tag: &str, id: &str, each: &mut dyn FnMut(usize, Try)) -> Result<(), Try> {
        let batch = self.address.get(&format!("/batches/{id}"))?;
        let is_canceled = text(&batch, "/status").as_deref() == Some("cancelled");
        for name in ["/output_file_id", "/error_file_id"] {
            let Some(file) = text(&batch, name) else { continue };
            self.address.lines(&format!("/files/{file}/content"), |line| {
                let name = line.get("custom_id").and_then(Value::as_str);
                if let Some(number) = name.and_then(|name| number(tag, name)) {
                    each(number, self.outcome(line, is_canceled));
                }
            })?;
        }
        Ok(())
    }

    fn cancel(&self, id: &str) -> Result<(), Try> {
        self.address.post(&format!("/batches/{id}/cancel"), &json!({})).map(drop)
    }

    /// Deletes the files. OpenAI deletes no batches, and a batch alone holds no words.
    fn delete(&self, id: &str) -> Result<(), Try> {
        let batch = self.address.get(&format!("/batches/{id}"))?;
        let failed = Cell::new(None);
        for name in ["/input_file_id", "/output_file_id", "/error_file_id"] {
            let Some(file) = text(&batch, name) else { continue };
            match self.address.delete(&format!("/files/{file}")) {
                Err(tried) if !is_missing(&tried) => failed.set(Some(tried)),
                _ => {}
            }
        }
        failed.into_inner().map_or(Ok(()), Err)
    }
}

impl OpenAi {
    /// What became of one call. A call without an answer is not billed.
    fn outcome(&self, line: &Value, is_canceled: bool) -> Try {
        if let Some(code) = text(line, "/error/code") {
            let message = text(line, "/error/message").unwrap_or_default();
            let why = self.address.told(&format!("{code}: {message}"));
            return Try::turned_away(match is_canceled {
                true => Trouble::All(Cause {
                    why: "the batch was canceled at the service".into(),
                    todo: "run again".into(),
                }),
                false => Trouble::Now(why, None),
            });
        }
        let answer = line.pointer("/response/body").unwrap_or(&Value::Null);
        let status = line.pointer("/response/status_code").and_then(Value::as_u64).unwrap_or(0);
        if status != 200 {
            let message = text(answer, "/error/message").unwrap_or_default();
            let why = self.address.told(&format!("HTTP {status}: {message}"));
            return Try::turned_away(match status {
                400..=407 | 410..=424 => Trouble::Call(why),
                _ => Trouble::Now(why, None),
            });
        }
        match self.read(answer) {
            Some(said) => Try { came: Ok(said), took: Took::Counted(usage(answer)) },
            None => nothing(),
        }
    }
}
