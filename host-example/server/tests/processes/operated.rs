//! Lines about requests, what could be wrong, and the end of a server.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::server::{SESSIONS, Server, ask, asked, model, new_key, session, text};

#[test]
fn a_line_about_a_request_has_its_trace_and_no_word_of_the_client() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("server.db").display());
    let key = new_key(&database);
    let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming-server"));
    command.args(["--database", &database, "serve", "--listen", "127.0.0.1:0"]);
    command.args(["--cache", concat!(env!("CARGO_TARGET_TMPDIR"), "/engine")]);
    command.args(["--log", "json", "--log-requests"]);
    let mut server = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim_end().rsplit(' ').next().unwrap().to_owned();
    let parents =
        ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-secret words-1-01"];
    for parent in parents {
        let path = format!("{url}/v1/memory_stores/memstore_none?words=secret");
        let request = ureq::get(path).header("x-api-key", &key).header("traceparent", parent);
        assert!(request.call().is_err(), "there is no such store");
    }
    let mut lines = Vec::new();
    let mut told = BufReader::new(server.stderr.take().unwrap()).lines();
    while lines.len() < parents.len() {
        lines.push(serde_json::from_str::<Value>(&told.next().unwrap().unwrap()).unwrap());
    }
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(lines[0]["trace"], "4bf92f3577b34da6a3ce929d0e0e4736", "{lines:?}");
    assert_eq!(lines[1].get("trace"), None, "{lines:?}");
    for line in &lines {
        assert_eq!((&line["method"], &line["status"]), (&json!("GET"), &json!(404)));
        assert_eq!(line["route"], "/v1/memory_stores/{store}");
        assert!(!line.to_string().contains("secret") && !line.to_string().contains(&key), "{line}");
    }
}

#[test]
fn the_doctor_says_what_is_missing_and_what_to_type() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("server.db").display());
    let say = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming-server"));
        command.args(["--database", &database]).args(words).output().unwrap()
    };
    let file = folder.path().join("server.db");
    let copy = folder.path().join("copy.db");
    for words in
        [&["doctor"][..], &["keys"], &["revoke-key", "a"], &["backup", copy.to_str().unwrap()]]
    {
        let refused = say(words);
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && told.contains("there is no database at"), "{told}");
        assert!(!file.exists() && !copy.exists(), "{words:?} made a file");
    }
    assert!(say(&["new-key", "--name", "CI of the shop", "--may", "write"]).status.success());
    assert!(!say(&["new-key", "--name", "two\tcolumns"]).status.success());
    let keys = String::from_utf8(say(&["keys"]).stdout).unwrap();
    assert!(keys.ends_with("\tCI of the shop\n") && keys.lines().count() == 1, "{keys}");
    assert!(say(&["revoke-key", keys.split('\t').next().unwrap()]).status.success(), "{keys}");
    assert!(say(&["backup", copy.to_str().unwrap()]).status.success());
    #[cfg(unix)]
    for file in [&file, &copy] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
    let doctor = |models: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming-server"));
        command.args(["--database", &database, "doctor"]);
        command.args(["--cache", concat!(env!("CARGO_TARGET_TMPDIR"), "/engine")]);
        for variable in ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_API_KEY"] {
            command.env_remove(variable);
        }
        if models {
            command.env("ANTHROPIC_API_KEY", "sk-secret").env("OPENAI_API_KEY", "sk-secret");
        }
        let done = command.output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap())
    };
    let (code, told) = doctor(false);
    assert_eq!(code, Some(0), "{told}");
    for line in ["warn  keys: none", "→ dreaming-server new-key > key", "→ export OPENAI_API_KEY=…"]
    {
        assert!(told.contains(line), "{line}: {told}");
    }
    new_key(&database);
    let (_, told) = doctor(true);
    assert!(told.contains("ok    keys: 1 open something"), "{told}");
    assert!(!told.contains("warn") && !told.contains("secret"), "{told}");
}

/// A server that is stopped ends soon and in order, and its dream goes on in the next one.
#[test]
#[cfg(unix)]
fn a_server_that_is_stopped_leaves_its_dream_at_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("server.db").display());
    let (key, model) = (new_key(&database), model());
    let server = Server::telling(&database, &key, &model.url, Stdio::piped());
    let sessions: Vec<String> = (0..SESSIONS).map(|number| session(&server, number)).collect();
    let (_, dream) = server.dream(&sessions, true, false);
    while model.seen().len() < 2 {
        thread::sleep(Duration::from_millis(5));
    }
    let (took, told) = server.stopped();
    assert!(took < Duration::from_secs(9), "{took:?}");
    assert_eq!(told, "", "nothing went wrong");
    let before = asked(&model, 0).len();
    assert!(before < SESSIONS, "{before} calls: the dream was over");
    let server = Server::start(&database, &key, &model.url);
    let over = server.until_over(&dream);
    assert_eq!(over["status"], "completed", "{over}");
    let asked = asked(&model, 0);
    let again = asked.values().sum::<usize>() - asked.len();
    assert_eq!(again, 0, "who is asked to end hears the answers that are under way");
}

#[test]
#[cfg(unix)]
fn what_is_made_comes_after_what_a_clock_that_was_ahead_has_left() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("server.db").display());
    let key = new_key(&database);
    let options = ["--anthropic-url", "http://127.0.0.1:9"];
    let server = Server::with(&database, &key, &options, Stdio::piped());
    let store =
        |server: &Server| text(&server.post("/v1/memory_stores", &json!({ "name": "a" }))["id"]);
    let first = store(&server);
    let (_, told) = server.stopped();
    assert!(!told.contains("the clock of this machine"), "{told}");
    // Some years later.
    let ahead = format!("memstore_000z{}", &first["memstore_000z".len()..]);
    ask(&database, &format!("UPDATE memory_stores SET id = '{ahead}'"));
    let server = Server::with(&database, &key, &options, Stdio::piped());
    let second = store(&server);
    assert_eq!(server.ids("/v1/memory_stores?"), [second, ahead]);
    let (_, told) = server.stopped();
    assert!(told.contains("the clock of this machine says"), "{told}");
}
