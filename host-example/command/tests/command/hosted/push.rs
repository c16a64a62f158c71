//! What changed here goes there, and nothing that somebody wrote there meanwhile is lost.

use std::fs;
use std::process::Stdio;
use std::sync::mpsc;

use super::service::{Fault, sha256};
use super::{command, mirror, paths, typed};

#[test]
fn what_changed_here_is_sent_with_what_it_expects_there() {
    let (store, service) = mirror(&[
        ("/changed.md", "- Old.\n"),
        ("/removed.md", "- Removed.\n"),
        ("/moved.md", "- Moved.\n"),
        ("/MEMORY.md", "- [Old](changed.md)\n"),
        ("/other.md", "- Other.\n"),
    ]);
    let id = service.id("/moved.md");
    store.put("memory/changed.md", "- New.\n");
    store.put("memory/MEMORY.md", "- [New](new.md)\n");
    store.put("memory/new.md", "- New, ü.\n");
    fs::remove_file(store.path("memory/removed.md")).unwrap();
    fs::create_dir(store.path("memory/to")).unwrap();
    fs::rename(store.path("memory/moved.md"), store.path("memory/to/here.md")).unwrap();

    assert_eq!(store.status()["mirror"]["changed"], 6);
    let dry = typed(&store, &["push", "memory", "--dry-run"]).expect(0);
    assert!(dry.stdout.starts_with("Dry run, nothing is written."), "{dry:?}");
    assert!(dry.stdout.contains("moved    moved.md to to/here.md"), "{dry:?}");
    assert!(service.written().is_empty());

    let done = typed(&store, &["push", "memory"]).expect(0);
    assert!(done.stdout.starts_with("To send: 5 changes.\n"), "{done:?}");
    assert!(done.stdout.contains("Sent: 5 of 5 changes.\n"), "{done:?}");
    let asked: Vec<_> = service.asked().into_iter().filter(|asked| asked.writes()).collect();
    assert_eq!(asked.len(), 5);
    // What lists others comes after them, and what goes goes last.
    assert_eq!(asked[3].body["content"], "- [New](new.md)\n");
    assert_eq!(asked[4].verb, "DELETE");
    assert!(
        asked[4].path.ends_with(&format!("?expected_content_sha256={}", sha256("- Removed.\n")))
    );
    let update = asked.iter().find(|asked| asked.body["content"] == "- New.\n").unwrap();
    let expected =
        serde_json::json!({"type": "content_sha256", "content_sha256": sha256("- Old.\n")});
    assert_eq!(update.body["precondition"], expected);
    let there = service.contents();
    assert_eq!(
        there.keys().collect::<Vec<_>>(),
        ["/MEMORY.md", "/changed.md", "/new.md", "/other.md", "/to/here.md"]
    );
    assert_eq!(there["/new.md"], "- New, ü.\n");
    assert_eq!(service.id("/to/here.md"), id, "a memory that was moved keeps its id");

    assert_eq!(store.status()["mirror"]["changed"], 0);
    let again = typed(&store, &["push", "memory"]).expect(0);
    assert_eq!(again.stdout, "Nothing to send.\n");
    assert!(service.written().is_empty());
    assert_eq!(typed(&store, &["pull", "memory"]).expect(0).stdout, "Both sides are equal.\n");
}

#[test]
fn one_conflict_means_that_nothing_is_sent() {
    let (store, service) =
        mirror(&[("/a.md", "- Old.\n"), ("/b.md", "- Old.\n"), ("/c.md", "- Old.\n")]);
    for path in ["memory/a.md", "memory/b.md"] {
        store.put(path, "- Here.\n");
    }
    service.put("/b.md", "- There.\n");
    service.put("/c.md", "- There.\n");
    let done = typed(&store, &["push", "memory", "--json"]).expect(4);
    assert_eq!(done.json()["error"]["kind"], "conflict");
    assert!(done.stderr.contains("b.md: here") && !done.stderr.contains("a.md: here"), "{done:?}");
    assert!(done.stderr.contains("`dreaming push --except-conflicts --memory memory`"), "{done:?}");
    assert!(service.written().is_empty());
    // What is left in conflict is told by the exit code too, also by that of a dry run.
    let dry = ["push", "memory", "--except-conflicts", "--dry-run"];
    typed(&store, &dry).expect(4);
    let done = typed(&store, &["push", "memory", "--except-conflicts", "--json"]).expect(4);
    typed(&store, &dry).expect(4);
    assert_eq!(
        (paths(&done, "changes"), paths(&done, "conflicts")),
        (vec!["a.md".into()], vec!["b.md".into()])
    );
    assert_eq!(done.json()["to_pull"], serde_json::json!(["c.md"]));
    assert_eq!(service.contents()["/b.md"], "- There.\n");
    typed(&store, &["push", "memory", "--ours", "c.md"]).expect(2);
    typed(&store, &["push", "memory", "--ours", "b.md"]).expect(0);
    assert_eq!(service.contents()["/b.md"], "- Here.\n");
    assert_eq!(service.contents()["/c.md"], "- There.\n");
    // Removed and moved here, changed there: what is moved is new, and what is there goes as decided.
    fs::rename(store.path("memory/a.md"), store.path("memory/d.md")).unwrap();
    service.put("/a.md", "- There.\n");
    typed(&store, &["push", "memory", "--ours", "a.md"]).expect(0);
    assert_eq!(service.contents().into_keys().collect::<Vec<_>>(), ["/b.md", "/c.md", "/d.md"]);
}

#[test]
fn what_somebody_writes_between_list_and_request_is_not_overwritten() {
    let (store, service) =
        mirror(&[("/a.md", "- Old.\n"), ("/b.md", "- Old.\n"), ("/c.md", "- Old.\n")]);
    store.put("memory/a.md", "- Here.\n");
    store.put("memory/b.md", "- Here.\n");
    store.put("memory/d.md", "- Here.\n");
    fs::remove_file(store.path("memory/c.md")).unwrap();
    service.faults(|asked| {
        let text = asked.body["content"].as_str().unwrap_or_default();
        match (&*asked.verb, text) {
            ("POST", _) if asked.body["path"] == "/d.md" => {
                Some(Fault::Meanwhile("/d.md", "- There.\n"))
            }
            ("POST", _) if asked.path.ends_with("mem_1") => {
                Some(Fault::Meanwhile("/a.md", "- There.\n"))
            }
            ("DELETE", _) => Some(Fault::Meanwhile("/c.md", "- There.\n")),
            _ => None,
        }
    });
    let done = typed(&store, &["push", "memory", "--json"]).expect(4);
    let outcomes: Vec<(String, String)> = done.json()["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            (c["path"].as_str().unwrap().to_owned(), c["outcome"].as_str().unwrap().to_owned())
        })
        .collect();
    let of = |path: &str, outcome: &str| (path.to_owned(), outcome.to_owned());
    assert_eq!(
        outcomes,
        [
            of("a.md", "conflict"),
            of("b.md", "sent"),
            of("d.md", "conflict"),
            of("c.md", "conflict")
        ]
    );
    service.works_again();
    let there = service.contents();
    assert_eq!([&there["/a.md"], &there["/c.md"], &there["/d.md"]], ["- There.\n"; 3]);
    assert_eq!(there["/b.md"], "- Here.\n");
    // The next pull names them, and overwrites nothing here either.
    let done = typed(&store, &["pull", "memory", "--json"]).expect(4);
    assert_eq!(paths(&done, "conflicts"), ["a.md", "c.md", "d.md"]);
    assert_eq!(store.read("memory/a.md"), "- Here.\n");
}

#[test]
fn a_push_that_is_killed_goes_on_and_sends_nothing_twice() {
    let (store, service) = mirror(&[("/a.md", "- Old.\n")]);
    for n in 0..6 {
        store.put(&format!("memory/n{n}.md"), format!("- Number {n}.\n"));
    }
    store.put("memory/a.md", "- New.\n");
    let (came, comes) = mpsc::channel();
    let (goes, go) = mpsc::channel::<()>();
    let mut writes = 0;
    service.faults(move |asked| {
        writes += usize::from(asked.writes());
        if writes == 4 && asked.writes() {
            came.send(()).unwrap();
            // The process is dead when this goes on; what it asked for is carried out.
            let _ = go.recv();
        }
        None
    });
    let mut child = command(&store, &["push", "memory"]);
    let mut child = child.stdout(Stdio::null()).spawn().unwrap();
    comes.recv().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(goes);
    // The request in hand is carried out, in whatever moment.
    while service.contents().len() < 4 {
        std::thread::yield_now();
    }
    service.works_again();
    let first = service.written();
    assert_eq!(first.len(), 4, "{first:?}");
    typed(&store, &["push", "memory"]).expect(0);
    let second = service.written();
    assert_eq!(second.len(), 3, "{second:?}");
    assert_eq!(service.contents().len(), 7);
    assert_eq!(service.contents()["/a.md"], "- New.\n");
    assert_eq!(typed(&store, &["pull", "memory"]).expect(0).stdout, "Both sides are equal.\n");
}

#[test]
fn what_the_service_would_refuse_is_known_before_anything_is_sent() {
    let (store, service) = mirror(&[("/a.md", "- Old.\n")]);
    store.put("memory/a.md", "- New.\n");
    store.put("memory/so\u{ad}ft.md", "- Soft.\n");
    let done = typed(&store, &["push", "memory"]).expect(1);
    assert!(done.stderr.contains("an invisible character in its path"), "{done:?}");
    assert!(service.written().is_empty());
    fs::remove_file(store.path("memory/so\u{ad}ft.md")).unwrap();
    // What no memory can be here is not sent, and not taken for removed.
    store.put("memory/a.md", vec![b'x'; 102_401]);
    let done = typed(&store, &["push", "memory", "--json"]).expect(0);
    assert_eq!(paths(&done, "left_alone"), ["a.md"]);
    // Of what it refuses all the same the others are sent.
    store.put("memory/a.md", "- New.\n");
    store.put("memory/b.md", "- New.\n");
    service.faults(|asked| {
        let refused = "{\"error\": {\"type\": \"invalid_request_error\", \"message\": \"no b\"}}";
        (asked.body["path"] == "/b.md").then(|| Fault::Answer(400, &[], refused.into()))
    });
    let done = typed(&store, &["push", "memory"]).expect(1);
    assert!(done.stdout.contains("b.md: HTTP 400: no b"), "{done:?}");
    assert_eq!(service.contents()["/a.md"], "- New.\n");
}

#[test]
fn an_archived_store_is_read_and_not_written() {
    let (store, service) = mirror(&[("/a.md", "- Old.\n")]);
    service.part().is_archived = true;
    store.put("memory/b.md", "- New.\n");
    let done = typed(&store, &["push", "memory", "--json"]).expect(1);
    assert_eq!(done.json()["error"]["kind"], "archived");
    assert!(service.written().is_empty());
    assert_eq!(typed(&store, &["pull", "memory", "--json"]).expect(0).json()["archived"], true);
}
