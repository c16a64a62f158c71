//! A server whose engine is of another version than the one with which a dream began.

use std::thread;
use std::time::{Duration, Instant};

use crate::server::{PARALLEL, SESSIONS, Server, ask, asked, model, new_key, session, text};

/// Makes every checkpoint one of an engine of another version.
const OTHER_ENGINE: &str = r#"UPDATE dreams SET checkpoint =
    CAST(replace(CAST(checkpoint AS TEXT), '"engine":"', '"engine":"0.') AS BLOB)
    WHERE checkpoint IS NOT NULL RETURNING CAST(checkpoint AS TEXT)"#;

const KEPT: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM dreams WHERE checkpoint IS NOT NULL";

#[test]
fn a_dream_that_another_engine_began_begins_anew_with_its_answers() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("server.db").display());
    let (key, model) = (new_key(&database), model());
    let server = Server::start(&database, &key, &model.url);
    let sessions: Vec<String> = (0..SESSIONS).map(|number| session(&server, number)).collect();
    let (_, undisturbed) = server.dream(&sessions, false, false);
    let undisturbed = server.until_over(&undisturbed);
    let wanted = server.contents(&text(&undisturbed["outputs"][0]["memory_store_id"]));
    let calls = asked(&model, 0).len();
    let from = model.seen().len();

    let (_, dream) = server.dream(&sessions, false, false);
    let end = Instant::now() + Duration::from_secs(60);
    // Its first calls are answered and kept, and the next ones are under way.
    while asked(&model, from).len() <= PARALLEL || ask(&database, KEPT) == ["0"] {
        assert!(Instant::now() < end, "the dream came no further");
        thread::sleep(Duration::from_millis(5));
    }
    drop(server);
    let changed = ask(&database, OTHER_ENGINE);
    assert!(changed.iter().any(|it| it.contains(r#""engine":"0."#)), "{changed:?}");
    let server = Server::start(&database, &key, &model.url);
    let over = server.until_over(&dream);
    assert_eq!(over["status"], "completed", "{over}");
    assert_eq!(server.contents(&text(&over["outputs"][0]["memory_store_id"])), wanted);
    let asked = asked(&model, from);
    let again = asked.values().sum::<usize>() - asked.len();
    assert_eq!(asked.len(), calls, "calls were left out");
    assert!(again <= PARALLEL, "{again} calls paid for again");
}
