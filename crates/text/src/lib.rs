//! The words of a text: normal forms, tokens, stems, values, polarity and guards; which texts are
//! similar (`join`); and which statements a Markdown text has (`markdown`).

mod analysis;
mod chunks;
mod clause;
mod difference;
pub mod eight_bytes;
mod forms;
mod given;
mod guard;
pub mod join;
pub mod markdown;
mod named;
mod normal;
mod part;
mod polarity;
mod sentences;
pub mod sort;
mod sorted;
mod stem;
mod stems;
pub mod terminal;
mod tokens;
mod turned;
pub mod unicode;
mod values;
/// The tables of the folder `words/`, as the build script packs them.
mod words {
    include!(concat!(env!("OUT_DIR"), "/words.rs"));
}

pub use analysis::{Corpus, Reading};
pub use clause::holds_now;
pub use difference::Guard;
pub use forms::is_nfc;
pub use given::{Given, excepts, given, is_copula, is_never, is_supposed, limits};
pub use guard::{Claims, LITERAL, guard};
pub use normal::{as_normal, cut, normal};
pub use polarity::{denies, goes_on, negated};
pub use sentences::sentences;
pub use sorted::{Groups, Map, Set};
pub use stems::stem_bag;
pub use tokens::{bag, shares, tokens};
pub use turned::{reverses, turned};
pub use values::{Value, ValueKind, values};
pub use words::DIGEST as WORDS;
