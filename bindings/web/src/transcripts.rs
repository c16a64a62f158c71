//! Interface `transcripts` of `wit/`.

use dreaming::canonical;
use dreaming::import::{self, Importer};
use dreaming::interface::check_size;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::cross::{Crossing, raise};
use crate::results;

/// Reads one part as it streams, without a dream.
#[wasm_bindgen]
#[derive(Default)]
pub struct RawImporter(Importer);

#[wasm_bindgen]
impl RawImporter {
    /// An importer for the next part.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next bytes.
    pub fn push(&mut self, chunk: &[u8]) -> Crossing<()> {
        check_size("chunk", chunk.len()).map_err(raise)?;
        self.0.push(chunk);
        Ok(())
    }

    /// Ends the part: the text of a census.
    pub fn finish(self) -> Crossing<String> {
        let census = canonical::to_bytes(&self.0.finish()).map_err(raise)?;
        results::text(census).map_err(raise)
    }
}

/// The format of a transcript by its first bytes.
#[wasm_bindgen]
pub fn detect(head: &[u8]) -> Option<String> {
    import::detect(head).map(Into::into)
}
