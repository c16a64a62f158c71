//! A server that is killed at any moment goes on where it was: no dream is lost or done twice, and no answer that was
//! kept is paid for again. On SQLite, and on Postgres when `DREAMING_TEST_POSTGRES` names a server. `DREAMING_KILLS`
//! says how often it is killed on each.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::server::{
    LINE, PARALLEL, SESSIONS, Server, asked, model, new_key, postgres, session, text,
};

/// Kills on each database when nobody says how many. Chosen by us: the hundred of a release take minutes.
const KILLS: usize = 4;

/// Accepts what a dream left open while the server is killed: all of the decision is done, or nothing.
fn decide(
    server: Server,
    start: impl Fn() -> Server,
    dream: &str,
    store: &str,
    killed: usize,
) -> Server {
    let review = format!("/v1/x/dreams/{dream}/review");
    let open = server.get(&review);
    let decision = json!({ "digest": open["digest"], "accept": "all" });
    let (url, key) = (format!("{}{review}", server.url), server.key.clone());
    let sent = decision.clone();
    // Nobody hears the answer of a server that is killed.
    let decides = thread::spawn(move || {
        drop(ureq::post(url).header("x-api-key", &key).send_json(&sent));
    });
    // From a decision that has hardly come to one that is done.
    thread::sleep(Duration::from_millis((killed as u64 * 7) % 60));
    drop(server);
    decides.join().unwrap();
    let server = start();
    let after = server.contents(store);
    match after.get("/learned/preferences.md") {
        Some(text) => assert!(text.contains("tabs"), "{text}"),
        None => {
            assert_eq!(after.keys().collect::<Vec<_>>(), ["/notes.md"], "half a decision");
            server.post(&review, &decision);
        }
    }
    let after = server.contents(store);
    assert!(after["/learned/preferences.md"].contains("tabs"), "{after:?}");
    // Each memory was written once by it, whether it was sent once or twice.
    let versions = server.ids(&format!("/v1/memory_stores/{store}/memory_versions?"));
    assert_eq!(versions.len(), after.len() + 1, "{versions:?}");
    server
}

fn play(database: &str, kills: usize) {
    let key = new_key(database);
    let model = model();
    let start = || Server::start(database, &key, &model.url);
    let mut server = start();
    let sessions: Vec<String> = (0..SESSIONS).map(|number| session(&server, number)).collect();
    let (_, undisturbed) = server.dream(&sessions, false, false);
    let undisturbed = server.until_over(&undisturbed);
    assert_eq!(undisturbed["status"], "completed", "{undisturbed}");
    let wanted = server.contents(&text(&undisturbed["outputs"][0]["memory_store_id"]));
    assert_eq!(wanted["/notes.md"], LINE);
    assert!(wanted["/learned/preferences.md"].contains("tabs"), "{wanted:?}");
    let calls: usize = asked(&model, 0).values().sum();
    assert!(calls >= SESSIONS, "{calls} calls");
    let (mut dreams, mut most_again) = (1, 0);
    let mut killed = 0;
    while killed < kills {
        let (from, batches) = (model.seen().len(), model.batches().len());
        let in_batches = dreams % 3 == 1;
        let (store, dream) = server.dream(&sessions, dreams % 2 == 0, in_batches);
        // Killed up to three times, at other moments each time.
        let mut here = 0;
        while here < 3 && killed < kills {
            // From a dream that hardly began to one that is nearly over.
            thread::sleep(Duration::from_millis((killed as u64 * 137) % 500));
            drop(server);
            killed += 1;
            here += 1;
            server = start();
        }
        let over = server.until_over(&dream);
        assert_eq!(over["status"], "completed", "{over}");
        // What it read and heard is known, whichever process did.
        let seen = model.seen().len();
        let replayed = server.post(&format!("/v1/x/dreams/{dream}/replay"), &json!({}));
        assert_eq!(replayed["equal"], true, "{replayed}");
        assert_eq!(model.seen().len(), seen, "a replay asks nobody");
        let output = text(&over["outputs"][0]["memory_store_id"]);
        dreams += 1;
        let after = server.contents(&output);
        if output == store {
            // What a person said waits for a person.
            assert_eq!(after, BTreeMap::from([("/notes.md".to_owned(), LINE.to_owned())]));
        } else {
            assert_eq!(after, wanted);
        }
        // Each memory was written once for each thing that happened to it.
        let versions = server.ids(&format!("/v1/memory_stores/{output}/memory_versions?"));
        assert_eq!(versions.len(), if output == store { 2 } else { 3 }, "{versions:?}");
        // Only calls that were under way when it was killed may be made again, and of a batch none.
        let asked = asked(&model, from);
        let again = asked.values().sum::<usize>() - asked.len();
        assert_eq!(asked.len(), calls, "calls were left out");
        let may = if in_batches { 0 } else { here * PARALLEL };
        let told = || {
            let alone = model.seen().into_iter().skip(from).filter(|seen| !seen.in_batch).count();
            format!("{alone} alone, batches: {:?}", &model.batches()[batches..])
        };
        assert!(again <= may, "{again} calls paid for again after {here} kills: {}", told());
        for batch in &model.batches()[batches..] {
            assert!(batch.has_ended && batch.is_deleted, "{batch:?} stays at the service");
        }
        most_again = most_again.max(again);
        if output == store && killed < kills {
            server = decide(server, start, &dream, &store, killed);
            killed += 1;
        }
    }
    // No kill left a store or a session that belongs to nobody.
    let all = server.get("/v1/dreams?limit=100&include_archived=true");
    let all = all["data"].as_array().unwrap();
    if dreams <= 100 {
        assert_eq!(all.len(), dreams);
        let made =
            all.iter().filter(|dream| dream["output_behavior"]["type"] == "create_new").count();
        if dreams + made <= 100 {
            assert_eq!(server.ids("/v1/memory_stores?").len(), dreams + made);
        }
        if dreams + SESSIONS <= 100 {
            let sessions = server.ids("/v1/sessions?include_archived=true&");
            assert_eq!(sessions.len(), dreams + SESSIONS);
        }
    }
    println!(
        "{killed} kills over {dreams} dreams; at most {most_again} calls of a dream made again"
    );
}

#[test]
fn a_server_that_is_killed_goes_on_where_it_was() {
    let kills = std::env::var("DREAMING_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    play(&format!("sqlite:{}", folder.path().join("server.db").display()), kills);
    match std::env::var("DREAMING_TEST_POSTGRES") {
        Ok(url) => play(&postgres(&url, "kills"), kills),
        Err(_) => println!("skipped: DREAMING_TEST_POSTGRES names no Postgres"),
    }
}
