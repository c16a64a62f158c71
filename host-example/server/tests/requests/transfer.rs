//! A store goes out as a file with its history, and comes in again.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use dreaming_server::Right;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;

use crate::erase::{dreamt, entry, erase, said, store};
use crate::server::Server;

/// An answer whose body may be no JSON.
pub async fn raw(
    server: &Server,
    key: &str,
    (method, path): (Method, &str),
    body: impl Into<Body>,
) -> (u16, Vec<u8>) {
    let request = Request::builder().method(method).uri(path).header("x-api-key", key);
    let response = server.service.clone().oneshot(request.body(body.into()).unwrap()).await;
    let response = response.unwrap();
    let status = response.status().as_u16();
    (status, to_bytes(response.into_body(), 1 << 28).await.unwrap().to_vec())
}

/// The file of a store.
pub async fn export(server: &Server, store: &str) -> Vec<u8> {
    let path = format!("/v1/x/memory_stores/{store}/export");
    let (status, bytes) = raw(server, &server.keys[0], (Method::GET, &path), Body::empty()).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&bytes));
    bytes
}

/// What becomes of a file.
pub async fn import(server: &Server, bytes: Vec<u8>) -> (u16, Value) {
    let path = "/v1/x/memory_stores/import?name=Moved";
    let (status, body) = raw(server, &server.keys[0], (Method::POST, path), bytes).await;
    (status, serde_json::from_slice(&body).unwrap())
}

/// The id of the store that a file makes.
async fn imported(server: &Server, bytes: Vec<u8>) -> String {
    let (status, store) = import(server, bytes).await;
    assert_eq!(status, 200, "{store}");
    assert_eq!(store["name"], "Moved");
    store["id"].as_str().unwrap().to_owned()
}

/// Lines with the last one computed anew, so that it fits.
pub fn sealed(lines: &[String]) -> Vec<u8> {
    let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let digest: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
    let end = json!({ "row": "end", "lines": lines.len(), "digest": digest });
    format!("{body}{end}\n").into_bytes()
}

/// The lines of a file without the last one.
pub fn lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.pop();
    lines
}

/// The ids of the revisions of a store, the oldest first.
pub async fn revisions(server: &Server, store: &str) -> Vec<String> {
    let path = format!("/v1/x/memory_stores/{store}/revisions?limit=100");
    let (_, listed) = server.get(0, &path).await;
    let ids = listed["data"].as_array().unwrap().iter();
    let mut ids: Vec<String> = ids.map(|it| it["id"].as_str().unwrap().to_owned()).collect();
    ids.reverse();
    ids
}

/// The memories of a store, by path.
async fn memories(server: &Server, store: &str) -> Vec<(Value, Value)> {
    let path = format!("/v1/memory_stores/{store}/memories?view=full");
    let (_, listed) = server.get(0, &path).await;
    let memories = listed["data"].as_array().unwrap().iter();
    memories.map(|it| (it["path"].clone(), it["content"].clone())).collect()
}

/// Dreams over a store, and accepts all that the dream left open.
async fn decided(server: &Server, store: &str, session: &str) {
    let (dream, _) = dreamt(server, store, session, true).await;
    let review = format!("/v1/x/dreams/{dream}/review");
    let (_, plan) = server.get(0, &review).await;
    let decision = json!({ "digest": plan["digest"], "accept": "all", "note": "Looked at it." });
    let (status, told) = server.post(0, &review, decision).await;
    assert_eq!(status, 200, "{told}");
}

/// Changes the content of a memory, or makes one.
async fn edit(server: &Server, store: &str, path: &str, content: &str) {
    let memories = format!("/v1/memory_stores/{store}/memories");
    let (_, listed) = server.get(0, &memories).await;
    let known = listed["data"].as_array().unwrap().iter().find(|it| it["path"] == path).cloned();
    let (at, body) = match known {
        Some(known) => {
            (format!("{memories}/{}", known["id"].as_str().unwrap()), json!({ "content": content }))
        }
        None => (memories, json!({ "path": path, "content": content })),
    };
    let (status, told) = server.post(0, &at, body).await;
    assert_eq!(status, 200, "{told}");
}

/// A store with dreams, decisions, an edit, a memory that came and went, and a revert.
pub async fn eventful(server: &Server) -> String {
    let store = store(server).await;
    let first = said(server, "From now on, always use tabs for indentation.").await;
    decided(server, &store, &first).await;
    edit(server, &store, "/notes.md", "- The staging host is green, ünd \u{1F600}.\r\n").await;
    edit(server, &store, "/brief.md", "- The release is on Friday.\n").await;
    let second = said(server, "From now on, always write commit messages in English.").await;
    decided(server, &store, &second).await;
    let oldest = revisions(server, &store).await[0].clone();
    let ours = format!("/v1/x/memory_stores/{store}");
    let (status, told) =
        server.post(0, &format!("{ours}/revert"), json!({ "revision": oldest })).await;
    assert_eq!(status, 200, "{told}");
    let third = said(server, "From now on, always run the linter before a push.").await;
    decided(server, &store, &third).await;
    store
}

#[tokio::test]
async fn a_store_comes_in_with_all_of_its_history_and_goes_out_as_the_same_bytes() {
    for server in Server::each().await {
        let store = eventful(&server).await;
        let bytes = export(&server, &store).await;
        assert_eq!(export(&server, &store).await, bytes, "equal stores give equal bytes");
        // What nobody dreamt over is not in the file.
        edit(&server, &store, "/later.md", "- Later.\n").await;
        assert_eq!(export(&server, &store).await, bytes);
        let copy = imported(&server, bytes.clone()).await;
        assert_eq!(export(&server, &copy).await, bytes);
        let ids = revisions(&server, &store).await;
        assert!(ids.len() > 6, "{ids:?}");
        assert_eq!(revisions(&server, &copy).await, ids);
        let get = async |store: &str, rest: &str| {
            let (status, body) =
                server.get(0, &format!("/v1/x/memory_stores/{store}/{rest}")).await;
            assert_eq!(status, 200, "{body}");
            body.to_string().replace(store, "ID")
        };
        for id in &ids {
            for rest in
                [format!("diff?from={id}&to={}", ids[1]), format!("diff?from={}&to={id}", ids[0])]
            {
                assert_eq!(get(&store, &rest).await, get(&copy, &rest).await);
            }
        }
        let whole: Value = serde_json::from_str(&get(&copy, "verify").await).unwrap();
        assert_eq!(
            (&whole["is_whole"], &whole["not_checked"]),
            (&json!(true), &json!([])),
            "{whole}"
        );
        assert_eq!((&whole["revisions"], &whole["states"]), (&json!(ids.len()), &json!(ids.len())));
        let memory = json!({ "revision": ids.last().unwrap() });
        let (_, _) = server.post(0, &format!("/v1/x/memory_stores/{store}/revert"), memory).await;
        assert_eq!(memories(&server, &copy).await, memories(&server, &store).await);
        for rest in ["entries?limit=100", "pack?query=indentation"] {
            assert_eq!(get(&store, rest).await, get(&copy, rest).await, "{rest}");
        }
        let totals = async |store: &str| {
            let stats: Value = serde_json::from_str(&get(store, "stats").await).unwrap();
            stats["totals"].clone()
        };
        assert_eq!(totals(&store).await, totals(&copy).await);
        let (_, versions) =
            server.get(0, &format!("/v1/memory_stores/{copy}/memory_versions?limit=100")).await;
        let operations: Vec<&Value> =
            versions["data"].as_array().unwrap().iter().map(|it| &it["operation"]).collect();
        for operation in ["created", "modified", "deleted"] {
            assert!(operations.contains(&&json!(operation)), "{operations:?}");
        }
        // Every revision can be gone back to, and has the bytes that it has in the original.
        for id in &ids {
            for store in [&store, &copy] {
                let path = format!("/v1/x/memory_stores/{store}/revert");
                let (status, told) = server.post(0, &path, json!({ "revision": id })).await;
                assert_eq!(status, 200, "{told}");
            }
            assert_eq!(memories(&server, &copy).await, memories(&server, &store).await);
        }
        // The history goes on.
        let session = said(&server, "From now on, always name the ticket in the branch.").await;
        decided(&server, &copy, &session).await;
        let later = export(&server, &copy).await;
        assert!(later.len() > bytes.len());
        let again = imported(&server, later.clone()).await;
        assert_eq!(export(&server, &again).await, later);
        assert!(get(&again, "verify").await.contains("\"is_whole\":true"));
    }
}

#[tokio::test]
async fn what_was_erased_goes_out_as_marks_and_comes_in_as_such() {
    for server in Server::each().await {
        let store = eventful(&server).await;
        let id = entry(&server, &store, "run the linter").await;
        let (status, told) = erase(&server, &store, json!({ "entry": id })).await;
        assert_eq!(status, 200, "{told}");
        let session = said(&server, "From now on, always use spaces, never tabs.").await;
        decided(&server, &store, &session).await;
        let (status, told) = erase(&server, &store, json!({ "session": session })).await;
        assert_eq!(status, 200, "{told}");
        // Somebody redacts an older version, too.
        edit(&server, &store, "/brief.md", "- The key is 8812.\n").await;
        let other = said(&server, "From now on, always write tests first.").await;
        decided(&server, &store, &other).await;
        let path = format!("/v1/memory_stores/{store}/memory_versions?limit=100&view=full");
        let (_, versions) = server.get(0, &path).await;
        let versions = versions["data"].as_array().unwrap();
        let is_it = |it: &&Value| it["content"].as_str().is_some_and(|text| text.contains("8812"));
        let version = versions.iter().find(is_it).unwrap()["id"].as_str().unwrap().to_owned();
        let redact = format!("/v1/memory_stores/{store}/memory_versions/{version}/redact");
        edit(&server, &store, "/brief.md", "- Nothing.\n").await;
        assert_eq!(server.post(0, &redact, json!({})).await.0, 200);
        let ours = format!("/v1/x/memory_stores/{store}");
        let (status, refused) = server.get(0, &format!("{ours}/export")).await;
        assert_eq!(status, 400, "the newest revision lost a text: {refused}");
        assert!(refused["error"]["message"].as_str().unwrap().contains("is in force"), "{refused}");
        let last = said(&server, "From now on, always keep the changelog.").await;
        decided(&server, &store, &last).await;
        let bytes = export(&server, &store).await;
        let text = String::from_utf8(bytes.clone()).unwrap();
        for gone in ["run the linter", "- The key is 8812"] {
            assert!(!text.contains(gone), "{gone}");
        }
        for kind in [
            "\"kind\":\"entry\"",
            "\"kind\":\"session\"",
            "\"kind\":\"lost\"",
            "\"erased\":true",
            "\"row\":\"seal\"",
        ] {
            assert!(text.contains(kind), "{kind}");
        }
        let copy = imported(&server, bytes.clone()).await;
        assert_eq!(export(&server, &copy).await, bytes);
        let (_, one) = server.get(0, &format!("{ours}/verify")).await;
        let (_, other) = server.get(0, &format!("/v1/x/memory_stores/{copy}/verify")).await;
        assert_eq!(one["is_whole"], true);
        assert_eq!(one["states"], other["states"], "{other}");
        assert_eq!(other["is_whole"], true, "{other}");
        assert_eq!(one["not_checked"], other["not_checked"]);
        let closed = other["not_checked"][0]["revision"].as_u64().unwrap() as usize;
        let back = json!({ "revision": revisions(&server, &copy).await[closed - 1] });
        let path = format!("/v1/x/memory_stores/{copy}/revert");
        assert_eq!(server.post(0, &path, back).await.0, 400, "{other}");
        // An erasure goes on over what came in.
        let id = entry(&server, &copy, "changelog").await;
        let (status, told) = erase(&server, &copy, json!({ "entry": id })).await;
        assert_eq!(status, 200, "{told}");
        let later = export(&server, &copy).await;
        assert!(!String::from_utf8(later.clone()).unwrap().contains("keep the changelog"));
        imported(&server, later).await;
    }
}

#[tokio::test]
async fn a_store_without_its_whole_history_is_not_exported() {
    for server in Server::each().await {
        let store = store(&server).await;
        let ours = |store: &str| format!("/v1/x/memory_stores/{store}/export");
        let (status, told) = server.get(0, &ours(&store)).await;
        assert_eq!(status, 400);
        assert!(told["error"]["message"].as_str().unwrap().contains("no revision yet"), "{told}");
        // A copy of what has no history has all of its own.
        let session = said(&server, "From now on, always use tabs for indentation.").await;
        let (_, first) = dreamt(&server, &store, &session, false).await;
        let bytes = export(&server, &first).await;
        let moved = imported(&server, bytes.clone()).await;
        assert_eq!(export(&server, &moved).await, bytes);
        let (_, second) = dreamt(&server, &first, &session, false).await;
        let (status, told) = server.get(0, &ours(&second)).await;
        assert_eq!(status, 400);
        let message = told["error"]["message"].as_str().unwrap();
        assert!(message.contains("Export the store that it was copied from"), "{message}");
        let archive = format!("/v1/memory_stores/{first}/archive");
        assert_eq!(server.post(0, &archive, json!({})).await.0, 200);
        assert_eq!(export(&server, &first).await, bytes, "an archived store can be read");
        // Whose it is, and who may.
        assert_eq!(server.get(1, &ours(&first)).await.0, 404);
        let (_, reader) = server.database.new_key("ours", Right::Read, None, "").await.unwrap();
        let (_, writer) = server.database.new_key("ours", Right::Write, None, "").await.unwrap();
        let (_, one) =
            server.database.new_key("ours", Right::Decide, Some(&first), "").await.unwrap();
        let go = "/v1/x/memory_stores/import?name=Mine";
        for (key, out, back) in [(&reader, 403, 403), (&writer, 403, 200), (&one, 200, 403)] {
            let (status, _) = raw(&server, key, (Method::GET, &ours(&first)), Body::empty()).await;
            assert_eq!(status, out);
            let (status, _) = raw(&server, key, (Method::POST, go), bytes.clone()).await;
            assert_eq!(status, back);
        }
    }
}
