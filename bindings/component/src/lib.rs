//! The engine as a WebAssembly component: world `core`, and with feature `runner` world `dreamer`.
//!
//! An edge: it converts and calls, and enforces the size limits of the interface. It decides
//! nothing about memory content.

mod bindings;
mod chain;
mod change;
mod convert;
mod dreaming;
mod errors;
mod planning;
mod policy;
mod reading;
#[cfg(feature = "runner")]
mod runner;
mod running;
mod settings;
mod statements;
mod transcripts;

/// What is exported; each interface is implemented in its own file.
struct Component;
