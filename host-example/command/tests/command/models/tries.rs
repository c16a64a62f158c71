//! The budget counts every try of a call, even one without an answer, because the service may have
//! charged for it.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{KEY, ask, asking, good, is_unread};
use crate::support::fake::{self, Fake, Reply, Seen, Speaks, proposes};
use crate::support::{self, Store, done};

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn a_try_that_ran_out_of_time_counts_and_is_not_made_again_at_once() {
    let hangs = |n: usize, seen: &Seen| match n {
        0 => Reply::Hangs,
        _ => Reply::Says(proposes(seen)),
    };
    let (store, fake) = (Store::new(), Fake::start(Speaks::Anthropic, Box::new(hangs)));
    let more = ["--model-timeout", "1", "--model-parallel", "1"];
    let run = ask(&store, Speaks::Anthropic, &fake, &more).expect(0).json();
    assert_eq!(fake.seen().len(), 2, "one request for each prompt: {run}");
    let calls = &run["model"]["calls"];
    assert_eq!((&calls["tries"], &calls["retries"]), (&2.into(), &0.into()), "{run}");
    let aside = &calls["set_aside"];
    assert_eq!(aside["tries"], 1, "{run}");
    assert_eq!(aside["tokens"]["output"], 2048, "the longest answer: {run}");
    assert!(number(&aside["tokens"]["cache_write"]) > 500, "and its prompt: {run}");
    // The text for people has the same figures.
    let (store, fake) = (Store::new(), Fake::start(Speaks::Anthropic, Box::new(hangs)));
    let command = asking(&store, Speaks::Anthropic, &fake.url, &more);
    let words: Vec<String> =
        command.get_args().filter_map(|word| Some(word.to_str()?.to_owned())).collect();
    let words: Vec<&str> = words.iter().map(|word| &**word).filter(|w| *w != "--json").collect();
    // The last two words are `--memory memory`, which `store.command` adds itself.
    let mut plain = store.command(&words[..words.len() - 2]);
    let said = done(plain.env("ANTHROPIC_API_KEY", KEY)).expect(0).stdout;
    assert!(said.contains("tokens counted by the service: "), "{said}");
    assert!(said.contains("set aside for 1 try without an answer: at most "), "{said}");
}

#[test]
fn tries_without_an_answer_keep_to_the_budget() {
    // For each try the command reserves 2,048 tokens of answer and some thousand of the prompt.
    for (speaks, reply) in [
        (Speaks::Anthropic, Reply::Hangs),
        (Speaks::OpenAi, Reply::Http(500, Vec::new(), fake::error("api_error", "no"))),
    ] {
        let measure = Store::new();
        let once = Fake::says(speaks, Reply::Hangs);
        let more = ["--model-timeout", "1", "--model-parallel", "1"];
        let failed = ask(&measure, speaks, &once, &more).expect(6);
        assert!(failed.stderr.contains("2 tries may have been paid for"), "{failed:?}");
        let all = most(&failed.stderr);
        // The budget suffices for one and a half tries.
        let budget = (all * 3 / 4).to_string();
        let (store, fake) = (Store::new(), Fake::says(speaks, reply));
        let more = [&more[..], &["--max-tokens", &budget]].concat();
        let failed = ask(&store, speaks, &fake, &more).expect(6);
        assert_eq!(fake.seen().len(), 1, "{failed:?}");
        assert!(failed.stderr.contains("1 try may have been paid for"), "{failed:?}");
        assert!(most(&failed.stderr) <= all * 3 / 4, "{failed:?}");
        if speaks == Speaks::OpenAi {
            let why =
                "not tried again: no other call about sessions and pairs fits into --max-tokens";
            assert!(failed.stderr.contains(why), "{failed:?}");
        }
        is_unread(&store);
    }
}

/// The number N in the text `at most N tokens`.
fn most(said: &str) -> u64 {
    let (_, rest) = said.split_once("at most ").unwrap_or_else(|| panic!("{said}"));
    rest.split(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{said}"))
}

#[test]
fn a_service_that_turned_a_try_away_took_nothing() {
    let busy = |n: usize, seen: &Seen| match n {
        0 => Reply::Http(429, Vec::new(), fake::error("rate_limit_error", "slow down")),
        1 => Reply::Http(529, Vec::new(), fake::error("overloaded_error", "overloaded")),
        2 => Reply::Http(502, Vec::new(), String::new()),
        _ => Reply::Says(proposes(seen)),
    };
    let (store, fake) = (Store::new(), Fake::start(Speaks::OpenAi, Box::new(busy)));
    let run = ask(&store, Speaks::OpenAi, &fake, &["--model-parallel", "1"]).expect(0).json();
    let calls = &run["model"]["calls"];
    assert_eq!((&calls["tries"], &calls["set_aside"]["tries"]), (&5.into(), &1.into()), "{run}");
    // At this address no service listens any more.
    let store = Store::new();
    let url = fake.url.clone();
    drop(fake);
    std::thread::sleep(Duration::from_millis(50));
    let failed = done(&mut asking(&store, Speaks::OpenAi, &url, &[])).expect(6);
    assert!(!failed.stderr.contains("may have been paid"), "{failed:?}");
}

#[test]
fn calls_of_a_killed_run_that_got_no_answer_are_told_by_the_next_one_once() {
    let is_killed = Arc::new(AtomicBool::new(false));
    let killed = Arc::clone(&is_killed);
    let fake = Fake::start(
        Speaks::Anthropic,
        Box::new(move |_, seen| match killed.load(Ordering::SeqCst) {
            true => Reply::Says(proposes(seen)),
            false => Reply::Hangs,
        }),
    );
    let store = Store::new();
    let mut child =
        asking(&store, Speaks::Anthropic, &fake.url, &[]).stdout(Stdio::null()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while fake.seen().len() < 2 && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    is_killed.store(true, Ordering::SeqCst);
    // A dry run reports the unanswered calls of the killed run, but does not mark them as reported.
    for more in [&["--dry-run"][..], &[]] {
        let run = ask(&store, Speaks::Anthropic, &fake, more).expect(0).json();
        let earlier = &run["model"]["earlier"];
        assert_eq!((&earlier["calls"], &earlier["tries"]), (&2.into(), &2.into()), "{run}");
        assert!(number(&earlier["tokens"]) > 4096, "{run}");
    }
    let run = ask(&store, Speaks::Anthropic, &fake, &["--replace"]).expect(0).json();
    assert_eq!(run["model"]["earlier"]["calls"], 0, "{run}");
    // A run that fails has reported its own unanswered calls, so the next run does not.
    let (store, hangs) = (Store::new(), Fake::says(Speaks::Anthropic, Reply::Hangs));
    ask(&store, Speaks::Anthropic, &hangs, &["--model-timeout", "1"]).expect(6);
    let run = ask(&store, Speaks::Anthropic, &good(Speaks::Anthropic), &[]).expect(0).json();
    assert_eq!(run["model"]["earlier"]["calls"], 0, "{run}");
}

#[test]
fn however_often_a_run_is_killed_no_try_is_made_twice_in_silence() {
    let store = Store::new();
    for n in 2..16 {
        let id = format!("more-{n}");
        let text = support::session(&id, 10).replace("all good", &format!("all good {n}"));
        store.put(&format!("sessions/{id}.jsonl"), text);
    }
    let mut random = fastrand::Rng::with_seed(7);
    let slow = |n: usize, seen: &Seen| {
        // The answers come at different times, so that a kill finds calls in every state.
        std::thread::sleep(Duration::from_millis(10 + 13 * (n as u64 % 5)));
        Reply::Says(proposes(seen))
    };
    let fake = Fake::start(Speaks::OpenAi, Box::new(slow));
    let (mut killed, mut told) = (0, 0);
    for _ in 0..12 {
        let before = fake.seen().len();
        let said = fs::File::create(store.path("said")).unwrap();
        let mut command = asking(&store, Speaks::OpenAi, &fake.url, &["--replace"]);
        let mut child = command.stdout(said).stderr(Stdio::null()).spawn().unwrap();
        let has_ended = |child: &mut Child| child.try_wait().unwrap().is_some();
        let end = Instant::now() + Duration::from_secs(60);
        while fake.seen().len() == before && !has_ended(&mut child) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(random.u64(0..60)));
        let _ = child.kill();
        if child.wait().unwrap().success() {
            let run: Value = serde_json::from_str(&store.read("said")).unwrap();
            told += number(&run["model"]["earlier"]["tries"]);
            break;
        }
        killed += 1;
    }
    assert!(killed >= 3, "{killed}");
    let files: Vec<String> = fs::read_dir(store.path(".dreaming/memory"))
        .unwrap()
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .filter(|name| !["lock", ".gitignore"].contains(&&**name) && !name.starts_with("state.db"))
        .collect();
    assert!(files.is_empty(), "{files:?}");
    let run = ask(&store, Speaks::OpenAi, &fake, &["--replace"]).expect(0).json();
    // A kill may cut a request short; the service answers no such request.
    let seen: Vec<Seen> = fake.seen().into_iter().filter(|seen| seen.body.is_object()).collect();
    let once: BTreeSet<String> = seen.iter().map(|seen| seen.body.to_string()).collect();
    assert_eq!(once.len(), 16);
    let again = (seen.len() - once.len()) as u64;
    told += number(&run["model"]["earlier"]["tries"]);
    assert!(again > 0 && told >= again, "{again} made again, {told} told: {run}");
}
