//! Decimal numbers of transcripts, without floats.

use crate::json_value::{Value, decimal};

use dreaming_records::outcome::WHOLE;

/// The greatest value; greater ones are cut to it. In millionths it is an integer that every JSON
/// reader represents exactly.
const GREATEST: i64 = 9_000_000_000 * WHOLE;

/// Decimal places that are kept. Further ones are cut off and not rounded, so that no value reaches
/// a goal that it missed.
const PLACES: i64 = 6;

/// A number in millionths, cut off after six places; a boolean is 1 or 0. `None` for anything else.
pub(super) fn millionths(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(on) => Some(if *on { WHOLE } else { 0 }),
        Value::Number(number) => of_text(number),
        _ => None,
    }
}

/// A decimal number in millionths; it may have an exponent. Magnitudes over [`GREATEST`] become
/// that.
pub(super) fn of_text(text: &str) -> Option<i64> {
    scaled(text, PLACES)
}

/// Like [`of_text`], with `places` decimal places.
pub(super) fn scaled(text: &str, places: i64) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (digits, point) = decimal(text)?;
    // Digits before the point of the scaled value.
    let point = point.saturating_add(places);
    if digits.is_empty() || point <= 0 {
        return Some(0);
    }
    // 18 digits fit into 63 bits; [`GREATEST`] has 16.
    let length = usize::try_from(point).ok().filter(|length| *length <= 18);
    let magnitude = length.and_then(|length| {
        let kept = digits.get(..length.min(digits.len()))?;
        format!("{kept:0<length$}").parse().ok()
    });
    Some(sign * magnitude.unwrap_or(GREATEST).min(GREATEST))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_to_millionths() {
        for (text, want) in [
            ("1", Some(1_000_000)),
            ("0.0", Some(0)),
            ("-0.25", Some(-250_000)),
            ("1e-3", Some(1_000)),
            ("1.5e2", Some(150_000_000)),
            ("0.1234567", Some(123_456)),
            ("1e-300", Some(0)),
            ("1e300", Some(GREATEST)),
            ("18446744073709551615", Some(GREATEST)),
            ("true", Some(1_000_000)),
            ("\"1\"", None),
        ] {
            assert_eq!(millionths(&crate::json_value::read(text).unwrap()), want, "{text}");
        }
    }

    #[test]
    fn decimals_are_read_without_loss_and_cut_toward_zero() {
        for (text, want) in [
            ("0", 0),
            ("1", 1_000_000),
            ("0.87", 870_000),
            ("-0.5", -500_000),
            ("12.3456789", 12_345_678),
            ("0.9999999", 999_999),
            ("1e3", 1_000_000_000),
            ("1.5E-3", 1_500),
            ("2.5e+1", 25_000_000),
            ("1e-7", 0),
            ("00.10", 100_000),
            ("9000000001", GREATEST),
            ("-1e300", -GREATEST),
            ("0e999999999999", 0),
            ("1e99999999999999999999", GREATEST),
            ("1e-99999999999999999999", 0),
        ] {
            assert_eq!(of_text(text), Some(want), "{text}");
        }
        for text in ["", "-", ".5", "1.2.3", "NaN", "1e", "0x1", "1 000", "１", "--1", "1e+-1"] {
            assert_eq!(of_text(text), None, "{text}");
        }
        assert!(u64::try_from(GREATEST).unwrap() <= dreaming_records::canonical::MAX_INTEGER);
    }

    proptest! {
        #[test]
        fn every_decimal_with_six_places_comes_back(value in -GREATEST..=GREATEST) {
            let (sign, size) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
            let text = format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000);
            prop_assert_eq!(of_text(&text), Some(value));
            let shifted = format!("{sign}{size}e-6");
            prop_assert_eq!(of_text(&shifted), Some(value));
        }

        #[test]
        fn no_text_stops_the_reader(text in "[-+.0-9eE ]{0,40}|.{0,20}") {
            let _ = of_text(&text);
        }
    }
}
