//! Interface `transcripts` of `wit/`.

use dreaming::import;
use wasm_bindgen::prelude::wasm_bindgen;

/// The format of a transcript by its first bytes.
#[wasm_bindgen]
pub fn detect(head: &[u8]) -> Option<String> {
    import::detect(head).map(Into::into)
}

/// What a transcript that no importer knows looks like, by its first bytes.
#[wasm_bindgen(js_name = looksLike)]
pub fn looks_like(head: &[u8]) -> Option<String> {
    import::looks_like(head).map(Into::into)
}
