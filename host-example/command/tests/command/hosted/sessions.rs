//! Sessions that had the store come as transcripts that a dream reads.

use serde_json::{Value, json};

use super::service::{Fault, STORE, Service};
use super::{mirror, place, typed};
use crate::support::Store;

fn session(id: &str, changed: &str) -> Value {
    json!({"id": id, "type": "session", "updated_at": changed, "metadata": {},
           "resources": [{"type": "memory_store", "memory_store_id": STORE}]})
}

/// The events of a session in which one program is missing and another works.
fn events(id: &str, day: u32, more: usize) -> Vec<Value> {
    let mut events: Vec<Value> = Vec::new();
    let mut add = |kind: &str, fields: Value| {
        let number = events.len();
        let mut event = json!({"id": format!("sevt_{id}_{number}"), "type": kind,
            "processed_at": format!("2026-02-{day:02}T10:00:{number:02}Z")});
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        events.push(event);
    };
    let text = |text: &str| json!({"content": [{"type": "text", "text": text}]});
    add("user.message", text("From now on, always run the formatter before you commit."));
    add(
        "agent.tool_use",
        json!({"name": "bash", "input": {"command": "python tools/fixtures.py"}}),
    );
    add(
        "agent.tool_result",
        json!({"tool_use_id": format!("sevt_{id}_1"), "is_error": true,
        "content": [{"type": "text", "text": "zsh: command not found: python"}]}),
    );
    add(
        "agent.tool_use",
        json!({"name": "bash", "input": {"command": "python3 tools/fixtures.py"}}),
    );
    add(
        "agent.tool_result",
        json!({"tool_use_id": format!("sevt_{id}_3"),
        "content": [{"type": "text", "text": "made"}]}),
    );
    add("session.status_idle", json!({"stop_reason": {"type": "end_turn"}}));
    for _ in 0..more {
        add("agent.message", text("Done."));
    }
    events
}

/// A folder that mirrors a service with two sessions.
fn with_sessions() -> (Store, Service) {
    let (store, service) = mirror(&[("/notes.md", "- The host is blue.\n")]);
    service.part().sessions = vec![
        (session("sesn_two", "2026-02-09T10:00:00Z"), events("two", 9, 130)),
        (session("sesn_one", "2026-02-02T10:00:00Z"), events("one", 2, 0)),
    ];
    (store, service)
}

#[test]
fn a_dream_reads_what_was_fetched() {
    let (store, service) = with_sessions();
    let other = json!({"id": "sesn_other", "updated_at": "2026-02-03T10:00:00Z",
        "resources": [{"type": "memory_store", "memory_store_id": "memstore_other"}]});
    let trace = json!({"id": "sesn_trace", "updated_at": "2026-02-03T10:00:00Z", "metadata": {"x_dream_id": "drm_1"}});
    let odd = json!({"id": "../../x", "updated_at": "2026-02-03T10:00:00Z"});
    let empty = session("sesn_empty", "2026-02-01T10:00:00Z");
    for session in [other, trace, odd, empty] {
        service.part().sessions.push((session, Vec::new()));
    }
    let counts = "into memory-sessions, 0 unchanged, 1 without events.";
    let dry = typed(&store, &["pull", "memory", "--sessions", "--dry-run"]).expect(0);
    assert!(dry.stdout.contains(&format!("2 sessions would be fetched {counts}")), "{dry:?}");
    assert!(!store.path("memory-sessions").exists());
    let done = typed(&store, &["pull", "memory", "--sessions"]).expect(0);
    assert!(done.stdout.contains(&format!("2 sessions fetched {counts}")), "{done:?}");
    assert!(done.stdout.contains("may hold a transcript that was put there as a file"), "{done:?}");
    assert!(done.stdout.contains("../../x: its id cannot be the name of a file"), "{done:?}");
    let files: Vec<_> = store.tree("memory-sessions").into_keys().collect();
    assert_eq!(
        files,
        ["one", "two"].map(|id| store.path(&format!("memory-sessions/sesn_{id}.jsonl")))
    );
    assert_eq!(store.read("memory-sessions/sesn_two.jsonl").lines().count(), 136);
    let asked = service.asked();
    let list = asked.iter().find(|asked| asked.path.starts_with("/v1/sessions?")).unwrap();
    assert!(list.path.contains("memory_store_id=memstore_1&"), "{list:?}");
    assert_eq!(list.headers["anthropic-beta"], "managed-agents-2026-04-01");
    // The line that is printed, as it is printed.
    let line = done.stdout.split('`').find(|text| text.starts_with("dreaming run")).unwrap();
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    let words = [&words[..], &["--json"]].concat();
    let ran = crate::support::done(&mut super::plain(&store, &words)).expect(0).json();
    assert_eq!(ran["sessions"]["read"], 2, "{ran}");
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let texts = plan["plan"]["changes"].to_string();
    assert!(texts.contains("python3"), "{texts}");
}

#[test]
fn what_has_not_changed_is_not_fetched_again() {
    let (store, service) = with_sessions();
    let fetch = |code| {
        let done = typed(&store, &["pull", "memory", "--sessions", "--json"]).expect(code);
        let asked = service.asked().into_iter().filter(|asked| asked.path.contains("/events"));
        (done.json()["sessions"].clone(), asked.count())
    };
    let (said, asked) = fetch(0);
    assert_eq!((said["written"].as_array().unwrap().len(), asked), (2, 3), "{said}");
    let (said, asked) = fetch(0);
    assert_eq!((&said["unchanged"], asked), (&json!(2), 0));
    // One goes on, and the file of the other is gone.
    service.part().sessions[0] = (session("sesn_two", "2026-02-10T10:00:00Z"), events("two", 9, 1));
    std::fs::remove_file(store.path("memory-sessions/sesn_one.jsonl")).unwrap();
    let (said, asked) = fetch(0);
    assert_eq!((&said["written"], asked), (&json!(["sesn_two", "sesn_one"]), 2));
    let newest = typed(&store, &["pull", "memory", "--sessions", "1", "--json"]).expect(0);
    assert_eq!(newest.json()["sessions"]["unchanged"], 1);
}

#[test]
fn a_session_comes_whole_or_not_at_all_and_the_memories_stay() {
    let (store, service) = with_sessions();
    service.put("/notes.md", "- The host is green.\n");
    service.faults(|asked| {
        let is_second_page = asked.path.contains("sesn_two/events") && asked.path.contains("page_");
        is_second_page.then(|| Fault::Answer(500, &[], "{}".into()))
    });
    let done = typed(&store, &["pull", "memory", "--sessions", "--json"]).expect(1);
    assert_eq!(done.json()["sessions"]["error"]["kind"], "service-failed");
    assert_eq!(store.read("memory/notes.md"), "- The host is green.\n");
    assert!(store.tree("memory-sessions").is_empty());
    service.works_again();
    let done = typed(&store, &["pull", "memory", "--sessions", "--json"]).expect(0);
    assert_eq!(done.json()["sessions"]["written"].as_array().unwrap().len(), 2);
}

#[test]
fn sessions_are_for_their_owner_only_and_follow_no_link() {
    let (store, service) = place(&[("/a.md", "- A.\n")]);
    service.part().sessions =
        vec![(session("sesn_one", "2026-02-02T10:00:00Z"), events("one", 2, 0))];
    let words = ["pull", STORE, "memory", "--url", &service.url, "--sessions"];
    typed(&store, &words).expect(0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode =
            |path: &str| std::fs::metadata(store.path(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("memory-sessions"), 0o700);
        assert_eq!(mode("memory-sessions/sesn_one.jsonl"), 0o600);
        std::fs::remove_dir_all(store.path("memory-sessions")).unwrap();
        std::fs::create_dir(store.path("elsewhere")).unwrap();
        std::os::unix::fs::symlink(store.path("elsewhere"), store.path("memory-sessions")).unwrap();
        let done = typed(&store, &words).expect(2);
        assert!(done.stdout.contains("is a link"), "{done:?}");
        assert!(store.tree("elsewhere").is_empty());
    }
}

/// A session of a person.
fn of(person: &str, id: &str, changed: &str) -> Value {
    let mut session = session(id, changed);
    session["metadata"] = json!({"x_principal": person});
    session
}

#[test]
fn whose_session_it_was_comes_with_it() {
    let (store, service) = mirror(&[("/notes.md", "- The host is blue.\n")]);
    service.part().sessions = vec![
        (of("mira", "sesn_two", "2026-02-09T10:00:00Z"), events("two", 9, 0)),
        (of("mira", "sesn_one", "2026-02-02T10:00:00Z"), events("one", 2, 0)),
        (of("jonas", "sesn_none", "2026-02-01T10:00:00Z"), Vec::new()),
        (
            of("jonas", "sesn_zero", "2026-02-01T10:00:00Z"),
            vec![events("zero", 1, 1).pop().unwrap()],
        ),
    ];
    let fetch = || {
        let done = typed(&store, &["pull", "memory", "--sessions", "--json"]).expect(0);
        done.json()["sessions"].clone()
    };
    let said = fetch();
    assert_eq!(said["written"].as_array().unwrap().len(), 3, "{said}");
    assert_eq!(fetch()["unchanged"], 3);
    let words = ["run", "--sessions", "memory-sessions", "--memory", "memory", "--json"];
    let ran = crate::support::done(&mut super::plain(&store, &words)).expect(0).json();
    assert_eq!(ran["sessions"]["read"], 3, "{ran}");
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = plan["plan"]["changes"].as_array().unwrap();
    let wish = changes.iter().find(|change| change.to_string().contains("run the formatter"));
    let wish = wish.unwrap_or_else(|| panic!("{plan}"));
    assert_eq!(wish["principal"], "mira", "{wish}");
    // A name that comes later comes too, though nothing else of the session changed.
    service.part().sessions[0].0 = of("eva", "sesn_two", "2026-02-09T10:00:00Z");
    assert_eq!(fetch()["written"], json!(["sesn_two"]));
    assert!(
        store
            .read("memory-sessions/sesn_two.jsonl")
            .starts_with("{\"format\":\"dreaming.session/1\",\"principal\":\"eva\"}\n{")
    );
}

#[test]
fn a_session_that_was_erased_is_not_fetched_again() {
    let (store, _service) = with_sessions();
    typed(&store, &["pull", "memory", "--sessions"]).expect(0);
    let words = ["run", "--sessions", "memory-sessions", "--memory", "memory"];
    crate::support::done(&mut super::plain(&store, &words)).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    store.dreaming(&["erase", "--session", "sesn_one", "--yes"]).expect(0);
    // The transcript is the person's own to delete.
    std::fs::remove_file(store.path("memory-sessions/sesn_one.jsonl")).unwrap();
    let done = typed(&store, &["pull", "memory", "--sessions"]).expect(0);
    assert!(done.stdout.contains("sesn_one: it was erased here"), "{done:?}");
    assert!(!store.path("memory-sessions/sesn_one.jsonl").exists());
    assert!(store.path("memory-sessions/sesn_two.jsonl").exists());
}
