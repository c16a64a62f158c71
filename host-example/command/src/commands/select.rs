//! The flags that select sessions and steer a dream, as settings of the policy.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use serde_json::{Map, Value, json};

use crate::sessions::{Part, Session};
use crate::transcript;

/// The error when no sessions are named.
pub const WHICH_SESSIONS: &str = "which sessions? give --sessions PATH..., or the option of an agent such as \
                                  --claude-code or --codex (`dreaming init` finds what there is)";

/// Which sessions count.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which sessions count")]
pub struct Select {
    /// Only sessions that ended on this day or later, such as `2026-02-20` or
    /// `2026-02-20T12:00:00Z`.
    #[arg(long, value_name = "DATE", value_parser = since)]
    pub since: Option<String>,
    /// Only sessions of this agent. May be given more than once, like the next three.
    #[arg(long = "agent", value_name = "NAME")]
    pub agents: Vec<String>,
    /// Only sessions of agents in this role.
    #[arg(long = "role", value_name = "NAME")]
    pub roles: Vec<String>,
    /// Only sessions of this category of task.
    #[arg(long = "task", value_name = "NAME")]
    pub tasks: Vec<String>,
    /// Only sessions that went so. A session of which nothing tells is `unknown`, never `bad`.
    #[arg(long = "outcome", value_name = "OUTCOME", value_parser = ["good", "bad", "unknown"])]
    pub outcomes: Vec<String>,
    /// The evidence of this session counts no more, and once the plan is applied in no later dream either; what nothing
    /// else supports is proposed for retirement. The beginning of its id will do. May be given more than once.
    #[arg(long = "withdraw", value_name = "SESSION")]
    pub withdraw: Vec<String>,
}

/// What a dream looks for.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "What the dream looks for")]
pub struct Steer {
    /// What has this word or phrase comes first. May be given more than once, like the next three.
    #[arg(long = "focus", value_name = "PHRASE")]
    pub focus: Vec<String>,
    /// What has this word or phrase is turned down.
    #[arg(long = "ignore", value_name = "PHRASE")]
    pub ignore: Vec<String>,
    /// Only statements of this kind: fact, preference, workflow, mistake, decision or practice.
    #[arg(long = "kind", value_name = "KIND")]
    pub kinds: Vec<String>,
    /// New entries only in this memory, or below this path when it ends in `/`. New lines of the
    /// index `MEMORY.md` too only when it is named.
    #[arg(long = "path", value_name = "PATH")]
    pub paths: Vec<String>,
}

impl Select {
    /// Sets the given flags in `policy`; they replace what a policy file says.
    pub fn put(&self, policy: &mut Map<String, Value>) {
        let since: Vec<String> = self.since.iter().cloned().collect();
        put(policy, "select.since", &since);
        put(policy, "select.agents", &self.agents);
        put(policy, "select.roles", &self.roles);
        put(policy, "select.tasks", &self.tasks);
        put(policy, "select.outcomes", &self.outcomes);
        put(policy, "evidence.withdrawn", &self.withdraw);
    }

    /// Leaves out sessions of which no file was changed since `--since`: they ended before. Returns
    /// how many. A file that cannot be looked at stays, and reading it reports the error.
    pub fn leave_older(&self, sessions: &mut Vec<Session>) -> u64 {
        let Some(since) = self.since.as_deref().and_then(instant) else { return 0 };
        let before = sessions.len();
        let recent = |part: &Part| transcript::written(&part.path).map_or(true, |at| at >= since);
        sessions.retain(|session| session.parts.iter().any(recent));
        (before - sessions.len()) as u64
    }
}

impl Steer {
    /// Sets the given flags in `policy`; they replace what a policy file says.
    pub fn put(&self, policy: &mut Map<String, Value>) {
        put(policy, "steer.focus", &self.focus);
        put(policy, "steer.ignore", &self.ignore);
        put(policy, "steer.kinds", &self.kinds);
        put(policy, "steer.paths", &self.paths);
    }
}

fn put(policy: &mut Map<String, Value>, name: &str, items: &[String]) {
    if !items.is_empty() {
        policy.insert(name.into(), json!(items));
    }
}

/// Checks a date or a time and returns it as it was given.
fn since(text: &str) -> Result<String, String> {
    let wrong = || "a date is written like 2026-02-20, a time like 2026-02-20T12:00:00Z".to_owned();
    instant(text).map(|_| text.to_owned()).ok_or_else(wrong)
}

fn instant(text: &str) -> Option<SystemTime> {
    let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let time = time(text).or_else(|| time(&format!("{text}T00:00:00Z")))?;
    let millis = u64::try_from(time.as_millisecond()).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_takes_the_place_of_the_file_and_no_flag_leaves_it() {
        let mut policy = Map::new();
        policy.insert("select.agents".into(), json!(["a"]));
        policy.insert("steer.focus".into(), json!(["x"]));
        let select = Select { agents: vec!["b".into()], ..Select::default() };
        select.put(&mut policy);
        Steer::default().put(&mut policy);
        assert_eq!(Value::Object(policy), json!({"select.agents": ["b"], "steer.focus": ["x"]}));
    }

    #[test]
    fn dates_are_dates() {
        assert!(since("2026-02-20").is_ok() && since("2026-02-20T12:00:00Z").is_ok());
        assert!(since("yesterday").is_err() && since("2026-02-30").is_err());
    }
}
