//! A memory that is also kept in the hosted Memory Stores API, or in a server that speaks it: the
//! folder mirrors the store. `pull` brings here what changed there, `push` brings there what
//! changed here, and what changed on both sides is left to a person.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::{Cli, Command};
use crate::error::{Error, Result};

pub mod client;
pub mod compare;
pub mod decide;
pub mod memories;
pub mod paths;
pub mod said;
pub mod send;
pub mod sessions;
pub mod sides;
pub mod trouble;

/// The address of the hosted API.
pub const HOME: &str = dreaming_models::anthropic::HOME;

/// How the service is asked.
#[derive(Debug, Args)]
pub struct Asking {
    // Chosen by us, as for models.
    /// Wait before a request that failed is made again; it doubles with each try. A service that
    /// says how long to wait is obeyed.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = humantime::parse_duration)]
    pub retry_wait: Duration,
    // Chosen by us: a page of 20 memories has at most 2 MB.
    /// Longest time for one try of a request.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub request_timeout: u64,
}

/// Makes the folder that `pull` and `push` name the memory folder of the command.
///
/// # Errors
/// [`Error::Usage`] when `--memory` names another one.
pub fn name_memory(cli: &mut Cli) -> Result<()> {
    let folder = match &mut cli.command {
        Command::Pull(pull) => pull.folder(),
        Command::Push(push) => push.folder.take(),
        _ => None,
    };
    let Some(folder) = folder else { return Ok(()) };
    match cli.common.memory.replace(folder) {
        Some(other) if Some(&other) != cli.common.memory.as_ref() => Err(two(other)),
        _ => Ok(()),
    }
}

fn two(other: PathBuf) -> Error {
    let other = other.to_string_lossy();
    let other = crate::output::text::one_line(&other);
    Error::Usage(format!("which folder? --memory names {other}, and the line another one"))
}
