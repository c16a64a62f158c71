//! The end of a server whose models are slow: soon, in order, and without losing what came. On SQLite, and on Postgres when
//! `DREAMING_TEST_POSTGRES` names a server.
#![cfg(unix)]

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use dreaming_fake_models::{Fake, Reply, Seen, Speaks};

use crate::server::{
    PARALLEL, SESSIONS, Server, ask, asked, new_key, nothing, postgres, session, text,
};

/// Calls that are answered at once. The next two take [`SLOW`], and those after them are not answered at all.
const AT_ONCE: usize = 2;

/// How long a slow answer takes: less than a server that ends waits for it.
const SLOW: Duration = Duration::from_secs(3);

/// The longest end of a server, and some time for a busy machine.
const LONGEST: Duration = Duration::from_secs(8 + 2);

/// A model that answers two calls at once, two after [`SLOW`], and no more until it is quick.
fn slow(is_quick: Arc<AtomicBool>) -> Fake {
    let answer = move |number: usize, seen: &Seen| {
        if !is_quick.load(Ordering::Relaxed) {
            match number {
                0..AT_ONCE => {}
                AT_ONCE..PARALLEL => thread::sleep(SLOW),
                _ => return Reply::Hangs,
            }
        }
        nothing(seen)
    };
    Fake::start(Speaks::Anthropic, Box::new(answer))
}

fn play(database: &str) {
    let is_quick = Arc::new(AtomicBool::default());
    let (key, model) = (new_key(database), slow(Arc::clone(&is_quick)));
    let server = Server::telling(database, &key, &model.url, Stdio::piped());
    let sessions: Vec<String> = (0..SESSIONS).map(|number| session(&server, number)).collect();
    let (_, dream) = server.dream(&sessions, true, false);
    let end = Instant::now() + Duration::from_secs(30);
    while model.seen().len() < PARALLEL + AT_ONCE {
        assert!(Instant::now() < end, "{} calls", model.seen().len());
        thread::sleep(Duration::from_millis(5));
    }
    let (took, told) = server.stopped();
    assert_eq!(told, "", "nothing went wrong");
    assert!(took < LONGEST, "{took:?}");
    assert_eq!(model.seen().len(), PARALLEL + AT_ONCE, "no call begins any more");
    if let Some(file) = database.strip_prefix("sqlite:") {
        assert!(!Path::new(&format!("{file}-wal")).exists(), "the file has all");
    }
    // It was let go of, and counts for nothing.
    let free = format!("SELECT id FROM dreams WHERE id = '{dream}' AND owner = '' AND deaths = 0");
    assert_eq!(ask(database, &free), [&*dream]);
    is_quick.store(true, Ordering::Relaxed);
    let server = Server::telling(database, &key, &model.url, Stdio::piped());
    let over = server.until_over(&dream);
    assert_eq!(over["status"], "completed", "{over}");
    let asked = asked(&model, 0);
    let again: Vec<usize> = asked.values().copied().filter(|times| *times > 1).collect();
    assert_eq!(again, [2; AT_ONCE], "only what was never answered is asked again");
    let (_, told) = server.stopped();
    assert_eq!(told, "", "nobody is gone");
}

#[test]
fn a_server_whose_model_does_not_answer_ends_soon_and_keeps_what_came() {
    let folder = tempfile::tempdir().unwrap();
    play(&format!("sqlite:{}", folder.path().join("server.db").display()));
    match std::env::var("DREAMING_TEST_POSTGRES") {
        Ok(url) => play(&postgres(&url, "stopped")),
        Err(_) => println!("skipped: DREAMING_TEST_POSTGRES names no Postgres"),
    }
}

/// Who follows a session and a dream that does not stop are waited for at once, not one after the other.
#[test]
fn a_server_ends_within_eight_seconds_whoever_follows_what_does_not_stop() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("server.db").display());
    let (key, model) = (new_key(&database), Fake::says(Speaks::Anthropic, Reply::Hangs));
    let server = Server::telling(&database, &key, &model.url, Stdio::piped());
    let sessions = [session(&server, 0)];
    let (_, dream) = server.dream(&sessions, true, false);
    let end = Instant::now() + Duration::from_secs(30);
    while model.seen().is_empty() {
        assert!(Instant::now() < end, "no call");
        thread::sleep(Duration::from_millis(5));
    }
    let trace = text(&server.get(&format!("/v1/dreams/{dream}"))["session_id"]);
    let stream = format!("{}/v1/sessions/{trace}/events/stream", server.url);
    let _followed = ureq::get(stream).header("x-api-key", &key).call().unwrap();
    let (took, told) = server.stopped();
    assert!(took < LONGEST, "{took:?}");
    assert!(told.lines().all(|line| line.contains("some requests were not over")), "{told}");
    let free = format!("SELECT id FROM dreams WHERE id = '{dream}' AND owner = '' AND deaths = 0");
    assert_eq!(ask(&database, &free), [&*dream]);
}
