//! Whose words stand in a rollout. A session that was forked from another begins with the history of that one,
//! whose records got new times: its opening, its turns, then those of the session itself.

use dreaming_records::notes::Tokens;
use dreaming_records::time::Time;

use super::tokens::Used;

/// A session whose words stand in a rollout.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// Its id; a UUID of version 7, which begins with the time at which it was made.
    pub(super) id: String,
    /// It was forked from another.
    pub(super) is_fork: bool,
    /// An agent above writes what stands in the role of the user.
    pub(super) is_sub_agent: bool,
    /// The `ordinal` of its first own record, where versions from about 0.147 on say it.
    pub(super) begins_at: Option<u64>,
    /// Its tokens.
    pub(super) used: Used,
}

/// The sessions of one rollout: its own, then the one it was forked from, and so on. The last one speaks.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    all: Vec<Session>,
    /// When the turn of a history began, by its id: the records of a history have the time of the fork.
    turn: Option<Time>,
    /// The sum of tokens that was written last.
    pub(super) last_sum: Tokens,
}

/// What an opening is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// Of the rollout's own session.
    Own,
    /// Of the session from which the one that spoke was forked: its history follows.
    History,
    /// Of a session that is known, or of one that has no place here.
    Known,
}

impl Sessions {
    /// A session opens.
    pub(super) fn open(&mut self, session: Session) -> Opening {
        if let Some(known) = self.all.iter_mut().find(|known| known.id == session.id) {
            // Of the one whose history follows, a fork has said the id before.
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

    /// The history of the session `id` follows, without its opening.
    pub(super) fn begin_history(&mut self, id: &str) {
        self.all.push(Session { id: id.into(), ..Session::default() });
    }

    /// The session that speaks.
    pub(super) fn speaks(&mut self) -> Option<&mut Session> {
        self.all.last_mut()
    }

    /// When what a record says was said: `written`, or in a history when its turn began.
    pub(super) fn time(&self, written: Option<Time>) -> Option<Time> {
        if self.all.len() > 1 { self.turn } else { written }
    }

    /// How many histories end with a record that begins the turn `turn` or has the number `ordinal`. A
    /// turn belongs to the youngest session that is not younger than the turn.
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

/// Whether an id was made after another, or is the same: UUIDs of version 7 sort by their time.
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
