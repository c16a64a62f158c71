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

    /// All verdicts, with those on index lines. A change that goes only together with others stays open when these are
    /// not accepted as they are: what it takes out may be in no other words.
    fn all(&self, verdicts: &[Verdict]) -> Vec<(&'a Change, Verdict)> {
        let given = || self.changes.iter().map(|(_, change)| *change).zip(verdicts);
        let stands = |id: &String| {
            given().any(|(change, verdict)| change.id == *id && *verdict == Verdict::Accept)
        };
        let asked: Vec<(&Change, Verdict)> = given()
            .map(|(change, verdict)| match verdict {
                Verdict::Accept if !change.needs.iter().all(stands) => (change, Verdict::Open),
                verdict => (change, verdict.clone()),
            })
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
        let all = self.all(verdicts);
        for (change, verdict) in &all {
            let Some(word) = verdict.word() else {
                open += usize::from(self.lines.iter().all(|line| line.change.id != change.id));
                continue;
            };
            let (id, path) = (text::one_line(&change.id), text::one_line(&change.path));
            let what = text::one_line(&change.operation);
            let _ = writeln!(out, "  {word}  {id}  {what} {path}");
            if let Verdict::Reword(words) = verdict {
                let _ = writeln!(out, "          + {}", text::one_line(words));
            }
        }
        let _ = writeln!(out, "  {open} left open");
        let accepted = self.changes.iter().zip(verdicts).filter(|(_, v)| **v == Verdict::Accept);
        let is_held = |id: &str| all.iter().any(|(of, v)| of.id == id && *v == Verdict::Open);
        let held = accepted.filter(|((_, change), _)| is_held(&change.id)).count() as u64;
        if held > 0 {
            let (stay, go) = if held == 1 { ("stays", "it goes") } else { ("stay", "they go") };
            let _ = writeln!(
                out,
                "  {} {stay} open: {go} only together with what is not accepted as it is",
                text::count(held, "accepted change")
            );
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::words::tests::{change, plan};

    #[test]
    fn what_goes_only_together_with_others_stays_open_without_them() {
        let add = |id: &str| change(id, "add", "distilled", "review");
        let needs = vec!["x".into(), "y".into()];
        let goes = Change { needs, ..change("old", "supersede", "outgrown", "review") };
        let of = plan(vec![add("x"), add("y"), goes]);
        let questions = Questions::of(&of);
        let said = |id: &str, x: &Verdict| if id == "x" { x.clone() } else { Verdict::Accept };
        let with = |x: &Verdict| -> Vec<Verdict> {
            questions.changes.iter().map(|(_, change)| said(&change.id, x)).collect()
        };
        let goes = |x: &Verdict| {
            let Choice { optional, .. } = questions.choice(&with(x));
            optional.contains("old")
        };
        assert!(goes(&Verdict::Accept));
        for x in [Verdict::Open, Verdict::Reject, Verdict::Reword("My words.".into())] {
            assert!(!goes(&x), "{x:?}");
            let said = questions.summary(&with(&x));
            assert!(said.contains("1 accepted change stays open: it goes only"), "{said}");
        }
        assert!(!questions.summary(&with(&Verdict::Accept)).contains("stays open"));
    }
}
