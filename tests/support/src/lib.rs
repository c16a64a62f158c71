//! Test support for the engine and for every host of it.
//!
//! - [`Host`] is the interface of hosts, in plain values and bytes; [`NativeHost`] is the crate
//!   itself.
//! - [`player`] plays a case of `tests/golden` in any host; [`golden`] compares the result.
//! - [`drive`](mod@drive) is the loop around one dream, which shuffles whatever may come in any
//!   order.
//! - [`generator`] makes memories for which it is known which say the same and which are newer.
//! - [`census`] counts what importers read from a transcript.
//! - [`Transcript`] and [`script`] build transcripts.

pub mod case;
pub mod census;
pub mod clock;
pub mod demo;
pub mod diff;
pub mod drive;
pub mod expected;
pub mod generator;
pub mod given;
pub mod golden;
pub mod host;
pub mod kept;
pub mod native;
pub mod player;
pub mod random;
pub mod script;
pub mod shared_call;
pub mod store;
pub mod story;
pub mod transcript;

pub use drive::{Run, Variation, World, drive};
pub use host::{Failure, Host, Need, Revision, Running};
pub use native::NativeHost;
pub use random::Random;
pub use store::{Store, StoredMemory};
pub use transcript::Transcript;
