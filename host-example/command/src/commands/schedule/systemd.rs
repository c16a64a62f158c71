//! A service and a timer of systemd, for the user's own manager.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::job::Job;
use super::tools::{self, Call};
use crate::error::Result;
use crate::homes;

/// The folder of the user's units. Source: systemd.unit(5), "User Unit Search Path".
///
/// # Errors
/// [`crate::error::Error::Usage`] without a home folder.
pub fn folder() -> Result<PathBuf> {
    Ok(homes::base("XDG_CONFIG_HOME", ".config")?.join("systemd").join("user"))
}

/// The folders that systemd may make for a timer: of the link that enables it, and of the time at which it ran last
/// (`Persistent=`, systemd.timer(5)).
///
/// # Errors
/// As [`folder`].
pub fn folders_of_systemd() -> Result<Vec<PathBuf>> {
    let stamps = homes::base("XDG_DATA_HOME", ".local/share")?.join("systemd").join("timers");
    Ok(vec![folder()?.join("timers.target.wants"), stamps])
}

/// The names of the two units.
pub fn names(name: &str) -> [String; 2] {
    [format!("{name}.service"), format!("{name}.timer")]
}

/// The service.
pub fn service(job: &Job) -> String {
    let mut environment = String::new();
    for (name, value) in &job.environment {
        let _ = writeln!(environment, "Environment={}", word(&format!("{name}={value}"), false));
    }
    let words: Vec<String> = job.words().iter().map(|text| word(text, true)).collect();
    format!(
        "[Unit]\nDescription=Dream over the memories in {}\n\n[Service]\nType=oneshot\n{environment}ExecStart={}\n\
         # A plan that waits since this call looked is no failure.\nSuccessExitStatus=3\n",
        job.store().replace('%', "%%"),
        words.join(" ")
    )
}

/// The timer.
pub fn timer(job: &Job) -> String {
    format!(
        "[Unit]\nDescription=Look every hour whether a dream over {} is due\n\n[Timer]\nOnCalendar=hourly\n\
         RandomizedDelaySec=10m\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n",
        job.store().replace('%', "%%")
    )
}

/// A word of a unit, with quotes, backslashes, specifiers and, in commands, variables escaped, see
/// systemd.service(5) and systemd.syntax(7).
fn word(text: &str, is_command: bool) -> String {
    let text = text.replace('%', "%%");
    let text = if is_command { text.replace('$', "$$") } else { text };
    let is_plain = text.chars().all(|c| !c.is_whitespace() && !"'\"\\;".contains(c));
    if is_plain && !text.is_empty() {
        text
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

fn systemctl(words: &[&str]) -> Call {
    Call::new(&[&["systemctl", "--user"], words].concat())
}

/// What is called once the units are written.
pub fn starts(name: &str) -> Vec<Call> {
    let [_, timer] = names(name);
    vec![systemctl(&["daemon-reload"]), systemctl(&["enable", "--now", &timer])]
}

/// What is called before the units are deleted, and after.
pub fn ends(name: &str) -> (Vec<Call>, Vec<Call>) {
    let [service, timer] = names(name);
    let before = vec![
        systemctl(&["disable", "--now", &timer]),
        // When it ran last, which systemd keeps for the next start.
        systemctl(&["clean", "--what=state", &timer]).optional(),
        systemctl(&["reset-failed", &service]).optional(),
    ];
    (before, vec![systemctl(&["daemon-reload"]).optional()])
}

/// What systemd knows of the timer and its service: `enabled`, `active`, `last`, `next`, `result`. Empty where it
/// cannot be asked.
pub fn told(name: &str) -> BTreeMap<&'static str, String> {
    let [service, timer] = names(name);
    let shown = |unit: &str, properties: &str| {
        let properties = format!("--property={properties}");
        let said = tools::run(&systemctl(&["show", unit, &properties]).words, None).ok();
        let said = said.filter(|said| said.is_done).map(|said| said.stdout).unwrap_or_default();
        let lines = said.lines().filter_map(|line| line.split_once('='));
        lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<BTreeMap<_, _>>()
    };
    let of_timer =
        shown(&timer, "UnitFileState,ActiveState,LastTriggerUSec,NextElapseUSecRealtime");
    let of_service = shown(&service, "Result,ExecMainStatus,ExecMainExitTimestamp");
    let one = |of: &BTreeMap<String, String>, name: &str| {
        of.get(name).filter(|value| !value.is_empty() && *value != "n/a").cloned()
    };
    let ended = one(&of_service, "ExecMainExitTimestamp");
    let result = ended.as_ref().and_then(|_| one(&of_service, "Result"));
    let status = one(&of_service, "ExecMainStatus").unwrap_or_default();
    let result = result.map(|result| format!("{result}, exit code {status}"));
    [
        ("enabled", one(&of_timer, "UnitFileState")),
        ("active", one(&of_timer, "ActiveState")),
        ("last", ended.or_else(|| one(&of_timer, "LastTriggerUSec"))),
        ("result", result),
        ("next", one(&of_timer, "NextElapseUSecRealtime")),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_path_stays_one_word_in_a_unit() {
        let odd = "/home/ada/100% my \"shop\"/$x";
        assert_eq!(word(odd, true), "\"/home/ada/100%% my \\\"shop\\\"/$$x\"");
        assert_eq!(word("/bin/dreaming", true), "/bin/dreaming");
        assert_eq!(word("A=/x $y", false), "\"A=/x $y\"");
        let mut job = Job::new(Path::new("/m/50%"), vec!["--memory".into(), "/m/50%".into()]);
        job.environment = vec![("CODEX_HOME".into(), "/c d".into())];
        let service = service(&job);
        assert!(service.contains("\nEnvironment=\"CODEX_HOME=/c d\"\nExecStart=/"), "{service}");
        assert!(service.contains(" run --if-due --memory /m/50%%\n"), "{service}");
        assert!(service.contains("memories in /m/50%%\n") && timer(&job).contains("/m/50%% is"));
    }
}
