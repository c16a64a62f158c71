//! Servers that a command starts for its work: ours, and a Postgres.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::demo::target;
use crate::steps::{root, run};

/// A folder below the target folder of the hosts, empty.
pub fn empty_folder(name: &str) -> Result<PathBuf> {
    let folder = target("host-example", name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A server that runs until this is dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub url: String,
    /// A key.
    pub key: String,
    /// The port at which it expects the model.
    pub model: u16,
}

impl Server {
    /// Starts the server that was built with a profile, whose folder is `profile`, over a database.
    pub fn start(profile: &str, database: &str) -> Result<Self> {
        let program = target("host-example", &format!("{profile}/dreaming-server"));
        let key = Command::new(&program).args(["--database", database, "new-key"]).output()?;
        ensure!(key.status.success(), "no key: {}", String::from_utf8_lossy(&key.stderr));
        let mut command = Command::new(&program);
        let model = free_port()?;
        command.args(["--database", database, "serve", "--listen", "127.0.0.1:0"]);
        // Those of the checks lead to this machine.
        command.arg("--private-webhooks");
        command.args(["--anthropic-url", &format!("http://127.0.0.1:{model}")]);
        command.arg("--cache").arg(target("host-example", "tmp/engine"));
        let key = String::from_utf8(key.stdout)?.trim_end().to_owned();
        Self::listening(command, key, model)
    }

    /// Starts the worker at an edge, `workerd` or `bun`, with a folder for what it keeps.
    pub fn edge(edge: &str, folder: &Path) -> Result<Self> {
        // One word, as the command takes keys.
        const KEY: &str = "a-key-of-the-checks";
        let model = free_port()?;
        let mut command = Command::new("node");
        command.arg(root().join("host-example/worker/tests/serve.mjs")).arg(edge).arg(folder);
        command.env("TOKEN", KEY).env("ANTHROPIC_URL", format!("http://127.0.0.1:{model}"));
        // It ends when its input does.
        command.stdin(Stdio::piped());
        Self::listening(command, KEY.into(), model)
    }

    /// Starts what says in its first line, with the last word, where it listens.
    fn listening(mut command: Command, key: String, model: u16) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().context("the server")?;
        let mut line = String::new();
        let out = child.stdout.take().context("the server's output")?;
        BufReader::new(out).read_line(&mut line)?;
        let url = line.trim_end().rsplit(' ').next().unwrap_or_default().to_owned();
        let server = Self { child, url, key, model };
        ensure!(server.url.starts_with("http://"), "the server said `{line}`");
        Ok(server)
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is only a server of tests; one that ended by itself has shown why.
        match self.child.stdin.take() {
            Some(input) => drop(input),
            None => drop(self.child.kill()),
        }
        let _ = self.child.wait();
    }
}

/// A Postgres of this run, in a temporary folder; it ends when this is dropped.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Postgres {
    /// The folder of the newest Postgres on this machine.
    pub fn programs() -> Option<PathBuf> {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
        let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
        found.retain(|folder| folder.join("initdb").is_file());
        found.sort();
        found.pop()
    }

    /// Starts it.
    pub fn start(programs: PathBuf) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("dreaming-postgres-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        if is_root() {
            // Postgres refuses to run as root.
            run(Command::new("chown").arg("postgres").arg(&folder))?;
        }
        let port = free_port()?;
        let postgres = Self { programs, folder, port };
        let data = postgres.folder.join("data");
        let data = data.to_string_lossy();
        postgres.run("initdb", &["-D", &data, "-A", "trust", "-U", "postgres", "--no-sync"])?;
        let options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c fsync=off",
            postgres.folder.display()
        );
        let log = postgres.folder.join("log");
        let log = log.to_string_lossy();
        postgres.run("pg_ctl", &["-D", &data, "-w", "-o", &options, "-l", &log, "start"])?;
        Ok(postgres)
    }

    /// The command that starts it anew.
    pub fn restart(&self) -> Command {
        let data = self.folder.join("data");
        self.command("pg_ctl", &["-D", &data.to_string_lossy(), "-w", "-m", "fast", "restart"])
    }

    /// Runs one of its programs as the user that it wants.
    fn run(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let mut command = self.command(program, arguments);
        run(command.current_dir(&self.folder).stdout(Stdio::null()))
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(arguments);
        command
    }

    /// Its address, without a database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// Makes a database and names it.
    pub fn database(&self, name: &str) -> Result<String> {
        let port = self.port.to_string();
        self.run("createdb", &["-h", "127.0.0.1", "-p", &port, "-U", "postgres", name])?;
        Ok(format!("{}/{name}", self.url()))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        if let Err(error) =
            self.run("pg_ctl", &["-D", &data.to_string_lossy(), "-m", "immediate", "stop"])
        {
            eprintln!("== the Postgres of this run goes on: {error:#}");
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A port that nobody listens at.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|user| user.stdout.trim_ascii() == b"0")
}
