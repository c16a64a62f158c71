//! The form of a statement that a new one takes over: what stands between words that stay.

use std::ops::Range;

use dreaming_text::{normal, unicode};

/// The words of `new` in the place of those of `raw`. Where a word stays, it stays as it is written, and so does the
/// white space between two of them: spaces within code, line breaks, signs of another form. `None` when fewer than half
/// of the new words were there before (chosen by us): that is another statement, with a form of its own; not so in a line
/// of code (`is_code`), where white space says what belongs to what.
pub(super) fn around(raw: &str, new: &str, is_code: bool) -> Option<String> {
    let old = words(raw);
    let new: Vec<&str> = new.split(' ').collect();
    let stays = |range: &Range<usize>, word: &str| {
        let there = raw.get(range.clone()).unwrap_or_default();
        there == word || normal(there) == normal(word)
    };
    let head = old.iter().zip(&new).take_while(|(old, new)| stays(old, new)).count();
    let rest = old.len().min(new.len()) - head;
    let ends = old.iter().rev().zip(new.iter().rev()).take(rest);
    let tail = ends.take_while(|(old, new)| stays(old, new)).count();
    let (gone, come) = (old.get(head..old.len() - tail)?, new.get(head..new.len() - tail)?);
    // A value that stands several times: the words between its places stay too.
    let by_place = gone.len() == come.len();
    let within = gone.iter().zip(come).filter(|(old, new)| by_place && stays(old, new)).count();
    if !is_code && (head + tail + within) * 2 < new.len() {
        return None;
    }
    let start = match (gone.first(), head.checked_sub(1)) {
        (Some(first), _) => first.start,
        (None, Some(last)) => old.get(last)?.end,
        (None, None) => 0,
    };
    let mut out = raw.get(..start)?.to_owned();
    if by_place {
        let mut at = start;
        for (old, new) in gone.iter().zip(come) {
            out.push_str(raw.get(at..old.start)?);
            out.push_str(if stays(old, new) { raw.get(old.clone())? } else { new });
            at = old.end;
        }
        out.push_str(raw.get(at..)?);
        return Some(out);
    }
    if gone.is_empty() && head > 0 {
        out.push(' ');
    }
    out.push_str(&come.join(" "));
    if gone.is_empty() && head == 0 && !come.is_empty() {
        out.push(' ');
    }
    let left = gone.last().map_or(start, |last| last.end);
    let tail = raw.get(left..)?;
    // What came last goes with the white space before it.
    match come.is_empty() {
        true => Some(
            out.trim_ascii_end().to_owned()
                + if out.trim_ascii_end().is_empty() { tail.trim_ascii_start() } else { tail },
        ),
        false => Some(out + tail),
    }
}

/// Where the words of a text stand.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (unicode::is_space(c), start) {
            (true, Some(from)) => {
                words.push(from..at);
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    words.extend(start.map(|from| from..text.len()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_words_that_stay_is_kept() {
        for (raw, new, kept) in [
            ("Clean `a  b`; cat c.yml.", "Clean `a b`; cat c.yaml.", "Clean `a  b`; cat c.yaml."),
            (
                "See c.yml\n  and c.yml\u{a0}too.",
                "See c.yaml and c.yaml too.",
                "See c.yaml\n  and c.yaml\u{a0}too.",
            ),
            ("One  two three.", "One two new words three.", "One  two new words three."),
            ("One  two three.", "One two and three.", "One  two and three."),
            ("One  two gone three.", "One two three.", "One  two three."),
            ("One  two gone.", "One two", "One  two"),
            ("Gone one  two.", "one two.", "one  two."),
        ] {
            assert_eq!(around(raw, new, false).as_deref(), Some(kept), "{raw}");
        }
        assert_eq!(around("One  two three.", "Something else altogether three.", false), None);
        let (raw, new) =
            ("│   ├── db/    # One", "│ ├── db/ # in many other words than it had before");
        assert_eq!(around(raw, new, false), None);
        let before = around("run.py      # starts it", "python run.py # starts it", true);
        assert_eq!(before.as_deref(), Some("python run.py      # starts it"));
        let kept = "│   ├── db/    # in many other words than it had before";
        assert_eq!(around(raw, new, true).as_deref(), Some(kept));
    }
}
