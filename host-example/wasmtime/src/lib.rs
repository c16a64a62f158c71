//! Runs dreams in the Dreaming component on wasmtime.
//!
//! An [`Engine`] holds the compiled component. A [`Job`] is one instance of it: a trap or a limit
//! kills that job and nothing else. Hosts bring two things, both plain synchronous traits:
//! [`Store`] (where memories and transcripts are) and [`Model`] (who answers calls; [`NoModel`]
//! answers none, and a dream without a model still mines what recurs).
//!
//! ```no_run
//! use dreaming_wasmtime::{Engine, Limits, MemoryStore, Mode, NoModel, RunRequest};
//!
//! let component = std::fs::read("dist/dreaming.wasm")?;
//! let engine = Engine::new(&component, Limits::default())?;
//! let mut job = engine.job_with(MemoryStore::new("salt"), NoModel)?;
//! let outcome = job.run(&RunRequest {
//!     policy: Vec::new(),
//!     instructions: String::new(),
//!     now: 1_771_545_600_000,
//!     mode: Mode::Propose,
//! })?;
//! println!("{}", String::from_utf8_lossy(&outcome.outcome.plan));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Hosts that carry out a run themselves use [`Engine::job`] and [`Job::start_run`], or the methods
//! that mirror the other interfaces: `chain`, `planning`, `reading`, `policy`, `statement-list`,
//! `dreaming` and `transcripts`. `wit/` says what every value means.

mod bindings;
mod contents;
mod engine;
mod error;
mod handles;
mod imports;
mod job;
pub mod memory_path;
mod memory_store;
mod pages;
pub mod quotes;
mod settings;
mod store;
pub mod types;

pub use contents::Contents;
pub use engine::{Engine, Limits};
pub use error::{EngineError, Error, Invalid, StoreError};
pub use handles::{Dream, Run, Snapshot, Statements};
pub use job::Job;
pub use memory_store::MemoryStore;
pub use pages::MAX_PAGE;
pub use settings::settings;
pub use store::{Model, NoModel, NoStore, Store};
pub use types::*;
