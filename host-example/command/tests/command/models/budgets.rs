//! Limits on what a dream may cost, and estimates of what it will cost.

use serde_json::{Value, json};

use super::{ask, good};
use crate::support::fake::{self, Fake, Reply, Seen, Speaks, proposes};
use crate::support::{Store, done, session};

#[test]
fn budgets_end_a_dream_and_the_next_one_goes_on() {
    // The model reports that a single call used up the whole budget.
    let much = |seen: &Seen| {
        let text = proposes(seen);
        json!({
            "content": [{"type": "text", "text": text}], "stop_reason": "end_turn",
            "usage": {"input_tokens": 50_000, "output_tokens": 100},
        })
        .to_string()
    };
    for budget in [["--max-calls", "1"], ["--max-tokens", "51000"], ["--max-cost", "0.06"]] {
        let answer =
            Box::new(move |_: usize, seen: &Seen| Reply::Http(200, Vec::new(), much(seen)));
        let (store, fake) = (Store::new(), Fake::start(Speaks::Anthropic, answer));
        store.put(
            "prices.json",
            r#"{"as_of": "2026-02", "models": {"anthropic:model-1": {"input": 1, "output": 10}}}"#,
        );
        let more = ["--prices", "prices.json", "--model-parallel", "1", budget[0], budget[1]];
        let mut dreams = 0;
        loop {
            let run = ask(&store, Speaks::Anthropic, &fake, &more).expect(0).json();
            dreams += 1;
            assert_eq!(fake.seen().len(), dreams, "{budget:?}: one call in each dream: {run}");
            store.dreaming(&["apply", "--all"]);
            let waiting = run["sessions"]["waiting"].as_u64().unwrap();
            let notes = run["report"]["notes"].to_string();
            assert_eq!(waiting > 0, notes.contains("asks again about"), "{run}");
            if waiting == 0 {
                break;
            }
            assert_eq!((waiting, store.status()["sessions"]["waiting"].as_u64()), (1, Some(1)));
        }
        assert_eq!(dreams, 2, "{budget:?}");
    }
}

#[test]
fn answers_from_the_record_do_not_count_against_the_number_of_calls() {
    let (store, fake) = (Store::new(), good(Speaks::Anthropic));
    let more = ["--max-calls", "1", "--model-parallel", "4"];
    for dreams in 1..=2 {
        let estimate =
            ask(&store, Speaks::Anthropic, &fake, &[&more[..], &["--estimate"]].concat());
        let left = json!({"to_make": 1, "recorded": dreams - 1, "over_budget": 2 - dreams});
        assert_eq!(estimate.expect(0).json()["calls"], left);
        let run = ask(&store, Speaks::Anthropic, &fake, &more).expect(0).json();
        assert_eq!(fake.seen().len(), dreams, "the same line stands still: {run}");
        assert_eq!(run["model"]["calls"]["asked"], 1, "{run}");
        assert_eq!(run["model"]["calls"]["recorded"], dreams - 1, "{run}");
        store.dreaming(&["discard"]).expect(0);
    }
    let run = ask(&store, Speaks::Anthropic, &fake, &more).expect(0).json();
    assert_eq!((fake.seen().len(), &run["sessions"]["waiting"]), (2, &json!(0)), "{run}");
    // The stored plan can be applied and replayed.
    store.dreaming(&["apply", "--all"]).expect(0);
    store.dreaming(&["replay"]).expect(0);
    // Recorded answers, however many, do not raise the limit on new calls. Three more sessions
    // come.
    for day in [11, 12, 13] {
        let id = format!("day{day}");
        let other = session(&id, day).replace("all good", &format!("all good on {day}"));
        store.put(&format!("sessions/{id}.jsonl"), other);
    }
    let run = ask(&store, Speaks::Anthropic, &fake, &more).expect(0);
    let (json, asked) = (run.json(), fake.seen().len());
    assert_eq!((asked, json["sessions"]["waiting"].as_u64()), (3, Some(2)), "{json}");
    let why = json["model_failure"].as_str().unwrap();
    assert_eq!(
        why,
        "Of 3 model calls: 2 not made (--max-calls allows 1 about sessions and pairs)."
    );
}

/// A word for each day, so that no two sessions have the same text.
const WORDS: [&str; 22] = [
    "grey", "red", "blue", "green", "white", "black", "brown", "pink", "amber", "teal", "olive",
    "navy", "beige", "coral", "cyan", "gold", "ivory", "khaki", "lilac", "maroon", "plum", "ruby",
];

#[test]
fn a_budget_that_reading_would_use_up_leaves_room_for_writing() {
    // The model reports nearly as many tokens as the command reserves for a call about a session:
    // 2,048 for the answer, and a third of the prompt's bytes.
    let says = |seen: &Seen, found: usize| {
        let asked = fake::prompt(seen);
        let text = fake::writes(seen).unwrap_or_else(|| {
            let mut proposed: Value = serde_json::from_str(&proposes(seen)).unwrap();
            let day = asked.split("2026-02-").nth(1).unwrap().get(..2).unwrap();
            let word = WORDS[day.parse::<usize>().unwrap() % WORDS.len()];
            let one = proposed["proposals"][0].clone();
            let all = WORDS.iter().take(found).map(|other| {
                let mut one = one.clone();
                one["kind"] = "mistake".into();
                one["text"] =
                    format!("A {other} commit without the {word} formatter goes wrong.").into();
                one
            });
            proposed["proposals"] = all.collect();
            proposed.to_string()
        });
        let sent = seen.body.to_string().len() / 4;
        json!({
            "content": [{"type": "text", "text": text}], "stop_reason": "end_turn",
            "usage": {"input_tokens": sent, "output_tokens": 2_000},
        })
        .to_string()
    };
    let dream = |more: &[&str], found: usize| {
        let (store, answer) = (
            Store::new(),
            Box::new(move |_: usize, seen: &Seen| Reply::Http(200, Vec::new(), says(seen, found))),
        );
        for day in [3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16] {
            let id = format!("day{day}");
            store.put(&format!("sessions/{id}.jsonl"), session(&id, day));
        }
        store.put(
            "prices.json",
            r#"{"as_of": "2026-02", "models": {"anthropic:model-1": {"input": 1, "output": 1}}}"#,
        );
        let fake = Fake::start(Speaks::Anthropic, answer);
        let more = [&["--prices", "prices.json", "--policy", "no-pairs.json"], more].concat();
        let run = ask(&store, Speaks::Anthropic, &fake, &more);
        if run.code == 6 {
            return (0, 0, 0, run);
        }
        let run = run.expect(0);
        let written = fake.seen().iter().filter(|seen| fake::writes(seen).is_some()).count();
        let json = run.json();
        let tokens = &json["model"]["calls"]["tokens"];
        let tokens = tokens["input"].as_u64().unwrap() + tokens["output"].as_u64().unwrap();
        (fake.seen().len(), written, tokens, run)
    };
    let (most, written, all, run) = dream(&[], 1);
    assert_eq!((most, written), (16, 1), "{run:?}");
    // Enough for the calls about sessions alone, with what the command reserves for the last of
    // them.
    let budget = all * 15 / 16 + 1_500;
    let (tokens, cost) = (budget.to_string(), format!("{:.6}", budget as f64 / 1e6));
    for limit in [["--max-tokens", &*tokens], ["--max-cost", &*cost]] {
        for parallel in ["1", "4"] {
            let (calls, written, took, run) =
                dream(&[&limit[..], &["--model-parallel", parallel]].concat(), 1);
            assert!(calls < most && written == 1 && took <= budget, "{budget}: {took}, {run:?}");
            let json = run.json();
            let notes = json["report"]["notes"].to_string();
            assert!(notes.contains("A model saw ") && notes.contains("; 0 it left."), "{json}");
            let why = json["model_failure"].as_str().unwrap();
            let says = format!(
                "not made (beside what is kept for the calls that write what is proposed no other call about sessions \
                 and pairs fits into {0}: {0} ",
                limit[0]
            );
            assert!(why.contains(&says) && why.contains(" is enough to read one more)"), "{why}");
        }
    }
    // With many findings, the call that writes needs more than the default share of the budget; the
    // command reserves all that it needs.
    let (.., all, _) = dream(&[], 20);
    let budget = (all * 3 / 4).to_string();
    let (calls, written, _, run) = dream(&["--max-tokens", &budget], 20);
    assert!(calls > 4 && written == 1, "{calls} {run:?}");
    // The budget that the error message suggests is enough.
    let (.., run) = dream(&["--max-tokens", "12000"], 20);
    let why = run.expect(6).stderr;
    let enough = why.split("--max-tokens ").nth(1).unwrap().split(' ').next().unwrap();
    let (calls, written, ..) = dream(&["--max-tokens", enough], 20);
    assert!((calls, written) == (2, 1), "{enough}: {calls}");
}

#[test]
fn an_estimate_asks_nobody_and_is_what_the_dream_then_takes() {
    let (store, fake) = (Store::new(), good(Speaks::OpenAi));
    let prices =
        r#"{"as_of": "2026-02", "models": {"openai:model-1": {"input": 1000000, "output": 0}}}"#;
    store.put("prices.json", prices);
    let more = ["--prices", "prices.json", "--estimate"];
    let estimate = ask(&store, Speaks::OpenAi, &fake, &more).expect(0).json();
    assert!(fake.seen().is_empty());
    assert!(!store.path(".dreaming").exists(), "nothing is kept");
    assert_eq!(estimate["calls"], json!({"to_make": 2, "recorded": 0, "over_budget": 0}));
    let input = estimate["tokens"]["input"].as_u64().unwrap();
    assert!(input > 500, "{estimate}");
    assert_eq!(estimate["cost"].as_f64().unwrap(), input as f64);
    assert!(estimate["tokens"]["most_output"].as_u64() > estimate["tokens"]["output"].as_u64());
    let run = ask(&store, Speaks::OpenAi, &fake, &[]).expect(0).json();
    assert_eq!(run["model"]["calls"]["asked"], 2);
    assert_eq!(run["model"]["input_per_transcript"], estimate["input_per_transcript"]);
    let estimate = ask(&store, Speaks::OpenAi, &fake, &more).expect(0).json();
    assert_eq!(estimate["calls"], json!({"to_make": 0, "recorded": 2, "over_budget": 0}));
    let said = done(&mut store.command(&[
        "run",
        "--model",
        "exec:true",
        "--estimate",
        "--max-calls",
        "1",
    ]));
    let said = said.expect(0).stdout;
    assert!(said.contains("1 call to make, 0 answered already, 1 over the budget"), "{said}");
    assert!(said.contains("What that costs is not known"), "{said}");
}

#[test]
fn budgets_hold_when_the_users_own_file_names_the_model() {
    let store = Store::new();
    store.put(
        "config/dreaming/dreaming.toml",
        "model = \"exec:cat >/dev/null; echo no >> asked\"\n",
    );
    store.put(
        "prices.json",
        r#"{"as_of": "2026-02", "models": {"exec": {"input": 1, "output": 1}}}"#,
    );
    store.put("sessions-alone.json", r#"{"propose.together-bytes": 0, "compare.max-calls": 0}"#);
    let always = ["--replace", "--json", "--policy", "sessions-alone.json"];
    let run = |more: &[&str]| store.run(&[&always[..], more].concat());
    let estimate = run(&["--estimate", "--prices", "prices.json"]).expect(0).json();
    assert_eq!(estimate["calls"]["to_make"], 2, "{estimate}");
    assert!(estimate["cost"].as_f64().unwrap() > 0.0, "{estimate}");
    assert!(!store.path("asked").exists());
    for more in
        [&["--max-tokens", "10"][..], &["--prices", "prices.json", "--max-cost", "0.000001"]]
    {
        let failed = run(more).expect(6);
        let why = "no other call about sessions and pairs fits into --max-";
        assert!(failed.stderr.contains(why), "{failed:?}");
        assert!(!store.path("asked").exists(), "{more:?}");
    }
    run(&["--max-calls", "1", "--ask-again"]).expect(6);
    assert_eq!(store.read("asked").lines().count(), 1);
    let refused = run(&["--max-cost", "1"]).expect(2);
    assert!(refused.stderr.contains("no price of exec is known"), "{refused:?}");
    // Each option that needs a model is an error where nothing names one.
    let bare = Store::new();
    for (option, more) in [
        ("--max-cost", &["--max-cost", "1"][..]),
        ("--max-tokens", &["--max-tokens", "1"]),
        ("--max-calls", &["--max-calls", "1"]),
        ("--anew", &["--anew"]),
        ("--estimate", &["--estimate"]),
        ("--prices", &["--prices", "prices.json"]),
        ("--ask-again", &["--ask-again"]),
        ("--model-url", &["--model-url", "http://localhost"]),
        ("--model-key-file", &["--model-key-file", "key"]),
    ] {
        let refused = bare.run(more).expect(2);
        let why = format!("{option} needs a model: give --model MODEL, or name one in ");
        assert!(refused.stderr.contains(&why), "{refused:?}");
        let refused = store.run(&[&["--no-model"][..], more].concat()).expect(2);
        assert!(refused.stderr.contains(&format!("{option} needs a model")), "{refused:?}");
    }
}

#[test]
fn an_estimate_knows_the_recorded_answers_about_all_parts_of_a_session() {
    // The prompt about a part has the summary in the answer about the part before.
    let sums_up = |_: usize, seen: &Seen| {
        let mut said: Value = serde_json::from_str(&proposes(seen)).unwrap();
        said["summary"] = json!("The formatter ran.");
        Reply::Says(said.to_string())
    };
    let (store, fake) = (Store::empty(), Fake::start(Speaks::Anthropic, Box::new(sums_up)));
    store.put("memory/team.md", "- The build runs on port 4000.\n");
    store.put("policy.json", r#"{"propose.chunk-bytes": 1024}"#);
    let long = |word: &str| format!("{word} {}", "and more of it ".repeat(50));
    let lines = session("one", 2).replace("all good", &long("all good"));
    store.put("sessions/one.jsonl", lines.replace("\"made\"", &format!("\"{}\"", long("made"))));
    let more = ["--policy", "policy.json"];
    ask(&store, Speaks::Anthropic, &fake, &more).expect(0);
    let asked = fake.seen().len();
    assert!(asked > 2, "the session has several parts: {asked}");
    store.dreaming(&["discard"]).expect(0);
    let more = [&more[..], &["--estimate"]].concat();
    let estimate = ask(&store, Speaks::Anthropic, &fake, &more).expect(0).json();
    assert_eq!(
        (&estimate["calls"]["to_make"], fake.seen().len()),
        (&json!(0), asked),
        "{estimate}"
    );
    assert_eq!(estimate["calls"]["recorded"], asked, "{estimate}");
}
