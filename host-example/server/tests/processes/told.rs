//! What whoever runs a server is told when something goes wrong, without the words of those who use it.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use dreaming_fake_models::{Fake, Reply, Speaks, error};
use serde_json::json;

use crate::server::{Server, new_key, session};

/// What the doctor says about a database.
pub fn doctor(database: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming-server"));
    command.args(["--database", database, "doctor"]);
    command.args(["--cache", concat!(env!("CARGO_TARGET_TMPDIR"), "/engine")]);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
#[cfg(unix)]
fn log_and_doctor_say_why_dreams_fail_and_that_a_webhook_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("server.db").display());
    let key = new_key(&database);
    let refused = error("authentication_error", "the secret words");
    let model = Fake::says(Speaks::Anthropic, Reply::Http(401, Vec::new(), refused));
    let options = ["--anthropic-url", &*model.url, "--private-webhooks"];
    let server = Server::with(&database, &key, &options, Stdio::piped());
    // Nobody listens there, and the address is a secret, too.
    let made = server.post("/v1/x/webhooks", &json!({ "url": "http://127.0.0.1:9/the-secret" }));
    let sessions = [session(&server, 0)];
    let (_, dream) = server.dream(&sessions, false, false);
    assert_eq!(server.until_over(&dream)["status"], "failed");
    while server.get("/v1/x/webhooks")["data"][0]["reason"].is_null() {
        thread::sleep(Duration::from_millis(50));
    }
    let (_, log) = server.stopped();
    let why = "its model answered no call: HTTP 401: the service turns down the key";
    assert!(log.contains(&format!("dream {dream} failed (internal_error): {why}")), "{log}");
    let webhook = format!("webhook {}: ", made["id"].as_str().unwrap());
    assert!(log.contains(&webhook) && log.contains("Connection refused"), "{log}");
    assert!(!log.contains("secret") && log.lines().count() == 2, "{log}");
    let told = doctor(&database);
    assert!(told.contains("warn  dreams: 1 failed; 1 of them failed in the last day"), "{told}");
    assert!(told.contains(&format!("→ 1: {why}")) && !told.contains("secret"), "{told}");
}

#[test]
#[cfg(unix)]
fn an_address_that_other_machines_may_reach_is_warned_of_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("server.db").display());
    let key = new_key(&database);
    for (address, lines) in [("127.0.0.1:0", 0), ("0.0.0.0:0", 1)] {
        let server = Server::listening(address, &database, &key, &[], Stdio::piped());
        let (_, log) = server.stopped();
        assert_eq!(log.lines().count(), lines, "{log}");
        assert_eq!(log.contains("WARN other machines may reach http://0.0.0.0:"), lines == 1);
    }
}
