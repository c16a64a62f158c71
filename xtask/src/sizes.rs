//! Compares the sizes of packages and components with the committed ones.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::steps::root;

const FILE: &str = "wit/snapshots/sizes.json";
/// How far a file may grow before its new size has to be committed, in percent. Chosen by us: a new
/// compiler or a new version of a dependency passes, one dependency more does not.
const GROWTH: u64 = 5;

/// Bytes, by the name of the built file.
pub type Sizes = BTreeMap<String, u64>;

/// Adds the sizes of a WebAssembly file: raw, and with brotli at its best, as edges and pages send
/// it.
///
/// # Errors
/// When it cannot be compressed.
pub fn add(name: &str, wasm: &[u8], sizes: &mut Sizes) -> Result<(u64, u64)> {
    let mut packed = Vec::new();
    let best = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
    brotli::BrotliCompress(&mut &wasm[..], &mut packed, &best)?;
    let (size, packed) = (u64::try_from(wasm.len())?, u64::try_from(packed.len())?);
    sizes.insert(name.into(), size);
    sizes.insert(format!("{name}.br"), packed);
    Ok((size, packed))
}

/// Fails when a file is more than [`GROWTH`] over its committed size, or has none. `command` is the
/// command that commits new sizes.
///
/// # Errors
/// Names the first file that grew.
pub fn check(sizes: &Sizes, command: &str) -> Result<()> {
    let committed = read()?;
    for (name, size) in sizes {
        let committed = committed
            .get(name)
            .with_context(|| format!("{FILE} has no size of {name}: run `{command} --bless`"))?;
        ensure!(
            fits(*size, *committed),
            "{name} has {size} bytes, more than {GROWTH} % over the committed {committed}; if that \
             is meant, run `{command} --bless`",
        );
    }
    Ok(())
}

/// Commits these sizes; those of other files stay.
///
/// # Errors
/// When the file cannot be read or written.
pub fn bless(sizes: Sizes) -> Result<()> {
    let mut all = read()?;
    all.extend(sizes);
    Ok(fs::write(root().join(FILE), serde_json::to_string_pretty(&all)? + "\n")?)
}

/// The committed sizes.
///
/// # Errors
/// When the file cannot be read.
pub fn read() -> Result<Sizes> {
    let text = fs::read(root().join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
    Ok(serde_json::from_slice(&text)?)
}

fn fits(size: u64, committed: u64) -> bool {
    size * 100 <= committed * (100 + GROWTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_grow_by_five_percent_and_shrink_as_it_likes() {
        assert!(fits(0, 1_000) && fits(1_000, 1_000) && fits(1_050, 1_000));
        assert!(!fits(1_051, 1_000) && !fits(1, 0));
    }
}
