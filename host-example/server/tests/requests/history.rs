//! What a dream would take, what changed between two revisions, and whether the history is as it was recorded.

use axum::http::Method;
use dreaming_fake_models::{Fake, Reply, Speaks};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection as _};

use crate::server::Server;

/// Registers a session in which a person asks for something.
async fn session(server: &Server) -> String {
    let made = json!({ "agent": "a", "environment_id": "e", "metadata": { "x_import": "true" } });
    let (_, session) = server.post(0, "/v1/sessions", made).await;
    let id = session["id"].as_str().unwrap().to_owned();
    let words = |words: &str| json!([{ "type": "text", "text": words }]);
    let events = json!({ "events": [
        {
            "type": "user.message", "processed_at": "2026-03-02T09:00:00Z",
            "content": words("From now on, always use tabs for indentation."),
        },
        { "type": "agent.message", "processed_at": "2026-03-02T09:00:05Z", "content": words("Done.") },
    ] });
    let (status, sent) = server.post(0, &format!("/v1/sessions/{id}/events"), events).await;
    assert_eq!(status, 200, "{sent}");
    id
}

/// A store with a line that stands twice: its path.
async fn store(server: &Server) -> String {
    let store = server.store().await;
    let notes =
        json!({ "path": "/notes.md", "content": "- The staging host is blue.\n".repeat(2) });
    server.post(0, &format!("{store}/memories"), notes).await;
    store
}

fn asked(store: &str, session: &str, model: &str) -> Value {
    let store = store.rsplit('/').next().unwrap();
    json!({ "model": model, "inputs": [
        { "type": "memory_store", "memory_store_id": store },
        { "type": "sessions", "session_ids": [session] },
    ] })
}

#[tokio::test]
async fn an_estimate_counts_the_calls_that_the_dream_then_makes_and_asks_nobody() {
    let says = |_: usize, seen: &dreaming_fake_models::Seen| {
        let schema = &seen.body["output_config"]["format"]["schema"];
        let names = schema["required"].as_array().unwrap().iter().flat_map(Value::as_str);
        let is_list = |name: &str| schema["properties"][name]["type"] == "array";
        let answer = |name| (name, if is_list(name) { json!([]) } else { json!("nothing") });
        Reply::Says(
            Value::Object(
                names
                    .map(|n| {
                        let (n, a) = answer(n);
                        (n.to_owned(), a)
                    })
                    .collect(),
            )
            .to_string(),
        )
    };
    let model = Fake::start(Speaks::Anthropic, Box::new(says));
    for server in Server::each_asking(&model.url).await {
        let (store, session) = (store(&server).await, session(&server).await);
        let before = model.seen().len();
        let body = asked(&store, &session, "claude-test");
        let (status, told) = server.post(0, "/v1/x/dreams/estimate", body.clone()).await;
        assert_eq!(status, 200, "{told}");
        assert_eq!(model.seen().len(), before, "nobody is asked");
        assert_eq!(told["sessions"], 1);
        let calls = told["calls"]["to_make"].as_u64().unwrap();
        assert!(calls > 0 && told["tokens"]["input"].as_u64().unwrap() > 0, "{told}");
        let (about, most) = (&told["cost_dollars"], &told["most_cost_dollars"]);
        assert!(about.as_f64().unwrap() > 0.0 && about.as_f64() < most.as_f64(), "{told}");
        let batched = told["batched"]["cost_dollars"].as_f64().unwrap();
        assert!((batched * 2.0 - about.as_f64().unwrap()).abs() < 1e-9, "{told}");
        let (_, none) = server.get(0, "/v1/dreams?include_archived=true").await;
        assert_eq!(none["data"], json!([]), "no dream is made");
        let (_, dream) = server.post(0, "/v1/dreams", body.clone()).await;
        let over = server.until_over(dream["id"].as_str().unwrap()).await;
        assert_eq!(over["status"], "completed", "{over}");
        assert_eq!((model.seen().len() - before) as u64, calls);
        // What was answered is not paid for again.
        let (_, again) = server.post(0, "/v1/x/dreams/estimate", body.clone()).await;
        assert_eq!(
            (&again["calls"]["to_make"], &again["calls"]["recorded"]),
            (&json!(0), &json!(calls))
        );
        // All that a dream may be asked for is looked at.
        for (field, value) in [
            ("x_policy", json!({ "nonsense": 3 })),
            ("x_budget", json!({ "tokens": "many" })),
            ("x_batch", json!("yes")),
        ] {
            let mut wrong = body.clone();
            wrong[field] = value;
            let (status, _) = server.post(0, "/v1/x/dreams/estimate", wrong).await;
            assert_eq!(status, 400, "{field}");
        }
        assert_eq!(
            server.post(1, "/v1/x/dreams/estimate", body).await.0,
            400,
            "of another workspace"
        );
        let (_, free) =
            server.post(0, "/v1/x/dreams/estimate", asked(&store, &session, "x_none")).await;
        assert_eq!((&free["calls"]["to_make"], &free["cost_dollars"]), (&json!(0), &Value::Null));
    }
}

#[tokio::test]
async fn what_changed_between_revisions_is_told_and_damage_is_found() {
    for server in Server::each().await {
        let (store, session) = (store(&server).await, session(&server).await);
        let mut body = asked(&store, &session, "x_none");
        let id = store.rsplit('/').next().unwrap();
        body["output_behavior"] = json!({ "type": "update_existing", "memory_store_id": id });
        let (_, dream) = server.post(0, "/v1/dreams", body).await;
        let dream = dream["id"].as_str().unwrap();
        assert_eq!(server.until_over(dream).await["status"], "completed");
        let review = format!("/v1/x/dreams/{dream}/review");
        let (_, plan) = server.get(0, &review).await;
        let decision = json!({ "digest": plan["digest"], "accept": "all" });
        assert_eq!(server.post(0, &review, decision).await.0, 200);
        let ours = format!("/v1/x/memory_stores/{id}");
        let (_, listed) = server.get(0, &format!("{ours}/revisions")).await;
        let revisions: Vec<&str> = listed["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["id"].as_str().unwrap())
            .collect();
        let (newest, oldest) = (revisions[0], *revisions.last().unwrap());
        assert!(revisions.len() >= 2, "{listed}");
        let (status, diff) = server.get(0, &format!("{ours}/diff?from={oldest}&to={newest}")).await;
        assert_eq!(status, 200, "{diff}");
        let data = diff["data"].as_array().unwrap();
        let learned = data.iter().find(|it| it["path"] == "/learned/preferences.md").unwrap();
        assert_eq!(learned["before"], Value::Null);
        assert!(learned["after"].as_str().unwrap().contains("tabs"), "{diff}");
        let (_, now) = server.get(0, &format!("{ours}/diff?from={oldest}")).await;
        assert_eq!(now["data"], diff["data"], "nothing happened since");
        let (_, same) = server.get(0, &format!("{ours}/diff?from={newest}")).await;
        assert_eq!(same["data"], json!([]));
        assert_eq!(server.get(0, &format!("{ours}/diff")).await.0, 400);
        let (status, told) =
            server.post(0, &format!("{ours}/revert"), json!({ "revision": newest })).await;
        assert_eq!(status, 400, "there is nothing to go back from: {told}");
        assert_eq!(server.get(0, &format!("{ours}/diff?from=none")).await.0, 400);
        let (status, whole) = server.get(0, &format!("{ours}/verify")).await;
        assert_eq!(status, 200, "{whole}");
        assert_eq!((&whole["is_whole"], &whole["damage"]), (&json!(true), &json!([])), "{whole}");
        assert_eq!(whole["revisions"], json!(revisions.len()));
        assert_eq!(whole["states"], json!(revisions.len()));
        let (status, stats) = server.get(0, &format!("{ours}/stats")).await;
        assert_eq!((status, &stats["totals"]["sessions"]), (200, &json!(1)), "{stats}");
        let (_, none) = server.get(0, &format!("{ours}/stats?agents=nobody")).await;
        assert_eq!(none["totals"]["sessions"], 0, "{none}");
        assert_eq!(server.get(0, &format!("{ours}/stats?outcomes=nice")).await.0, 400);
        for path in ["diff?from=a", "verify", "stats"] {
            assert_eq!(server.get(1, &format!("{ours}/{path}")).await.0, 404);
        }
        // Somebody changes what was kept.
        let mut connection = AnyConnection::connect(&server.url).await.unwrap();
        let change = "UPDATE memory_versions SET content = CAST('- Something else.' AS BYTEA) \
                      WHERE path = '/learned/preferences.md'";
        let change = match server.url.starts_with("sqlite") {
            true => change.replace("BYTEA", "BLOB"),
            false => {
                change.replace("CAST('- Something else.' AS BYTEA)", "'- Something else.'::bytea")
            }
        };
        let changed =
            sqlx::query(sqlx::AssertSqlSafe(change)).execute(&mut connection).await.unwrap();
        assert_eq!(changed.rows_affected(), 1);
        let (_, damaged) =
            server.with(&server.keys[0], Method::GET, &format!("{ours}/verify"), None).await;
        assert_eq!(damaged["is_whole"], false, "{damaged}");
        assert_eq!(damaged["damage"][0]["revision"], listed["data"][0]["number"], "{damaged}");
    }
}

#[tokio::test]
async fn a_store_goes_back_to_a_memory_where_a_folder_is_now() {
    for server in Server::each().await {
        let (store, session) = (store(&server).await, session(&server).await);
        let id = store.rsplit('/').next().unwrap();
        let mut body = asked(&store, &session, "x_none");
        body["output_behavior"] = json!({ "type": "update_existing", "memory_store_id": id });
        let (_, dream) = server.post(0, "/v1/dreams", body).await;
        server.until_over(dream["id"].as_str().unwrap()).await;
        let ours = format!("/v1/x/memory_stores/{id}");
        let (_, revisions) = server.get(0, &format!("{ours}/revisions")).await;
        let (_, all) = server.get(0, &format!("{store}/memories")).await;
        let notes = all["data"].as_array().unwrap().iter().find(|of| of["path"] == "/notes.md");
        let notes = format!("{store}/memories/{}", notes.unwrap()["id"].as_str().unwrap());
        let below = json!({ "path": "/notes.md/blue.md" });
        assert_eq!(server.post(0, &notes, below).await.0, 200);
        let back = json!({ "revision": revisions["data"][0]["id"] });
        let (status, done) = server.post(0, &format!("{ours}/revert"), back).await;
        assert_eq!(status, 200, "{done}");
        let (_, now) = server.get(0, &format!("{store}/memories")).await;
        let paths = |list: &Value| {
            let all = list["data"].as_array().unwrap().iter();
            all.map(|of| of["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(paths(&now), paths(&all));
    }
}
