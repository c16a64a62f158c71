//! What the models of a workspace may take in a day, whoever carries its dreams out.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use axum::http::Method;
use dreaming_fake_models::{Batching, Fake, Reply, Seen, Speaks};
use dreaming_server::{Database, Day, DayBudget, Models, Runner, Stretch};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection as _, Row as _};
use tokio::time::sleep;

use crate::server::{Server, compiled, kind};

/// Tokens of a call of the fake model: 100 and 20 and 7 are read, 30 written.
const CALL: u64 = 157;

/// Dollars of such a call, by the prices of [`Server::each_asking`].
const DOLLARS: f64 = (127.0 * 10.0 + 30.0 * 100.0) / 1e6;

/// Calls of a dream that are under way at once, see `MANNER` of the server, and dreams of a runner.
const PARALLEL: usize = 4;
const DREAMS: usize = 2;

/// An answer that finds nothing.
pub fn nothing(seen: &Seen) -> Reply {
    let schema = &seen.body["output_config"]["format"]["schema"];
    let mut answer = json!({});
    for name in schema["required"].as_array().unwrap().iter().flat_map(Value::as_str) {
        let is_list = schema["properties"][name]["type"] == "array";
        answer[name] = if is_list { json!([]) } else { json!("nothing") };
    }
    Reply::Says(answer.to_string())
}

/// A model that finds nothing, and takes its time. Its batches end when somebody says so.
fn model(thinks: Duration) -> Fake {
    let answer = move |_: usize, seen: &Seen| {
        thread::sleep(thinks);
        nothing(seen)
    };
    let batching = Batching { looks: usize::MAX, ..Batching::default() };
    Fake::with_batches(Speaks::Anthropic, Box::new(answer), batching)
}

/// What asks in the workspace `of` for a dream over a new store and so many sessions, each of which brings a call.
pub async fn wanted(server: &Server, of: usize, sessions: usize) -> Value {
    let (_, store) = server.post(of, "/v1/memory_stores", json!({ "name": "Shop" })).await;
    let mut ids = Vec::new();
    for number in 0..sessions {
        let made =
            json!({ "agent": "a", "environment_id": "e", "metadata": { "x_import": "true" } });
        let (_, session) = server.post(of, "/v1/sessions", made).await;
        let said = |kind: &str, words: String, second: u8| {
            json!({
                "type": kind, "processed_at": format!("2026-03-02T09:00:0{second}Z"),
                "content": [{ "type": "text", "text": words }],
            })
        };
        let wish = "From now on, always use tabs for indentation.".to_owned();
        // No two calls of any dream are the same.
        let done = format!("Done, part {number} of {}.", store["id"]);
        let events =
            json!({ "events": [said("user.message", wish, 0), said("agent.message", done, 5)] });
        let path = format!("/v1/sessions/{}/events", session["id"].as_str().unwrap());
        assert_eq!(server.post(of, &path, events).await.0, 200);
        ids.push(session["id"].clone());
    }
    // A call for each of these short sessions.
    let apart = json!({ "propose.together-bytes": 0 });
    json!({ "model": "claude-test", "x_policy": apart, "inputs": [
        { "type": "memory_store", "memory_store_id": store["id"] },
        { "type": "sessions", "session_ids": ids },
    ] })
}

/// Asks for a dream; its id.
pub async fn dream(server: &Server, of: usize, wanted: Value) -> String {
    let (status, dream) = server.post(of, "/v1/dreams", wanted).await;
    assert_eq!(status, 200, "{dream}");
    dream["id"].as_str().unwrap().to_owned()
}

/// The dream of the workspace `of`, once `is_so`.
async fn until(server: &Server, of: usize, id: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..600 {
        let (_, now) = server.get(of, &format!("/v1/dreams/{id}")).await;
        if is_so(&now) {
            return now;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("{}", server.get(of, &format!("/v1/dreams/{id}")).await.1);
}

fn waits(dream: &Value) -> bool {
    dream["x_waits_for_budget"] == true
}

fn is_completed(dream: &Value) -> bool {
    assert!(!matches!(dream["status"].as_str(), Some("failed" | "canceled")), "{dream}");
    dream["status"] == "completed"
}

/// Sets the budget of the first workspace.
async fn allow(database: &Database, tokens: Option<u64>) {
    let budget = DayBudget { tokens, dollars: None };
    assert!(database.set_budget("ours", budget).await.unwrap());
}

/// What the first workspace took today: tokens and dollars.
async fn took(server: &Server) -> (u64, f64) {
    let (status, told) = server.get(0, "/v1/x/budget").await;
    assert_eq!((status, &told["until"]), (200, &json!(Day::today().next().begins())), "{told}");
    (told["tokens_today"].as_u64().unwrap(), told["dollars_today"].as_f64().unwrap())
}

/// What a dream of one call took.
fn is_about(dollars: f64, calls: f64) -> bool {
    (dollars - calls * DOLLARS).abs() < 1e-6
}

/// Runs a statement in the database of a server, and returns the first column of the first row.
async fn sql(server: &Server, statement: &str) -> Option<i64> {
    let mut connection = AnyConnection::connect(&server.url).await.unwrap();
    let query = sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()));
    let row = query.fetch_optional(&mut connection).await.unwrap();
    row.map(|row| row.try_get(0).unwrap())
}

/// How often the model was asked what.
fn asked(model: &Fake) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for seen in model.seen() {
        *asked.entry(seen.body["messages"].to_string()).or_default() += 1;
    }
    asked
}

/// The number of calls, none of which was made twice.
fn calls(model: &Fake) -> usize {
    let asked = asked(model);
    assert!(asked.values().all(|times| *times == 1), "a call was made twice: {asked:?}");
    asked.len()
}

/// The models of [`Server::each_asking`] for one more runner.
fn models(server: &Server, model: &Fake) -> Models {
    let prices = server.folder.path().join("prices.json");
    Models::new(Some(model.url.clone()), None).with_prices(Some(prices)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_workspace_took_adds_up_and_nothing_takes_it_away() {
    for database in 0..2 {
        let model = model(Duration::ZERO);
        let Some(server) = Server::each_asking(&model.url).await.into_iter().nth(database) else {
            return;
        };
        assert_eq!(took(&server).await, (0, 0.0));
        let first = dream(&server, 0, wanted(&server, 0, 3).await).await;
        until(&server, 0, &first, is_completed).await;
        let one_by_one = calls(&model);
        assert!(one_by_one >= 3, "{one_by_one} calls");
        let (tokens, dollars) = took(&server).await;
        assert_eq!(tokens, one_by_one as u64 * CALL);
        assert!(is_about(dollars, one_by_one as f64), "{dollars}");
        // In batches for half the price.
        let mut batched = wanted(&server, 0, 2).await;
        batched["x_batch"] = json!(true);
        let second = dream(&server, 0, batched).await;
        let ends = |dream: &Value| {
            model.ends();
            is_completed(dream)
        };
        until(&server, 0, &second, ends).await;
        let all = model.seen().len();
        let (tokens, dollars) = took(&server).await;
        assert_eq!(tokens, all as u64 * CALL);
        assert!(
            is_about(dollars, one_by_one as f64 + (all - one_by_one) as f64 / 2.0),
            "{dollars}"
        );
        // The same answers, from the record, are free.
        let (_, told) = server.get(0, &format!("/v1/dreams/{first}")).await;
        let apart = json!({ "propose.together-bytes": 0 });
        let again = json!({ "model": "claude-test", "x_policy": apart, "inputs": told["inputs"] });
        let again = dream(&server, 0, again).await;
        until(&server, 0, &again, is_completed).await;
        assert_eq!(took(&server).await, (tokens, dollars));
        assert_eq!(server.get(1, "/v1/x/budget").await.1["tokens_today"], 0);
        for id in [&first, &second, &again] {
            let (status, _) = server.post(0, &format!("/v1/dreams/{id}/archive"), json!({})).await;
            assert_eq!(status, 200);
        }
        let store = told["inputs"][0]["memory_store_id"].as_str().unwrap();
        let store = format!("/v1/memory_stores/{store}");
        assert_eq!(server.ask(0, Method::DELETE, &store, None).await.0, 200);
        let server = server.started_anew().await;
        assert_eq!(took(&server).await, (tokens, dollars));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_has_used_a_budget_waits_and_all_others_go_on() {
    for database in 0..2 {
        let model = model(Duration::ZERO);
        let Some(server) = Server::each_asking(&model.url).await.into_iter().nth(database) else {
            return;
        };
        let first = dream(&server, 0, wanted(&server, 0, 1).await).await;
        until(&server, 0, &first, is_completed).await;
        allow(&server.database, Some(took(&server).await.0)).await;
        let before = model.seen().len();
        let waiting = dream(&server, 0, wanted(&server, 0, 1).await).await;
        // Both are made later and have their turn nevertheless.
        let theirs = dream(&server, 1, wanted(&server, 1, 1).await).await;
        let mut none = wanted(&server, 0, 1).await;
        none["model"] = json!("x_none");
        let none = dream(&server, 0, none).await;
        until(&server, 1, &theirs, is_completed).await;
        let none = until(&server, 0, &none, is_completed).await;
        assert!(!waits(&none));
        let (_, now) = server.get(0, &format!("/v1/dreams/{waiting}")).await;
        assert_eq!((&now["status"], waits(&now)), (&json!("pending"), true), "{now}");
        let (_, listed) = server.get(0, "/v1/dreams").await;
        let listed = listed["data"].as_array().unwrap();
        let of_list: Vec<bool> = listed.iter().map(waits).collect();
        assert_eq!(of_list, [false, true, false], "{listed:?}");
        let (_, told) = server.get(0, "/v1/x/budget").await;
        assert_eq!(told["tokens_a_day"], told["tokens_today"], "{told}");
        let theirs = asked(&model).len() - before;
        // Dollars are a limit as well.
        let budget = DayBudget { tokens: None, dollars: Some(DOLLARS / 2.0) };
        server.database.set_budget("ours", budget).await.unwrap();
        sleep(Duration::from_millis(1500)).await;
        assert_eq!(model.seen().len(), before + theirs, "it asked without a budget");
        let budget = DayBudget { tokens: None, dollars: Some(1.0) };
        server.database.set_budget("ours", budget).await.unwrap();
        until(&server, 0, &waiting, is_completed).await;
        calls(&model);
    }
}

#[tokio::test]
async fn a_new_day_brings_a_new_budget() {
    for server in Server::each_asking("http://127.0.0.1:9").await {
        // Nobody but this test takes dreams.
        server.runner.rest();
        let (today, database) = (Day::today(), &server.database);
        let id = dream(&server, 0, wanted(&server, 0, 1).await).await;
        assert_eq!(database.claim("test", today).await.unwrap().as_ref(), Some(&id));
        allow(database, Some(1)).await;
        sql(&server, &format!("INSERT INTO workspace_spending VALUES ('ours', '{today}', 1, 0)"))
            .await;
        for (day, is_spent) in [(today, true), (today.next(), false)] {
            assert_eq!(database.is_spent("ours", day).await.unwrap(), is_spent);
            assert_eq!(database.spending("ours", day).await.unwrap().tokens, u64::from(is_spent));
            database.let_go(&id, "test").await.unwrap();
            let claimed = database.claim("test", day).await.unwrap();
            assert_eq!(claimed.is_none(), is_spent, "{day}");
            database.let_go(&id, "test").await.unwrap();
            let handed = database.to_hand_over(day).await.unwrap();
            assert_eq!(handed.is_empty(), is_spent, "{day}");
        }
        // Who let go of it let nobody die.
        assert_eq!(sql(&server, "SELECT deaths FROM dreams").await, Some(0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dream_that_runs_stops_before_its_next_call_and_asks_nothing_twice() {
    const SESSIONS: usize = 14;
    for database in 0..2 {
        let model = model(Duration::from_millis(100));
        let Some(server) = Server::each_asking(&model.url).await.into_iter().nth(database) else {
            return;
        };
        // Three calls use it, while others are under way.
        allow(&server.database, Some(2 * CALL + 1)).await;
        let id = dream(&server, 0, wanted(&server, 0, SESSIONS).await).await;
        let now = until(&server, 0, &id, waits).await;
        assert_eq!(now["status"], "running", "{now}");
        let made = calls(&model);
        assert!((3..3 + PARALLEL).contains(&made), "{made} calls");
        assert_eq!(took(&server).await.0, made as u64 * CALL, "what was under way counts");
        sleep(Duration::from_millis(1500)).await;
        assert_eq!(calls(&model), made);
        let standing = "SELECT deaths FROM dreams WHERE owner = '' AND status = 'running'";
        assert_eq!(sql(&server, standing).await, Some(0));
        allow(&server.database, Some(1_000_000)).await;
        let over = until(&server, 0, &id, is_completed).await;
        let all = calls(&model);
        assert!(all >= SESSIONS, "{all} calls");
        assert_eq!(over["usage"]["input_tokens"], all * 100, "{over}");
        assert_eq!(took(&server).await.0, all as u64 * CALL);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_batch_that_is_at_work_is_heard_and_no_other_one_begins() {
    for database in 0..2 {
        let model = model(Duration::ZERO);
        let Some(server) = Server::each_asking(&model.url).await.into_iter().nth(database) else {
            return;
        };
        let mut wanted = wanted(&server, 0, 3).await;
        wanted["x_batch"] = json!(true);
        // A batch for each session.
        wanted["x_policy"] = json!({ "round.sessions": 1 });
        let id = dream(&server, 0, wanted).await;
        while model.batches().is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
        let other =
            format!("INSERT INTO workspace_spending VALUES ('ours', '{}', 7, 0)", Day::today());
        sql(&server, &other).await;
        allow(&server.database, Some(7)).await;
        model.ends();
        until(&server, 0, &id, waits).await;
        assert_eq!((model.batches().len(), calls(&model)), (1, 1));
        assert_eq!(took(&server).await.0, 7 + CALL);
        allow(&server.database, None).await;
        let ends = |dream: &Value| {
            model.ends();
            is_completed(dream)
        };
        until(&server, 0, &id, ends).await;
        assert!(model.batches().iter().all(|batch| batch.is_deleted), "{:?}", model.batches());
        assert_eq!(took(&server).await.0, 7 + calls(&model) as u64 * CALL);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_dream_hears_after_it_was_called_off_was_paid_for() {
    for database in 0..2 {
        let model = model(Duration::from_millis(1500));
        let Some(server) = Server::each_asking(&model.url).await.into_iter().nth(database) else {
            return;
        };
        let id = dream(&server, 0, wanted(&server, 0, 1).await).await;
        while model.seen().is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(server.post(0, &format!("/v1/dreams/{id}/cancel"), json!({})).await.0, 200);
        for _ in 0..100 {
            if took(&server).await.0 > 0 {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(took(&server).await.0, model.seen().len() as u64 * CALL);
        assert_eq!(server.get(0, &format!("/v1/dreams/{id}")).await.1["status"], "canceled");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_stop_together_and_go_on_the_next_day() {
    let model = model(Duration::from_millis(100));
    // A SQLite file has one server.
    let Some(server) = Server::each_asking(&model.url).await.into_iter().nth(1) else { return };
    let shared = Database::open(&server.url).await.unwrap();
    let other = Runner::start(shared, compiled(), models(&server, &model), DREAMS).await.unwrap();
    const BEFORE: usize = 5;
    allow(&server.database, Some((BEFORE as u64 - 1) * CALL + 1)).await;
    let mut dreams = Vec::new();
    for _ in 0..2 * DREAMS {
        dreams.push(wanted(&server, 0, 12).await);
    }
    let mut ids = Vec::new();
    for wanted in dreams {
        ids.push(dream(&server, 0, wanted).await);
    }
    for id in &ids {
        until(&server, 0, id, waits).await;
    }
    let made = calls(&model);
    // Those that use it, and those of both that were under way.
    assert!((BEFORE..=BEFORE + 2 * DREAMS * PARALLEL).contains(&made), "{made} calls");
    assert_eq!(took(&server).await.0, made as u64 * CALL);
    sleep(Duration::from_millis(1500)).await;
    assert_eq!(calls(&model), made);
    // A day later all that was taken is of the day before.
    allow(&server.database, Some(1_000_000)).await;
    sql(&server, "UPDATE workspace_spending SET day = '2000-01-01'").await;
    for id in &ids {
        until(&server, 0, id, is_completed).await;
    }
    let all = calls(&model);
    assert!(all >= 48, "{all} calls");
    assert_eq!(took(&server).await.0, (all - made) as u64 * CALL);
    other.rest();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn at_restate_a_dream_waits_for_a_budget_as_for_a_batch() {
    let model = model(Duration::from_millis(100));
    let Some(server) = Server::each_asking(&model.url).await.into_iter().nth(1) else { return };
    server.runner.rest();
    let shared = Database::open(&server.url).await.unwrap();
    let worker = Runner::worker(shared, compiled(), models(&server, &model), DREAMS).await.unwrap();
    allow(&server.database, Some(CALL)).await;
    let wanted = wanted(&server, 0, 8).await;
    let store = wanted["inputs"][0]["memory_store_id"].as_str().unwrap().to_owned();
    let id = dream(&server, 0, wanted).await;
    assert_eq!(worker.stretch(&store, &id).await.unwrap(), Stretch::Waits);
    let made = calls(&model);
    assert!((1..=PARALLEL).contains(&made), "{made} calls");
    // The next look costs nothing, and Restate still has the dream.
    assert_eq!(worker.stretch(&store, &id).await.unwrap(), Stretch::Waits);
    let (_, now) = server.get(0, &format!("/v1/dreams/{id}")).await;
    assert!(waits(&now), "{now}");
    let at_restate = "SELECT deaths FROM dreams WHERE owner = 'restate'";
    assert_eq!(sql(&server, at_restate).await, Some(0));
    allow(&server.database, None).await;
    assert_eq!(worker.stretch(&store, &id).await.unwrap(), Stretch::Over("completed"));
    assert!(calls(&model) >= 8);
}

#[tokio::test]
async fn a_budget_of_dollars_needs_a_price() {
    for server in Server::each_asking("http://127.0.0.1:9").await {
        let mut wanted = wanted(&server, 0, 1).await;
        wanted["model"] = json!("claude-unpriced");
        server.runner.rest();
        assert_eq!(server.post(0, "/v1/dreams", wanted.clone()).await.0, 200);
        let budget = DayBudget { tokens: None, dollars: Some(2.5) };
        assert!(server.database.set_budget("ours", budget).await.unwrap());
        assert!(!server.database.set_budget("nobodys", budget).await.unwrap());
        let (status, refused) = server.post(0, "/v1/dreams", wanted.clone()).await;
        assert_eq!((status, kind(&refused)), (400, "invalid_request_error"));
        let why = refused["error"]["message"].as_str().unwrap();
        assert!(why.starts_with("model: no price of `claude-unpriced` is known"), "{why}");
        for model in ["x_none", "claude-test"] {
            wanted["model"] = json!(model);
            assert_eq!(server.post(0, "/v1/dreams", wanted.clone()).await.0, 200, "{model}");
        }
        assert_eq!(server.get(0, "/v1/x/budget").await.1["dollars_a_day"], 2.5);
        assert_eq!(server.get(1, "/v1/x/budget").await.1["dollars_a_day"], Value::Null);
    }
}
