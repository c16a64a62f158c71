//! The `dreaming` command.

mod audit;
mod below;
mod children;
mod cli;
mod commands;
mod component;
mod digests;
mod document;
mod error;
mod folder;
mod homes;
mod model;
mod output;
mod progress;
mod rehearsal;
mod sessions;
mod snapshot;
mod staged;
mod state;
mod store;
mod swap;
mod transcript;
mod transfer;
mod whole;
mod write;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        // Whoever asked for JSON gets it, also when the rest of the line makes no sense.
        Err(error)
            if error.use_stderr() && std::env::args().any(|argument| argument == "--json") =>
        {
            let error = error::Error::CommandLine(error.to_string());
            output::print_error(&error, true);
            return ExitCode::from(error.exit_code());
        }
        Err(error) => error.exit(),
    };
    cli.common.color.write_global();
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
