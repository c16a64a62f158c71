//! Server, workers, Restate and the model as processes and threads of their own, and what stands between them.

mod api;
mod balancer;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use dreaming_fake_models::{Fake, Reply, Seen, Speaks};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection as _, Row as _};
use tempfile::TempDir;

pub use self::api::*;
pub use self::balancer::balance;

/// How long the model takes for an answer. Chosen by us: a kill comes while calls are under way.
pub const THINKS: Duration = Duration::from_millis(500);

/// Calls of a dream that are under way at once, see `MANNER` of the server.
pub const PARALLEL: usize = 4;

/// Where programs keep the compiled engine.
const CACHE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/engine");

/// A model that finds nothing.
pub fn model() -> Fake {
    let answer = |_: usize, seen: &Seen| {
        thread::sleep(THINKS);
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

/// How many calls came, and how many of them asked what was asked before.
pub fn repeated(model: &Fake) -> (usize, usize) {
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for seen in model.seen() {
        *asked.entry(seen.body["messages"].to_string()).or_default() += 1;
    }
    let all = asked.values().sum::<usize>();
    (all, all - asked.len())
}

/// A server or worker as a process; dropping it kills it.
pub struct Program {
    child: Child,
    pub url: String,
    pub key: String,
}

impl Program {
    pub fn server(database: &str, key: &str, options: &[&str]) -> Self {
        let mut command = Command::new(server());
        command.args(["--database", database, "serve", "--listen", "127.0.0.1:0"]).args(options);
        Self::start(command, key)
    }

    pub fn worker(database: &str, model: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming-worker"));
        command.args(["--database", database, "--listen", "127.0.0.1:0"]);
        command.args(["--anthropic-url", model]);
        Self::start(command, "")
    }

    fn start(mut command: Command, key: &str) -> Self {
        command.args(["--cache", CACHE]).env_remove("ANTHROPIC_API_KEY");
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().rsplit(' ').next().unwrap().to_owned();
        assert!(url.starts_with("http://"), "{line}");
        Self { child, url, key: key.into() }
    }

    /// Kills it at once.
    pub fn kill(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The program of the server, which is built beside the worker.
fn server() -> String {
    let worker = Path::new(env!("CARGO_BIN_EXE_dreaming-worker"));
    let server = worker.with_file_name("dreaming-server");
    assert!(server.exists(), "build it first: cargo build --package dreaming-server");
    server.display().to_string()
}

/// Restate on one node; dropping it ends it.
pub struct Restate {
    child: Child,
    pub ingress: String,
    admin: String,
    _folder: TempDir,
}

impl Restate {
    pub fn start(program: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [ingress, admin, node] = ports();
        let mut command = Command::new(program);
        command.args(["--no-logo", "--listen-mode", "tcp", "--bind-ip", "127.0.0.1"]);
        command.args(["--node-name", "one", "--default-num-partitions", "4", "--base-dir"]);
        command.arg(folder.path());
        let settings = [
            ("RESTATE_BIND_PORT", node),
            ("RESTATE_ADMIN__BIND_PORT", admin),
            ("RESTATE_INGRESS__BIND_PORT", ingress),
            // A connection for each call, so that the balancer can deal them out.
            ("RESTATE_WORKER__INVOKER__HTTP2_STREAMS_PER_CONNECTION_LIMIT", 1),
        ];
        command.envs(settings.map(|(name, number)| (name, number.to_string())));
        command.env("RESTATE_DISABLE_TELEMETRY", "true");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let address = |port: u16| format!("http://127.0.0.1:{port}");
        let (ingress, admin) = (address(ingress), address(admin));
        let restate = Self { child, ingress, admin, _folder: folder };
        let end = Instant::now() + Duration::from_secs(60);
        for health in
            [format!("{}/health", restate.admin), format!("{}/restate/health", restate.ingress)]
        {
            while ureq::get(&health).call().is_err() {
                assert!(Instant::now() < end, "{health}");
                thread::sleep(Duration::from_millis(100));
            }
        }
        restate
    }

    /// Registers the address of workers.
    pub fn register(&self, workers: &str) {
        let url = format!("{}/deployments", self.admin);
        ureq::post(url).send_json(json!({ "uri": workers })).unwrap();
    }

    /// What its journals hold, as bytes in hexadecimal digits and as texts.
    pub fn journals(&self) -> String {
        let query =
            "SELECT id, entry_type, entry_json, encode(raw, 'hex') AS bytes FROM sys_journal";
        let request =
            ureq::post(format!("{}/query", self.admin)).header("accept", "application/json");
        let mut answer = request.send_json(json!({ "query": query })).unwrap();
        answer.body_mut().read_to_string().unwrap()
    }
}

impl Drop for Restate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}

/// Ports that nobody listens on now.
fn ports() -> [u16; 3] {
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
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
    let key = Command::new(server()).args(["--database", database, "new-key"]).output().unwrap();
    String::from_utf8(key.stdout).unwrap().trim_end().to_owned()
}
