//! What is left of a proposal without the part that names something which has no source, or only one from outside.

use std::ops::Range;

use dreaming_records::kind::Kind;
use dreaming_records::proposal::Proposal;
use dreaming_text as text;
use dreaming_text::unicode::{is_letter, is_space, is_word};

use super::copied_values::names;

/// Marks that open and close a part of a text, none of which may be left alone.
const PAIRS: [(char, char); 9] = [
    ('(', ')'),
    ('（', '）'),
    ('[', ']'),
    ('{', '}'),
    ('「', '」'),
    ('『', '』'),
    ('“', '”'),
    ('‘', '’'),
    ('«', '»'),
];

/// Marks that stand on both sides of a part of a text.
const BOTH: [char; 3] = ['"', '`', '*'];

/// A part that a text lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// The text with the part.
    pub(super) from: String,
    /// The part.
    pub(super) part: String,
}

/// The fact without the part of its text that names something: without the brackets around it, the clause behind a
/// semicolon, or a later sentence. `None` where that is the beginning, says the newer value, limits what the rest says, or
/// where the next sentence speaks of it; advice stays whole, for any part of it may be a step or a condition. `is_newer`: the
/// fact is for an older value; where it does not give its own by itself, only brackets go.
pub(super) fn without(said: &Proposal, name: &str, is_newer: bool) -> Option<(Proposal, Cut)> {
    let text = &*said.text;
    let at = place(text, name).filter(|_| said.kind == Kind::Fact)?;
    let is_news = is_newer && said.right.is_none();
    let part = bracket(text, &at).or_else(|| later(text, &at).filter(|_| !is_news))?;
    let (cut, behind) = (text.get(part.clone())?, text.get(part.end..)?);
    let left = format!("{}{behind}", text.get(..part.start)?);
    let count = |mark: char| cut.matches(mark).count();
    let is_whole = PAIRS.iter().all(|(open, close)| count(*open) == count(*close))
        && BOTH.iter().all(|mark| count(*mark).is_multiple_of(2));
    let says_right = said.right.as_ref().is_none_or(|right| names(&left, right));
    let cut = (is_whole && says_right && !text::limits(cut))
        .then(|| Cut { from: text.to_owned(), part: text::normal(cut) });
    cut.map(|cut| (Proposal { text: left, ..said.clone() }, cut))
}

/// Where a text names something, as a word of its own.
fn place(text: &str, name: &str) -> Option<Range<usize>> {
    // A number goes on behind a point or a comma.
    let goes_on = |c: char| is_word(c) || matches!(c, '.' | ',');
    let is_own = |(at, name): &(usize, &str)| {
        let (before, after) = (text.get(..*at), text.get(at + name.len()..));
        let word = before.unwrap_or_default().rsplit(|c| !goes_on(c)).next().unwrap_or_default();
        let rest = after.unwrap_or_default().split(|c| !goes_on(c)).next().unwrap_or_default();
        let joined = format!("{word}{name}{rest}");
        names(&joined, name)
    };
    text.match_indices(name).find(is_own).map(|(at, name)| at..at + name.len())
}

/// The innermost brackets around a place, with the white space before them. Those of a function in code have none, and
/// between commas they are a part of the sentence.
fn bracket(text: &str, at: &Range<usize>) -> Option<Range<usize>> {
    let mut opens = Vec::new();
    for (n, c) in prose(text) {
        match c {
            '(' | '（' => opens.push(n),
            ')' | '）' => {
                let from = before_space(text, opens.pop()?);
                let opens_apart =
                    from > 0 && text.get(from..)?.starts_with(|c| is_space(c) || c == '（');
                if opens_apart && from < at.start && n >= at.end {
                    let is_listed = text.get(..from)?.ends_with(',');
                    return (!is_listed).then_some(from..n + c.len_utf8());
                }
            }
            _ => {}
        }
    }
    None
}

/// The clause behind a semicolon in which a place stands, up to the next one or the end of its sentence; else the sentence,
/// if it is not the first. `None` where a sentence is a number or ends in other marks than a full stop, or where the next
/// one begins as one that speaks of it (`It …`).
fn later(text: &str, at: &Range<usize>) -> Option<Range<usize>> {
    let all = text::sentences(text);
    let first = all.first()?.end;
    let is_plain = all.iter().all(|one| {
        let one = text.get(one.clone()).unwrap_or_default();
        let end = one.chars().next_back();
        one.contains(is_letter)
            && end.is_some_and(|c| is_word(c) || matches!(c, '.' | '。' | '`' | ')' | '）'))
    });
    let sentence = all.into_iter().find(|sentence| sentence.contains(&at.start))?;
    let marks = prose(text).filter(|(mark, c)| sentence.contains(mark) && matches!(c, ';' | '；'));
    let marks: Vec<usize> = marks.map(|(mark, _)| mark).collect();
    let part = match marks.iter().rev().find(|mark| **mark < at.start) {
        Some(from) => {
            let end = text.get(..sentence.end)?.trim_end_matches(['.', '。']).len();
            *from..marks.iter().copied().find(|mark| *mark >= at.end).unwrap_or(end)
        }
        None if sentence.end > first => before_space(text, sentence.start)..sentence.end,
        None => return None,
    };
    let next = text.get(part.end..)?.trim_start_matches(|c| !is_word(c));
    (is_plain && !text::goes_on(next)).then_some(part)
}

/// The characters of a text outside its code spans.
fn prose(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut is_code = false;
    text.char_indices().filter(move |(_, c)| {
        is_code ^= *c == '`';
        !is_code
    })
}

/// Where the white space before a place begins.
fn before_space(text: &str, at: usize) -> usize {
    text.get(..at).map_or(at, |text| text.trim_end_matches(is_space).len())
}

#[cfg(test)]
mod tests {
    use dreaming_records::trust::Trust;

    use super::*;

    fn less(kind: Kind, is_newer: bool, text: &str, name: &str) -> Option<String> {
        let (text, right) =
            (text.to_owned(), Some("12".to_owned()).filter(|_| text.contains("12")));
        let (subject, wrong, corrects, worth) = (None, None, None, None);
        let (pins, trust) = (Vec::new(), Trust::User);
        let said = Proposal { kind, text, subject, wrong, right, corrects, pins, trust, worth };
        without(&said, name, is_newer).map(|(less, _)| less.text)
    }

    #[test]
    fn the_part_that_names_something_goes() {
        for (text, name, left) in [
            (
                "It listens on 8090 (set in `config/local.toml`), as before.",
                "config/local.toml",
                "It listens on 8090, as before.",
            ),
            ("最大12人（`MaxParty`参照）です。", "MaxParty", "最大12人です。"),
            // The inner brackets alone.
            ("Parties are 12 (before 9 (`Max`)).", "Max", "Parties are 12 (before 9)."),
            ("Parties are 12 (9 (Ines), then `Max`).", "Max", "Parties are 12."),
            ("Parties are 12; it is `Max`; Ines asked.", "Max", "Parties are 12; Ines asked."),
            ("Parties are 12; it is `Max`.", "Max", "Parties are 12."),
            ("Redis is gone. See 0042. All is well.", "0042", "Redis is gone. All is well."),
            ("Wait 15 s (2.5 s by Ines). It takes 5 s.", "5", "Wait 15 s (2.5 s by Ines)."),
        ] {
            assert_eq!(less(Kind::Fact, false, text, name).as_deref(), Some(left), "{text}");
        }
        // What says a newer value and does not give it by itself loses brackets alone.
        let newer = "It listens on 80. Its port is 90 (in `x1`: see `x2`).";
        let left = Some("It listens on 80. Its port is 90.");
        assert_eq!(less(Kind::Fact, true, &newer.replace("in `x1`: ", ""), "x2").as_deref(), left);
        assert_eq!(less(Kind::Fact, true, newer, "90"), None);
        assert_eq!(less(Kind::Fact, false, newer, "90").as_deref(), Some("It listens on 80."));
    }

    #[test]
    fn what_begins_limits_or_leaves_half_a_mark_stays() {
        for (kind, text, name) in [
            (Kind::Fact, "Redis is gone. All is well.", "Redis"),
            (Kind::Fact, "Call f(`Max`) first.", "Max"),
            (Kind::Fact, "Use a, (`x1`), or b.", "x1"),
            // The newer value would go.
            (Kind::Fact, "Parties are larger. They are 12 by `Max`.", "Max"),
            (Kind::Fact, "Parties are 120; `Max` is 12.", "Max"),
            // Conditions, exceptions and negations.
            (Kind::Fact, "It deletes the cache (only on `x1`).", "x1"),
            (Kind::Fact, "It listens on 8090. Never when 7777 is open.", "7777"),
            (Kind::Fact, "It restarts; unless `x1` is set.", "x1"),
            (Kind::Fact, "Deposits are free (for members of `x1`).", "x1"),
            (Kind::Fact, "It listens on 8090. On `x1` it is 7777.", "x1"),
            // What goes on from it.
            (Kind::Fact, "A is large. B is in `x1`. It listens on 7000.", "x1"),
            // Advice.
            (Kind::Decision, "Skip the linter (`docs/x1`).", "x1"),
            (Kind::Mistake, "Push to main is fine. `x1` is excluded.", "x1"),
            (Kind::Workflow, "Stop the job; back up with `x1`; start it.", "x1"),
            (Kind::Preference, "Stop the job. Back up with `x1`. Start it.", "x1"),
            (Kind::Fact, "Restart: 1. stop it. 2. run `x1`. 3. start it.", "x1"),
            // Marks that are open.
            (Kind::Fact, "He said \"wait; then `x1`\" to all.", "x1"),
            (Kind::Fact, "Say 「a；`x1`」 now。", "x1"),
            (Kind::Fact, "**It is large; as of 7.7.7.** Ask Ines.", "7.7.7"),
            (Kind::Fact, "Is it large; or is it 77? Ask Ines.", "77"),
            (Kind::Fact, "“Parties are large. The limit is `x1`.” Ask Ines.", "x1"),
            (Kind::Fact, "*Parties are large; so is `x1`* here.", "x1"),
            (Kind::Fact, "See [a; it is `x1`] for it.", "x1"),
            (Kind::Fact, "They say ‘a is large; so is `x1`’ here.", "x1"),
        ] {
            assert_eq!(less(kind, false, text, name), None, "{text}");
        }
    }
}
