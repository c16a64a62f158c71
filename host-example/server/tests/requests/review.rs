//! Decisions about what a dream left open, and what holds for one person.

use serde_json::{Value, json};

use crate::mcp::tool;
use crate::server::{Server, kind};

/// A session of `mira` in which she asks for something: its id.
async fn session(server: &Server) -> Value {
    let metadata = json!({ "x_import": "true", "x_principal": "mira" });
    let made = json!({ "agent": "a", "environment_id": "e", "metadata": metadata });
    let (_, session) = server.post(0, "/v1/sessions", made).await;
    let words = |words: &str| json!([{ "type": "text", "text": words }]);
    let events = json!({ "events": [
        {
            "type": "user.message", "processed_at": "2026-03-02T09:00:00Z",
            "content": words("From now on, always use tabs for indentation."),
        },
        { "type": "agent.message", "processed_at": "2026-03-02T09:00:05Z", "content": words("Done.") },
    ] });
    let path = format!("/v1/sessions/{}/events", session["id"].as_str().unwrap());
    assert_eq!(server.post(0, &path, events).await.0, 200);
    session["id"].clone()
}

/// A store, and a dream into it that left a change open: their paths.
async fn left_open(server: &Server) -> (String, String) {
    let store = server.store().await;
    let id = store.rsplit('/').next().unwrap();
    let asked = json!({
        "model": "x_none", "output_behavior": { "type": "update_existing", "memory_store_id": id },
        "inputs": [
            { "type": "memory_store", "memory_store_id": id },
            { "type": "sessions", "session_ids": [session(server).await] },
        ],
    });
    let (status, dream) = server.post(0, "/v1/dreams", asked).await;
    assert_eq!(status, 200, "{dream}");
    let dream = dream["id"].as_str().unwrap();
    assert_eq!(server.until_over(dream).await["status"], "completed");
    (store.clone(), format!("/v1/x/dreams/{dream}/review"))
}

/// The digest of what waits, and the ids of its changes.
async fn waits(server: &Server, review: &str) -> (Value, Vec<Value>) {
    let (status, plan) = server.get(0, review).await;
    assert_eq!(status, 200, "{plan}");
    let changes = plan["changes"].as_array().unwrap();
    (plan["digest"].clone(), changes.iter().map(|change| change["id"].clone()).collect())
}

#[tokio::test]
async fn who_only_rejects_accepts_nothing() {
    for server in Server::each().await {
        let (_, review) = left_open(&server).await;
        let (digest, changes) = waits(&server, &review).await;
        assert_eq!(changes.len(), 1);
        let (status, refused) = server.post(0, &review, json!({ "digest": digest })).await;
        assert_eq!(status, 400, "{refused}");
        let why = refused["error"]["message"].as_str().unwrap();
        assert!(why.starts_with("accept: ") && why.contains("reject"), "{why}");
        let (status, made) =
            server.post(0, &review, json!({ "digest": digest, "reject": changes })).await;
        assert_eq!(status, 200, "{made}");
        assert_eq!(waits(&server, &review).await.1, Vec::<Value>::new());
    }
}

#[tokio::test]
async fn a_dream_tells_how_many_changes_wait_for_a_person_before_and_after_a_decision() {
    for server in Server::each().await {
        let (_, review) = left_open(&server).await;
        let dream = review.replace("/v1/x", "/v1").replace("/review", "");
        let list = "/v1/dreams?x_undecided=true";
        assert_eq!(server.get(0, &dream).await.1["x_undecided"], 1);
        let (_, listed) = server.get(0, list).await;
        assert_eq!(listed["data"].as_array().unwrap().len(), 1, "{listed}");
        let (digest, _) = waits(&server, &review).await;
        let none = json!({ "digest": digest, "accept": [] });
        let (_, made) = server.post(0, &review, none).await;
        assert_eq!(made["undecided"], 1, "{made}");
        let (digest, _) = waits(&server, &review).await;
        let (_, made) = server.post(0, &review, json!({ "digest": digest, "accept": "all" })).await;
        assert_eq!(made["undecided"], 0, "{made}");
        assert_eq!(server.get(0, &dream).await.1["x_undecided"], 0);
        let (_, listed) = server.get(0, list).await;
        assert_eq!(listed["data"], json!([]));
        assert_eq!(server.get(0, "/v1/dreams?x_undecided=x").await.0, 400);
    }
}

#[tokio::test]
async fn a_digest_that_is_none_is_said_to_be_none() {
    let server = Server::each().await.remove(0);
    let (_, review) = left_open(&server).await;
    let (digest, _) = waits(&server, &review).await;
    let cut = digest.as_str().unwrap()[1..].to_owned();
    for none in ["", "none", &cut, &format!("{cut}A"), &format!("sha256:{cut}")] {
        let body = json!({ "digest": none, "accept": "all" });
        let (status, refused) = server.post(0, &review, body).await;
        assert_eq!((status, kind(&refused)), (400, "invalid_request_error"), "{none}");
        let why = refused["error"]["message"].as_str().unwrap();
        assert!(why.starts_with("digest: must be") && why.contains("review"), "{why}");
    }
    let other = json!({ "digest": "0".repeat(64), "accept": "all" });
    let (status, refused) = server.post(0, &review, other).await;
    assert_eq!((status, kind(&refused)), (409, "conflict_error"));
}

#[tokio::test]
async fn a_pack_says_how_much_it_leaves_out_that_is_of_one_person() {
    for server in Server::each().await {
        let (store, review) = left_open(&server).await;
        let pack = format!("/v1/x/memory_stores/{}/pack?query=indentation", &store[18..]);
        let (_, none) = server.get(0, &pack).await;
        assert_eq!((&none["data"], &none["of_other_people"]), (&json!([]), &json!(0)), "{none}");
        let (digest, _) = waits(&server, &review).await;
        let (status, made) =
            server.post(0, &review, json!({ "digest": digest, "accept": "all" })).await;
        assert_eq!(status, 200, "{made}");
        for (principal, packed, left_out) in
            [("", 0, 1), ("&principal=noor", 0, 1), ("&principal=mira", 1, 0)]
        {
            let (_, said) = server.get(0, &format!("{pack}{principal}")).await;
            assert_eq!(said["data"].as_array().unwrap().len(), packed, "{principal}: {said}");
            assert_eq!(said["of_other_people"], left_out, "{principal}: {said}");
        }
        let key = &server.keys[0];
        let wanted = json!({ "query": "indentation" });
        let (said, _) = tool(&server, key, &store, "memory_pack", wanted).await;
        assert!(
            said.starts_with("No memory fits. Left out: 1, each for one other person"),
            "{said}"
        );
        let wanted = json!({ "query": "indentation", "principal": "mira" });
        let (said, _) = tool(&server, key, &store, "memory_pack", wanted).await;
        assert!(said.contains("tabs") && !said.contains("Left out"), "{said}");
    }
}
