//! What dreams over recorded sessions would write down, for a person to read.
//!
//! No figure tells whether an entry is worth having. Every entry of a dream over all sessions of
//! a folder stands here with its support and one line of evidence, by kind.

use dreaming::kind::Kind;
use dreaming::plan::{Change, Operation};

use super::Protocol;
use crate::data::Data;
use crate::dream::Dreamer;
use crate::figure::Figure;
use crate::report::Measured;

/// See the module.
pub const PROTOCOL: Protocol = Protocol {
    name: "entries",
    about: "what a dream over all recorded sessions would write down",
    run,
};

/// The folder with the sessions.
const FOLDER: &str = "entire-lite";

/// The kinds in the order in which a reader meets them.
const KINDS: [Kind; 8] = [
    Kind::Fact,
    Kind::Preference,
    Kind::Workflow,
    Kind::Mistake,
    Kind::Decision,
    Kind::Practice,
    Kind::Heuristic,
    Kind::TrainingPriority,
];

/// Characters of evidence that are shown.
const SHOWN: usize = 100;

fn run(data: &Data) -> anyhow::Result<Measured> {
    let sessions = data.sessions(FOLDER)?;
    if sessions.is_empty() {
        return Ok(Measured::absent("recorded sessions"));
    }
    let dreamt = Dreamer::new("2026-06-01T00:00:00Z")?.dream(&sessions, |_| {})?;
    let mut measured = Measured::default();
    for kind in KINDS {
        let added = |change: &&Change| {
            change.operation == Operation::Add && change.path.as_str() == kind.path()
        };
        let mut changes: Vec<_> = dreamt.plan.changes.iter().filter(added).collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.score.total));
        let count = Figure::count(changes.len());
        measured.row(kind.title(), Some(Figure::Count(0)), None, count, None);
        changes.into_iter().for_each(|change| measured.note(line(kind, change)));
    }
    Ok(measured)
}

/// An entry with what it stands on.
fn line(kind: Kind, change: &Change) -> String {
    let support = &change.support;
    let quote = change.evidence.first().map_or("", |evidence| &evidence.quote);
    let quote: String = quote.split_whitespace().collect::<Vec<_>>().join(" ");
    let quote: String = quote.chars().take(SHOWN).collect();
    format!(
        "{}: {}\n      {} sessions, {} days; e.g. {quote}",
        kind.title(),
        change.text.as_deref().unwrap_or_default(),
        support.sessions,
        support.days,
    )
}
