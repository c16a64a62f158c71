//! `cargo xtask hosts`: the golden cases in every host of this machine, as a table.

use std::process::{Command, Stdio};

use anyhow::Result;

use crate::steps::{cargo, root, run, step};
use crate::{component, web};

/// Builds what the hosts need and prints the table. Progress goes to standard error.
///
/// # Errors
/// When something does not build, or a host differs.
pub fn hosts(arguments: &[&str]) -> Result<()> {
    let hosts: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |form: &str| hosts.is_empty() || hosts.iter().any(|host| host.starts_with(form));
    step("components", component::build)?;
    if !(wanted("web") || wanted("jco")) {
        return table(arguments);
    }
    if !has_npm() {
        eprintln!("== no npm: hosts in JavaScript are skipped");
        return table(arguments);
    }
    let scripts = root().join("host-example/conformance/js");
    step("packages of the JavaScript hosts", || web::install(&scripts))?;
    if wanted("web") {
        web::build()?;
    }
    if wanted("jco") {
        step("transpiled component", || {
            run(Command::new("node").arg("transpile.mjs").current_dir(&scripts))
        })?;
    }
    table(arguments)
}

fn table(arguments: &[&str]) -> Result<()> {
    let program = ["run", "--quiet", "--package", "dreaming-conformance", "--bin", "hosts", "--"];
    run(cargo("host-example", &program).args(arguments))
}

fn has_npm() -> bool {
    let version = Command::new("npm").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}
