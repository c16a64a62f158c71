//! Text as the engine compares it: normal forms, tokens, values and guards.

mod guard;
mod normal;
mod sentences;
mod tokens;
pub mod unicode;
mod values;

pub use guard::{Claims, Guard, guard};
pub use normal::{cut, is_normal, normal};
pub use sentences::sentences;
pub use tokens::{bag, each_token, similarity, tokens};
pub use values::{Value, ValueKind, values};
