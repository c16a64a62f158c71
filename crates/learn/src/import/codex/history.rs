//! Tells apart the sessions in one rollout. A forked session begins with a copy of its parent's
//! records, which got new times: first its own opening, then the parent's opening and turns, then
//! its own turns.

use dreaming_records::notes::Tokens;
use dreaming_records::time::Time;

use super::token_sums::Used;

/// A session with records in a rollout.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// Its id: a UUID of version 7, which begins with the time when it was made.
    pub(super) id: String,
    /// Whether it was forked from another session.
    pub(super) is_fork: bool,
    /// Whether a sub-agent ran it: then user messages come from the parent agent.
    pub(super) is_sub_agent: bool,
    /// The `ordinal` of its first own record, as written from about version 0.147 on.
    pub(super) begins_at: Option<u64>,
    /// The tokens it used.
    pub(super) used: Used,
}

/// The sessions of one rollout: its own, then the one it was forked from, and so on. Records are
/// read as those of the last one.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    all: Vec<Session>,
    /// When the current turn of a history began, from the turn's id: the records only have the time
    /// of the fork.
    turn: Option<Time>,
    /// The last sum of tokens that a record gave.
    pub(super) last_sum: Tokens,
}

/// Which session an opening record opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// The rollout's own session.
    Own,
    /// The parent of the current session, whose history follows.
    History,
    /// A session that is already known, or that does not belong here.
    Known,
}

impl Sessions {
    /// Reads an opening record.
    pub(super) fn open(&mut self, session: Session) -> Opening {
        if let Some(known) = self.all.iter_mut().find(|known| known.id == session.id) {
            // The fork named this id before; its history follows now.
            known.is_fork |= session.is_fork;
            known.is_sub_agent |= session.is_sub_agent;
            return Opening::Known;
        }
        let opening = match self.all.last() {
            None => Opening::Own,
            Some(last) if last.is_fork => Opening::History,
            Some(_) => return Opening::Known,
        };
        self.all.push(session);
        opening
    }

    /// Begins the history of the session `id`, which has no opening record.
    pub(super) fn begin_history(&mut self, id: &str) {
        self.all.push(Session { id: id.into(), ..Session::default() });
    }

    /// The session whose records are being read.
    pub(super) fn speaks(&mut self) -> Option<&mut Session> {
        self.all.last_mut()
    }

    /// When something was said: `written` for own records; in a history, when its turn began.
    pub(super) fn time(&self, written: Option<Time>) -> Option<Time> {
        if self.all.len() > 1 { self.turn } else { written }
    }

    /// Returns how many histories end with a record that begins the turn `turn` or has the number
    /// `ordinal`. A turn belongs to the youngest session that existed when it began.
    pub(super) fn ended(&mut self, turn: Option<&str>, ordinal: Option<u64>) -> usize {
        let began = |session: &Session| {
            turn.is_some_and(|turn| is_made_after(turn, &session.id))
                || session.begins_at.is_some_and(|first| ordinal.is_some_and(|now| now >= first))
        };
        let speaks = self.all.iter().position(began).map_or(self.all.len(), |at| at + 1);
        let ended = self.all.len() - speaks;
        self.all.truncate(speaks);
        if let Some(turn) = turn {
            self.turn = made_at(turn);
        }
        ended
    }
}

/// Whether an id was made after another one, or is the same: UUIDs of version 7 sort by time.
fn is_made_after(id: &str, other: &str) -> bool {
    made_at(id).is_some() && made_at(other).is_some() && id >= other
}

/// When a UUID of version 7 was made: its first 48 bits are milliseconds since 1970.
fn made_at(id: &str) -> Option<Time> {
    let (high, rest) = id.split_once('-')?;
    let (low, rest) = rest.split_once('-')?;
    let is_timed = id.len() == 36 && high.len() == 8 && low.len() == 4 && rest.starts_with('7');
    let millis = i64::from_str_radix(&format!("{high}{low}"), 16).ok()?;
    is_timed.then(|| Time::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(id: &str, is_fork: bool) -> Session {
        Session { id: id.into(), is_fork, ..Session::default() }
    }

    #[test]
    fn a_turn_belongs_to_the_youngest_session_that_was_there() {
        let at = |time: &str| format!("019d7e3e-{time}-7a02-86dc-fa6bbec0caab");
        let mut sessions = Sessions::default();
        assert_eq!(sessions.open(session(&at("3000"), true)), Opening::Own);
        assert_eq!(sessions.open(session(&at("2000"), true)), Opening::History);
        assert_eq!(sessions.open(session(&at("2000"), true)), Opening::Known);
        assert_eq!(sessions.open(session(&at("1000"), false)), Opening::History);
        assert_eq!(sessions.open(session(&at("0000"), false)), Opening::Known);
        assert_eq!(sessions.ended(Some(&at("1500")), None), 0);
        let written = Time::parse("2026-04-12T00:00:00Z");
        let told = sessions.time(written).unwrap().to_string();
        assert!(told.starts_with("2026-04-11T20:3"), "{told}");
        assert_eq!(sessions.ended(Some("turn-1"), Some(7)), 0);
        assert_eq!(sessions.time(written), None);
        assert_eq!(sessions.ended(Some(&at("2500")), None), 1);
        assert_eq!(sessions.speaks().unwrap().id, at("2000"));
        assert_eq!(sessions.ended(Some(&at("3000")), None), 1);
        assert_eq!(sessions.ended(Some(&at("4000")), None), 0);
    }

    #[test]
    fn a_number_ends_all_histories_before_it() {
        let mut sessions = Sessions::default();
        let begins_at = Some(10);
        sessions.open(Session { begins_at, ..session("c", true) });
        sessions.open(session("b", true));
        sessions.open(session("a", false));
        assert_eq!(sessions.ended(None, Some(9)), 0);
        assert_eq!(sessions.ended(None, Some(10)), 2);
    }
}
