//! What a dream may take of its model: calls in batches, and budgets.

use std::time::Duration;

use axum::http::Method;
use dreaming_fake_models::{Batching, Fake, Reply, Seen, Speaks};
use serde_json::{Value, json};

use crate::server::{Server, kind};

/// A model that finds nothing. A batch is at work for so many looks.
pub fn model(looks: usize) -> Fake {
    let answer = |_: usize, seen: &Seen| {
        let schema = &seen.body["output_config"]["format"]["schema"];
        let mut answer = json!({});
        for name in schema["required"].as_array().unwrap().iter().flat_map(Value::as_str) {
            let is_list = schema["properties"][name]["type"] == "array";
            answer[name] = if is_list { json!([]) } else { json!("nothing") };
        }
        Reply::Says(answer.to_string())
    };
    let batching = Batching { looks, ..Batching::default() };
    Fake::with_batches(Speaks::Anthropic, Box::new(answer), batching)
}

/// What asks for a dream in batches over a new store and a session in which somebody said something.
pub async fn asked(server: &Server) -> Value {
    let store = server.store().await;
    let made = json!({ "agent": "a", "environment_id": "e", "metadata": { "x_import": "true" } });
    let (_, session) = server.post(0, "/v1/sessions", made).await;
    let session = session["id"].as_str().unwrap();
    let said = |kind: &str, words: &str, second: u8| {
        json!({
            "type": kind, "processed_at": format!("2026-03-02T09:00:0{second}Z"),
            "content": [{ "type": "text", "text": words }],
        })
    };
    let events = json!({ "events": [
        said("user.message", "From now on, always use tabs for indentation.", 0),
        said("agent.message", "Done.", 5),
    ] });
    assert_eq!(server.post(0, &format!("/v1/sessions/{session}/events"), events).await.0, 200);
    json!({ "model": "claude-test", "x_batch": true, "inputs": [
        { "type": "memory_store", "memory_store_id": store.rsplit('/').next().unwrap() },
        { "type": "sessions", "session_ids": [session] },
    ] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dream_in_batches_ends_as_any_other_and_leaves_no_words_at_the_service() {
    let model = model(1);
    for server in Server::each_asking(&model.url).await {
        let from = model.batches().len();
        let (status, dream) = server.post(0, "/v1/dreams", asked(&server).await).await;
        assert_eq!((status, &dream["x_batch"]), (200, &json!(true)), "{dream}");
        let over = server.until_over(dream["id"].as_str().unwrap()).await;
        assert_eq!(over["status"], "completed", "{over}");
        let batches = &model.batches()[from..];
        assert!(!batches.is_empty() && batches.iter().all(|batch| batch.is_deleted), "{batches:?}");
        let calls: usize = batches.iter().map(|batch| batch.calls).sum();
        assert_eq!(over["usage"]["input_tokens"], calls * 100, "{over}");
        // 100, 20, 7 and 30 tokens for each call, for half the price.
        let dollars = calls as f64 * (127.0 * 10.0 + 30.0 * 100.0) / 1e6 / 2.0;
        assert!((over["x_cost_dollars"].as_f64().unwrap() - dollars).abs() < 1e-9, "{over}");
        assert!(model.seen().iter().all(|seen| seen.in_batch));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_cancels_a_dream_cancels_its_batch() {
    let model = model(1_000_000);
    for server in Server::each_asking(&model.url).await {
        let from = model.batches().len();
        let (_, dream) = server.post(0, "/v1/dreams", asked(&server).await).await;
        let dream = format!("/v1/dreams/{}", dream["id"].as_str().unwrap());
        let until = async |what: &str, is_so: &dyn Fn() -> bool| {
            for _ in 0..400 {
                if is_so() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            panic!("{what}: {:?}", model.batches());
        };
        until("made", &|| model.batches().len() > from).await;
        assert_eq!(server.get(0, &dream).await.1["status"], "running");
        assert_eq!(server.post(0, &format!("{dream}/cancel"), json!({})).await.0, 200);
        until("canceled", &|| model.batches()[from].is_canceled).await;
        assert_eq!(server.get(0, &dream).await.1["status"], "canceled");
    }
}

#[tokio::test]
async fn batches_are_for_models_that_take_them() {
    let model = model(1);
    let server = Server::each_asking(&model.url).await.remove(0);
    let mut body = asked(&server).await;
    body["model"] = json!("x_none");
    let (status, refused) = server.post(0, "/v1/dreams", body.clone()).await;
    assert_eq!((status, kind(&refused)), (400, "invalid_request_error"));
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("x_batch: "), "{message}");
    let store = body["inputs"][0]["memory_store_id"].as_str().unwrap();
    let schedule = format!("/v1/x/memory_stores/{store}/schedule");
    let wanted = json!({ "cron": "0 3 * * *", "model": "claude-test", "x_batch": true });
    let (status, kept) = server.ask(0, Method::PUT, &schedule, Some(wanted)).await;
    assert_eq!((status, &kept["x_batch"]), (200, &json!(true)), "{kept}");
    let none = json!({ "cron": "0 3 * * *", "model": "x_none", "x_batch": true });
    assert_eq!(server.ask(0, Method::PUT, &schedule, Some(none)).await.0, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dream_keeps_to_its_budget() {
    let model = model(1);
    for server in Server::each_asking(&model.url).await {
        let mut body = asked(&server).await;
        body["x_batch"] = json!(false);
        let mut free = body.clone();
        free["output_behavior"] = json!({ "type": "create_new" });
        let (_, free) = server.post(0, "/v1/dreams", free).await;
        let free = server.until_over(free["id"].as_str().unwrap()).await;
        let (calls, cost) = (model.seen().len(), free["x_cost_dollars"].as_f64().unwrap());
        assert!(calls > 0 && cost > 0.0, "{free}");
        for (budget, limit) in [("tokens", json!(100)), ("dollars", json!(0.001))] {
            // Over a store of its own, so that no answer is on record.
            let mut body = asked(&server).await;
            body["x_batch"] = json!(false);
            body["x_budget"] = json!({ budget: limit });
            let from = model.seen().len();
            let (status, dream) = server.post(0, "/v1/dreams", body).await;
            assert_eq!((status, &dream["x_budget"][budget]), (200, &limit), "{dream}");
            let over = server.until_over(dream["id"].as_str().unwrap()).await;
            assert_eq!(model.seen().len(), from, "no call fits: {over}");
            let why = over["error"]["message"].as_str().unwrap();
            assert!(why.contains(&format!("`{budget}` of `x_budget`")), "{why}");
        }
        let mut wrong = body.clone();
        for (budget, field) in [
            (json!({ "dollars": -1 }), "x_budget"),
            (json!({ "euros": 1 }), "x_budget"),
            (json!({ "tokens": 0 }), "x_budget"),
        ] {
            wrong["x_budget"] = budget;
            let (status, refused) = server.post(0, "/v1/dreams", wrong.clone()).await;
            let message = refused["error"]["message"].as_str().unwrap();
            assert!(status == 400 && message.starts_with(field), "{message}");
        }
        wrong["x_budget"] = json!({ "dollars": 1 });
        wrong["model"] = json!("claude-unpriced");
        let (status, refused) = server.post(0, "/v1/dreams", wrong).await;
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(status == 400 && message.starts_with("x_budget.dollars: "), "{message}");
    }
}
