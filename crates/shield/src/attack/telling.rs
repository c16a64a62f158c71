//! Separates what a text describes from what it orders: names of settings and options, and passive
//! sentences about agents and prompts.

use super::plain;
use crate::words::attack::{ADDRESSED, BE, BEFORE_VERBS, JOINING, LEADING, MODALS, NOUNS, TOLD};

/// Replaces a name.
const NAME: char = '\u{fffc}';

/// Replaces names in a lower-case text. Inside code marks these are words joined by signs
/// (`--skip-checks`), outside of them settings with a value (`skip_checks: true`).
pub(super) fn unnamed(lower: &str) -> String {
    let mut out = String::with_capacity(lower.len());
    let mut parts = lower.split('`').enumerate().peekable();
    while let Some((n, part)) = parts.next() {
        let is_code = n % 2 == 1 && parts.peek().is_some();
        let runs: Vec<&str> = part.split_ascii_whitespace().collect();
        for (at, run) in runs.iter().enumerate() {
            let value = runs.get(at + 1..).unwrap_or_default();
            if is_name(run) && (is_code || has_value(run, value)) {
                out.push(NAME);
                out.extend(run.chars().next_back().filter(|c| matches!(c, '.' | ';')));
            } else {
                out.push_str(run);
            }
            out.push(' ');
        }
    }
    out
}

/// Whether a word is joined by signs: `a_b`, `--a`, `/a`, `a=b`.
fn is_name(run: &str) -> bool {
    let signs = |c: char| matches!(c, '_' | '-' | '.' | '/' | '=' | ':');
    let inner = run.trim_end_matches(|c: char| c.is_ascii_punctuation());
    inner.contains(signs) && inner.chars().all(|c| c.is_ascii_alphanumeric() || signs(c))
}

/// Whether a word is a setting followed by a sign and a value.
fn has_value(run: &str, rest: &[&str]) -> bool {
    let (name, value) = match rest {
        ["=" | ":", value, ..] => (run, *value),
        [value, ..] if run.ends_with([':', '=']) => (run, *value),
        _ => run.split_once('=').unwrap_or_default(),
    };
    let bare = value.trim_end_matches(['.', ';', ',', ')']);
    let is_word = ["false", "none", "null", "off", "on", "true"].contains(&bare);
    let is_value = |c: char| c.is_ascii_digit() || matches!(c, '"' | '\'' | '[');
    name.contains(['_', '-']) && (is_word || value.starts_with(is_value))
}

/// The clauses of a text.
pub(super) fn clauses(text: &str) -> impl Iterator<Item = &str> {
    text.split(['.', ';', ',', ':', '!', '?', '\n'])
}

/// The words of a sentence that may give an order, by clause. In a clause that only describes, `without` is left out,
/// and everywhere what is a noun.
pub(super) fn ordering(sentence: &str) -> Vec<Vec<&str>> {
    let spoken = |clause| {
        let is_told = is_told(clause);
        let words = plain(clause);
        let before = |at: usize| words.get(at.checked_sub(1)?).copied();
        let is_order = |(at, word): &(usize, &&str)| {
            (!is_told || **word != "without") && !(NOUNS.contains(*word) && is_noun(before(*at)))
        };
        let kept = words.iter().enumerate().filter(is_order);
        kept.map(|(_, word)| *word).collect()
    };
    clauses(sentence).map(spoken).collect()
}

/// Whether a word that may be a verb is none behind this word.
fn is_noun(before: Option<&str>) -> bool {
    before.is_some_and(|word| !BEFORE_VERBS.contains(&word) && !word.ends_with("ly"))
}

/// Whether a clause only describes what is done with agents or prompts: it names one of them and
/// has a form of `to be`. A clause that addresses somebody, demands something or states a purpose
/// does not count.
pub(super) fn is_told(clause: &str) -> bool {
    let words = plain(clause);
    let any = |words: &[&str], set: &[&str]| words.iter().any(|word| set.contains(word));
    let Some(at) = words.iter().position(|word| BE.contains(word)) else { return false };
    let Some((of, [_, is @ ..])) = words.split_at_checked(at) else { return false };
    let Some((_, later)) = of.split_first() else { return false };
    let orders = |pair: &[&str]| matches!(pair, ["to", next] if !LEADING.contains(next));
    !is.is_empty()
        && any(&words, TOLD)
        && !any(&words, ADDRESSED)
        && !any(&words, MODALS)
        && !any(of, JOINING)
        && !any(later, LEADING)
        && !is.windows(2).any(orders)
        && is.last() != Some(&"to")
}
