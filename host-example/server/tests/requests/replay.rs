//! A completed dream is carried out again: equal bytes, nobody asked, nothing written; or why that cannot be done.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::Method;
use dreaming_fake_models::{Fake, Reply, Seen, Speaks, error, prompt, proposes, writes};
use dreaming_server::Right;
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _};

use crate::batches;
use crate::erase::{asked, erase, said, store};
use crate::server::{Server, kind};

/// What a person says, and the model proposes.
const WISH: &str = "Always run the formatter before you commit.";

/// A model that proposes what a person said, and finds nothing in answer to other questions.
fn model() -> Fake {
    Fake::start(Speaks::Anthropic, Box::new(|_: usize, seen: &Seen| says(seen)))
}

fn says(seen: &Seen) -> Reply {
    let names = &seen.body["output_config"]["format"]["schema"]["properties"];
    if names["proposals"].is_object() || writes(seen).is_some() {
        return Reply::Says(proposes(seen));
    }
    let names = names.as_object().unwrap().iter();
    let nothing = names.map(|(name, schema)| {
        let is_list = schema["type"] == "array";
        (name.clone(), if is_list { json!([]) } else { json!("nothing") })
    });
    Reply::Says(Value::Object(nothing.collect()).to_string())
}

/// A dream that is over: its id.
async fn dreamt(server: &Server, body: Value) -> String {
    let (status, dream) = server.post(0, "/v1/dreams", body).await;
    assert_eq!(status, 200, "{dream}");
    let over = server.until_over(dream["id"].as_str().unwrap()).await;
    assert_eq!(over["status"], "completed", "{over}");
    over["id"].as_str().unwrap().to_owned()
}

async fn replay(server: &Server, dream: &str) -> (u16, Value) {
    server.ask(0, Method::POST, &format!("/v1/x/dreams/{dream}/replay"), None).await
}

/// Asserts that a dream is replayed, byte for byte.
async fn assert_equal(server: &Server, dream: &str) {
    let (status, told) = replay(server, dream).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!((&told["equal"], &told["differs"]), (&json!(true), &json!([])), "{told}");
    assert_eq!((&told["type"], &told["dream_id"]), (&json!("x_replay"), &json!(dream)));
    let (_, plan) = server.get(0, &format!("/v1/x/dreams/{dream}/plan")).await;
    assert_eq!(told["plan_digest"], plan["digest"]);
}

/// Asserts that a dream cannot be replayed, and that these words say why.
async fn assert_refused(server: &Server, dream: &str, words: &str) {
    let (status, told) = replay(server, dream).await;
    assert_eq!((status, kind(&told)), (400, "invalid_request_error"), "{told}");
    let why = told["error"]["message"].as_str().unwrap();
    assert!(why.starts_with("dream_id: ") && why.contains(words), "{why}");
}

/// The memory `/notes.md` of a store.
async fn notes(server: &Server, memories: &str) -> Value {
    let (_, listed) = server.get(0, &format!("{memories}?limit=100")).await;
    let mut listed = listed["data"].as_array().unwrap().iter();
    listed.find(|memory| memory["path"] == "/notes.md").unwrap().clone()
}

/// Changes the database behind the server's back: how many rows.
async fn change(server: &Server, statement: String) -> u64 {
    let mut database = AnyConnection::connect(&server.url).await.unwrap();
    let done = sqlx::query(AssertSqlSafe(statement)).execute(&mut database).await.unwrap();
    done.rows_affected()
}

/// How many rows each table has that a dream writes, and what the dreams hold.
async fn rows(server: &Server) -> Vec<String> {
    let mut database = AnyConnection::connect(&server.url).await.unwrap();
    let mut rows = Vec::new();
    for table in [
        "memories",
        "memory_versions",
        "ledger",
        "revisions",
        "revision_memories",
        "revision_rows",
        "model_answers",
        "useless_answers",
        "sessions",
        "session_events",
        "dream_calls",
        "dreams",
        "memory_stores",
    ] {
        let count = AssertSqlSafe(format!("SELECT COUNT(*) AS number FROM {table}"));
        let row = sqlx::query(count).fetch_one(&mut database).await.unwrap();
        rows.push(format!("{table} {}", row.get::<i64, _>("number")));
    }
    let select = "SELECT id, status, usage, ended_at, read FROM dreams ORDER BY id";
    for row in sqlx::query(select).fetch_all(&mut database).await.unwrap() {
        let text = |name: &str| row.get::<Option<String>, _>(name);
        rows.push(format!("{:?} {:?} {:?}", text("id"), text("usage"), text("read")));
    }
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dreams_are_equal_again_whatever_became_of_their_store_since() {
    let model = model();
    for server in Server::each_asking(&model.url).await {
        let (store, session) = (store(&server).await, said(&server, WISH).await);
        let memories = format!("/v1/memory_stores/{store}/memories");
        let write = async |path: &str, content: &str| {
            let body = json!({ "path": path, "content": content });
            let (status, memory) = server.post(0, &memories, body).await;
            assert_eq!(status, 200, "{memory}");
            memory["id"].as_str().unwrap().to_owned()
        };
        // The engine takes no such file.
        write("/picture.png", "bytes").await;
        let mut dreams = Vec::new();
        for is_update in [true, false] {
            dreams.push(dreamt(&server, asked(&store, &session, is_update, "claude-test")).await);
        }
        // People write between two dreams, of which nothing is in a revision yet.
        let own = write("/own.md", "- The database is Postgres.\n").await;
        let second = said(&server, &format!("{WISH} And use tabs.")).await;
        for is_update in [false, true] {
            dreams.push(dreamt(&server, asked(&store, &second, is_update, "claude-test")).await);
        }
        dreams.push(dreamt(&server, asked(&store, &second, true, "x_none")).await);
        assert!(!model.seen().is_empty());
        let (_, plan) = server.get(0, &format!("/v1/x/dreams/{}/plan", dreams[0])).await;
        assert!(plan.to_string().contains("Run the formatter"), "{plan}");
        // All of it changes.
        let change = json!({ "content": "- The database is MariaDB.\n" });
        assert_eq!(server.post(0, &format!("{memories}/{own}"), change).await.0, 200);
        let notes = notes(&server, &memories).await;
        let path = format!("{memories}/{}", notes["id"].as_str().unwrap());
        assert_eq!(server.ask(0, Method::DELETE, &path, None).await.0, 200);
        let more = json!({ "events": [{
            "type": "user.message", "content": [{ "type": "text", "text": "And use spaces." }],
        }] });
        let events = format!("/v1/sessions/{session}/events");
        assert_eq!(server.post(0, &events, more).await.0, 200);
        let third = said(&server, "From now on, always use spaces.").await;
        dreams.push(dreamt(&server, asked(&store, &third, true, "claude-test")).await);
        let (before, calls) = (rows(&server).await, model.seen().len());
        let reads = server.database.new_key("ours", Right::Read, None, "").await.unwrap().1;
        for dream in &dreams {
            assert_equal(&server, dream).await;
            let path = format!("/v1/x/dreams/{dream}/replay");
            assert_eq!(server.with(&reads, Method::POST, &path, None).await.0, 200);
            assert_eq!(server.ask(1, Method::POST, &path, None).await.0, 404);
        }
        assert_eq!(rows(&server).await, before, "nothing is written");
        assert_eq!(model.seen().len(), calls, "nobody is asked");
        // Also by a server that cannot ask the model.
        let server = server.started_anew().await;
        for dream in &dreams {
            assert_equal(&server, dream).await;
        }
        assert_eq!(replay(&server, "drm_none").await.0, 404);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_in_batches_or_left_out_by_a_budget_is_so_again() {
    let batched = batches::model(1);
    for server in Server::each_asking(&batched.url).await {
        let dream = dreamt(&server, batches::asked(&server).await).await;
        assert_equal(&server, &dream).await;
    }
    let model = model();
    for server in Server::each_asking(&model.url).await {
        let four = async || {
            let (store, mut sessions) = (store(&server).await, Vec::new());
            for number in 0..4 {
                sessions.push(said(&server, &format!("{WISH} This is {number}.")).await);
            }
            let mut body = asked(&store, &sessions[0], true, "claude-test");
            body["inputs"][1]["session_ids"] = json!(sessions);
            body
        };
        let mut body = four().await;
        body["x_policy"] = json!({ "propose.max-calls": 2, "propose.together-bytes": 0 });
        let dream = dreamt(&server, body.clone()).await;
        let (_, report) = server.get(0, &format!("/v1/x/dreams/{dream}/report")).await;
        assert!(report["calls_over_budget"].as_u64() > Some(0), "{report}");
        assert_equal(&server, &dream).await;
        // The least limit for which a call fits has no room for all.
        let (mut little, mut enough) = (1_u64, 200_000_u64);
        let mut least: Option<(String, Value)> = None;
        while enough - little > 100 {
            let limit = little.midpoint(enough);
            let mut body = four().await;
            body["x_policy"] = json!({ "propose.together-bytes": 0 });
            body["x_budget"] = json!({ "tokens": limit });
            let (_, told) = server.post(0, "/v1/dreams", body.clone()).await;
            let over = server.until_over(told["id"].as_str().unwrap()).await;
            if over["status"] == "completed" {
                (enough, least) = (limit, Some((over["id"].as_str().unwrap().to_owned(), body)));
            } else {
                little = limit;
            }
        }
        let (dream, mut body) = least.unwrap();
        let (_, report) = server.get(0, &format!("/v1/x/dreams/{dream}/report")).await;
        assert!(report["calls_failed"].as_u64() > Some(0), "{report}");
        assert_equal(&server, &dream).await;
        // What was left out then is answered now, and stays left out.
        body["x_budget"] = json!({});
        dreamt(&server, body).await;
        assert_equal(&server, &dream).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_that_failed_are_so_again_and_words_of_no_use_are_heard_again() {
    let is_well = Arc::new(AtomicBool::new(false));
    let well = is_well.clone();
    let answer = move |_: usize, seen: &Seen| {
        let prompt = prompt(seen);
        match () {
            () if well.load(Ordering::Relaxed) => says(seen),
            () if prompt.contains("of no use") => Reply::Says("Hello!".into()),
            () if prompt.contains("turned away") => {
                Reply::Http(400, vec![], error("invalid_request_error", "not this one"))
            }
            () if prompt.contains("refused") => Reply::Refuses,
            () if prompt.contains("cut off") => Reply::CutOff,
            () => says(seen),
        }
    };
    let model = Fake::start(Speaks::Anthropic, Box::new(answer));
    for server in Server::each_asking(&model.url).await {
        for words in ["turned away", "refused", "cut off", "of no use", "of no use, too"] {
            let store = store(&server).await;
            let sessions =
                [said(&server, WISH).await, said(&server, &format!("This is {words}.")).await];
            let mut body = asked(&store, &sessions[0], true, "claude-test");
            body["x_policy"] = json!({ "propose.together-bytes": 0 });
            body["inputs"][1]["session_ids"] = json!(sessions);
            let dream = dreamt(&server, body.clone()).await;
            let (_, report) = server.get(0, &format!("/v1/x/dreams/{dream}/report")).await;
            assert!(report["calls_failed"].as_u64() > Some(0), "{words}: {report}");
            assert_equal(&server, &dream).await;
            // The next dream makes such a call again and hears something better.
            is_well.store(true, Ordering::Relaxed);
            let (asked, next) = (model.seen().len(), dreamt(&server, body).await);
            is_well.store(false, Ordering::Relaxed);
            let is_useless = words.starts_with("of no use");
            assert!(!is_useless || model.seen().len() > asked, "it was not asked again");
            assert_equal(&server, &next).await;
            assert_equal(&server, &dream).await;
            // With a session go the answers of no use, whether it is deleted or erased.
            let useless =
                format!("UPDATE useless_answers SET heard_at = 1 WHERE store = '{store}'");
            assert_eq!(change(&server, useless.clone()).await > 0, is_useless, "{words}");
            if words == "of no use, too" {
                let (status, told) =
                    erase(&server, &store, json!({ "session": sessions[1] })).await;
                assert_eq!(status, 200, "{told}");
            } else {
                let path = format!("/v1/sessions/{}", sessions[1]);
                assert_eq!(server.ask(0, Method::DELETE, &path, None).await.0, 200);
            }
            assert_eq!(change(&server, useless).await, 0, "{words}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_not_there_any_more_or_another_is_said() {
    let model = model();
    for server in Server::each_asking(&model.url).await {
        let dream = async |is_update: bool| {
            let (store, session) = (store(&server).await, said(&server, WISH).await);
            let body = asked(&store, &session, is_update, "claude-test");
            (dreamt(&server, body).await, store, session)
        };
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let bytes = |text: &str| match server.url.starts_with("sqlite") {
            true => format!("X'{}'", hex(text)),
            false => format!("'\\x{}'::bytea", hex(text)),
        };
        let at = |store: &str| format!("WHERE store = '{store}'");

        // Answers.
        let (first, store, _) = dream(true).await;
        let other = bytes(r#"{"text":"{\"proposals\":[]}"}"#);
        let tamper = format!("UPDATE model_answers SET answer = {other} {}", at(&store));
        assert!(change(&server, tamper).await > 0);
        assert_refused(&server, &first, "is another than it heard").await;
        let drop = format!("DELETE FROM model_answers {}", at(&store));
        assert!(change(&server, drop).await > 0);
        assert_refused(&server, &first, "is not kept any more").await;

        // Sessions.
        let (gone, store, session) = dream(false).await;
        let path = format!("/v1/sessions/{session}");
        assert_eq!(server.ask(0, Method::DELETE, &path, None).await.0, 200);
        assert_refused(&server, &gone, &format!("the session `{session}` was deleted")).await;
        let noted = format!("DELETE FROM dream_calls WHERE dream = '{gone}'");
        assert_eq!(change(&server, noted).await, 0, "its digests went with it, over `{store}`");

        // Words.
        let (erased, store, session) = dream(true).await;
        let (status, told) = erase(&server, &store, json!({ "session": session })).await;
        assert_eq!(status, 200, "{told}");
        assert_eq!(replay(&server, &erased).await.0, 400);
        let noted = format!("DELETE FROM dream_calls WHERE dream = '{erased}'");
        assert_eq!(change(&server, noted).await, 0);
        let (redacted, store, _) = dream(true).await;
        let memories = format!("/v1/memory_stores/{store}/memories");
        let notes = notes(&server, &memories).await;
        let (id, version) =
            (notes["id"].as_str().unwrap(), notes["memory_version_id"].as_str().unwrap());
        let edit = json!({ "content": "Another.\n" });
        assert_eq!(server.post(0, &format!("{memories}/{id}"), edit).await.0, 200);
        assert_equal(&server, &redacted).await;
        let (_, versions) = server
            .get(0, &format!("/v1/memory_stores/{store}/memory_versions?memory_id={id}"))
            .await;
        let versions = versions["data"].as_array().unwrap().iter().skip(1);
        for old in versions.map(|old| old["id"].as_str().unwrap()).chain([version]) {
            let path = format!("/v1/memory_stores/{store}/memory_versions/{old}/redact");
            assert_eq!(server.post(0, &path, json!({})).await.0, 200);
        }
        assert_refused(&server, &redacted, "was redacted or erased").await;

        // Documents and texts that somebody changed: the first place is named.
        let (changed, store, _) = dream(false).await;
        let (_, plan) = server.get(0, &format!("/v1/x/dreams/{changed}/plan")).await;
        let mut other = plan.clone();
        other["now"] = json!(7);
        let other = bytes(&other.to_string());
        let tamper = format!("UPDATE dreams SET plan = {other} WHERE id = '{changed}'");
        assert_eq!(change(&server, tamper).await, 1);
        let (status, told) = replay(&server, &changed).await;
        assert_eq!((status, &told["equal"]), (200, &json!(false)), "{told}");
        let differs = &told["differs"];
        assert_eq!(
            (&differs[0]["document"], &differs[0]["at"], &differs[1]),
            (&json!("plan"), &json!("/now"), &Value::Null),
            "{told}"
        );

        // The store that it wrote, and dreams of other versions.
        let (_, over) = server.get(0, &format!("/v1/dreams/{changed}")).await;
        let output = over["outputs"][0]["memory_store_id"].as_str().unwrap();
        let path = format!("/v1/memory_stores/{output}");
        assert_eq!(server.ask(0, Method::DELETE, &path, None).await.0, 200);
        assert_refused(&server, &changed, &format!("`{output}` was deleted")).await;
        let (older, _, _) = dream(true).await;
        let (_, mut plan) = server.get(0, &format!("/v1/x/dreams/{older}/plan")).await;
        plan["fingerprint"]["engine"] = json!("0.0.9");
        let other = bytes(&plan.to_string());
        let tamper = format!("UPDATE dreams SET plan = {other} WHERE id = '{older}'");
        assert_eq!(change(&server, tamper).await, 1);
        assert_refused(&server, &older, "0.0.9").await;
        let unread = format!("UPDATE dreams SET read = NULL WHERE id = '{older}'");
        assert_eq!(change(&server, unread).await, 1);
        assert_refused(&server, &older, "before migration 0017").await;
        let proposal =
            json!({ "statement": "The port is 81.", "quote": "The port is 81.", "agent": "a" });
        let path = format!("/v1/x/memory_stores/{store}/proposals");
        let (status, told) = server.post(0, &path, proposal).await;
        assert_eq!(status, 200, "{told}");
        let proposed = told["dream_id"].as_str().unwrap_or_else(|| panic!("{told}"));
        assert_refused(&server, proposed, "read no session").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_are_as_they_were_read_or_it_is_said() {
    for server in Server::each().await {
        let store = store(&server).await;
        let made =
            json!({ "agent": "a", "environment_id": "e", "metadata": { "x_import": "true" } });
        let (_, session) = server.post(0, "/v1/sessions", made).await;
        let session = session["id"].as_str().unwrap();
        let put = async |words: &str| {
            let line = json!({
                "type": "user", "uuid": "a", "sessionId": "s", "timestamp": "2026-03-02T09:00:00Z",
                "cwd": "/shop", "message": { "role": "user", "content": words },
            });
            let path = format!("/v1/x/sessions/{session}/parts/main");
            let (status, told) = server.ask(0, Method::PUT, &path, Some(line)).await;
            assert_eq!(status, 200, "{told}");
        };
        put("From now on, always use tabs for indentation.").await;
        let dream = dreamt(&server, asked(&store, session, true, "x_none")).await;
        assert_equal(&server, &dream).await;
        put("From now on, never use tabs for indentation..").await;
        assert_refused(&server, &dream, &format!("the file `main` of the session `{session}`"))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dream_that_is_not_completed_has_nothing_to_replay() {
    // Its batch does not end.
    let model = batches::model(1_000_000);
    for server in Server::each_asking(&model.url).await {
        let from = model.batches().len();
        let until = async |is_so: &dyn Fn() -> bool| {
            for _ in 0..400 {
                if is_so() {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            panic!("{:?}", model.batches());
        };
        let (_, dream) = server.post(0, "/v1/dreams", batches::asked(&server).await).await;
        let dream = dream["id"].as_str().unwrap();
        assert_refused(&server, dream, "is not completed").await;
        until(&|| model.batches().len() > from).await;
        assert_eq!(server.post(0, &format!("/v1/dreams/{dream}/cancel"), json!({})).await.0, 200);
        assert_refused(&server, dream, "is not completed").await;
        until(&|| model.batches()[from].is_canceled).await;
        let noted = format!("DELETE FROM dream_calls WHERE dream = '{dream}'");
        assert_eq!(change(&server, noted).await, 0);
    }
}
