//! Clients that are slow, silent or too many, over real connections.

use std::future::pending;
use std::time::Duration;

use axum::http::Method;
use dreaming_server::{Limits, Options, serve};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::server::Server;

/// What a client that should be cut off may take.
const SHORT: Duration = Duration::from_millis(300);

/// What a test waits for something that comes.
const LONG: Duration = Duration::from_secs(20);

/// A server that listens.
struct Listening {
    server: Server,
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    serves: JoinHandle<()>,
}

impl Listening {
    async fn new(limits: Limits, options: Options) -> Self {
        let server = Server::sqlite(options).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            if stopped.await.is_err() {
                // Nobody stops it: the test is over.
                pending().await
            }
        };
        let serves = tokio::spawn(serve(listener, server.service.clone(), limits, stopped));
        Self { server, address, stop, serves }
    }

    /// A connection on which `text` was sent.
    async fn sent(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    fn head(&self, method: &str, path: &str, length: usize) -> String {
        let key = &self.server.keys[0];
        format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\ncontent-length: {length}\r\n\r\n"
        )
    }
}

/// All that comes until the connection is closed.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is closed while bytes of ours are on the way ends with an error.
    let _ = timeout(LONG, stream.read_to_end(&mut bytes)).await.expect("it is not closed");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits for an answer.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 1 << 16];
    let count = timeout(LONG, stream.read(&mut bytes)).await.expect("no answer").unwrap();
    String::from_utf8_lossy(&bytes[..count]).into_owned()
}

#[tokio::test]
async fn who_does_not_send_a_whole_head_is_cut_off() {
    let limits = Limits { head: SHORT, ..Limits::default() };
    let listening = Listening::new(limits, Options::default()).await;
    for text in ["", "GET /hea", "GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        assert_eq!(rest(&mut listening.sent(text).await).await, "", "{text:?}");
    }
    // After an answer, too: a connection is not kept for nothing.
    let mut stream = listening.sent("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let all = rest(&mut stream).await;
    assert!(all.starts_with("HTTP/1.1 200") && all.ends_with("ok"), "{all}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_told_so() {
    let options = Options { body: SHORT, ..Options::default() };
    let listening = Listening::new(Limits::default(), options).await;
    for path in ["/v1/memory_stores", "/v1/x/sessions/sesn_1/parts/main"] {
        let method = if path.contains("/x/") { "PUT" } else { "POST" };
        let mut stream = listening.sent(&listening.head(method, path, 1_000)).await;
        // A byte now and then does not help.
        let dripping = async {
            while stream.write_all(b"{").await.is_ok() {
                sleep(SHORT / 10).await;
                let mut bytes = vec![0; 1 << 12];
                if let Ok(count @ 1..) = stream.try_read(&mut bytes) {
                    return String::from_utf8_lossy(&bytes[..count]).into_owned();
                }
            }
            String::new()
        };
        let told = timeout(LONG, dripping).await.expect("it is not told");
        let known = path == "/v1/memory_stores";
        // A session that is not there is told before its part is read.
        let expected = if known { "HTTP/1.1 408" } else { "HTTP/1.1 404" };
        assert!(told.starts_with(expected), "{path}: {told}");
        assert!(!known || told.contains("timeout_error"), "{told}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_changes_nothing() {
    let listening = Listening::new(Limits::default(), Options::default()).await;
    let body = r#"{"name": "Shop"}"#;
    let head = listening.head("POST", "/v1/memory_stores", body.len() + 1);
    drop(listening.sent(&format!("{head}{body}")).await);
    sleep(SHORT).await;
    let (_, stores) = listening.server.get(0, "/v1/memory_stores").await;
    assert_eq!(stores["data"], json!([]));
}

#[tokio::test]
async fn who_takes_nothing_of_the_answer_is_cut_off() {
    let limits = Limits { write: SHORT, ..Limits::default() };
    let listening = Listening::new(limits, Options::default()).await;
    let store = listening.server.store().await;
    let content = "x".repeat(100 << 10);
    for path in ["/a.md", "/b.md", "/c.md", "/d.md", "/e.md"] {
        let memory = json!({ "path": path, "content": content });
        let (status, _) = listening.server.post(0, &format!("{store}/memories"), memory).await;
        assert_eq!(status, 200);
    }
    // More than the buffers of two sockets hold.
    const ASKED: usize = 100;
    let all = listening.head("GET", &format!("{store}/memories?view=full"), 0).repeat(ASKED);
    let mut stream = listening.sent(&all).await;
    sleep(SHORT * 5).await;
    let answers = rest(&mut stream).await.matches("HTTP/1.1 200").count();
    assert!((1..ASKED).contains(&answers), "{answers} answers");
}

#[tokio::test]
async fn one_connection_too_many_waits_for_its_turn() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let listening = Listening::new(limits, Options::default()).await;
    const ASK: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut first = listening.sent(ASK).await;
    let mut second = listening.sent(ASK).await;
    for stream in [&mut first, &mut second] {
        assert!(answer(stream).await.starts_with("HTTP/1.1 200"));
    }
    let mut third = listening.sent(ASK).await;
    timeout(SHORT, third.readable()).await.expect_err("it is answered at once");
    drop(first);
    assert!(answer(&mut third).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn who_follows_a_session_does_not_keep_the_server_from_its_end() {
    let limits = Limits { stop: SHORT, ..Limits::default() };
    let listening = Listening::new(limits, Options::default()).await;
    let made = json!({ "agent": "agent_1", "environment_id": "env_1" });
    let (_, session) = listening.server.post(0, "/v1/sessions", made).await;
    let path = format!("/v1/sessions/{}/events/stream", session["id"].as_str().unwrap());
    let mut stream = listening.sent(&listening.head("GET", &path, 0)).await;
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
    listening.stop.send(()).unwrap();
    timeout(LONG, listening.serves).await.expect("it does not end").unwrap();
}

#[tokio::test]
async fn no_text_of_a_client_gets_into_the_head_of_an_answer() {
    const EVIL: &str = "a\r\nx-evil: 1";
    const ENCODED: &str = "a%0d%0ax-evil:%201";
    let listening = Listening::new(Limits::default(), Options::default()).await;
    let store = listening.server.store().await;
    let named = json!({ "name": EVIL, "metadata": { "x_note": EVIL } });
    let asked = [
        (Method::POST, "/v1/memory_stores".to_owned(), named.to_string()),
        (
            Method::POST,
            format!("{store}/memories"),
            json!({ "path": EVIL, "content": "" }).to_string(),
        ),
        (Method::GET, format!("/v1/memory_stores/{ENCODED}"), String::new()),
        (Method::GET, format!("/v1/{ENCODED}"), String::new()),
        (Method::GET, format!("{store}/memories?page={ENCODED}"), String::new()),
    ];
    for (method, path, body) in asked {
        let head = listening.head(method.as_str(), &path, body.len());
        let told = answer(&mut listening.sent(&format!("{head}{body}")).await).await;
        let (head, _) = told.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 "), "{told}");
        assert!(!head.contains("x-evil"), "{path}: {told}");
    }
}
