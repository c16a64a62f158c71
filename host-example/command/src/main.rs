//! The `dreaming` command.

mod adopt;
mod arguments;
mod audit;
mod below;
mod children;
mod cli;
mod cline;
mod commands;
mod component;
mod config;
mod databases;
mod dates;
mod document;
mod episodes;
mod error;
mod find_store;
mod folder;
mod formats;
mod git;
mod help;
mod homes;
mod hosted;
mod ignored;
mod interrupt;
mod kept;
mod kiro;
mod known_states;
#[cfg(feature = "mcp")]
mod mcp;
mod model;
mod opencode;
mod openhands;
mod output;
mod owner;
mod places;
mod progress;
mod project;
mod record_lines;
mod rehearsal;
mod sessions;
mod signed;
mod snapshot;
mod staged;
mod standard;
mod state;
mod store;
mod sub_agents;
mod swap;
mod transcript;
mod transfer;
mod whole;
mod write;

use std::process::ExitCode;

use clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand as NoArguments;
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory as _, FromArgMatches as _};

fn main() -> ExitCode {
    dreaming_models::secret::guard_panics(|clean| {
        format!("error: `dreaming` {clean}; nothing is half written")
    });
    let cli = match typed() {
        Ok(cli) => cli,
        Err(error) => return refuse(error),
    };
    cli.common.color.write_global();
    state::lock::introduce(cli::subcommand());
    let json = cli.common.json;
    match commands::run(cli) {
        Ok(reply) => match output::print(&reply, json) {
            Ok(()) => ExitCode::from(reply.code),
            Err(error) => {
                output::print_error(&error, false);
                ExitCode::from(error.exit_code())
            }
        },
        Err(error) => {
            output::print_error(&error, json);
            ExitCode::from(error.exit_code())
        }
    }
}

/// Parses the command line.
fn typed() -> Result<cli::Cli, clap::Error> {
    let mut known = help::grouped(cli::Cli::command());
    let found = known.try_get_matches_from_mut(arguments::arguments(std::env::args_os()))?;
    cli::Cli::from_arg_matches(&found).map_err(|error| error.format(&mut known))
}

/// Corrects clap's hint for an unknown command: names the command with that meaning, where clap
/// would name one with similar letters.
fn meant(mut error: clap::Error) -> clap::Error {
    let typed = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(typed)) => typed.as_str(),
        _ => "",
    };
    let meant = match typed {
        "undo" | "rollback" => Some("revert"),
        "reject" => Some("review --reject ID"),
        "accept" => Some("review --accept ID"),
        _ => None,
    };
    if let Some(meant) = meant {
        let meant = ContextValue::Strings(vec![meant.into()]);
        error.insert(ContextKind::SuggestedSubcommand, meant);
    }
    error
}

/// Prints why the command line cannot be parsed, or the requested help.
fn refuse(error: clap::Error) -> ExitCode {
    // `--json` holds even when the rest of the line cannot be parsed.
    let json = std::env::args_os().any(|argument| argument == "--json");
    if !error.use_stderr() || error.kind() == NoArguments && !json {
        let told = output::told(error.print());
        if let Err(error) = &told {
            output::print_error(error, false);
        }
        return ExitCode::from(told.map_or_else(
            |error| error.exit_code(),
            |()| u8::try_from(error.exit_code()).unwrap_or(2),
        ));
    }
    // clap would print arguments unchanged, and a stranger may have chosen a file name among them.
    // So this command cleans the message and prints it itself.
    let message = meant(error).to_string();
    let message = message.strip_prefix("error: ").unwrap_or(&message).trim_end();
    let error = error::Error::CommandLine(message.into());
    output::print_error(&error, json);
    ExitCode::from(error.exit_code())
}
