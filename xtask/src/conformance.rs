//! `cargo xtask conformance`: the official SDKs, unmodified, against the server on SQLite and on Postgres, and against the
//! worker in Bun and in workerd; the contract against both; then the server's own tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::demo::target;
use crate::hosts;
use crate::servers::{Postgres, Server, empty_folder};
use crate::steps::{cargo, root, run, step};
use crate::test::linted_tests;
use crate::web;

/// The SDKs: the newest, the one before that, and the last one that speaks the older form (another key header, another
/// version of the API, `?beta=true`).
const SDKS: [&str; 3] = ["2.12.0", "2.10.0", "1.17.0"];

/// The two that differ most.
const NEWEST_AND_OLDEST: [&str; 2] = [SDKS[0], SDKS[2]];

/// The npm SDK, the newest.
const NPM_SDK: &str = "1.12.0";

/// The scripts of checks for Python, in `host-example/server/conformance`.
const SCRIPTS: [&str; 9] = [
    "definitions.py",
    "document.py",
    "dreams.py",
    "erasure.py",
    "memories.py",
    "review.py",
    "sessions.py",
    "threads.py",
    "webhooks.py",
];

/// Restate, the newest.
const RESTATE: &str = "1.7.12";

/// The one for the client of the Model Context Protocol.
const MCP_SCRIPT: &str = "agent.py";

/// That client for Python, the newest.
const MCP: &str = "2.3.0";

/// Those that the worker cannot pass: it keeps no agents and environments, has no webhooks, no schedules and no threads, and
/// erases nothing.
const NOT_OF_THE_WORKER: [&str; 4] = ["definitions.py", "erasure.py", "threads.py", "webhooks.py"];

/// The one with a block that the worker cannot run, and the word in that block.
const DOCUMENT: (&str, &str) = ("document.py", "/schedule");

/// The one for npm.
const NPM_SCRIPT: &str = "npm.mjs";

/// The one that has the command beside a server, with the newest SDK as the second writer.
const MIRROR_SCRIPT: &str = "mirror.py";

/// The one that has transcripts in an object store, of a server with the feature `clouds`.
const CLOUDS_SCRIPT: &str = "clouds.py";

/// What is such a store on this machine, the newest.
const MOTO: &str = "5.2.5";

/// The one that moves histories between the command and a server, which the worker does not do.
const TRANSFER_SCRIPT: &str = "transfer.py";

/// The one that checks the contract, `host-example/server/openapi.yaml`.
const CONTRACT_SCRIPT: &str = "contract.py";

/// What generates its requests, the newest.
const SCHEMATHESIS: &str = "4.32.5";

/// Runs all checks; with `--all` a missing Postgres is a failure, with `--worker` only the worker's part is run, with
/// `--clouds` only what needs a build of its own. Needs python3, node and npm, and their registries the first time.
///
/// # Errors
/// The first check that fails, an unknown option, or a tool that is missing.
pub fn conformance(options: &[&str]) -> Result<()> {
    let is_all = match options {
        [] => false,
        ["--all"] => true,
        ["--worker"] => {
            programs(false)?;
            return worker(true, &sdks(&NEWEST_AND_OLDEST)?, &BUN_AND_WORKERD);
        }
        ["--clouds"] => return clouds(),
        _ => bail!("`cargo xtask conformance [--all | --worker | --clouds]`"),
    };
    let databases = match Postgres::programs() {
        None if !is_all => {
            eprintln!("== no Postgres here: only SQLite is tested");
            None
        }
        _ => Some(databases()?),
    };
    programs(is_all)?;
    checks_of_all(is_all, databases.as_ref(), &sdks(&SDKS)?, &BUN_AND_WORKERD)?;
    let mut tests = tests(is_all);
    if let Some(databases) = &databases {
        databases.tell(&mut tests);
    }
    step("the server's own tests", || run(&mut tests))
}

/// What the server's own tests need besides SQLite.
pub struct Databases {
    postgres: Postgres,
    restate: PathBuf,
}

/// A Postgres of its own, and Restate.
///
/// # Errors
/// What is missing on this machine.
pub fn databases() -> Result<Databases> {
    let programs = Postgres::programs().context("needs Postgres: `apt-get install postgresql`")?;
    let postgres = step_value("a Postgres of its own", || Postgres::start(programs))?;
    Ok(Databases { postgres, restate: step_value("Restate from its registry", restate)? })
}

impl Databases {
    /// Tells tests of the server where they are.
    pub fn tell(&self, tests: &mut Command) {
        tests.env("DREAMING_TEST_POSTGRES", self.postgres.url());
        tests.env("DREAMING_RESTATE", &self.restate);
    }
}

/// The checks that `cargo xtask test --all` runs beside the server's own tests, which it has run on Postgres too: the newest and
/// the oldest SDK on SQLite and in Bun. How a client speaks has nothing to do with where its words are kept, and the worker has
/// tests of its own in workerd.
///
/// # Errors
/// The first check that fails, or a tool that is missing.
pub fn checks_beside_tests() -> Result<()> {
    programs(true)?;
    checks_of_all(true, None, &sdks(&NEWEST_AND_OLDEST)?, &BUN)
}

/// Edge runtimes, with the number of SDKs for Python that the worker is played with there.
type Edges = [(&'static str, usize)];

const BUN: [(&str, usize); 1] = [("bun", 2)];

const BUN_AND_WORKERD: [(&str, usize); 2] = [("bun", 2), ("workerd", 1)];

fn checks_of_all(
    is_all: bool,
    databases: Option<&Databases>,
    sdks: &Sdks,
    edges: &Edges,
) -> Result<()> {
    let folder = empty_folder("conformance-server")?;
    let sqlite = format!("sqlite:{}", folder.join("server.db").display());
    step("SDKs on SQLite", || {
        server_checks(&Server::start("debug", &sqlite)?, sdks, &sdks.pythons)
    })?;
    let sqlite = format!("sqlite:{}", folder.join("contract.db").display());
    step("the contract on SQLite", || {
        contract(&Server::start("debug", &sqlite)?, &sdks.schemathesis, &[])
    })?;
    if let Some(Databases { postgres, .. }) = databases {
        step("the newest SDK on Postgres", || {
            let server = Server::start("debug", &postgres.database("dreaming")?)?;
            server_checks(&server, sdks, &sdks.pythons[..1])
        })?;
    }
    worker(is_all, sdks, edges)
}

/// Builds the server with the feature `clouds`, which takes the place of the one without, and plays it over an S3 of its own.
fn clouds() -> Result<()> {
    step("the server with the clouds", || {
        let clouds = ["--features", "dreaming-server/clouds", "--no-run"];
        run(tests(false).args(clouds))
    })?;
    let python = step_value("an S3 from its registry", || python(&S3, MOTO))?;
    step("transcripts in S3", || {
        let script = root().join("host-example/server/conformance").join(CLOUDS_SCRIPT);
        let server = target("host-example", "debug/dreaming-server");
        let mut played = Command::new(python);
        played.arg(script).arg(server).arg(target("host-example", "tmp/engine"));
        run(played.arg(empty_folder("conformance-clouds")?))
    })
}

/// Builds the server and the command. Tests of a package bring its programs.
fn programs(is_all: bool) -> Result<()> {
    step(
        "the server and the command",
        || run(tests(is_all).args(["--test", "command", "--no-run"])),
    )
}

/// Plays the worker's part of the checks in `edges`, with so many SDKs, the newest and then the oldest. It needs the npm
/// package; with `--all` a missing one is a failure.
fn worker(is_all: bool, sdks: &Sdks, edges: &Edges) -> Result<()> {
    if !web::package().join("dist/index.js").exists() {
        if is_all {
            bail!("needs the npm package: `cargo xtask web`");
        }
        eprintln!("== no npm package here (`cargo xtask web`): the worker is not tested");
        return Ok(());
    }
    step("packages of the worker", || web::install(&root().join("host-example/worker")))?;
    let newest_and_oldest = sdks.newest_and_oldest()?;
    for (edge, number) in edges {
        let folder = empty_folder(&format!("conformance-{edge}"))?;
        step(&format!("SDKs on the worker in {edge}"), || {
            let server = Server::edge(edge, &folder)?;
            checks(&server, &newest_and_oldest[..*number], &sdks.npm, true)
        })?;
    }
    let folder = empty_folder("conformance-mirror")?;
    step("the command beside the worker in bun", || {
        beside(&Server::edge("bun", &folder)?, &sdks.pythons[0], MIRROR_SCRIPT)
    })?;
    let folder = empty_folder("conformance-contract")?;
    step("the contract on the worker in bun", || {
        contract(&Server::edge("bun", &folder)?, &sdks.schemathesis, &["--worker"])
    })
}

/// The server's own tests that need a process or a Postgres; they bring its program, too. All packages are named, for the
/// features of what they share would be others for one alone, and built anew. With all other tests (`--all`) they are
/// those that the tests of the hosts have compiled already.
fn tests(is_all: bool) -> Command {
    let mut command = match is_all {
        true => linted_tests("host-example", &["--workspace"]),
        false => cargo("host-example", &["test", "--quiet", "--workspace"]),
    };
    command.args(["--test", "requests", "--test", "processes", "--test", "restate"]);
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
    /// A Python with the client of the Model Context Protocol.
    mcp: PathBuf,
    /// A Python with schemathesis.
    schemathesis: PathBuf,
    /// A folder with the npm SDK.
    npm: PathBuf,
}

impl Sdks {
    /// As [`NEWEST_AND_OLDEST`].
    fn newest_and_oldest(&self) -> Result<[PathBuf; 2]> {
        let [newest, .., oldest] = &self.pythons[..] else { bail!("there are several SDKs") };
        Ok([newest.clone(), oldest.clone()])
    }
}

fn sdks(versions: &[&str]) -> Result<Sdks> {
    step_value("official SDKs from their registries", || {
        let pythons = versions.iter().map(|sdk| python(&SDK, sdk)).collect::<Result<_>>()?;
        let mcp = python(&CLIENT, MCP)?;
        let schemathesis = python(&GENERATOR, SCHEMATHESIS)?;
        Ok(Sdks { pythons, mcp, schemathesis, npm: npm()? })
    })
}

/// The npm SDK.
fn npm() -> Result<PathBuf> {
    npm_package("npm", "@anthropic-ai/sdk", NPM_SDK)
}

/// The program `restate-server`, without npm's wrapper, which does not hand a kill on.
pub fn restate() -> Result<PathBuf> {
    let folder = npm_package("restate", "@restatedev/restate-server", RESTATE)?;
    let packages = fs::read_dir(folder.join("node_modules/@restatedev"))?.flatten();
    let mut programs = packages.map(|package| package.path().join("bin/restate-server"));
    programs.find(|program| program.is_file()).context("no Restate for this kind of machine")
}

/// A package of npm in a folder of its own below the target folder, whose name begins with `name`.
fn npm_package(name: &str, package: &str, version: &str) -> Result<PathBuf> {
    let folder = target("host-example", &format!("sdk/{name}-{version}"));
    if !folder.join("node_modules").join(package).join("package.json").exists() {
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("package.json"), "{\"private\": true}\n")?;
        let install = ["install", "--no-audit", "--no-fund", "--silent", "--save-exact"];
        let mut command = Command::new("npm");
        command.args(install).arg(format!("{package}@{version}")).current_dir(&folder);
        run(&mut command)?;
    }
    Ok(folder)
}

/// A package for Python: the beginning of its folder's name, its name, others that it needs in one version, and what shows
/// that it is installed.
struct Package {
    folder: &'static str,
    name: &'static str,
    others: &'static [&'static str],
    imports: &'static str,
}

const SDK: Package = Package {
    folder: "python",
    name: "anthropic[webhooks]",
    others: &[],
    imports: "anthropic, standardwebhooks",
};

const CLIENT: Package = Package { folder: "mcp", name: "mcp", others: &[], imports: "mcp" };

const S3: Package =
    Package { folder: "moto", name: "moto[s3,server]", others: &[], imports: "boto3, moto.server" };

/// Another version of what makes its values would make other requests of one seed.
const GENERATOR: Package = Package {
    folder: "schemathesis",
    name: "schemathesis",
    others: &["hypothesis==6.170.17"],
    imports: "schemathesis",
};

/// Python with one version of a package, in a folder of its own below the target folder.
fn python(package: &Package, version: &str) -> Result<PathBuf> {
    let folder = target("host-example", &format!("sdk/{}-{version}", package.folder));
    let python = folder.join("bin/python");
    let has_it = || {
        let mut import = Command::new(&python);
        import.args(["-c", &format!("import {}", package.imports)]).stderr(Stdio::null());
        import.status().is_ok_and(|status| status.success())
    };
    if !has_it() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let name = format!("{}=={version}", package.name);
        run(Command::new(&python).args(pip).arg(name).args(package.others))?;
    }
    Ok(python)
}

/// Plays all scripts with these SDKs against the server on one database.
fn server_checks(server: &Server, sdks: &Sdks, pythons: &[PathBuf]) -> Result<()> {
    checks(server, pythons, &sdks.npm, false)?;
    beside(server, &sdks.pythons[0], MIRROR_SCRIPT)?;
    beside(server, &sdks.pythons[0], TRANSFER_SCRIPT)?;
    let script = root().join("host-example/server/conformance").join(MCP_SCRIPT);
    run(Command::new(&sdks.mcp).arg(script).args([&server.url, &server.key]))
}

/// Plays a script that has the command beside a server.
fn beside(server: &Server, python: &Path, script: &str) -> Result<()> {
    let script = root().join("host-example/server/conformance").join(script);
    let command = target("host-example", "debug/dreaming");
    let mut played = Command::new(python);
    played.arg(script).args([&server.url, &server.key]).arg(command);
    // Where the tests of the command have compiled the component.
    run(played.env("XDG_CACHE_HOME", hosts::cache()))
}

/// Checks the contract against a server.
fn contract(server: &Server, python: &Path, options: &[&str]) -> Result<()> {
    let script = root().join("host-example/server/conformance").join(CONTRACT_SCRIPT);
    run(Command::new(python).arg(script).args([&server.url, &server.key]).args(options))
}

/// Plays scripts with these SDKs against a server, or against the worker without what it does not have.
fn checks(server: &Server, pythons: &[PathBuf], npm: &Path, is_worker: bool) -> Result<()> {
    let scripts = root().join("host-example/server/conformance");
    let is_left_out = |script: &str| is_worker && NOT_OF_THE_WORKER.contains(&script);
    let played = SCRIPTS.iter().copied().filter(|script| !is_left_out(script));
    for (python, script) in
        pythons.iter().flat_map(|python| played.clone().map(move |script| (python, script)))
    {
        let arguments = [&server.url, &server.key, &server.model.to_string()];
        let mut command = Command::new(python);
        command.arg(scripts.join(script)).args(arguments);
        if is_worker && script == DOCUMENT.0 {
            command.args(["--without", DOCUMENT.1]);
        }
        run(&mut command)?;
    }
    let mut node = Command::new("node");
    node.arg(scripts.join(NPM_SCRIPT)).args([&server.url, &server.key]).arg(npm);
    run(&mut node)
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
        let mut played = [
            &SCRIPTS[..],
            &[
                MCP_SCRIPT,
                NPM_SCRIPT,
                CONTRACT_SCRIPT,
                MIRROR_SCRIPT,
                CLOUDS_SCRIPT,
                TRANSFER_SCRIPT,
            ],
        ]
        .concat();
        played.sort_unstable();
        assert_eq!(files, played);
    }
}
