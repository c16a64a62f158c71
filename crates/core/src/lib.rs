//! What becomes of a memory store: how its statements relate, what is merged, replaced, retired and
//! added, what may go unattended, and how a decision becomes bytes. It knows no transcript.

pub mod apply;
pub mod charter;
pub mod drift;
pub mod fared;
pub mod gate;
pub mod gather;
pub mod identity;
pub mod judge;
pub mod pack;
pub mod planner;
pub mod prune;
pub mod reconcile;
pub mod render;
pub mod retention;
pub mod scorer;
pub mod statements;
pub mod steer;
pub mod tier;
mod words;

pub use words::DIGEST as WORDS;

/// How tests cut secrets.
#[cfg(test)]
fn redact(text: &str) -> String {
    dreaming_shield::redact::redact(text).text
}
