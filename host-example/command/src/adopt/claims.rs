//! Entries of an export as candidates for a plan.

use dreaming_wasmtime::{Candidate, Citation, Kind, Provenance};

use super::Entry;

/// Longest statement in bytes: the engine's limit for a quote. Longer texts are documents, not
/// statements.
pub const MAX_STATEMENT: usize = 2000;

/// Most candidates and most bytes of text in one plan, from the interface (`planning.plan`).
const MAX_CANDIDATES: usize = 10_000;
const MAX_TEXT: usize = 1 << 20;

/// How many of `entries`, counted from the first, fit into one plan.
pub fn first(entries: &[Entry]) -> usize {
    let mut room = MAX_TEXT;
    let fits = |entry: &&Entry| {
        let left = room.checked_sub(length(&candidate(entry)));
        room = left.unwrap_or_default();
        left.is_some()
    };
    entries.iter().take(MAX_CANDIDATES).take_while(fits).count()
}

/// The bytes of text of a candidate.
fn length(candidate: &Candidate) -> usize {
    let texts = |cited: &Citation| {
        [&cited.session, &cited.part, &cited.event, &cited.quote]
            .map(String::len)
            .iter()
            .sum::<usize>()
    };
    candidate.text.len() + candidate.evidence.iter().map(texts).sum::<usize>()
}

/// Makes each entry a fact with provenance `external`, whatever type the other store gives it:
/// nobody in this project said it, so it must not pass for advice. The evidence names the entry's
/// source as session and its type as part.
pub fn candidates(entries: &[Entry]) -> Vec<Candidate> {
    entries.iter().map(candidate).collect()
}

fn candidate(entry: &Entry) -> Candidate {
    let source = entry.source.as_deref().unwrap_or("source unknown");
    let citation = Citation {
        session: format!("adopted: {source}"),
        part: entry.kind.clone().filter(|kind| !kind.is_empty()).unwrap_or_else(|| "memory".into()),
        line: 1,
        event: entry.id.clone().unwrap_or_default(),
        time: entry.time,
        provenance: Provenance::External,
        start: 0,
        quote: entry.quote.clone().unwrap_or_else(|| entry.text.clone()),
    };
    Candidate {
        kind: Kind::Fact,
        text: entry.text.clone(),
        subject: None,
        principal: None,
        wrong: None,
        right: None,
        evidence: vec![citation],
    }
}
