//! Dreams that begin by themselves.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::Method;
use dreaming_fake_models::{Fake, Speaks};
use dreaming_server::{Options, schedule};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection as _};

use crate::budgets::nothing;
use crate::server::{Server, kind};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The time in so many days.
pub fn in_days(days: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    i64::try_from(now).unwrap() + days * DAY
}

fn path(store: &str) -> String {
    store.replace("/v1/", "/v1/x/") + "/schedule"
}

/// A session of an agent that had the store.
async fn session(server: &Server, store: &str) -> String {
    let resource =
        json!({ "type": "memory_store", "memory_store_id": store.rsplit('/').next().unwrap() });
    let made = json!({
        "agent": "agent_1", "environment_id": "env_1", "metadata": { "x_import": "true" },
        "resources": [resource],
    });
    let (status, session) = server.post(0, "/v1/sessions", made).await;
    assert_eq!(status, 200, "{session}");
    let id = session["id"].as_str().unwrap().to_owned();
    say(server, &id, "From now on, always use tabs for indentation.").await;
    id
}

async fn say(server: &Server, session: &str, words: &str) {
    let event = json!({ "type": "user.message", "content": [{ "type": "text", "text": words }] });
    let path = format!("/v1/sessions/{session}/events");
    assert_eq!(server.post(0, &path, json!({ "events": [event] })).await.0, 200);
}

/// The schedule after a look in so many days, and the sessions of the dream that it began, if it began another one than
/// `before`.
async fn after(server: &Server, store: &str, days: i64, before: &Value) -> (Value, Vec<String>) {
    schedule::look(&server.database, &server.runner, in_days(days)).await.unwrap();
    let (_, now) = server.get(0, &path(store)).await;
    let Some(dream) = now["last_dream_id"].as_str().filter(|_| now["last_dream_id"] != *before)
    else {
        return (now, Vec::new());
    };
    let dream = server.until_over(dream).await;
    assert_eq!(dream["status"], "completed", "{dream}");
    let inputs = dream["inputs"].as_array().unwrap();
    let read = inputs.iter().find(|input| input["type"] == "sessions").unwrap();
    let read = read["session_ids"].as_array().unwrap().iter();
    (now.clone(), read.map(|id| id.as_str().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn a_dream_begins_when_it_is_time_and_reads_what_is_new() {
    for server in Server::each().await {
        let store = server.store().await;
        let wanted =
            json!({ "cron": "0 3 * * *", "model": "x_none", "min_sessions": 2, "idle_minutes": 1 });
        let (status, put) = server.ask(0, Method::PUT, &path(&store), Some(wanted)).await;
        assert_eq!((status, &put["no_dream_because"]), (200, &Value::Null), "{put}");
        let first = session(&server, &store).await;
        session(&server, &server.store().await).await;

        // Not yet time; then too few sessions.
        let none = Value::Null;
        assert_eq!(after(&server, &store, 0, &none).await.0["no_dream_because"], none);
        let (now, read) = after(&server, &store, 2, &none).await;
        assert!(read.is_empty());
        assert_eq!(now["no_dream_because"], "1 new sessions, and at least 2 are asked for");

        let second = session(&server, &store).await;
        let (now, read) = after(&server, &store, 4, &none).await;
        let mut both = vec![first.clone(), second];
        both.sort();
        assert_eq!(read, both);
        assert_eq!(now["no_dream_because"], none);
        assert!(now["next_at"].as_str().unwrap().ends_with("T03:00:00Z"), "{now}");

        // Months later there is one turn, not a hundred, and nothing new.
        let last = now["last_dream_id"].clone();
        let (now, read) = after(&server, &store, 100, &last).await;
        assert!(read.is_empty());
        assert_eq!(now["no_dream_because"], "0 new sessions, and at least 2 are asked for");
        let (again, _) = after(&server, &store, 100, &last).await;
        assert_eq!(again, now);

        // What goes on is new.
        say(&server, &first, "And never force push.").await;
        let third = session(&server, &store).await;
        let (_, read) = after(&server, &store, 102, &last).await;
        let mut both = vec![first, third];
        both.sort();
        assert_eq!(read, both);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_no_model_answered_is_asked_again_until_it_is() {
    let model = Fake::start(Speaks::Anthropic, Box::new(|_, seen| nothing(seen)));
    for server in Server::each_asking(&model.url).await {
        let store = server.store().await;
        // A call a night.
        let policy = json!({
            "propose.together-bytes": 0,
            "propose.max-calls": 1, "distil.max-calls": 0, "compare.max-calls": 0,
        });
        let wanted = json!({
            "cron": "0 3 * * *", "model": "claude-test", "idle_minutes": 1, "x_policy": policy,
        });
        let (status, put) = server.ask(0, Method::PUT, &path(&store), Some(wanted)).await;
        assert_eq!(status, 200, "{put}");
        for _ in 0..3 {
            session(&server, &store).await;
        }
        let (mut last, mut read) = (Value::Null, Vec::new());
        for night in 1..=5 {
            let (now, sessions) = after(&server, &store, night * 2, &last).await;
            last = now["last_dream_id"].clone();
            read.push(sessions.len());
        }
        assert_eq!(read, [3, 2, 1, 0, 0]);
    }
}

#[tokio::test]
async fn what_a_clock_that_was_ahead_has_left_is_read() {
    for server in Server::each().await {
        let store = server.store().await;
        let wanted = json!({ "cron": "0 3 * * *", "model": "x_none", "idle_minutes": 1 });
        server.ask(0, Method::PUT, &path(&store), Some(wanted)).await;
        let id = session(&server, &store).await;
        let mut database = AnyConnection::connect(&server.url).await.unwrap();
        let ahead = "UPDATE sessions SET updated_at = $1 WHERE id = $2";
        let query = sqlx::query(ahead).bind(in_days(300)).bind(id.clone());
        query.execute(&mut database).await.unwrap();
        drop(database);
        let (now, read) = after(&server, &store, 2, &Value::Null).await;
        assert_eq!(read, [id], "{now}");
        let last = now["last_dream_id"].clone();
        assert!(after(&server, &store, 4, &last).await.1.is_empty(), "it is read once");
    }
}

#[tokio::test]
async fn what_waits_for_a_clock_that_was_ahead_is_due() {
    for server in Server::each().await {
        let store = server.store().await;
        let wanted = json!({ "cron": "0 3 * * *", "model": "x_none", "idle_minutes": 1 });
        let (_, set) = server.ask(0, Method::PUT, &path(&store), Some(wanted)).await;
        let mut database = AnyConnection::connect(&server.url).await.unwrap();
        let pause = "INSERT INTO model_pauses (model, until) VALUES ('it', $1)";
        for statement in ["UPDATE schedules SET next_at = $1", pause] {
            let query = sqlx::query(statement).bind(in_days(300));
            assert_eq!(query.execute(&mut database).await.unwrap().rows_affected(), 1);
        }
        schedule::set_back(&server.database, in_days(0)).await.unwrap();
        let (_, now) = server.get(0, &path(&store)).await;
        let next = now["next_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        assert!(next.as_microsecond() < in_days(2), "{now}");
        assert_eq!(server.database.pause_of("it").await.unwrap(), None);
        // A server whose clock is a little behind leaves the turn alone that another one took.
        let next = set["next_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let before = next.as_microsecond() - 30_000_000;
        let (now, _) = after(&server, &store, 2, &Value::Null).await;
        schedule::set_back(&server.database, before).await.unwrap();
        let (_, then) = server.get(0, &path(&store)).await;
        assert!(then["next_at"].as_str() > set["next_at"].as_str(), "{now} {then}");
    }
}

#[tokio::test]
async fn of_two_who_look_one_begins_the_dream_and_what_failed_is_read_again() {
    for server in Server::each().await {
        let store = server.store().await;
        let wanted = json!({ "cron": "*/5 * * * *", "model": "x_none", "idle_minutes": 1 });
        server.ask(0, Method::PUT, &path(&store), Some(wanted)).await;
        let read = session(&server, &store).await;
        let look = || schedule::look(&server.database, &server.runner, in_days(1));
        let (one, other) = tokio::join!(look(), look());
        one.unwrap();
        other.unwrap();
        let (_, dreams) = server.get(0, "/v1/dreams").await;
        assert_eq!(dreams["data"].as_array().unwrap().len(), 1, "{dreams}");
        let id = dreams["data"][0]["id"].as_str().unwrap().to_owned();
        let canceled = server.ask(0, Method::POST, &format!("/v1/dreams/{id}/cancel"), None).await;
        if canceled.0 == 200 {
            let (_, again) = after(&server, &store, 2, &json!(id)).await;
            assert_eq!(again, [read]);
        }
    }
}

#[tokio::test]
async fn a_schedule_that_cannot_be_is_refused_by_its_field() {
    let server = Server::sqlite(Options::default()).await;
    let store = server.store().await;
    for (field, value) in [
        ("cron", json!("every night")),
        ("cron", json!("0 3 * * * Mars/Olympus")),
        ("cron", json!("0 0 30 2 *")),
        ("model", json!("")),
        ("model", json!("llama")),
        ("min_sessions", json!(0)),
        ("min_sessions", json!(101)),
        ("idle_minutes", json!(0)),
        ("instructions", json!("")),
        ("x_policy", json!({ "no.such.setting": 1 })),
        ("when", json!("now")),
    ] {
        let mut wanted = json!({ "cron": "0 3 * * *", "model": "x_none" });
        wanted[field] = value.clone();
        let (status, told) = server.ask(0, Method::PUT, &path(&store), Some(wanted)).await;
        assert_eq!(
            (status, kind(&told)),
            (400, "invalid_request_error"),
            "{field} {value}: {told}"
        );
        let said = told["error"]["message"].as_str().unwrap();
        assert!(said.contains(field), "{field} {value}: {said}");
    }
    assert_eq!(server.get(0, &path(&store)).await.0, 404);
    let wanted = json!({ "cron": "0 3 * * *", "model": "x_none" });
    assert_eq!(server.ask(1, Method::PUT, &path(&store), Some(wanted.clone())).await.0, 404);
    assert_eq!(server.ask(0, Method::PUT, &path(&store), Some(wanted)).await.0, 200);
    assert_eq!(server.get(1, &path(&store)).await.0, 404);
    assert_eq!(server.ask(1, Method::DELETE, &path(&store), None).await.0, 404);
    assert_eq!(server.ask(0, Method::DELETE, &path(&store), None).await.0, 200);
    assert_eq!(server.ask(0, Method::DELETE, &path(&store), None).await.0, 404);
}
