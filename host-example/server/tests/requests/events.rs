//! Events that one database would keep and the other would not.

use serde_json::json;

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
