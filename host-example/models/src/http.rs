//! Sends one request to a service, and cleans messages from its response.

mod exchange;
mod files;

use std::io;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, HeaderValue, Response, Uri};
use ureq::{Agent, Body, RequestBuilder};

use crate::advice::Advice;
use crate::harmless::one_line;
use crate::secret::Secret;
use crate::{Cause, Error, MAX_ANSWER, Result, Trouble, Try};

pub use self::exchange::{Exchanged, Verb};

/// Longest body in bytes: an answer of [`MAX_ANSWER`] with every character escaped, and some room.
const MAX_BODY: u64 = 6 * MAX_ANSWER as u64 + (64 << 10);

/// Longest message of a service that a person is shown, in characters. Chosen by us: one sentence.
const MAX_MESSAGE: usize = 200;

/// What came of sending a request.
type Sent = std::result::Result<Response<Body>, ureq::Error>;

/// The address of a service.
#[derive(Debug)]
pub struct Address {
    agent: Agent,
    /// What comes before the path of a request.
    root: String,
    headers: HeaderMap,
    key: Option<Secret>,
    advice: Advice,
}

impl Address {
    /// `root` is what comes before the path of each request. `key` holds the key, the name of its
    /// header, and the text before the key in that header.
    ///
    /// # Errors
    /// [`Error::Address`] for an invalid address, one with a name or password in it, or one to which
    /// the key would be sent unencrypted; [`Error::Wrong`] for a key that no header may hold.
    pub fn new(
        root: String,
        key: Option<(Secret, &'static str, &'static str)>,
        limit: Duration,
        advice: Advice,
    ) -> Result<Self> {
        check(&root, key.is_some())?;
        let mut config = Agent::config_builder();
        if is_here(&root) {
            // No proxy for a service on this machine: the proxy would look for it on its own
            // machine.
            config = config.proxy(None);
        }
        let config = config
            .timeout_global(Some(limit))
            // Redirects are not followed: they would send prompts and key to an address that the
            // response names.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("dreaming/", env!("CARGO_PKG_VERSION")))
            .build();
        let mut headers = HeaderMap::new();
        if let Some((key, header, before)) = &key {
            let value = HeaderValue::try_from(format!("{before}{}", key.reveal()));
            let mut value = value.map_err(|_| Error::Wrong("the key is none".into()))?;
            value.set_sensitive(true);
            headers.insert(*header, value);
        }
        Ok(Self { agent: config.into(), root, headers, key: key.map(|(key, ..)| key), advice })
    }

    /// Sends a header with every request.
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// Posts `body` to a path and returns the response, if its status is 200.
    ///
    /// # Errors
    /// A [`Try`] without an answer: what went wrong, whether to try again, and whether it may have
    /// been paid for.
    pub fn post(&self, path: &str, body: &Value) -> std::result::Result<Posted, Try> {
        let url = self.url(path);
        let request = self.with_headers(self.agent.post(&url).content_type("application/json"));
        self.read(&url, request.send(body.to_string()))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }

    fn with_headers<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        let headers = self.headers.iter();
        headers.fold(request, |request, (name, value)| request.header(name, value))
    }

    /// Reads a response that is JSON.
    fn read(&self, url: &str, sent: Sent) -> std::result::Result<Posted, Try> {
        let mut response = self.accepted(url, sent)?;
        let bytes = match response.body_mut().with_config().limit(MAX_BODY).read_to_vec() {
            Ok(bytes) => bytes,
            Err(ureq::Error::BodyExceedsLimit(_)) => return Ok(Posted::TooLong),
            Err(error) => return Err(self.lost(url, &error)),
        };
        let none = |_| Try::lost(Trouble::Call("the answer is no JSON".into()));
        serde_json::from_slice(&bytes).map(Posted::Json).map_err(none)
    }

    /// A response with status 200, its body unread.
    fn accepted(&self, url: &str, sent: Sent) -> std::result::Result<Response<Body>, Try> {
        let mut response = sent.map_err(|error| self.lost(url, &error))?;
        let status = response.status().as_u16();
        if status == 200 {
            return Ok(response);
        }
        let wait = wait(response.headers());
        let bytes = match response.body_mut().with_config().limit(MAX_BODY).read_to_vec() {
            Ok(bytes) => bytes,
            Err(ureq::Error::BodyExceedsLimit(_)) => Vec::new(),
            Err(error) => return Err(self.lost(url, &error)),
        };
        let trouble = self.refused(url, status, wait, serde_json::from_slice(&bytes).ok().as_ref());
        Err(if may_be_paid(status) { Try::lost(trouble) } else { Try::turned_away(trouble) })
    }

    /// `text` without the key.
    pub fn clean(&self, text: &str) -> String {
        self.key.as_ref().map_or_else(|| text.to_owned(), |key| key.cut_out(text))
    }

    /// An answer without the key.
    pub fn clean_answer(&self, text: &str) -> String {
        self.key.as_ref().map_or_else(|| text.to_owned(), |key| key.cut_out_of_answer(text))
    }

    /// The failed try after a broken line or a timeout. After a timeout the call is not tried again
    /// at once, because the service may still work on the first try, or is gone.
    fn lost(&self, url: &str, error: &ureq::Error) -> Try {
        use ureq::Error as Line;
        let why = self.told(&error.to_string());
        match error {
            Line::Timeout(_) => Try::lost(Trouble::Late("no answer in time".into())),
            Line::BadUri(_) | Line::Tls(_) | Line::Rustls(_) => {
                Try::turned_away(Trouble::All(self.at(url, &why, self.advice.mend_line())))
            }
            Line::HostNotFound => {
                Try::turned_away(Trouble::Gone(self.at(url, &why, self.advice.mend_line())))
            }
            Line::Io(error) if is_nobody(error) => {
                Try::turned_away(Trouble::Gone(self.at(url, &why, self.advice.mend_line())))
            }
            Line::ConnectionFailed | Line::ConnectProxyFailed(_) => {
                Try::turned_away(Trouble::Now(why, None))
            }
            _ => Try::lost(Trouble::Now(why, None)),
        }
    }

    /// The [`Trouble`] for a status other than 200.
    fn refused(
        &self,
        url: &str,
        status: u16,
        wait: Option<Duration>,
        body: Option<&Value>,
    ) -> Trouble {
        let error = body.and_then(|body| body.get("error"));
        let message = error.and_then(|error| error.get("message").or(Some(error))?.as_str());
        let why = match message {
            Some(message) => format!("HTTP {status}: {}", self.told(message)),
            None => format!("HTTP {status}"),
        };
        match status {
            300..=399 => {
                let why = format!("{why}, which is not followed");
                Trouble::All(self.at(url, &why, self.advice.mend_line()))
            }
            401 | 403 => {
                let why = format!("{why}{}", self.advice.of_key());
                Trouble::All(Cause { why, todo: self.advice.mend_key() })
            }
            404 => Trouble::All(self.at(url, &why, self.advice.mend_name())),
            408 | 409 | 425 | 429 | 500..=599 => Trouble::Now(why, wait),
            _ => Trouble::Call(why),
        }
    }

    /// A [`Cause`] that names the address.
    fn at(&self, url: &str, why: &str, todo: String) -> Cause {
        Cause { why: format!("{why} ({})", one_line(url)), todo }
    }

    /// A message from outside, shortened, on one line and without the key.
    pub(crate) fn told(&self, message: &str) -> String {
        let line = one_line(&self.clean(message));
        match line.char_indices().nth(MAX_MESSAGE) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }
}

/// The body of a response with status 200.
#[derive(Debug)]
pub enum Posted {
    /// JSON.
    Json(Value),
    /// More than an answer may have.
    TooLong,
}

/// Whether no server was found: nothing listens at the address, or the name is unknown.
fn is_nobody(error: &io::Error) -> bool {
    // An unknown name has no error kind of its own, so its text is compared.
    let is_lookup = || error.to_string().contains("failed to lookup address");
    error.kind() == io::ErrorKind::ConnectionRefused || is_lookup()
}

/// Whether a model may have worked on a request with this status: the server failed, or a gateway
/// lost it. 529 says that no model was free.
fn may_be_paid(status: u16) -> bool {
    matches!(status, 500..=599) && status != 529
}

/// The wait that `retry-after-ms` or `retry-after` asks for; the second in seconds or as a date.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let millis =
        headers.get("retry-after-ms").and_then(|said| said.to_str().ok()?.trim().parse().ok());
    if let Some(millis) = millis {
        return Some(Duration::from_millis(millis));
    }
    let said = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = said.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(said).ok()?.timestamp();
    let left = until.as_millisecond().saturating_sub(jiff::Timestamp::now().as_millisecond());
    Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
}

/// Checks that prompts, and the key, may be sent to this address.
///
/// # Errors
/// [`Error::Address`].
pub fn check(url: &str, has_key: bool) -> Result<()> {
    // The error does not repeat the address, because it may hold a password.
    let uri: Uri = url.parse().map_err(|_| Error::Address("no address"))?;
    let host = uri.host().filter(|host| !host.is_empty()).ok_or(Error::Address("no host"))?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(Error::Address(
            "leave name and password out, keys go into a file or the environment",
        ));
    }
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if names_here(host) || !has_key => Ok(()),
        Some("http") => Err(Error::Address("the key would go over an open line, use https")),
        _ => Err(Error::Address("an address begins with https:// or http://")),
    }
}

/// Whether an address is on this machine.
fn is_here(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(names_here))
}

fn names_here(host: &str) -> bool {
    let v4 = host.parse::<std::net::Ipv4Addr>();
    host == "localhost" || host == "[::1]" || v4.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Took;
    use crate::advice::KeyFrom;
    use crate::settings::TESTED;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([("retry-after".parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn a_service_says_in_seconds_or_by_date_how_long_to_wait() {
        assert_eq!(wait(&headers("7")), Some(Duration::from_secs(7)));
        assert_eq!(wait(&headers("Wed, 21 Oct 2015 07:28:00 GMT")), Some(Duration::ZERO));
        let far = wait(&headers("Tue, 01 Jan 2999 00:00:00 GMT")).unwrap();
        assert!(far > Duration::from_secs(1 << 30), "{far:?}");
        assert_eq!(wait(&headers("soon")), None);
        assert_eq!(wait(&HeaderMap::new()), None);
        let mut both = headers("7");
        both.insert("retry-after-ms", "40".parse().unwrap());
        assert_eq!(wait(&both), Some(Duration::from_millis(40)));
    }

    #[test]
    fn a_line_that_broke_may_have_been_paid_for_and_one_that_never_was_is_not() {
        use std::io::Read as _;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/x", listener.local_addr().unwrap());
        let advice = Advice { key: KeyFrom::Nowhere("A_KEY"), is_home: false, names: TESTED };
        let address = Address::new(url, None, Duration::from_secs(60), advice).unwrap();
        let served = std::thread::spawn(move || {
            let (mut line, _) = listener.accept().unwrap();
            assert!(line.read(&mut [0; 4096]).unwrap() > 0);
        });
        let took = |tried: std::result::Result<Posted, Try>| tried.unwrap_err();
        let broken = took(address.post("", &serde_json::json!({})));
        served.join().unwrap();
        assert!(matches!(broken.came, Err(Trouble::Now(_, None))), "{broken:?}");
        assert_eq!(broken.took, Took::Unknown);
        // The test server is gone.
        let refused = took(address.post("", &serde_json::json!({})));
        assert!(matches!(refused.came, Err(Trouble::Gone(_))), "{refused:?}");
        assert_eq!(refused.took, Took::Nothing);
    }

    #[test]
    fn an_answer_that_comes_twice_is_not_taken_for_that_of_the_next_call() {
        use std::io::{Read as _, Write as _};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/x", listener.local_addr().unwrap());
        let advice = Advice { key: KeyFrom::Nowhere("A_KEY"), is_home: false, names: TESTED };
        let address = Address::new(url, None, Duration::from_secs(60), advice).unwrap();
        std::thread::spawn(move || {
            for line in listener.incoming() {
                let mut line = line.unwrap();
                std::thread::spawn(move || {
                    let mut bytes = [0; 4096];
                    while let Ok(count @ 1..) = line.read(&mut bytes) {
                        let request = String::from_utf8_lossy(&bytes[..count]);
                        // The body, a number, may come by itself.
                        let Some(number) = request.rsplit('\n').next().filter(|it| !it.is_empty())
                        else {
                            continue;
                        };
                        let answer =
                            format!("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{number}");
                        line.write_all(answer.repeat(2).as_bytes()).unwrap();
                    }
                });
            }
        });
        for number in 0..5 {
            let posted = address.post("", &number.into()).unwrap();
            assert!(
                matches!(&posted, Posted::Json(json) if *json == number),
                "{number}: {posted:?}"
            );
            // The second answer has come.
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    fn a_key_goes_over_no_open_line() {
        for url in ["https://api.example/v1", "http://localhost:8080/v1", "http://127.0.0.1/x"] {
            check(url, true).unwrap();
        }
        check("http://gpu.example/v1", false).unwrap();
        // A host name that begins like a local address is not local.
        check("http://127.0.0.1.example/v1", true).unwrap_err();
        for url in [
            "http://gpu.example/v1",
            "ftp://x",
            "x",
            "",
            "https://a:sk-1@api.example",
            "http:///v1",
        ] {
            let error = check(url, true).unwrap_err().to_string();
            assert!(!error.contains("sk-1"), "{error}");
        }
    }
}
