//! Which rules are tried at a place, by its byte and by what stands before it.

use super::rules::{Inside, RULES};

/// Rules as bits, the first rule the lowest.
pub(super) type Set = u32;

/// Rules by the first byte of what they find.
static ANYWHERE: [Set; 256] = table(false);

/// The same directly behind a letter or a digit of ASCII.
static INSIDE: [Set; 256] = table(true);

#[expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the compiler runs it, and what would be wrong is an error then"
)]
const fn table(inside: bool) -> [Set; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        let mut rule = 0;
        while rule < RULES.len() {
            let never = inside && matches!(RULES[rule].inside, Inside::Never);
            if !never && RULES[rule].starts_with(byte as u8) {
                table[byte] |= 1 << rule;
            }
            rule += 1;
        }
        byte += 1;
    }
    table
}

/// The rules that are tried in one text.
pub(super) struct Starts {
    /// Rules that find nothing inside the words of this text.
    idle: Set,
}

impl Starts {
    /// For a text.
    pub(super) fn of(text: &str) -> Self {
        let holds = |a: u8, b: u8| {
            let before = |(at, _): (usize, _)| text.as_bytes().get(at.checked_sub(1)?);
            text.match_indices(char::from(b)).any(|place| before(place) == Some(&a))
        };
        let idle = (0..).zip(RULES).filter_map(|(place, rule)| match rule.inside {
            Inside::With(a, b) if !holds(a, b) => Some(1 << place),
            _ => None,
        });
        Self { idle: idle.fold(0, |all: Set, rule| all | rule) }
    }

    /// The rules to try at a place with `byte`. `inside`: a letter or digit of ASCII is before it.
    pub(super) fn at(&self, byte: u8, inside: bool) -> Set {
        let table = if inside { &INSIDE } else { &ANYWHERE };
        let rules = table.get(usize::from(byte)).copied().unwrap_or_default();
        if inside { rules & !self.idle } else { rules }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::rules::Scan;

    #[test]
    fn few_rules_are_tried_inside_words() {
        let starts = Starts::of("a text as people and tools write it");
        let tried = |byte: u8| starts.at(byte, true).count_ones();
        assert!((b'b'..=b'w').chain(b'B'..=b'W').all(|byte| tried(byte) == 0));
        assert!((0..=u8::MAX).all(|byte| tried(byte) <= 2));
        let with_mark = Starts::of("abc1Q~x");
        assert_eq!(with_mark.at(b'b', true).count_ones(), 1);
    }

    #[test]
    fn what_is_not_tried_inside_words_would_find_nothing_there() {
        // Secrets of every rule, each directly behind a letter.
        let text = include_str!("tests.rs");
        for rule in RULES.iter().filter(|rule| matches!(rule.inside, Inside::Never)) {
            for prefix in ["x", "7"] {
                let text = format!("{prefix}{text}");
                let bytes = text.as_bytes();
                let behind = |at: &usize| bytes[at - 1].is_ascii_alphanumeric();
                for at in (1..bytes.len()).filter(behind).filter(|at| rule.starts_with(bytes[*at]))
                {
                    let found = rule.scan(bytes, at, None);
                    assert!(matches!(found, Scan::Nothing), "{} at {at}", rule.name);
                }
            }
        }
    }
}
