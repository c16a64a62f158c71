//! Whose dream is next, and when a dream is given up.

use dreaming_models::tally::Usage;
use dreaming_server::Day;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection as _};

use crate::server::Server;

/// Asks for a dream over a new store in the workspace `of`; its id.
async fn dream(server: &Server, of: usize, session: &str) -> String {
    let (_, store) = server.post(of, "/v1/memory_stores", json!({ "name": "Shop" })).await;
    let asked = json!({ "model": "x_none", "inputs": [
        { "type": "memory_store", "memory_store_id": store["id"] },
        { "type": "sessions", "session_ids": [session] },
    ] });
    let (status, dream) = server.post(of, "/v1/dreams", asked).await;
    assert_eq!(status, 200, "{dream}");
    dream["id"].as_str().unwrap().to_owned()
}

/// Makes a session in the workspace `of`; its id.
async fn session(server: &Server, of: usize) -> String {
    let made = json!({ "agent": "agent_1", "environment_id": "env_1" });
    let (_, session) = server.post(of, "/v1/sessions", made).await;
    session["id"].as_str().unwrap().to_owned()
}

/// Lets the time go by for which dreams are left alone.
async fn rested(server: &Server) {
    let mut connection = AnyConnection::connect(&server.url).await.unwrap();
    sqlx::query("UPDATE dreams SET rests_until = 0").execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn workspaces_take_turns_however_much_one_of_them_asks_for() {
    for server in Server::each().await {
        // Nobody but this test takes dreams.
        server.runner.rest();
        let sessions = [session(&server, 0).await, session(&server, 1).await];
        let mut ours = Vec::new();
        for _ in 0..6 {
            ours.push(dream(&server, 0, &sessions[0]).await);
        }
        // What is called off before its turn moves nobody's.
        let (status, _) =
            server.post(0, &format!("/v1/dreams/{}/cancel", ours[5]), json!({})).await;
        assert_eq!(status, 200);
        let mut theirs = vec![dream(&server, 1, &sessions[1]).await];
        let next = async || {
            let id = server.database.claim("test", Day::today()).await.unwrap()?;
            server.database.take_up(&id, "test").await.unwrap();
            Some(id)
        };
        assert_eq!(next().await.as_ref(), Some(&ours[0]));
        assert_eq!(next().await.as_ref(), Some(&theirs[0]));
        assert_eq!(next().await.as_ref(), Some(&ours[1]));
        assert_eq!(next().await.as_ref(), Some(&ours[2]));
        // Who asks later is not before those that have begun, and so keeps nobody waiting for ever.
        theirs.push(dream(&server, 1, &sessions[1]).await);
        theirs.push(dream(&server, 1, &sessions[1]).await);
        let wanted = [&theirs[1], &ours[3], &theirs[2], &ours[4]];
        for wanted in wanted {
            assert_eq!(next().await.as_ref(), Some(wanted));
        }
        assert_eq!(next().await, None);
    }
}

#[tokio::test]
async fn a_dream_with_which_one_server_after_the_other_ends_is_given_up_and_says_why() {
    for server in Server::each().await {
        server.runner.rest();
        let session = session(&server, 0).await;
        let (bad, good) = (dream(&server, 0, &session).await, dream(&server, 0, &session).await);
        let told = async |id: &str| -> Value { server.get(0, &format!("/v1/dreams/{id}")).await.1 };
        for number in 0..8 {
            assert!(matches!(
                &*told(&bad).await["status"].to_string(),
                "\"pending\"" | "\"running\""
            ));
            // No server has such a lock.
            let owner = format!("{number}");
            let id = server.database.claim(&owner, Day::today()).await.unwrap();
            assert_eq!(id.as_ref(), Some(&bad), "what was begun is before the rest");
            server.database.take_up(&bad, &owner).await.unwrap();
            // It comes as far as the one before.
            assert!(server.database.keep_checkpoint(&bad, &owner, b"here".into()).await.unwrap());
            let freed = server.database.free_the_dreams_of_gone_servers("test").await.unwrap();
            assert_eq!(freed, 1);
            if number > 0 {
                let too_early = server.database.claim("early", Day::today()).await.unwrap();
                assert_eq!(too_early.as_ref(), Some(&good), "the bad one is left alone");
                server.database.leave("early").await.unwrap();
            }
            rested(&server).await;
        }
        server.database.claim("test", Day::today()).await.unwrap();
        server.database.take_up(&bad, "test").await.unwrap();
        let over = told(&bad).await;
        assert_eq!(over["status"], "failed", "{over}");
        let why = over["error"]["message"].as_str().unwrap();
        assert!(why.starts_with("8 servers ended while they carried it out"), "{why}");
        // The next one is as good as any.
        assert_eq!(
            server.database.claim("test", Day::today()).await.unwrap().as_ref(),
            Some(&good)
        );
        // A server that ends as it should counts for nothing.
        for _ in 0..7 {
            server.database.take_up(&good, "test").await.unwrap();
            server.database.leave("test").await.unwrap();
            assert_eq!(
                server.database.claim("test", Day::today()).await.unwrap().as_ref(),
                Some(&good)
            );
        }
        assert_eq!(told(&good).await["status"], "running");
    }
}

#[tokio::test]
async fn a_dream_beside_one_that_is_given_up_is_not_given_up() {
    for server in Server::each().await {
        server.runner.rest();
        let session = session(&server, 0).await;
        let (bad, good) = (dream(&server, 0, &session).await, dream(&server, 0, &session).await);
        let told =
            async |id: &str| server.get(0, &format!("/v1/dreams/{id}")).await.1["status"].clone();
        let mut beside = 0;
        while told(&bad).await != "failed" {
            let owner = format!("{}", 100 + beside);
            let mut had = Vec::new();
            while let Some(id) = server.database.claim(&owner, Day::today()).await.unwrap() {
                server.database.take_up(&id, &owner).await.unwrap();
                had.push(id);
            }
            // Twice it may be either of them; then a server has one of the two.
            let wanted =
                if beside < 2 { vec![bad.clone(), good.clone()] } else { vec![bad.clone()] };
            if told(&bad).await != "failed" {
                assert_eq!(had, wanted);
            }
            let freed = server.database.free_the_dreams_of_gone_servers("test").await.unwrap();
            assert!(freed <= wanted.len() as u64);
            rested(&server).await;
            beside += 1;
        }
        assert_eq!(beside, 9, "eight servers, and the one that gives it up");
        assert_eq!(
            server.database.claim("test", Day::today()).await.unwrap().as_ref(),
            Some(&good)
        );
        server.database.take_up(&good, "test").await.unwrap();
        assert_eq!(told(&good).await, "running");
    }
}

#[tokio::test]
async fn an_answer_is_a_way_further_for_a_dream_with_which_servers_ended() {
    for server in Server::each().await {
        server.runner.rest();
        let session = session(&server, 0).await;
        let id = dream(&server, 0, &session).await;
        let deaths = async || -> i64 {
            let mut connection = AnyConnection::connect(&server.url).await.unwrap();
            let select = "SELECT deaths FROM dreams";
            sqlx::query_scalar(select).fetch_one(&mut connection).await.unwrap()
        };
        for owner in ["1", "2", "3"] {
            server.database.claim(owner, Day::today()).await.unwrap();
            server.database.take_up(&id, owner).await.unwrap();
            server.database.free_the_dreams_of_gone_servers("test").await.unwrap();
            rested(&server).await;
        }
        assert_eq!(deaths().await, 3);
        server.database.claim("4", Day::today()).await.unwrap();
        let answered = Usage { input: 10, ..Usage::default() };
        server.database.keep_usage(&id, "4", answered, Day::today()).await.unwrap();
        assert_eq!(deaths().await, 0);
        // What was told before is nothing new.
        server.database.free_the_dreams_of_gone_servers("test").await.unwrap();
        server.database.claim("5", Day::today()).await.unwrap();
        server.database.keep_usage(&id, "5", answered, Day::today()).await.unwrap();
        assert_eq!(deaths().await, 1);
    }
}

/// Where one side of a comparison has another collation, Postgres uses no index: a dream reads whole tables.
#[tokio::test]
async fn postgres_compares_all_texts_by_their_bytes() {
    for server in Server::each().await.into_iter().filter(|it| it.url.starts_with("postgres")) {
        let mut connection = AnyConnection::connect(&server.url).await.unwrap();
        let count = |which: &str| {
            format!(
                "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = 'public' \
                 AND data_type = 'text' AND table_name <> '_sqlx_migrations' AND {which}"
            )
        };
        for (which, is_some) in [("collation_name = 'C'", true), ("collation_name IS NULL", false)]
        {
            let query = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(count(which)));
            let found = query.fetch_one(&mut connection).await.unwrap();
            assert_eq!(found > 0, is_some, "{found} texts: {which}");
        }
    }
}
