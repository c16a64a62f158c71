//! Several servers over one Postgres dream over many stores, and are killed meanwhile. `cargo xtask cluster` starts
//! Postgres for it and prints what it prints: one line of JSON, and what is wrong on standard error.
//!
//!     cluster SERVER-PROGRAM DATABASE SERVERS STORES SESSIONS DREAMS DELAY-MILLISECONDS KILL-MILLISECONDS
//!
//! DREAMS is how many dreams a server carries out at a time; KILL-MILLISECONDS the time between two kills, 0 for none.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection as _, Row as _};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Clients that make stores and sessions. Chosen by us: as many as keep two processors busy.
const CLIENTS: usize = 8;

/// Calls that a dream makes at once, see `MANNER` of the server.
const PARALLEL: usize = 4;

/// A line that each memory has twice, until a dream merges it.
const LINE: &str = "- The staging host is blue.\n";

/// Time without any dream ending, after which the run is given up. Chosen by us: a model's delay and a restart are far
/// shorter.
const STUCK: Duration = Duration::from_secs(120);

/// What is played.
#[derive(Clone)]
struct Play {
    program: String,
    database: String,
    servers: usize,
    stores: usize,
    sessions: usize,
    dreams: usize,
    delay: Duration,
    kill: Duration,
}

impl Play {
    fn of(words: &[String]) -> Result<Self> {
        let [program, database, numbers @ ..] = words else { return Err("too few words".into()) };
        let numbers: Vec<u64> =
            numbers.iter().map(|word| word.parse()).collect::<std::result::Result<_, _>>()?;
        let [servers, stores, sessions, dreams, delay, kill] = numbers[..] else {
            return Err("six numbers are needed".into());
        };
        let (program, database) = (program.clone(), database.clone());
        let [servers, stores, sessions, dreams] =
            [servers, stores, sessions, dreams].map(|number| number as usize);
        let [delay, kill] = [delay, kill].map(Duration::from_millis);
        Ok(Self { program, database, servers, stores, sessions, dreams, delay, kill })
    }
}

/// The model: finds nothing after a while, and counts how often it is asked what.
#[derive(Clone)]
struct Model {
    delay: Duration,
    asked: Arc<Mutex<BTreeMap<u64, usize>>>,
}

impl Model {
    /// Starts it: where it listens.
    fn start(&self) -> Result<String> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let service = Router::new().route("/v1/messages", post(answer)).with_state(self.clone());
        thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let limits = dreaming_server::Limits::default();
                dreaming_server::serve(listener, service, limits, std::future::pending()).await;
            });
        });
        Ok(url)
    }
}

async fn answer(State(model): State<Model>, Json(body): Json<Value>) -> Json<Value> {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    body["messages"].to_string().hash(&mut hasher);
    *model.asked.lock().unwrap().entry(hasher.finish()).or_default() += 1;
    tokio::time::sleep(model.delay).await;
    let schema = &body["output_config"]["format"]["schema"];
    let mut found = json!({});
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let is_list = schema["properties"][name]["type"] == "array";
        found[name] = if is_list { json!([]) } else { json!("nothing") };
    }
    Json(json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
        "content": [{"type": "text", "text": found.to_string()}],
        "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {"input_tokens": 100, "output_tokens": 30},
    }))
}

/// A server as a process; dropping it kills it.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(play: &Play, model: &str) -> Result<Self> {
        let mut command = Command::new(&play.program);
        command.args(["--database", &play.database, "serve", "--listen", "127.0.0.1:0"]);
        command.args(["--anthropic-url", model, "--dreams", &play.dreams.to_string()]);
        let cache = env::temp_dir().join(format!("dreaming-cluster-{}", std::process::id()));
        command.arg("--cache").arg(cache).env_remove("ANTHROPIC_API_KEY");
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let url = line.trim_end().rsplit(' ').next().unwrap_or_default().to_owned();
        let server = Self { child, url };
        if server.url.starts_with("http://") { Ok(server) } else { Err(line.into()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client of the servers. It asks the next one when one is gone.
struct Client {
    urls: Arc<Mutex<Vec<String>>>,
    key: String,
    agent: ureq::Agent,
}

impl Client {
    fn ask(&self, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut why = String::new();
        for number in 0..200 {
            let urls = self.urls.lock().unwrap().clone();
            let url = format!("{}{path}", urls[number % urls.len()]);
            let came = match body {
                Some(body) => self.agent.post(url).header("x-api-key", &self.key).send_json(body),
                None => self.agent.get(url).header("x-api-key", &self.key).call(),
            };
            match came {
                Ok(mut came) => return Ok(came.body_mut().read_json()?),
                Err(error) => why = error.to_string(),
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(format!("{path}: {why}").into())
    }

    fn made(&self, path: &str, body: &Value) -> Result<String> {
        let told = self.ask(path, Some(body))?;
        Ok(told["id"].as_str().ok_or_else(|| told.to_string())?.to_owned())
    }

    /// A store with its sessions; what asks for a dream over it.
    fn store(&self, sessions: usize) -> Result<Value> {
        let store = self.made("/v1/memory_stores", &json!({ "name": "Shop" }))?;
        let notes = json!({ "path": "/notes.md", "content": LINE.repeat(2) });
        self.made(&format!("/v1/memory_stores/{store}/memories"), &notes)?;
        let mut read = Vec::new();
        for number in 0..sessions {
            let asked =
                json!({ "agent": "a", "environment_id": "e", "metadata": { "x_import": "true" } });
            let session = self.made("/v1/sessions", &asked)?;
            let event = |turn: usize| {
                let (kind, words) = match turn {
                    0 => (
                        "user.message",
                        format!(
                            "From now on, always use tabs for indentation. This is part {number}."
                        ),
                    ),
                    _ if turn.is_multiple_of(2) => (
                        "user.message",
                        format!("Go on with step {turn} of part {number}, please."),
                    ),
                    _ => (
                        "agent.message",
                        format!(
                            "Step {turn} of part {number} is done. {}",
                            "It builds, and its tests pass. ".repeat(20)
                        ),
                    ),
                };
                json!({
                    "type": kind, "content": [{ "type": "text", "text": words }],
                    "processed_at": format!("2026-03-{:02}T09:00:{turn:02}Z", number % 28 + 1),
                })
            };
            let events: Vec<Value> = (0..10).map(event).collect();
            self.ask(
                &format!("/v1/sessions/{session}/events"),
                Some(&json!({ "events": events })),
            )?;
            read.push(session);
        }
        Ok(json!({
            "model": "claude-test",
            "inputs": [
                { "type": "memory_store", "memory_store_id": store },
                { "type": "sessions", "session_ids": read },
            ],
            "output_behavior": { "type": "update_existing", "memory_store_id": store },
        }))
    }
}

/// Does `work` for each of so many numbers, by several threads.
fn each<T: Send>(number: usize, work: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= number {
                        break;
                    }
                    let one = work(at);
                    done.lock().unwrap().push(one);
                }
            });
        }
    });
    done.into_inner().unwrap().into_iter().collect()
}

/// The first row of what a statement says, as text.
fn asked_of(database: &str, statement: &'static str) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = AnyConnection::connect(database).await?;
        Ok(sqlx::query(statement).fetch_one(&mut connection).await?.try_get(0)?)
    })
}

/// Seconds of processor time of a process and of all that it started, also of those that ended.
fn cpu(pid: &str) -> f64 {
    // Fields 14 to 17 of `proc(5)`: its own, and those of children that it waited for; a hundredth of a second each.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let fields =
        after.split_whitespace().skip(11).take(4).filter_map(|field| field.parse::<f64>().ok());
    let children = Command::new("pgrep").args(["-P", pid]).output();
    let children = children.map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
    let children = children.unwrap_or_default().lines().map(cpu).sum::<f64>();
    fields.sum::<f64>() / 100.0 + children
}

const SIZE: &str = "SELECT CAST(pg_database_size(current_database()) AS TEXT)";
const OVER: &str =
    "SELECT CAST(COUNT(*) AS TEXT) FROM dreams WHERE status NOT IN ('pending', 'running')";
const FAILED: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM dreams WHERE status <> 'completed'";
/// Versions of memories: the first, and the one that its one dream wrote.
const NOT_TWICE: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM (SELECT memory FROM memory_versions GROUP BY memory HAVING COUNT(*) <> 2) v";
const CONTENTS: &str = "SELECT CAST(COUNT(DISTINCT content) AS TEXT) || ' ' || MIN(convert_from(content, 'UTF8')) FROM memories";

fn main() -> Result<()> {
    sqlx::any::install_default_drivers();
    let play = Play::of(&env::args().skip(1).collect::<Vec<_>>())?;
    let model = Model { delay: play.delay, asked: Arc::default() };
    let url = model.start()?;
    let key =
        Command::new(&play.program).args(["--database", &play.database, "new-key"]).output()?;
    let key = String::from_utf8(key.stdout)?.trim_end().to_owned();
    let mut servers: Vec<Server> =
        (0..play.servers).map(|_| Server::start(&play, &url)).collect::<Result<_>>()?;
    let urls =
        Arc::new(Mutex::new(servers.iter().map(|server| server.url.clone()).collect::<Vec<_>>()));
    let client = || Client { urls: Arc::clone(&urls), key: key.clone(), agent: ureq::agent() };
    let shared = client();
    let wanted = each(play.stores, |_| shared.store(play.sessions))?;
    let postmaster = postmaster(&play.database)?;
    let (bytes, database_before) = (size(&play)?, cpu(&postmaster));
    let before: f64 = servers.iter().map(|server| cpu(&server.child.id().to_string())).sum();
    let begun = Instant::now();
    let ends = AtomicBool::new(false);
    let (mut kills, mut killed_cpu) = (0, 0.0);
    thread::scope(|scope| -> Result<()> {
        let asks = scope.spawn(|| each(wanted.len(), |at| shared.made("/v1/dreams", &wanted[at])));
        let (mut over, mut moved, mut killed) = (0, Instant::now(), Instant::now());
        while over < play.stores {
            thread::sleep(Duration::from_millis(100));
            let now: usize = asked_of(&play.database, OVER)?.parse()?;
            if now > over {
                (over, moved) = (now, Instant::now());
            }
            if moved.elapsed() > STUCK {
                ends.store(true, Ordering::Relaxed);
                return Err(
                    format!("{over} of {} dreams are over, and no more", play.stores).into()
                );
            }
            if !play.kill.is_zero() && killed.elapsed() >= play.kill && over < play.stores {
                killed = Instant::now();
                let which = kills % servers.len();
                killed_cpu += cpu(&servers[which].child.id().to_string());
                servers[which].child.kill()?;
                servers[which].child.wait()?;
                let server = Server::start(&play, &url)?;
                urls.lock().unwrap()[which] = server.url.clone();
                servers[which] = server;
                kills += 1;
            }
        }
        let ids = asks.join().map_err(|_| "a client panicked")??;
        let different: BTreeSet<String> = ids.into_iter().collect();
        if different.len() != play.stores {
            return Err(
                format!("{} dreams were made for {} stores", different.len(), play.stores).into()
            );
        }
        Ok(())
    })?;
    let took = begun.elapsed().as_secs_f64();
    let after: f64 = servers.iter().map(|server| cpu(&server.child.id().to_string())).sum();
    let (in_servers, in_database) =
        (after + killed_cpu - before, cpu(&postmaster) - database_before);
    let asked = model.asked.lock().unwrap().clone();
    // All stores have the same sessions, so each prompt comes once from each.
    let calls: usize = asked.values().sum();
    let again = calls - asked.len() * play.stores;
    let (failed, twice) = (asked_of(&play.database, FAILED)?, asked_of(&play.database, NOT_TWICE)?);
    let contents = asked_of(&play.database, CONTENTS)?;
    let per = |all: f64| (all / play.stores as f64 * 1000.0).round() / 1000.0;
    println!(
        "{}",
        json!({
            "servers": play.servers, "at_a_time": play.dreams, "stores": play.stores, "sessions": play.stores * play.sessions,
            "delay_ms": play.delay.as_millis() as u64, "seconds": (took * 10.0).round() / 10.0,
            "dreams_a_minute": (play.stores as f64 / took * 60.0).round(), "kills": kills, "calls": calls, "calls_again": again,
            "calls_a_dream": asked.len(), "failed": failed, "server_cpu_s": per(in_servers), "database_cpu_s": per(in_database),
            "database_bytes": ((size(&play)? - bytes) / play.stores as f64).round(),
        })
    );
    let most = kills * play.dreams * PARALLEL;
    if failed != "0" || twice != "0" || contents != format!("1 {LINE}") || again > most {
        return Err(format!("not completed: {failed}, not written once: {twice}, contents: {contents:?}, {again} calls again of at most {most}").into());
    }
    Ok(())
}

fn size(play: &Play) -> Result<f64> {
    Ok(asked_of(&play.database, SIZE)?.parse()?)
}

/// The process that started all others of the database.
fn postmaster(database: &str) -> Result<String> {
    let file = asked_of(database, "SELECT pg_read_file('postmaster.pid')")?;
    Ok(file.lines().next().ok_or("no process")?.to_owned())
}
