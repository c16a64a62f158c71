//! One request whose response the host reads itself, whatever its status. For services that are no
//! models: their refusals mean something else than those of a model.

use std::time::Duration;

use serde_json::Value;
use ureq::http::HeaderMap;

use super::{Address, wait};
use crate::Trouble;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Writes.
    Post,
    /// Deletes.
    Delete,
}

/// A response, read whole.
#[derive(Clone, Debug)]
pub struct Exchanged {
    /// Its HTTP status.
    pub status: u16,
    /// The wait that the service asks for before another try.
    pub wait: Option<Duration>,
    /// Whether the service says that another try may succeed; `None` when it says nothing.
    pub may_retry: Option<bool>,
    /// Its body; `None` when it is longer than the host allows.
    pub body: Option<Vec<u8>>,
}

impl Address {
    /// Sends a request with the key, and with one more header. The body of the response may have
    /// `most` bytes.
    ///
    /// # Errors
    /// [`Trouble`] when no response came, or not all of it. The service may have got the request.
    pub fn exchange(
        &self,
        verb: Verb,
        path: &str,
        header: (&'static str, &'static str),
        body: Option<&Value>,
        most: u64,
    ) -> Result<Exchanged, Trouble> {
        let url = self.url(path);
        let sent = match verb {
            Verb::Get => self.with_headers(self.agent.get(&url)).header(header.0, header.1).call(),
            Verb::Delete => {
                self.with_headers(self.agent.delete(&url)).header(header.0, header.1).call()
            }
            Verb::Post => {
                let request = self.agent.post(&url).content_type("application/json");
                let request = self.with_headers(request).header(header.0, header.1);
                request.send(body.map(ToString::to_string).unwrap_or_default())
            }
        };
        let mut response = sent.map_err(|error| self.trouble(&url, &error))?;
        let headers = response.headers();
        let (wait, may_retry) = (wait(headers), may_retry(headers));
        let status = response.status().as_u16();
        let body = match response.body_mut().with_config().limit(most).read_to_vec() {
            Ok(body) => Some(body),
            Err(ureq::Error::BodyExceedsLimit(_)) => None,
            Err(error) => return Err(self.trouble(&url, &error)),
        };
        Ok(Exchanged { status, wait, may_retry, body })
    }

    fn trouble(&self, url: &str, error: &ureq::Error) -> Trouble {
        match self.lost(url, error).came {
            Err(trouble) => trouble,
            Ok(_) => Trouble::Call(self.told(&error.to_string())),
        }
    }

    /// A message of the service for a person: shortened, on one line and without the key.
    pub fn said(&self, message: &str) -> String {
        self.told(message)
    }
}

/// What `x-should-retry` says.
fn may_retry(headers: &HeaderMap) -> Option<bool> {
    match headers.get("x-should-retry")?.to_str().ok()? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}
