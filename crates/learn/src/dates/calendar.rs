//! What a phrase means, as days of the calendar.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Timestamp, ToSpan as _};

use dreaming_records::time::Time;

/// Days from `from` to `to`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

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
    /// So many days from today.
    Day(i32),
    /// The unit before (−1), of today (0) or after (1).
    Unit(Unit, i32),
    /// So many units before the day of today.
    Ago(Unit, i32),
    /// So many units up to today.
    Past(Unit, i32),
    /// An open number of units ago, between the two.
    Between(Unit, i32, i32),
    /// A day of this week, 1 = Monday.
    Weekday(i8),
    /// A quarter of this year, 1 to 4.
    Quarter(i8),
    /// An hour of the day, 0 to 23: the last one that has passed.
    Clock(i8),
    /// A date of the calendar. Without a year the last one that has passed; without a day the whole
    /// month.
    Date { year: Option<i16>, month: i8, day: Option<i8> },
}

/// The day and the hour of an instant.
pub(super) fn moment(time: Time) -> Option<DateTime> {
    let stamp = Timestamp::from_millisecond(time.millis()).ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(stamp))
}

impl Meaning {
    /// The days that are meant; `None` when no day of the years 1 to 9999 is.
    pub(super) fn span(self, said: DateTime) -> Option<Span> {
        self.days(said).filter(|span| in_range(span.from.year()))
    }

    fn days(self, said: DateTime) -> Option<Span> {
        let today = said.date();
        let one = |day: Date| Some(Span { from: day, to: day });
        match self {
            Self::Day(days) => one(today.checked_add(days.days()).ok()?),
            Self::Ago(unit, n) => one(back(today, unit, n)?),
            Self::Past(unit, n) => Some(Span { from: back(today, unit, n)?, to: today }),
            Self::Between(unit, far, near) => {
                // A month counts thirty days here: the phrase is not more exact than that.
                let days = |n: i32| match unit {
                    Unit::Day | Unit::Weekend => Some(n),
                    Unit::Week => n.checked_mul(7),
                    Unit::Month => n.checked_mul(30),
                    Unit::Year => None,
                };
                Some(Span {
                    from: back(today, Unit::Day, days(far)?)?,
                    to: back(today, Unit::Day, days(near)?)?,
                })
            }
            Self::Unit(unit, n) => unit_of(today, unit, n),
            Self::Weekday(day) => {
                let monday = unit_of(today, Unit::Week, 0)?.from;
                one(monday.checked_add(i32::from(day - 1).days()).ok()?)
            }
            Self::Clock(hour) if said.hour() >= hour => one(today),
            Self::Clock(_) => one(back(today, Unit::Day, 1)?),
            Self::Quarter(quarter) => months(today.year(), quarter * 3 - 2, 3),
            Self::Date { year: Some(year), month, day } => date(year, month, day),
            Self::Date { year: None, month, day } => {
                let this = date(today.year(), month, day);
                let passed = this.filter(|span| span.from <= today);
                passed.or_else(|| date(today.year() - 1, month, day))
            }
        }
    }

    /// The unit that is certain, for a phrase that depends on when it was said; `None` for dates
    /// of their own and for phrases that leave room.
    pub(super) fn certain(self) -> Option<Unit> {
        match self {
            Self::Day(_) => Some(Unit::Day),
            Self::Unit(unit, _) | Self::Ago(unit, _) => Some(unit),
            _ => None,
        }
    }
}

/// The day so many units before.
fn back(today: Date, unit: Unit, n: i32) -> Option<Date> {
    let span = match unit {
        Unit::Day | Unit::Weekend => n.days(),
        Unit::Week => n.weeks(),
        Unit::Month => n.months(),
        Unit::Year => n.years(),
    };
    today.checked_sub(span).ok()
}

/// The whole unit that lies `n` units from the one of today.
fn unit_of(today: Date, unit: Unit, n: i32) -> Option<Span> {
    match unit {
        Unit::Day => {
            let day = today.checked_add(n.days()).ok()?;
            Some(Span { from: day, to: day })
        }
        Unit::Week | Unit::Weekend => {
            let since_monday = i32::from(today.weekday().since(Weekday::Monday));
            let monday = today.checked_sub(since_monday.days()).ok()?;
            let monday = monday.checked_add(n.weeks()).ok()?;
            let first = if unit == Unit::Weekend { 5 } else { 0 };
            Some(Span {
                from: monday.checked_add(first.days()).ok()?,
                to: monday.checked_add(6.days()).ok()?,
            })
        }
        Unit::Month => {
            let first = today.first_of_month().checked_add(n.months()).ok()?;
            months(first.year(), first.month(), 1)
        }
        Unit::Year => months(today.first_of_year().checked_add(n.years()).ok()?.year(), 1, 12),
    }
}

fn date(year: i16, month: i8, day: Option<i8>) -> Option<Span> {
    match day {
        None => months(year, month, 1),
        Some(day) => {
            let day = in_range(year).then(|| Date::new(year, month, day).ok())??;
            Some(Span { from: day, to: day })
        }
    }
}

/// So many months from the first day of one.
fn months(year: i16, month: i8, count: i32) -> Option<Span> {
    let from = in_range(year).then(|| Date::new(year, month, 1).ok())??;
    let to = from.checked_add((count - 1).months()).ok()?.last_of_month();
    Some(Span { from, to })
}

/// Years that RFC 3339 can write.
fn in_range(year: i16) -> bool {
    (1..=9999).contains(&year)
}
