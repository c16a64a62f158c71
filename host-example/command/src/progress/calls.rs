//! Progress of a dream's calls: how many of all are done, the cost, and the time left.

use std::time::{Duration, Instant};

use dreaming_models::tally::Spent;
use dreaming_wasmtime::Answer;

/// Calls that must be done before the time left is shown. Chosen by us: fewer say too little.
const ENOUGH: u64 = 3;

/// The calls of a dream.
#[derive(Debug, Default)]
pub struct Calls {
    /// How many session parts there are; `read` counts those whose reading has begun.
    parts: u64,
    read: u64,
    /// Most calls about sessions.
    most: u64,
    /// Calls that the dream has wanted so far.
    known: u64,
    /// Whether all parts were read when calls were last counted; `grown` counts later calls, about
    /// pairs and for writing.
    is_whole: bool,
    grown: u64,
    /// Of `known`: finished calls.
    done: u64,
    /// Of `done`: calls without an answer.
    failed: u64,
    /// Calls that were made, not answered from the record.
    asked: u64,
    spent: Option<Spent>,
    /// Time during which calls ran, without the present stretch, which began at `since`.
    busy: Duration,
    since: Option<Instant>,
}

impl Calls {
    /// See [`super::Progress::expects`].
    pub fn expects(&mut self, parts: u64, most: u64) {
        (self.parts, self.most) = (parts, most);
    }

    /// See [`super::Progress::read`].
    pub fn read(&mut self, is_first: bool) {
        self.read += u64::from(is_first);
    }

    /// See [`dreaming_models::desk::Watch::asks`].
    pub fn asks(&mut self, calls: u64, spent: Spent, now: Instant) {
        self.known += calls;
        self.grown += if self.is_whole { calls } else { 0 };
        self.is_whole = self.read >= self.parts;
        self.spent = Some(spent);
        self.since = Some(now);
    }

    /// See [`dreaming_models::desk::Watch::answered`].
    pub fn answered(&mut self, answer: &Answer, asked: u64, spent: Spent) {
        self.done += 1;
        // A call that was not made, for example because of the budget, has not failed.
        let is_failed = |why: &str| !why.starts_with("not asked");
        self.failed += u64::from(matches!(answer, Answer::Failed(why) if is_failed(why)));
        self.asked = asked;
        self.spent = Some(spent);
    }

    /// See [`dreaming_models::desk::Watch::pauses`].
    pub fn pauses(&mut self, now: Instant) {
        self.busy += self.since.take().map_or(Duration::ZERO, |since| now - since);
    }

    /// The number of all calls, and whether it is a guess: while parts are left to read, each is
    /// taken to need as many calls as those before.
    fn all(&self) -> (u64, bool) {
        if self.read == 0 || self.read >= self.parts {
            return (self.known, false);
        }
        let guess = self.known.saturating_mul(self.parts).div_ceil(self.read).min(self.most);
        (guess.max(self.known), true)
    }

    /// The line, such as `4/57 calls · $0.08 · ~2 min`; `None` before the first call.
    pub fn line(&self, now: Instant) -> Option<String> {
        let (all, is_guess) = self.all();
        let about = if is_guess { "~" } else { "" };
        let mut line = format!("{}/{about}{all} calls", self.done);
        if self.grown > 0 {
            line.push_str(&format!(" ({} came up since)", self.grown));
        }
        match self.spent? {
            Spent::Dollars(dollars) => line.push_str(&format!(" · ${dollars:.2}")),
            Spent::Tokens(0) => {}
            Spent::Tokens(tokens) => line.push_str(&format!(" · {tokens} tokens")),
        }
        if self.failed > 0 {
            line.push_str(&format!(" · {} without an answer", self.failed));
        }
        let left = all - self.done.min(all);
        if self.asked >= ENOUGH && left > 0 {
            let busy = self.busy + self.since.map_or(Duration::ZERO, |since| now - since);
            let left = busy.as_secs().saturating_mul(left) / self.asked;
            line.push_str(&format!(" · {}", time(left)));
        }
        Some(line)
    }
}

/// A time in minutes or hours, rounded up.
fn time(seconds: u64) -> String {
    match seconds {
        0..=90 => "~1 min".into(),
        91..=5_400 => format!("~{} min", seconds.div_ceil(60)),
        _ => format!("~{} h", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_money_and_time_stand_in_one_line() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let said = || Answer::Text("{}".into());
        let mut calls = Calls::default();
        assert_eq!(calls.line(begin), None);
        // Two of four sessions are read, so the number of all calls is a guess.
        calls.expects(4, 200);
        calls.read(true);
        calls.read(false);
        calls.read(true);
        calls.asks(20, Spent::Dollars(0.0), begin);
        assert_eq!(calls.line(begin).unwrap(), "0/~40 calls · $0.00");
        for n in 1..=4 {
            calls.answered(&said(), n, Spent::Dollars(0.02 * n as f64));
        }
        assert_eq!(calls.line(at(20)).unwrap(), "4/~40 calls · $0.08 · ~3 min");
        for n in 5..=20 {
            calls.answered(&said(), n, Spent::Dollars(0.4));
        }
        calls.pauses(at(100));
        calls.read(true);
        calls.read(true);
        // The time of reading does not count as time of calls.
        calls.asks(7, Spent::Dollars(0.4), at(500));
        assert_eq!(calls.line(at(500)).unwrap(), "20/27 calls · $0.40 · ~1 min");
        calls.answered(&Answer::Failed("busy".into()), 21, Spent::Dollars(0.4));
        calls.answered(
            &Answer::Failed(
                "not asked: the next call would not fit in what is left, $0.0100 of $0.05".into(),
            ),
            21,
            Spent::Dollars(0.4),
        );
        let line = calls.line(at(500)).unwrap();
        assert_eq!(line, "22/27 calls · $0.40 · 1 without an answer · ~1 min");
        calls.asks(3, Spent::Dollars(0.4), at(500));
        let line = calls.line(at(500)).unwrap();
        assert!(line.starts_with("22/30 calls (3 came up since) · $0.40"), "{line}");
    }

    #[test]
    fn a_guess_keeps_to_the_most_calls_and_tokens_stand_where_no_price_is_known() {
        let begin = Instant::now();
        let mut calls = Calls::default();
        calls.expects(100, 200);
        calls.read(true);
        calls.asks(9, Spent::Tokens(0), begin);
        assert_eq!(calls.line(begin).unwrap(), "0/~200 calls");
        calls.answered(&Answer::Refused, 1, Spent::Tokens(1234));
        assert_eq!(calls.line(begin).unwrap(), "1/~200 calls · 1234 tokens");
        assert_eq!(
            (time(0), time(100), time(9000)),
            ("~1 min".into(), "~2 min".into(), "~3 h".into())
        );
    }
}
