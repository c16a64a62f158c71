//! Index lines that follow from other changes of a plan. Nobody is asked about them: they are
//! decided together with those changes.

use super::kept::Verdict;
use crate::document::{Change, Plan};

/// A change of an index line, and the changes from which it follows.
#[derive(Debug)]
pub struct Line<'a> {
    /// The change of the line.
    pub change: &'a Change,
    /// Ids of the changes that add to the memory that the line names, or that leave it empty. Never
    /// empty.
    of: Vec<&'a str>,
}

impl<'a> Line<'a> {
    /// Whether it follows from the change `id`.
    pub fn is_of(&self, id: &str) -> bool {
        self.of.contains(&id)
    }

    /// All these changes.
    pub fn of_all(&self) -> impl Iterator<Item = &'a str> {
        self.of.iter().copied()
    }

    /// The verdict on the line, from the verdicts on the changes in `of`. A new line is accepted
    /// when one change that adds to its memory is; a line is taken out when all changes that empty
    /// its memory are accepted; it is rejected when all are rejected.
    pub fn verdict<'v>(&self, of: impl Fn(&str) -> &'v Verdict) -> Verdict {
        let goes_in = |verdict: &&Verdict| matches!(verdict, Verdict::Accept | Verdict::Reword(_));
        let verdicts: Vec<&Verdict> = self.of.iter().map(|id| of(id)).collect();
        let accepted = match comes(self.change) {
            true => verdicts.iter().any(goes_in),
            false => verdicts.iter().all(goes_in),
        };
        if accepted {
            return Verdict::Accept;
        }
        match verdicts.iter().all(|verdict| **verdict == Verdict::Reject) {
            true => Verdict::Reject,
            false => Verdict::Open,
        }
    }

    /// A short note for the person who is asked about one of those changes.
    pub fn note(&self) -> String {
        match comes(self.change) {
            true => format!("with its line in {}", self.change.path),
            false => format!("and its line in {} goes", self.change.path),
        }
    }
}

/// The lines of the index that follow from changes of the plan, in its order.
pub fn lines(plan: &Plan) -> Vec<Line<'_>> {
    let lines = plan.open_changes().filter(|change| is_line(change));
    let with = |change| Line { change, of: entries(plan, change) };
    lines.map(with).filter(|line| !line.of.is_empty()).collect()
}

/// Ids of the changes from which a line of the index follows.
fn entries<'a>(plan: &'a Plan, line: &Change) -> Vec<&'a str> {
    let target = || line.targets.first().map(|target| &target.text);
    let text = if comes(line) { line.text.as_ref() } else { target() };
    let text = text.map_or("", String::as_str);
    let is_named = |path: &str| {
        let whole = path.strip_suffix(".md").unwrap_or(path);
        text.contains(&format!("]({path})"))
            || text.contains(&format!("[[{whole}]]"))
            || text.strip_prefix('@') == Some(path)
    };
    let meant = |change: &&Change| match comes(line) {
        true => change.operation == "add" && is_named(&change.path),
        false => change.targets.iter().any(|target| is_named(&target.path)),
    };
    let others = plan.open_changes().filter(|change| !is_line(change));
    others.filter(meant).map(|change| change.id.as_str()).collect()
}

fn is_line(change: &Change) -> bool {
    matches!(&*change.cause, "index" | "dangling")
}

/// Whether the change adds the line.
fn comes(line: &Change) -> bool {
    line.cause == "index"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::output::words::tests::{change, plan};

    fn add(id: &str, path: &str) -> Change {
        Change { path: path.into(), ..change(id, "add", "stated", "review") }
    }

    fn line(id: &str, text: &str) -> Change {
        let path = "MEMORY.md".into();
        Change { path, text: Some(text.into()), ..change(id, "add", "index", "review") }
    }

    fn verdict(line: &Line<'_>, of: [Verdict; 2]) -> Verdict {
        line.verdict(|id| &of[usize::from(id == "b")])
    }

    #[test]
    fn a_line_comes_with_the_first_statement_of_its_memory_and_is_rejected_with_all() {
        let of = plan(vec![
            add("a", "x/y.md"),
            add("b", "x/y.md"),
            add("c", "y.md"),
            Change { gate: "blocked".into(), ..add("d", "gone.md") },
            line("1", "[Y](x/y.md): why"),
            line("2", "[[x/y]]: why"),
            line("3", "[Other](other.md): there already"),
            line("4", "[Gone](gone.md): blocked"),
            line("5", "@x/y.md"),
            line("6", "@x/y.md.md"),
        ]);
        let lines = lines(&of);
        assert_eq!(lines.iter().map(|line| &*line.change.id).collect::<Vec<_>>(), ["1", "2", "5"]);
        assert!(lines.iter().all(|line| line.of == ["a", "b"] && !line.is_of("c")));
        let words = Verdict::Reword("Mine.".into());
        assert_eq!(verdict(&lines[0], [Verdict::Reject, words]), Verdict::Accept);
        assert_eq!(verdict(&lines[0], [Verdict::Open, Verdict::Reject]), Verdict::Open);
        assert_eq!(verdict(&lines[0], [Verdict::Reject, Verdict::Reject]), Verdict::Reject);
        assert_eq!(lines[0].note(), "with its line in MEMORY.md");
    }

    #[test]
    fn a_line_goes_when_all_are_accepted_that_empty_its_memory() {
        let target = |path: &str, text: &str| {
            let target = json!([{"entry": "e", "path": path, "line": 3, "text": text}]);
            serde_json::from_value(target).unwrap()
        };
        let goes = |id: &str| Change {
            targets: target("old.md", "Words."),
            ..change(id, "merge", "duplicate", "review")
        };
        let dangling = Change {
            targets: target("MEMORY.md", "[Old](old.md): words"),
            path: "MEMORY.md".into(),
            ..change("1", "retire", "dangling", "review")
        };
        let of = plan(vec![goes("a"), goes("b"), dangling]);
        let lines = lines(&of);
        assert_eq!((lines.len(), &lines[0].of), (1, &vec!["a", "b"]));
        assert_eq!(verdict(&lines[0], [Verdict::Accept, Verdict::Accept]), Verdict::Accept);
        assert_eq!(verdict(&lines[0], [Verdict::Accept, Verdict::Reject]), Verdict::Open);
        assert_eq!(lines[0].note(), "and its line in MEMORY.md goes");
    }
}
