//! A full disk: what cannot be recorded is not asked, so that no run pays for what another one lost.

use std::collections::BTreeSet;
use std::fs;

use super::{ask, good};
use crate::support::fake::{self, Fake, Reply, Seen, Speaks};
use crate::support::mounted::Disk;
use crate::support::{self, Store};

/// Sessions whose prompts all differ.
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

/// How many requests came, and how many of them were for the first time.
fn paid(fake: &Fake) -> (usize, usize) {
    let seen = fake.seen();
    let first: BTreeSet<String> = seen.iter().map(|seen| seen.body.to_string()).collect();
    (seen.len(), first.len())
}

#[test]
fn on_a_full_disk_no_run_pays_for_what_it_cannot_keep() {
    let (store, fake) = (store(), good(Speaks::Anthropic));
    let Some(disk) = Disk::mount(store.path(".dreaming"), 8 << 20) else { return };
    // A history, so that a full disk is met in the middle of a dream.
    store.run(&[]).expect(0);
    let mut said = 0;
    // From a disk without a free byte to one on which all answers have room, each size twice: an hourly hook.
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
    // Somebody else takes all the room that is left when the third request is on its way.
    let (root, file) = (store.path(".dreaming"), store.path(".dreaming/other"));
    let answers = move |n: usize, seen: &Seen| {
        if n == 2 {
            let stat = rustix::fs::statvfs(&root).unwrap();
            let free = usize::try_from(stat.f_bavail * stat.f_frsize).unwrap();
            // It ends where the disk does: the run writes at the same time.
            let _ = fs::write(&file, vec![0; free]);
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
    // What was not asked is asked by this dream, or, where it goes on behind those calls, by the next one.
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
    // Longer than was asked for, on a disk without a free byte.
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
    // Where the dream goes on, it has that answer and no other.
    let on = ask(&store, Speaks::OpenAi, &fake, &["--replace"]);
    let went_on = on.stderr.contains("goes on");
    on.expect(if went_on { 6 } else { 0 });
    ask(&store, Speaks::OpenAi, &fake, &["--replace"]).expect(0);
    drop(disk);
}
