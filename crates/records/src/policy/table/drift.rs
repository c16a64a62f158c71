//! How far dreams may change a store before a person looks: see [`dreaming_core::drift`] and
//! [`dreaming_learn::outcome::in_force`].

use super::{Integer, OURS};

/// A limit on a share.
const fn limit(
    name: &'static str,
    unit: &'static str,
    default: u64,
    reason: &'static str,
) -> Integer {
    Integer { name, unit, default, min: 0, max: 1_000_000, reason, source: OURS }
}

/// Dreams over which shares are taken together.
pub const DRIFT_REVISIONS: Integer = Integer {
    name: "drift.revisions",
    unit: "revisions made by dreams",
    default: 10,
    min: 0,
    max: 1000,
    reason: "a week or two of nightly dreams: slow drift shows, and what was long ago does not hold up today; 0 = each dream by itself",
    source: OURS,
};

/// What the limits of one dream come to over several.
pub const DRIFT_WINDOW: Integer = Integer {
    name: "drift.window-percent",
    unit: "percent of the limits for one dream",
    default: 200,
    min: 100,
    max: 100_000,
    reason: "over the last `drift.revisions` dreams counts may come to twice what one dream may do: a store that changes as much as that is another one",
    source: OURS,
};

/// The least whole that shares are taken of.
pub const DRIFT_LEAST: Integer = Integer {
    name: "drift.least-entries",
    unit: "entries",
    default: 100,
    min: 1,
    max: 1_000_000,
    reason: "in a small store each change is a large share: one with fewer entries counts as one with so many, of 100 bytes each",
    source: OURS,
};

/// Entries added.
pub const DRIFT_ADDED: Integer = limit(
    "drift.added",
    "ppm of the entries",
    500_000,
    "a store that grows by half in one night takes up more than anybody has seen",
);

/// Entries merged into others.
pub const DRIFT_MERGED: Integer = limit(
    "drift.merged",
    "ppm of the entries",
    500_000,
    "twice prune.loss-entries: only who raises that one, or many dreams together, come here",
);

/// Entries replaced by newer values.
pub const DRIFT_SUPERSEDED: Integer =
    limit("drift.superseded", "ppm of the entries", 500_000, "as drift.merged");

/// Entries taken out.
pub const DRIFT_RETIRED: Integer =
    limit("drift.retired", "ppm of the entries", 500_000, "as drift.merged");

/// Bytes of statements written.
pub const DRIFT_WRITTEN: Integer =
    limit("drift.bytes-written", "ppm of the store's bytes", 500_000, "as drift.added");

/// Bytes of statements taken out.
pub const DRIFT_LOST: Integer = limit(
    "drift.bytes-lost",
    "ppm of the store's bytes",
    500_000,
    "twice prune.loss-bytes, see drift.merged",
);

/// Statements written that come from tools and pages.
pub const DRIFT_LOW_TRUST: Integer = limit(
    "drift.low-trust",
    "ppm of the statements written",
    250_000,
    "a store in which every fourth new statement comes from tools and pages follows whoever writes those",
);

/// Changes that only a policy let through.
pub const DRIFT_UNATTENDED: Integer = limit(
    "drift.unattended",
    "ppm of the changes",
    1_000_000,
    "dreams by night are what `auto` is for; less asks for a person now and then",
);

/// How much worse sessions may go before a revert is proposed.
pub const REVERT_DROP: Integer = limit(
    "revert.drop",
    "ppm of the lower bound",
    250_000,
    "with 5 to 20 sessions on each side, noise alone crosses it less than once in twenty times at a success rate of 70 %; 1,000,000 = never",
);

/// Sessions on each side before outcomes say anything about a revision.
pub const REVERT_SESSIONS: Integer = Integer {
    name: "revert.sessions",
    unit: "sessions of which something is known",
    default: 5,
    min: 1,
    max: 10_000,
    reason: "fewer are luck",
    source: OURS,
};
