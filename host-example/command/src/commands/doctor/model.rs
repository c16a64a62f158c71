//! Looks whether the model that the user's file names can be asked.

use clap::Parser as _;

use super::Finding;
use crate::cli::{Cli, Command, Common};
use crate::config;
use crate::error::Result;
use crate::output::next;

const NAME: &str = "model";

/// Looks whether a dream could ask the model that a configuration file names. Without such a model
/// it adds no finding.
pub(super) fn look(common: &Common, findings: &mut Vec<Finding>) {
    let Some(name) = &common.config.model else { return };
    findings.push(match refused(common) {
        None => Finding::ok(NAME, format!("{name} has what it needs to be asked")),
        Some(why) => {
            let todo = format!(
                "no dream begins before that, also none of a hook or a timer, whose output mostly nobody sees; \
                 {} dreams without it",
                next::command("run --no-model")
            );
            Finding::warn(NAME, format!("{name} cannot be asked: {why}"), todo)
        }
    });
}

/// Why no dream can begin with the model that a configuration file names; `None` when a dream can
/// begin or no model is named. The model is not called.
pub fn refused(common: &Common) -> Option<String> {
    common.config.model.as_ref()?;
    ready(common).err().map(|error| error.to_string())
}

/// Does what a run does before its first call of the model.
fn ready(common: &Common) -> Result<()> {
    let typed = Cli::try_parse_from(["dreaming", "run"]);
    let Ok(Command::Run(mut args)) = typed.map(|cli| cli.command) else { return Ok(()) };
    args.model.model.clone_from(&common.config.model);
    args.model.model_url.clone_from(&common.config.model_url);
    let held = common.config.held.iter().find(|held| held.name == "max-cost");
    args.model.max_cost = held.and_then(|held| held.value.as_f64());
    args.model.prices.clone_from(&common.config.prices);
    args.model.file = config::users().map(|(path, _)| path.to_string_lossy().into_owned());
    args.model.ready().map(drop)
}
