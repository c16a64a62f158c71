//! A model that asks to be left alone is left alone by every dream of every server.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dreaming_fake_models::{Fake, Reply, Seen, Speaks, error};
use serde_json::{Value, json};

use crate::batches::asked;
use crate::server::Server;

/// What the model asks for. Chosen by us: far longer than dreams take here.
const PAUSE: Duration = Duration::from_secs(2);

/// A model that finds nothing, and its calls by their times. The first `busy` calls are turned away with [`PAUSE`].
fn model(busy: usize, seconds: u64) -> (Fake, Arc<Mutex<Vec<Instant>>>) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let times = Arc::clone(&calls);
    let answer = move |number: usize, seen: &Seen| {
        times.lock().unwrap().push(Instant::now());
        if number < busy {
            let after = vec![("retry-after", seconds.to_string())];
            return Reply::Http(429, after, error("rate_limit_error", "slow down"));
        }
        let schema = &seen.body["output_config"]["format"]["schema"];
        let required = schema["required"].as_array().unwrap().iter().flat_map(Value::as_str);
        let mut answer = json!({});
        for name in required {
            let is_list = schema["properties"][name]["type"] == "array";
            answer[name] = if is_list { json!([]) } else { json!("nothing") };
        }
        Reply::Says(answer.to_string())
    };
    (Fake::start(Speaks::Anthropic, Box::new(answer)), calls)
}

/// Asks for a dream; its id.
async fn dream(server: &Server) -> String {
    let mut asked = asked(server).await;
    asked["x_batch"] = json!(false);
    let (status, dream) = server.post(0, "/v1/dreams", asked).await;
    assert_eq!(status, 200, "{dream}");
    dream["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_model_that_is_busy_for_one_dream_is_left_alone_by_the_next() {
    for database in 0..2 {
        let (model, calls) = model(1, PAUSE.as_secs());
        let Some(server) = Server::each_asking(&model.url).await.into_iter().nth(database) else {
            return;
        };
        let first = dream(&server).await;
        while calls.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let identity = format!("anthropic:claude-test {}", model.url);
        while server.database.pause_of(&identity).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The second dream runs beside the first, and asks when the pause is over.
        let second = dream(&server).await;
        for id in [&first, &second] {
            assert_eq!(server.until_over(id).await["status"], "completed");
        }
        let calls = calls.lock().unwrap().clone();
        assert!(calls.len() >= 3, "{calls:?}");
        for later in &calls[1..] {
            assert!(*later - calls[0] >= PAUSE, "asked {:?} after it was busy", *later - calls[0]);
        }
        assert_eq!(server.database.pause_of(&identity).await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pause_that_is_too_long_to_wait_for_is_said_and_nobody_else_asks() {
    for database in 0..2 {
        // Ten years.
        let (model, calls) = model(usize::MAX, 315_360_000);
        let Some(server) = Server::each_asking(&model.url).await.into_iter().nth(database) else {
            return;
        };
        let over = server.until_over(&dream(&server).await).await;
        assert_eq!(over["status"], "failed", "{over}");
        let asked = calls.lock().unwrap().len();
        let identity = format!("anthropic:claude-test {}", model.url);
        let left = server.database.pause_of(&identity).await.unwrap().unwrap();
        assert!(
            left <= Duration::from_secs(3_600) && left > Duration::from_secs(3_500),
            "{left:?}"
        );
        let over = server.until_over(&dream(&server).await).await;
        let why = over["error"]["message"].as_str().unwrap();
        assert!(why.contains("it asked to be left alone for another 35"), "{why}");
        assert_eq!(calls.lock().unwrap().len(), asked, "it was asked in its pause");
    }
}
