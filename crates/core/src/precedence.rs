//! Which of two statements holds. One order for entries, candidates and statements of a host: only what was said
//! later replaces anything; trust and support order what was said at one time, and replace nothing.

use dreaming_records::time::Time;
use dreaming_records::trust::Trust;

use crate::identity::Located;

/// What says how new and how well founded a statement is. The greater holds: the later, then the more
/// trusted, then the better supported; what has no time is least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// When its source last said so; `None` = nothing tells.
    pub said: Option<Time>,
    /// How far it is trusted.
    pub trust: Trust,
    /// Distinct sessions that support it.
    pub sessions: u64,
}

/// How one statement stands to another, by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precedence {
    /// It was said later.
    Later,
    /// It was said earlier.
    Earlier,
    /// Both were said at one time.
    SameTime,
    /// Nothing says when it was said.
    Undated,
    /// Nothing says when the other one was said.
    OtherUndated,
}

impl Rank {
    /// Of an entry: what was never seen again is as new as its first time.
    pub(crate) fn of(entry: &Located) -> Self {
        let record = &entry.record;
        Self {
            said: record.last_seen.or(record.valid_from),
            trust: record.trust,
            sessions: record.support.sessions,
        }
    }

    /// How this one stands to `other`.
    pub(crate) fn to(&self, other: &Self) -> Precedence {
        match (self.said, other.said) {
            (Some(a), Some(b)) if a > b => Precedence::Later,
            (Some(a), Some(b)) if a < b => Precedence::Earlier,
            (Some(_), Some(_)) => Precedence::SameTime,
            (None, _) => Precedence::Undated,
            (Some(_), None) => Precedence::OtherUndated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(said: Option<i64>, trust: Trust, sessions: u64) -> Rank {
        Rank { said: said.map(Time::from_millis), trust, sessions }
    }

    #[test]
    fn the_later_holds_then_the_more_trusted_then_the_better_supported() {
        let order = [
            of(None, Trust::User, 9),
            of(Some(1), Trust::User, 9),
            of(Some(2), Trust::Tool, 9),
            of(Some(2), Trust::User, 1),
            of(Some(2), Trust::User, 2),
        ];
        assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "{order:?}");
    }

    #[test]
    fn time_alone_says_which_is_later() {
        let [early, late, undated] = [Some(1), Some(2), None].map(|said| of(said, Trust::User, 1));
        assert_eq!(late.to(&early), Precedence::Later);
        assert_eq!(early.to(&late), Precedence::Earlier);
        assert_eq!(early.to(&of(Some(1), Trust::Tool, 5)), Precedence::SameTime);
        assert_eq!(undated.to(&early), Precedence::Undated);
        assert_eq!(early.to(&undated), Precedence::OtherUndated);
        assert_eq!(undated.to(&undated), Precedence::Undated);
    }
}
