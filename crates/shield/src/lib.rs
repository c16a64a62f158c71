//! What must not pass: secrets and personal data are cut out of texts, and words that try to order an
//! agent about are found.

pub mod attack;
pub mod redact;
mod words;

pub use words::DIGEST as WORDS;
