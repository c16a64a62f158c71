//! `dreaming --help`: the commands in groups, by what people do with them.

use std::fmt::Write as _;

use clap::Command;

use crate::output::text;
use crate::output::theme::{HEAD, NEW};

/// The headings and their commands, the most wanted first. Each command stands under one heading.
/// Commands that delete words for good (`erase`) are not beside those that move them elsewhere.
const GROUPS: [(&str, &[&str]); 8] = [
    ("Dream", &["init", "run", "keep", "status"]),
    ("Review", &["review", "show", "apply", "discard"]),
    ("History", &["log", "diff", "revert", "verify", "replay"]),
    ("Memory", &["pack", "render", "mcp", "gather", "adopt", "erase"]),
    ("Hosted", &["pull", "push"]),
    ("Look closer", &["explain", "stats", "doctor"]),
    ("Move and mend", &["export", "import", "take-over", "recover"]),
    ("Set up", &["config", "policy", "completions", "man"]),
];

/// `command` with a help that lists its commands by group.
pub fn grouped(command: Command) -> Command {
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}\n{HEAD}Options:{HEAD:#}\n{{options}}{{after-help}}",
        listed(&command)
    );
    command.help_template(template)
}

/// The groups as text, at the width of the terminal. Names without a command are left out.
fn listed(command: &Command) -> String {
    let names = GROUPS.iter().flat_map(|(_, names)| names.iter());
    let width = names.map(|name| name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for (heading, names) in GROUPS {
        _ = writeln!(out, "{HEAD}{heading}:{HEAD:#}");
        for command in names.iter().filter_map(|name| command.find_subcommand(name)) {
            let name = command.get_name();
            let gap = " ".repeat(width - name.len());
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            _ = writeln!(out, "  {NEW}{name}{NEW:#}{gap}  {about}");
        }
        out.push('\n');
    }
    out.push_str("`dreaming COMMAND --help` has the options of a command, and examples.\n");
    text::wrap(&out)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn each_command_stands_in_one_group() {
        let mut listed: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.to_vec()).collect();
        let command = Cli::command();
        let mut there: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        listed.sort_unstable();
        there.sort_unstable();
        assert_eq!(listed, there);
    }

    #[test]
    fn nobody_who_looks_for_export_meets_erase() {
        let of = |wanted| GROUPS.iter().position(|(_, names)| names.contains(&wanted));
        assert_ne!(of("erase"), of("export"));
    }
}
