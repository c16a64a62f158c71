//! What whoever runs the server does: limits how often keys ask, and copies the database.

use std::num::NonZeroU32;

use axum::body::Body;
use axum::http::Request;
use dreaming_server::Options;
use serde_json::json;
use sqlx::{AnyConnection, Connection as _, Row as _};

use crate::server::{Server, kind};

#[tokio::test]
async fn a_key_that_asks_too_often_is_told_when_to_ask_again_and_others_are_not() {
    let options = Options { requests: NonZeroU32::new(3), ..Options::default() };
    let server = Server::sqlite(options).await;
    for _ in 0..3 {
        assert_eq!(server.get(0, "/v1/memory_stores").await.0, 200);
    }
    let request = Request::builder().uri("/v1/memory_stores").header("x-api-key", &server.keys[0]);
    let (status, headers, refused) = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((status.as_u16(), kind(&refused)), (429, "rate_limit_error"));
    let wait: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=21).contains(&wait), "{wait}");
    assert_eq!(server.get(1, "/v1/memory_stores").await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_copy_that_was_made_while_somebody_wrote_is_whole() {
    let server = Server::sqlite(Options::default()).await;
    let store = server.store().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.db");
    let write = async {
        for n in 0..60 {
            let memory = json!({ "path": format!("/{n:02}.md"), "content": "- One.\n" });
            assert_eq!(server.post(0, &format!("{store}/memories"), memory).await.0, 200);
        }
    };
    let copy = async {
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        server.database.backup(&file).await.unwrap();
    };
    tokio::join!(write, copy);
    let url = format!("sqlite:{}", file.display());
    let restored = Server::new(&url, folder, Options::default()).await;
    // The keys are those of the server that was copied.
    let key = &server.keys[0];
    let path = format!("{store}/memories?limit=100");
    let (status, listed) = restored.with(key, axum::http::Method::GET, &path, None).await;
    let memories = listed["data"].as_array().unwrap();
    assert!(status == 200 && memories.len() <= 60, "{listed}");
    // Each memory has its version: no change was copied in half.
    let path = format!("{store}/memory_versions?limit=100");
    let (_, versions) = restored.with(key, axum::http::Method::GET, &path, None).await;
    assert_eq!(versions["data"].as_array().unwrap().len(), memories.len());
    assert!(server.database.backup(&file).await.is_err(), "nothing is written over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_answered_after_sqlite_ended_a_transaction_by_itself_is_stored() {
    let server = Server::sqlite(Options::default()).await;
    let mut database = AnyConnection::connect(&server.url).await.unwrap();
    // As it does when the disk is full.
    let full = "CREATE TRIGGER full BEFORE INSERT ON memory_stores WHEN NEW.name = 'Full' \
                BEGIN SELECT RAISE(ROLLBACK, 'full'); END";
    sqlx::query(full).execute(&mut database).await.unwrap();
    for _ in 0..3 {
        let (status, told) = server.post(0, "/v1/memory_stores", json!({ "name": "Full" })).await;
        assert_eq!((status, kind(&told)), (500, "api_error"));
        server.store().await;
    }
    let count = "SELECT COUNT(*) AS stores FROM memory_stores";
    let row = sqlx::query(count).fetch_one(&mut database).await.unwrap();
    assert_eq!(row.get::<i64, _>("stores"), 3);
}
