//! Another value of one subject. Two long statements that agree in most of their words and differ in a
//! name or a number are forms of one, and what they name first tells which kind: people begin with
//! what they speak of. When that is the same, a value of it differs; when that differs, the two
//! are about two things.

use dreaming_text::unicode::{is_letter, is_space, is_upper, is_word, lower};

/// Similarity from which two statements can be forms of one, in parts per million of Jaccard. Chosen
/// by us: half of the words of both.
const FORM: u64 = 500_000;

/// Fewest terms that both share. Chosen by us: two short statements about one thing may both hold
/// (`web listens on 80`, `web listens on 81`); a long one is not written twice by chance.
const MIN_SHARED: u64 = 8;

/// Longest function word. English articles and most prepositions have up to three letters; chosen by
/// us, because only whether enough is said before a value depends on it.
const MAX_FUNCTION: usize = 3;

/// Fewest words before a value that name its subject: of `port 80 is where api answers`, `port` says
/// what the value is, not whose. Chosen by us.
const MIN_BEFORE: usize = 2;

/// Whether two statements are alike enough to be forms of one. If they are, and a value keeps them
/// apart, they say something else of one thing when they have one [`subject`].
pub(super) fn may_be_forms(shared: u64, similarity: u64) -> bool {
    similarity >= FORM && shared >= MIN_SHARED
}

/// What a text names first, in lower case: a word that is no word of prose (with a digit, a hyphen, a
/// slash, an upper-case letter inside), or a proper name of one or more words; or what it says before
/// a number, when that comes first.
pub(super) fn subject(text: &str) -> Option<String> {
    let mut rest = words(text);
    let mut before = 0;
    let (first, mut proper) = loop {
        let word = rest.next()?;
        let proper = is_proper(word, &rest);
        if proper || is_name(word.0) {
            break (word.0, proper);
        }
        before += 1;
    };
    if !first.contains(is_letter) {
        // A value comes first: its subject is what was said before it.
        let before = words(text).take(before).map(|(word, _)| lower(word));
        let before: Vec<String> = before.filter(|word| word.len() > MAX_FUNCTION).collect();
        return (before.len() >= MIN_BEFORE).then(|| before.join(" "));
    }
    let mut name = vec![first];
    while proper && let Some(word) = rest.next() {
        proper = is_proper(word, &rest);
        name.extend(proper.then_some(word.0));
    }
    Some(lower(&name.join(" ")))
}

/// The words of a text without the marks around them, and whether each begins a sentence.
fn words(text: &str) -> impl Iterator<Item = (&str, bool)> + Clone {
    let words = text.split(is_space).filter(|word| word.contains(is_word));
    words.scan(true, |begins, word| {
        let here = std::mem::replace(begins, word.ends_with(['.', '!', '?', ':']));
        Some((word.trim_matches(|c: char| !is_word(c) && c != '/'), here))
    })
}

/// Whether a word is part of a proper name: of letters, the first a capital, not where a sentence begins
/// unless such a word follows.
fn is_proper<'a>(
    (word, begins): (&str, bool),
    rest: &(impl Iterator<Item = (&'a str, bool)> + Clone),
) -> bool {
    let capital = |word: &str| word.starts_with(is_upper) && word.chars().all(is_letter);
    let next = || rest.clone().next().is_some_and(|(next, begins)| !begins && capital(next));
    capital(word) && (!begins || next())
}

/// Whether a word is no word of prose.
fn is_name(word: &str) -> bool {
    let inside = |(_, c): &(usize, char)| matches!(c, '-' | '/' | '_') || c.is_ascii_digit();
    let humps = word.chars().zip(word.chars().skip(1)).any(|(a, b)| !is_upper(a) && is_upper(b));
    humps || word.char_indices().any(|at| inside(&at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_first_is_the_subject() {
        let first = |text: &str| subject(text).unwrap_or_default();
        assert_eq!(first("The mail-worker service listens on 8080"), "mail-worker");
        assert_eq!(first("Alice Brown prefers tabs"), "alice brown");
        assert_eq!(first("Requests to Alice Brown wait"), "alice brown");
        assert_eq!(first("Changes in `src/a_b.rs` need a review."), "src/a_b.rs");
        assert_eq!(first("nothing is named here"), "");
        assert_eq!(first("Port 8080 is where mail-worker answers"), "");
        assert_eq!(first("Lunch of the night team is at 1:30"), "lunch night team");
    }

    #[test]
    fn another_value_of_one_thing_is_no_other_thing() {
        let runs = |node: &str| subject(&format!("The {node} node runs 9.1 today"));
        assert_eq!(runs("db-1"), subject("The db-1 node runs 9.2 today"));
        assert_ne!(runs("db-1"), runs("db-2"));
        assert_eq!(subject("The node runs nine"), None);
        assert!(may_be_forms(MIN_SHARED, FORM) && !may_be_forms(MIN_SHARED, FORM - 1));
    }
}
