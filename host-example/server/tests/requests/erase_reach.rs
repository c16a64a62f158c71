//! How far an erasure reaches.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;
use sqlx::{AnyConnection, Connection as _, Row as _};

use crate::erase::{WISH, asked, said, store};
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
