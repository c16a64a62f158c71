//! `dreaming config`.

use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::Common;
use crate::config;
use crate::output::{Reply, text, theme};

/// `dreaming config`.
#[derive(Debug, Args)]
#[command(after_help = "\
The file `dreaming.toml` in the folder `.dreaming` beside the memories, and the user's own one in \
`$XDG_CONFIG_HOME/dreaming` (else `~/.config/dreaming`), may say: memory, sessions, policy, model, max-cost, and the tables \
[settings] and [charter]. The command line wins over the folder's file, that over the user's; charters and pins \
add up. The folder's file names no model, no budget and no policy, only what lies in its folder or repository, and few settings.

Examples:
  dreaming config --memory notes
  dreaming config --claude-code --json")]
pub struct Config {}

/// Prints what the configuration files say, and from where each value comes.
pub fn config(common: &Common) -> Reply {
    let mut out = String::new();
    for held in &common.config.held {
        let (head, dim) = (theme::HEAD, theme::DIM);
        let value = match &held.value {
            Value::String(value) => text::one_line(value),
            other => text::one_line(&other.to_string()),
        };
        let (name, from) = (text::one_line(&held.name), text::one_line(&held.from));
        let _ = writeln!(out, "{head}{name}{head:#} = {value}  {dim}({from}){dim:#}");
    }
    let held = common.config.held.iter();
    let held: Vec<Value> = held
        .map(|held| json!({"name": held.name, "value": held.value, "from": held.from}))
        .collect();
    let users = config::users().map(|(path, _)| path.to_string_lossy().into_owned());
    let files = &common.config.files;
    for file in files {
        let _ = writeln!(out, "Read: {}", text::one_line(file));
    }
    if files.is_empty() {
        let users = text::one_line(users.as_deref().unwrap_or("none"));
        let _ = writeln!(out, "There is no configuration file. The user's would be {users}.");
    }
    Reply::new(out, json!({"values": held, "files": files, "user_file": users}))
}
