//! Drafts merges of statements that the store holds more than once. [`crate::judge`] says whether
//! two statements say the same.

use dreaming_records::ledger::{Origin, Sessions};
use dreaming_records::plan::{Cause, Operation};
use dreaming_records::roots::{self, widest};
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;
use dreaming_text::markdown::{Form, Piece, ends_with_colon, introduces};
use dreaming_text::{self as text, ValueKind, sort, unicode};

use crate::draft::{Draft, target};
use crate::identity::{Located, of_memory};
use crate::index;
use crate::judge::{COMPARED, EQUAL, Judgement};
use crate::reconcile::relate::Pair;
use crate::review_reason::Doubt;

/// Fewest content tokens that a statement must have to be merged into another. Chosen by us:
/// shorter ones ("none", "see below") get their meaning from the place where they stand.
const MIN_TOKENS: usize = 3;

/// Merges of statements that say the same: each older one is merged into the newer one.
pub(crate) fn duplicates(entries: &[Located], same: &[Pair], sessions: &Sessions) -> Vec<Draft> {
    let merge = |pair: &Pair| {
        let (centre, member) = (entries.get(pair.newer)?, entries.get(pair.older)?);
        Some(merge(centre, member, &pair.judgement, entries, sessions))
    };
    same.iter().filter_map(merge).collect()
}

/// Whether `member` may be merged into `centre`, which says the same. Not if `member` is short, a
/// label, or holds other items, because such a statement belongs to its place; nor if one of the
/// two is a numbered step, if one is an open and the other a done task, if they belong to different
/// principals, or if secrets were cut from them, because the secrets may differ.
pub(crate) fn mergeable(centre: &Located, member: &Located) -> bool {
    centre.record.principal == member.record.principal && fit(centre, member)
}

/// As [`mergeable`], whichever principals they belong to.
pub(crate) fn fit(centre: &Located, member: &Located) -> bool {
    beside(centre, member) && may_stay(centre) && may_stay(member) && may_go(member)
}

/// The part of [`fit`] that compares the two entries.
pub(super) fn beside(centre: &Located, member: &Located) -> bool {
    // The same relative link leads to another file from another folder.
    let reads_alike = folder(centre) == folder(member) || !index::links_to_file(&member.piece.text);
    reads_alike && task(&centre.piece) == task(&member.piece)
}

/// The part of [`fit`] that concerns each entry by itself. A secret that was cut out may differ,
/// a change to a numbered step would break the numbers of its list, what is struck out is taken back, and a line of code says
/// nothing by itself.
pub(super) fn may_stay(entry: &Located) -> bool {
    let counts = entry.piece.mark.starts_with(|c: char| c.is_ascii_digit());
    let is_code = entry.piece.form == Form::Code;
    !counts && !is_code && !["[REDACTED:", "~~"].iter().any(|sign| entry.record.text.contains(sign))
}

/// The further conditions of [`fit`] for the entry that is merged into the other.
pub(super) fn may_go(member: &Located) -> bool {
    let text = &member.record.text;
    let is_label = match member.piece.form {
        Form::Paragraph => introduces(text),
        Form::Item => ends_with_colon(text),
        Form::Row | Form::Code => false,
    };
    !member.piece.holds_others && text::tokens(text).len() >= MIN_TOKENS && !is_label
}

/// Whether a statement is about its own memory: it dates the memory (`Last updated: 2026-02-03`),
/// holds nothing but links, or is a row of a table or a line of a drawing. Such statements are
/// alike in many memories, and each memory needs its own.
pub(crate) fn is_about_its_memory(statement: &str) -> bool {
    let draws = |c: char| matches!(c, '\u{2500}'..='\u{257f}');
    if statement.starts_with('|') || statement.contains(draws) {
        return true;
    }
    let values = text::values(statement);
    let mut dates = values.iter().filter(|value| value.kind == ValueKind::Date).peekable();
    let is_dated = dates.peek().is_some();
    let dates: Vec<String> = dates.flat_map(|value| text::tokens(&value.text)).collect();
    let words = text::tokens(&without_links(statement));
    let says =
        |word: &&String| !word.contains(|c: char| c.is_ascii_digit()) && !dates.contains(word);
    words.is_empty() || is_dated && words.iter().filter(says).count() < MIN_TOKENS
}

/// A statement without its links `[words](address)`, `[[name]]` and bare addresses.
fn without_links(statement: &str) -> String {
    let mut rest = statement;
    let mut left = String::new();
    while let Some((before, after)) = rest.split_once('[') {
        let (label, end) = match after.strip_prefix('[') {
            Some(named) => (named, "]]"),
            None if after.contains("](") => (after, ")"),
            None => break,
        };
        let Some((_, after)) = label.split_once(end) else { break };
        left.push_str(before);
        left.push(' ');
        rest = after;
    }
    left.push_str(rest);
    let words = left.split(unicode::is_space).filter(|word| !word.contains("://"));
    words.collect::<Vec<_>>().join(" ")
}

/// The folder of the memory that holds an entry.
fn folder(entry: &Located) -> Option<&str> {
    entry.path.as_str().rsplit_once('/').map(|(folder, _)| folder)
}

/// The mark of a task, `[x]` or `[ ]`.
fn task(piece: &Piece) -> Option<&str> {
    piece.mark.find('[').and_then(|at| piece.mark.get(at..))
}

/// The merge of `member` into `centre`.
pub(crate) fn merge(
    centre: &Located,
    member: &Located,
    judged: &Judgement,
    entries: &[Located],
    sessions: &Sessions,
) -> Draft {
    let mut draft = Draft::about_entries(Operation::Merge, Cause::Duplicate, member);
    draft.survivor = Some(target(centre));
    let place = (&centre.path, centre.piece.line);
    let what = match judged.reason {
        EQUAL => "The same statement",
        COMPARED => "What a model calls the same",
        _ => "What says the same",
    };
    draft.because = format!("{what} stands in `{}`, line {}.", place.0, place.1);
    let mut evidence = [centre.record.evidence.clone(), member.record.evidence.clone()].concat();
    sort::all(&mut evidence);
    evidence.dedup();
    // The support of the merged entry: at least that of each of the two, and at least what their
    // joint evidence shows.
    let either = widest(centre.record.support, member.record.support);
    draft.support = widest(either, roots::shown(&evidence, sessions));
    draft.evidence = evidence;
    draft.valid_from = earliest(centre.record.valid_from, member.record.valid_from);
    draft.trust = Trust::min(centre.record.trust, member.record.trust);
    draft.last_seen = centre.record.last_seen.max(member.record.last_seen);
    let weaker =
        centre.record.trust < member.record.trust && centre.record.text != member.record.text;
    let other = match judged.reason {
        EQUAL => (centre.piece.text != member.piece.text).then_some(Doubt::OtherForm),
        COMPARED => Some(Doubt::ComparedByModel),
        _ if bare_words(&centre.piece.text) == bare_words(&member.piece.text) => {
            Some(Doubt::OtherMarks)
        }
        _ => Some(Doubt::OtherWords),
    };
    draft.doubts = weaker.then_some(Doubt::WeakerWordsStay).into_iter().chain(other).collect();
    draft.doubts.extend(of_place(centre, member, entries));
    draft
}

/// All words of a statement in lower case, `to` and `from` too, without articles, and the signs that say something
/// (`≥`, `!=`, `C++`, `?`); without marks.
fn bare_words(statement: &str) -> Vec<String> {
    let is_mark = |c: char| unicode::is_space(c) || "*_`\"'“”‘’.,;:!()[]-–—".contains(c);
    let lower = unicode::lower(statement).replace("!=", "≠");
    let mut words = vec![String::new()];
    for c in lower.chars() {
        match words.last_mut() {
            Some(word) if unicode::is_word(c) && word.chars().all(unicode::is_word) => word.push(c),
            _ if is_mark(c) => words.push(String::new()),
            _ => words.push(c.into()),
        }
    }
    words.retain(|word| !["", "a", "an", "the"].contains(&word.as_str()));
    words
}

/// The earlier of two times, either of which may be unknown.
pub(crate) fn earliest(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    a.into_iter().chain(b).min()
}

/// Why a person has to look at a merge: a statement may mean something else in another list, below
/// another item or in another memory, and in a list of steps it may stand twice on purpose. Only next to each other
/// the two surely are one.
fn of_place(centre: &Located, member: &Located, entries: &[Located]) -> Option<Doubt> {
    if [centre, member].iter().any(|e| e.record.origin == Origin::Written) {
        Some(Doubt::WrittenSince)
    } else if centre.path != member.path {
        Some(Doubt::OtherMemory)
    } else if parent(centre, entries) != parent(member, entries) {
        Some(Doubt::OtherParent)
    } else if !one_list(centre, member, entries) {
        Some(Doubt::OtherList)
    } else {
        let texts = [&centre.record.text, &member.record.text];
        let apart = from_to(centre, member, entries).any(|e| !texts.contains(&&e.record.text));
        apart.then_some(Doubt::Apart)
    }
}

/// The entries of one memory from one to the other.
fn from_to<'e>(
    a: &Located,
    b: &Located,
    entries: &'e [Located],
) -> impl Iterator<Item = &'e Located> {
    let (start, end) = (a.piece.range.start, b.piece.range.start);
    of_memory(&a.path, entries).iter().filter(move |e| {
        let at = e.piece.range.start;
        start.min(end) <= at && at <= start.max(end)
    })
}

/// Whether two entries of one memory are items of one list: only items stand between them.
fn one_list(a: &Located, b: &Located, entries: &[Located]) -> bool {
    // Code stands inside an item, or the gap between two lists shows it.
    let between = from_to(a, b, entries).filter(|entry| entry.piece.form != Form::Code);
    let mut before: Option<&Located> = None;
    for entry in between {
        let joins = before.is_none_or(|last| {
            // Between items of one list stands at most a blank line.
            entry.piece.range.start <= last.piece.range.end + "\r\n".len()
        });
        if !joins || entry.piece.form != Form::Item || entry.piece.headings != a.piece.headings {
            return false;
        }
        before = Some(entry);
    }
    true
}

/// The place of the statement inside which an entry stands.
fn parent(entry: &Located, entries: &[Located]) -> Option<usize> {
    let range = &entry.piece.range;
    let holds = |other: &&Located| {
        let outer = &other.piece.range;
        other.piece.holds_others && outer.start < range.start && range.end <= outer.end
    };
    let here = of_memory(&entry.path, entries).iter();
    here.filter(holds).map(|other| other.piece.range.start).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::resolve;
    use dreaming_records::memory::Memory;
    use dreaming_records::snapshot::Snapshot;

    #[test]
    fn dates_links_rows_and_drawings_are_no_statements_to_merge() {
        for line in [
            "Last updated: 2026-02-03",
            "**Date**: March 4th, 2026",
            "[The notes](notes/run.md), [[plans]]",
            "<https://a.example/x/y/z>",
            "| `run.log` | what ran at night |",
            "├── run.log  # what ran at night",
        ] {
            assert!(is_about_its_memory(line), "{line}");
        }
        for line in [
            "The staging shop resets every night at two.",
            "The certificate of the shop ends on 2026-03-01",
            "[The notes](notes/run.md): what ran at night",
            "Access to arrays is written a[0], never at(0)",
        ] {
            assert!(!is_about_its_memory(line), "{line}");
        }
    }

    #[test]
    fn words_and_signs_that_turn_the_sense_are_no_marks() {
        for (a, b) in [
            ("Refunds go to Anna from Sandra.", "Refunds go from Anna to Sandra."),
            ("Refunds need Sandra and Anna.", "Refunds need Sandra or Anna."),
            ("Ask his mother first.", "Ask her mother first."),
            ("Alert at ≥ 500 messages.", "Alert at ≤ 500 messages."),
            ("The filter is a != b.", "The filter is a == b."),
            ("✅ Deploy on Friday.", "❌ Deploy on Friday."),
            ("Use C++ for it.", "Use C for it."),
            ("Should we drop it?", "Should we drop it."),
            ("The team was the owner.", "The team is the owner."),
        ] {
            assert_ne!(bare_words(a), bare_words(b), "{a}");
        }
        assert_eq!(
            bare_words("**The** keys of *a* vault - they live in `vault`!"),
            bare_words("Keys of the vault: they live in vault.")
        );
    }

    #[test]
    fn a_label_that_stands_twice_leads_in_two_things_and_a_statement_says_the_same_twice() {
        let fits = |line: &str| {
            let text = format!("# A\n\n{line}\n\n- The one.\n\n{line}\n\n- The other.\n");
            let memory = Memory::new("notes.md".to_owned(), text, None).unwrap();
            let mut store = Snapshot::default();
            store.add_memory(memory).unwrap();
            let entries = resolve(&store, Time::from_millis(0), str::to_owned).entries;
            let twice: Vec<&Located> = entries.iter().filter(|e| e.record.text == line).collect();
            assert_eq!(twice.len(), 2);
            mergeable(twice[0], twice[1])
        };
        assert!(!fits("**The registration of a new tool runs:**"));
        assert!(fits("The registration of a new tool runs at night"));
    }
}
