//! `cargo xtask conformance`: the official SDKs against the server, unmodified, on SQLite and on Postgres, and the
//! server's own tests on both.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::demo::target;
use crate::steps::{cargo, root, run, step};
use crate::test::linted_tests;

/// The SDKs: the newest, the one before that, and the last one that speaks the older form (another key header, another
/// version of the API, `?beta=true`).
const SDKS: [&str; 3] = ["2.12.0", "2.10.0", "1.17.0"];

/// The npm SDK, the newest.
const NPM_SDK: &str = "1.12.0";

/// The scripts of checks for Python, in `host-example/server/conformance`.
const SCRIPTS: [&str; 5] = ["document.py", "dreams.py", "memories.py", "review.py", "sessions.py"];

/// The one for npm.
const NPM_SCRIPT: &str = "npm.mjs";

/// Runs all checks; with `--all` a missing Postgres is a failure. Needs python3, node and npm, and their registries the
/// first time.
///
/// # Errors
/// The first check that fails, an unknown option, or a tool that is missing.
pub fn conformance(options: &[&str]) -> Result<()> {
    let is_all = match options {
        [] => false,
        ["--all"] => true,
        _ => bail!("`cargo xtask conformance [--all]`"),
    };
    step("the server", || run(tests(is_all).arg("--no-run")))?;
    let sdks = step_value("official SDKs from their registries", || {
        Ok(Sdks {
            pythons: SDKS.iter().map(|sdk| python(sdk)).collect::<Result<_>>()?,
            npm: npm()?,
        })
    })?;
    let postgres = match Postgres::programs() {
        Some(programs) => Some(step_value("a Postgres of its own", || Postgres::start(programs))?),
        None if is_all => bail!("needs Postgres: `apt-get install postgresql`"),
        None => {
            eprintln!("== no Postgres here: only SQLite is tested");
            None
        }
    };
    let folder = target("host-example", "conformance-server");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let sqlite = format!("sqlite:{}", folder.join("server.db").display());
    step("SDKs on SQLite", || checks(&sqlite, &sdks))?;
    let mut tests = tests(is_all);
    if let Some(postgres) = &postgres {
        step("SDKs on Postgres", || checks(&postgres.database("dreaming")?, &sdks))?;
        tests.env("DREAMING_TEST_POSTGRES", postgres.url());
    }
    step("the server's own tests", || run(&mut tests))
}

/// The server's own tests that need a process or a Postgres; they bring its program, too. All packages are named, for the
/// features of what they share would be others for one alone, and built anew. With all other tests (`--all`) they are
/// those that the tests of the hosts have compiled already.
fn tests(is_all: bool) -> Command {
    let mut command = match is_all {
        true => linted_tests("host-example", &["--workspace"]),
        false => cargo("host-example", &["test", "--quiet", "--workspace"]),
    };
    command.args(["--test", "requests", "--test", "kills"]);
    command
}

/// [`step`] for work with a result.
fn step_value<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let mut value = None;
    step(what, || {
        value = Some(work()?);
        Ok(())
    })?;
    value.context("a step without a result")
}

/// Where the SDKs are.
struct Sdks {
    /// A Python for each version.
    pythons: Vec<PathBuf>,
    /// A folder with the npm SDK.
    npm: PathBuf,
}

/// The npm SDK in a folder of its own below the target folder.
fn npm() -> Result<PathBuf> {
    let folder = target("host-example", &format!("sdk/npm-{NPM_SDK}"));
    if !folder.join("node_modules/@anthropic-ai/sdk/package.json").exists() {
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("package.json"), "{\"private\": true}\n")?;
        let install = ["install", "--no-audit", "--no-fund", "--silent", "--save-exact"];
        let mut command = Command::new("npm");
        command.args(install).arg(format!("@anthropic-ai/sdk@{NPM_SDK}")).current_dir(&folder);
        run(&mut command)?;
    }
    Ok(folder)
}

/// Python with one version of the SDK, in a folder of its own below the target folder.
fn python(sdk: &str) -> Result<PathBuf> {
    let folder = target("host-example", &format!("sdk/python-{sdk}"));
    let python = folder.join("bin/python");
    let has_sdk = || {
        let mut import = Command::new(&python);
        import.args(["-c", "import anthropic"]).stderr(Stdio::null());
        import.status().is_ok_and(|status| status.success())
    };
    if !has_sdk() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run(Command::new(&python).args(pip).arg(format!("anthropic=={sdk}")))?;
    }
    Ok(python)
}

/// Plays all scripts with all SDKs against a server on one database.
fn checks(database: &str, sdks: &Sdks) -> Result<()> {
    let server = Server::start(database)?;
    let scripts = root().join("host-example/server/conformance");
    let pairs = sdks.pythons.iter().flat_map(|python| SCRIPTS.map(|script| (python, script)));
    for (python, script) in pairs {
        let arguments = [&server.url, &server.key, &server.model.to_string()];
        run(Command::new(python).arg(scripts.join(script)).args(arguments))?;
    }
    let mut node = Command::new("node");
    node.arg(scripts.join(NPM_SCRIPT)).args([&server.url, &server.key]).arg(&sdks.npm);
    run(&mut node)
}

/// A server that runs until this is dropped.
struct Server {
    child: Child,
    url: String,
    key: String,
    /// The port at which it expects the model.
    model: u16,
}

impl Server {
    fn start(database: &str) -> Result<Self> {
        let program = target("host-example", "debug/dreaming-server");
        let key = Command::new(&program).args(["--database", database, "new-key"]).output()?;
        ensure!(key.status.success(), "no key: {}", String::from_utf8_lossy(&key.stderr));
        let mut command = Command::new(&program);
        let model = free_port()?;
        command.args(["--database", database, "serve", "--listen", "127.0.0.1:0"]);
        command.args(["--anthropic-url", &format!("http://127.0.0.1:{model}")]);
        command.arg("--cache").arg(target("host-example", "tmp/engine"));
        let mut child = command.stdout(Stdio::piped()).spawn().context("the server")?;
        let mut line = String::new();
        let out = child.stdout.take().context("the server's output")?;
        BufReader::new(out).read_line(&mut line)?;
        let url = line.trim_end().rsplit(' ').next().unwrap_or_default().to_owned();
        let key = String::from_utf8(key.stdout)?.trim_end().to_owned();
        let server = Self { child, url, key, model };
        ensure!(server.url.starts_with("http://"), "the server said `{line}`");
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is only a server of tests; one that ended by itself has shown why.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A Postgres of this run, in a temporary folder; it ends when this is dropped.
struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Postgres {
    /// The folder of the newest Postgres on this machine.
    fn programs() -> Option<PathBuf> {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
        let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
        found.retain(|folder| folder.join("initdb").is_file());
        found.sort();
        found.pop()
    }

    fn start(programs: PathBuf) -> Result<Self> {
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

    /// Runs one of its programs as the user that it wants.
    fn run(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder).stdout(Stdio::null());
        run(command.args(arguments))
    }

    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// Makes a database and names it.
    fn database(&self, name: &str) -> Result<String> {
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_script_of_checks_is_played() {
        let folder = root().join("host-example/server/conformance");
        let files = fs::read_dir(folder).unwrap().flatten();
        let mut files: Vec<String> =
            files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        files.retain(|name| Path::new(name).extension().is_some());
        files.sort();
        let mut played = [&SCRIPTS[..], &[NPM_SCRIPT]].concat();
        played.sort_unstable();
        assert_eq!(files, played);
    }
}
