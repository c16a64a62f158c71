//! The engine for JavaScript, as `wasm-bindgen` classes and functions.
//!
//! An edge: it converts and calls, and decides nothing about memory content. What people import is
//! the TypeScript in `ts/`, which wraps these.

mod candidate;
mod cross;
mod dream;
mod js_chain;
mod js_homes;
mod js_statements;
mod js_transcripts;
mod results;
mod run;
mod values;
