//! What a person says of themselves in a conversation, word by word. Only such statements are read for
//! slots and denials: their subject is the speaker, so two of them speak of one subject more often
//! than two notes about things, which name theirs. English forms; other languages have none here.

use dreaming_text as text;
use dreaming_text::unicode;

/// Words that stand for the speaker.
const SPEAKER: &[&str] = &["i", "me", "mine", "my", "our", "us", "user", "we"];

/// Length of the longest of [`SPEAKER`].
const LONGEST_SPEAKER: usize = 4;

/// Function words: they tie words together and name nothing. Sorted.
const FUNCTION: &[&str] = &[
    "a", "about", "after", "also", "am", "an", "and", "are", "as", "at", "be", "been", "before",
    "being", "but", "by", "can", "could", "did", "do", "does", "each", "for", "from", "get",
    "getting", "got", "had", "has", "have", "he", "her", "him", "his", "how", "i", "if", "in",
    "into", "is", "it", "its", "just", "like", "me", "mine", "more", "most", "my", "not", "of",
    "on", "or", "our", "over", "per", "really", "she", "should", "so", "some", "such", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "to",
    "under", "up", "us", "use", "used", "user", "using", "very", "was", "we", "were", "what",
    "when", "where", "which", "while", "who", "will", "with", "would", "you", "your",
];

/// Words that people put around what they say (asking, wishing, wondering), and that say nothing of
/// what it is about. Sorted.
const AROUND: &[&str] = &[
    "advice",
    "ask",
    "asking",
    "best",
    "consider",
    "considering",
    "currently",
    "decide",
    "explain",
    "feel",
    "figure",
    "following",
    "going",
    "gonna",
    "good",
    "help",
    "here",
    "hope",
    "hoping",
    "kinda",
    "know",
    "let",
    "look",
    "looking",
    "make",
    "need",
    "now",
    "plan",
    "planning",
    "please",
    "question",
    "recently",
    "recommend",
    "see",
    "sense",
    "show",
    "start",
    "suggest",
    "sure",
    "tell",
    "thank",
    "thanks",
    "think",
    "thinking",
    "time",
    "trouble",
    "try",
    "trying",
    "understand",
    "want",
    "way",
    "wonder",
    "wondering",
    "work",
    "working",
    "worried",
];

/// Verbs whose forms the endings do not tell, with the stem that stands for them. Sorted.
const IRREGULAR: &[(&str, &str)] = &[
    ("bought", "buy"),
    ("built", "build"),
    ("chose", "choos"),
    ("chosen", "choos"),
    ("done", "do"),
    ("drew", "draw"),
    ("drawn", "draw"),
    ("found", "find"),
    ("gave", "giv"),
    ("given", "giv"),
    ("gone", "go"),
    ("grew", "grow"),
    ("grown", "grow"),
    ("held", "hold"),
    ("kept", "keep"),
    ("knew", "know"),
    ("known", "know"),
    ("led", "lead"),
    ("left", "leav"),
    ("lost", "los"),
    ("made", "mak"),
    ("met", "meet"),
    ("paid", "pay"),
    ("ran", "run"),
    ("rose", "ris"),
    ("risen", "ris"),
    ("sent", "send"),
    ("sold", "sell"),
    ("spent", "spend"),
    ("spoke", "speak"),
    ("spoken", "speak"),
    ("taken", "tak"),
    ("taught", "teach"),
    ("told", "tell"),
    ("took", "tak"),
    ("went", "go"),
    ("won", "win"),
    ("wrote", "writ"),
    ("written", "writ"),
];

/// A word, a value or a sign, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// As written, in lower case; a word without `'s`, `'ve` and the like.
    pub text: String,
    /// What it is.
    pub sort: Sort,
    /// Whether it begins with an upper-case letter.
    pub large: bool,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Letters.
    Word,
    /// Begins with a digit, or with the sign of a currency before one.
    Number,
    /// Any other character.
    Sign,
}

impl Token {
    /// The stem of a word that names something.
    pub fn stem(&self) -> Option<String> {
        let names = self.sort == Sort::Word
            && self.text.len() > 1
            && !is_in(FUNCTION, &self.text)
            && !is_in(AROUND, &self.text);
        names.then(|| stem(&self.text))
    }

    /// Whether it stands for the speaker.
    pub fn is_speaker(&self) -> bool {
        self.sort == Sort::Word && is_in(SPEAKER, &self.text)
    }
}

fn is_in(sorted: &[&str], word: &str) -> bool {
    sorted.binary_search(&word).is_ok()
}

/// Most bytes of a statement that is looked at. Chosen by us: a long paragraph; what is longer is a
/// document, and holds more than one claim.
const MAX_BYTES: usize = 2000;

/// The tokens of what a speaker says of themselves; empty for everything else.
pub fn spoken(text: &str) -> Vec<Token> {
    if is_own(text) { tokens(text) } else { Vec::new() }
}

/// Whether a speaker says it of themselves.
pub fn is_own(text: &str) -> bool {
    let is_speaker = |word: &str| {
        word.len() <= LONGEST_SPEAKER && SPEAKER.iter().any(|own| word.eq_ignore_ascii_case(own))
    };
    text.len() <= MAX_BYTES
        && unicode::words(text).any(|range| text.get(range).is_some_and(is_speaker))
}

/// Whether a statement is one claim of the speaker's own: what says more than one sentence has more
/// in it than another value of one slot could replace.
pub fn is_claim(text: &str) -> bool {
    // What is cheaper to see first.
    text::is_one_sentence(text) && is_own(text)
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '$' | '€' | '£' if second_is_digit(rest) => number(rest),
            '0'..='9' => number(rest),
            _ if unicode::is_letter(c) => word(rest),
            _ => c.len_utf8(),
        };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        rest = after;
        if unicode::is_space(c) {
            continue;
        }
        let sort = match c {
            _ if unicode::is_letter(c) => Sort::Word,
            '0'..='9' => Sort::Number,
            _ if length > c.len_utf8() => Sort::Number,
            _ => Sort::Sign,
        };
        let text = unicode::lower(token);
        let text = match text.split_once(['\'', '’']) {
            Some((verb, "t")) if verb.ends_with('n') => "not".into(),
            Some((word, _)) if sort == Sort::Word => word.into(),
            _ => text,
        };
        found.push(Token { text, sort, large: unicode::is_upper(c) });
    }
    found
}

fn second_is_digit(text: &str) -> bool {
    text.chars().nth(1).is_some_and(|c| c.is_ascii_digit())
}

/// The length of a number with what is written into it: `1,200`, `4/5`, `6-9`, `4:30`, `1.2.3`,
/// `95%`, `180ms`.
fn number(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    let mut last_digit = true;
    while let Some((at, c)) = chars.next() {
        let digit_next = chars.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        last_digit = match c {
            '0'..='9' => true,
            ',' | '.' | '-' | '–' | '/' | ':' if last_digit && digit_next => false,
            '%' => return at + 1,
            _ => {
                let tail = text.get(at..).unwrap_or("");
                let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
                return at + letters;
            }
        };
    }
    text.len()
}

/// The length of a word, with an apostrophe inside it.
fn word(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let letter_next = chars.peek().is_some_and(|(_, next)| unicode::is_letter(*next));
        let inside = unicode::is_word(c) || c == '_' || matches!(c, '\'' | '’') && letter_next;
        if !inside {
            return at;
        }
    }
    text.len()
}

/// One spelling for the forms of an English word. Rough: it only has to be the same for both
/// statements.
pub fn stem(word: &str) -> String {
    if let Some((_, stem)) = IRREGULAR.iter().find(|(form, _)| *form == word) {
        return (*stem).into();
    }
    let endings = [("ies", "y"), ("ings", ""), ("ing", ""), ("ed", ""), ("es", "e"), ("s", "")];
    let cut = endings.iter().find_map(|(ending, new)| {
        let body = word.strip_suffix(ending)?;
        let long = body.chars().count() >= 3 && !(*ending == "s" && body.ends_with('s'));
        long.then(|| format!("{body}{new}"))
    });
    let mut stem = cut.unwrap_or_else(|| word.to_owned());
    if stem.len() > 4 && stem.ends_with('e') {
        stem.pop();
    }
    let mut ends = stem.chars().rev();
    let (last, before) = (ends.next(), ends.next());
    // `stopped` has the stem of `stop`, but `passed` that of `pass`.
    if stem.len() > 4 && last == before && !matches!(last, Some('s' | 'l')) {
        stem.pop();
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        spoken(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn tables_are_sorted_so_that_they_can_be_searched() {
        assert!(SPEAKER.is_sorted() && FUNCTION.is_sorted() && AROUND.is_sorted());
        assert!(SPEAKER.iter().all(|word| word.len() <= LONGEST_SPEAKER));
    }

    #[test]
    fn numbers_stay_whole_and_words_lose_what_hangs_on_them() {
        assert_eq!(
            texts("I've 1,200 of $5,000, 4/5 at 4:30pm, 6-9% (don't)."),
            [
                "i", "1,200", "of", "$5,000", ",", "4/5", "at", "4:30pm", ",", "6-9%", "(", "not",
                ")", "."
            ]
        );
    }

    #[test]
    fn a_note_about_a_thing_is_not_spoken() {
        assert!(spoken("The port of staging is 8443").is_empty());
        assert!(!spoken("The user has two cats").is_empty());
    }

    #[test]
    fn forms_of_one_word_have_one_stem() {
        for forms in [
            &["solve", "solved", "solving", "solves"][..],
            &["meet", "met", "meeting"],
            &["stop", "stopped", "stopping"],
            &["library", "libraries"],
            &["write", "written", "wrote"],
        ] {
            assert!(forms.iter().all(|form| stem(form) == stem(forms[0])), "{forms:?}");
        }
    }
}
