//! `dreaming doctor` finds what is wrong, says what to do, and changes nothing.

use std::fs::{self, File};

use serde_json::Value;

use crate::support::{self, Store};

/// Runs `doctor`, checks its exit code and returns its findings.
fn findings(store: &Store, more: &[&str], code: i32) -> Vec<Value> {
    let all = [&["doctor", "--sessions", "sessions", "--json"], more].concat();
    let json = store.dreaming(&all).expect(code).json();
    json["checks"].as_array().unwrap().clone()
}

/// Returns the only finding of `doctor` whose grade is not `ok`.
fn only(store: &Store, more: &[&str], code: i32) -> Value {
    let mut bad = findings(store, more, code);
    bad.retain(|finding| finding["grade"] != "ok");
    assert_eq!(bad.len(), 1, "{bad:?}");
    assert!(bad[0]["do"].as_str().is_some_and(|todo| !todo.is_empty()), "{bad:?}");
    bad.remove(0)
}

fn healthy() -> Store {
    let store = Store::new();
    store.run(&["--mode", "auto"]).expect(0);
    assert!(findings(&store, &[], 0).iter().all(|finding| finding["grade"] == "ok"));
    store
}

#[test]
fn what_is_in_order_is_said_so_and_nothing_is_made() {
    let store = Store::new();
    let all = findings(&store, &[], 0);
    assert!(all.len() > 10 && all.iter().all(|finding| finding["grade"] == "ok"), "{all:?}");
    assert!(!store.path(".dreaming").exists());
    let text = store.dreaming(&["doctor", "--sessions", "sessions"]).expect(0).stdout;
    assert!(text.contains("2 sessions found, 2 pending"), "{text}");
    assert!(text.ends_with("0 failed, 0 warnings.\n"), "{text}");
}

#[test]
fn what_stops_every_command_fails() {
    let store = healthy();
    let missing = store.command(&["doctor", "--json"]).arg("--state").arg("memory/x").output();
    assert_eq!(missing.unwrap().status.code(), Some(1), "state inside the memories");
    fs::write(store.path(".dreaming/memory/state.db"), "no database").unwrap();
    assert_eq!(only(&store, &[], 1)["name"], "history");
    fs::remove_dir_all(store.path("memory")).unwrap();
    let bad = only(&store, &[], 1);
    assert_eq!((&bad["name"], &bad["grade"]), (&"memory folder".into(), &"fail".into()));
}

#[test]
fn what_verify_finds_is_found() {
    for (tamper, what) in [
        ("UPDATE memory_versions SET text = text || 'x' WHERE path = 'team.md'", "memory team.md"),
        (
            "UPDATE ledger_versions SET value = CAST(replace(CAST(value AS TEXT), 'user', 'tool') AS BLOB)",
            "ledger",
        ),
        (
            "UPDATE plans SET report = CAST(replace(CAST(report AS TEXT), 'sessions', 'sessionz') AS BLOB)",
            "plan",
        ),
        ("UPDATE revisions SET id = 'r' || id WHERE number = 1", "revision 1"),
        ("UPDATE meta SET value = 'other' WHERE key = 'salt'", "memory"),
    ] {
        let store = support::dreamt();
        assert!(findings(&store, &[], 0).iter().any(|finding| finding["name"] == "chain"));
        let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
        db.pragma_update(None, "foreign_keys", false).unwrap();
        assert!(db.execute(tamper, []).unwrap() > 0, "{tamper}");
        drop(db);
        let verified = store.dreaming(&["verify", "--json"]).expect(1).json();
        let all = findings(&store, &[], 1);
        let bad: Vec<&Value> = all.iter().filter(|finding| finding["grade"] == "fail").collect();
        let chain =
            bad.iter().find(|finding| finding["name"] == "chain" || finding["name"] == "history");
        let items = chain.unwrap_or_else(|| panic!("{tamper}: {all:?}"));
        let count = verified["damage"].as_array().unwrap().len();
        assert!(items["items"].as_array().unwrap().len() == count, "{what}: {items} {verified}");
    }
}

#[test]
fn sessions_that_are_gone_or_of_another_kind_are_named() {
    let store = healthy();
    store.put("sessions/other.jsonl", "{\"kind\":\"something else\"}\n");
    let bad = only(&store, &[], 0);
    assert!(bad["found"].as_str().unwrap().contains("1 left unread: 1 of no known form"), "{bad}");
    assert!(bad["items"][0].as_str().unwrap().contains("other.jsonl: no importer"), "{bad}");
    fs::remove_dir_all(store.path("sessions")).unwrap();
    assert_eq!(only(&store, &[], 1)["name"], "sessions");
}

#[test]
fn a_lock_a_stale_plan_and_edits_are_seen() {
    let store = healthy();
    let lock = File::open(store.path(".dreaming/memory/lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(only(&store, &[], 0)["name"], "lock");
    drop(lock);
    store.put("memory/twice.md", "# Cache\n\n- It lives for one hour.\n- It lives for one hour.\n");
    store.run(&[]).expect(0);
    store.put("memory/twice.md", "# Cache\n\n- It lives for one hour.\n");
    let bad = only(&store, &[], 0);
    assert_eq!(bad["name"], "plan");
    assert!(bad["items"][0].as_str().unwrap().ends_with("twice.md was edited"), "{bad}");
    let all = findings(&store, &[], 0);
    let history = all.iter().find(|finding| finding["name"] == "history").unwrap();
    assert_eq!(history["items"], serde_json::json!(["twice.md"]));
}

#[cfg(unix)]
#[test]
fn a_state_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let store = healthy();
    let dir = store.path(".dreaming/memory");
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    let bad = only(&store, &[], 0);
    assert!(bad["found"].as_str().unwrap().contains("mode 755"), "{bad}");
}

#[test]
fn the_state_of_the_memories_is_looked_at() {
    let store = healthy();
    store.put("memory/latin.md", b"caf\xe9");
    assert_eq!(only(&store, &[], 0)["name"], "files left alone");
    fs::remove_file(store.path("memory/latin.md")).unwrap();

    store.put("memory/see.md", "- See [that](gone.md) and [[team]].\n");
    let bad = only(&store, &[], 0);
    assert_eq!(bad["items"], serde_json::json!(["see.md:1 (gone.md)"]));
    fs::remove_file(store.path("memory/see.md")).unwrap();

    let long: String = (0..201).map(|n| format!("- Line {n}.\n")).collect();
    store.put("memory/MEMORY.md", long);
    assert_eq!(only(&store, &[], 0)["name"], "index");
}

#[test]
fn secrets_are_counted_and_never_shown_also_after_they_were_declined() {
    let store = healthy();
    let secret = ["AKIA", "4XW7ZQ2M", "N8PLR0TV"].concat();
    store.put("memory/keys.md", format!("- The upload key is {secret}.\n"));
    store.run(&[]).expect(0);
    assert!(support::reject_all(&store) > 0);
    let bad = only(&store, &[], 0);
    assert_eq!(bad["items"], serde_json::json!(["keys.md:1"]));
    let text = store.dreaming(&["doctor", "--sessions", "sessions"]).expect(0);
    assert!(text.stdout.contains("keys.md") && !text.stdout.contains(&secret), "{text:?}");
}

#[test]
fn a_secret_is_found_in_code_and_over_several_lines_and_those_below_it_have_their_numbers() {
    let store = healthy();
    let key =
        format!("{}\n{}\n", "MIIEowIBAAKCAQEAwJbA1lG2kq8hQ5s2f0Zq1yQ9nVx7mE3t", "R4uW6pL8sD2gH0jK");
    let key = format!("-----BEGIN RSA PRIVATE KEY-----\n{key}-----END RSA PRIVATE KEY-----\n");
    let token = ["AKIA", "4XW7ZQ2M", "N8PLR0TV"].concat();
    let table = format!("| key | of |\n|--|--|\n| {token} | CI |\n");
    store.put("memory/keys.md", format!("# Keys\n\n```\n{key}```\n\n- Use make.\n\n{table}"));
    let lines = ["4", "5", "6", "7", "14"].map(|line| format!("keys.md:{line}"));
    assert_eq!(only(&store, &[], 0)["items"], serde_json::json!(lines));
    let alone = store.dreaming(&["doctor", "--memories"]).expect(1).stdout;
    assert!(alone.contains("keys.md:14") && !alone.contains("lock:"), "{alone}");
}

#[test]
fn a_model_of_the_users_file_that_cannot_be_asked_is_said_where_people_look() {
    let store = healthy();
    store.put("config/dreaming/dreaming.toml", "model = \"anthropic:claude-haiku-4-5\"\n");
    let with_key = |arguments: &[&str], key: &str| {
        let mut command = store.command(arguments);
        command.env("ANTHROPIC_API_KEY", key).env_remove("ANTHROPIC_AUTH_TOKEN");
        support::done(&mut command).expect(0)
    };
    let doctor = ["doctor", "--sessions", "sessions", "--json"];
    let model = |key: &str| {
        let checks = with_key(&doctor, key).json()["checks"].clone();
        let mut checks = checks.as_array().unwrap().clone();
        checks.retain(|check| check["name"] == "model");
        checks.pop().unwrap()
    };
    let warned = model("");
    assert_eq!(warned["grade"], "warn", "{warned}");
    assert!(warned["found"].as_str().unwrap().contains("the model needs a key"), "{warned}");
    assert!(warned["do"].as_str().unwrap().contains("--no-model"), "{warned}");
    assert_eq!(model("sk-test")["grade"], "ok");
    let status = |key: &str| with_key(&["status"], key).stdout;
    let said = status("");
    assert!(said.contains("Look: no dream begins") && said.contains("needs a key"), "{said}");
    assert!(!status("sk-test").contains("Look:"));
    let json = with_key(&["status", "--json"], "").json();
    assert!(json["model_failure"].as_str().unwrap().contains("needs a key"), "{json}");
    // `doctor` suggests a dream without the model; that command works.
    let run = ["run", "--if-due", "--min-sessions", "0", "--min-interval", "0s", "--idle", "0s"];
    let refused = support::done(store.command(&run).env("ANTHROPIC_API_KEY", ""));
    assert_eq!(refused.code, 2, "{refused:?}");
    with_key(&[&run[..], &["--no-model"]].concat(), "");
}
