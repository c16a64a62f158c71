//! The score of a statement, in named parts. Integers only.

use dreaming_records::ledger::Support;
use dreaming_records::number::count;
use dreaming_records::outcome::{Credit, lower_bound};
use dreaming_records::policy::{self, Policy};
use dreaming_records::score::{PPM, Score};
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;
use dreaming_text as text;

/// Weights of the parts in percent, in the order of the fields of [`Score`]; they sum to 100.
/// Chosen by us: support says most about what will be needed again, then how fresh it is.
const WEIGHTS: [u64; 5] = [25, 30, 15, 20, 10];

/// 2^(-i/16) in parts per million, rounded, for i = 0 to 15: how recency falls within one
/// half-life.
const DECAY: [u64; 16] = [
    1_000_000, 957_603, 917_004, 878_126, 840_896, 805_245, 771_105, 738_413, 707_107, 677_128,
    648_420, 620_929, 594_604, 569_394, 545_254, 522_137,
];

/// The recency of a statement whose source gives no time: the same as after one half-life. Chosen
/// by us, so that such a statement counts neither as new nor as very old.
const UNDATED: u64 = PPM / 2;

/// What is known of a statement when it is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Basis<'a> {
    /// Its words.
    pub text: &'a str,
    /// How many distinct sessions, agents and days support it.
    pub support: Support,
    /// How far it is trusted.
    pub trust: Trust,
    /// What speaks for and against the sessions in which the statement was in use.
    pub credit: Credit,
    /// When its source last said so; `None` when nothing tells.
    pub last_seen: Option<Time>,
}

/// Scores statements by one set of instructions at one time. What all statements share is computed
/// once, so that each statement costs a few divisions. The words of a statement are read only when
/// there are instructions.
#[derive(Clone, Debug)]
pub(crate) struct Scorer {
    now: Time,
    half_life: u64,
    /// Content tokens of the instructions, sorted.
    wanted: Vec<String>,
}

impl Scorer {
    /// A scorer; `instructions` may be empty, then nothing is relevant.
    pub(crate) fn new(instructions: &str, now: Time, policy: &Policy) -> Self {
        let half_life = policy.number(&policy::HALF_LIFE);
        Self { now, half_life, wanted: text::tokens(instructions) }
    }

    /// Scores one statement.
    pub(crate) fn score(&self, basis: &Basis<'_>) -> Score {
        let mut score = Score {
            total: 0,
            recency: recency(basis.last_seen, self.now, self.half_life),
            support: breadth(basis.support),
            outcome: lower_bound(basis.credit),
            trust: trust_ppm(basis.trust),
            relevance: self.relevance(basis.text),
        };
        let parts = [score.recency, score.support, score.outcome, score.trust, score.relevance];
        let sum: u64 = parts.iter().zip(WEIGHTS).map(|(part, weight)| part * weight).sum();
        score.total = sum / 100;
        score
    }

    /// The share of the tokens of the instructions that occur in the statement.
    fn relevance(&self, statement: &str) -> u64 {
        if self.wanted.is_empty() {
            return 0;
        }
        let has = text::tokens(statement);
        let found = self.wanted.iter().filter(|token| has.binary_search(token).is_ok()).count();
        count(found) * PPM / count(self.wanted.len())
    }
}

fn recency(last_seen: Option<Time>, now: Time, half_life: u64) -> u64 {
    let Some(last_seen) = last_seen else { return UNDATED };
    let age = now.days_since(last_seen);
    let sixteenth = usize::try_from(age % half_life * 16 / half_life).unwrap_or(0);
    let within = DECAY.get(sixteenth).copied().unwrap_or(PPM);
    within.checked_shr(u32::try_from(age / half_life).unwrap_or(u32::MAX)).unwrap_or(0)
}

/// How widely a statement is supported, in parts per million: n ÷ (n + 2), so that one session
/// gives a third, two a half and eight four fifths. Sessions count twice as much as agents or days.
/// Chosen by us.
fn breadth(support: Support) -> u64 {
    // Above ten million sessions another one adds less than a millionth, so counts are capped
    // there.
    let saturate = |n: u64| n.min(10 * PPM) * PPM / (n.min(10 * PPM) + 2);
    (2 * saturate(support.sessions) + saturate(support.agents) + saturate(support.days)) / 4
}

/// A trust in parts per million. Chosen by us: spread over the range in the order of [`Trust`].
fn trust_ppm(trust: Trust) -> u64 {
    match trust {
        Trust::External => 100_000,
        Trust::Tool => 300_000,
        Trust::Agent => 500_000,
        Trust::Verified => 800_000,
        Trust::User => PPM,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_records::time::DAY_MS;

    fn days(n: i64) -> Time {
        Time::from_millis(n * DAY_MS)
    }

    #[test]
    fn recency_halves_with_each_half_life_and_never_rises_with_age() {
        let at = |age: i64| recency(Some(days(1000 - age)), days(1000), 30);
        assert_eq!((at(0), at(30), at(60)), (PPM, PPM / 2, PPM / 4));
        assert!((1..200).all(|age| at(age) <= at(age - 1)));
        assert_eq!(at(999), 0);
    }

    #[test]
    fn a_time_after_now_counts_as_now() {
        assert_eq!(recency(Some(days(5)), days(1), 30), PPM);
    }

    fn basis(text: &str, support: Support, good: u64) -> Basis<'_> {
        let credit = Credit { good, bad: 0 };
        Basis { text, support, trust: Trust::User, credit, last_seen: Some(days(9)) }
    }

    #[test]
    fn the_total_is_the_weighted_sum_and_stays_within_a_whole() {
        let much = Support { sessions: u64::MAX, agents: u64::MAX, days: u64::MAX };
        let scorer = Scorer::new("x", days(9), &Policy::default());
        let score = scorer.score(&basis("x", much, u64::MAX));
        assert_eq!(WEIGHTS.iter().sum::<u64>(), 100);
        assert!(score.total <= PPM && score.total > 990_000, "{score:?}");
        let parts = [score.recency, score.support, score.outcome, score.trust, score.relevance];
        let sum: u64 = parts.iter().zip(WEIGHTS).map(|(part, weight)| part * weight).sum();
        assert_eq!((score.relevance, score.total), (PPM, sum / 100));
    }

    #[test]
    fn a_batch_has_the_scores_of_its_statements_in_their_order() {
        let scorer = Scorer::new("deploy the shop", days(20), &Policy::default());
        let all = ["deploy on Tuesday", "the shop", "else"]
            .map(|text| basis(text, Support { sessions: 2, agents: 1, days: 1 }, 100));
        let scores = all.map(|one| scorer.score(&one));
        assert_eq!(scores.map(|score| score.relevance), [PPM / 2, PPM / 2, 0]);
    }

    #[test]
    fn wider_support_scores_higher() {
        let one = breadth(Support { sessions: 1, agents: 1, days: 1 });
        let two = breadth(Support { sessions: 2, agents: 1, days: 2 });
        assert!(two > one && one > 0);
    }
}
