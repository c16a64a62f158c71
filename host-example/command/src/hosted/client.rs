//! Asks the service, and again where that may help.

use std::thread;
use std::time::Duration;

use dreaming_models::advice::{Advice, KeyFrom};
use dreaming_models::http::{self, Address, Exchanged, Verb};
use dreaming_models::secret::Secret;
use dreaming_models::settings::Names;
use serde_json::Value;

use super::trouble::Trouble;
use super::{Asking, HOME};
use crate::output::text::one_line;

/// The result of a request.
pub type Result<T> = std::result::Result<T, Trouble>;

/// The variable that holds the key of a store. It is no variable of a model service, so that the key
/// of a server of one's own is never sent to the makers of a model.
pub const KEY: &str = "DREAMING_STORE_KEY";

/// Variables whose keys are those of [`HOME`]: sent there only, when [`KEY`] is not set.
const OF_HOME: [&str; 2] = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"];

/// The version of the API. It and the form of the key are those of the newest SDKs. Source:
/// `dreams-api.md`, section 1.
const VERSION: &str = "2026-10-21";

/// Tries of one request. Chosen by us, as for models: with waits of 1, 2 and 4 seconds a server has
/// time to restart.
const TRIES: u32 = 4;

/// Longest wait before another try. Chosen by us: a person waits for the command.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Longest body of a response in bytes. Chosen by us: a hundred events with an image each.
const MOST: u64 = 128 << 20;

/// What this command calls the settings, for messages.
const NAMES: Names = Names { url: "--url", key_file: "", calls: "", tokens: "", cost: "" };

/// Which beta header a route wants; the service refuses both together. Source: `dreams-api.md`,
/// section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beta {
    /// Of memory stores.
    Memories,
    /// Of sessions.
    Sessions,
}

impl Beta {
    fn header(self) -> (&'static str, &'static str) {
        let value = match self {
            Self::Memories => "agent-memory-2026-07-22",
            Self::Sessions => "managed-agents-2026-04-01",
        };
        ("anthropic-beta", value)
    }
}

/// A service that speaks the hosted API.
#[derive(Debug)]
pub struct Client {
    address: Address,
    url: String,
    wait: Duration,
    from: &'static str,
}

impl Client {
    /// The service at `url`, with the key of the environment.
    ///
    /// # Errors
    /// [`Trouble::NoKey`], [`Trouble::Usage`] for an address to which nothing may be sent, or that
    /// says `/v1` itself.
    pub fn new(url: &str, asking: &Asking) -> Result<Self> {
        let url = url.trim_end_matches('/').to_owned();
        http::check(&url, false)?;
        // After the check, because the message repeats the address.
        if let Some(before) = url.strip_suffix("/v1") {
            let before = one_line(before);
            let why = format!("--url is what stands before `/v1`: leave that out, --url {before}");
            return Err(Trouble::Usage(why));
        }
        let is_home = url == HOME;
        let (key, from) = key(is_home)?.ok_or_else(|| Trouble::NoKey { url: url.clone() })?;
        let advice = Advice { key: KeyFrom::Variable(from), is_home, names: NAMES };
        let limit = Duration::from_secs(asking.request_timeout);
        let key = Some((key, "authorization", "Bearer "));
        let address = Address::new(url.clone(), key, limit, advice)?;
        let address = address.with("anthropic-version", VERSION);
        Ok(Self { address, url, wait: asking.retry_wait, from })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Reads what is at a path.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn get(&self, beta: Beta, path: &str) -> Result<Value> {
        self.ask(Verb::Get, beta, path, None)
    }

    /// Writes.
    ///
    /// # Errors
    /// [`Trouble`]; after one the service may have done it all the same.
    pub fn post(&self, beta: Beta, path: &str, body: &Value) -> Result<Value> {
        self.ask(Verb::Post, beta, path, Some(body))
    }

    /// Deletes what is at a path.
    ///
    /// # Errors
    /// As for [`Client::post`].
    pub fn delete(&self, beta: Beta, path: &str) -> Result<Value> {
        self.ask(Verb::Delete, beta, path, None)
    }

    /// All items of a list, handed out page by page. `query` has no page.
    ///
    /// # Errors
    /// [`Trouble`]; then not all pages were handed out. Those of `each`.
    pub fn pages(
        &self,
        beta: Beta,
        path: &str,
        query: &str,
        mut each: impl FnMut(Vec<Value>) -> Result<Next>,
    ) -> Result<()> {
        let mut cursors: Vec<String> = Vec::new();
        loop {
            let page = cursors.last().map(|page| format!("&page={}", encoded(page)));
            let asked = format!("{path}?{query}{}", page.unwrap_or_default());
            let mut answer = self.get(beta, &asked)?;
            let Some(Value::Array(items)) = answer.get_mut("data").map(Value::take) else {
                return Err(self.nonsense("a list without `data`"));
            };
            if each(items)? == Next::Stop {
                return Ok(());
            }
            match answer.get("next_page") {
                None | Some(Value::Null) => return Ok(()),
                Some(Value::String(next)) if next.is_empty() => return Ok(()),
                Some(Value::String(next)) if cursors.contains(next) => {
                    return Err(self.nonsense("a list that begins again"));
                }
                Some(Value::String(next)) => cursors.push(next.clone()),
                Some(_) => return Err(self.nonsense("a list whose `next_page` is no text")),
            }
        }
    }

    /// The error for a response that is not what the service promises.
    pub fn nonsense(&self, what: &str) -> Trouble {
        Trouble::Nonsense { url: self.url.clone(), what: self.address.said(what) }
    }

    fn ask(&self, verb: Verb, beta: Beta, path: &str, body: Option<&Value>) -> Result<Value> {
        let (mut wait, mut absent, mut tries) = (self.wait, false, 0);
        loop {
            tries += 1;
            let exchanged = self.address.exchange(verb, path, beta.header(), body, MOST);
            let (failed, asked) = match exchanged {
                Ok(response) => match self.read(tries, response)? {
                    Read::Answer(answer) => return Ok(answer),
                    Read::Again(failed, asked) => (failed, asked),
                },
                Err(trouble) => (self.unheard(tries, trouble, &mut absent)?, None),
            };
            if tries == TRIES {
                return Err(failed);
            }
            thread::sleep(asked.unwrap_or(wait));
            wait = wait.saturating_mul(2).min(LONGEST_WAIT);
        }
    }

    /// What became of a request without a whole response: the error after the last try, when
    /// another try may help.
    fn unheard(
        &self,
        tries: u32,
        trouble: dreaming_models::Trouble,
        absent: &mut bool,
    ) -> Result<Trouble> {
        use dreaming_models::Trouble as Model;
        let line = |why: String, todo: String| {
            let why = self.address.said(&why);
            Trouble::Line { url: self.url.clone(), why, todo }
        };
        let network = || "check the network and run again".to_owned();
        match trouble {
            Model::Now(why, _) => Ok(line(format!("{why} ({tries} tries)"), network())),
            Model::Late(why) | Model::Call(why) => Err(line(why, network())),
            // A wrong address is said soon: one more try is for a server that just starts.
            Model::Gone(cause) if !std::mem::replace(absent, true) => {
                Ok(line(cause.why, cause.todo))
            }
            Model::Gone(cause) | Model::All(cause) => Err(line(cause.why, cause.todo)),
        }
    }

    fn read(&self, tries: u32, response: Exchanged) -> Result<Read> {
        let Exchanged { status, wait, may_retry, body } = response;
        let Some(body) = body else {
            return Err(self.nonsense("an answer of more than 128 MiB"));
        };
        let answer: Option<Value> = serde_json::from_slice(&body).ok();
        if matches!(status, 200..=299) {
            return match answer {
                Some(answer) => Ok(Read::Answer(answer)),
                // Half an answer, or the page of a network that wants a password.
                None => Ok(Read::Again(self.nonsense("an answer that is no JSON"), wait)),
            };
        }
        let error = answer.as_ref().and_then(|answer| answer.get("error"));
        let text = |name: &str| error.and_then(|error| error.get(name)).and_then(Value::as_str);
        let why = match text("message") {
            Some(message) => format!("HTTP {status}: {}", self.address.said(message)),
            None => format!("HTTP {status}"),
        };
        let url = self.url.clone();
        // A 409 is an answer here, though SDKs ask again: what is there is not what was expected.
        let again = may_retry.unwrap_or(matches!(status, 408 | 429 | 500..)) && status >= 408;
        let long = wait.filter(|wait| *wait > LONGEST_WAIT);
        let trouble = match status {
            401 | 403 => {
                let may = if status == 401 { "is valid" } else { "may do this" };
                return Err(Trouble::Key { url, why, from: self.from, may });
            }
            404 => return Err(Trouble::Missing(why)),
            409 => {
                let by = text("conflicting_memory_id").map(str::to_owned);
                Trouble::Precondition { why, by }
            }
            429 => {
                let when = long.map_or("try again later".into(), |wait| {
                    format!("try again in {} seconds", wait.as_secs())
                });
                Trouble::Busy { url, why, when }
            }
            408 | 500.. => Trouble::Down { url, tries, why },
            300..=399 => {
                let what = format!("{why}: it leads elsewhere, which is not followed");
                return Err(Trouble::Nonsense { url, what });
            }
            _ => Trouble::Refused(why),
        };
        match again && long.is_none() {
            true => Ok(Read::Again(trouble, wait)),
            false => Err(trouble),
        }
    }
}

/// The key for an address, and the variable that holds it.
fn key(is_home: bool) -> Result<Option<(Secret, &'static str)>> {
    let others = if is_home { &OF_HOME[..] } else { &[] };
    for from in [KEY].iter().chain(others) {
        if let Some(key) = Secret::variable(from)? {
            return Ok(Some((key, *from)));
        }
    }
    Ok(None)
}

/// What a response says.
enum Read {
    Answer(Value),
    /// Another try may succeed, after this wait if the service asks for one; the error if that was
    /// the last one.
    Again(Trouble, Option<Duration>),
}

/// Whether the rest of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is.
    Go,
    /// It is not.
    Stop,
}

/// `text` as a value of a query.
pub fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Whether `id` may stand in a path of a request and name a file: only letters, digits, `_` and
/// `-`.
pub fn is_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !id.is_empty() && id.len() <= 128 && id.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_cursor_ends_the_query() {
        assert_eq!(encoded("page_a-b.c~9"), "page_a-b.c~9");
        assert_eq!(encoded("a b&c=d#é/%"), "a%20b%26c%3Dd%23%C3%A9%2F%25");
    }

    #[test]
    fn an_id_leads_nowhere_else() {
        assert!(is_id("memstore_01AbC-9"));
        for id in ["", "a/b", "..", "a?b", "a b", "ä", &"a".repeat(129)] {
            assert!(!is_id(id), "{id}");
        }
    }
}
