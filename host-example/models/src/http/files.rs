//! What batches need beside posts: reading and deleting by path, files in both directions.

use std::io::{BufRead as _, BufReader, Read as _};
use std::time::Duration;

use serde_json::Value;
use ureq::http::Method;
use ureq::unversioned::multipart::Form;

use super::{Address, MAX_BODY, Posted};
use crate::{Trouble, Try};

/// Longest time for sending or reading a file. Chosen by us: 100 MB at 3 Mbit/s take 5 minutes.
const LONG: Duration = Duration::from_secs(600);

/// A response that is JSON, or what went wrong.
type Got = std::result::Result<Value, Try>;

impl Address {
    /// Reads what is at a path.
    ///
    /// # Errors
    /// As for [`Address::post`].
    pub fn get(&self, path: &str) -> Got {
        self.without_body(Method::GET, path)
    }

    /// Deletes what is at a path.
    ///
    /// # Errors
    /// As for [`Address::post`].
    pub fn delete(&self, path: &str) -> Got {
        self.without_body(Method::DELETE, path)
    }

    fn without_body(&self, method: Method, path: &str) -> Got {
        let url = self.url(path);
        let request = match method {
            Method::DELETE => self.agent.delete(&url),
            _ => self.agent.get(&url),
        };
        whole(self.read(&url, self.with_headers(request).call())?)
    }

    /// Posts many calls at once.
    ///
    /// # Errors
    /// As for [`Address::post`].
    pub fn post_many(&self, path: &str, body: &Value) -> Got {
        let url = self.url(path);
        let request = self.agent.post(&url).content_type("application/json");
        let request = request.config().timeout_global(Some(LONG)).build();
        whole(self.read(&url, self.with_headers(request).send(body.to_string()))?)
    }

    /// Posts a form with a file.
    ///
    /// # Errors
    /// As for [`Address::post`].
    pub fn upload(&self, path: &str, form: Form<'_>) -> Got {
        let url = self.url(path);
        let request = self.agent.post(&url).config().timeout_global(Some(LONG)).build();
        whole(self.read(&url, self.with_headers(request).send(form))?)
    }

    /// Hands out the lines of a file of JSON, one by one. A line that is no JSON or longer than an answer may be is left
    /// out.
    ///
    /// # Errors
    /// As for [`Address::post`]; then not all lines were handed out.
    pub fn lines(&self, path: &str, mut each: impl FnMut(&Value)) -> std::result::Result<(), Try> {
        let url = self.url(path);
        let request = self.agent.get(&url).config().timeout_global(Some(LONG)).build();
        let response = self.accepted(&url, self.with_headers(request).call())?;
        let mut reader = BufReader::new(response.into_body().into_reader());
        let broken = |error| self.lost(&url, &ureq::Error::Io(error));
        loop {
            let mut line = Vec::new();
            let read = reader.by_ref().take(MAX_BODY).read_until(b'\n', &mut line);
            match read.map_err(broken)? {
                0 => return Ok(()),
                _ if line.ends_with(b"\n") || (line.len() as u64) < MAX_BODY => {}
                _ => skip_line(&mut reader).map_err(broken)?,
            }
            if let Ok(value) = serde_json::from_slice(&line) {
                each(&value);
            }
        }
    }
}

/// Leaves out the rest of a line.
fn skip_line(reader: &mut impl std::io::BufRead) -> std::io::Result<()> {
    loop {
        let here = reader.fill_buf()?;
        let (used, ends) = match here.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (here.len(), here.is_empty()),
        };
        reader.consume(used);
        if ends {
            return Ok(());
        }
    }
}

fn whole(posted: Posted) -> Got {
    match posted {
        Posted::Json(value) => Ok(value),
        Posted::TooLong => Err(Try::lost(Trouble::Call("the answer is too long".into()))),
    }
}
