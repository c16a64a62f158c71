//! Dreams, and what is done with them.

use axum::http::Method;
use serde_json::json;

use crate::server::Server;

#[tokio::test]
async fn dreams_of_another_workspace_and_over_what_it_has_look_as_if_they_were_not_there() {
    for server in Server::each().await {
        let store = server.store().await;
        let store = store.rsplit('/').next().unwrap();
        let made =
            json!({ "agent": "a", "environment_id": "e", "metadata": { "x_import": "true" } });
        let (_, session) = server.post(0, "/v1/sessions", made.clone()).await;
        let session = session["id"].as_str().unwrap();
        let asked = |store: &str, session: &str| {
            json!({ "model": "x_none", "inputs": [
                { "type": "memory_store", "memory_store_id": store },
                { "type": "sessions", "session_ids": [session] },
            ] })
        };
        // What is only wrong because it is another's is refused in the words for what is not there.
        let (_, mine) = server.post(1, "/v1/memory_stores", json!({ "name": "Mine" })).await;
        let (_, own) = server.post(1, "/v1/sessions", made).await;
        let (mine, own) = (mine["id"].as_str().unwrap(), own["id"].as_str().unwrap());
        for (theirs, nobodys) in
            [((store, own), ("memstore_none", own)), ((mine, session), (mine, "sesn_none"))]
        {
            let told = async |(store, session): (&str, &str)| {
                let (status, body) = server.post(1, "/v1/dreams", asked(store, session)).await;
                assert_eq!(status, 400);
                body["error"].to_string().replace(store, "STORE").replace(session, "SESSION")
            };
            assert_eq!(told(theirs).await, told(nobodys).await);
        }
        assert_eq!(server.get(1, "/v1/dreams?include_archived=true").await.1["data"], json!([]));
        let (status, dream) = server.post(0, "/v1/dreams", asked(store, session)).await;
        assert_eq!(status, 200, "{dream}");
        let dream = dream["id"].as_str().unwrap();
        let over = server.until_over(dream).await;
        assert_eq!(over["status"], "completed", "{over}");
        let trace = over["session_id"].as_str().unwrap();
        let output = over["outputs"][0]["memory_store_id"].as_str().unwrap();
        let revert = json!({ "revision": "none" });
        let decide = json!({ "digest": "none", "accept": "all" });
        let resources = json!({
            "agent": "a", "environment_id": "e",
            "resources": [{ "type": "memory_store", "memory_store_id": store }],
        });
        for (method, path, body, expected) in [
            (Method::GET, format!("/v1/dreams/{dream}"), None, 404),
            (Method::POST, format!("/v1/dreams/{dream}/cancel"), None, 404),
            (Method::POST, format!("/v1/dreams/{dream}/archive"), None, 404),
            (Method::GET, format!("/v1/x/dreams/{dream}/plan"), None, 404),
            (Method::GET, format!("/v1/x/dreams/{dream}/report"), None, 404),
            (Method::GET, format!("/v1/x/dreams/{dream}/review"), None, 404),
            (Method::POST, format!("/v1/x/dreams/{dream}/review"), Some(decide), 404),
            (Method::GET, format!("/v1/x/memory_stores/{output}/revisions"), None, 404),
            (Method::POST, format!("/v1/x/memory_stores/{output}/revert"), Some(revert), 404),
            (Method::GET, format!("/v1/x/memory_stores/{output}/pack"), None, 404),
            (Method::GET, format!("/v1/sessions/{trace}/events"), None, 404),
            (Method::GET, format!("/v1/sessions/{trace}/events/stream"), None, 404),
            (Method::PUT, format!("/v1/x/sessions/{session}/parts/main"), None, 404),
            (Method::POST, "/v1/sessions".into(), Some(resources), 400),
        ] {
            let (status, body) = server.ask(1, method.clone(), &path, body).await;
            assert_eq!(status, expected, "{method} {path}: {body}");
            assert!(!body.to_string().contains("Shop"), "{body}");
        }
        assert_eq!(
            server.get(0, &format!("/v1/dreams/{dream}")).await.1["archived_at"],
            json!(null)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_writes_while_a_dream_runs_is_not_overwritten() {
    for server in Server::each().await {
        let store = server.store().await;
        let id = store.rsplit('/').next().unwrap().to_owned();
        let twice = "- The staging host is blue.\n".repeat(2);
        for n in 0..30 {
            let memory = json!({ "path": format!("/{n:02}.md"), "content": twice });
            assert_eq!(server.post(0, &format!("{store}/memories"), memory).await.0, 200);
        }
        let made = json!({ "agent": "a", "environment_id": "e" });
        let (_, session) = server.post(0, "/v1/sessions", made).await;
        let asked = json!({
            "model": "x_none", "output_behavior": { "type": "update_existing", "memory_store_id": id },
            "inputs": [
                { "type": "memory_store", "memory_store_id": id },
                { "type": "sessions", "session_ids": [session["id"]] },
            ],
        });
        let (_, dream) = server.post(0, "/v1/dreams", asked).await;
        let dream = dream["id"].as_str().unwrap();
        let (_, listed) = server.get(0, &format!("{store}/memories?limit=100")).await;
        let ids: Vec<_> =
            listed["data"].as_array().unwrap().iter().map(|m| m["id"].clone()).collect();
        let mut written = 0;
        for (n, memory) in ids.iter().enumerate() {
            let path = format!("{store}/memories/{}", memory.as_str().unwrap());
            let content = format!("{twice}- Mine, {n}.\n");
            assert_eq!(server.post(0, &path, json!({ "content": content })).await.0, 200);
            written += 1;
        }
        let over = server.until_over(dream).await;
        let (_, after) = server.get(0, &format!("{store}/memories?limit=100&view=full")).await;
        assert!(written > 0 && !over["status"].is_null());
        let (_, second) = server
            .get(
                0,
                &format!(
                    "{store}/memories?limit=100&view=full&page={}",
                    after["next_page"].as_str().unwrap_or("")
                ),
            )
            .await;
        let both = [&after, &second];
        let texts = both.iter().flat_map(|page| page["data"].as_array().unwrap());
        let texts: std::collections::BTreeMap<&str, &str> =
            texts.map(|m| (m["path"].as_str().unwrap(), m["content"].as_str().unwrap())).collect();
        for n in 0..30 {
            let text = texts[&*format!("/{n:02}.md")];
            assert!(text.contains(&format!("- Mine, {n}.\n")), "{over}: {text:?}");
        }
    }
}
