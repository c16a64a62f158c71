//! Interface `statement-list`: values of the interface to values of the core, and back. The
//! component of the world `statements` includes this file too.

use std::cell::RefCell;

use dreaming_core::statements as engine;
use dreaming_records::ledger::Support;
use dreaming_records::outcome::Credit;
use dreaming_records::score::Score;
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;

use crate::Component;
use crate::bindings::dreaming::engine::types::{self, Setting, Timestamp};
use crate::bindings::exports::dreaming::engine::statement_list as wire;
use crate::bindings::exports::dreaming::engine::statement_list::{
    Guest, Relation, Scored, StatementsBorrow,
};
use crate::errors::EngineError;
use crate::settings::policy;

/// The resource `statements`. The component has one thread and is never entered twice, so that a
/// borrow cannot fail.
pub(crate) struct Gathered(RefCell<engine::Statements>);

impl wire::GuestStatements for Gathered {
    fn new() -> Self {
        Self(RefCell::default())
    }

    fn add(&self, page: Vec<wire::Statement>) -> Result<(), EngineError> {
        Ok(self.0.borrow_mut().add(page.into_iter().map(statement).collect())?)
    }

    fn add_similarities(&self, page: Vec<wire::Similarity>) -> Result<(), EngineError> {
        let pair = |pair: wire::Similarity| engine::Similarity {
            a: pair.a,
            b: pair.b,
            similarity: pair.similarity.into(),
        };
        Ok(self.0.borrow_mut().add_similarities(page.into_iter().map(pair).collect())?)
    }
}

impl Guest for Component {
    type Statements = Gathered;

    fn reconcile(
        all: StatementsBorrow<'_>,
        settings: Vec<Setting>,
    ) -> Result<Vec<Relation>, EngineError> {
        policy(settings)?;
        let all = all.get::<Gathered>().0.borrow();
        let related = engine::reconcile(&all)?;
        Ok(related.into_iter().map(relation).collect())
    }

    fn score(
        all: StatementsBorrow<'_>,
        instructions: String,
        settings: Vec<Setting>,
        now: Timestamp,
    ) -> Result<Vec<Scored>, EngineError> {
        let policy = policy(settings)?;
        let (all, now) = (all.get::<Gathered>().0.borrow(), Time::from_millis(now));
        let scores = engine::score(&all, &instructions, now, &policy)?;
        Ok(scores.into_iter().map(scored).collect())
    }

    fn prune(
        all: StatementsBorrow<'_>,
        without: Vec<String>,
        budget: u32,
        instructions: String,
        settings: Vec<Setting>,
        now: Timestamp,
    ) -> Result<Vec<String>, EngineError> {
        let policy = policy(settings)?;
        let (all, now) = (all.get::<Gathered>().0.borrow(), Time::from_millis(now));
        let budget = engine::Budget { without, tokens: budget.into() };
        let kept = engine::prune(&all, &budget, &instructions, now, &policy)?;
        Ok(kept.into_iter().map(String::from).collect())
    }
}

fn statement(statement: wire::Statement) -> engine::Statement {
    engine::Statement {
        id: statement.id,
        text: statement.text,
        headings: statement.headings.join("\n"),
        subject: statement.subject,
        principal: statement.principal,
        said: statement.said.map(Time::from_millis),
        trust: match statement.trust {
            types::Trust::External => Trust::External,
            types::Trust::Tool => Trust::Tool,
            types::Trust::Agent => Trust::Agent,
            types::Trust::Verified => Trust::Verified,
            types::Trust::User => Trust::User,
        },
        support: Support {
            sessions: statement.support.sessions,
            agents: statement.support.agents,
            days: statement.support.days,
        },
        credit: Credit::of_ppm(statement.outcomes.good, statement.outcomes.bad),
        pinned: statement.pinned,
    }
}

fn relation(related: engine::Relation<'_>) -> wire::Relation {
    wire::Relation {
        older: related.older.into(),
        newer: related.newer.into(),
        tie: match related.tie {
            engine::Tie::Same => wire::Tie::Same,
            engine::Tie::Updates => wire::Tie::Updates,
            engine::Tie::Contradicts => wire::Tie::Contradicts,
        },
        reason: related.judgement.reason.into(),
        similarity: ppm(related.judgement.similarity),
    }
}

fn scored(scored: engine::Scored<'_>) -> wire::Scored {
    let Score { total, recency, support, outcome, trust, relevance } = scored.score;
    wire::Scored {
        id: scored.id.into(),
        total: ppm(total),
        recency: ppm(recency),
        support: ppm(support),
        outcome: ppm(outcome),
        trust: ppm(trust),
        relevance: ppm(relevance),
    }
}

/// Parts per million; greater numbers become the greatest one.
fn ppm(part: u64) -> u32 {
    u32::try_from(part).unwrap_or(u32::MAX)
}
