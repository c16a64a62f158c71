//! What keys open, and since when they do not.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use dreaming_server::{Database, Right};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::server::{Server, kind};

/// Every kind of request that changes something: method, path, body, and the right that it takes.
fn changes(store: &str) -> Vec<(Method, String, Value, Right)> {
    let id = store.rsplit('/').next().unwrap();
    let below = |rest: &str| format!("{store}/{rest}");
    let ours = |rest: &str| format!("/v1/x/{rest}");
    vec![
        (Method::POST, store.into(), json!({ "name": "Mine" }), Right::Write),
        (Method::POST, below("memories"), json!({ "path": "/b", "content": "" }), Right::Write),
        (Method::POST, below("memories/mem_1"), json!({ "content": "" }), Right::Write),
        (Method::DELETE, below("memories/mem_1"), json!({}), Right::Write),
        (Method::POST, below("memory_versions/memver_1/redact"), json!({}), Right::Decide),
        (Method::POST, "/v1/sessions".into(), json!({}), Right::Write),
        (Method::POST, "/v1/sessions/sesn_1/events".into(), json!({}), Right::Write),
        (Method::PUT, ours("sessions/sesn_1/parts/review"), json!({}), Right::Write),
        (Method::POST, "/v1/dreams".into(), json!({}), Right::Write),
        (Method::POST, "/v1/dreams/drm_1/cancel".into(), json!({}), Right::Write),
        (Method::POST, ours("dreams/drm_1/review"), json!({}), Right::Decide),
        (Method::POST, ours(&format!("memory_stores/{id}/revert")), json!({}), Right::Decide),
        (Method::POST, ours(&format!("memory_stores/{id}/erase")), json!({}), Right::Decide),
        (Method::GET, ours(&format!("memory_stores/{id}/export")), json!({}), Right::Decide),
        (Method::POST, ours("memory_stores/import?name=Mine"), json!({}), Right::Write),
        (Method::POST, ours("webhooks"), json!({}), Right::Decide),
        (Method::DELETE, ours("webhooks/wh_1"), json!({}), Right::Decide),
        (Method::PUT, ours(&format!("memory_stores/{id}/schedule")), json!({}), Right::Write),
        (Method::DELETE, ours(&format!("memory_stores/{id}/schedule")), json!({}), Right::Write),
        (Method::POST, below("archive"), json!({}), Right::Decide),
        (Method::DELETE, store.into(), json!({}), Right::Decide),
    ]
}

#[tokio::test]
async fn a_key_does_what_it_is_for_and_no_more() {
    for server in Server::each().await {
        let store = server.store().await;
        for may in [Right::Read, Right::Write, Right::Decide] {
            let (_, key) = server.database.new_key("ours", may, None, "").await.unwrap();
            assert_eq!(server.with(&key, Method::GET, &store, json!({})).await.0, 200);
            for (method, path, body, needed) in changes(&server.store().await) {
                let (status, told) = server.with(&key, method.clone(), &path, body).await;
                let is_refused = status == 403;
                assert_eq!(is_refused, may < needed, "{may:?} {method} {path}: {told}");
                assert!(!is_refused || kind(&told) == "permission_error", "{told}");
            }
        }
        assert_eq!(server.get(0, &store).await.1["name"], "Shop", "a key that reads wrote");
    }
}

#[tokio::test]
async fn a_key_of_one_store_opens_nothing_else() {
    for server in Server::each().await {
        let (store, other) = (server.store().await, server.store().await);
        let id = store.rsplit('/').next().unwrap();
        let (_, key) = server.database.new_key("ours", Right::Decide, Some(id), "").await.unwrap();
        let get = async |path: &str| server.with(&key, Method::GET, path, json!({})).await;
        let ours = |store: &str, rest: &str| store.replace("/v1/", "/v1/x/") + rest;
        for path in [store.clone(), format!("{store}/memories"), ours(&store, "/revisions")] {
            assert_eq!(get(&path).await.0, 200, "{path}");
        }
        let none = "/v1/memory_stores/memstore_none";
        for rest in ["", "/memories", "/memory_versions"] {
            let told = async |store: &str| {
                let (status, body) = get(&format!("{store}{rest}")).await;
                (status, body["error"].to_string().replace(store.rsplit('/').next().unwrap(), "ID"))
            };
            let (theirs, nobodys) = (told(&other).await, told(none).await);
            assert_eq!(theirs, nobodys);
            assert_eq!(theirs.0, 404);
        }
        assert_eq!(get(&ours(&other, "/pack")).await.0, 404);
        for path in ["/v1/memory_stores", "/v1/dreams", "/v1/sessions", "/v1/x/dreams/drm_1/plan"] {
            let (status, body) = get(path).await;
            assert_eq!((status, kind(&body)), (403, "permission_error"), "{path}");
        }
        // The path as it is sent counts, however its letters are written.
        let written = other.replace("memstore", "%6demstore");
        assert_eq!(get(&format!("{store}/../{}", other.rsplit('/').next().unwrap())).await.0, 404);
        assert_eq!(get(&written).await.0, 404);
        for (method, path, body, _) in changes(&other) {
            let status = server.with(&key, method.clone(), &path, body).await.0;
            assert!(matches!(status, 403 | 404), "{method} {path}: {status}");
        }
        assert_eq!(server.get(0, &other).await.1["name"], "Shop");
        let wanted = json!({ "cron": "0 3 * * *", "model": "x_none" });
        let path = ours(&store, "/schedule");
        assert_eq!(server.with(&key, Method::PUT, &path, wanted).await.0, 403);
        assert_eq!(get(&path).await.0, 404);
    }
}

#[tokio::test]
async fn a_key_for_a_store_that_is_not_there_is_not_made() {
    let server = Server::sqlite(dreaming_server::Options::default()).await;
    let store = server.store().await;
    let id = store.rsplit('/').next().unwrap();
    let before = server.database.keys().await.unwrap().len();
    for (workspace, store) in [("theirs", id), ("ours", "memstore_none")] {
        let made = server.database.new_key(workspace, Right::Read, Some(store), "").await;
        assert!(made.unwrap_err().to_string().contains(store));
    }
    assert_eq!(server.database.keys().await.unwrap().len(), before);
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_and_ends_what_it_follows() {
    for server in Server::each().await {
        let database: &Database = &server.database;
        let (id, key) = database.new_key("ours", Right::Write, None, "").await.unwrap();
        let made = json!({ "agent": "agent_1", "environment_id": "env_1" });
        let (_, session) = server.with(&key, Method::POST, "/v1/sessions", made).await;
        let path = format!("/v1/sessions/{}/events/stream", session["id"].as_str().unwrap());
        let request = Request::builder().uri(path).header("x-api-key", &key);
        let follows = server.service.clone().oneshot(request.body(Body::empty()).unwrap());
        let follows = follows.await.unwrap();

        assert!(database.revoke_key(&id).await.unwrap());
        let (status, body) = server.with(&key, Method::GET, "/v1/memory_stores", json!({})).await;
        assert_eq!((status, kind(&body)), (401, "authentication_error"));
        let end = tokio::time::timeout(
            std::time::Duration::from_secs(20),
            to_bytes(follows.into_body(), 1 << 20),
        );
        end.await.expect("it follows still").unwrap();
        assert!(!database.revoke_key(&id).await.unwrap(), "it was revoked twice");
        assert!(!database.revoke_key("apikey_none").await.unwrap());
        let keys = database.keys().await.unwrap();
        let revoked: Vec<_> = keys.iter().filter(|key| key.revoked_at.is_some()).collect();
        assert_eq!((keys.len(), revoked.len()), (3, 1));
        assert_eq!((&*revoked[0].id, revoked[0].may), (&*id, Right::Write));
    }
}

#[tokio::test]
async fn a_key_is_told_what_it_may_do_and_nothing_of_itself() {
    for server in Server::each().await {
        let store = server.store().await;
        let store = store.rsplit('/').next().unwrap();
        for (may, only) in [
            (Right::Read, None),
            (Right::Write, None),
            (Right::Decide, None),
            (Right::Read, Some(store)),
        ] {
            let (id, key) = server.database.new_key("ours", may, only, "CI").await.unwrap();
            let (status, told) = server.with(&key, Method::GET, "/v1/x/key", None).await;
            assert_eq!(status, 200, "{told}");
            let expected = json!({
                "type": "x_key", "id": id, "name": "CI", "workspace": "ours", "may": may.name(), "memory_store_id": only,
            });
            assert_eq!(told, expected);
            assert_eq!(server.with(&key, Method::POST, "/v1/x/key", json!({})).await.0 / 100, 4);
        }
    }
}
