//! JSON numbers without floats.

use dreaming_records::json::{Read, Reader};

/// The smallest number that no 64-bit float approximates, 2^1024 - 2^970: the count of its digits,
/// and the digits.
pub(super) const LIMIT: (i64, &str) = (
    309,
    "1797693134862315807937289714053034150799341327100378269361737789804449682927647509466490179775872070\
    9633028641669288791094655554785194040263065748867150582068190890200070838367627385484581771153176447\
    5730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880177904\
    174497792",
);

/// A number as written. Like `serde_json`, refuses a number too great for a 64-bit float.
pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Read<&'a str> {
    let number = reader.number()?;
    if is_too_great(number) { Err("a number is too great") } else { Ok(number) }
}

fn is_too_great(number: &str) -> bool {
    // Nearly all numbers are short and have no exponent.
    if number.len() < LIMIT.1.len() && !number.bytes().any(|byte| matches!(byte, b'e' | b'E')) {
        return false;
    }
    let found = decimal(number.trim_start_matches('-'));
    found.is_some_and(|(digits, point)| !digits.is_empty() && (point, digits.as_str()) >= LIMIT)
}

/// The digits of a decimal number without sign, from the first that is not 0, and how many digits
/// stand before the point. Exponents that do not fit into 63 bits are cut to the range.
pub(crate) fn decimal(text: &str) -> Option<(String, i64)> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if whole.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let beyond = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
    let exponent: i64 = exponent.parse().unwrap_or(beyond);
    let digits = digits.trim_start_matches('0');
    let length = i64::try_from(digits.len()).ok()?;
    let places = i64::try_from(fraction.len()).ok()?;
    Some((digits.into(), exponent.saturating_add(length).saturating_sub(places)))
}
