//! The `dreaming` command.

mod cli;
mod commands;
mod component;
mod document;
mod error;
mod folder;
mod model;
mod output;
mod progress;
mod sessions;
mod snapshot;
mod state;
mod store;
mod write;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let json = cli.common.json;
    match commands::run(cli) {
        Ok(reply) => {
            output::print(&reply, json);
            ExitCode::from(reply.code)
        }
        Err(error) => {
            output::print_error(&error, json);
            ExitCode::from(error.exit_code())
        }
    }
}
