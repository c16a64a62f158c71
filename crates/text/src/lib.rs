//! The words of a text, and nothing else: normal forms, tokens, stems, values, sense and guards; which
//! texts are alike (`join`); and which statements a Markdown text has (`markdown`).

mod analysis;
mod chunks;
mod difference;
pub mod eights;
mod forms;
mod guard;
pub mod join;
pub mod markdown;
mod named;
mod normal;
mod part;
mod sense;
mod sentences;
pub mod sort;
mod sorted;
mod stem;
mod stems;
pub mod terminal;
mod tokens;
pub mod unicode;
mod values;
mod words;

pub use analysis::{Corpus, Reading};
pub use difference::Guard;
pub use forms::is_nfc;
pub use guard::{Claims, LITERAL, guard};
pub use normal::{as_normal, cut, normal};
pub use sentences::sentences;
pub use sorted::{Groups, Map, Set};
pub use tokens::{bag, tokens};
pub use values::{Value, ValueKind, values};
pub use words::DIGEST as WORDS;
