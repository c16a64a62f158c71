//! Finds the component that the command embeds.

use std::path::PathBuf;
use std::{env, process};

fn main() {
    println!("cargo:rerun-if-env-changed=DREAMING_COMPONENT");
    let path = env::var_os("DREAMING_COMPONENT").map_or_else(
        || {
            let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
            PathBuf::from(manifest).join("../../dist/dreaming.wasm")
        },
        PathBuf::from,
    );
    println!("cargo:rerun-if-changed={}", path.display());
    let Ok(path) = path.canonicalize() else {
        println!(
            "cargo:error=no component at {}: run `cargo xtask component` first",
            path.display()
        );
        process::exit(1);
    };
    println!("cargo:rustc-env=DREAMING_COMPONENT_PATH={}", path.display());
}
