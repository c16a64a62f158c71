//! Sizes of what is shipped, against the committed ones.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::steps::root;

const FILE: &str = "wit/snapshots/sizes.json";
/// How far a file may grow before somebody has to say that it should, in percent. Chosen by us:
/// what a new compiler or dependency changes passes, a dependency more does not.
const GROWTH: u64 = 5;

/// Bytes by the name of what was built.
pub type Sizes = BTreeMap<String, u64>;

/// Adds the size of WebAssembly, as it is and as edges and pages send it (brotli at its best).
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

/// Fails when something is more than [`GROWTH`] over its committed size, or has none. `command`
/// is what commits to new sizes.
///
/// # Errors
/// With the first one that grew.
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

/// Commits to sizes; those of other things stay.
///
/// # Errors
/// When the file cannot be read or written.
pub fn bless(sizes: Sizes) -> Result<()> {
    let mut all = read()?;
    all.extend(sizes);
    Ok(fs::write(root().join(FILE), serde_json::to_string_pretty(&all)? + "\n")?)
}

fn read() -> Result<Sizes> {
    let text = fs::read(root().join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
    Ok(serde_json::from_slice(&text)?)
}

fn fits(size: u64, committed: u64) -> bool {
    size * 100 <= committed * (100 + GROWTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What documents say of sizes: a name in braces stands for its megabytes.
    const SAID: [(&str, &str); 4] = [
        (
            "README.md",
            "`dreaming-core.wasm` has {core} MB ({core.br} MB with brotli), `dreaming-statements.wasm` {statements} MB",
        ),
        (
            "docs/limits.md",
            "The component has {dreamer} MB ({dreamer.br} MB with brotli), that of world `statements` {statements} MB \
             ({statements.br} MB).",
        ),
        (
            "host-example/worker/README.md",
            "`dreaming-statements.wasm` instead: {statements} MB ({statements.br} MB with brotli) in place of \
             {dreaming_bg.wasm} MB ({dreaming_bg.wasm.br} MB).",
        ),
        (
            "bindings/web/README.md",
            "The engine is loaded when the package is imported: {dreaming_bg.wasm} MB, {dreaming_bg.wasm.br} MB with brotli.",
        ),
    ];

    #[test]
    fn documents_say_the_committed_sizes() {
        let sizes = read().unwrap();
        for (document, said) in SAID {
            let mut said = said.to_owned();
            for (name, bytes) in &sizes {
                let hundredths = (bytes + 5_000) / 10_000;
                let megabytes = format!("{}.{:02}", hundredths / 100, hundredths % 100);
                said = said.replace(&format!("{{{name}}}"), &megabytes);
            }
            assert!(!said.contains('{'), "{FILE} has no such size: {said}");
            let text = fs::read_to_string(root().join(document)).unwrap();
            let words: Vec<&str> = text.split_whitespace().collect();
            assert!(words.join(" ").contains(&said), "{document} should say: {said}");
        }
    }

    #[test]
    fn a_file_may_grow_by_five_percent_and_shrink_as_it_likes() {
        assert!(fits(0, 1_000) && fits(1_000, 1_000) && fits(1_050, 1_000));
        assert!(!fits(1_051, 1_000) && !fits(1, 0));
    }
}
