//! What a dream says of answers that it cannot use, or that came before.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dreaming_fake_models::{Fake, Reply, Speaks};
use dreaming_server::DayBudget;
use serde_json::{Value, json};

use crate::budgets::{dream, nothing, wanted};
use crate::server::Server;

/// A model that refuses calls as long as `refuses` says so: all, or those that hold the words `about`.
fn refusing(refuses: &Arc<AtomicBool>, about: &'static str) -> Fake {
    let refuses = refuses.clone();
    let answers = Box::new(move |_: usize, seen: &dreaming_fake_models::Seen| {
        match refuses.load(Ordering::Relaxed) && seen.body.to_string().contains(about) {
            true => Reply::Refuses,
            false => nothing(seen),
        }
    });
    Fake::start(Speaks::Anthropic, answers)
}

/// The first line that the trace of a dream tells.
async fn told(server: &Server, dream: &Value) -> String {
    let path = format!("/v1/sessions/{}/events", dream["session_id"].as_str().unwrap());
    let (_, events) = server.get(0, &path).await;
    let told =
        events["data"].as_array().unwrap().iter().find(|event| event["type"] == "agent.message");
    told.unwrap_or_else(|| panic!("{events}"))["content"][0]["text"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_model_that_refuses_every_call_fails_the_dream_and_the_next_dream_asks_again() {
    for database in 0..2 {
        let refuses = Arc::new(AtomicBool::new(true));
        let model = refusing(&refuses, "");
        let Some(server) = Server::each_asking(&model.url).await.into_iter().nth(database) else {
            return;
        };
        let asked = wanted(&server, 0, 3).await;
        let failed = server.until_over(&dream(&server, 0, asked.clone()).await).await;
        let made = model.seen().len();
        assert!(made >= 3, "{made} calls");
        assert_eq!(failed["status"], "failed", "{failed}");
        let why = failed["error"]["message"].as_str().unwrap();
        assert!(why.contains(&format!("refused all {made} calls")), "{why}");
        assert!(why.contains("take another model") && why.contains("dream again"), "{why}");

        refuses.store(false, Ordering::Relaxed);
        let again = server.until_over(&dream(&server, 0, asked.clone()).await).await;
        assert_eq!(again["status"], "completed", "{again}");
        assert_eq!(model.seen().len(), 2 * made, "each call is made again");
        let line = told(&server, &again).await;
        assert_eq!(line, format!("Read 3 of 3 sessions; {made} model calls."));

        // Now all answers are known.
        let third = server.until_over(&dream(&server, 0, asked).await).await;
        assert_eq!(model.seen().len(), 2 * made);
        let line = told(&server, &third).await;
        let all = format!("{made} model calls, {made} of them answered before");
        assert_eq!(line, format!("Read 3 of 3 sessions; {all}."));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_trace_says_how_many_calls_were_refused() {
    let refuses = Arc::new(AtomicBool::new(true));
    let model = refusing(&refuses, "part 1 of");
    let server = Server::each_asking(&model.url).await.remove(0);
    let over = server.until_over(&dream(&server, 0, wanted(&server, 0, 3).await).await).await;
    assert_eq!(over["status"], "completed", "{over}");
    let line = told(&server, &over).await;
    assert!(line.ends_with("model calls, 1 of them refused."), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_trace_and_an_estimate_say_which_sessions_are_asked_about_again() {
    let model = refusing(&Arc::new(AtomicBool::new(false)), "");
    let server = Server::each_asking(&model.url).await.remove(0);
    let mut asked = wanted(&server, 0, 3).await;
    let store = asked["inputs"][0]["memory_store_id"].clone();
    asked["output_behavior"] = json!({ "type": "update_existing", "memory_store_id": store });
    asked["model"] = json!("x_none");
    let none = server.until_over(&dream(&server, 0, asked.clone()).await).await;
    assert_eq!(told(&server, &none).await, "Read 3 of 3 sessions; no model was asked.");
    asked["model"] = json!("claude-test");
    let (status, estimate) = server.post(0, "/v1/x/dreams/estimate", asked.clone()).await;
    assert_eq!((status, &estimate["sessions"]), (200, &json!(0)), "{estimate}");
    assert_eq!(estimate["sessions_asked_again"], 3, "{estimate}");
    let again = server.until_over(&dream(&server, 0, asked.clone()).await).await;
    let line = told(&server, &again).await;
    let said = "Read 0 of 3 sessions, asked again about 3 that were read before; 3 model calls.";
    assert_eq!(line, said);
    let third = server.until_over(&dream(&server, 0, asked).await).await;
    assert_eq!(
        told(&server, &third).await,
        "Read 0 of 3 sessions, 3 known before; no model was asked."
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sessions_whose_upload_failed_are_seen_in_the_trace_and_by_their_parts() {
    for (server, _) in Server::each_with_transcripts().await {
        let mut asked = wanted(&server, 0, 1).await;
        asked["model"] = json!("x_none");
        let made =
            json!({ "agent": "a", "environment_id": "e", "metadata": { "x_import": "true" } });
        let mut paths = Vec::new();
        for _ in 0..2 {
            let (_, session) = server.post(0, "/v1/sessions", made.clone()).await;
            assert_eq!(session["x_parts"], json!([]), "{session}");
            asked["inputs"][1]["session_ids"].as_array_mut().unwrap().push(session["id"].clone());
            paths.push(format!("/v1/sessions/{}", session["id"].as_str().unwrap()));
        }
        let over = server.until_over(&dream(&server, 0, asked).await).await;
        let line = told(&server, &over).await;
        let said = "Read 3 of 3 sessions, 2 of them with nothing in them; no model was asked.";
        assert_eq!(line, said);
        let transcript = concat!(
            r#"{"type":"user","sessionId":"s","uuid":"1","timestamp":"2026-03-02T09:00:00Z","#,
            r#""message":{"role":"user","content":"Use tabs."}}"#,
            "\n",
        );
        let part = format!("/v1/x{}/parts/main", &paths[0][3..]);
        let request = axum::http::Request::builder().method("PUT").uri(&part);
        let request = request.header("x-api-key", &server.keys[0]);
        let (status, _, put) = server.send(request.body(transcript.into()).unwrap()).await;
        assert_eq!(status, 200, "{put}");
        let parts = json!([{ "name": "main", "size_bytes": transcript.len() }]);
        assert_eq!(server.get(0, &paths[0]).await.1["x_parts"], parts);
        assert_eq!(server.get(0, &paths[1]).await.1["x_parts"], json!([]));
        let (_, listed) = server.get(0, "/v1/sessions?limit=100").await;
        let of = |path: &str| {
            let id = path.rsplit('/').next().unwrap();
            listed["data"].as_array().unwrap().iter().find(|session| session["id"] == id).unwrap()
        };
        assert_eq!(of(&paths[0])["x_parts"], parts);
    }
}

/// What the servers of all tests wrote into their logs.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The lines of the log that hold all these words.
fn lines(words: [&str; 3]) -> usize {
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    log.lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dream_that_waits_for_a_budget_before_its_first_call_is_in_the_log_once() {
    let log = tracing_subscriber::fmt().with_ansi(false).with_writer(|| Log);
    tracing::subscriber::set_global_default(log.finish()).unwrap();
    let model = refusing(&Arc::new(AtomicBool::new(false)), "");
    for server in Server::each_asking(&model.url).await {
        let first = dream(&server, 0, wanted(&server, 0, 1).await).await;
        server.until_over(&first).await;
        let (_, told) = server.get(0, "/v1/x/budget").await;
        let budget = DayBudget { tokens: told["tokens_today"].as_u64(), dollars: None };
        assert!(server.database.set_budget("ours", budget).await.unwrap());
        let waits = dream(&server, 0, wanted(&server, 0, 1).await).await;
        let said = [&*waits, "waits", "the workspace `ours` has used its budget of the day"];
        for _ in 0..100 {
            if lines(said) > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // It is looked for each second.
        tokio::time::sleep(Duration::from_millis(2_200)).await;
        assert_eq!(lines(said), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_budget_for_which_no_call_fits_names_the_one_that_would_do() {
    let model = refusing(&Arc::new(AtomicBool::new(false)), "");
    let server = Server::each_asking(&model.url).await.remove(0);
    let mut asked = wanted(&server, 0, 2).await;
    asked["x_budget"] = json!({ "tokens": 5_000 });
    let failed = server.until_over(&dream(&server, 0, asked.clone()).await).await;
    assert_eq!(failed["status"], "failed", "{failed}");
    let why = failed["error"]["message"].as_str().unwrap();
    assert!(why.starts_with("none of 2 calls was made: ") && !why.contains("nobody"), "{why}");
    let (_, enough) = why.split_once("`tokens` of `x_budget` ").unwrap_or_else(|| panic!("{why}"));
    let enough: u64 = enough.split_once(' ').unwrap().0.parse().unwrap();
    assert!(enough > 5_000 && model.seen().is_empty(), "{why}");
    asked["x_budget"] = json!({ "tokens": enough });
    let over = server.until_over(&dream(&server, 0, asked).await).await;
    assert_eq!((&over["status"], model.seen().len()), (&json!("completed"), 1), "{over}");
}
