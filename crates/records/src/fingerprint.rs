//! Which engine made a document.

use serde::Serialize;

use crate::canonical::Readable;
use crate::fields;

/// Which engine made a document: everything besides the inputs that decides about the bytes. An
/// engine with another fingerprint may give other bytes for equal inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fingerprint {
    /// Version of the engine.
    pub engine: String,
    /// Version of the Unicode tables in the toolchain that built the engine.
    pub unicode: String,
    /// Parser of memories, with version.
    pub markdown: String,
    /// Version of the rules that find secrets.
    pub secrets: u64,
    /// A hash of all words in the tables of the engine, as 16 hexadecimal digits: changed words may
    /// give other bytes.
    pub words: String,
}

/// The fields of a document that are read first, to learn what made it.
#[derive(Debug)]
pub struct Head {
    /// Name and version of the document's format.
    pub format: String,
    /// The engine that made it.
    pub fingerprint: Fingerprint,
}

fields!(Head: format, fingerprint; ; ..);
