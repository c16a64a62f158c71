//! Servers that are processes of their own, over one database, and the model that they ask.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use dreaming_fake_models::{Fake, Reply, Seen, Speaks};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection as _, Row as _};

/// A line that the memory has twice, until a dream merges it.
pub const LINE: &str = "- The staging host is blue.\n";

/// Sessions of a dream; each brings a call of the model.
pub const SESSIONS: usize = 10;

/// How long the model takes for an answer.
pub const THINKS: Duration = Duration::from_millis(120);

/// Calls that are under way at once, see `MANNER` of the server.
pub const PARALLEL: usize = 4;

/// A model that finds nothing.
pub fn model() -> Fake {
    let answer = |_: usize, seen: &Seen| {
        if !seen.in_batch {
            thread::sleep(THINKS);
        }
        nothing(seen)
    };
    Fake::start(Speaks::Anthropic, Box::new(answer))
}

/// The answer of a model that finds nothing.
pub fn nothing(seen: &Seen) -> Reply {
    let schema = &seen.body["output_config"]["format"]["schema"];
    let mut answer = json!({});
    for name in schema["required"].as_array().unwrap().iter().flat_map(Value::as_str) {
        let is_list = schema["properties"][name]["type"] == "array";
        answer[name] = if is_list { json!([]) } else { json!("nothing") };
    }
    Reply::Says(answer.to_string())
}

/// How often the model was asked what, from its call `from` on.
pub fn asked(model: &Fake, from: usize) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    // A client that is killed while it sends leaves half a request, which no model works on.
    for seen in model.seen().into_iter().skip(from).filter(|seen| !seen.body.is_null()) {
        *asked.entry(seen.body["messages"].to_string()).or_default() += 1;
    }
    asked
}

/// A server as a process; dropping it kills it.
pub struct Server {
    child: Child,
    pub url: String,
    pub key: String,
}

impl Server {
    pub fn start(database: &str, key: &str, model: &str) -> Self {
        Self::telling(database, key, model, Stdio::inherit())
    }

    /// As [`Self::start`]; what goes wrong is told to `errors`.
    pub fn telling(database: &str, key: &str, model: &str, errors: Stdio) -> Self {
        Self::with(database, key, &["--anthropic-url", model], errors)
    }

    /// As [`Self::telling`], with these options.
    pub fn with(database: &str, key: &str, options: &[&str], errors: Stdio) -> Self {
        Self::listening("127.0.0.1:0", database, key, options, errors)
    }

    /// As [`Self::with`], at this address.
    pub fn listening(
        address: &str,
        database: &str,
        key: &str,
        options: &[&str],
        errors: Stdio,
    ) -> Self {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine");
        let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming-server"));
        command.args(["--database", database, "serve", "--listen", address]);
        command.args(options);
        command.arg("--cache").arg(cache).env_remove("ANTHROPIC_API_KEY");
        let pipes = command.stdout(Stdio::piped()).stderr(errors);
        let mut child = pipes.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().rsplit(' ').next().unwrap().to_owned();
        assert!(url.starts_with("http://"), "{line}");
        Self { child, url, key: key.into() }
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end: how long that took, and what it told meanwhile on standard error.
    #[cfg(unix)]
    pub fn stopped(mut self) -> (Duration, String) {
        let begun = Instant::now();
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(asked.success());
        let mut told = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {told}");
        (begun.elapsed(), told)
    }

    pub fn get(&self, path: &str) -> Value {
        let request = ureq::get(format!("{}{path}", self.url)).header("x-api-key", &self.key);
        request.call().unwrap().body_mut().read_json().unwrap()
    }

    pub fn post(&self, path: &str, body: &Value) -> Value {
        let request = ureq::post(format!("{}{path}", self.url)).header("x-api-key", &self.key);
        request.send_json(body).unwrap().body_mut().read_json().unwrap()
    }

    /// The id of what a list holds, in all its pages.
    pub fn ids(&self, path: &str) -> Vec<String> {
        let listed = self.get(&format!("{path}limit=100"));
        assert_eq!(listed["next_page"], Value::Null);
        listed["data"].as_array().unwrap().iter().map(|item| text(&item["id"])).collect()
    }

    pub fn contents(&self, store: &str) -> BTreeMap<String, String> {
        let listed = self.get(&format!("/v1/memory_stores/{store}/memories?view=full"));
        let memory = |memory: &Value| (text(&memory["path"]), text(&memory["content"]));
        listed["data"].as_array().unwrap().iter().map(memory).collect()
    }

    /// A store and a dream over it: their ids.
    pub fn dream(
        &self,
        sessions: &[String],
        is_update: bool,
        in_batches: bool,
    ) -> (String, String) {
        let store = text(&self.post("/v1/memory_stores", &json!({ "name": "Shop" }))["id"]);
        let notes = json!({ "path": "/notes.md", "content": LINE.repeat(2) });
        self.post(&format!("/v1/memory_stores/{store}/memories"), &notes);
        let mut asked = json!({
            "inputs": [
                { "type": "memory_store", "memory_store_id": store },
                { "type": "sessions", "session_ids": sessions },
            ],
            "model": "claude-test", "x_batch": in_batches,
            // A call for each of these short sessions.
            "x_policy": { "propose.together-bytes": 0 },
        });
        if is_update {
            asked["output_behavior"] =
                json!({ "type": "update_existing", "memory_store_id": store });
        }
        let dream = text(&self.post("/v1/dreams", &asked)["id"]);
        (store, dream)
    }

    pub fn until_over(&self, dream: &str) -> Value {
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
        // It may have ended already.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// Registers a session on which a dream has something to say.
pub fn session(server: &Server, number: usize) -> String {
    let wish = "From now on, always use tabs for indentation.";
    said(server, wish, &format!("Done, part {number}."), number + 1)
}

/// Registers a session of a day in which a person and an agent said something.
pub fn said(server: &Server, person: &str, agent: &str, day: usize) -> String {
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

/// A new database on a server.
pub fn postgres(url: &str, of: &str) -> String {
    let name = format!("dreaming_{of}_{}", std::process::id());
    ask(&format!("{url}/postgres"), &format!("CREATE DATABASE {name}"));
    format!("{url}/{name}")
}

/// The first column of what a statement says, as text.
pub fn ask(database: &str, statement: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(database).await.unwrap();
        let query = sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()));
        let rows = query.fetch_all(&mut connection).await.unwrap();
        rows.iter().map(|row| row.try_get(0).unwrap()).collect()
    })
}

/// A key for a database.
pub fn new_key(database: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming-server"));
    let key = command.args(["--database", database, "new-key"]).output().unwrap();
    String::from_utf8(key.stdout).unwrap().trim_end().to_owned()
}
