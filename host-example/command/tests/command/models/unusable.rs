//! Unusable answers: they were paid for, and each call is made at most two more times.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{BOTH, ask, asking, is_unread};
use crate::support::fake::{Fake, Reply, Speaks, proposes};
use crate::support::{Store, done};

/// A service that gives the same reply until the test sets another; `None` means good answers. Its
/// address stays, because answers are recorded by model and address.
struct Moody {
    fake: Fake,
    says: Arc<Mutex<Option<Reply>>>,
}

impl Moody {
    fn new(speaks: Speaks, reply: Reply) -> Self {
        let says = Arc::new(Mutex::new(Some(reply)));
        let known = Arc::clone(&says);
        let fake = Fake::start(
            speaks,
            Box::new(move |_, seen| {
                let reply = known.lock().unwrap().clone();
                reply.unwrap_or_else(|| Reply::Says(proposes(seen)))
            }),
        );
        Self { fake, says }
    }

    fn now(&self, reply: Option<Reply>) {
        *self.says.lock().unwrap() = reply;
    }

    fn asked(&self) -> usize {
        self.fake.seen().len()
    }
}

#[test]
fn an_answer_that_nobody_can_use_is_paid_for_three_times_at_most() {
    let cases = [
        (Reply::CutOff, "cut off"),
        (Reply::Says(String::new()), "no text"),
        (Reply::Says("y".repeat((1 << 20) + 1)), "over 1 MiB"),
        (Reply::Http(200, Vec::new(), "x".repeat(8 << 20)), "over 1 MiB"),
    ];
    for speaks in BOTH {
        for (reply, why) in &cases {
            let (store, moody) = (Store::new(), Moody::new(speaks, reply.clone()));
            let ask = |more: &[&str]| {
                ask(&store, speaks, &moody.fake, &[&["--replace"][..], more].concat())
            };
            for night in 1..=3 {
                let failed = ask(&[]).expect(6);
                assert!(failed.stderr.contains(why), "{why}: {failed:?}");
                assert_eq!(moody.asked(), 2 * night, "{why}");
                is_unread(&store);
            }
            // After that the command makes no further call, although the service would now answer
            // well.
            moody.now(None);
            for more in [&[][..], &[], &["--dry-run"]] {
                let failed = ask(more).expect(6).stderr;
                assert!(failed.contains(why) && failed.contains("--ask-again"), "{failed}");
            }
            let estimate = ask(&["--estimate"]).expect(0).json();
            assert_eq!(estimate["calls"]["to_make"], 0, "{estimate}");
            assert_eq!(moody.asked(), 6, "{why}");
            is_unread(&store);
            // `--ask-again` makes the calls again.
            for more in [&["--ask-again"][..], &[]] {
                let run = ask(more).expect(0).json();
                assert_eq!((moody.asked(), &run["report"]["proposals"]), (8, &2.into()), "{run}");
            }
        }
    }
}

#[test]
fn an_answer_that_was_cut_off_counts_as_paid() {
    let (store, fake) = (Store::new(), Fake::says(Speaks::Anthropic, Reply::CutOff));
    for _ in 0..3 {
        let failed = ask(&store, Speaks::Anthropic, &fake, &[]).expect(6);
        assert!(failed.stderr.contains("the service counted 314 tokens"), "{failed:?}");
        assert!(!failed.stderr.contains("may have been paid for"), "{failed:?}");
    }
}

#[test]
fn who_lets_answers_be_longer_is_asked_again_what_was_cut_off() {
    let (store, moody) = (Store::new(), Moody::new(Speaks::OpenAi, Reply::CutOff));
    for _ in 0..4 {
        ask(&store, Speaks::OpenAi, &moody.fake, &["--replace"]).expect(6);
    }
    assert_eq!(moody.asked(), 6);
    moody.now(None);
    let mut command = asking(&store, Speaks::OpenAi, &moody.fake.url, &["--replace"]);
    let longer = r#"{"propose.together-bytes": 0, "compare.max-calls": 0, "distil.max-calls": 0, "propose.max-tokens": 4096}"#;
    store.put("sessions-alone.json", longer);
    let run = done(&mut command).expect(0).json();
    assert_eq!((moody.asked(), &run["report"]["proposals"]), (8, &2.into()), "{run}");
}

#[test]
fn a_kill_does_not_reset_the_count() {
    let (store, moody) = (Store::new(), Moody::new(Speaks::Anthropic, Reply::CutOff));
    let more = ["--model-parallel", "1", "--replace"];
    let ask = || ask(&store, Speaks::Anthropic, &moody.fake, &more);
    ask().expect(6);
    // The run is killed before any answer comes.
    moody.now(Some(Reply::Hangs));
    let mut child = asking(&store, Speaks::Anthropic, &moody.fake.url, &more)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while moody.asked() < 3 && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    moody.now(Some(Reply::CutOff));
    let failed = ask().expect(6);
    assert!(failed.stderr.contains("1 call of an earlier run got no answer"), "{failed:?}");
    for _ in 0..2 {
        let failed = ask().expect(6);
        assert_eq!(moody.asked(), 7, "{failed:?}");
    }
}

#[test]
fn what_is_no_answer_of_the_service_is_none() {
    // Replies such as a network's login page sends in place of the service.
    for text in ["<html>", "{}", "[]"] {
        let fake = Fake::says(Speaks::OpenAi, Reply::Http(200, Vec::new(), text.into()));
        let store = Store::new();
        for night in 1..=4 {
            let failed = ask(&store, Speaks::OpenAi, &fake, &[]).expect(6);
            assert!(failed.stderr.contains("2 tries may have been paid for"), "{failed:?}");
            assert_eq!(fake.seen().len(), 2 * night, "{text}");
            is_unread(&store);
        }
    }
}
