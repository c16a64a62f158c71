//! The second look at what a model noticed.

use std::fs;

use serde_json::{Value, json};

use super::ask;
use crate::support::Store;
use crate::support::fake::{self, Fake, Reply, Seen, Speaks, proposes};

#[test]
fn what_a_model_noticed_is_looked_at_again_and_what_it_leaves_is_not_proposed() {
    // The same words as in `proposes`, but of something that no person said: a mistake.
    let says = |seen: &Seen| {
        let asked = fake::prompt(seen);
        if asked.contains("\nStatement 1\n") {
            let answer = |n: u64, keep: bool| json!({"statement": n, "why": "", "keep": keep});
            return json!({"answers": [answer(1, true), answer(2, false)]}).to_string();
        }
        let mut proposed: Value = serde_json::from_str(&proposes(seen)).unwrap();
        let mut other = proposed["proposals"][0].clone();
        for (proposal, text) in [
            (&mut proposed["proposals"][0], "A commit without the formatter goes wrong."),
            (&mut other, "The agent forgot the formatter once."),
        ] {
            proposal["kind"] = "mistake".into();
            proposal["text"] = text.into();
        }
        proposed["proposals"].as_array_mut().unwrap().push(other);
        proposed.to_string()
    };
    let fake = Fake::start(Speaks::Anthropic, Box::new(move |_, seen| Reply::Says(says(seen))));
    let store = Store::new();
    fs::remove_file(store.path("sessions/two.jsonl")).unwrap();
    let run = ask(&store, Speaks::Anthropic, &fake, &[]).expect(0).json();
    assert_eq!(run["model"]["calls"]["asked"], 2, "{run}");
    let looked =
        fake.seen().iter().filter(|seen| fake::prompt(seen).contains("Statement 1")).count();
    assert_eq!(looked, 1);
    let plan = store.dreaming(&["show"]).expect(0).stdout;
    assert!(plan.contains("A commit without the formatter goes wrong."), "{plan}");
    assert!(plan.contains("not-worth-keeping"), "{plan}");
    // Its answer is recorded: the same dream again asks nobody.
    let again = ask(&store, Speaks::Anthropic, &fake, &["--replace"]).expect(0).json();
    assert_eq!((fake.seen().len(), &again["changes"]), (2, &run["changes"]));
}
