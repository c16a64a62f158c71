//! What a phrase means, as days of the calendar.

use dreaming_records::time::{Date, Time};

/// A unit of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Day,
    Week,
    Weekend,
    Month,
    Year,
}

/// What a phrase means. A number that it holds is part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The unit so many before (−1) or after (1) the one of today (0).
    Unit(Unit, i32),
    /// The day so many units before today.
    Ago(Unit, i32),
    /// What leaves room, or depends on nothing: a few days ago, noon, 3 March 2025. No text is changed by it,
    /// nor by a part of it.
    Open,
}

impl Meaning {
    /// The unit, and its first and last day as far as they are written; `None` when no day of the years 1 to 9999
    /// is meant.
    pub(super) fn days(self, said: Time) -> Option<(Unit, Date, Date)> {
        let today = said.date()?;
        let (unit, (first, last)) = match self {
            Self::Unit(unit, n) => (unit, whole(today, unit, n)?),
            Self::Ago(unit, n) => {
                let day = back(today, unit, n)?;
                (unit, (day, day))
            }
            Self::Open => return None,
        };
        // Years that RFC 3339 can write.
        (1..=9999).contains(&first.year()).then_some((unit, first, last))
    }
}

/// The day so many units before.
fn back(today: Date, unit: Unit, n: i32) -> Option<Date> {
    let n = n.checked_neg()?;
    match unit {
        Unit::Day | Unit::Weekend => today.add_days(i64::from(n)),
        Unit::Week => today.add_days(i64::from(n) * 7),
        Unit::Month => today.add_months(n),
        Unit::Year => today.add_months(n.checked_mul(12)?),
    }
}

/// The unit that lies `n` units from the one of today: its first and last day; of a month and a year one in it,
/// which tells it.
fn whole(today: Date, unit: Unit, n: i32) -> Option<(Date, Date)> {
    match unit {
        Unit::Day | Unit::Month | Unit::Year => {
            let first = today.first_of_month();
            let day = match unit {
                Unit::Month => first.add_months(n)?,
                Unit::Year => first.add_months(n.checked_mul(12)?)?,
                _ => today.add_days(i64::from(n))?,
            };
            Some((day, day))
        }
        Unit::Week | Unit::Weekend => {
            let monday = today.add_days(i64::from(n) * 7 - today.since_monday())?;
            let first = if unit == Unit::Weekend { 5 } else { 0 };
            Some((monday.add_days(first)?, monday.add_days(6)?))
        }
    }
}
