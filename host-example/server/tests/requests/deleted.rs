//! What is deleted or archived while a dream runs, or after it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::http::Method;
use dreaming_fake_models::Fake;
use dreaming_server::Database;
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};

use crate::erase::{WISH, WORDS, asked, dreamt, erase, holding, message, said, store};
use crate::erase_meanwhile::slow;
use crate::server::{Server, kind};

/// A dream that waits for the answer of its model, as the API shows it.
async fn waiting(server: &Server, model: &Fake, body: Value) -> Value {
    let from = model.seen().len();
    let (status, dream) = server.post(0, "/v1/dreams", body).await;
    assert_eq!(status, 200, "{dream}");
    for _ in 0..400 {
        if model.seen().len() > from {
            return server.get(0, &format!("/v1/dreams/{}", dream["id"].as_str().unwrap())).await.1;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the model was not asked");
}

async fn delete(server: &Server, path: &str) -> (u16, Value) {
    server.ask(0, Method::DELETE, path, None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_trace_of_a_running_dream_stays_and_one_that_lost_it_ends() {
    let (model, waits) = slow();
    for server in Server::each_asking(&model.url).await {
        waits.store(true, Ordering::Relaxed);
        let (store, session) = (store(&server).await, said(&server, WISH).await);
        let dream = waiting(&server, &model, asked(&store, &session, true, "claude-test")).await;
        let id = dream["id"].as_str().unwrap();
        let trace = dream["session_id"].as_str().unwrap();
        let path = format!("/v1/sessions/{trace}");
        let (status, told) = delete(&server, &path).await;
        assert_eq!((status, kind(&told)), (409, "conflict_error"), "{told}");
        assert!(message(&told).contains(id), "{told}");
        // A server before this one let it go.
        let mut database = AnyConnection::connect(&server.url).await.unwrap();
        let gone = "DELETE FROM sessions WHERE id = $1";
        sqlx::query(gone).bind(trace.to_owned()).execute(&mut database).await.unwrap();
        drop(database);
        assert_eq!(server.post(0, &format!("/v1/dreams/{id}/cancel"), json!({})).await.0, 200);
        waits.store(false, Ordering::Relaxed);
        assert_eq!(server.until_over(id).await["status"], "canceled");
        let (dream, _) = dreamt(&server, &store, &session, true).await;
        let (_, over) = server.get(0, &format!("/v1/dreams/{dream}")).await;
        let path = format!("/v1/sessions/{}", over["session_id"].as_str().unwrap());
        assert_eq!(delete(&server, &path).await.0, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_model_says_of_a_deleted_session_is_not_kept() {
    let (model, waits) = slow();
    for server in Server::each_asking(&model.url).await {
        waits.store(true, Ordering::Relaxed);
        let (store, session) = (store(&server).await, said(&server, WISH).await);
        let dream = waiting(&server, &model, asked(&store, &session, true, "claude-test")).await;
        assert_eq!(delete(&server, &format!("/v1/sessions/{session}")).await.0, 200);
        // The answer comes before the dream looks whether it goes on.
        waits.store(false, Ordering::Relaxed);
        let over = server.until_over(dream["id"].as_str().unwrap()).await;
        let error = &over["error"];
        assert_eq!(
            (&over["status"], &error["type"]),
            (&json!("failed"), &json!("input_session_unavailable"))
        );
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let mut database = AnyConnection::connect(&server.url).await.unwrap();
        let kept = "SELECT call FROM model_answers UNION ALL SELECT call FROM useless_answers";
        let kept = sqlx::query(kept).fetch_all(&mut database).await.unwrap();
        assert_eq!(kept.len(), 0, "an answer about a deleted session came back");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_words_of_a_dream_go_with_the_last_store_that_they_can_be_erased_from() {
    for server in Server::each().await {
        let (store, session) = (store(&server).await, said(&server, WISH).await);
        let (update, _) = dreamt(&server, &store, &session, true).await;
        // It writes into a copy, so its sessions and words are in both stores.
        let other = said(&server, "From now on, always use tabs for tables.").await;
        let (copy, output) = dreamt(&server, &store, &other, false).await;
        for session in [&session, &other] {
            assert_eq!(delete(&server, &format!("/v1/sessions/{session}")).await.0, 200);
        }
        let seen = async |dream: &str| {
            let (_, now) = server.get(0, &format!("/v1/dreams/{dream}")).await;
            let trace = now["session_id"].as_str().unwrap();
            let (_, events) = server.get(0, &format!("/v1/sessions/{trace}/events")).await;
            let (status, plan) = server.get(0, &format!("/v1/x/dreams/{dream}/plan")).await;
            (status, [events, plan].map(|body| body.to_string().contains(WORDS)))
        };
        assert_eq!(seen(&update).await, (200, [true, true]));
        let path = |store: &str| format!("/v1/memory_stores/{store}");
        assert_eq!(delete(&server, &path(&store)).await.0, 200);
        assert_eq!(delete(&server, &path(&store)).await.0, 404);
        assert_eq!(seen(&update).await, (400, [false, false]));
        // This one can be reviewed in the store that it wrote, and erased from there.
        assert_eq!(seen(&copy).await, (200, [true, true]));
        let wish = json!({ "session": other, "dry_run": true });
        assert_eq!(erase(&server, &output, wish).await.0, 200);
        assert_eq!(delete(&server, &path(&output)).await.0, 200);
        assert_eq!(seen(&copy).await, (400, [false, false]));
        let server = server.started_anew().await;
        assert_eq!(holding(&server, WORDS).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_instructions_of_a_dream_go_with_the_last_of_its_stores() {
    for server in Server::each().await {
        let (store, session) = (store(&server).await, said(&server, "Done?").await);
        let mut wanted = asked(&store, &session, false, "x_none");
        wanted["instructions"] = json!(WISH);
        let (_, dream) = server.post(0, "/v1/dreams", wanted).await;
        let dream = server.until_over(dream["id"].as_str().unwrap()).await;
        let output = dream["outputs"][0]["memory_store_id"].as_str().unwrap();
        let path = format!("/v1/dreams/{}", dream["id"].as_str().unwrap());
        for (gone, left) in [(&*store, WISH), (output, "[erased]")] {
            assert_eq!(delete(&server, &format!("/v1/memory_stores/{gone}")).await.0, 200);
            assert_eq!(server.get(0, &path).await.1["instructions"], left);
        }
        let server = server.started_anew().await;
        assert_eq!(holding(&server, WORDS).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_instructions_of_a_dream_that_fails_for_a_deleted_store_go_too() {
    let (model, waits) = slow();
    for server in Server::each_asking(&model.url).await {
        waits.store(true, Ordering::Relaxed);
        let (store, session) = (store(&server).await, said(&server, "Done?").await);
        let mut wanted = asked(&store, &session, true, "claude-test");
        wanted["instructions"] = json!(WISH);
        let dream = waiting(&server, &model, wanted).await;
        assert_eq!(delete(&server, &format!("/v1/memory_stores/{store}")).await.0, 200);
        waits.store(false, Ordering::Relaxed);
        let over = server.until_over(dream["id"].as_str().unwrap()).await;
        assert_eq!(
            (&over["status"], &over["instructions"]),
            (&json!("failed"), &json!("[erased]"))
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn words_that_an_older_server_left_go_when_the_tables_are_changed() {
    for server in Server::each().await {
        let (store, session) = (store(&server).await, said(&server, WISH).await);
        let (dream, _) = dreamt(&server, &store, &session, true).await;
        assert_eq!(delete(&server, &format!("/v1/sessions/{session}")).await.0, 200);
        let (kept, session) = (self::store(&server).await, said(&server, WISH).await);
        let (reviewed, _) = dreamt(&server, &kept, &session, true).await;
        let mut database = AnyConnection::connect(&server.url).await.unwrap();
        for older in [
            format!("DELETE FROM memory_stores WHERE id = '{store}'"),
            format!(
                "UPDATE dreams SET error = '[\"internal_error\",\"{WORDS}\"]', instructions = '{WORDS}' \
                 WHERE id = '{dream}'"
            ),
            "DELETE FROM _sqlx_migrations WHERE version = 22".into(),
            "DELETE FROM _sqlx_migrations WHERE version = 24".into(),
        ] {
            let done = sqlx::query(AssertSqlSafe(older.clone())).execute(&mut database).await;
            assert_eq!(done.unwrap().rows_affected(), 1, "{older}");
        }
        drop(database);
        Database::open(&server.url).await.unwrap();
        let plan = |dream: &str| format!("/v1/x/dreams/{dream}/plan");
        let (status, now) = server.get(0, &plan(&reviewed)).await;
        assert_eq!((status, now.to_string().contains(WORDS)), (200, true), "{now}");
        assert_eq!(delete(&server, &format!("/v1/sessions/{session}")).await.0, 200);
        assert_eq!(delete(&server, &format!("/v1/memory_stores/{kept}")).await.0, 200);
        assert_eq!(server.get(0, &plan(&dream)).await.0, 400);
        let (_, now) = server.get(0, &format!("/v1/dreams/{dream}")).await;
        assert_eq!(now["error"]["message"], "[erased]", "{now}");
        assert_eq!(now["instructions"], "[erased]", "{now}");
        let server = server.started_anew().await;
        assert_eq!(holding(&server, WORDS).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_stores_that_are_deleted_at_once_one_takes_the_words_along() {
    for server in Server::each().await {
        for _ in 0..6 {
            let (store, session) = (store(&server).await, said(&server, WISH).await);
            let (dream, output) = dreamt(&server, &store, &session, false).await;
            let (one, other) = [&store, &output].map(|id| format!("/v1/memory_stores/{id}")).into();
            let gone = tokio::join!(delete(&server, &one), delete(&server, &other));
            assert_eq!((gone.0.0, gone.1.0), (200, 200));
            let (status, plan) = server.get(0, &format!("/v1/x/dreams/{dream}/plan")).await;
            assert_eq!((status, plan.to_string().contains(WORDS)), (400, false), "{plan}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_written_into_an_archived_store() {
    let (model, waits) = slow();
    for server in Server::each_asking(&model.url).await {
        for wait in [0, 1_000] {
            waits.store(true, Ordering::Relaxed);
            let (store, session) = (store(&server).await, said(&server, WISH).await);
            let dream =
                waiting(&server, &model, asked(&store, &session, false, "claude-test")).await;
            let output = dream["outputs"][0]["memory_store_id"].as_str().unwrap();
            let output = format!("/v1/memory_stores/{output}");
            let before = server.get(0, &format!("{output}/memories?view=full")).await.1;
            assert_eq!(server.post(0, &format!("{output}/archive"), json!({})).await.0, 200);
            tokio::time::sleep(Duration::from_millis(wait)).await;
            waits.store(false, Ordering::Relaxed);
            let over = server.until_over(dream["id"].as_str().unwrap()).await;
            assert_eq!(over["status"], "failed", "{over}");
            assert!(over["error"]["message"].as_str().unwrap().contains("was archived"), "{over}");
            assert_eq!(server.get(0, &format!("{output}/memories?view=full")).await.1, before);
        }
    }
}
