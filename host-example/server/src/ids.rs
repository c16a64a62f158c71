//! Ids, times and days. An id begins with what it names and then grows with time, so that lists are in the order in which
//! things were made.

use std::fmt;
use std::sync::Mutex;

use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Letters of an id: digits and lower-case letters without those that look alike, in the order of their bytes.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Microseconds from which a time is ahead of the clock. Chosen by us: clocks of several servers differ by less.
pub const AHEAD: i64 = 60_000_000;

/// The time of the newest id of this process, or of the database when it was opened.
static LAST: Mutex<i64> = Mutex::new(0);

/// What ids name, by their beginning.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// A memory store.
    Store,
    /// A memory.
    Memory,
    /// A version of a memory.
    Version,
    /// A session.
    Session,
    /// An event of a session.
    Event,
    /// A dream.
    Dream,
    /// An agent that a client describes.
    Agent,
    /// An environment that a client describes.
    Environment,
    /// A request.
    Request,
    /// A key.
    Key,
    /// An address that is told what happened.
    Webhook,
    /// A message to such an address.
    Notice,
}

impl Of {
    fn prefix(self) -> &'static str {
        match self {
            Self::Store => "memstore",
            Self::Memory => "mem",
            Self::Version => "memver",
            Self::Session => "sesn",
            Self::Event => "sevt",
            Self::Dream => "drm",
            Self::Agent => "agent",
            Self::Environment => "env",
            Self::Request => "req",
            Self::Key => "apikey",
            Self::Webhook => "wh",
            Self::Notice => "whe",
        }
    }
}

/// The present time in microseconds since 1970, and later than every time that this process gave before and that the
/// database had when it was opened, so that no two things were made at once and an earlier clock puts nothing before
/// what is there. For when something was made; for when something is due there is [`clock`].
pub fn now() -> i64 {
    let mut last = LAST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *last = clock().max(last.saturating_add(1));
    *last
}

/// The time by the clock of this machine in microseconds since 1970, which may go back.
pub fn clock() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

/// Lets [`now`] go on behind the time at which something was made.
pub fn go_on_after(time: i64) {
    let mut last = LAST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *last = time.max(*last);
}

/// When that with an id was made, if [`new`] made the id.
pub fn time(id: &str) -> Option<i64> {
    let letters = id.split_once('_')?.1.bytes();
    let number =
        letters.len().eq(&26).then_some(letters)?.try_fold(0, |number: u128, letter| {
            let digit = LETTERS.iter().position(|of| *of == letter)?;
            Some(number << 5 | u128::try_from(digit).ok()?)
        })?;
    i64::try_from(number >> 64).ok()
}

/// A new id of something that was made at `time`, a result of [`now`].
///
/// # Errors
/// When the machine has no random numbers.
pub fn new(of: Of, time: i64) -> Result<String, getrandom::Error> {
    let random = u128::from(getrandom::u64()?);
    let number = (u128::from(time.unsigned_abs()) << 64) | random;
    let mut id = format!("{}_", of.prefix());
    for at in (0..26).rev() {
        let letter = usize::try_from((number >> (at * 5)) & 31).unwrap_or_default();
        id.push(char::from(LETTERS[letter]));
    }
    Ok(id)
}

/// A secret that nobody guesses, such as a key.
///
/// # Errors
/// When the machine has no random numbers.
pub fn secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A time as the API writes it.
pub fn written(time: i64) -> String {
    jiff::Timestamp::from_microsecond(time).map(|time| time.to_string()).unwrap_or_default()
}

/// A time as a client writes it; one without a zone is in UTC, because the SDKs send such times.
pub fn read(text: &str) -> Option<i64> {
    let zoned = text.parse::<jiff::Timestamp>().ok();
    let plain = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    zoned.or_else(|| Some(plain()?.timestamp())).map(jiff::Timestamp::as_microsecond)
}

/// A day in UTC. In the database and for people it is `2026-11-26`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

impl Day {
    /// The present day by the clock of this machine.
    #[must_use]
    pub fn today() -> Self {
        // Not by `now`, which may be ahead of the clock.
        Self(TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date())
    }

    /// The day after this one.
    #[must_use]
    pub fn next(self) -> Self {
        // There is no day after the last one that the calendar has.
        Self(self.0.tomorrow().unwrap_or(self.0))
    }

    /// When it begins, as the API writes it.
    #[must_use]
    pub fn begins(self) -> String {
        format!("{}T00:00:00Z", self.0)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_in_which_they_were_made() {
        let ids: Vec<String> = (0..1_000).map(|_| new(Of::Memory, now()).unwrap()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids[0].starts_with("mem_") && ids[0].len() == 30, "{}", ids[0]);
        assert_eq!(
            time(&new(Of::Version, 1_795_000_000_000_001).unwrap()),
            Some(1_795_000_000_000_001)
        );
        assert_eq!(
            (time("mem_1"), time("mem"), time("mem_uuuuuuuuuuuuuuuuuuuuuuuuuu")),
            (None, None, None)
        );
    }

    #[test]
    fn a_day_is_followed_by_the_next_one() {
        let day = Day("2026-12-31".parse().unwrap());
        assert_eq!(
            (day.to_string().as_str(), &*day.next().begins()),
            ("2026-12-31", "2027-01-01T00:00:00Z")
        );
        assert!(Day::today() < Day::today().next());
    }

    #[test]
    fn times_are_read_with_a_zone_and_without_one() {
        for text in ["2026-03-01T10:00:00Z", "2026-03-01T11:00:00+01:00", "2026-03-01T10:00:00"] {
            assert_eq!(read(text).map(written).as_deref(), Some("2026-03-01T10:00:00Z"), "{text}");
        }
        assert_eq!(read("yesterday"), None);
    }
}
