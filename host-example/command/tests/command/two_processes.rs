//! Several processes on one store.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::Store;

/// Starts a run that holds the lock of the state until the file `go` exists, and returns once it
/// holds it. The run also ends when the test's folder is removed.
fn busy(store: &Store) -> Child {
    let model = "exec:touch asked; while [ -e asked ] && [ ! -e go ]; do sleep 0.02; done; echo '{\"proposals\": []}'";
    let arguments = ["run", "--sessions", "sessions", "--model", model];
    let mut command = store.command(&arguments);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while !store.path("asked").exists() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(store.path("asked").exists(), "the model was never asked");
    child
}

#[test]
fn the_second_writer_is_told_who_holds_the_state_and_what_to_do() {
    let store = Store::new();
    let mut first = busy(&store);
    let before = store.tree("memory");
    for command in [&["apply", "--all"][..], &["revert"], &["run"], &["recover"], &["discard"]] {
        let all = [command, &["--json", "--wait", "0"]].concat();
        let refused = store.dreaming(&all).expect(1);
        let error = refused.json()["error"].clone();
        assert_eq!((&error["kind"], &error["holder"]["pid"]), (&"busy".into(), &first.id().into()));
        assert_eq!(error["holder"]["command"], "run");
        assert!(error["holder"]["since"].as_str().unwrap().starts_with("20"), "{error}");
        let said = format!("`dreaming run` (process {}, since 20", first.id());
        assert!(refused.stderr.contains(&said) && refused.stderr.contains("--wait"), "{refused:?}");
    }
    store.dreaming(&["status"]).expect(0);
    assert_eq!(store.tree("memory"), before);
    store.put("go", "");
    assert!(first.wait().unwrap().success());
}

#[test]
fn who_waits_goes_on_when_the_first_has_ended() {
    let store = Store::new();
    let mut first = busy(&store);
    let mut second = store.command(&["apply", "--all", "--wait", "60"]).spawn().unwrap();
    store.put("go", "");
    assert!(first.wait().unwrap().success());
    assert!(second.wait().unwrap().success());
    assert_eq!(store.status()["revision"], 2);
}

#[test]
fn the_lock_of_a_process_that_was_killed_blocks_nobody() {
    let store = Store::new();
    let mut first = busy(&store);
    first.kill().unwrap();
    first.wait().unwrap();
    let note = fs::read_to_string(store.path(".dreaming/memory/lock")).unwrap();
    assert!(note.contains(&first.id().to_string()), "it holds a note of the dead: {note}");
    store.run(&["--wait", "0"]).expect(0);
    store.put("go", "");
}

#[test]
fn many_writers_at_once_apply_a_plan_once() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let spawn = || {
        store
            .command(&["apply", "--all", "--json", "--wait", "60"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let children: Vec<Child> = (0..6).map(|_| spawn()).collect();
    let codes: Vec<_> =
        children.into_iter().map(|child| child.wait_with_output().unwrap().status.code()).collect();
    assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == Some(1)).count(), 5, "{codes:?}");
    assert_eq!(store.status()["revision"], 2);
}
