//! `cargo xtask test`: tests of the engine, in minutes; with `--all` of the hosts too, which is
//! what CI runs; and `cargo xtask release-check`, all checks.

use std::process::Command;

use anyhow::Result;

use crate::component;
use crate::conformance;
use crate::guards;
use crate::hosts;
use crate::package;
use crate::preview;
use crate::reproduce;
use crate::steps::{self, cargo, root, run, step};
use crate::web;
use crate::wit;

/// Tests the engine alone: format, lints, guards, tests, WIT. Builds no component and runs no host.
///
/// # Errors
/// The first step that fails.
pub fn test() -> Result<()> {
    let done = engine();
    steps::summary();
    done
}

/// [`test`], and every host that the project knows, none skipped: npm package, node, Chromium, and
/// the memory preview page. The hosts play a sample of the golden cases; [`release_check`] plays
/// all of them.
///
/// # Errors
/// The first step that fails, or a host that is missing on this machine.
pub fn all() -> Result<()> {
    let done = engine()
        .and_then(|()| step("components", component::build_and_check))
        .and_then(|()| hosts::build(true, true))
        .and_then(|()| conformance::databases())
        .and_then(|databases| {
            step("lints and tests of the hosts", || {
                let mut tests = linted_tests("host-example", &["--workspace"]);
                databases.tell(&mut tests);
                run(tests.env("REQUIRE_HOSTS", "1").env("XDG_CACHE_HOME", hosts::cache()))
            })?;
            conformance::checks_beside_tests()
        })
        .and_then(|()| npm_package())
        .and_then(|()| preview::build())
        .and_then(|()| preview::test())
        .and_then(|()| worker());
    steps::summary();
    done
}

/// [`all`], and the long checks of a release: every golden case in every host, every SDK, the laws over more
/// cases, the packages, and the same bytes from another folder. Needs the same hosts as [`all`].
///
/// # Errors
/// The first step that fails, or a host that is missing on this machine.
pub fn release_check() -> Result<()> {
    let done = all()
        .and_then(|()| step("every case in every host", || hosts::hosts(&["--all"])))
        .and_then(|()| conformance::conformance(&["--all"]))
        .and_then(|()| step("laws over more cases", laws))
        .and_then(|()| step("packages", package::pack_and_check))
        .and_then(|()| step("bytes of another place", || reproduce::reproduce(None)));
    steps::summary();
    done
}

/// Cases of each law in [`release_check`]. Chosen by us: ten times those of a test run.
const CASES: &str = "240";

fn laws() -> Result<()> {
    run(cargo("", &["test", "--quiet", "--test", "laws"]).env("PROPTEST_CASES", CASES))
}

fn npm_package() -> Result<()> {
    let package = web::package();
    step("tests of the npm package", || run(&mut web::npm(&package, &["test", "--silent"])))?;
    step("the npm package in a browser", || {
        run(web::npm(&package, &["run", "--silent", "test:browser"]).env("REQUIRE_BROWSER", "1"))
    })
}

/// Tests `host-example/worker` in workerd and in Bun, both from npm.
fn worker() -> Result<()> {
    let folder = root().join("host-example/worker");
    step("packages of the worker", || web::install(&folder))?;
    step("tests of the worker", || run(&mut web::npm(&folder, &["test", "--silent"])))
}

fn engine() -> Result<()> {
    for workspace in ["", "host-example"] {
        step(&format!("format of `{workspace}`"), || {
            run(&mut cargo(workspace, &["fmt", "--all", "--check"]))
        })?;
    }
    step("guards of the engine", guards::guards)?;
    step("lints and tests of the engine", || {
        let tools = TOOLS.iter().flat_map(|package| ["--exclude", package]);
        run(linted_tests("", &["--workspace"]).args(tools))
    })?;
    // One cargo call for each tool, as when it is run, so that dependencies are not built again
    // with other features.
    step("lints and tests of the tools", || {
        TOOLS.iter().try_for_each(|package| run(&mut linted_tests("", &["--package", package])))
    })?;
    step("WIT package", wit::build_and_check)
}

/// Packages of the top workspace that `cargo xtask` runs, and that need other features than the
/// engine.
const TOOLS: [&str; 3] = ["dreaming-documents", "xtask", "xtask-web"];

/// Tests of packages of a workspace, compiled by clippy's driver, which lints what it compiles. So
/// nothing is compiled once for the lints and once for the tests.
pub fn linted_tests(workspace: &str, packages: &[&str]) -> Command {
    let mut tests = cargo(workspace, &["test", "--quiet"]);
    tests.args(packages).env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    // The same variable in which `cargo clippy -- -D warnings` passes its arguments.
    tests.env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
    tests
}
