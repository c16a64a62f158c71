//! Reading RFC 3339 with what ISO 8601, Temporal and RFC 9557 allow beside it: no separators, hours or
//! minutes alone, a comma before a fraction, years of six digits, seconds in an offset, annotations.

use super::date::Date;

/// Earliest and latest second since 1970 that is a time, wherever on earth a year between -9999 and
/// 9999 is counted.
pub(super) const SECONDS: std::ops::RangeInclusive<i64> = -377_705_023_201..=253_402_207_200;

/// Milliseconds since 1970 of a text; what is finer is cut off. `None` when it is no time or does not
/// say its offset.
pub(super) fn millis(text: &str) -> Option<i64> {
    let mut rest = Rest(text.as_bytes());
    let day = rest.date()?.days();
    if !(rest.eat(b' ') || rest.eat(b'T') || rest.eat(b't')) {
        return None;
    }
    let (second, nanos) = rest.time()?;
    let offset = match rest.eat(b'Z') || rest.eat(b'z') {
        true => 0,
        false => rest.offset(true)?,
    };
    rest.annotations()?;
    let second = day * 86_400 + second - offset;
    let ends = rest.0.is_empty() && SECONDS.contains(&second);
    // Towards 1970, as what is finer is cut off and not what is earlier.
    ends.then(|| (i128::from(second) * 1_000_000_000 + i128::from(nanos)) / 1_000_000)
        .and_then(|millis| i64::try_from(millis).ok())
}

/// What is not read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn first(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let rest = self.0.strip_prefix(&[byte]);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// So many digits, which say no more than `most`.
    fn number(&mut self, digits: usize, most: i64) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        let value = number.iter().try_fold(0, |value, digit| {
            digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0'))
        })?;
        (value <= most).then_some(value)
    }

    /// As many as there are of the bytes that `takes` takes; `None` when there is none.
    fn some(&mut self, takes: impl Fn(u8) -> bool) -> Option<()> {
        let end = self.0.iter().position(|byte| !takes(*byte)).unwrap_or(self.0.len());
        self.0 = self.0.get(end..)?;
        (end > 0).then_some(())
    }

    fn date(&mut self) -> Option<Date> {
        let year = match (self.eat(b'+'), self.eat(b'-')) {
            (false, false) => self.number(4, 9999)?,
            (true, true) => return None,
            (true, false) => self.number(6, 9999)?,
            (false, true) => Some(-self.number(6, 9999)?).filter(|year| *year != 0)?,
        };
        let extended = self.eat(b'-');
        let month = self.number(2, 12)?;
        if extended && !self.eat(b'-') {
            return None;
        }
        let day = self.number(2, 31)?;
        let small = |number: i64| i32::try_from(number).ok();
        Date::new(small(year)?, small(month)?, small(day)?)
    }

    /// Whether a part follows: after a colon when parts have one between them, else as two digits.
    fn more(&mut self, extended: bool) -> bool {
        let digits =
            |rest: &[u8]| matches!(rest, [a, b, ..] if a.is_ascii_digit() && b.is_ascii_digit());
        if extended { self.eat(b':') } else { digits(self.0) }
    }

    /// Seconds of the day and nanoseconds.
    fn time(&mut self) -> Option<(i64, i64)> {
        let mut seconds = self.number(2, 23)? * 3600;
        let extended = self.first() == Some(b':');
        if !self.more(extended) {
            return Some((seconds, 0));
        }
        seconds += self.number(2, 59)? * 60;
        if !self.more(extended) {
            return Some((seconds, 0));
        }
        // A leap second is the one before it.
        seconds += self.number(2, 60)?.min(59);
        Some((seconds, self.fraction()?))
    }

    /// Nanoseconds after a point or comma; 0 when there is none.
    fn fraction(&mut self) -> Option<i64> {
        if !self.eat(b'.') && !self.eat(b',') {
            return Some(0);
        }
        let digits = self.0.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
        let value = self.number(digits, i64::MAX).filter(|_| digits > 0)?;
        Some((digits..9).fold(value, |value, _| value * 10))
    }

    /// Seconds east of Greenwich.
    fn offset(&mut self, with_seconds: bool) -> Option<i64> {
        let sign = match (self.eat(b'+'), self.eat(b'-')) {
            (true, false) => 1,
            (false, true) => -1,
            _ => return None,
        };
        let mut seconds = self.number(2, 25)? * 3600;
        let extended = self.first() == Some(b':');
        if self.more(extended) {
            seconds += self.number(2, 59)? * 60;
            if with_seconds && self.more(extended) {
                seconds += self.number(2, 59)?;
                seconds += i64::from(self.fraction()? >= 500_000_000);
            }
        }
        (seconds < 26 * 3600).then_some(sign * seconds)
    }

    /// A zone and other annotations in brackets, which change nothing: `None` when they are not well
    /// formed, or one is critical.
    fn annotations(&mut self) -> Option<()> {
        let mut first = true;
        while self.eat(b'[') {
            let is_critical = self.eat(b'!');
            let is_zone = std::mem::replace(&mut first, false) && !self.is_key();
            if !is_zone {
                self.key()?;
                if is_critical || !self.eat(b'=') {
                    return None;
                }
                self.some(|byte| byte.is_ascii_alphanumeric())?;
                while self.eat(b'-') {
                    self.some(|byte| byte.is_ascii_alphanumeric())?;
                }
            } else if matches!(self.first(), Some(b'+' | b'-')) {
                self.offset(false)?;
            } else {
                self.name()?;
                while self.eat(b'/') {
                    self.name()?;
                }
            }
            if !self.eat(b']') {
                return None;
            }
        }
        Some(())
    }

    /// A part of the name of a zone.
    fn name(&mut self) -> Option<()> {
        self.first().filter(|byte| matches!(byte, b'_' | b'.') || byte.is_ascii_alphabetic())?;
        self.some(|byte| matches!(byte, b'_' | b'.' | b'+' | b'-') || byte.is_ascii_alphanumeric())
    }

    /// Whether what looks like a zone is the key of an annotation.
    fn is_key(&self) -> bool {
        let mut ahead = Rest(self.0);
        ahead.name().is_some() && ahead.eat(b'=')
    }

    fn key(&mut self) -> Option<()> {
        let small = |byte: u8| byte == b'_' || byte.is_ascii_lowercase();
        self.first().filter(|byte| small(*byte))?;
        self.some(|byte| small(byte) || byte == b'-' || byte.is_ascii_digit())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn theirs(text: &str) -> Option<i64> {
        text.parse::<jiff::Timestamp>().ok().map(|stamp| stamp.as_millisecond())
    }

    #[test]
    fn forms_are_read_as_by_another_reader() {
        let mut read = 0;
        for date in [
            "2026-02-20",
            "20260220",
            "+002026-02-20",
            "-000001-12-31",
            "-000000-01-01",
            "2026-0220",
            "202602-20",
            "2026-02-30",
            "1969-12-31",
            "9999-12-31",
            "0000-01-01",
            "-009999-01-01",
            "-009999-01-02",
            "9999-12-30",
            "2024-02-29",
            "2026-13-01",
            "2026-00-10",
        ] {
            for time in [
                "T00:00:00",
                "t01",
                " 01:02",
                "T0102",
                "T010203",
                "T01:0203",
                "T0102:03",
                "T23:59:60",
                "T23:59:59.9995",
                "T01:02:03,5",
                "T01:02:03.",
                "T24:00:00",
                "T22:00:00.000000001",
                "T22:00:01",
                "T01:02:03.1234567891",
                "T010203.25",
                "",
                "X",
                "T1:02",
                "T01:02:03.99",
                "T01:59:59",
            ] {
                for end in [
                    "Z",
                    "z",
                    "",
                    "+01:00",
                    "-0130",
                    "+25:59",
                    "-25:59:59",
                    "+26",
                    "+01:00:59.5",
                    "+25:59:59.5",
                    "-25:59:59.4",
                    "+01:0203",
                    "+1",
                    "Z[UTC]",
                    "Z[!Europe/Berlin]",
                    "Z[u-ca=iso]",
                    "+02:00[Europe/Berlin][u-ca=a1-b2]",
                    "Z[!u-ca=x]",
                    "Z[+01:00]",
                    "Z[-0130]",
                    "Z[+01:00:00]",
                    "Z[a/b=c]",
                    "Z[U]x",
                    "Z[u=A-]",
                    "Z[U=a]",
                    "Z[][u=a]",
                    "Z[x=1][UTC]",
                    "Z[UTC][UTC]",
                    " Z",
                    "Z ",
                    "+00",
                    "-00:00",
                ] {
                    let text = format!("{date}{time}{end}");
                    assert_eq!(millis(&text), theirs(&text), "{text}");
                    read += u32::from(millis(&text).is_some());
                }
            }
        }
        assert!(read > 1_500, "{read}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_by_another_reader(
            text in "[0-9]{4}-?[01][0-9]-?[0-3][0-9][Tt ][0-2][0-9](:?[0-6][0-9](:?[0-6][0-9]([.,][0-9]{0,10})?)?)?(Z|z|[+-][0-2][0-9](:?[0-6][0-9](:?[0-6][0-9]([.,][0-9]{0,10})?)?)?)?(\\[!?[a-z+A-Z0-9:/=_.-]{0,5}\\]){0,2}",
            wild in "[0-9TZtz:+.,\\[\\]!=/ -]{0,30}",
            bytes in proptest::collection::vec((0_usize..40, "[0-9TZtz:+., -]"), 0..3),
        ) {
            for text in [text.clone(), wild] {
                prop_assert_eq!(millis(&text), theirs(&text), "{}", text);
            }
            let mut changed: Vec<char> = text.chars().collect();
            for (at, by) in bytes {
                if let Some(place) = changed.get_mut(at) {
                    *place = by.chars().next().unwrap();
                }
            }
            let changed: String = changed.into_iter().collect();
            prop_assert_eq!(millis(&changed), theirs(&changed), "{}", changed);
        }

        #[test]
        fn times_are_written_as_by_another_writer(
            ms in prop_oneof![any::<i64>(), -70_000_000_000_000_i64..260_000_000_000_000, -5_000_i64..5_000,
                Just(-377_705_023_201_000), Just(-377_705_023_201_001), Just(253_402_207_200_000),
                Just(253_402_207_200_001), Just(253_402_207_200_999), Just(253_402_207_201_000)],
        ) {
            let wanted = match jiff::Timestamp::from_millisecond(ms) {
                Ok(stamp) => stamp.to_string(),
                Err(_) => format!("{ms} ms"),
            };
            prop_assert_eq!(super::super::Time(ms).to_string(), wanted);
        }
    }
}
