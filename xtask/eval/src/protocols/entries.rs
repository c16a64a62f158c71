//! The entries that dreams over recorded sessions would write, listed for people to judge.
//!
//! No figure tells whether an entry is worth having. Every entry of a dream over all sessions of a
//! source is listed with its gate, its support and two places of evidence.

use dreaming::kind::Kind;
use dreaming::plan::{Change, Gate, Operation};

use super::Protocol;
use crate::data::Data;
use crate::dream::Dreamer;
use crate::figure::Figure;
use crate::judged::{Demands, Judged};
use crate::report::Measured;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol = Protocol {
    name: "entries",
    about: "what a dream over all recorded sessions of a source would write down",
    run,
};

/// The kinds, in the order of the list.
const KINDS: [Kind; 6] =
    [Kind::Fact, Kind::Preference, Kind::Workflow, Kind::Mistake, Kind::Decision, Kind::Practice];

/// The demands on the entries that readers judged.
const JUDGED: Demands = Demands { wanted: Some(0.60), noise: Some(0.15), wrong: Some(0.03) };

/// Places of evidence listed for each entry.
const PLACES: usize = 2;

/// Characters listed of a place.
const SHOWN: usize = 160;

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    let mut counts = [0; KINDS.len()];
    let mut unattended = 0;
    let mut texts = Vec::new();
    for source in data.folders_with("sessions")? {
        let sessions = data.sessions(&source)?;
        let dreamt = Dreamer::new("2026-12-01T00:00:00Z")?.dream(&sessions, |_| {})?;
        let mut entries = Vec::new();
        for (kind, count) in KINDS.into_iter().zip(&mut counts) {
            let added = |change: &&Change| {
                change.operation == Operation::Add && change.path.as_str() == kind.path()
            };
            let mut changes: Vec<_> = dreamt.plan.changes.iter().filter(added).collect();
            changes.sort_by_key(|change| std::cmp::Reverse(change.score.total));
            *count += changes.len();
            unattended += changes.iter().filter(|change| change.gate == Gate::Auto).count();
            texts.extend(changes.iter().filter_map(|change| change.text.clone()));
            entries.extend(changes.into_iter().map(|change| shown(kind, change)));
        }
        let label = format!("{source}: entries of {} sessions", sessions.len());
        measured.row(label, Some(Figure::Count(0)), None, Figure::count(entries.len()), None);
        entries.into_iter().for_each(|entry| measured.note(format!("{source}: {entry}")));
    }
    if measured.rows.is_empty() {
        return Ok(Measured::absent("recorded sessions"));
    }
    for (kind, count) in KINDS.into_iter().zip(counts) {
        measured.row(kind.title(), Some(Figure::Count(0)), None, Figure::count(count), None);
    }
    let unattended = Figure::count(unattended);
    let texts = texts.iter().map(String::as_str);
    Judged::read()?.rows("judged", texts, JUDGED, &mut measured);
    measured.row("written unattended", Some(Figure::Count(0)), None, unattended, None);
    Ok(measured)
}

/// An entry with its evidence, as text.
fn shown(kind: Kind, change: &Change) -> String {
    let support = &change.support;
    let mut text = format!(
        "{}, {}: {}\n      {} sessions, {} days. {}",
        kind.title(),
        match change.gate {
            Gate::Auto => "unattended",
            Gate::Review => "for review",
            Gate::Blocked => "blocked",
        },
        change.text.as_deref().unwrap_or_default(),
        support.sessions,
        support.days,
        change.because,
    );
    for evidence in change.evidence.iter().take(PLACES) {
        let quote: String = evidence.quote.split_whitespace().collect::<Vec<_>>().join(" ");
        let quote: String = quote.chars().take(SHOWN).collect();
        text.push_str(&format!("\n      {} line {}: {quote}", evidence.session, evidence.line));
    }
    text
}
