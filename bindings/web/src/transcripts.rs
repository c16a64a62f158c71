//! Interface `transcripts` of `wit/`.

use dreaming::import;
use wasm_bindgen::prelude::wasm_bindgen;

/// The format of a transcript by its first bytes.
#[wasm_bindgen]
pub fn detect(head: &[u8]) -> Option<String> {
    import::detect(head).map(Into::into)
}
