//! The measurements of the evaluation, one file for each protocol.

mod determinism;
mod dialogue;
mod entries;
mod forward;
mod generator;
mod history;
mod importers;
mod lines;
mod modules;
mod outcomes;
mod pairs;
mod pii;
mod played;
mod poison;
mod preferences;
mod questions;
mod recorded;
mod retrieval;
mod secrets;
mod streaming;
mod wishes;

use crate::data::Data;
use crate::report::Measured;

/// One measurement.
pub struct Protocol {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it measures, in a line.
    pub about: &'static str,
    /// Runs the measurement.
    pub run: fn(&Data) -> anyhow::Result<Measured>,
}

/// All protocols, in the order of the pipeline.
pub const ALL: &[Protocol] = &[
    importers::PROTOCOL,
    preferences::PROTOCOL,
    entries::PROTOCOL,
    wishes::PROTOCOL,
    recorded::PROTOCOL,
    forward::PROTOCOL,
    questions::PROTOCOL,
    lines::PROTOCOL,
    modules::PROTOCOL,
    outcomes::PROTOCOL,
    poison::PROTOCOL,
    secrets::PROTOCOL,
    pii::PROTOCOL,
    pairs::PROTOCOL,
    generator::PROTOCOL,
    history::PROTOCOL,
    dialogue::PROTOCOL,
    retrieval::PROTOCOL,
    determinism::PROTOCOL,
    streaming::PROTOCOL,
];
