//! The engine for JavaScript, as `wasm-bindgen` classes and functions.
//!
//! An edge: it converts and calls, and decides nothing about memory content. What people import is
//! the TypeScript in `ts/`, which wraps these.

mod candidate;
mod chain;
mod cross;
mod dream;
mod results;
mod run;
mod statements;
mod transcripts;
mod values;
