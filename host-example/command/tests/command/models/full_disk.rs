//! On a full disk the command makes no call whose answer it could not record, so that no later run
//! pays for it again.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::{ask, good};
use crate::support::fake::{self, Fake, Reply, Seen, Speaks};
use crate::support::mounted::Disk;
use crate::support::{self, Store};

/// How many sessions there are; each has another prompt.
const SESSIONS: usize = 12;

fn store() -> Store {
    let store = Store::new();
    for n in 2..SESSIONS {
        let id = format!("more-{n}");
        let text = support::session(&id, 10).replace("all good", &format!("all good {n}"));
        store.put(&format!("sessions/{id}.jsonl"), text);
    }
    store
}

/// How many requests came, and how many different ones.
fn paid(fake: &Fake) -> (usize, usize) {
    let seen = fake.seen();
    let first: BTreeSet<String> = seen.iter().map(|seen| seen.body.to_string()).collect();
    (seen.len(), first.len())
}

#[test]
fn on_a_full_disk_no_run_pays_for_what_it_cannot_keep() {
    let (store, fake) = (store(), good(Speaks::Anthropic));
    let Some(disk) = Disk::mount(store.path(".dreaming"), 8 << 20) else { return };
    // Makes a history first, so that the disk fills up only in the middle of a dream.
    store.run(&[]).expect(0);
    let mut said = 0;
    // Free space in KiB, from none to enough for all answers. Each size is tried twice, as by an
    // hourly hook.
    for free in
        [0_u64, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768].iter().flat_map(|n| [n, n])
    {
        disk.fill(free << 10);
        let run = ask(&store, Speaks::Anthropic, &fake, &["--replace"]);
        disk.clear();
        let (asked, first) = paid(&fake);
        assert_eq!(asked, first, "{free} KiB: an answer was paid for twice: {run:?}");
        if run.code == 1 {
            assert_eq!(run.json()["error"]["kind"], "full", "{run:?}");
        } else {
            assert_eq!(run.code, 0, "{run:?}");
        }
        said += usize::from(run.stderr.contains("no call is made"));
        let notes = run.stderr.matches("no call is made").count();
        assert!(notes <= 1, "said once: {run:?}");
    }
    assert!(said > 0, "no disk was full when calls were to be made");
    let run = ask(&store, Speaks::Anthropic, &fake, &["--replace"]).expect(0).json();
    assert_eq!(paid(&fake), (SESSIONS, SESSIONS), "{run}");
    assert_eq!(run["sessions"]["waiting"], 0, "{run}");
    drop(disk);
}

#[test]
fn a_disk_that_fills_up_while_calls_are_made_loses_no_answer() {
    let store = store();
    let Some(disk) = Disk::mount(store.path(".dreaming"), 8 << 20) else { return };
    store.run(&[]).expect(0);
    // During the third request another program fills the disk.
    let (root, file) = (store.path(".dreaming"), store.path(".dreaming/other"));
    let is_full = AtomicBool::new(false);
    let answers = move |n: usize, seen: &Seen| {
        if n == 2 {
            let stat = rustix::fs::statvfs(&root).unwrap();
            let free = usize::try_from(stat.f_bavail * stat.f_frsize).unwrap();
            // The write may fail before its end, because the run writes to the same disk.
            let _ = fs::write(&file, vec![0; free]);
            is_full.store(true, Ordering::SeqCst);
        }
        // On a slow disk all calls would be answered before it is full.
        while n > 2 && !is_full.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
        Reply::Says(fake::proposes(seen))
    };
    let fake = Fake::start(Speaks::OpenAi, Box::new(answers));
    let run = ask(&store, Speaks::OpenAi, &fake, &["--replace"]);
    let (asked, first) = paid(&fake);
    assert_eq!(asked, first);
    assert!((3..SESSIONS).contains(&asked), "{asked}: {run:?}");
    assert!(run.stderr.contains("no call is made"), "{run:?}");
    assert!(!run.stderr.contains("not recorded"), "{run:?}");
    fs::remove_file(store.path(".dreaming/other")).unwrap();
    // The calls that were not made are made by the resumed dream or, if that has already passed
    // them, by the next dream.
    for _ in 0..2 {
        let run = ask(&store, Speaks::OpenAi, &fake, &["--replace"]).expect(0).json();
        assert_eq!(run["model"]["earlier"]["calls"], 0, "{run}");
    }
    assert_eq!(paid(&fake), (SESSIONS, SESSIONS));
    drop(disk);
}

#[test]
fn an_answer_that_cannot_be_kept_all_the_same_is_said_and_no_other_is_paid_for() {
    let store = store();
    let Some(disk) = Disk::mount(store.path(".dreaming"), 8 << 20) else { return };
    store.run(&[]).expect(0);
    // The answer is longer than the command allowed, and the disk is full.
    let (root, file) = (store.path(".dreaming"), store.path(".dreaming/other"));
    let answers = move |n: usize, seen: &Seen| {
        if n == 0 {
            let stat = rustix::fs::statvfs(&root).unwrap();
            let free = usize::try_from(stat.f_bavail * stat.f_frsize).unwrap();
            let _ = fs::write(&file, vec![0; free]);
            return Reply::Says("long ".repeat(100_000));
        }
        Reply::Says(fake::proposes(seen))
    };
    let fake = Fake::start(Speaks::OpenAi, Box::new(answers));
    let run = ask(&store, Speaks::OpenAi, &fake, &["--replace", "--model-parallel", "1"]);
    assert_eq!(paid(&fake).0, 1, "{run:?}");
    assert!(run.stderr.contains("an answer that was paid for is not recorded"), "{run:?}");
    assert!(run.stderr.contains("no call is made any more"), "{run:?}");
    if run.code == 0 {
        let run = run.json();
        assert_eq!(run["model"]["calls"]["not_kept"], 1, "{run}");
    } else {
        assert_eq!(run.json()["error"]["kind"], "full", "{run:?}");
    }
    fs::remove_file(store.path(".dreaming/other")).unwrap();
    // If the dream is resumed, that long answer is its only one, and the run fails because the
    // answer is unusable.
    let on = ask(&store, Speaks::OpenAi, &fake, &["--replace"]);
    let went_on = on.stderr.contains("goes on");
    on.expect(if went_on { 6 } else { 0 });
    ask(&store, Speaks::OpenAi, &fake, &["--replace"]).expect(0);
    drop(disk);
}
