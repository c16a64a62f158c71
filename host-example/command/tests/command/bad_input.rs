//! Hostile and broken input: the command reports an error of a stable kind or counts what it skips,
//! and loses nothing.

use std::fs;
use std::process::Command;

use crate::support::{self, Store, done, session};

#[test]
fn files_that_no_memory_can_be_are_named_and_never_touched() {
    let store = Store::new();
    store.put("memory/big.md", vec![b'x'; 102_401]);
    store.put("memory/latin.md", b"caf\xe9");
    store.put("outside.md", "- Dates are kept in UTC.\n");
    #[cfg(unix)]
    std::os::unix::fs::symlink(store.path("outside.md"), store.path("memory/link.md")).unwrap();
    let run = store.run(&["--mode", "auto", "--json"]).expect(0).json();
    let skipped = run["skipped"]["memories"].as_array().unwrap();
    let names: Vec<_> = skipped.iter().map(|s| s["path"].as_str().unwrap()).collect();
    assert_eq!(names, ["big.md", "latin.md", "link.md"]);
    assert_eq!(fs::read(store.path("memory/big.md")).unwrap().len(), 102_401);
    assert_eq!(fs::read(store.path("memory/latin.md")).unwrap(), b"caf\xe9");
    assert!(store.path("memory/link.md").is_symlink());
    assert_eq!(store.read("outside.md"), "- Dates are kept in UTC.\n");
}

#[test]
fn a_file_that_is_left_alone_is_never_planned_to_be_written() {
    let latin = |store: &Store| store.put("memory/learned/mistakes.md", b"caf\xe9");
    let long = |store: &Store| store.put("memory/learned/mistakes.md", vec![b'x'; 102_401]);
    let folder = |store: &Store| store.put("memory/learned/mistakes.md/a.md", "- A.\n");
    let file = |store: &Store| store.put("memory/learned", "");
    for put in [latin as fn(&Store), long, folder, file] {
        let store = Store::new();
        put(&store);
        store.put("policy.json", "{\"pins.paths\": [\"mine/\"]}");
        let before = store.tree("memory");
        let run = store.run(&["--policy", "policy.json", "--json"]).expect(0).json();
        assert_eq!(run["blocked_paths"][0], "learned/mistakes.md", "{run}");
        let run = store.run(&["--policy", "policy.json", "--replace"]).expect(0);
        let said = "Blocked, because the file there is left alone: learned/mistakes.md";
        assert!(run.stdout.contains(said), "{run:?}");
        assert_eq!(store.dreaming(&["replay", "--json"]).expect(0).json()["verdict"], "equal");
        store.dreaming(&["apply", "--all"]).expect(0);
        let after = store.tree("memory");
        let put: Vec<_> =
            before.iter().filter(|(file, _)| file.to_string_lossy().contains("learned")).collect();
        assert_eq!(put.len(), 1);
        assert!(put.iter().all(|(file, bytes)| after[*file] == **bytes), "{put:?}");
    }
}

#[test]
fn a_revert_does_not_write_over_a_file_that_is_left_alone() {
    let store = Store::new();
    store.run(&[]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    store.put("memory/team.md", b"caf\xe9");
    let before = store.tree("memory");
    let refused = store.dreaming(&["revert"]).expect(4);
    assert!(refused.stderr.contains("`team.md`: not UTF-8: mend it"), "{refused:?}");
    let refused = store.dreaming(&["revert", "1"]).expect(4);
    assert!(refused.stderr.contains("`team.md`: not UTF-8: mend it"), "{refused:?}");
    assert_eq!(store.tree("memory"), before);
    fs::remove_file(store.path("memory/team.md")).unwrap();
    store.dreaming(&["revert", "1"]).expect(0);
    assert_eq!(store.read("memory/team.md"), support::TEAM);
}

#[test]
fn transcripts_of_any_bytes_are_read_without_failing() {
    let store = Store::new();
    store.put("sessions/empty.jsonl", "");
    store.put("sessions/binary.jsonl", (0..=255u8).cycle().take(300_000).collect::<Vec<_>>());
    store.put("sessions/cut.jsonl", &session("cut", 3).as_bytes()[..700]);
    store.put("sessions/other.jsonl", "{\"hello\": 1}\n[]\nnull\n");
    store.put("sessions/deep.jsonl", "[".repeat(200_000));
    store.put("sessions/packed.jsonl.gz", b"not gzip");
    // Files that begin as a session and continue with other bytes still go to the engine.
    let known = session("known", 4);
    let any: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    store.put("sessions/then-binary.jsonl", [known.as_bytes(), &any].concat());
    store.put("sessions/then-deep.jsonl", known + &"[".repeat(200_000));
    let before = store.tree("sessions");
    let run = store.run(&["--json"]).expect(0).json();
    assert_eq!(run["sessions"]["read"], 6, "{run}");
    assert_eq!(run["skipped"]["unknown"].as_array().unwrap().len(), 3, "{run}");
    let skipped = run["skipped"]["sessions"].as_array().unwrap();
    assert!(skipped.len() == 1 && skipped[0]["path"].to_string().contains("packed"), "{run}");
    assert_eq!(store.tree("sessions"), before);
}

#[cfg(unix)]
#[test]
fn a_file_name_cannot_forge_a_line_of_output() {
    let store = Store::new();
    let forged = "x\nerror: all is lost\u{1b}[2J\t.jsonl";
    fs::rename(store.path("sessions/one.jsonl"), store.path(&format!("sessions/{forged}")))
        .unwrap();
    std::os::unix::fs::symlink("/", store.path(&format!("sessions/link{forged}"))).unwrap();
    let run = store.run(&[]);
    let shown = store.dreaming(&["show"]);
    let twice = ["run", "--replace", "--sessions", "sessions", &format!("more/{forged}")];
    store.put(&format!("more/{forged}"), "");
    let again = store.dreaming(&twice).expect(0);
    for text in [&run.stdout, &run.stderr, &shown.stdout, &shown.stderr, &again.stderr] {
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("error: all")), "{text}");
    }
    assert!(run.stderr.contains("linkx\\nerror: all is lost\\u{1b}[2J\\t.jsonl"), "{run:?}");
    assert!(again.stderr.contains("/x\\nerror"), "{again:?}");
}

#[test]
fn of_two_files_with_one_session_id_one_is_read_and_the_other_named() {
    let store = Store::new();
    store.put("sessions/more/one.jsonl", session("one", 4));
    let run = store.run(&[]).expect(0);
    assert!(run.stderr.contains("sessions/one.jsonl"), "{run:?}");
    assert!(run.stderr.contains("has the same session id"), "{run:?}");
}

#[test]
fn a_path_that_leaves_the_folder_is_never_written() {
    let store = Store::new();
    for state in ["memory", "memory/.state", "memory/../memory/x"] {
        let refused = store.run(&["--state", state, "--json"]).expect(1);
        assert_eq!(refused.json()["error"]["kind"], "state-inside");
    }
    assert_eq!(store.tree("memory").len(), 2);
    // `memory/learned`, where the plan will write, becomes a link to a folder outside.
    #[cfg(unix)]
    {
        store.put("elsewhere/keep.txt", "");
        std::os::unix::fs::symlink(store.path("elsewhere"), store.path("memory/learned")).unwrap();
        store.run(&[]).expect(0);
        let applied = store.dreaming(&["apply", "--all", "--json"]).expect(0);
        assert_eq!(store.tree("elsewhere").len(), 1, "{applied:?}");
    }
}

#[test]
fn wrong_command_lines_and_settings_are_usage_errors() {
    let store = Store::new();
    store.dreaming(&["run"]).expect(2);
    store.dreaming(&["no-such-command"]).expect(2);
    store.run(&["--now", "yesterday"]).expect(2);
    let refused = store.run(&["--mode", "yolo", "--json"]).expect(2);
    assert_eq!(refused.json()["error"]["kind"], "usage");
    for policy in ["not json", "[1]", "{\"gate.auto-add\": 1.5}", "{\"gate.auto-add\": null}"] {
        store.put("policy.json", policy);
        store.run(&["--policy", "policy.json"]).expect(2);
    }
    for policy in ["{\"no.such\": true}", "{\"round.sessions\": 0}"] {
        store.put("policy.json", policy);
        let refused = store.run(&["--policy", "policy.json", "--json"]).expect(2);
        assert_eq!(refused.json()["error"]["kind"], "usage");
    }
    store.run(&["--limit", "0"]).expect(2);
    store.dreaming(&["run", "--sessions", "nowhere"]).expect(1);
    store.dreaming(&["show", "cffffffffffffffffffff"]).expect(1);
    store.dreaming(&["revert"]).expect(1);
    store.dreaming(&["replay"]).expect(1);
    let help = store.dreaming(&["--help"]).expect(0).stdout;
    assert!(help.contains("Exit codes:"), "{help}");
    let mut elsewhere = Command::new(env!("CARGO_BIN_EXE_dreaming"));
    done(elsewhere.args(["status", "--memory", "/nowhere"])).expect(1);
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused_at_once() {
    let store = Store::new();
    let made = Command::new("mkfifo").arg(store.path("pipe.jsonl")).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink("/dev/zero", store.path("zero.jsonl")).unwrap();
    for path in ["pipe.jsonl", "zero.jsonl"] {
        let refused = store.dreaming(&["run", "--sessions", path]).expect(2);
        assert!(refused.stderr.contains("regular"), "{refused:?}");
        let refused = store.run(&["--policy", path]).expect(2);
        assert!(refused.stderr.contains("regular"), "{refused:?}");
    }
    store.put("big.json", format!("{{{}}}", " ".repeat(1 << 20)));
    let refused = store.run(&["--policy", "big.json"]).expect(2);
    assert!(refused.stderr.contains("over 1 MiB"), "{refused:?}");
    // A session file was replaced by a pipe after the dream read it: `replay` cannot read it and
    // names it.
    store.run(&[]).expect(0);
    fs::remove_file(store.path("sessions/one.jsonl")).unwrap();
    fs::rename(store.path("pipe.jsonl"), store.path("sessions/one.jsonl")).unwrap();
    let replay = store.dreaming(&["replay", "--json"]).expect(5).json();
    assert!(replay["details"].to_string().contains("not a regular file"), "{replay}");
}

#[cfg(unix)]
#[test]
fn a_model_that_answers_garbage_is_an_error_and_harms_nothing() {
    for command in ["echo garbage", "echo '{\"proposals\": ['", "cat"] {
        let store = Store::new();
        let before = store.tree("memory");
        let failed = store.run(&["--model", &format!("exec:{command}"), "--json"]).expect(6);
        assert_eq!(failed.json()["error"]["kind"], "nothing-usable", "{failed:?}");
        assert_eq!(store.tree("memory"), before);
        // After that failure a dream without a model still reads both sessions.
        let run = store.run(&["--json"]).expect(0).json();
        assert_eq!(run["sessions"]["read"], 2, "{command}: {run}");
    }
}

#[cfg(unix)]
#[test]
fn a_model_that_never_answers_is_an_error_and_uses_no_session_up() {
    let store = Store::new();
    for command in ["exec:exit 7", "exec:no-such-command"] {
        let failed = store.run(&["--model", command, "--json"]).expect(6);
        assert_eq!(failed.json()["error"]["kind"], "no-answer", "{failed:?}");
        assert!(failed.stderr.contains("no answer to "), "{failed:?}");
        let status =
            store.dreaming(&["status", "--sessions", "sessions", "--json"]).expect(0).json();
        let sessions = &status["sessions"];
        assert_eq!((&sessions["read"], &sessions["pending"]), (&0.into(), &2.into()), "{command}");
        assert!(status["plan"].is_null(), "{command}");
    }
    let failed = store.run(&["--model", "exec:exit 7"]).expect(6);
    assert!(failed.stderr.contains("the model command ended with exit status: 7"), "{failed:?}");
    // The next dream begins anew and resumes none of the failed ones.
    let run = store.run(&["--model", "exec:echo '{\"proposals\": []}'"]).expect(0);
    assert!(run.stdout.contains("Read 2 sessions, 0 pending."), "{run:?}");
    assert!(
        run.stderr.contains("Of 2 model calls: 1 answered by what nobody can use (the answer"),
        "{run:?}"
    );
    let run = store.run(&["--replace"]).expect(0);
    assert!(!run.stderr.contains("model call"), "{run:?}");
}

#[cfg(unix)]
#[test]
fn a_session_that_no_model_answered_about_waits_and_is_asked_about_again_alone() {
    let store = Store::new();
    // A model that answers only the second call it gets, and every call once the file `go` exists.
    store.put(
        "model",
        "cat > /dev/null; echo x >> calls\n[ -e go ] || [ $(wc -l < calls) = 2 ] || exit 1\necho '{\"proposals\": []}'\n",
    );
    store.put("sessions-alone.json", r#"{"propose.together-bytes": 0, "compare.max-calls": 0}"#);
    let policy = ["--policy", "sessions-alone.json"];
    let ask = [&["--model", "exec:sh model", "--model-parallel", "1"][..], &policy].concat();
    let calls = || store.read("calls").lines().count();
    let run = store.run(&[&ask[..], &["--json"]].concat()).expect(0).json();
    assert_eq!((calls(), &run["sessions"]["waiting"]), (2, &1.into()), "{run}");
    assert_eq!(run["report"]["calls_unanswered"], 1);
    store.dreaming(&["apply", "--all"]).expect(0);
    let status = store.dreaming(&["status"]).expect(0);
    assert!(
        status.stdout.contains("2 sessions read, 0 pending, 1 waiting for a model"),
        "{status:?}"
    );
    assert_eq!(store.status()["sessions"]["waiting"], 1);
    // A dream without a model does not read the waiting session again.
    let run = store.run(&["--json"]).expect(0).json();
    assert_eq!((&run["sessions"]["read"], &run["sessions"]["asked_again"]), (&0.into(), &0.into()));
    store.dreaming(&["discard"]);
    store.put("go", "");
    let run = store.run(&[&ask[..], &["--json"]].concat()).expect(0).json();
    assert_eq!(calls(), 3, "only the call that failed is made again");
    let sessions = &run["sessions"];
    assert_eq!((&sessions["read"], &sessions["asked_again"]), (&0.into(), &1.into()), "{run}");
    assert_eq!(sessions["waiting"], 0);
    store.dreaming(&["discard"]);
    assert_eq!(store.status()["sessions"]["waiting"], 0);
}

#[test]
fn what_a_person_should_know_is_said_on_stderr() {
    let store = Store::empty();
    store.put("memory/a.md", "- A.\n");
    store.put("sessions/empty.jsonl", "");
    let run = store.run(&["--json"]).expect(0).json();
    let notes = run["report"]["notes"].as_array().unwrap();
    assert!(!notes.is_empty(), "{run}");
    let store = Store::empty();
    store.put("memory/a.md", "- A.\n");
    store.put("sessions/empty.jsonl", "");
    let run = store.run(&[]).expect(0);
    for note in notes {
        let note = note.as_str().unwrap();
        assert!(run.stderr.lines().any(|line| line == note), "{note}: {run:?}");
    }
}

#[test]
fn a_second_process_gets_a_clear_error_and_readers_go_on() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let lock = fs::File::options().write(true).open(store.path(".dreaming/memory/lock")).unwrap();
    lock.lock().unwrap();
    for command in [&["apply", "--all", "--json"][..], &["revert", "--json"], &["run", "--json"]] {
        let refused = store.dreaming(command).expect(1);
        assert_eq!(refused.json()["error"]["kind"], "busy");
    }
    assert_eq!(store.status()["revision"], 1);
    store.dreaming(&["show"]).expect(0);
    drop(lock);
    store.dreaming(&["apply", "--all"]).expect(0);
}

#[test]
#[cfg(unix)]
fn a_configuration_behind_a_link_that_leads_nowhere_is_not_taken_for_none() {
    let store = Store::new();
    fs::create_dir_all(store.path("config/dreaming")).unwrap();
    let file = store.path("config/dreaming/dreaming.toml");
    std::os::unix::fs::symlink(store.path("unmounted/dreaming.toml"), &file).unwrap();
    let refused = store.run(&[]).expect(2).stderr;
    assert!(refused.contains("dreaming.toml: is a link that leads nowhere"), "{refused}");
}
