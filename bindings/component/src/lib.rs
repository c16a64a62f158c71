//! The engine as a WebAssembly component: world `core`, and with feature `runner` world `dreamer`.
//!
//! An edge: it converts and calls, and enforces the size limits of the interface. It decides
//! nothing about memory content.

mod bindings;
mod consolidation;
mod convert;
mod dreaming;
mod errors;
#[cfg(feature = "runner")]
mod runner;
mod statements;
mod transcripts;

/// What is exported; each interface is implemented in its own file.
struct Component;
