//! A disk that is full, here a limit for the size of files: who watches the server sees it, and it passes.
#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::{Server, new_key};
use crate::told::doctor;

/// A server, or the doctor, whose files may have at most so many bytes; what is beyond that is an error, and no end.
fn limited(database: &str, words: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -S -f 256; exec \"$@\"", "sh"]);
    command.args([env!("CARGO_BIN_EXE_dreaming-server"), "--database", database]).args(words);
    command.args(["--cache", concat!(env!("CARGO_TARGET_TMPDIR"), "/engine")]);
    command
}

fn status(url: &str) -> (u16, String) {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut said = agent.get(url).call().unwrap();
    (said.status().as_u16(), said.body_mut().read_to_string().unwrap())
}

/// Writes until a write is refused: the id of that request.
fn filled(url: &str, key: &str) -> String {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    for _ in 0..500 {
        let store = json!({ "name": "Shop", "description": "a".repeat(1_000) });
        let request = agent.post(format!("{url}/v1/memory_stores")).header("x-api-key", key);
        let mut said = request.send_json(&store).unwrap();
        if said.status() == 500 {
            let told: Value = said.body_mut().read_json().unwrap();
            return told["request_id"].as_str().unwrap().to_owned();
        }
    }
    panic!("nothing is refused");
}

fn ended(mut server: Child) -> String {
    server.kill().unwrap();
    let mut log = String::new();
    server.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    server.wait().unwrap();
    log
}

#[test]
fn a_full_disk_is_seen_by_who_watches_the_server_and_passes() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("server.db").display());
    let key = new_key(&database);
    let told = doctor(&database);
    assert!(told.contains("ok    database: it answers and takes writes"), "{told}");
    // Compiles the engine into a file that is larger, and leaves nothing beside the database.
    Server::with(&database, &key, &[], Stdio::piped()).stopped();
    let mut command = limited(&database, &["serve", "--listen", "127.0.0.1:0"]);
    let mut server = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim_end().rsplit(' ').next().unwrap().to_owned();
    let ready = format!("{url}/readyz");
    assert_eq!(status(&ready), (200, "ok".into()));
    let request = filled(&url, &key);
    let until = |expected: u16| {
        let end = Instant::now() + Duration::from_secs(20);
        while status(&ready).0 != expected {
            assert!(Instant::now() < end, "{:?}", status(&ready));
            thread::sleep(Duration::from_millis(200));
        }
        status(&ready).1
    };
    assert_eq!(until(503), "the database takes no write");
    let doctor = limited(&database, &["doctor"]).output().unwrap();
    let told = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(told.contains("fail  database: it answers, and takes no write"), "{told}");
    assert!(told.contains("→ make room on its disk") && !doctor.status.success(), "{told}");
    let pid = server.id().to_string();
    let mut room = Command::new("prlimit");
    let room = room.args(["--pid", &pid, "--fsize=unlimited:unlimited"]).status();
    assert!(room.unwrap().success());
    assert_eq!(until(200), "ok");
    let log = ended(server);
    let line = log.lines().find(|line| line.contains(&request)).unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains("ERROR") && line.contains("route=\"/v1/memory_stores\""), "{line}");
    assert!(log.contains("the database takes no write: "), "{log}");
}
