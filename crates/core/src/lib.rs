//! Decides what becomes of a memory store: how its statements relate, which are merged, replaced,
//! retired and added, what may go unattended, and which bytes a decision writes. This crate reads
//! no transcripts.

#![warn(unreachable_pub)]

pub mod apply;
mod arrange;
mod charter;
mod draft;
mod elsewhere;
mod errors;
mod gate;
pub mod gather;
mod hazard;
pub mod home;
pub mod identity;
pub mod index;
pub mod judge;
mod losses;
pub mod pack;
mod placed;
pub mod planner;
pub mod precedence;
mod prune;
pub mod reconcile;
pub mod render;
pub mod retention;
mod review_reason;
mod scorer;
mod settle;
mod statement_outcomes;
pub mod statements;
pub mod steer;
mod tier;
mod value_places;
pub mod world;

/// Cuts secrets out of a text, for tests.
#[cfg(test)]
fn redact(text: &str) -> String {
    dreaming_shield::redact::redact(text).text
}
