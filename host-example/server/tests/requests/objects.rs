//! Transcripts in a folder in place of the database: they are read from there, and gone from there when nobody names them.

use std::fs;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::{Method, Request};
use dreaming_server::deletions;
use serde_json::{Value, json};

use crate::erase::{WISH, WORDS, asked, dreamt, erase, holding, message, store};
use crate::server::{Server, kind};

/// More than an hour from now, in microseconds since 1970: by then what was begun is given up.
const LATER: i64 = i64::MAX;

/// A session that takes transcripts: its id.
async fn session(server: &Server, of: usize) -> String {
    let made = json!({ "agent": "a", "environment_id": "e", "metadata": { "x_import": "true" } });
    let (_, session) = server.post(of, "/v1/sessions", made).await;
    session["id"].as_str().unwrap().to_owned()
}

/// A transcript as Claude Code writes it, of more than a page, at the end of which a person says something.
fn transcript(words: &str) -> Vec<u8> {
    let line = |role: &str, content: &str, second: usize| {
        json!({
            "type": role, "sessionId": "s", "cwd": "/shop", "uuid": format!("u{second}"), "parentUuid": null,
            "timestamp": format!("2026-03-02T09:{:02}:{:02}Z", second / 60, second % 60),
            "isSidechain": false, "userType": "external", "version": "2.1.0",
            "message": { "role": role, "content": content },
        })
        .to_string()
            + "\n"
    };
    let mut lines = line("user", "Look at the shop.", 0);
    for second in 1..20 {
        lines += &line("assistant", &"It is a shop. ".repeat(6_000), second);
    }
    lines += &line("user", words, 20);
    assert!(lines.len() > 1 << 20);
    lines.into_bytes()
}

/// Sends a part of a session.
async fn put(server: &Server, of: usize, session: &str, name: &str, bytes: &[u8]) -> (u16, Value) {
    let path = format!("/v1/x/sessions/{session}/parts/{name}");
    let request = Request::builder().method(Method::PUT).uri(path);
    let request = request.header("x-api-key", &server.keys[of]).body(Body::from(bytes.to_vec()));
    let (status, _, body) = server.send(request.unwrap()).await;
    (status.as_u16(), body)
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match entry.is_dir() {
            true => found.extend(files(&entry)),
            false => found.push(entry),
        }
    }
    found
}

/// Deletes what is due now, as the server does every second, or later.
async fn deleted(server: &Server, now: i64) {
    let objects = server.database.objects().unwrap();
    deletions::look(&server.database, objects, now).await.unwrap();
}

/// The present time in microseconds since 1970, and a little more.
fn soon() -> i64 {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(now.as_micros()).unwrap() + 1_000_000
}

/// A dream over a store and a session that failed: its error.
async fn failed(server: &Server, session: &str) -> Value {
    let store = store(server).await;
    let (status, dream) =
        server.post(0, "/v1/dreams", asked(&store, session, false, "x_none")).await;
    assert_eq!(status, 200, "{dream}");
    let over = server.until_over(dream["id"].as_str().unwrap()).await;
    assert_eq!(over["status"], "failed", "{over}");
    over["error"].clone()
}

/// What a dream over a session learned.
async fn learned(server: &Server, session: &str) -> String {
    let (_, output) = dreamt(server, &store(server).await, session, false).await;
    let path = format!("/v1/memory_stores/{output}/memories?view=full&limit=20");
    server.get(0, &path).await.1["data"].to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transcript_lies_in_the_folder_until_it_is_replaced_or_its_session_deleted() {
    for (server, folder) in Server::each_with_transcripts().await {
        let session = session(&server, 0).await;
        let (first, second) = (transcript("Thanks."), transcript(WISH));
        let (status, part) = put(&server, 0, &session, "main", &first).await;
        assert_eq!((status, &part["format"]), (200, &json!("claude-code")), "{part}");
        let begun = files(folder.path());
        assert_eq!(begun.len(), 1);
        assert!(begun[0].starts_with(folder.path().join("ours").join(&session)), "{begun:?}");
        assert_eq!(fs::read(&begun[0]).unwrap(), first);
        assert_eq!(put(&server, 0, &session, "main", &second).await.0, 200);
        deleted(&server, soon()).await;
        let replaced = files(folder.path());
        assert_eq!(replaced.len(), 1, "the older one stays: {replaced:?}");
        assert_eq!(fs::read(&replaced[0]).unwrap(), second);
        assert_eq!(holding(&server, WORDS).await, [""; 0], "the database has it too");
        let server = server.started_anew().await;
        assert!(learned(&server, &session).await.contains(WORDS));
        let (status, _) =
            server.ask(0, Method::DELETE, &format!("/v1/sessions/{session}"), None).await;
        assert_eq!(status, 200);
        deleted(&server, soon()).await;
        assert_eq!(files(folder.path()), [""; 0].map(PathBuf::from));
        deleted(&server, LATER).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_lies_in_the_database_is_read_beside_what_lies_in_the_folder() {
    for server in Server::each().await {
        let folder = tempfile::tempdir().unwrap();
        let session = session(&server, 0).await;
        assert_eq!(put(&server, 0, &session, "main", &transcript("Thanks.")).await.0, 200);
        let server = server.with_transcripts(Some(folder.path())).await;
        assert_eq!(put(&server, 0, &session, "agent-1", &transcript(WISH)).await.0, 200);
        assert!(learned(&server, &session).await.contains("staging host"));
        let event = json!({ "events": [{ "type": "user.interrupt" }] });
        let (status, told) = server.post(0, &format!("/v1/sessions/{session}/events"), event).await;
        assert_eq!((status, message(&told).contains("has parts")), (400, true), "{told}");
        // Without the folder, or with another one, the dream says what to type.
        let other = tempfile::tempdir().unwrap();
        let place = format!("--transcripts file://{}`", folder.path().display());
        let server = server.with_transcripts(Some(other.path())).await;
        let error = failed(&server, &session).await;
        assert!(error["message"].as_str().unwrap().contains(&place), "{error}");
        let server = server.with_transcripts(None).await;
        let error = failed(&server, &session).await;
        assert_eq!(error["type"], "input_session_unavailable");
        let why = error["message"].as_str().unwrap();
        assert!(why.contains(&place) && why.contains(&session), "{error}");
        let asked = asked(&store(&server).await, &session, false, "x_none");
        let (status, told) = server.post(0, "/v1/x/dreams/estimate", asked).await;
        assert_eq!((status, message(&told).contains(&place)), (500, true), "{told}");
        // A part that is replaced goes where parts go now; the older one, when its place is there again.
        assert_eq!(put(&server, 0, &session, "agent-1", &transcript(WISH)).await.0, 200);
        assert!(learned(&server, &session).await.contains("staging host"));
        assert_eq!(files(folder.path()).len(), 1);
        let server = server.with_transcripts(Some(folder.path())).await;
        deleted(&server, soon()).await;
        assert_eq!(files(folder.path()).len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dream_says_which_transcript_somebody_deleted_or_cut() {
    for (server, folder) in Server::each_with_transcripts().await {
        let session = session(&server, 0).await;
        assert_eq!(put(&server, 0, &session, "main", &transcript(WISH)).await.0, 200);
        let file = files(folder.path()).remove(0);
        for (cut, says) in [(Some(1 << 20), "fewer bytes"), (None, "not in file://")] {
            match cut {
                Some(bytes) => fs::File::options().write(true).open(&file).unwrap().set_len(bytes),
                None => fs::remove_file(&file),
            }
            .unwrap();
            let error = failed(&server, &session).await;
            let why = error["message"].as_str().unwrap();
            assert_eq!(error["type"], "input_session_unavailable", "{error}");
            assert!(why.contains(says) && why.contains(&session), "{error}");
        }
        // It can be sent again, and deleted.
        assert_eq!(put(&server, 0, &session, "main", &transcript(WISH)).await.0, 200);
        assert!(learned(&server, &session).await.contains(WORDS));
        let path = format!("/v1/sessions/{session}");
        assert_eq!(server.ask(0, Method::DELETE, &path, None).await.0, 200);
        deleted(&server, soon()).await;
        assert_eq!(files(folder.path()).len(), 0);
    }
}

#[tokio::test]
async fn what_is_refused_leaves_no_file() {
    for (server, folder) in Server::each_with_transcripts().await {
        let session = session(&server, 0).await;
        let bytes = transcript("Thanks.");
        let (status, told) = put(&server, 1, &session, "main", &bytes).await;
        assert_eq!((status, kind(&told)), (404, "not_found_error"));
        for name in ["a%2Fb", "%2E%2E%2Fmain"] {
            assert_eq!(put(&server, 0, &session, name, &bytes).await.0, 400, "{name}");
        }
        assert_eq!(put(&server, 0, &session, "main", b"no transcript").await.0, 400);
        assert_eq!(files(folder.path()).len(), 0);
        let path = format!("/v1/sessions/{session}");
        server.post(0, &format!("{path}/archive"), json!({})).await;
        let (status, told) = put(&server, 0, &session, "main", &bytes).await;
        assert_eq!((status, message(&told).contains("is archived")), (400, true), "{told}");
        deleted(&server, soon()).await;
        assert_eq!(files(folder.path()).len(), 0, "what was refused stays");
        // One whose folder takes nothing is told to be sent again.
        let other = self::session(&server, 0).await;
        fs::remove_dir_all(folder.path()).unwrap();
        fs::write(folder.path(), "no folder").unwrap();
        let (status, told) = put(&server, 0, &other, "main", &bytes).await;
        assert_eq!((status, kind(&told)), (500, "api_error"), "{told}");
        assert!(!told.to_string().contains("file:"), "{told}");
        fs::remove_file(folder.path()).unwrap();
        assert_eq!(put(&server, 0, &other, "main", &bytes).await.0, 200);
        assert_eq!(files(folder.path()).len(), 1);
        deleted(&server, LATER).await;
        assert_eq!(files(folder.path()).len(), 1, "what a row names was deleted");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_erasure_says_that_files_are_still_being_deleted() {
    for (server, folder) in Server::each_with_transcripts().await {
        let session = session(&server, 0).await;
        assert_eq!(put(&server, 0, &session, "main", &transcript(WISH)).await.0, 200);
        let (_, output) = dreamt(&server, &store(&server).await, &session, false).await;
        let path = format!("/v1/sessions/{session}");
        assert_eq!(server.ask(0, Method::DELETE, &path, None).await.0, 200);
        let body = json!({ "session": session, "dry_run": true });
        let says = |told: &Value| told["to_do"].to_string().contains("still being deleted");
        let (status, told) = erase(&server, &output, body.clone()).await;
        assert!(status == 200 && says(&told), "{told}");
        deleted(&server, soon()).await;
        assert_eq!(files(folder.path()).len(), 0);
        let (status, told) = erase(&server, &output, body).await;
        assert!(status == 200 && !says(&told), "{told}");
    }
}
