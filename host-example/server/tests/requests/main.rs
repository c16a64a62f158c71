//! Requests that no SDK sends: foreign keys, forged pages, bodies that are none, many writers at once. On SQLite, and on
//! Postgres when `DREAMING_TEST_POSTGRES` names a server (`postgres://postgres@127.0.0.1:5432`).

mod answers;
mod batches;
mod budgets;
mod deleted;
mod dreams;
mod erase;
mod erase_meanwhile;
mod erase_reach;
mod events;
mod history;
mod key_times;
mod keys;
mod limits;
mod mcp;
mod objects;
mod operations;
mod page;
mod pauses;
mod replay;
mod review;
mod schedules;
mod server;
mod threads;
mod transfer;
mod transfer_refused;
mod turns;
mod webhooks;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use dreaming_server::{Options, watch};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::server::{Server, kind};

#[tokio::test]
async fn what_another_workspace_has_looks_as_if_it_were_not_there() {
    for server in Server::each().await {
        let store = server.store().await;
        let (_, memory) = server
            .post(0, &format!("{store}/memories"), json!({ "path": "/a", "content": "a" }))
            .await;
        let (id, version) =
            (memory["id"].as_str().unwrap(), memory["memory_version_id"].as_str().unwrap());
        let none = "/v1/memory_stores/memstore_none";
        let asked = |store: &str| {
            [
                (Method::GET, store.to_owned(), None),
                (Method::POST, store.to_owned(), Some(json!({ "name": "Mine" }))),
                (Method::POST, format!("{store}/archive"), None),
                (Method::GET, format!("{store}/memories"), None),
                (
                    Method::POST,
                    format!("{store}/memories"),
                    Some(json!({ "path": "/b", "content": "b" })),
                ),
                (Method::GET, format!("{store}/memories/{id}"), None),
                (Method::POST, format!("{store}/memories/{id}"), Some(json!({ "content": "b" }))),
                (Method::DELETE, format!("{store}/memories/{id}"), None),
                (Method::GET, format!("{store}/memory_versions"), None),
                (Method::GET, format!("{store}/memory_versions/{version}"), None),
                (Method::POST, format!("{store}/memory_versions/{version}/redact"), None),
                (Method::DELETE, store.to_owned(), None),
            ]
        };
        for ((method, path, body), (_, absent, _)) in asked(&store).into_iter().zip(asked(none)) {
            let (status, theirs) = server.ask(1, method.clone(), &path, body.clone()).await;
            let (other, nobodys) = server.ask(1, method.clone(), &absent, body).await;
            let told = |body: &Value, of: &str| {
                body["error"].to_string().replace(of.rsplit('/').next().unwrap(), "ID")
            };
            assert_eq!((status, other), (404, 404), "{method} {path}");
            assert_eq!(told(&theirs, &store), told(&nobodys, none), "{method} {path}");
        }
        let made = json!({ "agent": "agent_1", "environment_id": "env_1" });
        let (_, session) = server.post(0, "/v1/sessions", made).await;
        let (session, none) =
            (format!("/v1/sessions/{}", session["id"].as_str().unwrap()), "/v1/sessions/sesn_none");
        let event = json!({ "events": [{ "type": "user.interrupt" }] });
        for (method, below, body) in [
            (Method::GET, "", None),
            (Method::GET, "/events", None),
            (Method::POST, "/events", Some(event)),
            (Method::POST, "/archive", None),
            (Method::DELETE, "", None),
        ] {
            for path in [&*session, none] {
                let (status, body) =
                    server.ask(1, method.clone(), &format!("{path}{below}"), body.clone()).await;
                assert_eq!(
                    (status, kind(&body)),
                    (404, "not_found_error"),
                    "{method} {path}{below}"
                );
            }
        }
        let described = json!({ "name": "Coder", "model": "claude-test" });
        let (_, agent) = server.post(0, "/v1/agents", described).await;
        let agent = agent["id"].as_str().unwrap();
        for below in ["", "/archive"] {
            let method = if below.is_empty() { Method::GET } else { Method::POST };
            let mut told = Vec::new();
            for id in [agent, "agent_none"] {
                let path = format!("/v1/agents/{id}{below}");
                let (status, body) = server.ask(1, method.clone(), &path, None).await;
                assert_eq!(status, 404, "{path}");
                told.push(body["error"].to_string().replace(id, "ID"));
            }
            assert_eq!(told[0], told[1]);
        }
        assert_eq!(server.get(1, "/v1/agents").await.1["data"], json!([]));
        let theirs = json!({ "agent": agent, "environment_id": "env_1" });
        let (_, theirs) = server.post(1, "/v1/sessions", theirs).await;
        assert_eq!(theirs["agent"]["name"], agent, "nothing of another's agent is shown");
        assert_eq!(server.get(0, &session).await.1["status"], "idle");
        let (_, seen) = server.get(1, "/v1/sessions?include_archived=true").await;
        assert_eq!(seen["data"][0]["id"], theirs["id"]);
        assert_eq!(seen["data"][1], json!(null));
        let (_, listed) = server.get(1, "/v1/memory_stores?include_archived=true").await;
        assert_eq!(listed["data"], json!([]));
        let (status, memory) = server.get(0, &format!("{store}/memories/{id}")).await;
        assert_eq!((status, &memory["content"]), (200, &json!("a")));
        // The memory of a store is in no other store of the same workspace either.
        let other = server.store().await;
        for below in [format!("memories/{id}"), format!("memory_versions/{version}")] {
            assert_eq!(server.get(0, &format!("{other}/{below}")).await.0, 404);
        }
    }
}

#[tokio::test]
async fn health_and_readiness_need_no_key_and_say_nothing_else() {
    let server = Server::sqlite(Options::default()).await;
    for (path, says) in [("/healthz", "ok"), ("/readyz", "ok")] {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = server.service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let body = to_bytes(response.into_body(), 100).await.unwrap();
        assert_eq!(&body[..], says.as_bytes());
    }
}

#[tokio::test]
async fn a_key_is_read_from_either_header_and_nothing_is_said_without_one() {
    let server = Server::sqlite(Options::default()).await;
    let key = server.keys[0].clone();
    let ask = |name: &'static str, value: String| {
        let request = Request::builder().uri("/v1/memory_stores").header(name, value);
        server.send(request.body(Body::empty()).unwrap())
    };
    assert_eq!(ask("x-api-key", key.clone()).await.0, 200);
    assert_eq!(ask("authorization", format!("Bearer {key}")).await.0, 200);
    for (name, value) in [
        ("x-api-key", String::new()),
        ("x-api-key", format!("{key}0")),
        ("authorization", key.clone()),
        ("authorization", "Bearer ".into()),
        ("cookie", key.clone()),
    ] {
        let (status, _, body) = ask(name, value).await;
        assert_eq!((status.as_u16(), kind(&body)), (401, "authentication_error"));
        assert!(!body.to_string().contains(&key));
    }
}

#[tokio::test]
async fn the_betas_of_the_hosted_api_are_asked_for_only_when_somebody_wants_it() {
    let (memory, agents) = ("agent-memory-2026-07-22", "managed-agents-2026-04-01");
    for (options, expected) in [
        (Options::default(), [200, 200, 200, 200]),
        (Options { strict_betas: true, ..Options::default() }, [400, 200, 200, 400]),
    ] {
        let server = Server::sqlite(options).await;
        let sent = [String::new(), memory.into(), agents.into(), format!("{memory}, {agents}")];
        for (beta, expected) in sent.into_iter().zip(expected) {
            let request = Request::builder().uri("/v1/memory_stores?beta=true");
            let request =
                request.header("x-api-key", &server.keys[0]).header("anthropic-beta", beta);
            let (status, ..) = server.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(status.as_u16(), expected);
        }
    }
}

#[tokio::test]
async fn a_body_that_is_none_is_refused_by_the_name_of_its_field() {
    let server = Server::sqlite(Options::default()).await;
    let store = server.store().await;
    let memories = format!("{store}/memories");
    for (path, body, field) in [
        ("/v1/memory_stores", json!({}), "body"),
        ("/v1/memory_stores", json!([]), "body"),
        ("/v1/memory_stores", json!({ "name": 1 }), "name"),
        ("/v1/memory_stores", json!({ "name": "a", "metadata": { "k": 1 } }), "metadata.k"),
        ("/v1/memory_stores", json!({ "name": "a", "description": "\u{0}" }), "description"),
        (&memories, json!({ "path": "/a", "content": null }), "content"),
        (&memories, json!({ "path": "/a", "content": "a", "mode": "append" }), "mode"),
        (&memories, json!({ "path": "../a", "content": "a" }), "path"),
    ] {
        let (status, refused) = server.post(0, path, body.clone()).await;
        let message = refused["error"]["message"].as_str().unwrap();
        assert_eq!((status, kind(&refused)), (400, "invalid_request_error"), "{body}");
        assert!(message.starts_with(&format!("{field}: ")), "{body}: {message}");
    }
    let ask = |bytes: Vec<u8>| {
        let request = Request::builder().method(Method::POST).uri("/v1/memory_stores");
        server.send(request.header("x-api-key", &server.keys[0]).body(Body::from(bytes)).unwrap())
    };
    assert_eq!(ask(b"{\"name\": \"a".to_vec()).await.0, 400);
    assert_eq!(ask(vec![0xff; 10]).await.0, 400);
    assert_eq!(ask(vec![b' '; (1 << 20) + 1]).await.0, 413);
    // The largest content, written as long as JSON allows, is taken.
    let content = "\\u0061".repeat(102_400);
    let request =
        Request::builder().method(Method::POST).uri(&memories).header("x-api-key", &server.keys[0]);
    let body = format!("{{\"path\": \"/large\", \"content\": \"{content}\"}}");
    assert_eq!(server.send(request.body(Body::from(body)).unwrap()).await.0, 200);
    let (_, listed) = server.get(0, &memories).await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 1, "what was refused was not written");
}

#[tokio::test]
async fn a_page_that_somebody_made_up_shows_nothing_that_its_caller_may_not_see() {
    let server = Server::sqlite(Options::default()).await;
    let store = server.store().await;
    for page in ["page_", "page_!!", "other", "page_AA", "page__w"] {
        let (status, body) = server.get(0, &format!("{store}/memories?page={page}")).await;
        assert!(matches!(status, 200 | 400), "{page}: {body}");
    }
    let (_, mine) = server.post(1, "/v1/memory_stores", json!({ "name": "Mine" })).await;
    let (_, second) = server.post(1, "/v1/memory_stores", json!({ "name": "Second" })).await;
    let (_, first) = server.get(1, "/v1/memory_stores?limit=1").await;
    assert_eq!(first["data"][0]["id"], second["id"]);
    let next = first["next_page"].as_str().unwrap();
    let (_, rest) = server.get(0, &format!("/v1/memory_stores?limit=100&page={next}")).await;
    assert!(!rest.to_string().contains(mine["id"].as_str().unwrap()), "{rest}");
}

#[tokio::test]
async fn unknown_routes_and_methods_are_said_to_be_unknown() {
    let server = Server::sqlite(Options::default()).await;
    let (status, body) = server.get(0, "/v1/vaults").await;
    assert_eq!((status, kind(&body)), (404, "not_found_error"));
    assert_eq!(body["error"]["message"], "this server has no `/v1/vaults`");
    let (status, body) = server.get(0, "/v1/memory_stores/%FF").await;
    assert_eq!((status, kind(&body)), (400, "invalid_request_error"));
    assert_eq!(body["error"]["message"], "path: is badly encoded");
    let (status, body) = server.ask(0, Method::PUT, "/v1/memory_stores", None).await;
    assert_eq!((status, kind(&body)), (405, "invalid_request_error"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_writers_each_writes_once_and_one_of_equal_paths_wins() {
    const WRITERS: usize = 40;
    for server in Server::each().await {
        let store = server.store().await;
        let memories = format!("{store}/memories");
        let server = std::sync::Arc::new(server);
        let mut all = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let (server, memories) = (server.clone(), memories.clone());
            all.spawn(async move {
                let same = json!({ "path": "/same", "content": writer.to_string() });
                let (first, _) = server.post(0, &memories, same).await;
                let own = json!({ "path": format!("/own/{writer}"), "content": "" });
                let (second, _) = server.post(0, &memories, own).await;
                assert_eq!(second, 200);
                first
            });
        }
        let answers = all.join_all().await;
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|status| **status == 409).count(), WRITERS - 1);
        let (_, listed) = server.get(0, &format!("{memories}?limit=100")).await;
        assert_eq!(listed["data"].as_array().unwrap().len(), WRITERS + 1);
        let (_, versions) = server.get(0, &format!("{store}/memory_versions?limit=100")).await;
        assert_eq!(versions["data"].as_array().unwrap().len(), WRITERS + 1);

        // With the digest that they read, one of many changes wins, and each of the others is told.
        let id = listed["data"][WRITERS]["id"].as_str().unwrap().to_owned();
        let digest = listed["data"][WRITERS]["content_sha256"].clone();
        let mut all = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let (server, path, digest) =
                (server.clone(), format!("{memories}/{id}"), digest.clone());
            all.spawn(async move {
                let precondition = json!({ "type": "content_sha256", "content_sha256": digest });
                let change =
                    json!({ "content": format!("new {writer}"), "precondition": precondition });
                server.post(0, &path, change).await.0
            });
        }
        let answers = all.join_all().await;
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|status| **status == 409).count(), WRITERS - 1);
    }
}

#[tokio::test]
async fn figures_tell_routes_and_numbers_and_nothing_of_a_client() {
    for server in Server::each().await {
        let store = server.store().await;
        server.get(0, &format!("{store}/memories")).await;
        server.get(0, "/v1/secret-words").await;
        server.ask(0, Method::from_bytes(b"SECRET").unwrap(), "/v1/dreams", None).await;
        let figures = watch::figures(server.database.clone(), server.figures.clone());
        let request = Request::builder().uri("/metrics").body(Body::empty()).unwrap();
        let response = figures.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let text = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8(text.to_vec()).unwrap();
        let route = "/v1/memory_stores/{store}/memories";
        let line =
            format!("dreaming_requests_total{{method=\"GET\",route=\"{route}\",status=\"200\"}} 1");
        assert!(text.contains(&line), "{text}");
        assert!(text.contains("dreaming_dreams{status=\"running\"} 0"), "{text}");
        assert!(text.contains("dreaming_request_seconds_bucket"), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
        for word in ["memstore_", "secret", "SECRET", &server.keys[0]] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
}
