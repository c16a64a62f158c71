//! Measures what a dream without a model proposes from people's words.
//!
//! `said/messages.jsonl` (`id`, `session`, `time`, `text`, `project`) become transcripts, one for
//! each session; one dream reads all of a project. `said/labels.jsonl` (`id`, `session`, `quote`,
//! `sure`) marks what a colleague would keep. A proposal from people's words is right when one of
//! the messages that it cites holds a marked statement and either the statement has most content
//! words of the quote, or the quote most of the statement.

use std::collections::{BTreeMap, BTreeSet};

use dreaming::plan::{Change, Operation};
use dreaming::trust::Provenance;
use dreaming_testing::Transcript;
use serde_json::Value;

use super::Protocol;
use crate::data::{Data, Sessions};
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::report::Measured;
use crate::text::content;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol =
    Protocol { name: "said", about: "what is proposed from people's words without a model", run };

/// Share of the content words of the shorter text that the longer one must have.
const COVER: f64 = 0.6;

/// The demand on precision. None on recall: finding what people want is left to a model.
const PRECISION: Demand = Demand::AtLeast(0.60);

/// Counts over one project.
#[derive(Clone, Copy, Default)]
struct Counts {
    proposed: usize,
    right: usize,
    found: usize,
    marked: usize,
}

fn run(data: &Data) -> anyhow::Result<Measured> {
    let (Some(messages), Some(labels)) =
        (data.lines("said/messages.jsonl")?, data.lines("said/labels.jsonl")?)
    else {
        return Ok(Measured::absent("said/messages.jsonl and said/labels.jsonl"));
    };
    let mut measured = Measured::default();
    let mut all = Counts::default();
    let projects: BTreeSet<&str> = messages.iter().map(|row| field(row, "project")).collect();
    for project in projects {
        let counts = of_project(project, &messages, &labels, &mut measured)?;
        row(&mut measured, project, counts, None);
        all.proposed += counts.proposed;
        all.right += counts.right;
        all.found += counts.found;
        all.marked += counts.marked;
    }
    row(&mut measured, "all", all, (all.proposed > 0).then_some(PRECISION));
    Ok(measured)
}

fn row(measured: &mut Measured, source: &str, counts: Counts, demand: Option<Demand>) {
    let Counts { proposed, right, found, marked } = counts;
    measured.row(format!("{source}: right"), None, None, Figure::share(right, proposed), demand);
    measured.row(format!("{source}: found"), None, None, Figure::share(found, marked), None);
}

fn of_project(
    project: &str,
    messages: &[Value],
    labels: &[Value],
    measured: &mut Measured,
) -> anyhow::Result<Counts> {
    let sessions = transcripts(project, messages);
    let dreamt = Dreamer::new("2026-12-01T00:00:00Z")?.dream(&sessions, |_| {})?;
    let writes = [Operation::Add, Operation::Supersede, Operation::Revise];
    let marked: Vec<&Value> =
        labels.iter().filter(|row| field(row, "project") == project).collect();
    let mut counts = Counts { marked: marked.len(), ..Counts::default() };
    let mut found = BTreeSet::new();
    let by_people = |change: &&Change| {
        writes.contains(&change.operation)
            && change.kind.is_some()
            && change.evidence.iter().any(|piece| piece.provenance == Provenance::User)
    };
    for change in dreamt.plan.changes.iter().filter(by_people) {
        let cited = |label: &&&Value| {
            change.evidence.iter().any(|piece| {
                field(label, "session").ends_with(piece.session.as_str())
                    && is_said(field(label, "quote"), &piece.quote)
            })
        };
        let hits: Vec<&str> =
            marked.iter().filter(cited).map(|label| field(label, "quote")).collect();
        counts.proposed += 1;
        counts.right += usize::from(!hits.is_empty());
        let word = if hits.is_empty() { "not marked" } else { "right" };
        measured.note(format!("{project}, {word}: {}", change.text.as_deref().unwrap_or("")));
        found.extend(hits);
    }
    counts.found = found.len();
    Ok(counts)
}

/// The messages of a project as transcripts.
fn transcripts(project: &str, messages: &[Value]) -> Sessions {
    let mut transcripts: BTreeMap<&str, Transcript> = BTreeMap::new();
    for message in messages.iter().filter(|row| field(row, "project") == project) {
        let session = field(message, "session");
        let start = field(message, "time");
        let new = || Transcript::new(session, start);
        transcripts.entry(session).or_insert_with(new).user(field(message, "text"));
    }
    let parts = |transcript: Transcript| vec![("main".to_owned(), transcript.bytes())];
    transcripts.into_iter().map(|(id, of)| (id.to_owned(), parts(of))).collect()
}

/// The marked messages as transcripts, by project.
pub fn sessions(data: &Data) -> anyhow::Result<Vec<Sessions>> {
    let messages = data.lines("said/messages.jsonl")?.unwrap_or_default();
    let projects: BTreeSet<&str> = messages.iter().map(|row| field(row, "project")).collect();
    Ok(projects.into_iter().map(|project| transcripts(project, &messages)).collect())
}

/// Whether the longer of two texts has most content words of the shorter one.
fn is_said(a: &str, b: &str) -> bool {
    let words = |text: &str| content(text).into_iter().collect::<BTreeSet<String>>();
    let (a, b) = (words(a), words(b));
    let fewest = a.len().min(b.len());
    fewest > 0 && a.intersection(&b).count() as f64 >= COVER * fewest as f64
}

fn field<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_is_right_when_its_quote_is_what_readers_marked() {
        assert!(is_said("full schema is never to be changed", "The full schema is never changed."));
        assert!(!is_said("full schema is never changed", "Always run the tests of the schema."));
        assert!(!is_said("", "x"));
    }
}
