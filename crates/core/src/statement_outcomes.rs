//! Counts the outcomes of sessions for or against a statement.

use dreaming_records::copies;
use dreaming_records::evidence::Evidence;
use dreaming_records::ids::SessionId;
use dreaming_records::key::key;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Sessions;
use dreaming_records::outcome::Credit;
use dreaming_records::trust::Trust;
use dreaming_text::{Groups, Map, Set};

/// The known outcomes of all sessions.
#[derive(Clone, Debug)]
pub(crate) struct StatementOutcomes<'a> {
    /// What speaks for and against each session, by the session id in the transcript.
    credit: Map<SessionId, Credit>,
    /// The sessions, by the host's id.
    sessions: &'a Sessions,
    /// The sessions to which each statement was shown, by the statement's key.
    shown: Groups<&'a str, &'a SessionId>,
    redact: fn(&str) -> String,
}

impl<'a> StatementOutcomes<'a> {
    /// `credit` is by the session id in the transcript, `sessions` are the records of all sessions.
    /// `redact` cuts secrets out of a statement before it is looked up.
    pub(crate) fn new(
        sessions: &'a Sessions,
        credit: Map<SessionId, Credit>,
        redact: fn(&str) -> String,
    ) -> Self {
        let shown = copies::distinct(sessions).into_iter().flat_map(|record| {
            record.notes.recalled.iter().map(|key| (key.as_str(), record.origin()))
        });
        Self { credit, sessions, shown: Groups::of(shown), redact }
    }

    /// The credit of a statement: that of the sessions to which the statement was shown and, when
    /// it says what agents did, that of the sessions in which they did it. Each session counts
    /// once. A session that went well says nothing about a fact that was found in it.
    pub(crate) fn credit<'e>(
        &self,
        statement: &str,
        kind: Option<Kind>,
        trust: Trust,
        evidence: impl IntoIterator<Item = &'e Evidence>,
    ) -> Credit {
        let key = key(&(self.redact)(statement));
        let evidence = evidence.into_iter().filter(|_| is_done(kind, trust));
        let done = evidence.filter_map(|piece| {
            let record = self.sessions.get(&piece.session)?;
            Some(record.origin_of(&piece.part, piece.line))
        });
        let sessions = Set::of(self.shown.get(key.as_str()).copied().chain(done));
        let mut sum = Credit::default();
        sessions.iter().filter_map(|id| self.credit.get(*id)).for_each(|credit| sum.add(*credit));
        sum
    }
}

/// Whether the evidence of a statement shows that somebody did what it says: took the steps, or
/// cured the mistake. The evidence of a mistake without a cure shows only that it happened.
fn is_done(kind: Option<Kind>, trust: Trust) -> bool {
    match kind {
        Some(Kind::Workflow | Kind::Practice) => true,
        Some(Kind::Mistake) => trust == Trust::Verified,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_fixtures::{pin, record, sessions};

    /// Three sessions: one that went well, one that went badly, one of which nothing is known.
    fn three() -> Sessions {
        let [mut well, badly, unknown] =
            ["well", "badly", "unknown"].map(|id| record(id, "alice", 1));
        well.notes.recalled = vec![key("Use  pnpm.")];
        sessions([well, badly, unknown])
    }

    fn credit() -> Map<SessionId, Credit> {
        let well = (SessionId::new("well"), Credit { good: 100, bad: 0 });
        Map::of([well, (SessionId::new("badly"), Credit { good: 0, bad: 100 })])
    }

    fn all(sessions: &Sessions) -> Vec<Evidence> {
        sessions.values().map(|record| record.evidence(&pin(1, 1))).collect()
    }

    #[test]
    fn only_entries_in_use_and_patterns_that_occurred_are_credited() {
        let sessions = three();
        let outcomes = StatementOutcomes::new(&sessions, credit(), crate::redact);
        let evidence = all(&sessions);
        let credit = |text: &str, kind, trust| {
            let found = outcomes.credit(text, Some(kind), trust, &evidence);
            (found.good, found.bad)
        };
        assert_eq!(credit("Use pnpm.", Kind::Preference, Trust::User), (100, 0));
        assert_eq!(credit("Use npm.", Kind::Preference, Trust::User), (0, 0));
        assert_eq!(credit("a, then b", Kind::Workflow, Trust::Agent), (100, 100));
        assert_eq!(credit("x fails", Kind::Mistake, Trust::Tool), (0, 0));
        assert_eq!(credit("x fails, y works", Kind::Mistake, Trust::Verified), (100, 100));
    }

    #[test]
    fn two_files_of_one_session_are_credited_once() {
        let mut sessions = three();
        let mut copy = sessions.get(&SessionId::new("well")).unwrap().clone();
        copy.notes.origin = SessionId::new("well");
        copy.id = SessionId::new("copy");
        sessions.insert(copy.id.clone(), copy);
        let outcomes = StatementOutcomes::new(&sessions, credit(), crate::redact);
        let evidence = all(&sessions);
        let credit = outcomes.credit("Use pnpm.", Some(Kind::Workflow), Trust::Agent, &evidence);
        assert_eq!((credit.good, credit.bad), (100, 100));
    }
}
