//! Sessions of every format in one folder, formats that no importer knows, and files with several
//! sessions.

use std::process::Command;

use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::support::{self, NOW, Store, done, gzip, session};

const ASKED: &str = "Always run the formatter before you commit.";

fn lines(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

/// A session file of Codex in which one program is missing and another works.
fn rollout(id: &str, day: u32) -> String {
    let at = |second: u32| format!("2026-02-{day:02}T10:00:{second:02}.000Z");
    let line = |second, kind: &str, payload: Value| json!({"timestamp": at(second), "type": kind, "payload": payload});
    let item = |second, payload| line(second, "response_item", payload);
    let call = |second, call: &str, command: &str| {
        let arguments = json!({"command": ["bash", "-lc", command]}).to_string();
        item(
            second,
            json!({"type": "function_call", "name": "shell", "call_id": call, "arguments": arguments}),
        )
    };
    let result = |second, call: &str, code: u32, text: &str| {
        let output = json!({"output": text, "metadata": {"exit_code": code}}).to_string();
        item(second, json!({"type": "function_call_output", "call_id": call, "output": output}))
    };
    let said = |second, role: &str, text: &str| {
        item(
            second,
            json!({"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}),
        )
    };
    lines(&[
        line(
            0,
            "session_meta",
            json!({"id": id, "cwd": "/home/ada/shop", "git": {"branch": "main"}}),
        ),
        said(1, "user", "<environment_context>\n<cwd>/home/ada/shop</cwd>\n</environment_context>"),
        said(2, "user", ASKED),
        call(3, "a", "python tools/fixtures.py"),
        result(4, "a", 127, "zsh: command not found: python"),
        call(5, "b", "python3 tools/fixtures.py"),
        result(6, "b", 0, "made"),
        call(7, "c", "make check"),
        result(8, "c", 0, "all good"),
        said(9, "assistant", "Done."),
    ])
}

fn codex(store: &Store, arguments: &[&str]) -> support::Done {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming"));
    command.args(arguments).current_dir(store.path("."));
    command.env("CODEX_HOME", store.path("codex"));
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    done(&mut command)
}

#[test]
fn codex_rollouts_are_found_by_day_and_in_the_archive_and_read() {
    let store = Store::empty();
    store.put("codex/sessions/2026/02/02/rollout-2026-02-02T10-00-00-x.jsonl", rollout("x", 2));
    store.put("codex/archived_sessions/rollout-2026-02-09T10-00-00-y.jsonl", rollout("y", 9));
    store.put("codex/memories/MEMORY.md", "# Memory\n\n- Prices are kept in cents.\n");
    store.put("codex/AGENTS.md", "- Never touched.\n- Never touched.\n");
    let before = (store.tree("codex/sessions"), store.read("codex/AGENTS.md"));
    let run = codex(&store, &["run", "--codex", "/", "--now", NOW, "--json"]).expect(0);
    assert!(run.stderr.is_empty(), "{run:?}");
    assert_eq!(
        run.json()["sessions"],
        json!({"read": 2, "asked_again": 0, "pending": 0, "waiting": 0, "unseen": 2})
    );
    let shown = codex(&store, &["show", "--codex", "/"]).expect(0).stdout;
    assert!(shown.contains("no program `python`"), "{shown}");
    for file in
        ["2026/02/02/rollout-2026-02-02T10-00-00-x.jsonl:5 ", "2026-02-09T10-00-00-y.jsonl:5 "]
    {
        assert!(shown.contains(file), "{file}: {shown}");
    }
    let doctor = codex(&store, &["doctor", "--codex", "/"]).expect(0).stdout;
    assert!(doctor.contains("2 sessions found") && !doctor.contains("unknown"), "{doctor}");
    assert_eq!((store.tree("codex/sessions"), store.read("codex/AGENTS.md")), before);
}

/// Writes the files of an OpenCode session in which a person asks for something.
fn put_opencode(store: &Store, storage: &str, id: &str, day: u8) {
    let time = |second: u8| {
        let text = format!("2026-02-{day:02}T10:00:{second:02}Z");
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    };
    let put = |path: &str, value: Value| {
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        store.put(&format!("{storage}/{path}.json"), pretty);
    };
    put(
        &format!("session/p/{id}"),
        json!({"id": id, "version": "1.1.0", "projectID": "p", "title": "Shop",
        "directory": "/home/ada/shop", "time": {"created": time(0), "updated": time(9)}}),
    );
    let said = [("user", json!({"type": "text", "text": ASKED}))].into_iter().chain(
        [
            ("a", "python tools/fixtures.py", 127, "zsh: command not found: python"),
            ("b", "python3 tools/fixtures.py", 0, "made"),
            ("c", "make check", 0, "all good"),
        ]
        .map(|(call, command, exit, output)| {
            (
                "assistant",
                json!({"type": "tool", "tool": "bash",
                "callID": call, "state": {"status": "completed", "input": {"command": command},
                    "output": output, "metadata": {"exit": exit},
                    "time": {"start": time(1), "end": time(2)}}}),
            )
        }),
    );
    for (number, (role, part)) in (1..).zip(said) {
        let message = format!("msg_{id}_{number}");
        put(
            &format!("message/{id}/{message}"),
            json!({"id": message, "sessionID": id, "role": role,
            "time": {"created": time(number)}}),
        );
        put(&format!("part/{message}/prt_{number}"), part);
    }
}

/// Puts the files of a storage folder of OpenCode into a database, as version 1.2 did. The connection is that of an agent
/// at work.
fn into_database(store: &Store, storage: &str, database: &str) -> Connection {
    let db = Connection::open(store.path(database)).unwrap();
    db.pragma_update(None, "journal_mode", "WAL").unwrap();
    db.execute_batch(
        "CREATE TABLE session (id, parent_id, directory, title, version, time_created, time_updated);
         CREATE TABLE message (id, session_id, time_created, data);
         CREATE TABLE part (id, message_id, data);",
    )
    .unwrap();
    for (path, bytes) in store.tree(storage) {
        let names: Vec<_> = path.iter().rev().map(|name| name.to_str().unwrap()).collect();
        let (id, owner) = (names[0].trim_end_matches(".json"), names[1]);
        let mut data: Value = serde_json::from_slice(&bytes).unwrap();
        let time = data["time"].clone();
        let fields = data.as_object_mut().unwrap();
        ["id", "sessionID"].iter().for_each(|name| drop(fields.remove(*name)));
        let text = data.to_string();
        match names[2] {
            "session" => db.execute(
                "INSERT INTO session VALUES (?1, NULL, '/home/ada/shop', 'Shop', '1.2.0', ?2, ?3)",
                params![id, time["created"].as_i64(), time["updated"].as_i64()],
            ),
            "message" => db.execute(
                "INSERT INTO message VALUES (?1, ?2, ?3, ?4)",
                params![id, owner, time["created"].as_i64(), text],
            ),
            _ => db.execute("INSERT INTO part VALUES (?1, ?2, ?3)", params![id, owner, text]),
        }
        .unwrap();
    }
    db
}

#[test]
fn sessions_of_opencode_are_found_in_its_homes_and_those_of_gemini_in_its_chats() {
    let store = Store::empty();
    store.put("memory/notes.md", "- Prices are kept in cents.\n");
    put_opencode(&store, "data/opencode/storage", "ses_x", 2);
    put_opencode(&store, "old", "ses_y", 3);
    let agent = into_database(&store, "old", "data/opencode/opencode.db");
    let before = store.tree("data");
    let chat = json!({"sessionId": "g1", "projectHash": "0", "startTime": "2026-02-04T09:00:00Z",
        "lastUpdated": "2026-02-04T09:05:00Z", "messages": [
            {"id": "m1", "timestamp": "2026-02-04T09:00:00Z", "type": "user", "content": ASKED}]});
    store.put("home/.gemini/tmp/0/chats/session-1.json", chat.to_string());
    store.put("home/.gemini/tmp/0/logs.json", "[{\"sessionId\": \"g1\", \"type\": \"user\"}]");
    let at = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming"));
        command.args(arguments).current_dir(store.path("."));
        command.env("XDG_DATA_HOME", store.path("data"));
        command.env("GEMINI_CLI_HOME", store.path("home"));
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        done(&mut command)
    };
    let refused = at(&["run", "--opencode", "--now", NOW]).expect(2);
    assert!(refused.stderr.contains("--memory"), "{refused:?}");
    at(&["run", "--opencode", "--gemini", "--memory", "memory"]).expect(2);
    let run = ["run", "--memory", "memory", "--now", NOW, "--json"];
    let first = at(&[&run[..], &["--opencode"]].concat()).expect(0).json();
    assert_eq!(
        first["sessions"],
        json!({"read": 2, "asked_again": 0, "pending": 0, "waiting": 0, "unseen": 2}),
        "{first}"
    );
    let shown = at(&["show", "--memory", "memory"]).expect(0).stdout;
    let places = ["no program `python`", "ses_x.json:3 ", "opencode.db/ses_y:3 "];
    assert!(places.iter().all(|place| shown.contains(place)), "{shown}");
    assert!(store.tree("data") == before, "something was written beside the sessions");
    drop(agent);
    let second = at(&[&run[..], &["--gemini", "--replace"]].concat()).expect(0).json();
    assert_eq!(
        second["sessions"],
        json!({"read": 1, "asked_again": 0, "pending": 0, "waiting": 0, "unseen": 1}),
        "{second}"
    );
}

/// A folder with one session of each format; in each a person asks for the same.
fn every_form() -> Store {
    let store = Store::empty();
    store.put("memory/notes.md", "- Prices are kept in cents.\n");
    store.put("all/claude.jsonl", session("claude", 1));
    let sub = json!({"type": "assistant", "uuid": "s1", "sessionId": "claude", "isSidechain": true, "agentId": "a",
        "timestamp": "2026-02-01T10:01:00Z", "message": {"role": "assistant", "content": "Looked."}});
    store.put("all/claude/subagents/agent-a.jsonl", lines(&[sub]));
    store.put("all/claude/subagents/agent-a.meta.json", "{\"agentType\":\"Explore\"}");
    store.put("all/claude/tool-results/toolu_1.txt", "a long output\n");
    store.put("all/2026/rollout-c.jsonl", rollout("codex", 2));
    store.put("all/2026/zipped.jsonl.gz", gzip(rollout("zipped", 3).as_bytes()));
    let chat = json!({"sessionId": "g1", "projectHash": "0", "startTime": "2026-02-04T09:00:00Z",
        "lastUpdated": "2026-02-04T09:05:00Z", "messages": [
            {"id": "m1", "timestamp": "2026-02-04T09:00:00Z", "type": "user", "content": ASKED}]});
    store.put("all/gemini.json", serde_json::to_string_pretty(&chat).unwrap());
    store.put("all/gemini-lines.jsonl", lines(&[
        json!({"sessionId": "g2", "projectHash": "0", "startTime": "2026-02-05T09:00:00Z", "lastUpdated": "2026-02-05T09:00:00Z"}),
        json!({"id": "m1", "timestamp": "2026-02-05T09:00:00Z", "type": "user", "content": ASKED}),
    ]));
    let chat = json!({"messages": [{"role": "user", "content": ASKED, "timestamp": "2026-02-06T09:00:00Z"}], "session_id": "o1"});
    store.put("all/chat.json", chat.to_string());
    store.put(
        "all/events.json",
        json!({"data": [
        {"id": "e1", "type": "user.message", "processed_at": "2026-02-07T09:00:00Z",
         "content": [{"type": "text", "text": ASKED}]}], "next_page": null})
        .to_string(),
    );
    store.put(
        "all/own.jsonl",
        lines(&[
            json!({"type": "session", "session": "s1", "agent": "fixer"}),
            json!({"type": "user", "text": ASKED, "time": "2026-02-08T09:00:00Z"}),
        ]),
    );
    store
}

#[test]
fn sessions_of_every_form_are_read_from_one_folder_and_shown_with_file_and_line() {
    let store = every_form();
    let run =
        store.dreaming(&["run", "--sessions", "all", "--now", NOW, "--json"]).expect(0).json();
    assert_eq!(
        run["sessions"],
        json!({"read": 8, "asked_again": 0, "pending": 0, "waiting": 0, "unseen": 8}),
        "{run}"
    );
    assert_eq!(run["skipped"], json!({"memories": [], "sessions": [], "unknown": []}));
    let plan = store.dreaming(&["show", "--json", "--digests"]).expect(0).json()["plan"].clone();
    let formats: Vec<(&str, &str)> = plan["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| {
            (
                s["session"].as_str().unwrap(),
                s["outcome"]["record"]["notes"]["format"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        formats,
        [
            ("chat", "openai-chat"),
            ("claude", "claude-code"),
            ("events", "managed-agents"),
            ("gemini", "gemini-cli"),
            ("gemini-lines", "gemini-cli"),
            ("own", "generic"),
            ("rollout-c", "codex"),
            ("zipped", "codex"),
        ]
        .into_iter()
        .collect::<Vec<_>>()
    );
    let shown = store.dreaming(&["show"]).expect(0).stdout;
    for place in ["all/claude.jsonl:1 ", "all/gemini.json:4 ", "all/2026/rollout-c.jsonl:3 "] {
        assert!(shown.contains(place), "{place}: {shown}");
    }
}

#[test]
fn a_form_that_nobody_knows_is_named_and_never_counts_as_read() {
    let store = Store::new();
    store.put("sessions/strange.jsonl", "{\"kind\":\"something else\"}\n");
    store.put("sessions/rows.json", "[{\"price\": 1}, {\"price\": 2}]\n");
    store.put("sessions/package.json", "{\"name\": \"shop\", \"files\": [\"a\"]}\n");
    let run = store.run(&[]).expect(0);
    assert!(
        run.stdout.contains("Read 2 sessions, 0 pending, 2 left unread: 2 of no known form."),
        "{run:?}"
    );
    for said in [
        "strange.jsonl is left alone: no importer",
        "rows.json is left alone: no importer",
        "package.json is left alone: it does not look like a transcript",
    ] {
        assert!(run.stderr.contains(said), "{said}: {run:?}");
    }
    store.dreaming(&["apply", "--all"]).expect(0);
    // `status` lists the two sessions as unknown from what the state remembers, and they do not
    // stay pending.
    let status = store.dreaming(&["status", "--json"]).expect(0).json();
    assert_eq!(
        status["sessions"],
        json!({"elsewhere": 0, "in_plan": 0, "read": 2, "pending": 0, "waiting": 0, "unseen": 2, "unknown": 2})
    );
    let again = store.run(&["--json"]).expect(0).json();
    assert_eq!(again["skipped"]["unknown"].as_array().unwrap().len(), 2, "{again}");
    // Once the session has a known format, the next run reads it, because it was never read before.
    store.put("sessions/strange.jsonl", session("strange", 12));
    let run = store.run(&["--json"]).expect(0).json();
    assert_eq!(
        run["sessions"],
        json!({"read": 1, "asked_again": 0, "pending": 0, "waiting": 0, "unseen": 3}),
        "{run}"
    );
}

#[test]
fn what_an_older_engine_did_not_know_is_looked_at_again_by_another_one() {
    let store = Store::new();
    store.put("sessions/three.jsonl", session("three", 12));
    store.run(&[]).expect(0);
    support::reject_all(&store);
    store.put("sessions/four.jsonl", session("four", 13));
    // Notes the session in the state as one that `engine` did not understand.
    let parts = json!({"main": store.read("sessions/four.jsonl").len()});
    let remember = |engine: &str| {
        let known = json!({"engine": engine, "sessions": {"four": parts}}).to_string();
        let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
        let insert = "INSERT OR REPLACE INTO meta VALUES ('unknown-formats', ?1)";
        db.execute(insert, [known]).unwrap();
    };
    remember("another engine");
    assert_eq!(store.status()["sessions"]["pending"], 1);
    let run = store.run(&["--json"]).expect(0).json();
    assert_eq!(run["sessions"]["read"], 1, "{run}");
}

#[test]
fn a_file_with_several_runs_is_several_sessions() {
    let store = Store::empty();
    store.put("memory/notes.md", "- Prices are kept in cents.\n");
    let a_run = |task: u32, day: u32| {
        json!({"task_id": task, "trial": 0, "reward": 1.0, "traj": [
        {"role": "user", "content": ASKED, "timestamp": format!("2026-02-{day:02}T09:00:00Z")},
        {"role": "assistant", "content": "Yes."}]})
    };
    let array = json!([a_run(1, 2), a_run(2, 3), a_run(3, 4)]);
    store.put("runs/tau.json", serde_json::to_string_pretty(&array).unwrap());
    store.put("runs/lines.jsonl", lines(&[a_run(4, 5), a_run(5, 6)]));
    let own = |id: &str, day: u32| {
        [
            json!({"type": "session", "session": id, "agent": "fixer"}),
            json!({"type": "user", "text": ASKED, "time": format!("2026-02-{day:02}T09:00:00Z")}),
        ]
    };
    store.put("runs/own.jsonl", lines(&[own("a", 7), own("b", 8)].concat()));
    store.put("runs/tau.outcome.json", "{\"format\":\"dreaming.session/1\"}");
    let run = ["run", "--sessions", "runs", "--now", NOW];
    let done = store.dreaming(&[&run[..], &["--json"]].concat()).expect(0);
    let json = done.json();
    assert_eq!(
        json["sessions"],
        json!({"read": 7, "asked_again": 0, "pending": 0, "waiting": 0, "unseen": 7}),
        "{json}"
    );
    let skipped = json["skipped"]["sessions"].to_string();
    assert!(skipped.contains("holds several"), "{skipped}");
    let shown = store.dreaming(&["show", "--json"]).expect(0).json()["plan"].clone();
    let ids: Vec<&str> = shown["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["session"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["lines#1", "lines#2", "own#1", "own#2", "tau#1", "tau#2", "tau#3"]);
    // The file and line of the evidence refer to the whole file, not to one session in it.
    let mut seen = 0;
    let evidence =
        shown["changes"].as_array().unwrap().iter().flat_map(|c| c["evidence"].as_array().unwrap());
    for piece in evidence.filter(|piece| piece["quote"].as_str().unwrap().contains("formatter")) {
        let text = std::fs::read_to_string(piece["file"].as_str().unwrap()).unwrap();
        let line = usize::try_from(piece["file_line"].as_u64().unwrap()).unwrap();
        let rest: String = text.lines().skip(line - 1).take(3).collect();
        assert!(rest.contains("formatter"), "{piece}");
        seen += 1;
    }
    assert!(seen > 0, "{shown}");
    // A further agent run in the array is a new session; the earlier ones count as read.
    store.dreaming(&["apply", "--all"]).expect(0);
    store.dreaming(&["replay"]).expect(0);
    store.put("runs/lines.jsonl", lines(&[a_run(4, 5), a_run(5, 6), a_run(6, 9)]));
    let status = store.status();
    assert_eq!(
        status["sessions"],
        json!({"elsewhere": 0, "in_plan": 0, "read": 7, "pending": 1, "waiting": 0, "unseen": 7, "unknown": 0}),
        "{status}"
    );
}

#[test]
fn outcomes_beside_transcripts_are_in_the_figures() {
    let store = Store::empty();
    store.put("memory/notes.md", "- Prices are kept in cents.\n");
    for number in 0..12u32 {
        let (id, good) = (format!("s{number}"), number < 6);
        let command = if good { "make preview" } else { "make build" };
        let time = |second| format!("2026-02-{:02}T09:00:{second:02}Z", number + 1);
        store.put(&format!("sessions/{id}.jsonl"), lines(&[
            json!({"type": "session", "session": id, "cwd": "/home/ada/shop", "agent": "fixer"}),
            json!({"type": "user", "text": "Put the page on line.", "time": time(0)}),
            json!({"type": "tool-call", "call": "1", "tool": "Bash", "arguments": {"command": command}, "time": time(1)}),
            json!({"type": "tool-result", "call": "1", "text": "done", "time": time(2)}),
        ]));
        store.put(
            &format!("sessions/{id}.outcome.json"),
            json!({
            "format": "dreaming.session/1", "role": "builder",
            "outcomes": [{"name": "page-checks", "value": good}]})
            .to_string(),
        );
    }
    // A dream reads these sessions and proposes nothing from them.
    store.run(&[]).expect(0);
    let figures = store.dreaming(&["stats", "--now", NOW, "--json"]).expect(0).json();
    assert_eq!(figures["totals"]["sessions"], 12, "{figures}");
    let said = store.dreaming(&["stats", "--now", NOW]).expect(0).stdout;
    for part in
        ["Outcomes: 6 good, 6 bad, 0 unknown", "By role", "builder", "measured: 6 good, 6 bad"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let good = store.dreaming(&["stats", "--outcome", "good", "--json"]).expect(0).json();
    assert_eq!(good["totals"]["sessions"], 6, "{good}");
}
