//! Session records built by hand for the tests of the miner.

use std::collections::BTreeMap;

use crate::canonical;
use crate::digest::{
    Cure, Failure, HandOff, PartRead, Refutation, SessionDigest, SessionRecord, Statement,
    StatementKind, Step,
};
use crate::evidence::Pin;
use crate::ids::SessionId;
use crate::outcome::{Metric, Outcome, OutcomeSource};
use crate::session::Account;
use crate::time::{DAY_MS, Time};
use crate::trust::Provenance;

pub(crate) fn sessions(
    records: impl IntoIterator<Item = SessionRecord>,
) -> BTreeMap<SessionId, SessionRecord> {
    records.into_iter().map(|record| (record.id.clone(), record)).collect()
}

pub(crate) fn record(id: &str, principal: &str, day: i64) -> SessionRecord {
    SessionRecord {
        id: SessionId::new(id),
        parts: vec![PartRead {
            name: "main".into(),
            bytes: 100,
            digest: canonical::digest(id.as_bytes()),
        }],
        digest: SessionDigest {
            origin: SessionId::new(id),
            agent: Some("agent".into()),
            principal: Some(principal.into()),
            first: Some(time(day)),
            last: Some(time(day)),
            events: 10,
            account: Account::default(),
            ..SessionDigest::default()
        },
        proposals: Vec::new(),
        withdrawn: false,
    }
}

pub(crate) fn time(day: i64) -> Time {
    Time::from_millis(20_000 * DAY_MS + day * DAY_MS)
}

/// A place where the user speaks.
pub(crate) fn pin(line: u64, day: i64) -> Pin {
    Pin {
        part: "main".into(),
        line,
        start: 0,
        end: 5,
        event: format!("line-{line}"),
        time: Some(time(day)),
        provenance: Provenance::User,
        quote: "words".into(),
        quote_digest: canonical::digest(b"words"),
    }
}

fn tool_pin(line: u64, day: i64, provenance: Provenance) -> Pin {
    Pin { provenance, ..pin(line, day) }
}

pub(crate) fn failure(tool: &str, template: &str, day: i64, cure: Option<&str>) -> Failure {
    Failure {
        tool: tool.into(),
        template: template.into(),
        pin: tool_pin(3, day, Provenance::ToolResult),
        cure: cure
            .map(|step| Cure { step: step.into(), pin: tool_pin(5, day, Provenance::ToolUse) }),
    }
}

pub(crate) fn refutation(wrong: &str, right: &str, day: i64) -> Refutation {
    Refutation {
        wrong: wrong.into(),
        right: right.into(),
        pins: vec![tool_pin(3, day, Provenance::ToolResult), tool_pin(4, day, Provenance::ToolUse)],
    }
}

pub(crate) fn statement(text: &str, day: i64) -> Statement {
    Statement {
        kind: StatementKind::Preference,
        text: text.into(),
        wrong: None,
        right: None,
        subject: None,
        pin: pin(1, day),
    }
}

pub(crate) fn correction(
    subject: Option<&str>,
    wrong: Option<&str>,
    right: &str,
    day: i64,
) -> Statement {
    Statement {
        kind: StatementKind::Correction,
        text: format!("the value is now {right}"),
        wrong: wrong.map(Into::into),
        right: Some(right.into()),
        subject: subject.map(Into::into),
        pin: pin(2, day),
    }
}

pub(crate) fn step(name: &str, day: i64) -> Step {
    Step { name: name.into(), pin: tool_pin(6, day, Provenance::ToolUse) }
}

pub(crate) fn outcome(name: &str, source: OutcomeSource, good: bool) -> Outcome {
    Outcome {
        metric: Metric::verdict(name, source, good),
        pin: tool_pin(9, 1, Provenance::ToolResult),
    }
}

pub(crate) fn hand_off(to: &str, failed: Option<bool>, day: i64) -> HandOff {
    HandOff { to: to.into(), failed, pin: tool_pin(7, day, Provenance::ToolUse) }
}
