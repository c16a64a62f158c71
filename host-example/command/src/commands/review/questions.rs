//! The changes that a person is asked about, and the decision that follows from the answers.

use std::fmt::Write as _;

use dreaming_wasmtime::Rewording;

use super::kept::Verdict;
use super::lines::{Line, lines};
use crate::commands::decide::Choice;
use crate::document::{Change, Plan};
use crate::output::{text, words};

/// The questions of a plan.
#[derive(Debug)]
pub struct Questions<'a> {
    /// The changes that are asked about, each with the word for its cause, in the order of the
    /// questions. A slice of verdicts has the verdict on each at the same index.
    pub changes: Vec<(&'a str, &'a Change)>,
    /// Index lines, which are decided together with other changes.
    pub lines: Vec<Line<'a>>,
}

impl<'a> Questions<'a> {
    /// The questions of a plan: every open change except index lines that follow from others.
    pub fn of(plan: &'a Plan) -> Self {
        let lines = lines(plan);
        let follows = |change: &Change| lines.iter().any(|line| line.change.id == change.id);
        let changes = words::by_cause(plan)
            .into_iter()
            .flat_map(|(cause, changes)| changes.into_iter().map(move |change| (cause, change)))
            .filter(|(_, change)| change.is_open() && !follows(change))
            .collect();
        Self { changes, lines }
    }

    /// The lines that follow from the change `id`.
    pub fn lines_of(&self, id: &str) -> impl Iterator<Item = &Line<'a>> {
        self.lines.iter().filter(move |line| line.is_of(id))
    }

    /// The decision.
    pub fn choice(&self, verdicts: &[Verdict]) -> Choice {
        let all = self.all(verdicts);
        let of = |wanted: fn(&Verdict) -> bool| -> Vec<String> {
            let chosen = all.iter().filter(move |(_, verdict)| wanted(verdict));
            chosen.map(|(change, _)| change.id.clone()).collect()
        };
        let edits = all.iter().filter_map(|(change, verdict)| {
            let Verdict::Reword(text) = verdict else { return None };
            Some(Rewording { change: change.id.clone(), text: text.clone() })
        });
        Choice {
            edits: edits.collect(),
            reject: of(|verdict| *verdict == Verdict::Reject),
            optional: of(|verdict| *verdict == Verdict::Accept).into_iter().collect(),
            ..Choice::only(of(|verdict| matches!(verdict, Verdict::Accept | Verdict::Reword(_))))
        }
    }

    /// All verdicts, with those on index lines.
    fn all(&self, verdicts: &[Verdict]) -> Vec<(&'a Change, Verdict)> {
        let asked: Vec<(&Change, Verdict)> = self
            .changes
            .iter()
            .zip(verdicts)
            .map(|((_, change), v)| (*change, v.clone()))
            .collect();
        let of = |id: &str| {
            let found = asked.iter().find(|(change, _)| change.id == id);
            found.map_or(&Verdict::Open, |(_, verdict)| verdict)
        };
        let lines: Vec<_> = self.lines.iter().map(|line| (line.change, line.verdict(of))).collect();
        [asked, lines].concat()
    }

    /// Lists the verdicts, one per line.
    pub fn summary(&self, verdicts: &[Verdict]) -> String {
        let mut out = String::from("\n");
        let mut open = 0;
        for (change, verdict) in self.all(verdicts) {
            let Some(word) = verdict.word() else {
                open += usize::from(self.lines.iter().all(|line| line.change.id != change.id));
                continue;
            };
            let (id, path) = (text::one_line(&change.id), text::one_line(&change.path));
            let what = text::one_line(&change.operation);
            let _ = writeln!(out, "  {word}  {id}  {what} {path}");
            if let Verdict::Reword(words) = verdict {
                let _ = writeln!(out, "          + {}", text::one_line(&words));
            }
        }
        let _ = writeln!(out, "  {open} left open");
        out
    }
}
