//! Statements that a model wrote for later sessions from what all sessions left behind.

use std::collections::BTreeSet;

use serde::Serialize;

use dreaming_text::{Set, normal};

use crate::canonical::{Readable, digest_parts};
use crate::ids::{Digest, EntryId};
use crate::kind::Kind;
use crate::rows::Rows;
use crate::session_record::SessionRecord;

/// The ledger row of a statement that a model wrote from findings of several sessions. It has no
/// evidence of its own: its evidence, trust and support are those of its findings, so that it goes
/// when they go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Distilled {
    /// Digest of its kind and words.
    ///
    /// See [`statement`].
    pub key: Digest,
    /// What sort of statement it is.
    pub kind: Kind,
    /// The statement, one paragraph, redacted.
    pub text: String,
    /// Digests of the findings that it rests on, sorted, distinct. A finding is a statement (kind
    /// and words) or failures (a tool and its message).
    ///
    /// See [`statement`] and [`failures`].
    pub findings: Vec<Digest>,
    /// The entry that it replaces: the model was shown that entry and said so, or it alone took up
    /// what the entry rests on when everything was written anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<EntryId>,
    /// The words of that entry, if no dream wrote it: what they name needs no other source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// The entry after which it belongs, if it is new: the model was shown that entry and said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<EntryId>,
    /// Whether it is the next step of the numbered list in which that entry stands.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub step: bool,
    /// Keys of the statements that it was written in place of, sorted, distinct: the one that stood
    /// there when a model wrote that, too, or all that had findings of it when everything was
    /// written anew (`distil.anew`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instead_of: Vec<Digest>,
}

impl Distilled {
    /// Whether it rests on the finding.
    pub fn rests_on(&self, finding: &Digest) -> bool {
        self.findings.binary_search(finding).is_ok()
    }

    /// Whether it rests on a finding of the `other` statement.
    pub fn takes_up(&self, other: &Self) -> bool {
        other.findings.iter().any(|finding| self.rests_on(finding))
    }

    /// Takes the place of a row in the same words, if it has none.
    fn take_place(&mut self, place: Option<(EntryId, bool)>) {
        if let (None, Some((after, step))) = (&self.after, place) {
            (self.after, self.step) = (Some(after), step);
        }
    }
}

/// What models wrote, by the digest of kind and words.
pub type Distillate = Rows<Digest, Distilled>;

/// The digest that identifies a statement.
pub fn statement(kind: Kind, text: &str) -> Digest {
    digest_parts([kind.word().as_bytes(), normal(text).as_bytes()])
}

/// The digest that identifies failures of one tool with one message.
pub fn failures(tool: &str, message: &str) -> Digest {
    digest_parts([b"failures", tool.as_bytes(), message.as_bytes()])
}

/// The statements `keys`, those in whose place they were written, and so on.
pub fn with_earlier<'a>(
    rows: &'a Distillate,
    keys: impl IntoIterator<Item = &'a Digest>,
) -> BTreeSet<&'a Digest> {
    let mut all = BTreeSet::new();
    let mut open: Vec<&Digest> = keys.into_iter().collect();
    while let Some(key) = open.pop() {
        if all.insert(key) {
            open.extend(rows.get(key).into_iter().flat_map(|row| &row.instead_of));
        }
    }
    all
}

/// Adds rows to those of a ledger. A row that is there already in the same words rests on the
/// findings of both and stands in the place of all that both did; it does not stand in its own
/// place, nor anything in the place of what is written again.
pub fn take_up(all: &mut Distillate, rows: &[Distilled]) {
    for row in rows {
        let mut row = row.clone();
        row.instead_of.retain(|old| *old != row.key);
        if let Some(known) = all.get(&row.key) {
            row.findings =
                Set::of(known.findings.iter().chain(&row.findings).cloned()).into_iter().collect();
            let before = known.instead_of.iter().chain(&row.instead_of).cloned();
            row.instead_of = Set::of(before).into_iter().collect();
            let is_new = row.replaces.is_none();
            row.take_place(known.after.clone().map(|after| (after, known.step)));
            if !is_new {
                (row.after, row.step) = (None, false);
            }
        }
        all.update(|other| {
            let is_over = other.instead_of.contains(&row.key);
            let rest = other.instead_of.iter().filter(|old| **old != row.key).cloned();
            is_over.then(|| Distilled { instead_of: rest.collect(), ..other.clone() })
        });
        all.insert(row.key.clone(), row);
    }
}

/// Makes one row of rows in the same words: it rests on the findings of all. `rows` are sorted. A statement has one place,
/// that of the first row with a line; returns the rows for other lines, too.
pub fn one_each(rows: Vec<Distilled>) -> (Vec<Distilled>, Vec<Distilled>) {
    let mut each: Vec<Distilled> = Vec::new();
    let mut others = Vec::new();
    let all = |one: &[Digest], other: &[Digest]| {
        Set::of(one.iter().chain(other).cloned()).into_iter().collect()
    };
    for row in rows {
        let Some(known) = each.last_mut().filter(|known| known.key == row.key) else {
            each.push(row);
            continue;
        };
        known.findings = all(&known.findings, &row.findings);
        known.instead_of = all(&known.instead_of, &row.instead_of);
        known.take_place(row.after.clone().map(|after| (after, row.step)));
        if known.replaces.is_none() {
            (known.replaces, known.line) = (row.replaces, row.line);
            if known.replaces.is_some() {
                (known.after, known.step) = (None, false);
            }
        } else if row.replaces.is_some() && row.replaces != known.replaces {
            others.push(row);
        }
    }
    (each, others)
}

/// Drops the rows none of whose findings any session has now.
pub fn retain<'a>(all: &mut Distillate, sessions: impl Iterator<Item = &'a SessionRecord>) {
    if all.is_empty() {
        return;
    }
    let found = Set::of(sessions.flat_map(findings));
    all.retain(|_, row| row.findings.iter().any(|finding| found.contains(finding)));
}

/// Drops the rows that rest on a finding of the session.
pub fn erase(all: &mut Distillate, session: &SessionRecord) {
    let gone = Set::of(findings(session));
    all.retain(|_, row| !row.findings.iter().any(|finding| gone.contains(finding)));
}

/// The findings of a session that a statement may rest on.
fn findings(record: &SessionRecord) -> Vec<Digest> {
    let histories = record.histories.iter().map(|history| &history.record);
    let failed = histories.chain([record]).flat_map(|record| &record.notes.failures);
    let failed = failed.map(|failure| failures(&failure.tool, &failure.template));
    let said = record.all_proposals().map(|proposal| statement(proposal.kind, &proposal.text));
    said.chain(failed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_in_the_same_words_become_one_with_one_place() {
        let finding = |n: &str| statement(Kind::Fact, n);
        let row = |text: &str, found: &str, replaces: Option<&str>| Distilled {
            key: statement(Kind::Fact, text),
            kind: Kind::Fact,
            text: text.into(),
            findings: vec![finding(found)],
            replaces: replaces.map(EntryId::new),
            after: None,
            step: false,
            line: replaces.map(str::to_owned),
            instead_of: Vec::new(),
        };
        let rows = vec![
            row("It is so.", "a", None),
            row("It is so.", "b", Some("e1")),
            row("It is so.", "c", Some("e2")),
            row("It is not.", "a", None),
        ];
        let (each, others) = one_each(rows);
        assert_eq!((each.len(), others.len()), (2, 1), "{each:?} {others:?}");
        assert_eq!(each[0].findings.len(), 3);
        assert_eq!(
            (each[0].replaces.clone(), each[0].line.as_deref()),
            (Some(EntryId::new("e1")), Some("e1"))
        );
        assert_eq!(others[0].replaces, Some(EntryId::new("e2")));
    }
}
