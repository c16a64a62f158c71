//! Servers, workers and Restate as processes.

use std::env;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::balancer::{Behind, balance};
use crate::model::Model;
use crate::play::{Play, Restate, Result, cpu};

/// Servers that answer requests where workers carry dreams out. Chosen by us: one more than is needed.
const SERVERS: usize = 2;

/// How often a process is started that ends at once, as while Postgres is started anew or has no connection left for it.
/// Chosen by us: systemd would go on for ever.
const STARTS: usize = 30;

/// Longest time for which nodes of Restate are waited for.
const READY: Duration = Duration::from_secs(90);

/// A process that says in its first line where it listens; dropping it kills it.
struct Program {
    child: Child,
    url: String,
}

/// All processes of a round.
pub struct Cast {
    play: Play,
    model: Model,
    model_url: String,
    folder: PathBuf,
    nodes: Vec<Node>,
    /// Servers beside carriers.
    servers: Vec<Program>,
    carriers: Vec<Program>,
    /// Where servers listen.
    pub urls: Arc<Mutex<Vec<String>>>,
    /// Where workers listen.
    behind: Option<Behind>,
    /// Processor time of carriers that are gone.
    gone: f64,
}

/// A node of Restate.
struct Node {
    child: Child,
    number: usize,
    ports: [u16; 3],
}

impl Program {
    fn start(mut command: Command, folder: &Path) -> Result<Self> {
        command.arg("--cache").arg(folder.join("engine"));
        let log = File::options().create(true).append(true).open(folder.join("log"))?;
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let url = line.trim_end().rsplit(' ').next().unwrap_or_default().to_owned();
        let program = Self { child, url };
        if program.url.starts_with("http://") {
            return Ok(program);
        }
        Err(format!("it said `{line}`; see {}", folder.join("log").display()).into())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Cast {
    /// Starts all processes over an empty database.
    pub fn start(play: &Play, model: Model, model_url: String) -> Result<Self> {
        let folder = env::temp_dir().join(format!("dreaming-cluster-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let mut cast = Self {
            play: play.clone(),
            model,
            model_url,
            folder,
            nodes: Vec::new(),
            servers: Vec::new(),
            carriers: Vec::new(),
            urls: Arc::default(),
            behind: None,
            gone: 0.0,
        };
        if let Some(restate) = &play.restate {
            cast.start_nodes(restate)?;
            for number in 0..SERVERS {
                let ingress = &cast.nodes[number % cast.nodes.len()].address(1);
                let server = cast.server(0, &["--restate", ingress])?;
                cast.urls.lock().unwrap().push(server.url.clone());
                cast.servers.push(server);
            }
        }
        for number in 0..play.carriers {
            let carrier = cast.carrier(number)?;
            cast.model.carriers.lock().unwrap().push(carrier.child.id());
            cast.carriers.push(carrier);
        }
        let urls: Vec<String> = cast.carriers.iter().map(|carrier| carrier.url.clone()).collect();
        if play.restate.is_none() {
            *cast.urls.lock().unwrap() = urls;
            return Ok(cast);
        }
        let (front, behind) = balance(urls);
        cast.behind = Some(behind);
        let register = format!("{}/deployments", cast.nodes[0].address(2));
        ureq::post(register).send_json(json!({ "uri": front }))?;
        Ok(cast)
    }

    fn start_nodes(&mut self, restate: &Restate) -> Result<()> {
        let ports = (0..restate.nodes).map(|_| ports()).collect::<Result<Vec<_>>>()?;
        for number in 0..restate.nodes {
            self.nodes.push(self.node(restate, number, &ports)?);
        }
        for node in &self.nodes {
            for health in [node.address(1) + "/restate/health", node.address(2) + "/health"] {
                let end = Instant::now() + READY;
                while ureq::get(&health).call().is_err() {
                    if Instant::now() > end {
                        return Err(format!("{health}: no answer").into());
                    }
                    thread::sleep(Duration::from_millis(100));
                }
            }
        }
        Ok(())
    }

    fn node(&self, restate: &Restate, number: usize, ports: &[[u16; 3]]) -> Result<Node> {
        let [own, ingress, admin] = ports[number];
        let addresses: Vec<String> =
            ports.iter().map(|[port, ..]| format!("http://127.0.0.1:{port}")).collect();
        let replication = restate.nodes.div_ceil(2);
        let name = format!("node-{number}");
        let mut command = Command::new(&restate.program);
        command.args(["--no-logo", "--listen-mode", "tcp", "--bind-ip", "127.0.0.1"]);
        command.args(["--advertised-host", "127.0.0.1", "--cluster-name", "dreams"]);
        command.args(["--node-name", &name, "--default-num-partitions", "4"]);
        command.arg("--base-dir").arg(self.folder.join(&name));
        command.args(["--auto-provision", if number == 0 { "true" } else { "false" }]);
        command.envs([
            ("RESTATE_BIND_PORT", own.to_string()),
            ("RESTATE_INGRESS__BIND_PORT", ingress.to_string()),
            ("RESTATE_ADMIN__BIND_PORT", admin.to_string()),
            ("RESTATE_METADATA_CLIENT__ADDRESSES", json!(addresses).to_string()),
            ("RESTATE_DEFAULT_REPLICATION", replication.to_string()),
            // A connection for each call, so that the balancer can deal them out.
            ("RESTATE_WORKER__INVOKER__HTTP2_STREAMS_PER_CONNECTION_LIMIT", "1".into()),
            ("RESTATE_DISABLE_TELEMETRY", "true".into()),
        ]);
        let log =
            File::options().create(true).append(true).open(self.folder.join("restate-log"))?;
        let child = command.stdout(log).stderr(Stdio::null()).spawn()?;
        Ok(Node { child, number, ports: ports[number] })
    }

    fn server(&self, number: usize, options: &[&str]) -> Result<Program> {
        let mut command = Command::new(&self.play.server);
        command.args(["--database", &self.play.database, "serve", "--listen", "127.0.0.1:0"]);
        command.args(["--dreams", &self.play.dreams.to_string()]).args(options);
        command.args(["--anthropic-url", &self.model_url]);
        command.env("ANTHROPIC_API_KEY", number.to_string());
        Program::start(command, &self.folder)
    }

    /// What carries dreams out: a worker where there is Restate, and a server elsewhere.
    fn carrier(&self, number: usize) -> Result<Program> {
        let Some(restate) = &self.play.restate else { return self.server(number, &[]) };
        let mut command = Command::new(&restate.worker);
        command.args(["--database", &self.play.database, "--listen", "127.0.0.1:0"]);
        command.args(["--dreams", &self.play.dreams.to_string()]);
        command.args(["--anthropic-url", &self.model_url]);
        command.env("ANTHROPIC_API_KEY", number.to_string());
        Program::start(command, &self.folder)
    }

    /// Kills a carrier and starts another in its place.
    pub fn replace(&mut self, number: usize) -> Result<()> {
        self.model.carriers.lock().unwrap()[number] = 0;
        self.gone += cpu(&self.carriers[number].child.id().to_string());
        // It may have ended already.
        let _ = self.carriers[number].child.kill();
        self.carriers[number].child.wait()?;
        let mut starts = 1;
        let carrier = loop {
            match self.carrier(number) {
                Ok(carrier) => break carrier,
                Err(error) if starts == STARTS => return Err(error),
                Err(_) => thread::sleep(Duration::from_millis(200)),
            }
            starts += 1;
        };
        let urls = self.behind.as_ref().unwrap_or(&self.urls);
        urls.lock().unwrap()[number] = carrier.url.clone();
        self.model.carriers.lock().unwrap()[number] = carrier.child.id();
        self.carriers[number] = carrier;
        Ok(())
    }

    /// Starts others in place of carriers that ended.
    pub fn mend(&mut self) -> Result<()> {
        for number in 0..self.carriers.len() {
            if self.carriers[number].child.try_wait()?.is_some() {
                self.replace(number)?;
            }
        }
        Ok(())
    }

    /// Kills the last node of Restate, or starts it again.
    pub fn last_node(&mut self, is_there: bool) -> Result<()> {
        let (Some(restate), Some(last)) = (self.play.restate.clone(), self.nodes.last_mut()) else {
            return Ok(());
        };
        if is_there {
            let (number, ports) =
                (last.number, self.nodes.iter().map(|node| node.ports).collect::<Vec<_>>());
            let node = self.node(&restate, number, &ports)?;
            self.nodes[number] = node;
            return Ok(());
        }
        last.child.kill()?;
        last.child.wait()?;
        Ok(())
    }

    /// Seconds of processor time of servers and carriers, and of Restate.
    pub fn cpu(&self) -> (f64, f64) {
        let all = |children: &mut dyn Iterator<Item = &Child>| -> f64 {
            children.map(|child| cpu(&child.id().to_string())).sum()
        };
        let programs = self.servers.iter().chain(&self.carriers);
        let ours = all(&mut programs.map(|program| &program.child)) + self.gone;
        (ours, all(&mut self.nodes.iter().map(|node| &node.child)))
    }

    /// Bytes that Restate has written.
    pub fn journal(&self) -> u64 {
        let size = |node: &Node| {
            let folder = self.folder.join(format!("node-{}", node.number));
            let told = Command::new("du").args(["-sb"]).arg(folder).output().ok()?;
            let told = String::from_utf8_lossy(&told.stdout).into_owned();
            told.split_whitespace().next()?.parse::<u64>().ok()
        };
        self.nodes.iter().filter_map(size).sum()
    }
}

impl Drop for Cast {
    fn drop(&mut self) {
        (self.carriers, self.servers, self.nodes) = Default::default();
        // What was logged is wanted after a failure.
        if !thread::panicking() && env::var_os("KEEP").is_none() {
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }
}

impl Node {
    fn address(&self, which: usize) -> String {
        format!("http://127.0.0.1:{}", self.ports[which])
    }
}

/// Ports that nobody listens on now.
fn ports() -> Result<[u16; 3]> {
    let listen = || TcpListener::bind("127.0.0.1:0");
    let listeners = [listen()?, listen()?, listen()?];
    Ok([
        listeners[0].local_addr()?.port(),
        listeners[1].local_addr()?.port(),
        listeners[2].local_addr()?.port(),
    ])
}
