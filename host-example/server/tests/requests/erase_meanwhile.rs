//! What goes on while words are erased: dreams, their models, batches, and readers of the file.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::Method;
use dreaming_fake_models::{Fake, Reply, Seen, Speaks};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection as _};

use crate::batches;
use crate::erase::{WISH, WORDS, asked, dreamt, erase, holding, message, said, store};
use crate::server::{Server, kind};

/// A model that answers when it is told to, with words of what it was asked.
pub fn slow() -> (Fake, Arc<AtomicBool>) {
    let waits = Arc::new(AtomicBool::new(true));
    let told = waits.clone();
    let answer = move |_: usize, seen: &Seen| {
        while told.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let schema = &seen.body["output_config"]["format"]["schema"];
        let mut answer = json!({});
        for name in schema["required"].as_array().unwrap().iter().flat_map(Value::as_str) {
            let is_list = schema["properties"][name]["type"] == "array";
            answer[name] = if is_list { json!([]) } else { json!(WISH) };
        }
        Reply::Says(answer.to_string())
    };
    (Fake::start(Speaks::Anthropic, Box::new(answer)), waits)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_dream_writes_back_what_was_erased() {
    let (model, waits) = slow();
    for server in Server::each_asking(&model.url).await {
        let (store, session) = (store(&server).await, said(&server, WISH).await);
        for is_update in [true, false] {
            waits.store(true, Ordering::Relaxed);
            let from = model.seen().len();
            let body = asked(&store, &session, is_update, "claude-test");
            let (_, dream) = server.post(0, "/v1/dreams", body).await;
            let dream = dream["id"].as_str().unwrap();
            let path = format!("/v1/x/memory_stores/{store}/erase");
            let (status, told) = server.post(0, &path, json!({ "session": session })).await;
            assert_eq!((status, kind(&told)), (409, "conflict_error"), "{told}");
            assert!(message(&told).contains(dream), "{told}");
            for _ in 0..400 {
                if model.seen().len() > from {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            assert!(model.seen().len() > from, "the model was not asked");
            // The answer is under way while the dream is called off and the session erased.
            assert_eq!(
                server.post(0, &format!("/v1/dreams/{dream}/cancel"), json!({})).await.0,
                200
            );
            let (status, done) = server.post(0, &path, json!({ "session": session })).await;
            assert_eq!(status, 200, "{done}");
            assert!(done["gone"]["answers"].as_u64().unwrap() > 0, "{done}");
            waits.store(false, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            let mut database = AnyConnection::connect(&server.url).await.unwrap();
            let kept = "SELECT call FROM model_answers UNION ALL SELECT call FROM useless_answers";
            let kept = sqlx::query(kept).fetch_all(&mut database).await.unwrap();
            assert_eq!(kept.len(), 0, "an answer came back");
        }
        assert_eq!(
            server.ask(0, Method::DELETE, &format!("/v1/sessions/{session}"), None).await.0,
            200
        );
        let (status, done) = erase(&server, &store, json!({ "session": session })).await;
        assert_eq!(status, 200, "{done}");
        assert_eq!(holding(&server, WORDS).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_reader_kept_in_the_log_goes_when_the_server_starts_again() {
    let server = Server::sqlite(dreaming_server::Options::default()).await;
    let (store, session) = (store(&server).await, said(&server, WISH).await);
    dreamt(&server, &store, &session, true).await;
    assert_eq!(
        server.ask(0, Method::DELETE, &format!("/v1/sessions/{session}"), None).await.0,
        200
    );
    let mut reader = AnyConnection::connect(&server.url).await.unwrap();
    // Pages that a server without overwriting freed have the words, too, and nothing names them.
    for old in [
        "CREATE TABLE old (words TEXT)",
        "INSERT INTO old VALUES ('She said to always use tabs.')",
        "DROP TABLE old",
    ] {
        sqlx::query(old).execute(&mut reader).await.unwrap();
    }
    let mut reads = reader.begin().await.unwrap();
    sqlx::query("SELECT id FROM memories").fetch_all(&mut *reads).await.unwrap();
    let (status, done) = erase(&server, &store, json!({ "session": session })).await;
    assert_eq!((status, &done["swept"]), (200, &json!(false)), "{done}");
    assert!(done["to_do"].to_string().contains("start of the server"), "{done}");
    assert!(!holding(&server, WORDS).await.is_empty());
    drop(reads);
    drop(reader);
    let server = server.started_anew().await;
    assert_eq!(holding(&server, WORDS).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn batches_that_a_service_may_keep_are_named() {
    let model = batches::model(1_000_000);
    for server in Server::each_asking(&model.url).await {
        let from = model.batches().len();
        let body = batches::asked(&server).await;
        let store = body["inputs"][0]["memory_store_id"].as_str().unwrap();
        let session = body["inputs"][1]["session_ids"][0].clone();
        let (_, dream) = server.post(0, "/v1/dreams", body.clone()).await;
        let dream = dream["id"].as_str().unwrap();
        for _ in 0..400 {
            if model.batches().len() > from {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(erase(&server, store, json!({ "session": session })).await.0, 409);
        assert_eq!(server.post(0, &format!("/v1/dreams/{dream}/cancel"), json!({})).await.0, 200);
        let (status, done) = erase(&server, store, json!({ "session": session })).await;
        let named = json!([{ "dream_id": dream, "model": "claude-test" }]);
        assert_eq!((status, &done["batches"]), (200, &named), "{done}");
        assert!(done["to_do"].to_string().contains(dream), "{done}");
    }
}
