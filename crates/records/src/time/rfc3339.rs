//! Reading RFC 3339, the form in which transcripts and exports of other stores write times.

use super::date::Date;

/// Milliseconds since 1970; finer digits are cut off. `None` when the text is no time or has no
/// offset.
pub(super) fn millis(text: &str) -> Option<i64> {
    let mut rest = Rest(text.as_bytes());
    let year = rest.number(4, 9999)?;
    let month = rest.after(b"-", 12)?;
    let day = Date::new(year, month, rest.after(b"-", 31)?)?.days();
    let hour = rest.after(b"Tt ", 23)?;
    let minute = rest.after(b":", 59)?;
    // A leap second counts as the second before it.
    let second = rest.after(b":", 60)?.min(59);
    let millis = rest.millis()?;
    let offset = rest.offset()?;
    let minutes = day * 1440 + i64::from(hour * 60 + minute - offset);
    rest.0.is_empty().then_some((minutes * 60 + i64::from(second)) * 1000 + millis)
}

/// The bytes that are not read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// Takes the next byte when it is one of `signs`.
    fn eat(&mut self, signs: &[u8]) -> Option<u8> {
        let (byte, rest) = self.0.split_first().filter(|(byte, _)| signs.contains(byte))?;
        self.0 = rest;
        Some(*byte)
    }

    /// A number of this many digits, at most `most`.
    fn number(&mut self, digits: usize, most: i32) -> Option<i32> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        let value = number.iter().try_fold(0, |value, digit| {
            digit.is_ascii_digit().then(|| value * 10 + i32::from(digit - b'0'))
        })?;
        (value <= most).then_some(value)
    }

    /// A number of two digits after one of `signs`.
    fn after(&mut self, signs: &[u8], most: i32) -> Option<i32> {
        self.eat(signs)?;
        self.number(2, most)
    }

    /// Milliseconds after a point; 0 when there is none.
    fn millis(&mut self) -> Option<i64> {
        if self.eat(b".").is_none() {
            return Some(0);
        }
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (fraction, rest) = self.0.split_at_checked(digits).filter(|_| digits > 0)?;
        self.0 = rest;
        let digit = |at: usize| fraction.get(at).map_or(0, |digit| i64::from(digit - b'0'));
        Some(digit(0) * 100 + digit(1) * 10 + digit(2))
    }

    /// Minutes east of Greenwich; the colon may be missing.
    fn offset(&mut self) -> Option<i32> {
        let sign = match self.eat(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hours = self.number(2, 23)?;
        self.eat(b":");
        Some(sign * (hours * 60 + self.number(2, 59)?))
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
        for date in
            ["2026-02-20", "2026-02-30", "2024-02-29", "2026-13-01", "2026-00-10", "2026-2-20"]
        {
            for time in [
                "T00:00:00",
                "t01:02:03",
                " 01:02:03",
                "T23:59:60",
                "T23:59:59.9995",
                "T01:02:03.",
                "T24:00:00",
                "T22:00:00.001",
                "T01:02:03.123456789",
                "",
                "X",
                "T1:02:03",
                "T01:02:03.99",
                "T01:60:59",
            ] {
                for end in [
                    "Z", "z", "", "+01:00", "-0130", "+23:59", "+24:00x", "+1", "Zx", " Z", "Z ",
                    "-00:00",
                ] {
                    let text = format!("{date}{time}{end}");
                    assert_eq!(millis(&text), theirs(&text), "{text}");
                    read += u32::from(millis(&text).is_some());
                }
            }
        }
        assert!(read > 90, "{read}");
        assert_eq!(millis("1969-12-31T23:59:59.999Z"), Some(-1));
        assert_eq!(millis("0000-01-01T00:00:00Z"), theirs("0000-01-01T00:00:00Z"));
    }

    #[test]
    fn what_no_source_writes_is_no_time() {
        for text in [
            "20260220T010203Z",
            "2026-02-20T01Z",
            "2026-02-20T01:02Z",
            "2026-02-20T01:02:03,5Z",
            "2026-02-20T01:02:03Z[UTC]",
            "+002026-02-20T01:02:03Z",
            "2026-02-20T01:02:03+01:00:30",
        ] {
            assert!(theirs(text).is_some(), "{text}");
            assert_eq!(millis(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_time_is_read_as_by_another_reader(
            text in "(19[7-9][0-9]|[2-8][0-9]{3})-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]([.][0-9]{0,9})?(Z|z|[+-]([01][0-9]|2[0-3]):?[0-6][0-9])?",
            wild in "[0-9TZtz:+., -]{0,30}",
            bytes in proptest::collection::vec((0_usize..40, "[0-9TZtz:+. -]"), 0..3),
        ) {
            let mut changed: Vec<char> = text.chars().collect();
            for (at, by) in bytes {
                if let Some(place) = changed.get_mut(at) {
                    *place = by.chars().next().unwrap();
                }
            }
            let changed: String = changed.into_iter().collect();
            for text in [&wild, &changed] {
                if let Some(ours) = millis(text) {
                    prop_assert_eq!(Some(ours / 1000), theirs(text).map(|theirs| theirs / 1000), "{}", text);
                }
            }
            prop_assert_eq!(millis(&text), theirs(&text), "{}", text);
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
