//! Changes as a review shows them, and conversions that changes and candidates share.

use dreaming::evidence::Evidence;
use dreaming::kind::Kind;
use dreaming::ledger::{Support, Tier};
use dreaming::plan::{Cause, Change, Gate, Operation, Target};
use dreaming::time::Time;
use dreaming::trust::{Provenance, Trust};

use crate::bindings::dreaming::engine::types as wire;

pub(crate) fn change(change: Change) -> wire::Change {
    wire::Change {
        id: change.id.to_string(),
        operation: operation(change.operation),
        path: change.path.into(),
        targets: change.targets.into_iter().map(target).collect(),
        survivor: change.survivor.map(target),
        after: change.after.map(target),
        step: change.step,
        text: change.text,
        kind: change.kind.map(kind),
        cause: cause(change.cause),
        because: change.because,
        trust: trust(change.trust),
        tier: tier(change.tier),
        support: support(change.support),
        principal: change.principal,
        evidence: change.evidence.into_iter().map(evidence).collect(),
        score: ppm(change.score.total),
        gate: gate(change.gate),
        gate_reason: change.gate_reason,
        alone: change.alone,
        needs: change.needs.iter().map(ToString::to_string).collect(),
    }
}

/// Parts per million of one whole; greater numbers become the greatest one.
pub(crate) fn ppm(parts: u64) -> wire::Ppm {
    u32::try_from(parts).unwrap_or(u32::MAX)
}

fn target(target: Target) -> wire::Target {
    wire::Target {
        entry: target.entry.to_string(),
        path: target.path.into(),
        line: target.line,
        text: target.text,
    }
}

fn support(support: Support) -> wire::Support {
    wire::Support { sessions: support.sessions, agents: support.agents, days: support.days }
}

fn evidence(evidence: Evidence) -> wire::Evidence {
    wire::Evidence {
        session: evidence.session.to_string(),
        part: evidence.part,
        line: evidence.line,
        event: evidence.event,
        time: evidence.time.map(Time::millis),
        provenance: provenance(evidence.provenance),
        start: evidence.start,
        end: evidence.end,
        quote: evidence.quote,
        claimed: evidence.claimed,
    }
}

fn operation(operation: Operation) -> wire::Operation {
    match operation {
        Operation::Add => wire::Operation::Add,
        Operation::Merge => wire::Operation::Merge,
        Operation::Supersede => wire::Operation::Supersede,
        Operation::Revise => wire::Operation::Revise,
        Operation::Retire => wire::Operation::Retire,
    }
}

fn gate(gate: Gate) -> wire::Gate {
    match gate {
        Gate::Auto => wire::Gate::Auto,
        Gate::Review => wire::Gate::Review,
        Gate::Blocked => wire::Gate::Blocked,
    }
}

fn kind(kind: Kind) -> wire::Kind {
    match kind {
        Kind::Fact => wire::Kind::Fact,
        Kind::Preference => wire::Kind::Preference,
        Kind::Workflow => wire::Kind::Workflow,
        Kind::Mistake => wire::Kind::Mistake,
        Kind::Decision => wire::Kind::Decision,
        Kind::Practice => wire::Kind::Practice,
        Kind::Index => wire::Kind::Index,
    }
}

pub(crate) fn kind_of(kind: wire::Kind) -> Kind {
    match kind {
        wire::Kind::Fact => Kind::Fact,
        wire::Kind::Preference => Kind::Preference,
        wire::Kind::Workflow => Kind::Workflow,
        wire::Kind::Mistake => Kind::Mistake,
        wire::Kind::Decision => Kind::Decision,
        wire::Kind::Practice => Kind::Practice,
        wire::Kind::Index => Kind::Index,
    }
}

fn cause(cause: Cause) -> wire::Cause {
    match cause {
        Cause::Recurring => wire::Cause::Recurring,
        Cause::Stated => wire::Cause::Stated,
        Cause::Distilled => wire::Cause::Distilled,
        Cause::Noticed => wire::Cause::Noticed,
        Cause::Duplicate => wire::Cause::Duplicate,
        Cause::Extracted => wire::Cause::Extracted,
        Cause::NewerValue => wire::Cause::NewerValue,
        Cause::Corrected => wire::Cause::Corrected,
        Cause::Shared => wire::Cause::Shared,
        Cause::Refuted => wire::Cause::Refuted,
        Cause::Stale => wire::Cause::Stale,
        Cause::Outgrown => wire::Cause::Outgrown,
        Cause::Withdrawn => wire::Cause::Withdrawn,
        Cause::OverBudget => wire::Cause::OverBudget,
        Cause::Secret => wire::Cause::Secret,
        Cause::Index => wire::Cause::Index,
        Cause::Dangling => wire::Cause::Dangling,
        Cause::IndexLimit => wire::Cause::IndexLimit,
    }
}

fn trust(trust: Trust) -> wire::Trust {
    match trust {
        Trust::External => wire::Trust::External,
        Trust::Tool => wire::Trust::Tool,
        Trust::Agent => wire::Trust::Agent,
        Trust::Verified => wire::Trust::Verified,
        Trust::User => wire::Trust::User,
    }
}

fn tier(tier: Tier) -> wire::Tier {
    match tier {
        Tier::Short => wire::Tier::Short,
        Tier::Intermediate => wire::Tier::Intermediate,
        Tier::Long => wire::Tier::Long,
    }
}

fn provenance(provenance: Provenance) -> wire::Provenance {
    match provenance {
        Provenance::User => wire::Provenance::User,
        Provenance::Agent => wire::Provenance::Agent,
        Provenance::ToolUse => wire::Provenance::ToolUse,
        Provenance::ToolResult => wire::Provenance::ToolResult,
        Provenance::External => wire::Provenance::External,
        Provenance::Harness => wire::Provenance::Harness,
        Provenance::Recalled => wire::Provenance::Recalled,
    }
}

pub(crate) fn provenance_of(provenance: wire::Provenance) -> Provenance {
    match provenance {
        wire::Provenance::User => Provenance::User,
        wire::Provenance::Agent => Provenance::Agent,
        wire::Provenance::ToolUse => Provenance::ToolUse,
        wire::Provenance::ToolResult => Provenance::ToolResult,
        wire::Provenance::External => Provenance::External,
        wire::Provenance::Harness => Provenance::Harness,
        wire::Provenance::Recalled => Provenance::Recalled,
    }
}
