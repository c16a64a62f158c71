//! What becomes of a memory store: how its statements relate, what is merged, replaced, retired and
//! added, what may go unattended, and how a decision becomes bytes. It knows no transcript.

pub mod apply;
pub mod arrange;
pub mod charter;
pub mod decide;
pub mod doubt;
pub mod draft;
pub mod drift;
pub mod fared;
pub mod gather;
pub mod identity;
pub mod index;
pub mod judge;
pub mod losses;
pub mod pack;
pub mod planner;
pub mod precedence;
pub mod prune;
pub mod reconcile;
pub mod render;
pub mod retention;
pub mod scorer;
pub mod statements;
pub mod steer;
pub mod tier;
pub mod world;

/// How tests cut secrets.
#[cfg(test)]
fn redact(text: &str) -> String {
    dreaming_shield::redact::redact(text).text
}
