//! Numbers of transcripts without floats.

use serde_json::{Number, Value};

use crate::outcome::WHOLE;

/// A number in millionths, digits beyond them dropped; of a switch 1 or 0. `None` for anything
/// else and for what does not fit.
pub(super) fn millionths(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(on) => Some(if *on { WHOLE } else { 0 }),
        Value::Number(number) => of_number(number),
        _ => None,
    }
}

/// The text of a number is read, because a float differs between machines once it is computed with.
fn of_number(number: &Number) -> Option<i64> {
    let text = number.to_string();
    let (sign, text) = text.strip_prefix('-').map_or((1, text.as_str()), |rest| (-1, rest));
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let exponent: i64 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    // Places of the decimal point behind the last digit once all is in millionths.
    let shift = exponent.checked_add(6)?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let mut digits = format!("{whole}{fraction}");
    if shift >= 0 {
        // Longer than any number that fits.
        let zeros = usize::try_from(shift).ok().filter(|zeros| *zeros <= 32)?;
        digits.push_str(&"0".repeat(zeros));
    } else {
        let kept = digits.len().saturating_sub(usize::try_from(shift.unsigned_abs()).ok()?);
        digits.truncate(kept);
    }
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    digits.parse::<i64>().ok()?.checked_mul(sign)
}

#[cfg(test)]
mod tests {
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
            ("1e300", None),
            ("18446744073709551615", None),
            ("true", Some(1_000_000)),
            ("\"1\"", None),
        ] {
            assert_eq!(millionths(&serde_json::from_str(text).unwrap()), want, "{text}");
        }
    }
}
