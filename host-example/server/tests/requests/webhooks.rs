//! Who is told that a dream ended.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use axum::http::Method;
use dreaming_server::Options;
use dreaming_server::webhook::{self, Sender};
use serde_json::{Value, json};

use crate::schedules::in_days;
use crate::server::{Server, kind};

/// A request as it came: its head, in lower case, and its body.
type Came = Arc<Mutex<Vec<(String, Value)>>>;

/// An address that answers with these statuses in turn, and with the last one from then on; and what came to it.
fn receiver(statuses: &'static [&'static str]) -> (String, Came) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let came = Came::default();
    let all = Arc::clone(&came);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let mut all = all.lock().unwrap();
            let status = statuses.get(all.len()).or(statuses.last()).unwrap();
            all.push((head, serde_json::from_slice(&body).unwrap()));
            write!(&stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .unwrap();
        }
    });
    (url, came)
}

async fn hook(server: &Server, body: Value) -> Value {
    let (status, made) = server.post(0, "/v1/x/webhooks", body).await;
    assert_eq!(status, 200, "{made}");
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"), "{made}");
    made
}

/// A dream that is over.
async fn dream(server: &Server) -> Value {
    let store = server.store().await;
    let made = json!({ "agent": "agent_1", "environment_id": "env_1" });
    let (_, session) = server.post(0, "/v1/sessions", made).await;
    let inputs = json!([
        { "type": "memory_store", "memory_store_id": store.rsplit('/').next().unwrap() },
        { "type": "sessions", "session_ids": [session["id"]] },
    ]);
    let (_, dream) =
        server.post(0, "/v1/dreams", json!({ "model": "x_none", "inputs": inputs })).await;
    server.until_over(dream["id"].as_str().unwrap()).await
}

/// Webhooks may have private addresses.
fn private() -> Options {
    Options { private_webhooks: true, ..Options::default() }
}

/// Looks for messages in so many days.
async fn look(server: &Server, sender: &Sender, days: i64) {
    webhook::look(&server.database, sender, in_days(days)).await.unwrap();
}

async fn shown(server: &Server) -> Value {
    server.get(0, "/v1/x/webhooks").await.1["data"][0].clone()
}

#[tokio::test]
async fn who_asked_for_it_is_told_once_that_a_dream_ended() {
    for server in Server::each_with_private_webhooks().await {
        let (url, came) = receiver(&["204 No Content"]);
        hook(&server, json!({ "url": url, "events": ["dream.completed"] })).await;
        hook(&server, json!({ "url": url, "events": ["dream.failed"] })).await;
        let dream = dream(&server).await;
        let sender = Sender::new(true);
        for days in [1, 2, 3] {
            look(&server, &sender, days).await;
        }
        let came = came.lock().unwrap();
        let [(head, body)] = &came[..] else { panic!("{came:?}") };
        let data = &body["data"];
        assert_eq!((&data["type"], &data["id"]), (&json!("dream.completed"), &dream["id"]));
        assert_eq!(data["x_memory_store_id"], dream["outputs"][0]["memory_store_id"]);
        assert_eq!((&body["type"], &data["workspace_id"]), (&json!("event"), &json!("ours")));
        let head = head.to_lowercase();
        let id = body["id"].as_str().unwrap();
        assert!(head.contains(&format!("webhook-id: {id}")), "{head}");
        assert!(
            head.contains("webhook-signature: v1,") && head.contains("webhook-timestamp: "),
            "{head}"
        );
    }
}

#[tokio::test]
async fn what_does_not_arrive_is_tried_again_and_given_up_after_ten_times() {
    for server in Server::each_with_private_webhooks().await {
        let (url, came) = receiver(&["500 Oops", "302 Found", "200 OK", "503 Busy"]);
        hook(&server, json!({ "url": url })).await;
        let sender = Sender::new(true);
        dream(&server).await;
        look(&server, &sender, 1).await;
        let told = shown(&server).await;
        assert_eq!(told["reason"], "it answered 500 Internal Server Error", "{told}");
        assert!(told["failing_since"].is_string() && told.get("secret").is_none(), "{told}");
        // Too early for the next try, then the redirect, which nobody follows, then it arrives.
        look(&server, &sender, 1).await;
        for days in [2, 3, 4] {
            look(&server, &sender, days).await;
        }
        let told = shown(&server).await;
        assert_eq!((&told["reason"], &told["failing_since"]), (&Value::Null, &Value::Null));
        let ids: Vec<Value> =
            came.lock().unwrap().iter().map(|(_, body)| body["id"].clone()).collect();
        assert_eq!(ids.len(), 3);
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        // From now on nothing arrives.
        dream(&server).await;
        for days in 5..30 {
            look(&server, &sender, days).await;
        }
        assert_eq!(came.lock().unwrap().len(), 3 + 10);
        assert_eq!(shown(&server).await["disabled_at"], Value::Null);
    }
}

#[tokio::test]
async fn an_address_that_wants_no_more_messages_gets_none() {
    let server = Server::sqlite(private()).await;
    let (url, came) = receiver(&["410 Gone"]);
    hook(&server, json!({ "url": url })).await;
    let sender = Sender::new(true);
    for days in 1..4 {
        dream(&server).await;
        look(&server, &sender, days).await;
    }
    assert_eq!(came.lock().unwrap().len(), 1);
    assert!(shown(&server).await["disabled_at"].is_string());
}

#[tokio::test]
async fn nothing_is_sent_to_the_servers_own_machine_unless_somebody_says_so() {
    let server = Server::sqlite(private()).await;
    let (url, came) = receiver(&["200 OK"]);
    for url in [
        url.clone(),
        url.replace("127.0.0.1", "localhost"),
        url.replace("127.0.0.1", "[::ffff:7f00:1]"),
    ] {
        let made = hook(&server, json!({ "url": url })).await;
        dream(&server).await;
        look(&server, &Sender::new(false), 1).await;
        let told = shown(&server).await;
        assert!(told["reason"].as_str().unwrap().contains("its address is private"), "{told}");
        let path = format!("/v1/x/webhooks/{}", made["id"].as_str().unwrap());
        assert_eq!(server.ask(0, Method::DELETE, &path, None).await.0, 200);
    }
    look(&server, &Sender::new(true), 9).await;
    assert!(came.lock().unwrap().is_empty(), "a webhook that was deleted is told something");
}

#[tokio::test]
async fn a_webhook_is_of_its_workspace_and_its_fields_are_checked() {
    let server = Server::sqlite(Options::default()).await;
    for (field, body) in [
        ("url", json!({ "url": "ftp://example.org/hook" })),
        ("url", json!({ "url": "https://" })),
        ("url", json!({ "url": "https://name:word@example.org/" })),
        ("url", json!({ "url": "example.org" })),
        ("--private-webhooks", json!({ "url": "http://127.0.0.1:8080/hook" })),
        ("--private-webhooks", json!({ "url": "http://[::1]/hook" })),
        ("--private-webhooks", json!({ "url": "https://LOCALHOST/hook" })),
        ("--private-webhooks", json!({ "url": "https://10.1.2.3/hook" })),
        ("events", json!({ "url": "https://example.org/", "events": ["dream.began"] })),
        ("secret", json!({ "url": "https://example.org/", "secret": "mine" })),
    ] {
        let (status, told) = server.post(0, "/v1/x/webhooks", body).await;
        assert_eq!((status, kind(&told)), (400, "invalid_request_error"), "{told}");
        assert!(told["error"]["message"].as_str().unwrap().contains(field), "{told}");
    }
    let made = hook(&server, json!({ "url": "https://example.org/hook" })).await;
    let path = format!("/v1/x/webhooks/{}", made["id"].as_str().unwrap());
    assert_eq!(server.get(1, "/v1/x/webhooks").await.1["data"], json!([]));
    assert_eq!(server.ask(1, Method::DELETE, &path, None).await.0, 404);
    assert_eq!(server.ask(0, Method::DELETE, &path, None).await.0, 200);
    assert_eq!(server.ask(0, Method::DELETE, &path, None).await.0, 404);
}
