//! A server that is killed at any moment goes on where it was: no dream is lost or done twice, and no answer that was
//! kept is paid for again. On SQLite, and on Postgres when `DREAMING_TEST_POSTGRES` names a server. `DREAMING_KILLS`
//! says how often it is killed on each. An erasure that is killed is done whole, or has not begun.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use dreaming_fake_models::{Fake, Reply, Seen, Speaks};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection as _};

/// Kills on each database when nobody says how many. Chosen by us: the hundred of a release take minutes.
const KILLS: usize = 4;

/// A line that the memory has twice, until a dream merges it.
const LINE: &str = "- The staging host is blue.\n";

/// Sessions of a dream; each brings a call of the model.
const SESSIONS: usize = 10;

/// How long the model takes for an answer.
const THINKS: Duration = Duration::from_millis(120);

/// Calls that are under way at once, see `MANNER` of the server.
const PARALLEL: usize = 4;

/// A model that finds nothing.
fn model() -> Fake {
    let answer = |_: usize, seen: &Seen| {
        if !seen.in_batch {
            thread::sleep(THINKS);
        }
        let schema = &seen.body["output_config"]["format"]["schema"];
        let mut answer = json!({});
        for name in schema["required"].as_array().unwrap().iter().flat_map(Value::as_str) {
            let is_list = schema["properties"][name]["type"] == "array";
            answer[name] = if is_list { json!([]) } else { json!("nothing") };
        }
        Reply::Says(answer.to_string())
    };
    Fake::start(Speaks::Anthropic, Box::new(answer))
}

/// How often the model was asked what, from its call `from` on.
fn asked(model: &Fake, from: usize) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for seen in model.seen().into_iter().skip(from) {
        *asked.entry(seen.body["messages"].to_string()).or_default() += 1;
    }
    asked
}

/// A server as a process; dropping it kills it.
struct Server {
    child: Child,
    url: String,
    key: String,
}

impl Server {
    fn start(database: &str, key: &str, model: &str) -> Self {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine");
        let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming-server"));
        command.args(["--database", database, "serve", "--listen", "127.0.0.1:0"]);
        command.args(["--anthropic-url", model]);
        command.arg("--cache").arg(cache).env_remove("ANTHROPIC_API_KEY");
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().rsplit(' ').next().unwrap().to_owned();
        assert!(url.starts_with("http://"), "{line}");
        Self { child, url, key: key.into() }
    }

    fn get(&self, path: &str) -> Value {
        let request = ureq::get(format!("{}{path}", self.url)).header("x-api-key", &self.key);
        request.call().unwrap().body_mut().read_json().unwrap()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let request = ureq::post(format!("{}{path}", self.url)).header("x-api-key", &self.key);
        request.send_json(body).unwrap().body_mut().read_json().unwrap()
    }

    /// The id of what a list holds, in all its pages.
    fn ids(&self, path: &str) -> Vec<String> {
        let listed = self.get(&format!("{path}limit=100"));
        assert_eq!(listed["next_page"], Value::Null);
        listed["data"].as_array().unwrap().iter().map(|item| text(&item["id"])).collect()
    }

    fn contents(&self, store: &str) -> BTreeMap<String, String> {
        let listed = self.get(&format!("/v1/memory_stores/{store}/memories?view=full"));
        let memory = |memory: &Value| (text(&memory["path"]), text(&memory["content"]));
        listed["data"].as_array().unwrap().iter().map(memory).collect()
    }

    /// A store and a dream over it: their ids.
    fn dream(&self, sessions: &[String], is_update: bool, in_batches: bool) -> (String, String) {
        let store = text(&self.post("/v1/memory_stores", &json!({ "name": "Shop" }))["id"]);
        let notes = json!({ "path": "/notes.md", "content": LINE.repeat(2) });
        self.post(&format!("/v1/memory_stores/{store}/memories"), &notes);
        let mut asked = json!({
            "inputs": [
                { "type": "memory_store", "memory_store_id": store },
                { "type": "sessions", "session_ids": sessions },
            ],
            "model": "claude-test", "x_batch": in_batches,
        });
        if is_update {
            asked["output_behavior"] =
                json!({ "type": "update_existing", "memory_store_id": store });
        }
        let dream = text(&self.post("/v1/dreams", &asked)["id"]);
        (store, dream)
    }

    fn until_over(&self, dream: &str) -> Value {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let now = self.get(&format!("/v1/dreams/{dream}"));
            if !matches!(now["status"].as_str(), Some("pending" | "running")) {
                return now;
            }
            assert!(Instant::now() < end, "{now}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// Registers a session on which a dream has something to say.
fn session(server: &Server, number: usize) -> String {
    let wish = "From now on, always use tabs for indentation.";
    said(server, wish, &format!("Done, part {number}."), number + 1)
}

/// Registers a session of a day in which a person and an agent said something.
fn said(server: &Server, person: &str, agent: &str, day: usize) -> String {
    let import = json!({ "x_import": "true" });
    let asked = json!({ "agent": "a", "environment_id": "e", "metadata": import });
    let id = text(&server.post("/v1/sessions", &asked)["id"]);
    let words = |words: &str| json!([{ "type": "text", "text": words }]);
    let events = json!({ "events": [
        {
            "type": "user.message", "processed_at": format!("2026-03-{day:02}T09:00:00Z"),
            "content": words(person),
        },
        {
            "type": "agent.message", "processed_at": format!("2026-03-{day:02}T09:00:05Z"),
            "content": words(agent),
        },
    ] });
    server.post(&format!("/v1/sessions/{id}/events"), &events);
    id
}

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

/// A key for a database.
fn key(database: &str) -> String {
    let key = Command::new(env!("CARGO_BIN_EXE_dreaming-server"))
        .args(["--database", database, "new-key"])
        .output()
        .unwrap();
    String::from_utf8(key.stdout).unwrap().trim_end().to_owned()
}

fn play(database: &str, kills: usize) {
    let key = key(database);
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

/// Whether a file of SQLite or its log holds words.
fn is_in_a_file(folder: &Path, words: &str) -> bool {
    let files =
        std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(words.len()).any(|part| part == words.as_bytes()))
}

/// Kills a server while it erases, at other moments each time: how often it was done, and how often it had not begun.
fn play_erasures(database: &str, folder: Option<&Path>) -> (usize, usize) {
    let key = key(database);
    let start = || Server::start(database, &key, "http://127.0.0.1:9");
    let mut server = start();
    let (mut done, mut not) = (0, 0);
    for round in 0..8_u64 {
        let words = format!("always use tabs for part {round}");
        let session = said(&server, &format!("From now on, {words}."), "Done.", 1);
        let store = text(&server.post("/v1/memory_stores", &json!({ "name": "Shop" }))["id"]);
        let asked = json!({ "model": "x_none", "inputs": [
            { "type": "memory_store", "memory_store_id": store },
            { "type": "sessions", "session_ids": [session] },
        ] });
        let over = server.until_over(&text(&server.post("/v1/dreams", &asked)["id"]));
        let store = text(&over["outputs"][0]["memory_store_id"]);
        let delete = ureq::delete(format!("{}/v1/sessions/{session}", server.url));
        delete.header("x-api-key", &server.key).call().unwrap();
        let entries = server.get(&format!("/v1/x/memory_stores/{store}/entries"));
        let body = json!({ "entry": entries["data"][0]["entry"] });
        let before = server.contents(&store);
        assert!(before["/learned/preferences.md"].contains(&words), "{before:?}");
        let url = format!("{}/v1/x/memory_stores/{store}/erase", server.url);
        let (sent, with) = (body.clone(), server.key.clone());
        // Nobody hears the answer of a server that is killed.
        let erases = thread::spawn(move || {
            drop(ureq::post(url).header("x-api-key", &with).send_json(&sent));
        });
        // From a request that has hardly come to a file that is being rewritten.
        thread::sleep(Duration::from_millis(round * 12));
        drop(server);
        erases.join().unwrap();
        server = start();
        let revisions = server.get(&format!("/v1/x/memory_stores/{store}/revisions"));
        let versions = format!("/v1/memory_stores/{store}/memory_versions?view=full");
        let versions = server.get(&versions)["data"].to_string();
        if revisions["data"][0]["record"]["kind"] == "erase" {
            done += 1;
            assert!(!server.contents(&store).values().any(|text| text.contains(&words)));
            assert!(!versions.contains(&words), "{versions}");
            assert!(folder.is_none_or(|folder| !is_in_a_file(folder, &words)), "round {round}");
        } else {
            not += 1;
            assert_eq!(server.contents(&store), before);
            assert!(
                versions.contains(&words) && !versions.contains("redacted_at\":\""),
                "{versions}"
            );
            let told = server.post(&format!("/v1/x/memory_stores/{store}/erase"), &body);
            assert!(told["gone"]["versions"].as_u64().unwrap() > 0, "{told}");
        }
    }
    (done, not)
}

#[test]
fn an_erasure_that_is_killed_is_done_or_has_not_begun() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("server.db").display());
    println!("done, not begun: {:?}", play_erasures(&database, Some(folder.path())));
    match std::env::var("DREAMING_TEST_POSTGRES") {
        Ok(url) => {
            let database = postgres(&url, "erasures");
            println!("done, not begun: {:?}", play_erasures(&database, None));
        }
        Err(_) => println!("skipped: DREAMING_TEST_POSTGRES names no Postgres"),
    }
}

/// A new database on a server.
fn postgres(url: &str, what: &str) -> String {
    let name = format!("dreaming_{what}_{}", std::process::id());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        sqlx::any::install_default_drivers();
        let mut server = AnyConnection::connect(&format!("{url}/postgres")).await.unwrap();
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut server).await.unwrap();
    });
    format!("{url}/{name}")
}
