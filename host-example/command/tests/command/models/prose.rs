//! Models that answer something other than the command asked for: if no answer is usable, the
//! sessions stay unread.

use std::sync::{Arc, Mutex};

use super::{BOTH, ask, good, is_unread};
use crate::support::fake::{Fake, Reply, Speaks, prompt, proposes};
use crate::support::{self, Store, session};

/// The answer of a model with a wrong chat template.
const PROSE: &str = "Sure! Here is what I think of this session: it went well.";

/// A text that only the second session has.
const IN_TWO: &str = "src/part-9.rs";

fn store() -> Store {
    let store = Store::new();
    store.put("sessions/two.jsonl", session("two", 9).replace("all good", IN_TWO));
    store
}

fn asked_about_two(fake: &Fake) -> usize {
    fake.seen().iter().filter(|seen| prompt(seen).contains(IN_TWO)).count()
}

#[test]
fn a_model_that_says_nothing_usable_uses_nothing_up() {
    for speaks in BOTH {
        let (store, fake) = (Store::new(), Fake::says(speaks, Reply::Says(PROSE.into())));
        // However often somebody tries, each call is made at most three times.
        for (night, asked) in [2, 4, 6, 6, 6].into_iter().enumerate() {
            let failed = ask(&store, speaks, &fake, &[]).expect(6);
            let said = &failed.stderr;
            assert!(said.contains("no answer to 2 model calls was what they asked for"), "{said}");
            assert!(said.contains("“Sure! Here is what I think"), "{said}");
            assert!(said.contains("chat template"), "{said}");
            assert_eq!(said.contains("--ask-again"), night > 2, "{said}");
            assert_eq!(failed.json()["error"]["kind"], "nothing-usable", "{failed:?}");
            assert_eq!(fake.seen().len(), asked);
            is_unread(&store);
        }
        // The command that the error message suggests works.
        let failed = ask(&store, speaks, &fake, &[]).expect(6);
        let typed = failed.stderr.split('`').find_map(|text| text.strip_prefix("dreaming run"));
        let words = typed.unwrap().split_whitespace();
        let words: Vec<&str> = words.take_while(|word| *word != "--memory").collect();
        let estimate = store.dreaming(&[&["run"][..], &words, &["--json"]].concat());
        // Without the policy of these runs both sessions stand in one call, and one is about pairs.
        assert_eq!(estimate.expect(0).json()["calls"]["to_make"], 2);
        // A run with another model asks about both sessions.
        let better = good(speaks);
        let run = ask(&store, speaks, &better, &[]).expect(0).json();
        assert_eq!((better.seen().len(), &run["report"]["proposals"]), (2, &2.into()), "{run}");
        assert_eq!(run["sessions"]["read"], 2, "{run}");
    }
}

#[test]
fn a_model_that_is_repaired_is_asked_about_all_of_it() {
    let says = Arc::new(Mutex::new(Some(PROSE)));
    let known = Arc::clone(&says);
    let reply = move |_, seen: &_| match *known.lock().unwrap() {
        Some(text) => Reply::Says(text.into()),
        None => Reply::Says(proposes(seen)),
    };
    let (store, fake) = (Store::new(), Fake::start(Speaks::OpenAi, Box::new(reply)));
    ask(&store, Speaks::OpenAi, &fake, &[]).expect(6);
    *says.lock().unwrap() = None;
    // The same model is asked again: here without an option, and below with `--ask-again` after the
    // command had given up.
    let run = ask(&store, Speaks::OpenAi, &fake, &[]).expect(0).json();
    assert_eq!((fake.seen().len(), &run["report"]["proposals"]), (4, &2.into()), "{run}");
    let store = Store::new();
    *says.lock().unwrap() = Some(PROSE);
    for _ in 0..4 {
        ask(&store, Speaks::OpenAi, &fake, &[]).expect(6);
    }
    *says.lock().unwrap() = None;
    ask(&store, Speaks::OpenAi, &fake, &[]).expect(6);
    let run = ask(&store, Speaks::OpenAi, &fake, &["--ask-again"]).expect(0).json();
    assert_eq!((fake.seen().len(), &run["report"]["proposals"]), (12, &2.into()), "{run}");
}

#[test]
fn one_answer_that_nobody_can_use_among_others_is_asked_for_twice_more() {
    for bad in [Reply::Says(PROSE.into()), Reply::CutOff] {
        let bad = Arc::new(Mutex::new(Some(bad)));
        let known = Arc::clone(&bad);
        let reply = move |_, seen: &_| match &*known.lock().unwrap() {
            Some(bad) if prompt(seen).contains(IN_TWO) => bad.clone(),
            _ => Reply::Says(proposes(seen)),
        };
        let (store, fake) = (store(), Fake::start(Speaks::Anthropic, Box::new(reply)));
        for night in 1..=3 {
            let run = ask(&store, Speaks::Anthropic, &fake, &[]).expect(0).json();
            assert_eq!((asked_about_two(&fake), fake.seen().len()), (night, night + 1), "{run}");
            let report = &run["report"];
            assert_eq!(report["unusable"].as_array().map(Vec::len), Some(1), "{run}");
            let left = night == 3;
            assert_eq!(run["sessions"]["waiting"], u64::from(!left), "{run}");
            assert_eq!(report["calls_given_up"].as_u64().unwrap_or(0), u64::from(left), "{run}");
            let told = match left {
                true => "0 to be made again, 1 given up",
                false => "1 to be made again, 0 given up",
            };
            assert!(report["notes"].to_string().contains(told), "{run}");
            assert_eq!(store.dreaming(&["replay", "--json"]).expect(0).json()["verdict"], "equal");
            support::reject_all(&store);
        }
        // After three unusable answers no further call is made.
        *bad.lock().unwrap() = None;
        ask(&store, Speaks::Anthropic, &fake, &[]).expect(0);
        assert_eq!(asked_about_two(&fake), 3);
        assert_eq!(store.status()["sessions"]["waiting"], 0);
    }
}

#[test]
fn the_second_try_is_taken_when_it_is_usable() {
    let reply = |n: usize, seen: &_| match n {
        0 => Reply::Says(PROSE.into()),
        _ => Reply::Says(proposes(seen)),
    };
    let (store, fake) = (Store::new(), Fake::start(Speaks::OpenAi, Box::new(reply)));
    let run = ask(&store, Speaks::OpenAi, &fake, &["--model-parallel", "1"]).expect(0).json();
    assert_eq!(run["report"]["proposals"], 1, "{run}");
    // The same dream again asks only the call whose answer was unusable.
    let again = ask(&store, Speaks::OpenAi, &fake, &["--replace"]).expect(0).json();
    assert_eq!((fake.seen().len(), &again["report"]["proposals"]), (3, &2.into()), "{again}");
    ask(&store, Speaks::OpenAi, &fake, &["--replace"]).expect(0);
    assert_eq!(fake.seen().len(), 3);
    store.dreaming(&["apply", "--all"]).expect(0);
    ask(&store, Speaks::OpenAi, &fake, &[]).expect(0);
    assert_eq!(fake.seen().len(), 3);
}
