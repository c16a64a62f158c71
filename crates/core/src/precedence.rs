//! Which of two statements holds. Entries, candidates and statements of a host are ordered in the
//! same way: a statement replaces another only if it was said later; trust and support order what
//! was said at the same time, and replace nothing.

use std::cmp::Reverse;

use dreaming_records::candidate::Candidate;
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;

use crate::identity::Located;

/// How new and how well founded a statement is. The greater rank holds: later first, then more
/// trusted, then better supported; a statement without a time ranks lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// When the source last said the statement; `None` when nothing tells.
    pub said: Option<Time>,
    /// How far it is trusted.
    pub trust: Trust,
    /// Distinct sessions that support it.
    pub sessions: u64,
}

/// The order in which candidates are taken. Corrections come first: a value that a correction
/// replaces is no duplicate any more. First those that change a value in its line, and what a model wrote for a line from
/// all findings, which shows what changes in it; then single findings in the place of a line; then what a model wrote that
/// `overlooks` what is newer of its line. Of each the newest comes first, and what is only from outside last.
pub(crate) fn turn(candidate: &Candidate, overlooks: bool) -> impl Ord + use<> {
    let is_written = candidate.worth == Some(true);
    let place = match (&candidate.replaces, &candidate.corrects) {
        // In the order in which they came.
        (None, None) => return (3, false, None, false),
        (Some(_), None) => 0,
        (_, Some(_)) if !is_written => 1,
        (_, Some(_)) => {
            if overlooks {
                2
            } else {
                0
            }
        }
    };
    let is_outside = candidate.trust == Trust::External;
    // What is from outside takes no turn of what is not.
    let place = if is_outside { place.max(1) } else { place };
    (place, is_outside, Some(Reverse((candidate.last, candidate.trust))), !is_written)
}

/// Which of two statements was said later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precedence {
    /// This one was said later.
    Later,
    /// This one was said earlier.
    Earlier,
    /// Both were said at the same time.
    SameTime,
    /// Nothing says when this one was said.
    Undated,
    /// Nothing says when the other one was said.
    OtherUndated,
}

impl Rank {
    /// The rank of an entry. An entry that was not seen again after it was first said counts as
    /// last said then.
    pub(crate) fn of(entry: &Located) -> Self {
        let record = &entry.record;
        Self {
            said: record.last_seen.or(record.valid_from),
            trust: record.trust,
            sessions: record.support.sessions,
        }
    }

    /// How this statement stands to `other` in time.
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
    use dreaming_fixtures::candidate;
    use dreaming_records::candidate::Replacement;
    use dreaming_records::ids::EntryId;
    use dreaming_records::kind::Kind;

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
    fn of_what_may_take_one_place_the_newest_comes_first_whether_it_names_values_or_not() {
        let found = |text: &str, day: i64, worth| Candidate {
            corrects: Some(EntryId::new("e")),
            last: Some(Time::from_millis(day)),
            worth,
            ..candidate(Kind::Fact, text)
        };
        let replaces = Replacement { wrong: "1".into(), right: "2".into(), shown: false };
        let valued = Candidate { replaces: Some(replaces), ..found("valued", 1, None) };
        let in_place = Candidate { corrects: None, ..valued.clone() };
        let in_place = Candidate { text: "in-place".into(), ..in_place };
        let [newer, written] = [found("newer", 2, None), found("written", 2, Some(true))];
        let outside = Candidate { trust: Trust::External, ..found("outside", 3, None) };
        let other = Candidate { corrects: None, ..found("other", 9, None) };
        let order = |overlooks: bool| {
            let mut all = [&other, &outside, &valued, &newer, &in_place, &written];
            dreaming_text::sort::by_cached_key(&mut all, |c| {
                turn(c, overlooks && c.worth.is_some())
            });
            all.map(|c| c.text.clone()).join(" ")
        };
        assert_eq!(order(false), "written in-place newer valued outside other");
        assert_eq!(order(true), "in-place newer valued outside written other");
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
