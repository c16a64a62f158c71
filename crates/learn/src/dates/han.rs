//! Chinese phrases, which no space sets apart, and dates with 年, 月 and 日 of Chinese and Japanese.

use super::calendar::{Meaning, Unit};
use super::find::{Found, Held};
use super::phrases::{CHINESE, spaceless};

/// Units after a number and before 前 (ago).
const UNITS: &[(&str, Unit)] = &[
    ("天", Unit::Day),
    ("周", Unit::Week),
    ("个星期", Unit::Week),
    ("个月", Unit::Month),
    ("年", Unit::Year),
];

/// The days of a week after 周, 星期 or 礼拜.
const WEEKDAYS: &str = "一二三四五六日";

/// The first phrase at or after byte `from`.
pub(super) fn first(text: &str, from: usize) -> Option<Found> {
    let mut before = text.get(..from)?.chars().next_back();
    for (offset, c) in text.get(from..)?.char_indices() {
        let rest = text.get(from + offset..)?;
        // Inside a longer number nothing begins: 十万年前 is no year ago that can be counted.
        if let Some((length, meaning)) = at(rest).filter(|_| !before.is_some_and(is_digit)) {
            let range = from + offset..from + offset + length;
            return Some(Found { range, meaning, language: CHINESE, begins_with_capital: false });
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
        return Some((phrase.pattern.len(), (phrase.meaning)(&Held::default())?));
    }
    date(text).or_else(|| counted(text)).or_else(|| weekday(text)).or_else(|| quarter(text))
}

/// 2024年3月3日, 2024年3月, 3月3日, and a month in words: 三月. A year alone is no day.
fn date(text: &str) -> Option<(usize, Meaning)> {
    let (first, mut at, in_words) = number(text)?;
    let mut rest = text.get(at..)?;
    let mut year = None;
    let mut month = first;
    if let Some(after) = rest.strip_prefix('年') {
        let (number, length, _) = number(after)?;
        year = Some(i16::try_from(first).ok()?);
        month = number;
        at += '年'.len_utf8() + length;
        rest = after.get(length..)?;
    }
    rest = rest.strip_prefix('月')?;
    at += '月'.len_utf8();
    let day = number(rest).filter(|(_, length, _)| {
        rest.get(*length..).is_some_and(|rest| rest.starts_with(['日', '号']))
    });
    let day = match day {
        Some((day, length, _)) => {
            at += length + '日'.len_utf8();
            Some(i8::try_from(day).ok()?)
        }
        // `3月` may be three months; in words it is a name.
        None if year.is_none() && !in_words => return None,
        None => None,
    };
    Some((at, Meaning::Date { year, month: i8::try_from(month).ok()?, day }))
}

/// 三天前 (three days ago), 最近三天 and 过去三天 (the past three days).
fn counted(text: &str) -> Option<(usize, Meaning)> {
    let past = ["最近", "过去"].into_iter().find(|word| text.starts_with(word));
    let opening = past.map_or(0, str::len);
    let (n, length, _) = number(text.get(opening..)?)?;
    let rest = text.get(opening + length..)?;
    let (word, unit) = UNITS.iter().find(|(word, _)| rest.starts_with(word))?;
    let end = opening + length + word.len();
    match past {
        Some(_) => Some((end, Meaning::Past(*unit, n))),
        None => {
            let is_ago = text.get(end..)?.starts_with('前');
            is_ago.then_some((end + '前'.len_utf8(), Meaning::Ago(*unit, n)))
        }
    }
}

/// 周一, 星期一, 礼拜一: a day of this week.
fn weekday(text: &str) -> Option<(usize, Meaning)> {
    let opening = ["周", "星期", "礼拜"].into_iter().find(|word| text.starts_with(word))?;
    let day = text.get(opening.len()..)?.chars().next()?;
    let at = WEEKDAYS.chars().position(|c| c == day)?;
    Some((opening.len() + day.len_utf8(), Meaning::Weekday(i8::try_from(at).ok()? + 1)))
}

/// 第一季度: a quarter of this year.
fn quarter(text: &str) -> Option<(usize, Meaning)> {
    let rest = text.strip_prefix('第')?;
    let (n, length, _) = number(rest)?;
    let is_quarter = rest.get(length..)?.starts_with("季度") && (1..=4).contains(&n);
    let end = '第'.len_utf8() + length + "季度".len();
    is_quarter.then_some((end, Meaning::Quarter(i8::try_from(n).ok()?)))
}

/// A number at the beginning: in digits (half or full width, at most four) or 一 to 九十九; with its
/// bytes, and whether it is in words.
fn number(text: &str) -> Option<(i32, usize, bool)> {
    let digits: Vec<(usize, i32)> =
        text.char_indices().map_while(|(at, c)| Some((at + c.len_utf8(), arabic(c)?))).collect();
    if let Some((end, _)) = digits.last() {
        let value = digits.iter().fold(0_i32, |n, (_, d)| n.saturating_mul(10).saturating_add(*d));
        return (digits.len() <= 4).then_some((value, *end, false));
    }
    let words: String = text.chars().take_while(|c| is_digit(*c)).collect();
    let (tens, ones) = match words.split_once('十') {
        Some((tens, ones)) => (if tens.is_empty() { 1 } else { one(tens)? }, ones),
        None => (0, words.as_str()),
    };
    let ones = if ones.is_empty() && tens > 0 { 0 } else { one(ones)? };
    Some((tens * 10 + ones, words.len(), true))
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
