//! What a person runs: `cargo xtask <command>`.

mod component;
mod demo;
mod hosts;
mod module;
mod steps;
mod test;
mod web;

use std::process::ExitCode;

const HELP: &str = "\
usage: cargo xtask <command>

  demo                            dream over sample sessions and a sample memory folder
  test                            all tests that need no browser and no server
  component [--check | --bless]   build dist/dreaming-core.wasm and dist/dreaming.wasm and check
                                  imports, exports and sizes
                                  --check: only check what is in dist/
                                  --bless: build, and commit to the new interface and sizes
  web                             build the npm package in bindings/web (needs node and npm)
  hosts [--all] [--json] [HOST…]  play the golden cases in every host of this machine, compare
                                  every byte, print a table (needs node and npm)
                                  --all: a missing host is a failure; --json: the table as JSON
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["demo"] => demo::demo(),
        ["test"] => test::test(),
        ["component"] => component::build_and_check(),
        ["component", "--check"] => component::check(),
        ["component", "--bless"] => component::bless(),
        ["web"] => web::build(),
        ["hosts", arguments @ ..] => hosts::hosts(arguments),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
