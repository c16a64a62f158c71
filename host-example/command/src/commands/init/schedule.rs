//! Lines for cron and systemd, to be pasted by a person.

use std::env;
use std::path::PathBuf;

use super::Trigger;
use super::goal::Goal;
use crate::output::next::quoted;

/// How to call this program: by its name if the shell finds this program by it, else by its path.
pub fn program() -> String {
    let own = env::current_exe().ok().and_then(|path| path.canonicalize().ok());
    let Some(own) = own else { return "dreaming".into() };
    let path = env::var_os("PATH").unwrap_or_default();
    let first = env::split_paths(&path).map(|dir| dir.join("dreaming")).find(|file| file.is_file());
    let is_first = first.and_then(|file| file.canonicalize().ok()).as_ref() == Some(&own);
    if is_first { "dreaming".into() } else { quoted(&own.to_string_lossy()) }
}

/// What a person pastes; `None` where there is nothing to paste.
pub fn lines(trigger: Trigger, goal: &Goal<'_>) -> Option<String> {
    // The whole path, because cron and systemd do not search the `PATH` of the user's shell.
    let own = env::current_exe().unwrap_or_else(|_| PathBuf::from("dreaming"));
    let mut words = vec![own.to_string_lossy().into_owned(), "run".into(), "--if-due".into()];
    words.extend(goal.anywhere());
    match trigger {
        Trigger::None | Trigger::Hook => None,
        Trigger::Cron => Some(format!(
            "Add this line with `crontab -e`:\n\n17 * * * *  {} >> \"$HOME/.dreaming.log\" 2>&1\n",
            cron(&words)
        )),
        Trigger::Systemd => Some(format!(
            "Write ~/.config/systemd/user/dreaming.service:\n\n[Unit]\nDescription=Dream over the memories of agents\n\n\
             [Service]\nType=oneshot\nExecStart={}\nSuccessExitStatus=3\n\n\
             and ~/.config/systemd/user/dreaming.timer:\n\n[Unit]\nDescription=Look every hour whether a dream is due\n\n\
             [Timer]\nOnCalendar=hourly\nRandomizedDelaySec=10m\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n\n\
             then: systemctl --user enable --now dreaming.timer\n",
            systemd(&words)
        )),
    }
}

/// A command for a crontab. A per cent sign would end the line, so it is escaped, see crontab(5).
fn cron(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word).replace('%', "\\%")).collect();
    words.join(" ")
}

/// A command for a systemd unit, with quotes, backslashes, variables and specifiers escaped, see
/// systemd.service(5).
fn systemd(words: &[String]) -> String {
    let quoted = |word: &String| {
        let word = word.replace('%', "%%").replace('$', "$$");
        let is_plain = word.chars().all(|c| !c.is_whitespace() && !"'\"\\;".contains(c));
        if is_plain {
            word
        } else {
            format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
        }
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_one_word_in_a_crontab_and_in_a_unit() {
        let words = ["/bin/dreaming", "/home/ada/100% my \"shop\"/$x"].map(String::from);
        assert_eq!(cron(&words), "/bin/dreaming '/home/ada/100\\% my \"shop\"/$x'");
        assert_eq!(systemd(&words), "/bin/dreaming \"/home/ada/100%% my \\\"shop\\\"/$$x\"");
    }
}
