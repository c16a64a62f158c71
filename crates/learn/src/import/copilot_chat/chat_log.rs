//! Replays the changes of a log. Only what is read of the document is kept.

use super::request::Request;
use super::response_part::index;
use crate::json_value::{Map, Value};

/// Most bytes that are kept of a document: as many as the longest record may have that is read
/// (`import.max-line`), since elsewhere memory holds one record.
const MAX_KEPT: usize = 16 << 20;

/// Fields of the document that are read, beside its requests.
const HEAD: &[&str] = &["repoData", "sessionId"];

/// The document so far.
#[derive(Debug, Default)]
pub(super) struct ChatLog {
    head: Map<'static>,
    requests: Vec<Request>,
    /// About how many bytes the requests take.
    bytes: usize,
    /// Whether a snapshot was read.
    has_begun: bool,
    /// Whether the document is over the limit, so that nothing of it is kept any more.
    is_too_large: bool,
}

impl ChatLog {
    /// Takes the document: the fields beside its requests, and these. `None` when it was too large.
    pub(super) fn take(&mut self) -> Option<(Map<'static>, Vec<Request>)> {
        let Self { head, requests, is_too_large, .. } = std::mem::take(self);
        (!is_too_large).then_some((head, requests))
    }

    /// Replaces the document. Returns whether it fits, as all changes do.
    pub(super) fn begin(&mut self, mut document: Map<'static>, line: u64) -> bool {
        let requests = document.remove("requests");
        document.keep(HEAD);
        *self = Self { head: document, has_begun: true, ..Self::default() };
        match requests {
            Some(Value::Array(items)) => self.add(items, line),
            _ => true,
        }
    }

    /// Sets the value at a place; `None` removes it.
    pub(super) fn set(
        &mut self,
        place: &[Value<'_>],
        value: Option<Value<'static>>,
        line: u64,
    ) -> bool {
        if self.is_too_large || !self.has_begun {
            return false;
        }
        match place {
            [field] if field.as_str() == Some("requests") => {
                self.cut(0);
                match value {
                    Some(Value::Array(items)) => self.add(items, line),
                    _ => true,
                }
            }
            [field] => {
                if let (Some(name), Some(value)) = (field.as_str(), value)
                    && HEAD.contains(&name)
                {
                    self.head.insert(name.to_owned().into(), value);
                }
                true
            }
            [field, at] if field.as_str() == Some("requests") => {
                let fields = value.and_then(Value::into_object);
                let (Some(known), Some(fields)) = (request(&mut self.requests, at), fields) else {
                    return false;
                };
                let before = known.bytes;
                *known = Request::of(fields, line);
                let after = known.bytes;
                self.weigh(before, after)
            }
            [field, at, within @ ..] if field.as_str() == Some("requests") => {
                let Some(known) = request(&mut self.requests, at) else { return false };
                let before = known.bytes;
                let is_set = known.set(within, value, line);
                let after = known.bytes;
                self.weigh(before, after) && is_set
            }
            // Nothing within the other fields is read.
            _ => true,
        }
    }

    /// Cuts the list at a place to a length, if one is given, and adds items.
    pub(super) fn push(
        &mut self,
        place: &[Value<'_>],
        length: Option<u64>,
        items: Vec<Value<'static>>,
        line: u64,
    ) -> bool {
        if self.is_too_large || !self.has_begun {
            return false;
        }
        let length = length.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        match place {
            [field] if field.as_str() == Some("requests") => {
                let length = length.unwrap_or(self.requests.len());
                if length > self.requests.len() {
                    return false;
                }
                self.cut(length);
                self.add(items, line)
            }
            [field, at, within @ ..] if field.as_str() == Some("requests") => {
                let Some(known) = request(&mut self.requests, at) else { return false };
                let before = known.bytes;
                let is_set = known.push(within, length, items, line);
                let after = known.bytes;
                self.weigh(before, after) && is_set
            }
            _ => true,
        }
    }

    /// Removes the requests behind the first `length`.
    fn cut(&mut self, length: usize) {
        let removed: usize = self.requests.iter().skip(length).map(|request| request.bytes).sum();
        self.requests.truncate(length);
        self.weigh(removed, 0);
    }

    fn add(&mut self, items: Vec<Value<'static>>, line: u64) -> bool {
        let mut fits = true;
        for item in items {
            // An item that is no object keeps its place.
            let request = Request::of(item.into_object().unwrap_or_default(), line);
            let bytes = request.bytes;
            self.requests.push(request);
            fits = self.weigh(0, bytes);
            if !fits {
                break;
            }
        }
        fits
    }

    /// Counts a change of what is kept. Drops everything when it is too much.
    fn weigh(&mut self, before: usize, after: usize) -> bool {
        self.bytes = self.bytes.saturating_sub(before).saturating_add(after);
        if self.bytes > MAX_KEPT {
            *self = Self { is_too_large: true, ..Self::default() };
        }
        !self.is_too_large
    }
}

/// The request at a place.
fn request<'a>(requests: &'a mut [Request], at: &Value<'_>) -> Option<&'a mut Request> {
    requests.get_mut(index(at)?)
}
