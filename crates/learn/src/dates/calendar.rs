//! What a phrase means, as days of the calendar.

use dreaming_records::time::{Date, Time};

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

impl Meaning {
    /// The days that are meant; `None` when no day of the years 1 to 9999 is.
    pub(super) fn span(self, said: Time) -> Option<Span> {
        self.days(said).filter(|span| in_range(span.from.year()))
    }

    fn days(self, said: Time) -> Option<Span> {
        let today = said.date()?;
        let one = |day: Date| Some(Span { from: day, to: day });
        match self {
            Self::Day(days) => one(today.add_days(i64::from(days))?),
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
                one(monday.add_days(i64::from(day - 1))?)
            }
            Self::Clock(hour) if said.hour() >= i64::from(hour) => one(today),
            Self::Clock(_) => one(back(today, Unit::Day, 1)?),
            Self::Quarter(quarter) => months(today.year(), i32::from(quarter) * 3 - 2, 3),
            Self::Date { year: Some(year), month, day } => date(i32::from(year), month, day),
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
    let n = n.checked_neg()?;
    match unit {
        Unit::Day | Unit::Weekend => today.add_days(i64::from(n)),
        Unit::Week => today.add_days(i64::from(n) * 7),
        Unit::Month => today.add_months(n),
        Unit::Year => today.add_months(n.checked_mul(12)?),
    }
}

/// The whole unit that lies `n` units from the one of today.
fn unit_of(today: Date, unit: Unit, n: i32) -> Option<Span> {
    match unit {
        Unit::Day => {
            let day = today.add_days(i64::from(n))?;
            Some(Span { from: day, to: day })
        }
        Unit::Week | Unit::Weekend => {
            let monday = today.add_days(-today.since_monday())?;
            let monday = monday.add_days(i64::from(n) * 7)?;
            let first = if unit == Unit::Weekend { 5 } else { 0 };
            Some(Span { from: monday.add_days(first)?, to: monday.add_days(6)? })
        }
        Unit::Month => {
            let first = today.first_of_month().add_months(n)?;
            months(first.year(), first.month(), 1)
        }
        Unit::Year => months(today.year().checked_add(n)?, 1, 12),
    }
}

fn date(year: i32, month: i8, day: Option<i8>) -> Option<Span> {
    match day {
        None => months(year, i32::from(month), 1),
        Some(day) => {
            let day =
                in_range(year).then(|| Date::new(year, i32::from(month), i32::from(day)))??;
            Some(Span { from: day, to: day })
        }
    }
}

/// So many months from the first day of one.
fn months(year: i32, month: i32, count: i32) -> Option<Span> {
    let from = in_range(year).then(|| Date::new(year, month, 1))??;
    let to = from.add_months(count - 1)?.last_of_month();
    Some(Span { from, to })
}

/// Years that RFC 3339 can write.
fn in_range(year: i32) -> bool {
    (1..=9999).contains(&year)
}
