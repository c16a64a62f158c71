//! Values in the words of a statement: where one stands, and of which form it is.

use std::ops::Range;

use dreaming_text::unicode;

/// The first place where `value` stands by itself in `text`: not inside a longer word, path or
/// name.
pub(crate) fn find(text: &str, value: &str) -> Option<Range<usize>> {
    places(text, value).next()
}

/// The longer path or address of which the value at `place` is the end, such as `config/` of `config/deploy.yml`;
/// empty where it stands by itself or is the host of an address.
pub(crate) fn path_before<'t>(text: &'t str, place: &Range<usize>) -> &'t str {
    let head = text.get(..place.start).unwrap_or_default();
    let joins =
        |c: char| unicode::is_word(c) || matches!(c, '/' | '.' | '-' | '_' | '~' | ':' | '@' | '%');
    let path = head.get(head.trim_end_matches(joins).len()..).unwrap_or_default();
    if path.ends_with('/') && !path.ends_with("://") { path } else { "" }
}

/// All such places, in order; none of an empty value.
pub(crate) fn places<'a>(text: &'a str, value: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let bounded = |start: usize, end: usize| {
        let before = text.get(..start).and_then(|t| t.chars().next_back());
        let mut after = text.get(end..).into_iter().flat_map(str::chars);
        let next = after.next();
        // `.` and `-` join words (`a.b`, `x-y`); a full stop at the end of a sentence does not.
        let joins = |c: char| matches!(c, '.' | '-' | '/' | '@' | ':');
        let ends_open = match next {
            Some(c) if joins(c) => after.next().is_some_and(unicode::is_word),
            Some(c) => unicode::is_word(c) || c == '_',
            None => false,
        };
        let begins_open =
            before.is_some_and(|c| unicode::is_word(c) || matches!(c, '_' | '-' | '.' | '@'));
        !begins_open && !ends_open
    };
    text.match_indices(value)
        .map(|(start, found)| start..start + found.len())
        .filter(move |range| !range.is_empty() && bounded(range.start, range.end))
}

pub(crate) fn overlaps(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// The forms of values. A value replaces only a value of the same form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueForm {
    Url,
    Path,
    Clock,
    Number,
}

pub(crate) fn form_of(word: &str) -> Option<ValueForm> {
    if word.contains("://") {
        Some(ValueForm::Url)
    } else if word.contains('/') || word.strip_prefix('.').is_some_and(|w| !w.is_empty()) {
        Some(ValueForm::Path)
    } else if word.bytes().next().is_some_and(|b| b.is_ascii_digit()) {
        // `10:00` is no newer value of `120`.
        Some(if word.contains(':') { ValueForm::Clock } else { ValueForm::Number })
    } else {
        None
    }
}

/// The signs in which a value may stand.
const WRAPS: [char; 10] = ['`', '"', '\'', '(', ')', '<', '>', '[', ']', '*'];

/// The words of a text, divided at spaces, without quotes, brackets and closing punctuation.
pub(crate) fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let wraps = |c: char| WRAPS.contains(&c);
    text.split(' ').scan(0, move |at, word| {
        let start = *at;
        *at += word.len() + 1;
        // `~~` strikes out; one `~` is a home folder.
        let core = word.trim_start_matches("~~").trim_start_matches(wraps);
        let left = word.len() - core.len();
        let ends = |c: char| wraps(c) || matches!(c, '.' | ',' | ';' | ':' | '~');
        let core = core.trim_end_matches(ends);
        Some(start + left..start + left + core.len())
    })
}

/// Whether a word is a value and nothing else, and of the same parts as `right`: not the target of a
/// link with a word of its text, no setting with its value, no page of an address whose host alone
/// is named.
pub(crate) fn is_bare(word: &str, right: &str) -> bool {
    let is_scheme = |scheme: &str| scheme.bytes().all(|b| b.is_ascii_alphanumeric());
    let has_page = |url: &str| {
        let (_, rest) = url.split_once("://").unwrap_or_default();
        rest.find(['/', '?', '#']).is_some_and(|at| at + 1 < rest.len())
    };
    let whole = match word.split_once("://") {
        Some((scheme, _)) => is_scheme(scheme) && has_page(word) == has_page(right),
        None => !word.contains('='),
    };
    whole && !word.contains(WRAPS)
}

/// Whether all words of a subject occur in the text.
pub(crate) fn speaks_of(text: &str, subject: &str) -> bool {
    let text = unicode::lower(text);
    let mut any = false;
    let all = spoken(subject).all(|word| {
        any = true;
        find(&text, word).is_some()
    });
    any && all
}

/// The words of a subject by which a text is searched for it: all but `the`.
pub(crate) fn spoken(subject: &str) -> impl Iterator<Item = &str> {
    subject.split(' ').filter(|word| !word.is_empty() && *word != "the")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_only_where_it_stands_by_itself() {
        assert_eq!(find("see `.a.yml` now", ".a.yml"), Some(5..11));
        assert_eq!(find("see x.a.yml", ".a.yml"), None);
        assert_eq!(find("main2 main-old main", "main"), Some(15..19));
        assert_eq!(find("Use main.", "main"), Some(4..8));
        assert_eq!(find("Use main.rs", "main"), None);
        assert_eq!(find("x", ""), None);
    }

    #[test]
    fn words_are_values_without_their_wrapping() {
        let text = "Staging is at <https://a.example>, port `8080`, ~/a. ~~Port 4.~~";
        let found: Vec<&str> = words(text).filter_map(|r| text.get(r)).collect();
        for value in ["https://a.example", "8080", "~/a", "Port", "4"] {
            assert!(found.contains(&value), "{found:?}");
        }
    }

    #[test]
    fn a_text_speaks_of_a_subject_when_it_has_all_its_words() {
        assert!(speaks_of("Staging URL: https://a.example", "the staging url"));
        assert!(!speaks_of("Staging: https://a.example", "staging url"));
        assert!(!speaks_of("anything", ""));
    }

    #[test]
    fn two_places_overlap_only_where_they_share_a_byte() {
        let middle = 3..6;
        for (other, shares) in
            [(0..3, false), (0..4, true), (3..6, true), (4..5, true), (5..9, true), (6..9, false)]
        {
            assert_eq!(
                (overlaps(&middle, &other), overlaps(&other, &middle)),
                (shares, shares),
                "{other:?}"
            );
        }
    }

    #[test]
    fn a_value_has_the_form_of_an_address_a_path_a_number_or_none() {
        let form = |word: &str| match form_of(word) {
            Some(ValueForm::Url) => "address",
            Some(ValueForm::Path) => "path",
            Some(ValueForm::Number | ValueForm::Clock) => "number",
            None => "none",
        };
        let forms = ["https://a.example", "a/b", ".env", ".", "8080", "blue", "a.b"].map(form);
        assert_eq!(forms, ["address", "path", "path", "none", "number", "none", "none"]);
    }
}
