//! Stemming: a word without its inflection.

use crate::join::hash;

/// The stem of a lower-case English word: without plural, `-ing`, `-ed` and `-ation`, so that
/// `merges`, `merged` and `merging` are one. Words with other than ASCII letters, and words of up
/// to three letters, stay as they are. A stem need not be a word. It is returned in two parts: a
/// prefix of the word, and the letters that replace the rest.
pub(super) fn stem(word: &str) -> (&str, &'static str) {
    /// Letters that a stem must keep, so that `sing`, `bed` and `has` are not cut.
    const MIN: usize = 3;
    if word.len() <= MIN || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return (word, "");
    }
    let fits = |(ending, _): &&(&str, &str)| {
        // `process`, `status` and `this` are no plurals.
        let plural = *ending != "s" || !["ss", "us", "is"].iter().any(|e| word.ends_with(e));
        plural && word.strip_suffix(ending).is_some_and(|rest| rest.len() >= MIN)
    };
    let (mut rest, instead) = match endings(word).iter().find(fits) {
        Some((ending, instead)) => (word.strip_suffix(ending).unwrap_or(word), *instead),
        None => (word, ""),
    };
    if !instead.is_empty() {
        return (rest, instead);
    }
    let shorter = rest.get(..rest.len() - 1).unwrap_or(rest);
    let last = |text: &str| text.bytes().next_back();
    if rest.len() > MIN {
        let doubled = last(shorter) == last(rest);
        match last(rest) {
            // `planned` doubles the `n` of `plan`; but `pull`, `pass` and `buzz` have two letters
            // of their own.
            Some(end) if doubled && rest.len() < word.len() && !b"lsz".contains(&end) => {
                rest = shorter;
            }
            // `merge` and `merg(ing)`, `copy` and `copi(ed)`.
            Some(b'e') => return (shorter, ""),
            Some(b'y') => return (shorter, "i"),
            _ => {}
        }
    }
    (rest, "")
}

/// Endings by the last letter of the word, each with its replacement; the first that fits is used.
/// A subset of Porter's steps 1 and 2 (An algorithm for suffix stripping, 1980).
fn endings(word: &str) -> &'static [(&'static str, &'static str)] {
    match word.as_bytes() {
        [.., b's'] => &[
            ("ations", "at"),
            ("ings", ""),
            ("ies", "i"),
            ("sses", "ss"),
            ("ches", "ch"),
            ("shes", "sh"),
            ("xes", "x"),
            ("s", ""),
        ],
        [.., b'n'] => &[("ation", "at")],
        [.., b'g'] => &[("ing", "")],
        [.., b'y'] => &[("edly", "")],
        [.., b'd'] => &[("ed", "")],
        _ => &[],
    }
}

/// The number of the stem of a word.
pub(super) fn number(word: &str) -> u32 {
    let (rest, ending) = stem(word);
    joined(rest, ending)
}

/// The number of a stem given in two parts.
pub(super) fn joined(rest: &str, ending: &str) -> u32 {
    hash::token(rest.as_bytes().iter().chain(ending.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(word: &str) -> String {
        let (rest, ending) = stem(word);
        format!("{rest}{ending}")
    }

    #[test]
    fn forms_of_one_word_have_one_stem() {
        for forms in [
            &["merge", "merges", "merged", "merging"][..],
            &["copy", "copies", "copied", "copying"],
            &["plan", "plans", "planned", "planning"],
            &["process", "processes", "processed", "processing"],
            &["migrate", "migration", "migrations", "migrating"],
            &["fix", "fixes", "fixed", "fixing"],
            &["branch", "branches"],
        ] {
            let stems: Vec<String> = forms.iter().map(|form| of(form)).collect();
            assert!(stems.windows(2).all(|two| two.first() == two.last()), "{stems:?}");
        }
    }

    #[test]
    fn other_words_and_what_is_no_english_word_keep_apart() {
        assert_ne!(of("sing"), of("sin"));
        assert_ne!(of("status"), of("stat"));
        for word in ["bed", "is", "x86", "größen", "日本", "", "v2s"] {
            assert_eq!(of(word), word);
        }
    }
}
