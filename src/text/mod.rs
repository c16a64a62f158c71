//! Text as the engine compares it: normal forms, tokens, values and guards.

mod guard;
mod join;
mod normal;
mod sentences;
mod tokens;
pub mod unicode;
mod values;

pub use guard::{Guard, guard};
pub use join::{Near, near};
pub use normal::{cut, normal};
pub use sentences::sentences;
pub use tokens::{bag, similarity, tokens};
pub use values::{Value, ValueKind, values};
