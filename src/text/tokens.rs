//! Tokens and how alike two texts are.

use unicode_normalization::UnicodeNormalization;

use super::unicode::{is_cjk, lower, words};

/// Words that carry no content of their own, so that two wordings of one statement stay close.
/// English function words, chosen by us; negations and modal verbs are not among them, because
/// they carry the meaning that the guards compare.
const STOP: &[&str] = &[
    "a", "am", "an", "and", "are", "as", "at", "be", "been", "being", "by", "did", "do", "does",
    "for", "from", "had", "has", "have", "he", "her", "his", "i", "if", "in", "into", "is", "it",
    "its", "me", "my", "of", "on", "or", "our", "she", "so", "such", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "those", "to", "us", "was", "we", "were",
    "which", "with", "you", "your",
];

/// Whether a lower-case word carries no content of its own.
pub(super) fn is_stop(word: &str) -> bool {
    STOP.binary_search(&word).is_ok()
}

/// The words of a text in lower case and reading order, contractions written out: `don't` and
/// `cannot` hold the negation that `do not` and `can not` hold.
pub(super) fn plain_words(text: &str) -> Vec<String> {
    let text: String = text.nfkc().map(|c| if c == '\u{2019}' { '\'' } else { c }).collect();
    let text = lower(&text);
    let mut plain: Vec<String> = Vec::new();
    let mut last_end = 0;
    for range in words(&text) {
        let gap = text.get(last_end..range.start).unwrap_or("");
        last_end = range.end;
        let word = text.get(range).unwrap_or("");
        let after_apostrophe = gap == "'" && !plain.is_empty();
        match (after_apostrophe, word) {
            (true, "t") => {
                let verb = plain.pop().unwrap_or_default();
                plain.push(match verb.as_str() {
                    "can" | "won" | "shan" => if verb == "won" { "will" } else { "can" }.into(),
                    _ => verb.strip_suffix('n').unwrap_or(&verb).into(),
                });
                plain.push("not".into());
            }
            (true, "s" | "d" | "m" | "re" | "ve") => {}
            (true, "ll") => plain.push("will".into()),
            (_, "cannot") => plain.extend(["can".into(), "not".into()]),
            _ => plain.push(word.into()),
        }
    }
    plain
}

/// The content tokens of a text: lower case, sorted, distinct, without stop words but with
/// negations and numbers; character bigrams for scripts without spaces.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = bag(text);
    tokens.dedup();
    tokens
}

/// As [`tokens`], each as often as it occurs.
pub fn bag(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for word in plain_words(text) {
        if !word.chars().any(is_cjk) {
            if !is_stop(&word) {
                tokens.push(word);
            }
            continue;
        }
        let chars: Vec<char> = word.chars().collect();
        for run in chars.chunk_by(|a, b| is_cjk(*a) == is_cjk(*b)) {
            if run.len() > 1 && run.first().is_some_and(|c| is_cjk(*c)) {
                tokens.extend(run.windows(2).map(String::from_iter));
            } else {
                tokens.push(String::from_iter(run));
            }
        }
    }
    tokens.sort();
    tokens
}

/// The Jaccard similarity of two sorted, distinct token lists in parts per million. Two empty
/// lists have similarity 0: a text without tokens is only equal to itself.
pub fn similarity(a: &[String], b: &[String]) -> u64 {
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    let (mut shared, mut all) = (0_u64, 0_u64);
    loop {
        let order = match (left.peek(), right.peek()) {
            (Some(l), Some(r)) => l.cmp(r),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => break,
        };
        all += 1;
        if order.is_le() {
            left.next();
        }
        if order.is_ge() {
            right.next();
        }
        if order.is_eq() {
            shared += 1;
        }
    }
    (shared * 1_000_000).checked_div(all).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> u64 {
        similarity(&tokens(a), &tokens(b))
    }

    #[test]
    fn stop_words_are_sorted_so_that_they_can_be_searched() {
        assert!(STOP.is_sorted());
    }

    #[test]
    fn order_punctuation_and_contractions_do_not_count() {
        assert_eq!(tokens("Don't commit the secrets!"), ["commit", "not", "secrets"]);
        assert_eq!(alike("Do not commit secrets", "secrets: don’t commit."), 1_000_000);
        assert_eq!(alike("It can't and won't", "cannot; will not"), 1_000_000);
    }

    #[test]
    fn another_value_is_another_text() {
        let pair = ("favourite colour is purple", "favourite colour is cyan");
        let similarity = alike(pair.0, pair.1);
        assert!(similarity > 0 && similarity < 1_000_000, "{similarity}");
    }

    #[test]
    fn scripts_without_spaces_are_compared_by_pairs_of_characters() {
        assert_eq!(tokens("日本語v2"), ["v2", "日本", "本語"]);
        assert!(alike("数据库端口是五四三二", "数据库的端口是五四三二") > 500_000);
        assert_eq!(tokens("猫"), ["猫"]);
    }

    #[test]
    fn a_text_without_tokens_is_like_nothing_not_even_itself() {
        assert_eq!(alike("!!! 🦀", "!!! 🦀"), 0);
        assert_eq!(alike("", ""), 0);
    }

    #[test]
    fn similarity_is_symmetric_and_whole_for_equal_lists() {
        let (a, b) = (tokens("one two three"), tokens("three four"));
        assert_eq!(similarity(&a, &b), similarity(&b, &a));
        assert_eq!((similarity(&a, &b), similarity(&a, &a)), (250_000, 1_000_000));
    }
}
