//! A server that is killed while transcripts come, are replaced and deleted leaves no row without its object, and no
//! object that nobody deletes. `DREAMING_KILLS` says how often it is killed on each database.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::server::{Server, ask, new_key, postgres, text};

/// Kills on each database when nobody says how many. Chosen by us: each takes a second.
const KILLS: u64 = 6;

/// Those who send and delete at once.
const CLIENTS: usize = 4;

/// The keys that rows name, with the bytes that they say.
const NAMED: &str = "SELECT key || ' ' || CAST(bytes AS TEXT) FROM session_objects ORDER BY key";

/// Objects that are to be deleted, or are being written.
const NOTED: &str = "SELECT key FROM objects_to_delete ORDER BY key";

/// Lets what was begun be given up now, in place of an hour later.
const GIVE_UP: &str = "UPDATE objects_to_delete SET next_at = 0";

/// The files below a folder, by their keys, and their lengths.
fn files(folder: &Path, below: &str, found: &mut BTreeMap<String, u64>) {
    for entry in fs::read_dir(folder.join(below)).unwrap().map(Result::unwrap) {
        let key = format!("{below}{}", entry.file_name().to_str().unwrap());
        match entry.file_type().unwrap().is_dir() {
            true => files(folder, &format!("{key}/"), found),
            false => assert!(found.insert(key, entry.metadata().unwrap().len()).is_none()),
        }
    }
}

/// Sends parts, replaces them and deletes their sessions until the server is gone.
fn disturb(url: &str, key: &str, line: &str) {
    let made = json!({ "agent": "a", "environment_id": "e", "metadata": { "x_import": "true" } });
    for round in 1.. {
        let new = ureq::post(format!("{url}/v1/sessions")).header("x-api-key", key);
        let Ok(mut session) = new.send_json(&made) else { return };
        let Ok(session) = session.body_mut().read_json::<serde_json::Value>() else { return };
        let session = text(&session["id"]);
        for lines in [3_000, 1, 300 * round] {
            let part = ureq::put(format!("{url}/v1/x/sessions/{session}/parts/main"));
            if part.header("x-api-key", key).send(line.repeat(lines)).is_err() {
                return;
            }
        }
        if round % 2 == 0 {
            let delete = ureq::delete(format!("{url}/v1/sessions/{session}"));
            if delete.header("x-api-key", key).call().is_err() {
                return;
            }
        }
    }
}

fn play(database: &str, kills: u64) {
    let folder = tempfile::tempdir().unwrap();
    let place = format!("file://{}", folder.path().display());
    let key = new_key(database);
    let start = || Server::with(database, &key, &["--transcripts", &place], Stdio::inherit());
    let line = json!({
        "type": "user", "sessionId": "s", "cwd": "/shop", "uuid": "u1", "parentUuid": null, "version": "2.1.0",
        "timestamp": "2026-03-02T09:00:00Z", "isSidechain": false, "userType": "external",
        "message": { "role": "user", "content": "Look at the shop.".repeat(20) },
    });
    let line = format!("{line}\n");
    let (mut named, mut begun) = (0, 0);
    for killed in 0..kills {
        let server = start();
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| disturb(&server.url, &server.key, &line));
            }
            thread::sleep(Duration::from_millis(150 + (killed * 137) % 700));
            let killed = Command::new("kill").arg("-9").arg(server.pid().to_string()).status();
            assert!(killed.unwrap().success());
        });
        drop(server);
        // Postgres may still end what it was told.
        thread::sleep(Duration::from_millis(200));
        // A row names an object that is there, as long as it says.
        let mut there = BTreeMap::new();
        files(folder.path(), "", &mut there);
        let rows = ask(database, NAMED);
        for row in &rows {
            let (key, bytes) = row.split_once(' ').unwrap();
            assert_eq!(there.get(key).map(ToString::to_string).as_deref(), Some(bytes), "{row}");
        }
        // Another file is noted.
        let noted = ask(database, NOTED);
        let is_named = |key: &str| rows.iter().any(|row| row.starts_with(key));
        for file in there.keys() {
            let key = file.trim_end_matches(".begun");
            let is_noted = noted.iter().any(|noted| noted == key);
            assert!(is_noted || is_named(key) || key.starts_with("tried/"), "{file}: {noted:?}");
        }
        (named, begun) = (rows.len(), begun + noted.len());
    }
    let server = start();
    ask(database, GIVE_UP);
    let end = Instant::now() + Duration::from_secs(30);
    while !ask(database, NOTED).is_empty() {
        assert!(Instant::now() < end, "{:?}", ask(database, NOTED));
        thread::sleep(Duration::from_millis(100));
    }
    drop(server);
    let mut there = BTreeMap::new();
    files(folder.path(), "", &mut there);
    there.retain(|key, _| !key.starts_with("tried/"));
    let there: Vec<String> = there.iter().map(|(key, bytes)| format!("{key} {bytes}")).collect();
    assert_eq!(there, ask(database, NAMED), "a file that nobody names stays");
    println!("{kills} kills: {begun} objects were to be deleted after them, {named} are left");
    assert!(named > 0, "nothing was stored");
}

#[test]
#[cfg(unix)]
fn a_server_that_is_killed_leaves_no_row_without_its_transcript_and_no_transcript_behind() {
    let kills = std::env::var("DREAMING_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    play(&format!("sqlite:{}", folder.path().join("server.db").display()), kills);
    match std::env::var("DREAMING_TEST_POSTGRES") {
        Ok(url) => play(&postgres(&url, "objects"), kills),
        Err(_) => println!("skipped: DREAMING_TEST_POSTGRES names no Postgres"),
    }
}

#[test]
fn a_place_that_cannot_be_used_is_said_at_the_start_and_by_the_doctor() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("server.db").display());
    fs::write(folder.path().join("file"), "").unwrap();
    let place = |name: &str| format!("file://{}/{name}", folder.path().display());
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming-server"));
        command.args(["--database", &database]).args(arguments);
        let done = command.output().unwrap();
        let told = [done.stdout, done.stderr].map(|told| String::from_utf8(told).unwrap());
        (done.status.success(), told.concat())
    };
    for (named, says) in [
        (place("file"), "`--transcripts` cannot be used: file:///"),
        ("folder".into(), "error: `--transcripts` must name file:///FOLDER"),
        ("s3://me:secret@bucket".into(), "takes no credentials"),
    ] {
        let (is_done, told) = run(&["serve", "--listen", "127.0.0.1:0", "--transcripts", &named]);
        assert!(!is_done && told.contains(says) && !told.contains("secret"), "{named}: {told}");
    }
    let cache = concat!(env!("CARGO_TARGET_TMPDIR"), "/engine");
    let doctor = ["doctor", "--cache", cache];
    assert!(run(&doctor).1.contains("ok    transcripts: they go into the database"));
    let named = place("new");
    let (is_done, told) = run(&[&doctor[..], &["--transcripts", &named]].concat());
    assert!(is_done && told.contains(&format!("ok    transcripts: they go to {named}")), "{told}");
    let named = place("file");
    let (is_done, told) = run(&[&doctor[..], &["--transcripts", &named]].concat());
    assert!(!is_done && told.contains("fail  transcripts: file:///"), "{told}");
}
