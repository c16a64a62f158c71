//! One file for each protocol.

mod determinism;
mod dialogue;
mod entries;
mod forward;
mod generator;
mod history;
mod importers;
mod mistakes;
mod outcomes;
mod pairs;
mod pii;
mod poison;
mod preferences;
mod recorded;
mod retrieval;
mod said;
mod secrets;
mod streaming;
mod workflows;

use crate::data::Data;
use crate::report::Measured;

/// One measurement.
pub struct Protocol {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it measures, in a line.
    pub about: &'static str,
    /// Measures.
    pub run: fn(&Data) -> anyhow::Result<Measured>,
}

/// All protocols, in the order of the pipeline.
pub const ALL: &[Protocol] = &[
    importers::PROTOCOL,
    mistakes::PROTOCOL,
    workflows::PROTOCOL,
    preferences::PROTOCOL,
    entries::PROTOCOL,
    said::PROTOCOL,
    recorded::PROTOCOL,
    forward::PROTOCOL,
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
