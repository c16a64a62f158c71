//! Erased words are gone: from the memories, the history, and the bytes of the database.

use axum::http::Method;
use dreaming_server::Right;
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _};

use crate::server::{Server, kind};

/// What a person says in a session, and a dream learns.
pub const WISH: &str = "From now on, always use tabs for indentation.";

/// What of it is looked for.
pub const WORDS: &str = "always use tabs";

/// A session in which a person says something.
pub async fn said(server: &Server, words: &str) -> String {
    let made = json!({ "agent": "a", "environment_id": "e", "metadata": { "x_import": "true" } });
    let (_, session) = server.post(0, "/v1/sessions", made).await;
    let session = session["id"].as_str().unwrap().to_owned();
    let event = |kind: &str, words: &str, second: u8| {
        json!({
            "type": kind, "processed_at": format!("2026-03-02T09:00:0{second}Z"),
            "content": [{ "type": "text", "text": words }],
        })
    };
    let events = [event("user.message", words, 0), event("agent.message", "Done.", 5)];
    let path = format!("/v1/sessions/{session}/events");
    assert_eq!(server.post(0, &path, json!({ "events": events })).await.0, 200);
    session
}

pub fn asked(store: &str, session: &str, is_update: bool, model: &str) -> Value {
    let behavior = match is_update {
        true => json!({ "type": "update_existing", "memory_store_id": store }),
        false => json!({ "type": "create_new" }),
    };
    json!({ "model": model, "output_behavior": behavior, "inputs": [
        { "type": "memory_store", "memory_store_id": store },
        { "type": "sessions", "session_ids": [session] },
    ] })
}

/// A dream that is completed: its id, and the store that it wrote.
pub async fn dreamt(
    server: &Server,
    store: &str,
    session: &str,
    is_update: bool,
) -> (String, String) {
    let body = asked(store, session, is_update, "x_none");
    let (status, dream) = server.post(0, "/v1/dreams", body).await;
    assert_eq!(status, 200, "{dream}");
    let over = server.until_over(dream["id"].as_str().unwrap()).await;
    assert_eq!(over["status"], "completed", "{over}");
    let output = over["outputs"][0]["memory_store_id"].as_str().unwrap();
    (over["id"].as_str().unwrap().to_owned(), output.to_owned())
}

/// A store with a memory of two equal lines: its id.
pub async fn store(server: &Server) -> String {
    let store = server.store().await;
    let memory =
        json!({ "path": "/notes.md", "content": "- The staging host is blue.\n".repeat(2) });
    assert_eq!(server.post(0, &format!("{store}/memories"), memory).await.0, 200);
    store.rsplit('/').next().unwrap().to_owned()
}

pub async fn erase(server: &Server, store: &str, body: Value) -> (u16, Value) {
    server.post(0, &format!("/v1/x/memory_stores/{store}/erase"), body).await
}

pub async fn entry(server: &Server, store: &str, words: &str) -> String {
    let words = words.replace(' ', "%20");
    let path = format!("/v1/x/memory_stores/{store}/entries?entry={words}");
    let (_, found) = server.get(0, &path).await;
    found["data"][0]["entry"].as_str().unwrap_or_else(|| panic!("{found}")).to_owned()
}

/// The files of SQLite, or the tables of Postgres, that hold words: any byte of the files counts.
pub async fn holding(server: &Server, words: &str) -> Vec<String> {
    if server.url.starts_with("sqlite:") {
        let files = std::fs::read_dir(server.folder.path()).unwrap();
        let files = files.map(|file| file.unwrap().path());
        let holds = |bytes: &[u8]| bytes.windows(words.len()).any(|part| part == words.as_bytes());
        let found = files.filter(|file| holds(&std::fs::read(file).unwrap()));
        return found.map(|file| file.display().to_string()).collect();
    }
    let hex: String = words.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut database = AnyConnection::connect(&server.url).await.unwrap();
    let tables = "SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables \
                  WHERE table_schema = 'public'";
    let mut found = Vec::new();
    for table in sqlx::query(tables).fetch_all(&mut database).await.unwrap() {
        let name: String = table.get("name");
        let rows =
            AssertSqlSafe(format!("SELECT CAST(row_to_json(t) AS TEXT) AS row FROM {name} t"));
        for row in sqlx::query(rows).fetch_all(&mut database).await.unwrap() {
            let row: String = row.get("row");
            if row.contains(words) || row.contains(&hex) {
                found.push(name.clone());
            }
        }
    }
    found.dedup();
    found
}

/// All that clients can read of a store.
async fn seen(server: &Server, store: &str) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in [
        format!("/v1/memory_stores/{store}/memories?view=full&limit=20"),
        format!("/v1/memory_stores/{store}/memory_versions?view=full&limit=20"),
        format!("/v1/x/memory_stores/{store}/revisions?limit=100"),
        format!("/v1/x/memory_stores/{store}/entries?limit=100"),
    ] {
        let (status, body) = server.get(0, &path).await;
        assert_eq!(status, 200, "{body}");
        seen.push(body);
    }
    seen
}

pub fn message(body: &Value) -> &str {
    body["error"]["message"].as_str().unwrap_or_else(|| panic!("{body}"))
}

/// The revisions that an erasure closed, by number.
fn numbers(done: &Value) -> Vec<i64> {
    let closed = done["closed"].as_array().unwrap().iter();
    closed.map(|revision| revision["number"].as_i64().unwrap()).collect()
}

/// Goes back to each revision of a store from the oldest on: the numbers of those that are closed.
async fn closed(server: &Server, store: &str) -> Vec<i64> {
    let (_, all) = server.get(0, &format!("/v1/x/memory_stores/{store}/revisions?limit=100")).await;
    let mut closed = Vec::new();
    for revision in all["data"].as_array().unwrap().iter().rev() {
        let body = json!({ "revision": revision["id"] });
        let path = format!("/v1/x/memory_stores/{store}/revert");
        let (status, told) = server.post(0, &path, body).await;
        if status != 200 {
            assert_eq!((status, kind(&told)), (400, "invalid_request_error"), "{told}");
            assert!(message(&told).contains("erased"), "{told}");
            closed.push(revision["number"].as_i64().unwrap());
        }
    }
    // Whoever checks the history learns the same, and finds no damage.
    let (_, verified) = server.get(0, &format!("/v1/x/memory_stores/{store}/verify")).await;
    assert_eq!(verified["is_whole"], true, "{verified}");
    let unread = verified["not_checked"].as_array().unwrap().iter();
    let unread: Vec<i64> = unread.map(|it| it["revision"].as_i64().unwrap()).collect();
    assert!(closed.iter().all(|number| unread.contains(number)), "{verified}");
    closed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_erased_session_is_in_no_byte_once_its_transcript_is_deleted() {
    for server in Server::each().await {
        let (store, other) = (store(&server).await, store(&server).await);
        let session = said(&server, WISH).await;
        // What a person said waits for a person: it is in the plan, the trace and the ledger, and in no memory.
        let (dream, _) = dreamt(&server, &store, &session, true).await;
        let before = holding(&server, WORDS).await;
        assert!(!before.is_empty());
        let (status, told) =
            erase(&server, &store, json!({ "session": session, "dry_run": true })).await;
        assert_eq!((status, &told["revision"]), (200, &json!(null)), "{told}");
        assert_eq!(told["transcripts"], json!([session]), "{told}");
        let advice = format!("DELETE /v1/sessions/{session}");
        assert!(told["to_do"].to_string().contains(&advice), "{told}");
        assert_eq!(
            server.ask(0, Method::DELETE, &format!("/v1/sessions/{session}"), None).await.0,
            200
        );
        // An agent proposes something, and does not say from which session it has it.
        let port = "The build runs on port 4000.";
        let proposed = json!({ "statement": port, "quote": port });
        let path = format!("/v1/x/memory_stores/{store}/proposals");
        let (_, proposed) = server.post(0, &path, proposed).await;
        let proposed = proposed["dream_id"].as_str().unwrap();
        // Deleted, and still in the ledger.
        assert!(!holding(&server, WORDS).await.is_empty());
        let others = seen(&server, &other).await;
        let (status, done) =
            erase(&server, &store, json!({ "session": session, "note": "Asked for." })).await;
        assert_eq!(status, 200, "{done}");
        assert_eq!((&done["gone"]["plans"], &done["gone"]["proposals"]), (&json!(1), &json!(1)));
        assert!(done["gone"]["rows"].as_u64().unwrap() > 0, "{done}");
        assert!(done["gone"]["events"].as_u64().unwrap() > 0, "{done}");
        assert_eq!((&done["to_do"], &done["other_stores"]), (&json!([]), &json!([])), "{done}");
        let is_sqlite = server.url.starts_with("sqlite:");
        assert_eq!(done["swept"], if is_sqlite { json!(true) } else { json!(null) });
        for words in [WORDS, "runs on port 4000"] {
            assert_eq!(holding(&server, words).await, Vec::<String>::new());
        }
        assert_eq!(seen(&server, &other).await, others);

        let (_, revisions) = server.get(0, &format!("/v1/x/memory_stores/{store}/revisions")).await;
        let newest = &revisions["data"][0];
        assert_eq!(newest["id"], done["revision"]);
        assert_eq!(
            (&newest["record"]["kind"], &newest["record"]["note"]),
            (&json!("erase"), &json!("Asked for."))
        );
        for what in ["plan", "report", "review"] {
            let (status, told) = server.get(0, &format!("/v1/x/dreams/{dream}/{what}")).await;
            assert!(status == 400 && message(&told).contains("erased"), "{what}: {told}");
        }
        let (status, told) = server.get(0, &format!("/v1/x/dreams/{proposed}/review")).await;
        assert!(status == 400 && message(&told).contains("erased"), "{told}");
        let decision = json!({ "digest": "none", "accept": "all" });
        let (status, told) =
            server.post(0, &format!("/v1/x/dreams/{dream}/review"), decision).await;
        assert!(status == 400 && message(&told).contains("erased"), "{told}");
        let (_, over) = server.get(0, &format!("/v1/dreams/{dream}")).await;
        assert_eq!(over["status"], "completed", "{over}");
        let trace = over["session_id"].as_str().unwrap();
        let (status, events) = server.get(0, &format!("/v1/sessions/{trace}/events")).await;
        assert!(status == 200 && events.to_string().contains("[erased]"), "{events}");

        // Later dreams go on over what is left, and read the session no more.
        let again = said(&server, "Where is the list of hosts?").await;
        dreamt(&server, &store, &again, true).await;
        let told = numbers(&done);
        assert!(!told.is_empty(), "{done}");
        assert_eq!(closed(&server, &store).await, told);
        assert_eq!(holding(&server, WORDS).await, Vec::<String>::new());
        // A second time nothing is left to go.
        let (status, second) = erase(&server, &store, json!({ "session": session })).await;
        assert_eq!(status, 200, "{second}");
        assert_eq!(
            (&second["gone"]["rows"], &second["closed"]),
            (&json!(0), &json!([])),
            "{second}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_erased_entry_goes_from_memories_versions_and_copies() {
    for server in Server::each().await {
        let session = said(&server, WISH).await;
        let (_, first) = dreamt(&server, &store(&server).await, &session, false).await;
        let quiet = said(&server, "Where is the list of hosts?").await;
        let (_, copy) = dreamt(&server, &first, &quiet, false).await;
        let words = entry(&server, &first, WORDS).await;
        assert_eq!(entry(&server, &copy, WORDS).await, words, "a copy has the same entries");
        // An older version has the words outside of entries, and another memory has them still.
        let memories = format!("/v1/memory_stores/{first}/memories");
        let old =
            json!({ "path": "/old.md", "content": format!("# {WISH}\n\n- Another thing.\n") });
        let (_, old) = server.post(0, &memories, old).await;
        let path = format!("{memories}/{}", old["id"].as_str().unwrap());
        server.post(0, &path, json!({ "content": "# Old\n\n- Another thing.\n" })).await;
        let here = format!("# Rules\n\n    {}\n", WISH.replace(" for ", "\n    for "));
        server.post(0, &memories, json!({ "path": "/here.md", "content": here })).await;

        let before = seen(&server, &first).await;
        let dry = json!({ "entry": words, "dry_run": true });
        let (status, told) = erase(&server, &first, dry).await;
        assert_eq!(status, 200, "{told}");
        assert_eq!(seen(&server, &first).await, before, "a dry run changed something");
        let (status, done) = erase(&server, &first, json!({ "entry": words })).await;
        assert_eq!(status, 200, "{done}");
        for field in ["gone", "closed", "still_in", "written", "words", "other_stores"] {
            assert_eq!(done[field], told[field], "{field}");
        }
        assert!(done["words"].to_string().contains(WORDS), "{done}");
        assert_eq!(done["written"], json!(["/learned/preferences.md"]));
        assert_eq!(done["still_in"], json!([{ "path": "/here.md", "line": 3 }]));
        assert_eq!(done["other_stores"], json!([copy]), "{done}");
        assert_eq!(done["transcripts"], json!([session]), "{done}");
        assert!(done["gone"]["versions"].as_u64().unwrap() >= 2, "{done}");
        let told = numbers(&done);
        assert_eq!(closed(&server, &first).await, told);
        let (_, old) =
            server.get(0, &format!("/v1/memory_stores/{first}/memory_versions?view=full")).await;
        let redacted =
            old["data"].as_array().unwrap().iter().filter(|v| !v["redacted_at"].is_null());
        assert!(redacted.clone().count() >= 2);
        assert!(
            redacted
                .clone()
                .all(|v| v["content"].is_null() && v["redacted_by"]["type"] == "api_actor")
        );

        // What the answer says has to be done, is done.
        let (_, here) = server.get(0, &format!("{memories}?path_prefix=/")).await;
        let here =
            here["data"].as_array().unwrap().iter().find(|m| m["path"] == "/here.md").unwrap();
        let path = format!("{memories}/{}", here["id"].as_str().unwrap());
        assert_eq!(server.post(0, &path, json!({ "content": "# Rules\n" })).await.0, 200);
        let (status, again) = erase(&server, &first, json!({ "entry": words })).await;
        assert!(status == 400 && message(&again).contains("there is no entry"), "{again}");
        assert_eq!(
            server.ask(0, Method::DELETE, &format!("/v1/sessions/{session}"), None).await.0,
            200
        );
        let (status, copied) = erase(&server, &copy, json!({ "entry": words })).await;
        assert_eq!((status, &copied["other_stores"]), (200, &json!([])), "{copied}");
        let left = holding(&server, WORDS).await;
        // Of the memory that was changed only after the erasure, the older version is left.
        assert!(left.len() == 1 && !left[0].contains("wal"), "{left:?}");
        let versions = format!("/v1/memory_stores/{first}/memory_versions");
        let (_, all) = server.get(0, &format!("{versions}?view=full&limit=20")).await;
        for version in all["data"].as_array().unwrap() {
            if version["content"].as_str().is_some_and(|text| text.contains(WORDS)) {
                let path = format!("{versions}/{}/redact", version["id"].as_str().unwrap());
                assert_eq!(server.post(0, &path, json!({})).await.0, 200);
            }
        }
        // The session knows of both still; with it all goes that quotes it, and the file is rewritten.
        for store in [&first, &copy] {
            assert_eq!(erase(&server, store, json!({ "session": session })).await.0, 200);
        }
        assert_eq!(holding(&server, WORDS).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_cannot_be_erased_is_refused_in_words() {
    for server in Server::each().await {
        let (store, session) = (store(&server).await, said(&server, WISH).await);
        dreamt(&server, &store, &session, true).await;
        for (body, told) in [
            (json!({}), "body: must have `session` or `entry`, and not both"),
            (
                json!({ "session": "a", "entry": "b" }),
                "body: must have `session` or `entry`, and not both",
            ),
            (json!({ "session": null, "entry": "b" }), "session: "),
            (json!({ "session": session, "note": "x".repeat(2_001) }), "note: "),
            (json!({ "session": session, "strange": 1 }), "strange: "),
            (json!({ "session": "sesn_none" }), "session: there is no session `sesn_none`"),
            (json!({ "session": &session[..9] }), "session: there is no session"),
            (json!({ "entry": "e" }), "entry: there is no entry `e`"),
        ] {
            let (status, refused) = erase(&server, &store, body.clone()).await;
            assert_eq!((status, kind(&refused)), (400, "invalid_request_error"), "{body}");
            assert!(message(&refused).starts_with(told), "{body}: {refused}");
        }
        // Another workspace's store looks as if it were not there, and so does every other one for a key of one store.
        let (_, key) =
            server.database.new_key("ours", Right::Decide, Some(&store), "").await.unwrap();
        let other = server.store().await.rsplit('/').next().unwrap().to_owned();
        for (key, id) in [(&server.keys[1], &store), (&key, &other)] {
            let mut told = Vec::new();
            for id in [&**id, "memstore_none"] {
                let path = format!("/v1/x/memory_stores/{id}/erase");
                let body = json!({ "session": session });
                let (status, refused) = server.with(key, Method::POST, &path, body).await;
                assert_eq!((status, kind(&refused)), (404, "not_found_error"), "{refused}");
                told.push(refused["error"].to_string().replace(id, "ID"));
            }
            assert_eq!(told[0], told[1]);
        }
        assert!(!holding(&server, WORDS).await.is_empty());
        // That key erases in its own store. An archived one loses words, too, as it loses versions.
        let archive = format!("/v1/memory_stores/{store}/archive");
        assert_eq!(server.post(0, &archive, json!({})).await.0, 200);
        let path = format!("/v1/x/memory_stores/{store}/erase");
        let (status, done) =
            server.with(&key, Method::POST, &path, json!({ "session": session })).await;
        assert_eq!(status, 200, "{done}");
    }
}
