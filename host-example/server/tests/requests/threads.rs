//! The threads of a session with several agents.

use serde_json::{Value, json};

use crate::server::Server;

#[tokio::test]
async fn each_thread_has_the_events_that_say_so_and_the_first_tells_of_the_others() {
    for server in Server::each().await {
        let made =
            json!({ "agent": "lead", "environment_id": "e", "metadata": { "x_import": "true" } });
        let (_, session) = server.post(0, "/v1/sessions", made).await;
        let id = session["id"].as_str().unwrap();
        let words = |words: &str| json!([{ "type": "text", "text": words }]);
        let at = |second: u32| format!("2099-03-02T09:00:{second:02}Z");
        let events = json!({ "events": [
            { "type": "user.message", "processed_at": at(0), "content": words("Find it.") },
            {
                "type": "session.thread_created", "processed_at": at(1),
                "session_thread_id": "sthr_b", "agent_name": "finder",
            },
            {
                "type": "agent.message", "processed_at": at(2), "session_thread_id": "sthr_b",
                "content": words("Found."),
            },
            // Nothing tells of this one but its own event.
            {
                "type": "agent.message", "processed_at": at(3), "session_thread_id": "sthr_a",
                "content": words("Also."),
            },
            { "type": "agent.message", "processed_at": at(4), "content": words("Here it is.") },
        ] });
        let path = format!("/v1/sessions/{id}");
        let (status, sent) = server.post(0, &format!("{path}/events"), events).await;
        assert_eq!(status, 200, "{sent}");
        let (status, listed) = server.get(0, &format!("{path}/threads")).await;
        assert_eq!(status, 200, "{listed}");
        let first = format!("sthr_{}", id.strip_prefix("sesn_").unwrap());
        let told: Vec<(&str, &str, &Value)> = listed["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                (
                    it["id"].as_str().unwrap(),
                    it["agent"]["name"].as_str().unwrap(),
                    &it["parent_thread_id"],
                )
            })
            .collect();
        let parent = json!(first);
        let expected = [
            (&*first, "lead", &Value::Null),
            ("sthr_b", "finder", &parent),
            ("sthr_a", "lead", &parent),
        ];
        assert_eq!(told, expected);
        let (_, page) = server.get(0, &format!("{path}/threads?limit=2")).await;
        let next = page["next_page"].as_str().unwrap();
        let (_, rest) = server.get(0, &format!("{path}/threads?limit=2&page={next}")).await;
        assert_eq!((&rest["data"][0]["id"], &rest["next_page"]), (&json!("sthr_a"), &Value::Null));
        let (_, none) = server.get(0, &format!("{path}/threads?statuses=running")).await;
        assert_eq!(none["data"], json!([]));
        for (thread, expected) in [
            (&*first, vec!["Find it.", "", "Here it is."]),
            ("sthr_b", vec!["Found."]),
            ("sthr_a", vec!["Also."]),
        ] {
            let (_, one) = server.get(0, &format!("{path}/threads/{thread}")).await;
            assert_eq!((&one["id"], &one["session_id"]), (&json!(thread), &json!(id)), "{one}");
            let (_, events) = server.get(0, &format!("{path}/threads/{thread}/events")).await;
            let events = events["data"].as_array().unwrap();
            let text =
                |event: &Value| event["content"][0]["text"].as_str().unwrap_or_default().to_owned();
            assert_eq!(events.iter().map(text).collect::<Vec<_>>(), expected, "{thread}");
        }
        // All of them are events of the session, which is what a dream reads.
        let (_, all) = server.get(0, &format!("{path}/events")).await;
        assert_eq!(all["data"].as_array().unwrap().len(), 5);
        for missing in ["sthr_none", "sthr_none/events"] {
            assert_eq!(server.get(0, &format!("{path}/threads/{missing}")).await.0, 404);
        }
        for theirs in ["threads", "threads/sthr_b", "threads/sthr_b/events"] {
            assert_eq!(server.get(1, &format!("{path}/{theirs}")).await.0, 404);
        }
    }
}
