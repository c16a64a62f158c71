//! What becomes of a memory store: how its statements relate, what is merged, replaced, retired and
//! added, what may go unattended, and how a decision becomes bytes. It knows no transcript.

#![warn(unreachable_pub)]

pub mod apply;
mod arrange;
mod charter;
mod doubt;
mod draft;
pub mod drift;
mod errors;
mod fared;
mod gate;
pub mod gather;
mod hazard;
pub mod identity;
pub mod index;
pub mod judge;
mod losses;
pub mod pack;
pub mod planner;
pub mod precedence;
mod prune;
pub mod reconcile;
pub mod render;
pub mod retention;
mod scorer;
mod settle;
pub mod statements;
pub mod steer;
mod tier;
pub mod world;

/// How tests cut secrets.
#[cfg(test)]
fn redact(text: &str) -> String {
    dreaming_shield::redact::redact(text).text
}
