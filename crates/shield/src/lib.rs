//! What must not pass: secrets and personal data are cut out of texts, and words that try to order an
//! agent about are found; [`screen`] is all of it for one text.

pub mod attack;
pub mod redact;
mod screen;
mod words;

pub use screen::{Screened, screen};
pub use words::DIGEST as WORDS;
