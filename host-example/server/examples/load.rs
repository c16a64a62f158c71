//! Many clients at once: each keeps one connection, reads and writes a memory of its own, lists a store and packs it,
//! while dreams run over the same stores. `cargo xtask load` starts the server for it and prints what it prints.
//!
//!     load URL KEY CLIENTS SECONDS PAUSE-MILLISECONDS SERVER-PID

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{sleep, sleep_until};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Stores; each client works in one of them. Chosen by us: a dream runs over each.
const STORES: usize = 50;

/// Memories of a store before the clients bring theirs. Chosen by us: as many as large stores of real agents have.
const MEMORIES: usize = 100;

/// Sessions that a dream reads.
const SESSIONS: usize = 3;

/// Clients that begin at the same moment. Chosen by us: fewer than connections may wait to be taken.
const BEGIN: usize = 100;

/// What a client does, in turn. Agents read more than they write.
const TURNS: [What; 10] = [
    What::Read,
    What::Write,
    What::Read,
    What::List,
    What::Read,
    What::Write,
    What::Read,
    What::Pack,
    What::Read,
    What::Write,
];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Read,
    Write,
    List,
    Pack,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            Self::Read => "memory read",
            Self::Write => "memory write",
            Self::List => "memories listed",
            Self::Pack => "pack",
        }
    }
}

/// How long each request took, and those that failed by what was answered.
#[derive(Default)]
struct Counts {
    took: BTreeMap<What, Vec<Duration>>,
    failed: BTreeMap<(What, String), u64>,
}

/// A connection that is opened again when it was closed.
struct Client {
    address: String,
    key: Arc<str>,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    fn new(address: &str, key: &Arc<str>) -> Self {
        Self { address: address.into(), key: Arc::clone(key), connection: None }
    }

    async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(StatusCode, Value)> {
        if self.connection.as_ref().is_none_or(SendRequest::is_closed) {
            let stream = TcpStream::connect(&self.address).await?;
            let (sender, connection) = handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            self.connection = Some(sender);
        }
        let connection = self.connection.as_mut().ok_or("no connection")?;
        connection.ready().await?;
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.address)
            .header("x-api-key", &*self.key)
            .body(Full::new(body))?;
        let response = connection.send_request(request).await?;
        let status = response.status();
        let bytes = response.into_body().collect().await?.to_bytes();
        Ok((status, serde_json::from_slice(&bytes)?))
    }

    /// The id of what a request made.
    async fn made(&mut self, path: &str, body: Value) -> Result<String> {
        let (status, told) = self.ask(Method::POST, path, Some(body)).await?;
        match told["id"].as_str() {
            Some(id) if status.is_success() => Ok(id.into()),
            _ => Err(format!("{path}: {status}: {told}").into()),
        }
    }
}

/// A note of which no two are alike.
fn note(of: usize, time: usize) -> String {
    format!("# Note {of}\n\n- Service {of} listens on port {} in region {time}.\n", 1_000 + of)
}

async fn store(address: &str, key: &Arc<str>, number: usize) -> Result<String> {
    let mut client = Client::new(address, key);
    let store =
        client.made("/v1/memory_stores", json!({ "name": format!("Store {number}") })).await?;
    let path = format!("/v1/memory_stores/{store}/memories");
    for memory in 0..MEMORIES {
        let body =
            json!({ "path": format!("/notes/{memory}.md"), "content": note(memory, number) });
        client.made(&path, body).await?;
    }
    Ok(store)
}

/// Begins a dream over a store; its sessions say the same thing, so there is something to learn.
async fn dream(address: &str, key: &Arc<str>, store: &str) -> Result<String> {
    let mut client = Client::new(address, key);
    let mut sessions = Vec::new();
    for day in 1..=SESSIONS {
        let session = json!({ "agent": "agent_1", "environment_id": "env_1", "metadata": { "x_import": "true" } });
        let session = client.made("/v1/sessions", session).await?;
        let said = json!({ "events": [
            { "type": "user.message", "processed_at": format!("2026-03-0{day}T09:00:00Z"),
              "content": [{ "type": "text", "text": "From now on, always use tabs for indentation." }] },
            { "type": "agent.message", "processed_at": format!("2026-03-0{day}T09:00:05Z"),
              "content": [{ "type": "text", "text": "Done." }] },
        ] });
        let (status, told) =
            client.ask(Method::POST, &format!("/v1/sessions/{session}/events"), Some(said)).await?;
        if !status.is_success() {
            return Err(format!("{status}: {told}").into());
        }
        sessions.push(session);
    }
    let inputs = json!([
        { "type": "memory_store", "memory_store_id": store },
        { "type": "sessions", "session_ids": sessions },
    ]);
    client.made("/v1/dreams", json!({ "model": "x_none", "inputs": inputs })).await
}

/// What one client does until `end`.
async fn work(
    mut client: Client,
    store: String,
    number: usize,
    pause: Duration,
    end: Instant,
) -> Counts {
    let mut counts = Counts::default();
    let memories = format!("/v1/memory_stores/{store}/memories");
    let body = json!({ "path": format!("/clients/{number}.md"), "content": note(number, 0) });
    let id = match client.made(&memories, body).await {
        Ok(id) => id,
        Err(error) => {
            counts.failed.insert((What::Write, error.to_string()), 1);
            return counts;
        }
    };
    for (time, what) in TURNS.iter().copied().cycle().skip(number % TURNS.len()).enumerate() {
        if Instant::now() >= end {
            break;
        }
        let begun = Instant::now();
        let own = format!("{memories}/{id}");
        let done = match what {
            What::Read => client.ask(Method::GET, &own, None).await,
            What::Write => {
                client
                    .ask(Method::POST, &own, Some(json!({ "content": note(number, time + 1) })))
                    .await
            }
            What::List => client.ask(Method::GET, &format!("{memories}?limit=20"), None).await,
            What::Pack => {
                let path = format!("/v1/x/memory_stores/{store}/pack?query=port&budget=800");
                client.ask(Method::GET, &path, None).await
            }
        };
        let failed = match done {
            Ok((status, _)) if status.is_success() => None,
            Ok((status, told)) => Some(format!("{status} {}", told["error"]["message"])),
            Err(error) => Some(error.to_string()),
        };
        match failed {
            None => counts.took.entry(what).or_default().push(begun.elapsed()),
            Some(why) => *counts.failed.entry((what, why)).or_default() += 1,
        }
        sleep(pause).await;
    }
    counts
}

/// The peak of the memory of a process, in MiB, where the system tells it.
fn peak(pid: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().split(' ').next()?.parse::<u64>().ok()? / 1_024)
}

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [url, key, clients, seconds, pause, pid] = &words[..] else {
        return Err("load URL KEY CLIENTS SECONDS PAUSE-MILLISECONDS SERVER-PID".into());
    };
    let address = url.strip_prefix("http://").ok_or("an address that begins with `http://`")?;
    let key: Arc<str> = key.as_str().into();
    let (clients, seconds): (usize, u64) = (clients.parse()?, seconds.parse()?);
    let pause = Duration::from_millis(pause.parse()?);

    let filled = Instant::now();
    let mut stores = Vec::new();
    for number in 0..STORES {
        stores.push(store(address, &key, number).await?);
    }
    println!(
        "{STORES} stores of {MEMORIES} memories, filled in {:.1} s",
        filled.elapsed().as_secs_f64()
    );
    let before = peak(pid);

    let end = Instant::now() + Duration::from_secs(seconds);
    let begin = Arc::new(Semaphore::new(BEGIN));
    let mut working = Vec::new();
    for number in 0..clients {
        let client = Client::new(address, &key);
        let (store, begin) = (stores[number % STORES].clone(), Arc::clone(&begin));
        working.push(tokio::spawn(async move {
            let turn = begin.acquire_owned().await;
            // They do not all ask in the same moment of each round.
            sleep(pause * u32::try_from(number % 100).unwrap_or(0) / 100).await;
            drop(turn);
            work(client, store, number, pause, end).await
        }));
    }
    let mut dreams = Vec::new();
    for store in &stores {
        dreams.push(dream(address, &key, store).await?);
    }
    sleep_until(end.into()).await;
    let mut counts = Counts::default();
    for client in working {
        let of = client.await?;
        of.took
            .into_iter()
            .for_each(|(what, took)| counts.took.entry(what).or_default().extend(took));
        of.failed
            .into_iter()
            .for_each(|(why, count)| *counts.failed.entry(why).or_default() += count);
    }

    println!(
        "{clients} clients for {seconds} s, {} ms between two requests of each:",
        pause.as_millis()
    );
    println!("{:<16} {:>8} {:>9} {:>9} {:>9}", "", "requests", "p50 ms", "p99 ms", "most ms");
    for (what, took) in &mut counts.took {
        took.sort_unstable();
        let at = |share: usize| took[(took.len() - 1) * share / 100].as_secs_f64() * 1e3;
        println!(
            "{:<16} {:>8} {:>9.1} {:>9.1} {:>9.1}",
            what.name(),
            took.len(),
            at(50),
            at(99),
            at(100)
        );
    }
    let failed: u64 = counts.failed.values().sum();
    println!("errors: {failed}");
    for ((what, why), count) in counts.failed.iter().take(10) {
        println!("  {count} × {}: {why}", what.name());
    }
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    let mut client = Client::new(address, &key);
    for dream in &dreams {
        let (_, told) = client.ask(Method::GET, &format!("/v1/dreams/{dream}"), None).await?;
        *states.entry(told["status"].as_str().unwrap_or("unknown").into()).or_default() += 1;
    }
    println!("dreams beside them: {states:?}");
    if let (Some(before), Some(after)) = (before, peak(pid)) {
        println!("memory of the server: at most {after} MiB ({before} before the clients came)");
    }
    if failed > 0 { Err("some requests failed".into()) } else { Ok(()) }
}
