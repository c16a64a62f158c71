//! `dreaming completions`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use serde_json::json;

use crate::cli::Cli;
use crate::output::Reply;

/// `dreaming completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming completions bash > ~/.local/share/bash-completion/completions/dreaming
  dreaming completions fish > ~/.config/fish/completions/dreaming.fish")]
pub struct Completions {
    /// The shell.
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,
}

/// The script that a shell loads.
pub fn completions(args: &Completions) -> Reply {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "dreaming", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let json = json!({"shell": args.shell.to_string(), "script": script});
    Reply::new(script, json)
}
