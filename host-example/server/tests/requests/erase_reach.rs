//! How far an erasure reaches: to all paths that a memory had, and not into another workspace.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection as _, Row as _};

use crate::erase::{WISH, asked, dreamt, entry, erase, said, store};
use crate::erase_meanwhile::slow;
use crate::server::Server;
use crate::transfer::export;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_erasure_takes_nothing_from_another_workspace() {
    let (model, waits) = slow();
    waits.store(false, std::sync::atomic::Ordering::Relaxed);
    for server in Server::each_asking(&model.url).await {
        let (store, session) = (store(&server).await, said(&server, WISH).await);
        let body = asked(&store, &session, true, "claude-test");
        let (_, dream) = server.post(0, "/v1/dreams", body).await;
        server.until_over(dream["id"].as_str().unwrap()).await;
        let kept = async || {
            let count = "SELECT (SELECT COUNT(*) FROM model_answers) + (SELECT COUNT(*) FROM useless_answers) AS answers, \
                         (SELECT COUNT(*) FROM dream_calls) AS calls";
            let mut database = AnyConnection::connect(&server.url).await.unwrap();
            let row = sqlx::query(count).fetch_one(&mut database).await.unwrap();
            (row.get::<i64, _>("answers"), row.get::<i64, _>("calls"))
        };
        let before = kept().await;
        assert!(before.0 > 0 && before.1 > 0, "{before:?}");
        // The session of one workspace comes into the other one with a history.
        let file = export(&server, &store).await;
        let request = Request::builder().method(Method::POST).header("x-api-key", &server.keys[1]);
        let request = request.uri("/v1/x/memory_stores/import?name=Copy").body(Body::from(file));
        let (status, _, copy) = server.send(request.unwrap()).await;
        assert_eq!(status, 200, "{copy}");
        let path = format!("/v1/x/memory_stores/{}/erase", copy["id"].as_str().unwrap());
        let (status, done) = server.post(1, &path, json!({ "session": session })).await;
        assert_eq!((status, &done["gone"]["answers"]), (200, &json!(0)), "{done}");
        assert_eq!(kept().await, before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn wordings_that_a_memory_had_under_another_path_go_too() {
    for is_back in [true, false] {
        for server in Server::each().await {
            let (store, session) = (store(&server).await, said(&server, WISH).await);
            let (_, store) = dreamt(&server, &store, &session, false).await;
            let memories = format!("/v1/memory_stores/{store}/memories");
            let (_, all) = server.get(0, &format!("{memories}?view=full")).await;
            let says = |of: &&Value| of["content"].as_str().unwrap().contains("se tabs");
            let learned = all["data"].as_array().unwrap().iter().find(says).unwrap();
            let before = learned["content"].as_str().unwrap();
            let entry = entry(&server, &store, "tabs").await;
            let change = async |body| {
                let path = format!("{memories}/{}", learned["id"].as_str().unwrap());
                let (status, changed) = server.post(0, &path, body).await;
                assert_eq!(status, 200, "{changed}");
            };
            let dream = async |words: &str| {
                let session = said(&server, words).await;
                dreamt(&server, &store, &session, true).await;
            };
            // No revision sees it in these words.
            let secret = before.replace("tabs", "tabs, as Mira Secretova told me,");
            change(json!({ "path": "/private.md" })).await;
            change(json!({ "content": secret })).await;
            change(json!({ "content": before })).await;
            if is_back {
                change(json!({ "path": learned["path"] })).await;
            }
            dream("From now on, always name branches after tickets.").await;
            change(json!({ "content": "- Nothing of it.\n" })).await;
            dream("From now on, always squash commits.").await;
            // The same memory, when the statement was in it no more.
            change(json!({ "content": "- Words of later.\n" })).await;
            change(json!({ "content": "- The newest words.\n" })).await;
            let (status, done) = erase(&server, &store, json!({ "entry": entry })).await;
            assert_eq!(status, 200, "{done}");
            let versions = format!("/v1/memory_stores/{store}/memory_versions?view=full&limit=20");
            let versions = server.get(0, &versions).await.1.to_string();
            assert!(!versions.contains("Secretova"), "{versions}");
            assert!(versions.contains("Words of later"), "{versions}");
        }
    }
}
