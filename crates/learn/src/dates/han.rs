//! Chinese phrases, which no space sets apart.

use super::calendar::{Meaning, Unit};
use super::find::Found;
use super::phrases::{CHINESE, spaceless};

/// Units after a number and before 前 (ago).
const UNITS: &[(&str, Unit)] = &[
    ("天", Unit::Day),
    ("周", Unit::Week),
    ("个星期", Unit::Week),
    ("个月", Unit::Month),
    ("年", Unit::Year),
];

/// The first phrase at or after byte `from`.
pub(super) fn first(text: &str, from: usize) -> Option<Found> {
    let mut before = text.get(..from)?.chars().next_back();
    for (offset, c) in text.get(from..)?.char_indices() {
        let rest = text.get(from + offset..)?;
        // Inside a longer number nothing begins: 十万年前 is no year ago that can be counted.
        if let Some((length, meaning)) = at(rest).filter(|_| !before.is_some_and(is_digit)) {
            let range = from + offset..from + offset + length;
            return Some(Found { range, meaning, language: CHINESE });
        }
        before = Some(c);
    }
    None
}

/// The phrase at the very beginning: its bytes and meaning.
fn at(text: &str) -> Option<(usize, Meaning)> {
    // Of two that begin alike the longer one counts.
    let fixed = spaceless().filter(|phrase| text.starts_with(phrase.pattern));
    if let Some(phrase) = fixed.max_by_key(|phrase| phrase.pattern.len()) {
        return Some((phrase.pattern.len(), (phrase.meaning)(0)));
    }
    counted(text)
}

/// 三天前 (three days ago). 最近三天 and 过去三天 (the past three days) leave room.
fn counted(text: &str) -> Option<(usize, Meaning)> {
    let past = ["最近", "过去"].into_iter().find(|word| text.starts_with(word));
    let opening = past.map_or(0, str::len);
    let (n, length) = number(text.get(opening..)?)?;
    let rest = text.get(opening + length..)?;
    let (word, unit) = UNITS.iter().find(|(word, _)| rest.starts_with(word))?;
    let end = opening + length + word.len();
    if past.is_some() {
        return Some((end, Meaning::Open));
    }
    let is_ago = text.get(end..)?.starts_with('前');
    is_ago.then_some((end + '前'.len_utf8(), Meaning::Ago(*unit, n)))
}

/// A number at the beginning: in digits (half or full width, at most four) or 一 to 九十九; with its
/// bytes.
fn number(text: &str) -> Option<(i32, usize)> {
    let digits: Vec<(usize, i32)> =
        text.char_indices().map_while(|(at, c)| Some((at + c.len_utf8(), arabic(c)?))).collect();
    if let Some((end, _)) = digits.last() {
        let value = digits.iter().fold(0_i32, |n, (_, d)| n.saturating_mul(10).saturating_add(*d));
        return (digits.len() <= 4).then_some((value, *end));
    }
    let words: String = text.chars().take_while(|c| is_digit(*c)).collect();
    let (tens, ones) = match words.split_once('十') {
        Some((tens, ones)) => (if tens.is_empty() { 1 } else { one(tens)? }, ones),
        None => (0, words.as_str()),
    };
    let ones = if ones.is_empty() && tens > 0 { 0 } else { one(ones)? };
    Some((tens * 10 + ones, words.len()))
}

fn arabic(c: char) -> Option<i32> {
    let value = match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        '０'..='９' => u32::from(c) - u32::from('０'),
        _ => return None,
    };
    i32::try_from(value).ok()
}

/// One digit in words.
fn one(text: &str) -> Option<i32> {
    let mut chars = text.chars();
    let digit = match chars.next()? {
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    };
    chars.next().is_none().then_some(digit)
}

/// Whether a character is part of a number, powers of ten included.
fn is_digit(c: char) -> bool {
    arabic(c).is_some() || "一二两三四五六七八九十百千万亿".contains(c)
}
