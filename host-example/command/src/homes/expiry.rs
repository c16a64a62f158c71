//! Sessions that their agent deletes soon. Claude Code deletes those in which nothing happened for 30 days, or as many as
//! `cleanupPeriodDays` of its settings says (<https://code.claude.com/docs/en/settings>). Of the other agents that are
//! read no such rule is known.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{all, base};
use crate::output::text;
use crate::sessions::Session;

/// Days for which Claude Code keeps a session when nobody says otherwise.
const KEPT: u64 = 30;

/// Days before the end from which on a person is told. Chosen by us: a dream a week comes in time.
const SOON: u64 = 7;

const DAY: Duration = Duration::from_secs(86_400);

/// Unread sessions that are deleted within a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// How many.
    pub sessions: u64,
    /// Days that Claude Code keeps a session.
    pub kept: u64,
    /// Days until the first one goes; 0 when it may go at the next start.
    pub first: u64,
}

impl Expiry {
    /// A sentence for people.
    pub fn said(&self) -> String {
        let first = match self.first {
            0 => "the first at its next start".to_owned(),
            days => format!("the first in {}", text::count(days, "day")),
        };
        format!(
            "Claude Code deletes {} within a week that no dream has read and the archive does not keep, {first} (it keeps {} days; `cleanupPeriodDays` in its \
             settings.json says for how long)",
            text::count(self.sessions, "session"),
            self.kept
        )
    }
}

/// Those of `unread` that Claude Code deletes within a week.
pub fn soon<'a>(unread: impl Iterator<Item = &'a Session>, now: SystemTime) -> Option<Expiry> {
    let home = base("CLAUDE_CONFIG_DIR", ".claude").ok()?;
    of(&home, unread, now)
}

fn of<'a>(
    home: &Path,
    unread: impl Iterator<Item = &'a Session>,
    now: SystemTime,
) -> Option<Expiry> {
    let projects = home.join("projects").canonicalize().ok()?;
    let kept = kept(home);
    let left = |session: &Session| {
        let main = session.parts.first()?.path.canonicalize().ok()?;
        if !main.starts_with(&projects) {
            return None;
        }
        let idle = now.duration_since(session.written()?).ok()?;
        let left = (DAY * u32::try_from(kept).ok()?).saturating_sub(idle);
        Some(left.as_secs() / DAY.as_secs()).filter(|days| *days < SOON)
    };
    let left: Vec<u64> = unread.filter_map(left).collect();
    let first = *left.iter().min()?;
    Some(Expiry { sessions: left.len() as u64, kept, first })
}

fn kept(home: &Path) -> u64 {
    let settings = fs::read_to_string(home.join("settings.json")).ok();
    settings
        .and_then(|text| all::settings_in(&text))
        .and_then(|settings| settings.get("cleanupPeriodDays")?.as_u64())
        .unwrap_or(KEPT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::find;
    use crate::sessions::tests::write;

    #[test]
    fn sessions_are_told_a_week_before_they_go() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "projects/-shop/a.jsonl", b"{}\n");
        write(dir.path(), "elsewhere/b.jsonl", b"{}\n");
        let root = dir.path().canonicalize().unwrap();
        let found = find(&[root.join("projects"), root.join("elsewhere")]).unwrap();
        let after = |days: u32| {
            let now = SystemTime::now() + DAY * days + DAY / 2;
            of(&root, found.sessions.iter(), now)
        };
        assert_eq!(after(10), None);
        assert_eq!(after(27), Some(Expiry { sessions: 1, kept: 30, first: 2 }));
        assert_eq!(after(40), Some(Expiry { sessions: 1, kept: 30, first: 0 }));
        write(dir.path(), "settings.json", b"{\"cleanupPeriodDays\": 90}");
        assert_eq!(after(40), None);
        assert_eq!(after(85).map(|expiry| expiry.first), Some(4));
    }
}
