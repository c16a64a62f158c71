//! What is played, and what is counted beside it.

use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use sqlx::{AnyConnection, Connection as _, Row as _};

pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Threads that ask servers. Chosen by us: as many as keep two processors busy.
const CLIENTS: usize = 8;

/// Longest time for which a database that is started anew is waited for.
const ANEW: Duration = Duration::from_secs(30);

/// What is played: the first word of the command line, as JSON.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Play {
    /// The program `dreaming-server`.
    pub server: String,
    /// Restate and its workers; without it the servers carry dreams out.
    pub restate: Option<Restate>,
    /// The address of an empty Postgres.
    pub database: String,
    /// Servers, or workers of Restate, that carry dreams out.
    pub carriers: usize,
    /// Stores.
    pub stores: usize,
    /// The first of them over which there is a dream each.
    pub asked: usize,
    /// Sessions of a store.
    pub sessions: usize,
    /// Dreams that a carrier carries out at a time.
    pub dreams: usize,
    /// Milliseconds that the model takes for an answer.
    pub delay_ms: u64,
    /// What goes wrong meanwhile.
    pub faults: Option<Faults>,
}

/// Restate and its workers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restate {
    /// The program `restate-server`.
    pub program: String,
    /// The program `dreaming-worker`.
    pub worker: String,
    /// Nodes.
    pub nodes: usize,
}

/// What goes wrong: a carrier is killed each second, a node of Restate once, the database is started anew once, the model is
/// slow or overloaded now and then, and one store ends each carrier that asks about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// Seconds for which kills go on.
    pub seconds: u64,
    /// The command that starts the database anew.
    pub restart: Vec<String>,
}

/// Does `work` for each of so many numbers, by several threads.
pub fn each<T: Send>(number: usize, work: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
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

/// The first column of what a statement says, as texts. A database that is being started anew is waited for.
pub fn asked_of(database: &str, statement: &'static str) -> Result<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ask = || {
        runtime.block_on(async {
            let mut connection = AnyConnection::connect(database).await?;
            let rows = sqlx::query(statement).fetch_all(&mut connection).await?;
            rows.iter().map(|row| row.try_get(0)).collect()
        })
    };
    let end = Instant::now() + ANEW;
    loop {
        let told: std::result::Result<Vec<String>, sqlx::Error> = ask();
        match told {
            Ok(told) => return Ok(told),
            Err(error) if Instant::now() > end => return Err(error.into()),
            Err(_) => thread::sleep(Duration::from_millis(200)),
        }
    }
}

/// The only row of such a statement.
pub fn one(database: &str, statement: &'static str) -> Result<String> {
    asked_of(database, statement)?.pop().ok_or_else(|| "no row".into())
}

/// Seconds of processor time of a process and of all that it started, also of those that ended.
pub fn cpu(pid: &str) -> f64 {
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
