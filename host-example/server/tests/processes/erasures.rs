//! An erasure that is killed is done whole, or has not begun.

use std::path::Path;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::server::{Server, new_key, postgres, said, text};

/// Whether a file of SQLite or its log holds words.
fn is_in_a_file(folder: &Path, words: &str) -> bool {
    let files =
        std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(words.len()).any(|part| part == words.as_bytes()))
}

/// Kills a server while it erases, at other moments each time: how often it was done, and how often it had not begun.
fn play_erasures(database: &str, folder: Option<&Path>) -> (usize, usize) {
    let key = new_key(database);
    let start = || Server::start(database, &key, "http://127.0.0.1:9");
    let mut server = start();
    let (mut done, mut not) = (0, 0);
    for round in 0..8_u64 {
        let words = format!("always use tabs for part {round}");
        let session = said(&server, &format!("From now on, {words}."), "Done.", 1);
        let store = text(&server.post("/v1/memory_stores", &json!({ "name": "Shop" }))["id"]);
        let asked = json!({ "model": "x_none", "inputs": [
            { "type": "memory_store", "memory_store_id": store },
            { "type": "sessions", "session_ids": [session] },
        ] });
        let over = server.until_over(&text(&server.post("/v1/dreams", &asked)["id"]));
        let store = text(&over["outputs"][0]["memory_store_id"]);
        let delete = ureq::delete(format!("{}/v1/sessions/{session}", server.url));
        delete.header("x-api-key", &server.key).call().unwrap();
        let entries = server.get(&format!("/v1/x/memory_stores/{store}/entries"));
        let body = json!({ "entry": entries["data"][0]["entry"] });
        let before = server.contents(&store);
        assert!(before["/learned/preferences.md"].contains(&words), "{before:?}");
        let url = format!("{}/v1/x/memory_stores/{store}/erase", server.url);
        let (sent, with) = (body.clone(), server.key.clone());
        // Nobody hears the answer of a server that is killed.
        let erases = thread::spawn(move || {
            drop(ureq::post(url).header("x-api-key", &with).send_json(&sent));
        });
        // From a request that has hardly come to a file that is being rewritten.
        thread::sleep(Duration::from_millis(round * 12));
        drop(server);
        erases.join().unwrap();
        server = start();
        let revisions = server.get(&format!("/v1/x/memory_stores/{store}/revisions"));
        let versions = format!("/v1/memory_stores/{store}/memory_versions?view=full");
        let versions = server.get(&versions)["data"].to_string();
        if revisions["data"][0]["record"]["kind"] == "erase" {
            done += 1;
            assert!(!server.contents(&store).values().any(|text| text.contains(&words)));
            assert!(!versions.contains(&words), "{versions}");
            assert!(folder.is_none_or(|folder| !is_in_a_file(folder, &words)), "round {round}");
        } else {
            not += 1;
            assert_eq!(server.contents(&store), before);
            assert!(
                versions.contains(&words) && !versions.contains("redacted_at\":\""),
                "{versions}"
            );
            let told = server.post(&format!("/v1/x/memory_stores/{store}/erase"), &body);
            assert!(told["gone"]["versions"].as_u64().unwrap() > 0, "{told}");
        }
    }
    (done, not)
}

#[test]
fn an_erasure_that_is_killed_is_done_or_has_not_begun() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("server.db").display());
    println!("done, not begun: {:?}", play_erasures(&database, Some(folder.path())));
    match std::env::var("DREAMING_TEST_POSTGRES") {
        Ok(url) => {
            let database = postgres(&url, "erasures");
            println!("done, not begun: {:?}", play_erasures(&database, None));
        }
        Err(_) => println!("skipped: DREAMING_TEST_POSTGRES names no Postgres"),
    }
}
