//! `cargo xtask component`: the engine as components, with the same bytes on every machine.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};
use wit_component::{ComponentEncoder, DecodedWasm, WitPrinter};

use crate::module;
use crate::steps::root;

/// How far a component may grow before somebody has to say that it should, in percent.
const GROWTH: u64 = 5;
const SIZES: &str = "wit/snapshots/sizes.json";

/// A component that is shipped.
struct World {
    name: &'static str,
    file: &'static str,
    features: &'static [&'static str],
}

const WORLDS: [World; 2] = [
    World { name: "core", file: "dist/dreaming-core.wasm", features: &[] },
    World { name: "dreamer", file: "dist/dreaming.wasm", features: &["--features", "runner"] },
];

/// Builds both components into `dist/` and checks them.
pub fn build_and_check() -> Result<()> {
    build()?;
    check()
}

/// Builds both components and makes their interfaces and sizes the committed ones.
pub fn bless() -> Result<()> {
    build()?;
    let mut sizes = serde_json::Map::new();
    for world in &WORLDS {
        let component = read(world)?;
        let interface = interface(&component)?;
        check_pure(world, &interface)?;
        let snapshot = snapshot_path(world);
        fs::create_dir_all(snapshot.parent().unwrap_or(&root()))?;
        fs::write(&snapshot, interface)?;
        sizes.insert(world.name.into(), component.len().into());
    }
    fs::write(root().join(SIZES), serde_json::to_string_pretty(&sizes)? + "\n")?;
    Ok(())
}

/// Checks the components in `dist/`: no WASI, the committed interface, the committed size.
pub fn check() -> Result<()> {
    let sizes = fs::read(root().join(SIZES)).with_context(|| format!("cannot read {SIZES}"))?;
    let sizes: serde_json::Value = serde_json::from_slice(&sizes)?;
    for world in &WORLDS {
        let component = read(world)?;
        let interface = interface(&component)?;
        check_pure(world, &interface)?;
        check_interface(world, &interface)?;
        let committed = sizes[world.name].as_u64().context("sizes.json lacks a world")?;
        let size = u64::try_from(component.len())?;
        ensure!(
            size * 100 <= committed * (100 + GROWTH),
            "{} has {size} bytes, more than {GROWTH} % over the committed {committed}; if that is \
             meant, run `cargo xtask component --bless`",
            world.file,
        );
        println!("{:24} {size:>9} bytes  sha256 {}", world.file, sha256(&component));
    }
    Ok(())
}

/// Builds both components into `dist/`.
pub fn build() -> Result<()> {
    for world in &WORLDS {
        let module = module::compile("dreaming-component", "component", world.features)?;
        let module = fs::read(&module).with_context(|| format!("no {}", module.display()))?;
        let component = ComponentEncoder::default().validate(true).module(&module)?.encode()?;
        let file = root().join(world.file);
        fs::create_dir_all(file.parent().unwrap_or(&root()))?;
        fs::write(file, component)?;
    }
    Ok(())
}

/// The interface of a component as WIT, without documentation.
fn interface(component: &[u8]) -> Result<String> {
    let decoded = wit_component::decode(component)?;
    ensure!(matches!(decoded, DecodedWasm::Component(..)), "not a component");
    let (resolve, main) = (decoded.resolve(), decoded.package());
    let nested: Vec<_> =
        resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != main).collect();
    let mut printer = WitPrinter::default();
    printer.emit_docs(false).print(resolve, main, &nested)?;
    Ok(printer.output.to_string())
}

/// Fails on any WASI interface: the engine has no clock, files, randomness or environment.
fn check_pure(world: &World, interface: &str) -> Result<()> {
    match interface.lines().find(|line| line.contains("wasi:")) {
        Some(line) => bail!("{} names WASI: `{}`", world.file, line.trim()),
        None => Ok(()),
    }
}

fn check_interface(world: &World, interface: &str) -> Result<()> {
    let path = snapshot_path(world);
    let committed = fs::read_to_string(&path).unwrap_or_default();
    if committed == interface {
        return Ok(());
    }
    let mut difference = String::new();
    let lacks = |text: &str, line: &str| text.lines().all(|other| other != line);
    for line in committed.lines().filter(|line| lacks(interface, line)) {
        writeln!(difference, "- {line}")?;
    }
    for line in interface.lines().filter(|line| lacks(&committed, line)) {
        writeln!(difference, "+ {line}")?;
    }
    bail!(
        "the interface of {} is not the committed one:\n{difference}if that is meant, run `cargo \
         xtask component --bless`",
        world.file,
    )
}

fn read(world: &World) -> Result<Vec<u8>> {
    fs::read(root().join(world.file))
        .with_context(|| format!("no {}: run `cargo xtask component`", world.file))
}

fn snapshot_path(world: &World) -> PathBuf {
    root().join("wit/snapshots").join(world.name).with_extension("wit")
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
