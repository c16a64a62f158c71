//! The charter: statements that no dream may contradict or take out, and kinds, memories and words
//! that none may write. It is part of the policy (`charter.*`), so that it is recorded and replayed
//! with each plan. A change that breaks it is blocked with the reason; nobody can accept it by
//! mistake.

mod path_pattern;

use dreaming_records::evidence::MAX_QUOTE;
use dreaming_records::memory::MemoryPath;
use dreaming_records::plan::{Change, Operation};
use dreaming_records::policy::{self, Policy};
use dreaming_text as text;

use crate::judge::{EQUAL, Judgement, Relation, Statement, judge};
use crate::review_reason::Doubt;
use crate::steer;

use self::path_pattern::fits;

/// What no dream may do.
#[derive(Clone, Debug)]
pub(crate) struct Charter<'a> {
    policy: &'a Policy,
    redact: fn(&str) -> String,
}

/// What the charter says of a change, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// Nobody may apply it.
    Forbidden(String),
    /// A person has to look at it.
    Doubtful(Doubt),
}

impl<'a> Charter<'a> {
    /// The charter of a policy. `redact` cuts secrets out of what a plan quotes of it.
    pub(crate) fn of(policy: &'a Policy, redact: fn(&str) -> String) -> Self {
        Self { policy, redact }
    }

    /// What the charter says of a change. The gate of the change plays no part.
    pub(crate) fn rule(&self, change: &Change) -> Option<Ruling> {
        let forbidden = self.place(change).or_else(|| self.words(change));
        let forbidden = forbidden.or_else(|| self.opposite(change));
        if let Some(reason) = forbidden.or_else(|| self.loss(change)) {
            return Some(Ruling::Forbidden(reason));
        }
        let claims = claims(change);
        let judged = |statement: &'a String| {
            claims.iter().map(move |claim| (statement, judge(claim, &Statement::of(statement))))
        };
        let statements = self.policy.texts(&policy::CHARTER_STATEMENTS);
        let against: Vec<_> = statements.iter().flat_map(judged).collect();
        // The new text shares words with a statement of the charter. Whether it adds to that
        // statement or contradicts it, a person has to say.
        let close = |(_, judged): &&(&String, Judgement)| judged.relation == Relation::Related;
        let (statement, judged) = against.iter().find(close)?;
        Some(Ruling::Doubtful(Doubt::Charter(format!(
            "charter.statements: it may contradict \"{}\" ({} differs)",
            self.shown(statement),
            judged.reason
        ))))
    }

    /// Why the memory may not be written; taking a statement out counts as writing.
    fn place(&self, change: &Change) -> Option<String> {
        let paths = change.targets.iter().map(|target| &target.path).chain([&change.path]);
        let items = self.policy.texts(&policy::CHARTER_PATHS);
        let forbidden = |path: &MemoryPath| items.iter().find(|item| fits(item, path));
        let item = paths.into_iter().find_map(forbidden)?;
        Some(format!("charter.paths: no dream writes `{}`", self.shown(item)))
    }

    /// Why the new text may not be written, whatever the store holds.
    fn words(&self, change: &Change) -> Option<String> {
        let text = change.text.as_deref()?;
        let kinds = self.policy.texts(&policy::CHARTER_KINDS);
        if change.kind.is_some_and(|kind| steer::names_kind(kinds, kind)) {
            return Some("charter.kinds: no dream writes statements of this kind".into());
        }
        let phrase = steer::said_of(text, self.policy.texts(&policy::CHARTER_PHRASES))?;
        Some(format!("charter.phrases: it says `{}`", self.shown(phrase)))
    }

    /// Why the new text may not be written: it is a statement of the charter turned round ("always" for "never").
    fn opposite(&self, change: &Change) -> Option<String> {
        let claims = claims(change);
        let turns =
            |statement: &&String| claims.iter().any(|claim| text::turned(claim.text, statement));
        let statement = self.policy.texts(&policy::CHARTER_STATEMENTS).iter().find(turns)?;
        Some(format!("charter.statements: it says the opposite of \"{}\"", self.shown(statement)))
    }

    /// Why the targets may not be taken out: a statement of the charter would no longer be in the
    /// store, or only in other words than now.
    fn loss(&self, change: &Change) -> Option<String> {
        if change.operation == Operation::Add {
            return None;
        }
        let stays = change.text.as_deref().or(change.survivor.as_ref().map(|s| s.text.as_str()));
        let kept = |statement: &str, lost: &Judgement| {
            let stays = stays.map(|stays| judge(&Statement::of(stays), &Statement::of(statement)));
            stays.is_some_and(|stays| {
                stays.relation == Relation::Same && (stays.reason == EQUAL || lost.reason != EQUAL)
            })
        };
        let lost = |statement: &&String| {
            change.targets.iter().any(|target| {
                let lost = judge(&Statement::of(&target.text), &Statement::of(statement));
                lost.relation == Relation::Same && !kept(statement, &lost)
            })
        };
        let statement = self.policy.texts(&policy::CHARTER_STATEMENTS).iter().find(lost)?;
        Some(format!("charter.statements: \"{}\" stays", self.shown(statement)))
    }

    /// An item of the charter as a plan may quote it: without secrets, and no longer than a quote
    /// may be.
    fn shown(&self, item: &str) -> String {
        text::cut(&(self.redact)(item), MAX_QUOTE).into()
    }
}

/// The statements that a change makes the store say: its new text, or the newer value that replaces
/// its targets. A merge says nothing new.
fn claims(change: &Change) -> Vec<Statement<'_>> {
    let newer = change.survivor.as_ref().filter(|_| change.operation == Operation::Supersede);
    let texts = change.text.as_deref().into_iter().chain(newer.map(|s| s.text.as_str()));
    let claim = |text| Statement {
        subject: change.subject.as_deref(),
        principal: change.principal.as_deref(),
        ..Statement::of(text)
    };
    texts.map(claim).collect()
}

#[cfg(test)]
mod tests;
