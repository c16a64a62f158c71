//! An agent that is the model of a dream, through the client of the official SDK.

use std::future::Future;

use rmcp::model::{CallToolRequestParams, ReadResourceRequestParams};
use rmcp::service::RunningService;
use rmcp::transport::TokioChildProcess;
use rmcp::{RoleClient, ServiceExt as _};
use serde_json::{Value, json};

use crate::support::fake::{Seen, proposes};
use crate::support::{NOW, Store};

type Client = RunningService<RoleClient, ()>;

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Starts the server of a store, as an agent does.
async fn connect(store: &Store) -> Client {
    let server = tokio::process::Command::from(store.command(&["mcp"]));
    ().serve(TokioChildProcess::new(server).unwrap()).await.unwrap()
}

/// The texts of a tool's result, or those of its error.
async fn call(client: &Client, tool: &'static str, given: Value) -> Result<Vec<String>, String> {
    let given = given.as_object().unwrap().clone();
    let request = CallToolRequestParams::new(tool).with_arguments(given);
    let result = client.call_tool(request).await.unwrap();
    let texts = result.content.iter().map(|block| block.as_text().unwrap().text.clone());
    let texts: Vec<String> = texts.collect();
    match result.is_error {
        Some(true) => Err(texts.concat()),
        _ => Ok(texts),
    }
}

/// What a good model answers to a prompt.
fn good(prompt: &str) -> String {
    let body = json!({"messages": [{"role": "user", "content": prompt}]});
    proposes(&Seen { path: String::new(), headers: Vec::new(), body, status: 0, in_batch: false })
}

/// The id of the call in a tool's result; `None` when the dream is over.
fn id(texts: &[String]) -> Option<String> {
    let [head, system, prompt] = texts else { return None };
    assert!(!system.is_empty() && !prompt.is_empty());
    let head: Value = serde_json::from_str(head).unwrap();
    assert!(head["schema"].is_object() && head["max_tokens"].is_u64(), "{head}");
    Some(head["id"].as_str().unwrap().to_owned())
}

/// Begins a dream and answers at most `most` calls, each answer also as a file in `answers`. Returns the
/// number of answers and what came last.
async fn dream(client: &Client, store: &Store, most: usize) -> (usize, Vec<String>) {
    let begin = json!({"sessions": ["sessions"], "now": NOW});
    let mut came = call(client, "dream_next", begin).await.unwrap();
    let mut answered = 0;
    while let Some(id) = id(&came).filter(|_| answered < most) {
        let answer = good(&came[2]);
        store.put(&format!("answers/{id}"), &answer);
        let given = json!({"id": id, "answer": answer});
        came = call(client, "dream_answer", given).await.unwrap();
        answered += 1;
    }
    (answered, came)
}

/// Keeps answers of a review that was left before its end.
fn review(store: &Store, answers: &str) {
    let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    db.execute("INSERT OR REPLACE INTO meta VALUES ('review', ?1)", [answers]).unwrap();
}

/// The bytes of the waiting plan.
fn plan(store: &Store) -> Vec<u8> {
    let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    let query = "SELECT plan FROM plans WHERE status = 'waiting'";
    db.query_row(query, [], |row| row.get(0)).unwrap()
}

#[test]
fn an_agent_dreams_for_itself_and_its_plan_is_that_of_a_model_with_the_same_answers() {
    let store = Store::new();
    let memories = store.tree("memory");
    wait(async {
        let client = connect(&store).await;
        let nothing = call(&client, "dream_answer", json!({"id": "x", "answer": "{}"})).await;
        assert!(nothing.unwrap_err().contains("dream_next begins one"));
        let (answered, over) = dream(&client, &store, usize::MAX).await;
        assert!(answered >= 3, "two sessions and what is written of them: {answered}");
        assert!(over[0].contains("The plan waits: `dreaming review --memory memory`"), "{over:?}");
        assert!(over[0].contains(&format!("{answered} calls, {answered} answered")), "{over:?}");
        // No tool gives up a plan that waits unless it is asked to.
        let refused = call(&client, "dream_next", json!({})).await.unwrap_err();
        assert!(
            refused.contains("a plan is waiting") && !refused.contains("dreaming mcp"),
            "{refused}"
        );
        assert!(refused.contains("(dream_next with `replace`)"), "{refused}");
        // Nor one that somebody is reviewing, nor at a time that has not come.
        review(&store, r#"{"change": "accept"}"#);
        let refused = call(&client, "dream_next", json!({"replace": true})).await.unwrap_err();
        assert!(refused.contains("1 answer given, not applied yet"), "{refused}");
        review(&store, "{}");
        let far = json!({"replace": true, "now": "2999-01-01T00:00:00Z"});
        let refused = call(&client, "dream_next", far).await.unwrap_err();
        assert!(refused.contains("ahead of the clock"), "{refused}");
        let status = call(&client, "dream_status", json!({})).await.unwrap();
        assert!(status[0].contains(" is waiting: "), "{status:?}");
        client.cancel().await.unwrap();
    });
    assert_eq!(store.tree("memory"), memories);

    let ours = plan(&store);
    store.put("policy.json", r#"{"propose.chunk-bytes": 24576}"#);
    let model = r#"exec:cat "answers/$(grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4)""#;
    store.run(&["--replace", "--model", model, "--policy", "policy.json"]).expect(0);
    assert!(String::from_utf8_lossy(&ours).contains("Run the formatter before each commit."));
    assert!(ours == plan(&store), "another plan");
    store.dreaming(&["replay"]).expect(0);
}

#[test]
fn a_dream_that_an_agent_left_goes_on_with_what_it_answered() {
    let store = Store::new().asking_about_each();
    wait(async {
        let client = connect(&store).await;
        let (answered, next) = dream(&client, &store, 1).await;
        assert!(answered == 1 && id(&next).is_some(), "{next:?}");
        // The agent is gone in the middle of the dream.
        client.cancel().await.unwrap();
        assert_eq!(store.status()["interrupted"], true);
        let client = connect(&store).await;
        let (again, over) = dream(&client, &store, usize::MAX).await;
        assert!(again >= 2 && id(&over).is_none(), "{over:?}");
        assert!(over[0].contains(", 1 answered from the record"), "{over:?}");
        client.cancel().await.unwrap();
    });
}

#[test]
fn an_agent_reads_memories_and_why_they_are_there() {
    let store = crate::support::dreamt();
    store.put("memory/plain.md", "- The logo is a teapot.\n");
    store.put("memory/my notes/\u{fc}.md", "- Umlauts stay.\n");
    wait(async {
        let client = connect(&store).await;
        let info = client.peer_info().unwrap();
        assert!(info.instructions.as_ref().unwrap().contains("memory_pack"));
        let tools = client.list_all_tools().await.unwrap();
        let mut names: Vec<&str> = tools.iter().map(|tool| &*tool.name).collect();
        names.sort_unstable();
        let all = [
            "dream_answer",
            "dream_next",
            "dream_status",
            "memory_explain",
            "memory_pack",
            "memory_propose",
        ];
        assert_eq!(names, all);
        let packed = call(&client, "memory_pack", json!({"query": "what is on the logo?"})).await;
        assert!(packed.unwrap()[0].contains("The logo is a teapot."));
        let few = call(&client, "memory_pack", json!({"query": "--help", "budget": 1})).await;
        assert_eq!(few.unwrap(), [""]);
        let why = call(&client, "memory_explain", json!({"entry": "run the formatter"})).await;
        assert!(why.unwrap()[0].contains("from these words:"));
        let none = call(&client, "memory_explain", json!({"entry": "--help"})).await.unwrap_err();
        assert!(none.contains("no entry"), "{none}");
        let wrong = call(&client, "dream_next", json!({"now": "yesterday"})).await.unwrap_err();
        assert!(wrong.contains("--now"), "{wrong}");

        let listed = client.list_all_resources().await.unwrap();
        assert!(listed.iter().any(|one| one.uri == "memory:///plain.md"), "{listed:?}");
        let read = |uri: &str| client.read_resource(ReadResourceRequestParams::new(uri));
        let text = read("memory:///plain.md").await.unwrap();
        assert!(serde_json::to_string(&text).unwrap().contains("The logo is a teapot."));
        // Clients write the address anew, as that of a page.
        let odd = "memory:///my%20notes/%C3%BC.md";
        assert!(listed.iter().any(|one| one.uri == odd), "{listed:?}");
        for odd in [odd, "memory:///my notes/\u{fc}.md"] {
            let text = serde_json::to_string(&read(odd).await.unwrap()).unwrap();
            assert!(text.contains("Umlauts stay."), "{text}");
        }
        for wrong in ["memory:///../sessions/one.jsonl", "memory:///gone.md", "file:///etc/passwd"]
        {
            let error = read(wrong).await.unwrap_err().to_string();
            assert!(error.contains("no memory has the address"), "{error}");
        }
        client.cancel().await.unwrap();
    });
    let none = store.command_on("nowhere", &["mcp"]);
    assert!(!crate::support::done(&mut { none }).stderr.is_empty());
}

#[test]
fn what_an_agent_proposes_is_held_until_a_person_decides() {
    let store = Store::new();
    let memories = store.tree("memory");
    let texts = |store: &Store| -> Vec<String> {
        let plan = store.dreaming(&["show", "--json"]).expect(0).json()["plan"].clone();
        let changes = plan["changes"].as_array().unwrap().clone();
        let proposed = changes.iter().filter(|change| change["cause"] == "extracted");
        proposed.map(|change| change["text"].as_str().unwrap().to_owned()).collect()
    };
    let propose = |statement: &str, quote: &str| json!({"statement": statement, "quote": quote});
    let (first, second) = ("The staging port is 8443.", "Releases are cut on Tuesdays.");
    wait(async {
        let client = connect(&store).await;
        let none = call(&client, "memory_propose", propose(first, "")).await.unwrap_err();
        assert!(none.contains("the words that it rests on"), "{none}");
        let quote = "remember that staging listens on 8443 now";
        let held = call(&client, "memory_propose", propose(first, quote)).await.unwrap();
        assert!(held[0].starts_with("1 entry proposed"), "{held:?}");
        // The second one joins the first in one plan.
        let quote = "we cut releases on Tuesdays";
        let held = call(&client, "memory_propose", propose(second, quote)).await.unwrap();
        assert!(held[0].starts_with("2 entries proposed"), "{held:?}");
        client.cancel().await.unwrap();
    });
    assert_eq!(store.tree("memory"), memories, "nothing is written");
    assert_eq!(texts(&store).len(), 2);
    let gone = store.dreaming(&["discard"]).expect(0).stdout;
    assert!(gone.contains("`dreaming adopt --held --memory memory` proposes the same"), "{gone}");
    store.dreaming(&["adopt", "--held"]).expect(3);
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let plan = plan["plan"].to_string();
    assert!(plan.contains("remember that staging listens on 8443 now"), "{plan}");
    store.dreaming(&["apply", "--all"]).expect(0);
    let facts = store.read("memory/learned/facts.md");
    assert!(facts.contains(first) && facts.contains(second), "{facts}");
    store.dreaming(&["replay"]).expect(0);

    // While another plan waits, a statement is held for later, and `status` says so.
    store.run(&[]).expect(0);
    wait(async {
        let client = connect(&store).await;
        let third = propose("The logo is a teapot.", "the new logo is a teapot, by the way");
        let held = call(&client, "memory_propose", third).await.unwrap();
        assert!(held[0].starts_with("Held. A plan waits that is decided first"), "{held:?}");
        client.cancel().await.unwrap();
    });
    let status = store.dreaming(&["status"]).expect(0).stdout;
    assert!(status.contains("3 statements came from agents: `dreaming adopt --held"), "{status}");
    store.dreaming(&["discard"]).expect(0);
    store.dreaming(&["adopt", "--held"]).expect(3);
    assert_eq!(texts(&store), ["The logo is a teapot."]);
    let id = store.dreaming(&["show", "--json"]).expect(0).json()["plan"]["changes"].clone();
    let id = id.as_array().unwrap().iter().find(|change| change["cause"] == "extracted").unwrap();
    store.dreaming(&["review", "--reject", id["id"].as_str().unwrap()]).expect(0);
    // All is decided: nothing is held any more.
    let nothing = store.dreaming(&["adopt", "--held"]).expect(0).stdout;
    assert!(nothing.contains("Nothing to propose."), "{nothing}");
    assert!(!store.dreaming(&["status"]).expect(0).stdout.contains("from agents"));
}

#[test]
fn a_dream_of_an_agent_has_the_policy_and_the_sessions_of_the_configuration() {
    let store = Store::new();
    let file = format!(
        "policy = {:?}\nsessions = [{:?}]\n[charter]\nphrases = [\"unlikely\"]\n",
        store.path("mine.json"),
        store.path("sessions")
    );
    store.put("config/dreaming/dreaming.toml", file);
    store.put("mine.json", r#"{"charter.phrases": ["formatter"], "propose.chunk-bytes": 20000}"#);
    wait(async {
        let client = connect(&store).await;
        let mut came = call(&client, "dream_next", json!({"now": NOW})).await.unwrap();
        while let Some(id) = id(&came) {
            let given = json!({"id": id, "answer": good(&came[2])});
            came = call(&client, "dream_answer", given).await.unwrap();
        }
        assert!(came[0].contains("Read 2 sessions"), "{came:?}");
        client.cancel().await.unwrap();
    });
    let plan: Value = serde_json::from_slice(&plan(&store)).unwrap();
    assert_eq!(plan["policy"]["propose.chunk-bytes"], 20_000, "{}", plan["policy"]);
    assert_eq!(plan["policy"]["charter.phrases"], json!(["formatter", "unlikely"]));
}

#[test]
fn what_an_export_says_stays_when_an_agent_proposes_although_it_names_agents_as_its_source() {
    let store = Store::new();
    let export = json!([{"text": "The logo is a teapot.", "source": "agent of another store"}]);
    store.put("export.json", export.to_string());
    store.dreaming(&["adopt", "export.json", "--now", NOW]).expect(3);
    let before = plan(&store);
    wait(async {
        let client = connect(&store).await;
        let given = json!({"statement": "Staging listens on 8443.", "quote": "staging is on 8443"});
        let held = call(&client, "memory_propose", given).await.unwrap();
        assert!(held[0].starts_with("Held. A plan waits that is decided first"), "{held:?}");
        client.cancel().await.unwrap();
    });
    assert!(plan(&store) == before, "another plan");
}

#[test]
fn a_dream_of_an_agent_that_fails_names_no_command_that_nobody_can_type() {
    let store = Store::new();
    wait(async {
        let client = connect(&store).await;
        let begin = json!({"sessions": ["sessions"], "now": NOW});
        let mut came = call(&client, "dream_next", begin).await;
        while let Some(id) = came.as_ref().ok().and_then(|texts| id(texts)) {
            came = call(&client, "dream_answer", json!({"id": id, "answer": "no"})).await;
        }
        came.unwrap_err();
        client.cancel().await.unwrap();
    });
    let status = store.dreaming(&["status"]).expect(0).stdout;
    assert!(!status.contains("agent:"), "{status}");
}
