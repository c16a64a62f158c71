//! What a model said when it looked again at what it had noticed.

use serde::{Deserialize, Serialize};

use dreaming_text::{Map, normal};

use crate::canonical::digest_parts;
use crate::ids::Digest;
use crate::kind::Kind;
use crate::ledger::Sessions;
use crate::proposal::Proposal;
use crate::session_record::SessionRecord;

/// Whether a statement is worth keeping. The ledger takes it up with all proposals that say the statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Digest of its kind and words, see [`statement`].
    pub statement: Digest,
    /// Whether it is worth keeping.
    pub keep: bool,
}

/// The digest by which a statement is known that was looked at.
pub fn statement(kind: Kind, text: &str) -> Digest {
    digest_parts([kind.word().as_bytes(), normal(text).as_bytes()])
}

/// Whether nobody has looked again at some proposal of a session.
pub fn is_open(record: &SessionRecord) -> bool {
    record.all_proposals().any(|proposal| proposal.worth.is_none())
}

/// Marks the proposals that say one of these statements.
pub fn mark(sessions: &mut Sessions, looks: &[Look]) {
    if looks.is_empty() {
        return;
    }
    let said = Map::of(looks.iter().map(|look| (&look.statement, look.keep)));
    let said = |p: &Proposal| said.get(&statement(p.kind, &p.text)).copied();
    sessions.update(|record| {
        let marks = record.all_proposals().any(|p| p.worth.is_none() && said(p).is_some());
        marks.then(|| marked(record, said))
    });
}

fn marked(record: &SessionRecord, said: impl Fn(&Proposal) -> Option<bool>) -> SessionRecord {
    let mut marked = record.clone();
    let histories = marked.histories.iter_mut();
    let histories = histories.flat_map(|history| &mut history.record.proposals);
    for proposal in marked.proposals.iter_mut().chain(histories) {
        proposal.worth = proposal.worth.or_else(|| said(proposal));
    }
    marked
}
