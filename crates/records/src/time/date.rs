//! Days of the Gregorian calendar, applied to all years.

use std::fmt;

/// A day of the calendar, in the years -9999 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Date {
    year: i32,
    month: i32,
    day: i32,
}

/// Days in 400 years, after which the calendar repeats.
const ERA_DAYS: i64 = 146_097;

/// Days from 0000-03-01, where eras begin, to 1970-01-01.
const EPOCH: i64 = 719_468;

impl Date {
    /// A day; `None` when the calendar does not have it.
    pub(super) fn new(year: i32, month: i32, day: i32) -> Option<Self> {
        let there = (-9999..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=month_days(year, month)).contains(&day);
        there.then_some(Self { year, month, day })
    }

    /// The day this many days after 1970-01-01. Years are counted from March, so that the leap day
    /// comes last.
    pub(super) fn from_days(days: i64) -> Option<Self> {
        let days = days.checked_add(EPOCH)?;
        let (era, day) = (days.div_euclid(ERA_DAYS), days.rem_euclid(ERA_DAYS));
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        let small = |number: i64| i32::try_from(number).ok();
        Self::new(small(era * 400 + year + later)?, small(month)?, small(day)?)
    }

    /// Days since 1970-01-01.
    pub(super) fn days(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let month = i64::from((self.month + 9) % 12);
        let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
        let day = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        era * ERA_DAYS + year * 365 + year / 4 - year / 100 + day - EPOCH
    }
}

impl fmt::Display for Date {
    /// As `2026-02-20`; years before 0000 have a sign and six digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day } = self;
        match year.checked_neg().filter(|year| *year > 0) {
            Some(before) => write!(f, "-{before:06}-{month:02}-{day:02}"),
            None => write!(f, "{year:04}-{month:02}-{day:02}"),
        }
    }
}

fn month_days(year: i32, month: i32) -> i32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i32::from(leap),
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil;

    use super::*;

    #[test]
    fn every_day_is_that_of_another_calendar() {
        let mut theirs = civil::Date::MIN;
        let first = Date::new(-9999, 1, 1).unwrap().days();
        let mut count = 0;
        for days in first.. {
            let ours = Date::from_days(days).unwrap();
            assert_eq!(ours.days(), days);
            let (year, month, day) = (ours.year, ours.month, ours.day);
            let told = (theirs.year().into(), theirs.month().into(), theirs.day().into());
            assert_eq!((year, month, day), told);
            if day > 27 || count % 1000 == 0 {
                assert_eq!(ours.to_string(), theirs.to_string());
            }
            count += 1;
            match theirs.tomorrow() {
                Ok(tomorrow) => theirs = tomorrow,
                Err(_) => break,
            }
        }
        assert!(count > 7_000_000);
        assert_eq!(Date::from_days(first - 1), None);
        assert_eq!(Date::from_days(first + count), None);
        assert_eq!(Date::new(2026, 2, 29), None);
    }
}
