//! What became of a model's proposals once a model saw all findings together.

use serde::Serialize;

use dreaming_text::Map;

use crate::candidate::without_name;
use crate::canonical::Readable;
use crate::distilled::statement;
use crate::ids::Digest;
use crate::ledger::Sessions;
use crate::proposal::Proposal;
use crate::session_record::SessionRecord;

/// The result for a finding that no written statement covers. The ledger stores it with all
/// proposals that say the finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Look {
    /// Digest of its kind and words.
    ///
    /// See [`statement`].
    pub statement: Digest,
    /// Whether the finding is proposed as it is: the statement that a model wrote from it was
    /// turned down, and of that statement's findings it has the most support. `false`: the model
    /// left it out.
    pub keep: bool,
}

/// When a session is read again, gives its proposals the marks of equal proposals in `before`.
pub fn take_over(record: &mut SessionRecord, before: &SessionRecord) {
    let looked = before.all_proposals();
    let looked = looked.filter_map(|p| Some((statement(p.kind, &p.text), p.worth?)));
    let said = Map::of(looked);
    *record = marked(record, |p| said.get(&statement(p.kind, &p.text)).copied());
}

/// Marks the proposals that say one of the statements of `looks`. One that is to be proposed stays
/// so, whatever a later look says.
pub fn mark(sessions: &mut Sessions, looks: &[Look]) {
    if looks.is_empty() {
        return;
    }
    let said = Map::of(looks.iter().map(|look| (&look.statement, look.keep)));
    // A model may write the person's name behind a preference, as lines of a memory have it; a finding is without it.
    let said = |record: &SessionRecord, p: &Proposal| {
        let named = said.get(&statement(p.kind, &p.text));
        let words = without_name(&p.text, record.notes.principal.as_deref());
        named.or_else(|| said.get(&statement(p.kind, words))).copied()
    };
    sessions.update(|record| {
        let marks = record.all_proposals().any(|p| said(record, p) > p.worth);
        marks.then(|| marked(record, |p| said(record, p)))
    });
}

/// Removes the marks of findings that a model left, so that they are asked about again.
pub fn ask_again(sessions: &mut Sessions) {
    sessions.update(|record| {
        let is_left = |proposal: &Proposal| proposal.worth == Some(false);
        let with_left = record.all_proposals().any(is_left);
        with_left.then(|| with_worth(record, |proposal| proposal.worth.filter(|worth| *worth)))
    });
}

fn marked(record: &SessionRecord, said: impl Fn(&Proposal) -> Option<bool>) -> SessionRecord {
    with_worth(record, |proposal| proposal.worth.max(said(proposal)))
}

fn with_worth(record: &SessionRecord, worth: impl Fn(&Proposal) -> Option<bool>) -> SessionRecord {
    let mut marked = record.clone();
    let histories = marked.histories.iter_mut();
    let histories = histories.flat_map(|history| &mut history.record.proposals);
    for proposal in marked.proposals.iter_mut().chain(histories) {
        proposal.worth = worth(proposal);
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;
    use crate::trust::Trust;

    fn proposal(text: &str, worth: Option<bool>) -> Proposal {
        Proposal {
            kind: Kind::Fact,
            text: text.into(),
            subject: None,
            wrong: None,
            right: None,
            corrects: None,
            pins: Vec::new(),
            trust: Trust::Agent,
            worth,
        }
    }

    fn record(proposals: Vec<Proposal>) -> SessionRecord {
        SessionRecord { proposals, ..SessionRecord::default() }
    }

    fn worths(record: &SessionRecord) -> Vec<Option<bool>> {
        record.proposals.iter().map(|proposal| proposal.worth).collect()
    }

    #[test]
    fn a_look_marks_a_preference_behind_which_a_model_wrote_the_name_of_its_person() {
        let named = Proposal { kind: Kind::Preference, ..proposal("Use tabs. (mira)", None) };
        for (person, expected) in [("mira", Some(false)), ("lena", None)] {
            let mut said = record(vec![named.clone()]);
            said.notes.principal = Some(person.into());
            let mut sessions = Sessions::default();
            sessions.insert(Default::default(), said);
            let look = Look { statement: statement(Kind::Preference, "Use tabs."), keep: false };
            mark(&mut sessions, &[look]);
            let marked = sessions.values().next().map(worths);
            assert_eq!(marked, Some(vec![expected]), "{person}");
        }
    }

    #[test]
    fn a_look_marks_what_says_the_statement_and_was_not_looked_at() {
        let before = vec![
            proposal("It  is so.", None),
            proposal("It is so.", Some(false)),
            proposal("It is not.", None),
        ];
        let mut sessions = Sessions::default();
        sessions.insert(Default::default(), record(before));
        mark(&mut sessions, &[Look { statement: statement(Kind::Fact, "It is so."), keep: true }]);
        let marked: Vec<_> = sessions.values().map(worths).collect();
        assert_eq!(marked, [[Some(true), Some(true), None]]);
        mark(
            &mut sessions,
            &[Look { statement: statement(Kind::Mistake, "It is not."), keep: true }],
        );
        assert_eq!(sessions.values().map(worths).collect::<Vec<_>>(), marked);
    }

    #[test]
    fn a_session_that_is_read_again_keeps_what_was_said_of_its_statements() {
        let mut again = record(vec![proposal("It is so.", None), proposal("It is new.", None)]);
        take_over(&mut again, &record(vec![proposal("It is so.", Some(false))]));
        assert_eq!(worths(&again), [Some(false), None]);
    }
}
