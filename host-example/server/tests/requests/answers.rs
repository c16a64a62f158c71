//! What a dream says of answers that it cannot use, or that came before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dreaming_fake_models::{Fake, Reply, Speaks};
use serde_json::Value;

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
