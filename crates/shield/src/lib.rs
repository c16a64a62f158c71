//! Keeps secrets, personal data and orders to agents out of memories: cuts the first two out of
//! texts and finds the last. [`screen`] does all of it for one text; [`conceal`] only covers secrets.

pub mod attack;
mod conceal;
pub mod redact;
mod screen;
/// The tables of the folder `words/`, as the build script packs them.
mod words {
    include!(concat!(env!("OUT_DIR"), "/words.rs"));
}

pub use conceal::conceal;
pub use screen::{Screened, screen};
pub use words::DIGEST as WORDS;
