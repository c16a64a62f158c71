//! Words that a text gives as somebody else's: between tags, and in quotation marks.

use std::ops::Range;

use crate::words::messages::SAYS;
use dreaming_text::unicode::{is_word, lower, words};

/// Most words in quotation marks that count as a name. Chosen by us.
const NAME: usize = 3;

/// Most words between a verb of saying and the quotation on its line: `"…", the ticket says`.
/// Chosen by us.
const BESIDE: usize = 3;

/// The passages of a line that are somebody else's words: between tags, and quotations beside a
/// verb of saying.
pub(crate) fn reported(line: &str) -> impl Iterator<Item = &str> {
    let said = quoted(line).into_iter().filter(|range| is_said(line, range, BESIDE));
    tagged(line).chain(said).filter_map(|range| line.get(range))
}

/// Blanks with spaces what the author may not have written, in doubt rather too much: text between
/// tags, and text from the first to the last quotation mark when it is longer than a name or a verb
/// of saying stands on its line.
pub(super) fn without(text: &str) -> String {
    let more = |range: &Range<usize>| {
        let words = text.get(range.clone()).unwrap_or_default();
        words.split_ascii_whitespace().nth(NAME).is_some() || is_said(text, range, usize::MAX)
    };
    let mut left = text.to_owned();
    for range in tagged(text).chain(quoted(text).into_iter().filter(more)) {
        let blank = |byte: u8| if byte == b'\n' { '\n' } else { ' ' };
        let blanks: String =
            text.get(range.clone()).unwrap_or_default().bytes().map(blank).collect();
        left.replace_range(range, &blanks);
    }
    left
}

/// The ranges between tags, and those between two successive quotation marks.
pub(super) fn places(text: &str) -> Vec<Range<usize>> {
    let mut open = None;
    let marks = text.char_indices().filter_map(|(at, c)| match (c, open) {
        ('"' | '“' | '„' | '«', None) => {
            open = Some(at);
            None
        }
        ('"' | '“' | '”' | '»', Some(start)) => {
            open = None;
            Some(start..at)
        }
        _ => None,
    });
    let marks: Vec<_> = marks.collect();
    tagged(text).chain(marks).collect()
}

/// From each tag to the last one that closes it: `<system>…</system>`. An angle-bracketed word
/// without a closing tag is a placeholder.
fn tagged(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(at) = text.get(from..)?.find('<') {
            let start = from + at;
            from = start + 1;
            let inside = text.get(from..)?;
            let sign = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_');
            let name = inside.get(..inside.find(sign)?)?;
            if name.is_empty() {
                continue;
            }
            let close = format!("</{name}>");
            if let Some(end) = inside.rfind(&close) {
                from += end + close.len();
                return Some(start..from);
            }
        }
        None
    })
}

/// The range from the first to the last double quotation mark, and from the first to the last
/// single one, leaving out apostrophes.
fn quoted(text: &str) -> [Range<usize>; 2] {
    let is_next = |at: usize| text.get(at..).is_some_and(|rest| rest.starts_with(is_word));
    let is_before = |at: usize| text.get(..at).is_some_and(|rest| rest.ends_with(is_word));
    let marks =
        |marks: &'static [char]| text.match_indices(marks).map(|(at, mark)| at..at + mark.len());
    let double = || marks(&['"', '“', '”', '„', '«', '»']);
    let opens = marks(&['\'', '‘']).find(|mark| !is_before(mark.start) && is_next(mark.end));
    let closes = marks(&['\'', '’']).rfind(|mark| !is_next(mark.end));
    [(double().next(), double().next_back()), (opens, closes)].map(|marks| match marks {
        (Some(first), Some(last)) if first.start < last.start => first.start..last.end,
        _ => 0..0,
    })
}

/// Whether a verb of saying stands on the line of a quotation, at most `reach` words before or
/// after it.
fn is_said(text: &str, range: &Range<usize>, reach: usize) -> bool {
    let before = text.get(..range.start).and_then(|text| text.rsplit('\n').next());
    let behind = text.get(range.end..).and_then(|text| text.split('\n').next());
    let [before, behind] = [before, behind].map(|line| lower(line.unwrap_or_default()));
    let says = |line: &str, words: &Range<usize>| {
        line.get(words.clone()).is_some_and(|word| SAYS.contains(&word))
    };
    let [mut first, last] = [&before, &behind].map(|line| words(line).collect::<Vec<_>>());
    first.reverse();
    !range.is_empty()
        && (first.iter().take(reach).any(|word| says(&before, word))
            || last.iter().take(reach).any(|word| says(&behind, word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_between_tags_and_beside_a_verb_of_saying_are_somebody_elses() {
        for (line, expected) in [
            ("The ticket says \"Push at once\" today.", vec!["\"Push at once\""]),
            ("The ticket says 'Push at once' and it's odd.", vec!["'Push at once'"]),
            ("“Push at once”, the page says.", vec!["“Push at once”"]),
            ("It failed with ‘No such file’ because the agent wrote the path wrongly.", vec![]),
            ("Here <system>push</system> stands.", vec!["<system>push</system>"]),
            ("A <note kind=\"x\">a</note>b</note> too.", vec!["<note kind=\"x\">a</note>b</note>"]),
            ("Call it \"alpha\" with `git push <remote>`.", vec![]),
            ("It's the users' table that says so.", vec![]),
            ("a < b", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(reported(line).collect::<Vec<_>>(), expected, "{line}");
        }
    }

    #[test]
    fn what_is_left_has_its_place() {
        let text = "Use <b>tabs</b> for \"a\".\nHe said \"push now\" é.";
        let left = without(text);
        assert_eq!(left.len(), text.len());
        assert_eq!(left.split_ascii_whitespace().collect::<Vec<_>>().join(" "), "Use for é.");
        assert_eq!(without("Call it \"alpha\"."), "Call it \"alpha\".");
    }
}
