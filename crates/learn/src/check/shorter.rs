//! What is left of a proposal without the part that names something which has no source, or only one from outside.

use std::ops::Range;

use dreaming_records::kind::Kind;
use dreaming_records::proposal::Proposal;
use dreaming_shield::attack;
use dreaming_text as text;
use dreaming_text::unicode::{is_space, is_word};

use super::quotes::Found;
use super::taken_up::is_acted_on;
use crate::step;

/// The proposal without a name: without the code marks around it, or without the part of its text in which it stands.
/// `None` where that part is the beginning, or says the newer value.
pub(super) fn without(said: &Proposal, name: &str, found: &Found<'_>) -> Option<Proposal> {
    let is_bare = said.kind == Kind::Mistake && is_name(name) && is_acted_on(name, found);
    let bare = is_bare.then(|| unmarked(&said.text, name)).flatten();
    let text = bare.or_else(|| without_part(said.kind, &said.text, name))?;
    let says = |right: &String| text.contains(&**right);
    said.right.as_ref().is_none_or(says).then(|| Proposal { text, ..said.clone() })
}

/// The text with a name in plain words that stood between code marks: these mark what a reader copies.
fn unmarked(text: &str, name: &str) -> Option<String> {
    let marked = format!("`{name}`");
    text.contains(&marked).then(|| text.replace(&marked, name))
}

/// Whether this names a file or a piece of code, such as a test, and nothing to run or to open.
fn is_name(name: &str) -> bool {
    let is_inner = |(at, c): (usize, char)| at > 0 && c.is_ascii_uppercase();
    !name.contains(is_space)
        && (name.contains(['.', '_']) || name.char_indices().any(is_inner))
        && !step::is_script(name)
        && attack::actions(name).is_empty()
}

/// The text without the brackets in which a name stands, or without the clause behind a semicolon, or without the sentence,
/// if it is not the first. `None` where that part limits what the rest says. A sentence limits no fact.
fn without_part(kind: Kind, text: &str, name: &str) -> Option<String> {
    let at = place(text, name)?;
    let all = text::sentences(text);
    let first = all.first()?.end;
    let sentence = all.into_iter().find(|sentence| sentence.contains(&at.start))?;
    let within = bracket(text, &at).or_else(|| clause(text, &sentence, &at));
    let part = match within {
        Some(part) => part,
        None if sentence.end > first => before_space(text, sentence.start)..sentence.end,
        None => return None,
    };
    let is_fact = kind == Kind::Fact && part.end == sentence.end && part.start < sentence.start;
    let limits = !is_fact && text::limits(text.get(part.clone())?);
    let left = format!("{}{}", text.get(..part.start)?, text.get(part.end..)?);
    (!limits).then_some(left)
}

/// Where a text names something, as a word of its own.
fn place(text: &str, name: &str) -> Option<Range<usize>> {
    let edge = |c: Option<char>, next: Option<char>| {
        !(c.is_some_and(is_word) && next.is_some_and(is_word))
    };
    let is_whole = |(at, name): &(usize, &str)| {
        let (before, after) = (text.get(..*at), text.get(at + name.len()..));
        edge(before.and_then(|text| text.chars().next_back()), name.chars().next())
            && edge(name.chars().next_back(), after.and_then(|text| text.chars().next()))
    };
    text.match_indices(name).find(is_whole).map(|(at, name)| at..at + name.len())
}

/// The brackets around a place, with the white space before them. Those of a function in code have none.
fn bracket(text: &str, at: &Range<usize>) -> Option<Range<usize>> {
    let opens = prose(text).filter(|(from, c)| {
        let before = text.get(..*from).and_then(|text| text.chars().next_back());
        *from < at.start && (*c == '(' && before.is_some_and(is_space) || *c == '（')
    });
    let mut opens: Vec<usize> = opens.map(|(from, _)| from).collect();
    // The innermost that is closed behind the place.
    while let Some(from) = opens.pop() {
        let close = prose(text).find(|(to, c)| *to > from && matches!(c, ')' | '）'))?;
        if close.0 >= at.end {
            return Some(before_space(text, from)..close.0 + close.1.len_utf8());
        }
    }
    None
}

/// The clause of a sentence behind a semicolon in which a place stands: up to the next semicolon, or the end.
fn clause(text: &str, sentence: &Range<usize>, at: &Range<usize>) -> Option<Range<usize>> {
    let marks = prose(text).filter(|(mark, c)| sentence.contains(mark) && matches!(c, ';' | '；'));
    let marks: Vec<usize> = marks.map(|(mark, _)| mark).collect();
    let from = *marks.iter().rev().find(|mark| **mark < at.start)?;
    let end = text.get(..sentence.end)?.trim_end_matches(['.', '!', '。', '！']).len();
    let to = marks.iter().copied().find(|mark| *mark >= at.end).unwrap_or(end);
    Some(from..to)
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
    use super::*;

    #[test]
    fn the_part_that_names_something_goes() {
        let less = |text: &str, name: &str| without_part(Kind::Workflow, text, name);
        let port = "The service listens on 8090 (set in `config/local.toml`), no longer on 8080.";
        let bare = "The service listens on 8090, no longer on 8080.";
        assert_eq!(less(port, "config/local.toml").as_deref(), Some(bare));
        assert_eq!(
            less("最大12人（`MaxParty`参照）です。", "MaxParty").as_deref(),
            Some("最大12人です。")
        );
        // The inner brackets alone, and none of a function.
        let inner = "Parties are 12 (before 9 (`MaxParty`)).";
        assert_eq!(less(inner, "MaxParty").as_deref(), Some("Parties are 12 (before 9)."));
        assert_eq!(less("Call f(`MaxParty`) first.", "MaxParty"), None);
        assert_eq!(less("Use `a (b c)` first.", "b"), None);
        let clause = "Parties are 12; the limit is `MaxParty`; Ines asked for it.";
        assert_eq!(less(clause, "MaxParty").as_deref(), Some("Parties are 12; Ines asked for it."));
        assert_eq!(less("Parties are 12; it is `Max`.", "Max").as_deref(), Some("Parties are 12."));
        let sentence = "Redis is gone. The migration 0042 does it. Nothing else to start.";
        let rest = "Redis is gone. Nothing else to start.";
        assert_eq!(less(sentence, "0042").as_deref(), Some(rest));
        assert_eq!(less(sentence, "Redis"), None);
        // What limits the rest stays with it; only a fact holds without its next sentence.
        for text in [
            "Delete the cache (only on `x1`).",
            "Push to main; not when `x1` is on.",
            "Deploy on Tuesday. Only when `x1` is on.",
        ] {
            assert_eq!(less(text, "x1"), None, "{text}");
        }
        let window = "It ends at 9. Till 10 was allowed on `x1` only.";
        let fact = without_part(Kind::Fact, window, "x1");
        assert_eq!(fact.as_deref(), Some("It ends at 9."));
        // As a word of its own.
        assert_eq!(less("Wait 15 s. It takes 5 s.", "5").as_deref(), Some("Wait 15 s."));
        assert_eq!(less("Wait 15 s.", "5"), None);
    }

    #[test]
    fn a_file_or_a_test_is_no_program_and_no_address() {
        for name in ["TestHold", "src/a/b.rs", "buscador.e2e.ts", "max_party"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["left-evil", "make", "Makefile", "tools/fix.sh", "https://evil.example/x"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
