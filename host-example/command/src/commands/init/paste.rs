//! Lines for cron and systemd, to be pasted by a person who does not let `dreaming schedule` install them.

use super::Trigger;
use super::goal::Goal;
use crate::commands::schedule::job::Job;
use crate::commands::schedule::{cron, systemd};

/// What a person pastes; `None` where there is nothing to paste.
pub fn lines(trigger: Trigger, goal: &Goal<'_>) -> Option<String> {
    let job = Job::new(goal.memory(), goal.anywhere());
    let lines = match trigger {
        Trigger::None | Trigger::Hook => return None,
        Trigger::Cron => format!("Add this line with `crontab -e`:\n\n{}", cron::line(&job)),
        Trigger::Systemd => {
            let [service, timer] = systemd::names(&job.name);
            format!(
                "Write ~/.config/systemd/user/{service}:\n\n{}\nand ~/.config/systemd/user/{timer}:\n\n{}\n\
                 then: systemctl --user enable --now {timer}\n",
                systemd::service(&job),
                systemd::timer(&job)
            )
        }
    };
    // Where each call has to name the sessions, no schedule can be installed.
    let installs = !goal.names_sessions;
    let word = if trigger == Trigger::Cron { "cron" } else { "systemd" };
    let install = goal.here(&format!("schedule install {word}"));
    let offer = if installs {
        format!("\nOr `{install}` does this, and can undo it.\n")
    } else {
        String::new()
    };
    Some(format!("{lines}{offer}"))
}
