//! `cargo xtask test`: everything that needs no browser, no node and no server; with `--all`,
//! everything.

use std::process::Command;

use anyhow::Result;

use crate::component;
use crate::guards;
use crate::hosts;
use crate::package;
use crate::reproduce;
use crate::steps::{cargo, run, step};
use crate::web;
use crate::wit;

/// Both workspaces, the cheap checks first.
///
/// # Errors
/// The first step that fails.
pub fn test() -> Result<()> {
    engine()?;
    step("components", component::build_and_check)?;
    hosts_in_rust(tests_of_hosts().env_remove("REQUIRE_HOSTS"))
}

/// [`test`], and every host that the project knows, none skipped: npm package, node, Chromium; then
/// what a release needs.
///
/// # Errors
/// The first step that fails, or a host that is not on this machine.
pub fn all() -> Result<()> {
    engine()?;
    step("components", component::build_and_check)?;
    // Builds the npm package on the way, and the components again as they are.
    step("hosts", || hosts::hosts(&["--all"]))?;
    hosts_in_rust(tests_of_hosts().env("REQUIRE_HOSTS", "1"))?;
    let package = web::package();
    step("tests of the npm package", || run(&mut web::npm(&package, &["test", "--silent"])))?;
    step("the npm package in a browser", || {
        run(web::npm(&package, &["run", "--silent", "test:browser"]).env("REQUIRE_BROWSER", "1"))
    })?;
    step("packages", package::pack_and_check)?;
    // The other component differs by one feature; building both again would take twice as long.
    step("bytes of another place", || reproduce::reproduce(Some("core")))
}

fn engine() -> Result<()> {
    for workspace in ["", "host-example"] {
        step(&format!("format of `{workspace}`"), || {
            run(&mut cargo(workspace, &["fmt", "--all", "--check"]))
        })?;
    }
    step("lints of the engine", || {
        run(&mut cargo("", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    })?;
    step("guards of the engine", guards::guards)?;
    step("tests of the engine", || run(&mut cargo("", &["test", "--workspace", "--quiet"])))?;
    step("WIT package", wit::build_and_check)
}

fn tests_of_hosts() -> Command {
    cargo("host-example", &["test", "--workspace", "--quiet"])
}

fn hosts_in_rust(tests: &mut Command) -> Result<()> {
    step("lints of the hosts", || {
        let lints = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        run(&mut cargo("host-example", &lints))
    })?;
    step("tests of the hosts", || run(tests))
}
