//! `cargo xtask conformance`: the official SDKs against the server, unmodified, on SQLite and on Postgres, and the
//! server's own tests on both.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::demo::target;
use crate::servers::{Postgres, Server, empty_folder};
use crate::steps::{cargo, root, run, step};
use crate::test::linted_tests;

/// The SDKs: the newest, the one before that, and the last one that speaks the older form (another key header, another
/// version of the API, `?beta=true`).
const SDKS: [&str; 3] = ["2.12.0", "2.10.0", "1.17.0"];

/// The npm SDK, the newest.
const NPM_SDK: &str = "1.12.0";

/// The scripts of checks for Python, in `host-example/server/conformance`.
const SCRIPTS: [&str; 7] = [
    "definitions.py",
    "document.py",
    "dreams.py",
    "memories.py",
    "review.py",
    "sessions.py",
    "webhooks.py",
];

/// The one for the client of the Model Context Protocol.
const MCP_SCRIPT: &str = "agent.py";

/// That client for Python, the newest.
const MCP: &str = "2.3.0";

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
            pythons: SDKS.iter().map(|sdk| python(&SDK, sdk)).collect::<Result<_>>()?,
            mcp: python(&CLIENT, MCP)?,
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
    let folder = empty_folder("conformance-server")?;
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
    /// A Python with the client of the Model Context Protocol.
    mcp: PathBuf,
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

/// A package for Python: the beginning of its folder's name, its name, and what shows that it is installed.
struct Package {
    folder: &'static str,
    name: &'static str,
    imports: &'static str,
}

const SDK: Package = Package {
    folder: "python",
    name: "anthropic[webhooks]",
    imports: "anthropic, standardwebhooks",
};

const CLIENT: Package = Package { folder: "mcp", name: "mcp", imports: "mcp" };

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
        run(Command::new(&python).args(pip).arg(format!("{}=={version}", package.name)))?;
    }
    Ok(python)
}

/// Plays all scripts with all SDKs against a server on one database.
fn checks(database: &str, sdks: &Sdks) -> Result<()> {
    let server = Server::start("debug", database)?;
    let scripts = root().join("host-example/server/conformance");
    let pairs = sdks.pythons.iter().flat_map(|python| SCRIPTS.map(|script| (python, script)));
    let others = [(&sdks.mcp, MCP_SCRIPT)];
    for (python, script) in pairs.chain(others) {
        let arguments = [&server.url, &server.key, &server.model.to_string()];
        run(Command::new(python).arg(scripts.join(script)).args(arguments))?;
    }
    let mut node = Command::new("node");
    node.arg(scripts.join(NPM_SCRIPT)).args([&server.url, &server.key]).arg(&sdks.npm);
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
        let mut played = [&SCRIPTS[..], &[MCP_SCRIPT, NPM_SCRIPT]].concat();
        played.sort_unstable();
        assert_eq!(files, played);
    }
}
