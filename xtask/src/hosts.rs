//! `cargo xtask hosts`: the golden cases in every host of this machine, as a table.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::steps::{cargo, root, run, step};
use crate::{component, demo, web};

/// Builds what the hosts need and prints the table. Progress goes to standard error.
///
/// # Errors
/// When something does not build, or a host differs.
pub fn hosts(arguments: &[&str]) -> Result<()> {
    let hosts: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |form: &str| hosts.is_empty() || hosts.iter().any(|host| host.starts_with(form));
    step("components", component::build)?;
    build(wanted("web"), wanted("jco"))?;
    let program = ["run", "--quiet", "--package", "dreaming-conformance", "--bin", "hosts", "--"];
    run(cargo("host-example", &program).args(arguments))
}

/// Builds the npm package and the component as JavaScript, which the hosts in JavaScript need. The
/// components must have been built. Without npm it prints a note and builds nothing.
///
/// # Errors
/// When something does not build.
pub fn build(web: bool, jco: bool) -> Result<()> {
    if !(web || jco) {
        return Ok(());
    }
    if !has_npm() {
        eprintln!("== no npm: hosts in JavaScript are skipped");
        return Ok(());
    }
    let scripts = root().join("host-example/conformance/js");
    step("packages of the JavaScript hosts", || web::install(&scripts))?;
    if web {
        web::build()?;
    }
    if jco {
        step("transpiled component", || {
            run(Command::new("node").arg("transpile.mjs").current_dir(&scripts))
        })?;
    }
    Ok(())
}

/// The cache folder for compiled components in all tests that run one. It is the folder that cargo
/// gives to tests of the hosts, so that a component is compiled only once.
pub fn cache() -> PathBuf {
    demo::target("host-example", "tmp")
}

fn has_npm() -> bool {
    let version = Command::new("npm").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}
