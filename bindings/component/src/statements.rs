//! Statements of interface `consolidation`: values of the interface to values of the engine, and back.

use std::cell::RefCell;

use dreaming::interface::statements as engine;
use dreaming::ledger::Support;
use dreaming::outcome::Credit;
use dreaming::score::Score;
use dreaming::time::Time;
use dreaming::trust::Trust;

use crate::bindings::exports::dreaming::engine::consolidation as wire;
use crate::errors::EngineError;

/// The resource `statements`. As [`crate::consolidation::Held`], a borrow cannot fail.
pub(crate) struct Gathered(pub(crate) RefCell<engine::Statements>);

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

fn statement(statement: wire::Statement) -> engine::Statement {
    engine::Statement {
        id: statement.id,
        text: statement.text,
        headings: statement.headings.join("\n"),
        subject: statement.subject,
        principal: statement.principal,
        place: statement.place,
        since: statement.since.map(Time::from_millis),
        said: statement.said.map(Time::from_millis),
        trust: match statement.trust {
            wire::Trust::External => Trust::External,
            wire::Trust::Tool => Trust::Tool,
            wire::Trust::Agent => Trust::Agent,
            wire::Trust::Verified => Trust::Verified,
            wire::Trust::User => Trust::User,
        },
        support: Support {
            sessions: statement.support.sessions,
            agents: statement.support.agents,
            days: statement.support.days,
        },
        credit: Credit { good: statement.outcomes.good, bad: statement.outcomes.bad },
        pinned: statement.pinned,
    }
}

pub(crate) fn relation(related: engine::Related<'_>) -> wire::Relation {
    wire::Relation {
        older: related.older.into(),
        newer: related.newer.into(),
        tie: match related.tie {
            engine::Tie::Same => wire::Tie::Same,
            engine::Tie::Updates => wire::Tie::Updates,
            engine::Tie::Contradicts => wire::Tie::Contradicts,
        },
        reason: related.judgement.reason.into(),
        older_only: related.judgement.left,
        newer_only: related.judgement.right,
        similarity: ppm(related.judgement.similarity),
    }
}

pub(crate) fn scored(scored: engine::Scored<'_>) -> wire::Scored {
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

/// Parts per million of a whole fit.
fn ppm(part: u64) -> u32 {
    u32::try_from(part).unwrap_or(u32::MAX)
}
