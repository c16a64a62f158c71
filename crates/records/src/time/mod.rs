//! Times as integers: read from text, never from a clock.

mod date;
mod rfc3339;

use date::Date;

use serde::Serialize;

use crate::canonical::{Done, Readable};
use crate::json::Reader;

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;

/// The earliest and the latest millisecond that can be written as a date of the years -9999 to 9999
/// with any UTC offset.
const FIRST: i64 = -377_705_023_201_000;
const LAST: i64 = 253_402_207_200_000;

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub struct Time(i64);

impl Readable for Time {
    fn blank() -> Self {
        Self::default()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
        self.0.read(reader)
    }
}

impl Time {
    /// An instant from milliseconds since 1970. Clamped to the years 0001 to 9999, the range that
    /// RFC 3339 can write.
    pub fn from_millis(ms: i64) -> Self {
        const BEGIN: i64 = -62_135_596_800_000;
        Self(ms.clamp(BEGIN, LAST))
    }

    /// Reads RFC 3339 text such as `2026-02-20T00:00:00Z`. Anything finer than a millisecond is
    /// cut off. `None` when the text is not such a time.
    pub fn parse(text: &str) -> Option<Self> {
        rfc3339::millis(text).map(Self::from_millis)
    }

    /// Reads a UTC date such as `2026-02-20`, which means its first millisecond, or a time that
    /// [`Time::parse`] reads.
    pub fn of_date_or_time(text: &str) -> Option<Self> {
        Self::parse(text).or_else(|| Self::parse(&format!("{text}T00:00:00Z")))
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The number of the UTC day, counted from 1970-01-01.
    pub fn day(self) -> i64 {
        self.0.div_euclid(DAY_MS)
    }

    /// The UTC day; `None` outside the range of [`FIRST`] to [`LAST`].
    fn date(self) -> Option<Date> {
        (FIRST..=LAST).contains(&self.0).then(|| Date::from_days(self.day()))?
    }

    /// Whole days from `earlier` to `self`; 0 when `earlier` is later.
    pub fn days_since(self, earlier: Self) -> u64 {
        u64::try_from((self.0 - earlier.0).div_euclid(DAY_MS)).unwrap_or(0)
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(date) = self.date() else {
            return write!(f, "{} ms", self.0);
        };
        let (second, millis) =
            (self.0.div_euclid(1000).rem_euclid(86_400), self.0.rem_euclid(1000));
        let (hour, minute) = (second / 3600, second / 60 % 60);
        write!(f, "{date}T{hour:02}:{minute:02}:{:02}", second % 60)?;
        match millis {
            0 => {}
            ms if ms % 100 == 0 => write!(f, ".{}", ms / 100)?,
            ms if ms % 10 == 0 => write!(f, ".{:02}", ms / 10)?,
            ms => write!(f, ".{ms:03}")?,
        }
        f.write_str("Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_text_is_read_and_written_back() {
        let time = Time::parse("2026-02-20T01:02:03.456+01:00").unwrap();
        assert_eq!(time.to_string(), "2026-02-20T00:02:03.456Z");
        assert_eq!(Time::parse("yesterday"), None);
        assert_eq!(Time::parse("2026-02-30T00:00:00Z"), None);
    }

    #[test]
    fn days_never_go_backwards() {
        let a = Time::parse("2026-02-20T00:00:00Z").unwrap();
        let b = Time::parse("2026-02-22T12:00:00Z").unwrap();
        assert_eq!((b.days_since(a), a.days_since(b)), (2, 0));
    }
}
