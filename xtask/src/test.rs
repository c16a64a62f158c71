//! `cargo xtask test`: everything that needs no browser and no server.

use anyhow::Result;

use crate::component;
use crate::guards;
use crate::steps::{cargo, run, step};
use crate::wit;

/// Both workspaces, the cheap checks first.
pub fn test() -> Result<()> {
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
    step("WIT package", wit::build_and_check)?;
    step("components", component::build_and_check)?;
    step("lints of the hosts", || {
        let lints = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        run(&mut cargo("host-example", &lints))
    })?;
    step("tests of the hosts", || {
        run(&mut cargo("host-example", &["test", "--workspace", "--quiet"]))
    })
}
