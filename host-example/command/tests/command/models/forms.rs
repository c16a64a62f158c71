//! Each service gets requests in its own format, with the key in its own header.

use std::process::Command;

use serde_json::json;

use super::{BOTH, KEY, ask, asking, good, holds_no_key, statuses};
use crate::support::fake::Speaks;
use crate::support::{Store, done};

#[test]
fn both_services_are_asked_in_their_forms_and_what_they_propose_waits() {
    for speaks in BOTH {
        let (store, fake) = (Store::new(), good(speaks));
        store.put(
            "prices.json",
            r#"{"as_of": "2026-02", "models": {
                "anthropic:model-1": {"input": 1, "cache_write": 2, "cache_read": 0.5, "output": 10},
                "openai:model-1": {"input": 1, "cache_read": 0.5, "output": 10}}}"#,
        );
        let run = ask(&store, speaks, &fake, &["--prices", "prices.json"]).expect(0).json();
        assert_eq!(statuses(&fake), [200, 200], "{:?}", fake.seen());
        let model = &run["model"];
        assert_eq!((&model["calls"]["asked"], &model["calls"]["answered"]), (&2.into(), &2.into()));
        let tokens = &model["calls"]["tokens"];
        let cost = model["cost"].as_f64().unwrap();
        let (written, expected) = match speaks {
            Speaks::Anthropic => (40, (200.0 + 80.0 + 7.0 + 600.0) / 1e6),
            Speaks::OpenAi => (0, (200.0 + 7.0 + 600.0) / 1e6),
        };
        assert_eq!(
            tokens,
            &json!({"input": 200, "cache_write": written, "cache_read": 14, "output": 60})
        );
        assert!((cost - expected).abs() < 1e-9, "{cost} {expected}");
        assert!(model["input_per_transcript"].as_f64().unwrap() > 1.0, "{model}");
        let plan = store.dreaming(&["show"]).expect(0).stdout;
        assert!(plan.contains("Run the formatter before each commit."), "{plan}");
        assert_eq!(run["report"]["proposals"], 2);
        // A replay works when the service is gone.
        drop(fake);
        assert_eq!(store.dreaming(&["replay", "--json"]).expect(0).json()["verdict"], "equal");
        holds_no_key(&store);
    }
}

#[test]
fn a_key_goes_where_its_service_looks_for_it() {
    let header = |speaks, prepare: &dyn Fn(&Store, &mut Command), more: &[&str], name: &str| {
        let (store, fake) = (Store::new(), good(speaks));
        let mut command = asking(&store, speaks, &fake.url, more);
        command.env_remove("ANTHROPIC_API_KEY").env_remove("OPENAI_API_KEY");
        prepare(&store, &mut command);
        done(&mut command).expect(0);
        holds_no_key(&store);
        let seen = fake.seen();
        let sent: Vec<String> = ["x-api-key", "authorization"]
            .iter()
            .filter_map(|name| Some(format!("{name} {}", seen[0].header(name)?)))
            .collect();
        assert_eq!(sent.join(", "), name);
    };
    let variable = |name: &'static str| {
        move |_: &Store, command: &mut Command| {
            command.env(name, KEY);
        }
    };
    let file = |store: &Store, _: &mut Command| store.put("key", format!("{KEY}\n"));
    let api = format!("x-api-key {KEY}");
    let bearer = format!("authorization Bearer {KEY}");
    header(Speaks::Anthropic, &variable("ANTHROPIC_API_KEY"), &[], &api);
    header(Speaks::Anthropic, &variable("ANTHROPIC_AUTH_TOKEN"), &[], &bearer);
    header(Speaks::Anthropic, &file, &["--model-key-file", "key"], &api);
    header(Speaks::OpenAi, &variable("OPENAI_API_KEY"), &[], &bearer);
    header(Speaks::OpenAi, &file, &["--model-key-file", "key"], &bearer);
    // A local server needs no key.
    header(Speaks::OpenAi, &|_, _| {}, &[], "");
}
