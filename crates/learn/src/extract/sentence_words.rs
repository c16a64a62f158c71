//! The words of a sentence, prepared to look for phrases.

use std::ops::Range;

use dreaming_text::unicode;

/// A word with its place.
#[derive(Debug)]
struct Word {
    /// Lower case, with straight apostrophes, without the punctuation around it.
    text: String,
    range: Range<usize>,
    /// Whether it stands in quotation marks or in a code span, and thus may not be the author's.
    quoted: bool,
}

/// The words of a sentence. Works for scripts with spaces between words.
#[derive(Debug)]
pub(super) struct Words(Vec<Word>);

/// Marks around quotations and code.
pub(super) const QUOTES: &[(char, char)] =
    &[('"', '"'), ('`', '`'), ('“', '”'), ('„', '“'), ('«', '»')];

impl Words {
    pub(super) fn new(sentence: &str) -> Self {
        let quoted = quoted(sentence);
        let mut words = Vec::new();
        let mut rest = 0;
        for chunk in sentence.split_ascii_whitespace() {
            let Some(at) = sentence.get(rest..).and_then(|s| s.find(chunk)) else { break };
            let start = rest + at;
            rest = start + chunk.len();
            let is_part = |c: char| unicode::is_word(c) || matches!(c, '_' | '/' | '@' | '#');
            let Some(lead) = chunk.find(is_part) else {
                continue;
            };
            let bare = chunk.trim_matches(|c: char| !is_part(c));
            words.push(Word {
                text: unicode::lower(bare).replace('’', "'"),
                range: start + lead..start + lead + bare.len(),
                quoted: quoted.iter().any(|range| range.contains(&(start + lead))),
            });
        }
        Self(words)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The word at `at`; empty when there is none or it is quoted.
    pub(super) fn at(&self, at: usize) -> &str {
        self.0.get(at).filter(|word| !word.quoted).map_or("", |word| &word.text)
    }

    /// Where the word at `at` begins in the sentence; behind the last word, the end of that.
    pub(super) fn start(&self, at: usize) -> usize {
        let end = || self.0.last().map_or(0, |word| word.range.end);
        self.0.get(at).map_or_else(end, |word| word.range.start)
    }

    /// Whether the words from `at` on are those of `phrase`.
    pub(super) fn are(&self, at: usize, phrase: &str) -> bool {
        // Compares one byte first, because every phrase is tried at every word.
        let here = self.at(at).as_bytes().first();
        here.is_none_or(|first| phrase.as_bytes().first() == Some(first))
            && phrase.split(' ').zip(at..).all(|(word, at)| self.at(at) == word)
    }

    /// The number of words of the phrase that stands at `at`, if one does.
    pub(super) fn any(&self, at: usize, phrases: &[&str]) -> Option<usize> {
        let found = phrases.iter().find(|phrase| self.are(at, phrase))?;
        Some(found.split(' ').count())
    }

    /// Where one of the phrases stands first, from `from` on.
    pub(super) fn find(&self, from: usize, phrases: &[&str]) -> Option<usize> {
        (from..self.len()).find(|at| self.any(*at, phrases).is_some())
    }
}

/// The ranges of a sentence between paired marks.
fn quoted(sentence: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<(char, usize)> = None;
    for (at, c) in sentence.char_indices() {
        match open {
            Some((close, start)) if c == close => {
                found.push(start..at);
                open = None;
            }
            None => {
                let mark = QUOTES.iter().find(|(mark, _)| *mark == c);
                open = mark.map(|(_, close)| (*close, at));
            }
            Some(_) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_bare_and_quoted_ones_are_not_the_authors_own() {
        let words = Words::new("Well, I’d say “always so” — but `never` (x).");
        let all: Vec<&str> = (0..words.len()).map(|at| words.at(at)).collect();
        assert_eq!(all, ["well", "i'd", "say", "", "", "but", "", "x"]);
        assert_eq!(words.find(0, &["i'd say"]), Some(1));
        assert!(Words::new(" … ").len() == 0);
    }
}
