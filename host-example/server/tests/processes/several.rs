//! Several servers over one Postgres share its dreams, and take those of a server that died. Without
//! `DREAMING_TEST_POSTGRES` only that a SQLite file has one server.

use std::collections::BTreeMap;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::server::{
    LINE, PARALLEL, SESSIONS, Server, ask, asked, model, new_key, postgres, session, text,
};

/// Servers at the start. Chosen by us: one dies, one loses its lock, one is left alone.
const SERVERS: usize = 3;

/// Dreams, each over a store of its own. Chosen by us: twice as many as run at a time.
const DREAMS: usize = 12;

/// The servers that have dreams which are not over.
const OWNERS: &str =
    "SELECT DISTINCT owner FROM dreams WHERE owner <> '' AND status IN ('pending', 'running')";

/// Ends the connections by which servers hold their locks.
const LOSE_LOCKS: &str = "SELECT CAST(pg_terminate_backend(pid) AS TEXT) FROM pg_locks \
                          JOIN pg_database d ON d.oid = pg_locks.database \
                          WHERE d.datname = current_database() AND locktype = 'advisory' AND granted";

#[test]
fn several_servers_share_the_dreams_of_a_postgres_and_take_those_of_one_that_died() {
    let Ok(url) = std::env::var("DREAMING_TEST_POSTGRES") else {
        println!("skipped: DREAMING_TEST_POSTGRES names no Postgres");
        return;
    };
    let database = postgres(&url, "several");
    let (key, model) = (new_key(&database), model());
    let mut servers: Vec<Server> =
        (0..SERVERS).map(|_| Server::start(&database, &key, &model.url)).collect();
    let sessions: Vec<String> = (0..SESSIONS).map(|number| session(&servers[0], number)).collect();
    // All are asked of one server.
    let dreams: Vec<(String, String)> =
        (0..DREAMS).map(|_| servers[0].dream(&sessions, true, false)).collect();
    let end = Instant::now() + Duration::from_secs(30);
    while ask(&database, OWNERS).len() < SERVERS {
        assert!(Instant::now() < end, "not every server took a dream");
        thread::sleep(Duration::from_millis(20));
    }
    drop(servers.remove(0));
    // Each time some dreams change servers, or are lost by one that takes them again.
    let mut lost = 0;
    while !ask(&database, OWNERS).is_empty() {
        lost += ask(&database, LOSE_LOCKS).len();
        thread::sleep(Duration::from_millis(700));
    }
    assert!(lost >= SERVERS - 1, "each server that is left holds a lock");
    for (store, dream) in &dreams {
        let over = servers[0].until_over(dream);
        assert_eq!(over["status"], "completed", "{over}");
        assert_eq!(text(&over["outputs"][0]["memory_store_id"]), *store);
        let after = servers[1].contents(store);
        assert_eq!(after, BTreeMap::from([("/notes.md".to_owned(), LINE.to_owned())]));
        let versions = servers[1].ids(&format!("/v1/memory_stores/{store}/memory_versions?"));
        assert_eq!(versions.len(), 2, "what one dream writes is written once: {versions:?}");
    }
    // Each store has answers of its own. Made again were at most the calls under way of dreams that changed servers.
    let asked = asked(&model, 0);
    let again = asked.values().sum::<usize>() - asked.len() * DREAMS;
    assert!(asked.len() >= SESSIONS && asked.values().all(|times| *times >= DREAMS), "{asked:?}");
    let most = (lost + 1) * 2 * PARALLEL;
    assert!(again <= most, "{again} calls made again");
    println!(
        "{DREAMS} dreams by {SERVERS} servers: one died, the others lost {lost} locks; {again} calls made again"
    );
}

#[test]
fn a_sqlite_file_has_one_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.db");
    let database = format!("sqlite:{}", file.display());
    let key = new_key(&database);
    let first = Server::start(&database, &key, "http://127.0.0.1:9");
    let mut second = Command::new(env!("CARGO_BIN_EXE_dreaming-server"));
    second.args(["--database", &database, "serve", "--listen", "127.0.0.1:0"]);
    second.args(["--cache", concat!(env!("CARGO_TARGET_TMPDIR"), "/engine")]);
    let refused = second.output().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains(&*file.to_string_lossy()) && told.contains("stop it first"), "{told}");
    // What only writes into the database works beside a server.
    assert!(!new_key(&database).is_empty());
    drop(first);
    drop(Server::start(&database, &key, "http://127.0.0.1:9"));
}
