//! Calls in batches: half the price, and no call is paid for twice, whatever becomes of the process or of the batch.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{BOTH, ask, asking, good, is_unread};
use crate::support::fake::{self, Batching, Fake, Reply, Seen, Speaks, proposes};
use crate::support::{Store, done};

/// The price of the model, for `--prices`.
const PRICES: &str = r#"{"as_of": "2026-02", "models": {
    "anthropic:model-1": {"input": 10, "output": 100}, "openai:model-1": {"input": 10, "output": 100}}}"#;

/// A good service whose batches go like this.
fn with(speaks: Speaks, batching: Batching) -> Fake {
    Fake::with_batches(speaks, Box::new(|_, seen| Reply::Says(proposes(seen))), batching)
}

/// How often each call was made.
fn asked(fake: &Fake) -> Vec<usize> {
    let mut calls = BTreeMap::<String, usize>::new();
    for seen in fake.seen() {
        *calls.entry(seen.body["messages"].to_string()).or_default() += 1;
    }
    calls.into_values().collect()
}

/// What a run proposes.
fn proposed(store: &Store) -> Value {
    let show = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = show["plan"]["changes"].to_string();
    let here = store.path("").to_string_lossy().into_owned();
    serde_json::from_str(&changes.replace(&here, "/")).unwrap()
}

/// Asserts that no batch and none of its words is left, here and at the service.
fn is_clean(store: &Store, fake: &Fake) {
    assert_eq!(store.status()["batches"], json!([]));
    let kept = fake.batches().into_iter().filter(|batch| !batch.is_deleted);
    assert_eq!(kept.collect::<Vec<_>>(), []);
}

#[test]
fn batches_propose_what_single_calls_propose_for_half_the_price() {
    for speaks in BOTH {
        let (alone, fake) = (Store::new(), good(speaks));
        alone.put("prices.json", PRICES);
        let more = ["--prices", "prices.json"];
        let single = ask(&alone, speaks, &fake, &more).expect(0).json();
        let (store, fake) = (Store::new(), good(speaks));
        store.put("prices.json", PRICES);
        let run = ask(&store, speaks, &fake, &[&more[..], &["--batch"]].concat()).expect(0).json();
        assert_eq!(proposed(&store), proposed(&alone));
        assert!(proposed(&store)[0].is_object());
        assert_eq!(asked(&fake), [1, 1]);
        assert!(fake.seen().iter().all(|seen| seen.in_batch));
        assert_eq!(fake.batches().len(), 1, "all calls in one batch");
        is_clean(&store, &fake);
        let (whole, half) = (&single["model"]["cost"], &run["model"]["cost"]);
        let (whole, half) = (whole.as_f64().unwrap(), half.as_f64().unwrap());
        assert!(whole > 0.0 && (half * 2.0 - whole).abs() < 1e-9, "{half} of {whole}");
        assert_eq!(run["model"]["calls"]["batched"], run["model"]["calls"]["tokens"]);
    }
}

#[test]
fn a_run_need_not_wait_and_goes_on_later() {
    for speaks in BOTH {
        let store = Store::new();
        let fake = with(speaks, Batching { looks: 3, ..Batching::default() });
        let leave = ["--batch", "--no-wait"];
        let left = ask(&store, speaks, &fake, &leave).expect(0).json();
        assert_eq!(
            (&left["outcome"], &left["batch"]["calls"]),
            (&json!("batch-at-work"), &json!(2))
        );
        assert_eq!(left["batch"]["id"], "batch_1");
        let status = store.dreaming(&["status"]).expect(0).stdout;
        assert!(
            status.contains("A batch of 2 calls is at work or has ended (batch_1)"),
            "{status}"
        );
        is_unread(&store);
        // A timer that calls again goes on, although no new session came.
        let due = [&leave[..1], &["--if-due", "--min-sessions", "100"]].concat();
        let due = ask(&store, speaks, &fake, &due).expect(0).json();
        assert_eq!(
            (&due["outcome"], &due["due"]["rule"]),
            (&json!("batch-at-work"), &json!("batch-at-work"))
        );
        // Whoever does not ask for batches takes the answers all the same.
        let run = ask(&store, speaks, &fake, &[]).expect(0).json();
        assert_eq!((&run["outcome"], asked(&fake)), (&json!("waiting"), vec![1, 1]), "{run}");
        is_clean(&store, &fake);
    }
}

#[test]
fn a_person_is_told_what_becomes_of_the_batch() {
    let store = Store::new();
    let fake = with(Speaks::Anthropic, Batching { looks: 3, ..Batching::default() });
    let typed = asking(&store, Speaks::Anthropic, &fake.url, &["--batch", "--no-wait"]);
    let words: Vec<&str> = typed.get_args().filter_map(|word| word.to_str()).collect();
    let words: Vec<&str> =
        words.into_iter().filter(|word| !["--json", "--memory", "memory"].contains(word)).collect();
    let said = done(store.command(&words).env("ANTHROPIC_API_KEY", "k")).expect(0).stdout;
    let wanted = "A batch of 2 calls is at work (batch_1), 0 done; it takes up to a day. No plan is made yet: the same \
                  command goes on when it has ended, and waits for it without --no-wait.\n";
    assert_eq!(said, wanted);
}

#[test]
fn a_batch_whose_arrival_nobody_heard_of_is_found_again() {
    for speaks in BOTH {
        for more in [&["--batch"][..], &["--batch", "--no-wait"]] {
            let store = Store::new();
            let fake = with(speaks, Batching { loses_reply: true, ..Batching::default() });
            let mut run = json!({"outcome": "batch-at-work"});
            for _ in 0..4 {
                if run["outcome"] == "batch-at-work" {
                    run = ask(&store, speaks, &fake, more).expect(0).json();
                }
            }
            assert_eq!((&run["outcome"], asked(&fake)), (&json!("waiting"), vec![1, 1]), "{run}");
            assert_eq!(fake.batches().len(), 1);
            is_clean(&store, &fake);
        }
    }
}

#[test]
fn a_run_that_is_killed_while_a_batch_is_at_work_pays_for_nothing_twice() {
    for speaks in BOTH {
        let store = Store::new();
        let fake = with(speaks, Batching { looks: 1_000_000, ..Batching::default() });
        let mut child = asking(&store, speaks, &fake.url, &["--batch"]);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        while fake.batches().is_empty() {
            assert!(Instant::now() < end && child.try_wait().unwrap().is_none());
            thread::sleep(Duration::from_millis(5));
        }
        match speaks {
            Speaks::Anthropic => child.kill().unwrap(),
            // Ctrl-C says what becomes of the batch.
            Speaks::OpenAi => {
                thread::sleep(Duration::from_millis(300));
                let signal = ["-s", "INT", &child.id().to_string()];
                assert!(Command::new("kill").args(signal).status().unwrap().success());
            }
        }
        let said = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
        assert_eq!(
            said.contains("its batch is worked on, and read then"),
            speaks == Speaks::OpenAi,
            "{said}"
        );
        assert_eq!(store.status()["batches"][0]["calls"], 2);
        fake.ends();
        let run = ask(&store, speaks, &fake, &["--batch"]).expect(0).json();
        assert_eq!((&run["outcome"], asked(&fake)), (&json!("waiting"), vec![1, 1]), "{run}");
        is_clean(&store, &fake);
    }
}

#[test]
fn what_expires_goes_into_one_more_batch_and_then_waits_for_the_next_dream() {
    for speaks in BOTH {
        // The first call that comes expires `times` times.
        let fake = |times: usize| {
            let answers = move |n: usize, seen: &Seen| match n == 0 || n > 1 && n <= times {
                true => Reply::Expires,
                false => Reply::Says(proposes(seen)),
            };
            Fake::start(speaks, Box::new(answers))
        };
        let (store, once) = (Store::new(), fake(1));
        let run = ask(&store, speaks, &once, &["--batch"]).expect(0).json();
        assert_eq!(
            (run["sessions"]["waiting"].as_u64(), asked(&once).len()),
            (Some(0), 2),
            "{run}"
        );
        assert_eq!(once.batches().iter().map(|batch| batch.calls).collect::<Vec<_>>(), [2, 1]);
        is_clean(&store, &once);
        let (store, twice) = (Store::new(), fake(2));
        let run = ask(&store, speaks, &twice, &["--batch"]).expect(0).json();
        assert_eq!(
            (run["sessions"]["waiting"].as_u64(), twice.batches().len()),
            (Some(1), 2),
            "{run}"
        );
        assert!(run["model_failure"].as_str().unwrap().contains("1 without an answer"), "{run}");
        // What expires is not billed.
        assert_eq!(run["model"]["calls"]["set_aside"]["tries"], 0, "{run}");
        is_clean(&store, &twice);
    }
}

#[test]
fn what_a_batch_brings_is_judged_as_single_answers_are() {
    for speaks in BOTH {
        let wrong =
            || Reply::Http(400, Vec::new(), fake::error("invalid_request_error", "too long"));
        for (reply, field) in
            [(Reply::CutOff, "unusable"), (wrong(), "failed"), (Reply::Refuses, "refused")]
        {
            let answers = move |n: usize, seen: &Seen| match n {
                0 => reply.clone(),
                _ => Reply::Says(proposes(seen)),
            };
            let (store, fake) = (Store::new(), Fake::start(speaks, Box::new(answers)));
            let run = ask(&store, speaks, &fake, &["--batch"]).expect(0).json();
            let calls = &run["model"]["calls"];
            assert_eq!(
                (&calls["answered"], &calls[field]),
                (&json!(1), &json!(1)),
                "{field}: {run}"
            );
            assert_eq!(asked(&fake), [1, 1]);
            is_clean(&store, &fake);
        }
    }
}

#[test]
fn a_batch_that_somebody_canceled_ends_the_run_and_uses_nothing_up() {
    for speaks in BOTH {
        let store = Store::new();
        let fake = with(speaks, Batching { looks: 100, ..Batching::default() });
        ask(&store, speaks, &fake, &["--batch", "--no-wait"]).expect(0);
        fake.cancel("batch_1");
        let failed = ask(&store, speaks, &fake, &["--batch"]).expect(6);
        assert!(failed.stderr.contains("the batch was canceled at the service"), "{failed:?}");
        is_unread(&store);
        assert_eq!(fake.batches().len(), 1, "nothing is sent against the will of a person");
        assert_eq!(store.status()["batches"], json!([]));
    }
}

#[test]
fn a_batch_that_the_service_refuses_says_why() {
    let store = Store::new();
    let fake = with(Speaks::OpenAi, Batching { refuses: true, ..Batching::default() });
    let failed = ask(&store, Speaks::OpenAi, &fake, &["--batch"]).expect(6);
    assert!(
        failed.stderr.contains("refused the batch: Enqueued token limit reached."),
        "{failed:?}"
    );
    assert!(failed.stderr.contains("run again without batches, or with fewer calls"), "{failed:?}");
    is_unread(&store);
    assert_eq!(store.status()["batches"], json!([]));
}

#[test]
fn a_batch_that_is_gone_at_the_service_is_sent_anew_and_said_to_be() {
    for speaks in BOTH {
        let store = Store::new();
        let fake = with(speaks, Batching { looks: 100, ..Batching::default() });
        ask(&store, speaks, &fake, &["--batch", "--no-wait"]).expect(0);
        fake.delete("batch_1");
        let run = ask(&store, speaks, &fake, &[]).expect(0);
        assert!(run.stderr.contains("a batch is gone at the service"), "{run:?}");
        assert_eq!((&run.json()["outcome"], asked(&fake)), (&json!("waiting"), vec![2, 2]));
        is_clean(&store, &fake);
    }
}

#[test]
fn a_budget_makes_batches_smaller_and_is_not_overdrawn() {
    let store = Store::new();
    let fake = good(Speaks::Anthropic);
    // A call takes 157 tokens, and some 4,000 are set aside for it.
    let one = ask(&Store::new(), Speaks::Anthropic, &fake, &["--estimate"]).expect(0).json();
    let most = one["tokens"]["most_output"].as_u64().unwrap() / 2;
    let limit = (most + 3_500).to_string();
    let run = ask(&store, Speaks::Anthropic, &fake, &["--batch", "--max-tokens", &limit])
        .expect(0)
        .json();
    assert_eq!(run["sessions"]["waiting"], 0, "{run}");
    assert_eq!(fake.batches().iter().map(|batch| batch.calls).collect::<Vec<_>>(), [1, 1]);
    let store = Store::new();
    let refused =
        ask(&store, Speaks::Anthropic, &fake, &["--batch", "--max-tokens", "100"]).expect(6);
    assert!(refused.stderr.contains("--max-tokens"), "{refused:?}");
    assert_eq!(fake.batches().len(), 2, "none was sent");
    let run =
        ask(&store, Speaks::Anthropic, &fake, &["--batch", "--max-calls", "1"]).expect(0).json();
    assert_eq!((&run["sessions"]["waiting"], fake.batches()[2].calls), (&json!(1), 1), "{run}");
}

#[test]
fn an_estimate_shows_both_prices() {
    let (store, fake) = (Store::new(), good(Speaks::Anthropic));
    store.put("prices.json", PRICES);
    let more = ["--prices", "prices.json", "--estimate"];
    let estimate = ask(&store, Speaks::Anthropic, &fake, &more).expect(0).json();
    let cost = |value: &Value| value.as_f64().unwrap();
    assert!(cost(&estimate["cost"]) > 0.0);
    for name in ["cost", "most_cost"] {
        assert_eq!(cost(&estimate["batched"][name]) * 2.0, cost(&estimate[name]), "{estimate}");
    }
    assert_eq!(fake.seen().len(), 0);
}

#[test]
fn batches_are_for_models_that_take_them() {
    let (store, fake) = (Store::new(), good(Speaks::Anthropic));
    let refused = store.run(&["--model", "exec:true", "--batch"]).expect(2);
    assert!(refused.stderr.contains("takes no batches"), "{refused:?}");
    store.run(&["--batch"]).expect(2);
    ask(&store, Speaks::Anthropic, &fake, &["--batch", "--dry-run"]).expect(2);
    // A dry run takes nothing from a batch, because it would keep nothing of it.
    let fake = with(Speaks::Anthropic, Batching { looks: 2, ..Batching::default() });
    ask(&store, Speaks::Anthropic, &fake, &["--batch", "--no-wait"]).expect(0);
    ask(&store, Speaks::Anthropic, &fake, &["--dry-run"]).expect(0);
    assert_eq!(asked(&fake), [2, 2], "a dry run says that what it asks is paid for");
    ask(&store, Speaks::Anthropic, &fake, &["--batch"]).expect(0);
    assert_eq!(asked(&fake), [2, 2]);
    is_clean(&store, &fake);
}

#[test]
fn an_erasure_forgets_a_batch_and_says_where_its_words_are() {
    let (store, good) = (Store::new(), good(Speaks::Anthropic));
    ask(&store, Speaks::Anthropic, &good, &[]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    store.put("sessions/new.jsonl", crate::support::session("new", 12));
    let fake = with(Speaks::Anthropic, Batching { looks: 100, ..Batching::default() });
    ask(&store, Speaks::Anthropic, &fake, &["--batch", "--no-wait"]).expect(0);
    let said = store.dreaming(&["erase", "--session", "one", "--yes"]).expect(0).stdout;
    assert!(
        said.contains("the batch batch_1 of 1 call may hold the words at the service"),
        "{said}"
    );
    assert_eq!(store.status()["batches"], json!([]));
}
