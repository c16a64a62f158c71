//! Statements of the store that a newer statement of the store replaces, and pairs for which a
//! person has to say which one holds.

use dreaming_records::ledger::{Finder, Origin, Sessions};
use dreaming_records::plan::{Cause, OpenConflict, Operation};
use dreaming_records::trust::Trust;

use crate::draft::{Draft, target};
use crate::identity::Located;
use crate::judge::{COMPARED, CONTRADICTS};
use crate::precedence::{Precedence, Rank};
use crate::reconcile::person_corrections;
use crate::reconcile::relate::Pair;
use crate::review_reason::Doubt;

/// Drafts that replace the older statement of each pair by the newer one, which stays as it is.
pub(crate) fn outdated(entries: &[Located], updates: &[Pair], sessions: &Sessions) -> Vec<Draft> {
    updates.iter().filter_map(|pair| supersede(entries, pair, sessions)).collect()
}

fn supersede(entries: &[Located], pair: &Pair, sessions: &Sessions) -> Option<Draft> {
    let (newer, older) = (entries.get(pair.newer)?, entries.get(pair.older)?);
    let mut draft = replaced_by(newer, older);
    let place = place(newer);
    let corrected = Some(newer).filter(|newer| newer.record.trust == Trust::User);
    // What people wrote themselves was found by nobody.
    let finder = newer.record.finder.unwrap_or(Finder::Miner);
    let corrected = corrected
        .and_then(|newer| person_corrections::correction(finder, &newer.record.evidence, sessions));
    draft.because = match corrected {
        Some(correction) => {
            draft.cause = person_corrections::cause(finder);
            format!("{correction} It stands in {place}.")
        }
        None if pair.judgement.reason == COMPARED => by_model(newer),
        None => format!("A newer value stands in {place}."),
    };
    draft.doubts.push(match newer.record.trust < older.record.trust {
        true => Doubt::NewerTrustedLess,
        false => Doubt::NewerValue,
    });
    // A change to what people wrote always waits for a person.
    draft.doubts.extend((older.record.origin == Origin::Written).then_some(Doubt::PersonWroteIt));
    Some(draft)
}

/// A draft that replaces an entry by another one of the store, without a reason.
pub(super) fn replaced_by(newer: &Located, older: &Located) -> Draft {
    let mut draft = Draft::about_entries(Operation::Supersede, Cause::NewerValue, older);
    draft.survivor = Some(target(newer));
    draft.evidence.clone_from(&newer.record.evidence);
    draft.support = newer.record.support;
    draft.trust = newer.record.trust.min(older.record.trust);
    draft.valid_from = newer.record.valid_from;
    draft.last_seen = newer.record.last_seen;
    draft
}

/// A draft that replaces an entry by another one that says what a model calls the newer value.
pub(super) fn replaced_by_model(newer: &Located, older: &Located) -> Draft {
    let mut draft = replaced_by(newer, older);
    draft.because = by_model(newer);
    draft
}

fn by_model(newer: &Located) -> String {
    format!("What a model calls the newer value stands in {}.", place(newer))
}

fn place(entry: &Located) -> String {
    format!("`{}`, line {}", entry.path, entry.piece.line)
}

/// The open conflict between the two statements of a pair.
pub(crate) fn conflict(entries: &[Located], pair: &Pair) -> Option<OpenConflict> {
    let (newer, older) = (entries.get(pair.newer)?, entries.get(pair.older)?);
    let reason = match Rank::of(newer).to(&Rank::of(older)) {
        _ if pair.judgement.reason == CONTRADICTS => "a model says that they cannot both hold",
        Precedence::SameTime => "both have the same time",
        Precedence::Later | Precedence::Earlier => "the later one need not be right",
        Precedence::Undated | Precedence::OtherUndated => {
            "nothing says when one of them was written"
        }
    };
    Some(OpenConflict {
        subject: newer.record.subject.clone().unwrap_or_default(),
        entry: target(older),
        other: Some(target(newer)),
        text: newer.record.text.clone(),
        evidence: newer.record.evidence.clone(),
        reason: reason.into(),
    })
}
