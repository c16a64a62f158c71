//! Events that are large, or that one database would keep and the other would not.

use serde_json::{Value, json};

use crate::server::{Server, kind};

/// The path of the events of a session that takes all.
async fn events(server: &Server) -> String {
    let made = json!({ "agent": "a", "environment_id": "e", "metadata": { "x_import": "true" } });
    let (_, session) = server.post(0, "/v1/sessions", made).await;
    format!("/v1/sessions/{}/events", session["id"].as_str().unwrap())
}

#[tokio::test]
async fn ids_are_short_texts() {
    for server in Server::each().await {
        let path = events(&server).await;
        for name in ["id", "session_thread_id"] {
            for (id, expected) in [
                (json!("a\0b"), 400),
                (json!("ab".repeat(129)), 400),
                (json!("ab".repeat(128)), 200),
                (json!("a"), 200),
            ] {
                let event = json!({ "type": "user.message", name: id });
                let (status, told) = server.post(0, &path, json!({ "events": [event] })).await;
                assert_eq!(status, expected, "{name}: {told}");
                if status == 400 {
                    assert_eq!(kind(&told), "invalid_request_error");
                    assert!(told.to_string().contains(&format!("events[0].{name}")), "{told}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_page_ends_before_it_is_too_large() {
    for server in Server::each().await {
        let path = events(&server).await;
        let long = "a".repeat((1 << 20) - 300);
        for at in 0..10 {
            let event = json!({ "type": "user.message", "at": at, "long": long });
            assert_eq!(server.post(0, &path, json!({ "events": [event] })).await.0, 200);
        }
        for order in ["asc", "desc"] {
            let (mut seen, mut next, mut pages) = (Vec::new(), String::new(), 0);
            loop {
                let (status, page) =
                    server.get(0, &format!("{path}?limit=100&order={order}{next}")).await;
                assert_eq!(status, 200);
                assert!(page.to_string().len() < 5 << 20);
                let data = page["data"].as_array().unwrap();
                seen.extend(data.iter().map(|event| event["at"].as_i64().unwrap()));
                pages += 1;
                let Value::String(key) = &page["next_page"] else { break };
                next = format!("&page={key}");
            }
            if order == "desc" {
                seen.reverse();
            }
            assert_eq!((seen, pages), ((0..10).collect(), 3), "{order}");
        }
    }
}
