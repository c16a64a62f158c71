//! Measures the engine on labelled and recorded data. A package of its own, `xtask/eval`, does the
//! work, so that a demo need not build it.

use std::process::{Command, ExitCode};

/// Runs the evaluation and hands on its exit code.
pub fn eval(arguments: &[&str]) -> anyhow::Result<ExitCode> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--package", "dreaming-eval", "--"]).args(arguments);
    let code = cargo.status()?.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
