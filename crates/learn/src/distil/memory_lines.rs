//! The lines of the memory that a call shows.

use std::borrow::Cow;

use dreaming_records::candidate::Candidate;
use dreaming_records::distilled::{Distillate, Distilled};
use dreaming_records::ids::{Digest, EntryId};
use dreaming_text::{self as text, Map, Set, normal};

use crate::propose::Known;

use super::findings::Finding;

/// A line of the memory, or a statement of an earlier dream about which nobody has decided yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The entry that a statement in place of the line replaces: the line itself, or what the
    /// statement that is not decided about would replace.
    pub entry: Option<EntryId>,
    /// The headings above it, outermost first.
    pub headings: Vec<String>,
    /// Its number, when it is a step of a numbered list.
    pub step: Option<String>,
    /// Its words.
    pub text: String,
    /// Its row when a model wrote it.
    pub row: Option<Distilled>,
    /// The finding that it is, when a single session's finding stands in the memory as it was found.
    pub finding: Option<Digest>,
}

impl Line {
    /// The findings that it rests on.
    pub(super) fn basis(&self) -> impl Iterator<Item = &Digest> {
        self.row.iter().flat_map(|row| &row.findings).chain(&self.finding)
    }

    /// The words that no finding has to bear again: those of a line that no model wrote, also when models wrote it anew
    /// since.
    pub(super) fn first_words(&self) -> Option<String> {
        match &self.row {
            Some(row) => row.line.clone(),
            None => self.finding.is_none().then(|| self.text.clone()),
        }
    }

    /// A statement without the headings of this line, which prompts show before its words and models may repeat.
    pub(super) fn without_headings<'t>(&self, statement: &'t str) -> &'t str {
        self.headings.iter().fold(statement, |text, heading| {
            let rest = text.trim_ascii_start().strip_prefix(normal(heading).as_str());
            rest.and_then(|rest| rest.strip_prefix(" > ")).unwrap_or(text)
        })
    }

    /// The line as a prompt shows it: a step after `(step 3)`.
    pub(super) fn shown(&self) -> Cow<'_, str> {
        match &self.step {
            Some(number) => format!("(step {number}) {}", self.text).into(),
            None => (&*self.text).into(),
        }
    }

    /// Whether a statement has a word of the line or of what it stands below, or a model wrote the line.
    pub(super) fn is_about(&self, statement: &str) -> bool {
        let words = self.headings.iter().chain(Some(&self.text));
        let said = text::stem_bag(statement);
        let is_said = |word| said.binary_search(&word).is_ok();
        self.row.is_some() || words.flat_map(|words| text::stem_bag(words)).any(is_said)
    }

    /// Whether the statement takes the place of this line.
    pub(super) fn is_replaced_by(&self, row: &Distilled) -> bool {
        match &self.row {
            Some(line) => row.instead_of.contains(&line.key),
            None => self.entry.is_some() && row.replaces == self.entry,
        }
    }
}

/// The number of a step by its mark, such as `3.`; `None` for other items, and for tasks.
fn step_of(mark: &str) -> Option<String> {
    let number = mark.strip_suffix(['.', ')'])?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| number.into())
}

/// A text without the number of a step before it, see [`Line::shown`], and whether it had one.
pub(super) fn without_number(text: &str) -> (&str, bool) {
    let rest = text.trim_ascii_start().strip_prefix("(step ");
    let step = rest.and_then(|rest| rest.split_once(')'));
    let step = step.filter(|(number, _)| number.bytes().all(|b| b.is_ascii_digit()));
    step.map_or((text, false), |(_, step)| (step.trim_ascii_start(), true))
}

/// The lines of the memory, each with its row if it is one of the statements `written`, or with the
/// finding of `found` that it is, and the statements that are `undecided`, by their keys. A line in whose place an undecided statement was
/// written is left out, so that nothing else is written in its place. Those `standing` may have the
/// name of their person; the findings of the others may still bear a part of the line.
pub(super) fn lines(
    known: Vec<Known>,
    found: &[Finding],
    written: &Distillate,
    undecided: &Set<Digest>,
    standing: &[(&Distilled, Candidate)],
) -> Vec<Line> {
    let named = standing.iter().map(|(row, candidate)| {
        let mut named = candidate.clone();
        named.put_name();
        (normal(&named.text), *row)
    });
    let rows = written.values().map(|row| (normal(&row.text), row));
    let rows = Map::of(rows.chain(named));
    let undecided = standing.iter().filter(|(row, _)| undecided.contains(&row.key));
    let undecided: Vec<&Distilled> = undecided.map(|(row, _)| *row).collect();
    let replaced = Set::of(undecided.iter().filter_map(|row| row.replaces.as_ref()));
    let ids = Map::of(found.iter().map(|finding| (normal(&finding.text), &finding.id)));
    let line = |known: Known| {
        let row = rows.get(&normal(&known.text)).map(|row| (*row).clone());
        let finding = ids.get(&normal(&known.text)).filter(|_| row.is_none());
        let finding = finding.map(|id| (*id).clone());
        let step = step_of(&known.mark);
        let (entry, headings, text) = (Some(known.entry), known.headings, known.text);
        Line { entry, headings, step, text, row, finding }
    };
    let of_row = |row: &Distilled| Line {
        entry: row.replaces.clone(),
        headings: Vec::new(),
        step: None,
        text: row.text.clone(),
        row: Some(row.clone()),
        finding: None,
    };
    let stay = known.into_iter().filter(|known| !replaced.contains(&&known.entry)).map(line);
    let is_old = |line: &Line| {
        let Some(row) = &line.row else { return false };
        undecided.iter().any(|by| by.instead_of.contains(&row.key) && by.takes_up(row))
    };
    stay.filter(|line| !is_old(line)).chain(undecided.iter().copied().map(of_row)).collect()
}
