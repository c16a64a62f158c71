//! An agent of launchd, for the user's session on macOS.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::job::Job;
use super::tools::{self, Call};
use crate::error::{Error, Result};
use crate::homes;

/// Checks that this system has launchd.
///
/// # Errors
/// [`Error::Usage`] on others than macOS.
pub fn check() -> Result<()> {
    match cfg!(target_os = "macos") {
        true => Ok(()),
        false => Err(Error::Usage(
            "launchd is a part of macOS, and this system is another one: `dreaming schedule install systemd` or \
             `dreaming schedule install cron` does the same here"
                .into(),
        )),
    }
}

/// Where the agent of this name is described. Source: launchd.plist(5).
///
/// # Errors
/// [`Error::Usage`] without a home folder.
pub fn place(name: &str) -> Result<PathBuf> {
    Ok(home()?.join("Library").join("LaunchAgents").join(format!("{name}.plist")))
}

fn home() -> Result<PathBuf> {
    homes::home().ok_or_else(|| Error::Usage("no home folder: set HOME".into()))
}

/// The description of the agent. Its minute is that of the line for cron.
///
/// # Errors
/// As [`place`].
pub fn plist(job: &Job) -> Result<String> {
    let log = home()?.join(".dreaming.log");
    Ok(plist_to(job, &log.to_string_lossy()))
}

fn plist_to(job: &Job, log: &str) -> String {
    let mut words = String::new();
    for word in job.words() {
        let _ = writeln!(words, "    <string>{}</string>", xml(&word));
    }
    let mut environment = String::new();
    if !job.environment.is_empty() {
        environment.push_str("  <key>EnvironmentVariables</key>\n  <dict>\n");
        for (name, value) in &job.environment {
            let value = xml(value);
            let _ = writeln!(environment, "    <key>{name}</key>\n    <string>{value}</string>");
        }
        environment.push_str("  </dict>\n");
    }
    let (name, log) = (&job.name, xml(log));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  <string>{name}</string>\n  <key>ProgramArguments</key>\n  \
         <array>\n{words}  </array>\n{environment}  <key>StartCalendarInterval</key>\n  <dict>\n    <key>Minute</key>\n    \
         <integer>17</integer>\n  </dict>\n  <key>ProcessType</key>\n  <string>Background</string>\n  \
         <key>StandardOutPath</key>\n  <string>{log}</string>\n  <key>StandardErrorPath</key>\n  <string>{log}</string>\n\
         </dict>\n</plist>\n"
    )
}

/// Text between tags.
fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The domain of the user's session, see launchctl(1).
fn domain() -> String {
    #[cfg(unix)]
    let user = rustix::process::getuid().as_raw();
    #[cfg(not(unix))]
    let user = 0;
    format!("gui/{user}")
}

/// What is called once the description is written.
pub fn starts(place: &Path) -> Vec<Call> {
    vec![Call::new(&["launchctl", "bootstrap", &domain(), &place.to_string_lossy()])]
}

/// What is called before it is deleted.
pub fn ends(name: &str) -> Vec<Call> {
    vec![Call::new(&["launchctl", "bootout", &format!("{}/{name}", domain())])]
}

/// What launchd knows of the agent: whether it is loaded, and how its last run ended.
pub fn told(name: &str) -> BTreeMap<&'static str, String> {
    let call = Call::new(&["launchctl", "print", &format!("{}/{name}", domain())]);
    let Ok(said) = tools::run(&call.words, None) else { return BTreeMap::new() };
    let loaded = if said.is_done { "loaded" } else { "not loaded" };
    let value = |name: &str| {
        let line = said.stdout.lines().map(str::trim).find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.trim_start().strip_prefix("= ")).map(str::to_owned)
    };
    let mut told = BTreeMap::from([("active", loaded.to_owned())]);
    told.extend(value("last exit code").map(|code| ("result", format!("exit code {code}"))));
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_names_each_word_once_and_escapes_it() {
        let memory = "/Users/ada/R&D <x>/notes";
        let mut job = Job::new(Path::new(memory), vec!["--memory".into(), memory.into()]);
        job.program = "/opt/dreaming".into();
        job.environment = vec![("CODEX_HOME".into(), "/c & d".into())];
        let plist = plist_to(&job, "/Users/ada/.dreaming.log");
        let words = "  <array>\n    <string>/opt/dreaming</string>\n    <string>run</string>\n    <string>--if-due</string>\n    \
                     <string>--memory</string>\n    <string>/Users/ada/R&amp;D &lt;x&gt;/notes</string>\n  </array>\n";
        assert!(plist.contains(words), "{plist}");
        assert!(
            plist.contains("<key>CODEX_HOME</key>\n    <string>/c &amp; d</string>"),
            "{plist}"
        );
        let label = format!("<key>Label</key>\n  <string>{}</string>", job.name);
        assert!(plist.contains(&label) && plist.ends_with("</dict>\n</plist>\n"), "{plist}");
        assert!(ends(&job.name)[0].typed().starts_with("launchctl bootout gui/"));
    }

    #[cfg(not(target_os = "macos"))]
    #[test]
    fn other_systems_are_refused() {
        assert!(check().unwrap_err().to_string().contains("schedule install cron"));
    }
}
