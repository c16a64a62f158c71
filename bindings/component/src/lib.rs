//! The engine as a WebAssembly component: world `core`, and with feature `runner` world `dreamer`.
//!
//! An edge: it converts values, calls the engine, and enforces the size limits of the interface. It
//! decides nothing about memory content.

mod bindings;
mod chain;
mod change;
mod convert;
mod dreaming;
mod errors;
mod homes;
mod planning;
mod policy;
mod reading;
#[cfg(feature = "runner")]
mod runner;
mod running;
mod settings;
mod statements;
mod transcripts;

/// The exports; each interface is implemented in a file of its own.
struct Component;
