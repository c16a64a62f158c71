//! `xtask-web <module.wasm> <folder>`: writes the output of `wasm-bindgen --target web`.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let module = arguments.next().context("no module given")?;
    let folder = arguments.next().context("no folder given")?;
    Bindgen::new()
        .input_path(&module)
        .out_name("dreaming")
        .web(true)?
        .typescript(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&folder)
        .with_context(|| format!("no bindings for {}", module.display()))
}
