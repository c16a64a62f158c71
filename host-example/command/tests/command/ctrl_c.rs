//! Ctrl-C while a command that decides about a plan computes or writes. Only Unix has the signal
//! SIGINT.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::Store;

/// Sends a signal to a process.
fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

/// Waits until `is_so` holds, at most until the process ends or a minute is over. Returns whether
/// it held.
fn until(child: &mut Child, is_so: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        if Instant::now() > end || child.try_wait().unwrap().is_some() {
            return false;
        }
    }
    true
}

/// Whether the process has written its id into the lock file: from then on it computes.
fn computes(state: &Path, child: u32) -> bool {
    let holder = fs::read_to_string(state.join("lock")).unwrap_or_default();
    holder.contains(&format!("\"pid\":{child},"))
}

/// Whether a staged text lies in the folder, which means that the write has begun.
fn is_staged(memory: &Path) -> bool {
    let staged = |name: &str| name.ends_with(".dreaming-tmp");
    let mut files = fs::read_dir(memory).unwrap();
    files.any(|file| staged(&file.unwrap().file_name().to_string_lossy()))
}

fn start(store: &Store, arguments: &[&str]) -> Child {
    store.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The signal that ended the process, and its text on stderr and stdout.
fn end(child: Child) -> (Option<i32>, String, String) {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
    (signal, text(output.stderr), text(output.stdout))
}

/// A store with a plan that writes 40 files.
fn store_with_plan() -> Store {
    let store = Store::new();
    for n in 0..40 {
        let twice = format!("- Number {n} is kept twice in here.\n");
        store.put(&format!("memory/m{n}.md"), format!("# M{n}\n\n{twice}{twice}"));
    }
    store.put("policy.json", "{\"prune.loss-entries\": 1000000, \"prune.loss-bytes\": 1000000}");
    store.run(&["--policy", "policy.json"]).expect(0);
    store
}

/// How a command that decides about a plan ended after Ctrl-C.
#[derive(PartialEq)]
enum Ended {
    /// It ended at once and said that the plan still waits.
    AtOnce,
    /// It ended at once, before it had read the waiting plan, so it said nothing.
    BeforeItSawThePlan,
    /// The signal came while the command wrote files or after it had printed its result.
    TooLate,
}

/// Starts `decision` and sends SIGINT once it has computed for the time `after`.
fn interrupt(store: &Store, decision: &[&str], after: Duration) -> Ended {
    let before = store.tree("memory");
    let mut child = start(store, decision);
    let id = child.id();
    if until(&mut child, || computes(&store.path(".dreaming/memory"), id)) {
        sleep(after);
        send("INT", &child);
    }
    let (signal, stderr, stdout) = end(child);
    if signal.is_none() || !stdout.is_empty() || stderr.contains("the write is finished first") {
        return Ended::TooLate;
    }
    assert_eq!(signal, Some(2), "{decision:?}: {stderr}");
    assert_eq!(store.tree("memory"), before, "{decision:?}");
    assert!(store.status()["plan"].is_object(), "{decision:?}");
    match stderr.trim_end().strip_prefix("interrupted: nothing was written") {
        Some(", and the plan still waits") => Ended::AtOnce,
        Some("") => Ended::BeforeItSawThePlan,
        _ => panic!("{decision:?}: {stderr}"),
    }
}

#[test]
fn before_anything_is_written_it_ends_the_decision_at_once_and_says_so() {
    let mut store = store_with_plan();
    let decisions: [&[&str]; 3] =
        [&["apply", "--all"], &["review", "--accept-all"], &["revert", "1", "--with-edits"]];
    for decision in decisions {
        // When the command reads the plan and when it begins to write depends on the machine and
        // its load, so the moment between the two is searched for by halving.
        let (mut early, mut late) = (Duration::ZERO, Duration::from_millis(60));
        let at_once = (0..20).any(|_| {
            let after = (early + late) / 2;
            let ended = interrupt(&store, decision, after);
            match ended {
                Ended::AtOnce => {}
                Ended::BeforeItSawThePlan => (early, late) = (after, late + after),
                Ended::TooLate => {
                    (early, late) = (early / 2, after);
                    store = store_with_plan();
                }
            }
            ended == Ended::AtOnce
        });
        assert!(at_once, "{decision:?}: never interrupted between seeing the plan and writing");
    }
    store.dreaming(&["apply", "--all"]).expect(0);
}

/// Stops `apply` in the middle of its write, so that a signal reaches it there; `None` when it had
/// finished first.
fn stopped_in_its_write(store: &Store) -> Option<Child> {
    let mut child = start(store, &["apply", "--all"]);
    let memory = store.path("memory");
    let is_staged = until(&mut child, || is_staged(&memory));
    send("STOP", &child);
    sleep(Duration::from_millis(50));
    let is_amid = is_staged
        && self::is_staged(&memory)
        && store.read("memory/m39.md").matches("twice").count() == 2;
    if !is_amid {
        send("CONT", &child);
        end(child);
        return None;
    }
    Some(child)
}

#[test]
fn while_files_are_written_it_waits_for_the_last_of_them_and_says_so() {
    let stopped = (0..10).find_map(|_| {
        let store = store_with_plan();
        let child = stopped_in_its_write(&store)?;
        Some((store, child))
    });
    let (store, child) = stopped.expect("never stopped in the middle of a write");
    send("INT", &child);
    send("CONT", &child);
    let (signal, stderr, stdout) = end(child);
    assert_eq!(signal, None, "{stderr}");
    assert!(
        stderr.contains("interrupted while files are written: the write is finished first"),
        "{stderr}"
    );
    assert!(stdout.starts_with("Revision 2: "), "{stdout}");
    let old = |n: &i32| store.read(&format!("memory/m{n}.md")).matches("twice").count() == 2;
    assert_eq!((0..40).filter(old).count(), 0);
    assert_eq!(store.dreaming(&["recover"]).expect(0).stdout, "No write was interrupted.\n");
}
