//! Splits texts into tokens.

use super::forms::nfkc;
use super::unicode::{is_cjk, lower, words};
use crate::sort;
use crate::words::function::is_stop;

/// Calls `each` with the words of a text in lower case and reading order. Contractions are written
/// out, so that `don't` and `cannot` contain the negation of `do not` and `can not`. `room` is
/// overwritten. Callers that pass a `dyn` closure share one copy of the code.
pub(super) fn each_word(text: &str, room: &mut String, mut each: impl FnMut(&str)) {
    room.clear();
    if text.is_ascii() {
        lower_ascii(text, room);
    } else {
        *room = lower(&nfkc(text).replace('\u{2019}', "'"));
    }
    // The last word is held back until it is clear whether `'t` follows.
    let mut last: Option<&str> = None;
    let mut last_end = 0;
    for range in words(room) {
        let gap = room.get(last_end..range.start).unwrap_or("");
        last_end = range.end;
        let word = room.get(range).unwrap_or("");
        let next = match (last.filter(|_| gap == "'"), word) {
            (Some(verb), "t") => {
                each(match verb {
                    "won" => "will",
                    "can" | "shan" => "can",
                    verb => verb.strip_suffix('n').unwrap_or(verb),
                });
                last = Some("not");
                continue;
            }
            (Some(_), "s" | "d" | "m" | "re" | "ve") => continue,
            (Some(_), "ll") => "will",
            (_, "cannot") => {
                last.into_iter().for_each(&mut each);
                last = Some("can");
                "not"
            }
            (_, word) => word,
        };
        last.replace(next).into_iter().for_each(&mut each);
    }
    last.into_iter().for_each(each);
}

/// Writes an ASCII text in lower case into `room`.
fn lower_ascii(text: &str, room: &mut String) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    let mut bytes = std::mem::take(room).into_bytes();
    bytes.clear();
    bytes.extend_from_slice(text.as_bytes());
    // Eight bytes at a time; no byte carries into the next.
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for bytes in words {
        let word = u64::from_le_bytes(*bytes);
        let from_a = word + u64::from(0x80 - b'A') * ONES;
        let after_z = word + u64::from(0x7f - b'Z') * ONES;
        *bytes = (word | (from_a & !after_z & HIGH) >> 2).to_le_bytes();
    }
    rest.make_ascii_lowercase();
    *room = String::from_utf8(bytes).unwrap_or_default();
}

/// Whether a text has a word of a value, one of four letters or more, or a number of it: `21` of `21 days`, `311` of
/// `phys311`. Four is chosen by us: shorter words are about anything.
pub fn shares(text: &str, value: &str) -> bool {
    let numbers = |text: &str| -> Vec<String> {
        let all = text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
        all.map(str::to_owned).collect()
    };
    let common = |of: &[String], all: &[String]| of.iter().any(|word| all.contains(word));
    let mut words = tokens(text);
    words.retain(|word| word.chars().count() >= 4);
    common(&words, &tokens(value)) || common(&numbers(text), &numbers(value))
}

/// The content tokens of a text: lower case, sorted, distinct, without stop words but with
/// negations and numbers; character bigrams for scripts without spaces.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = bag(text);
    tokens.dedup();
    tokens
}

/// Like [`tokens`], but with repetitions.
pub fn bag(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    each_token(text, &mut String::new(), &mut |token| tokens.push(token.to_owned()));
    sort::all(&mut tokens);
    tokens
}

/// Calls `each` with the content tokens of a text in reading order; `room` is overwritten.
fn each_token(text: &str, room: &mut String, each: &mut dyn FnMut(&str)) {
    let each: &mut dyn FnMut(&str) = &mut |word| each_piece(word, each);
    each_word(text, room, each);
}

/// Calls `each` with the content tokens of one word: the word itself, nothing for a function word,
/// or the pairs of characters in a script without spaces.
pub(super) fn each_piece(word: &str, each: &mut dyn FnMut(&str)) {
    if word.is_ascii() || !word.chars().any(is_cjk) {
        if !is_stop(word) {
            each(word);
        }
        return;
    }
    let chars: Vec<(usize, char)> = word.char_indices().collect();
    for run in chars.chunk_by(|(_, a), (_, b)| is_cjk(*a) == is_cjk(*b)) {
        let spaceless = run.first().is_some_and(|(_, c)| is_cjk(*c));
        let width = if spaceless && run.len() > 1 { 2 } else { run.len() };
        for piece in run.windows(width) {
            let start = piece.first().map_or(0, |(at, _)| *at);
            let end = piece.last().map_or(start, |(at, c)| at + c.len_utf8());
            each(word.get(start..end).unwrap_or(""));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::join::{Threshold, near};

    /// The similarity of two texts' tokens, in parts per million.
    fn alike(a: &str, b: &str) -> u64 {
        let found = near(&[tokens(a)], &[tokens(b)], Threshold::permille(1));
        found.first().map_or(0, |pair| pair.similarity)
    }

    #[test]
    fn function_words_are_left_out_and_negations_are_not() {
        assert!(["a", "their", "which", "your"].into_iter().all(is_stop));
        assert!(
            !["no", "not", "never", "must", "can", "", "ä", "whichever"].into_iter().any(is_stop)
        );
    }

    #[test]
    fn every_ascii_sign_has_its_lower_case() {
        let all: String = (0..128_u8).map(char::from).collect();
        let mut room = String::from("before");
        for from in 0..9 {
            let text = all.get(from..).unwrap();
            lower_ascii(text, &mut room);
            assert_eq!(room, text.to_ascii_lowercase());
        }
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
}
