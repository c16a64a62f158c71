//! `cargo xtask component`: the engine as components, with the same bytes on every machine.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};
use wit_component::{ComponentEncoder, DecodedWasm, WitPrinter};
use wit_parser::WorldItem;

use crate::difference::difference;
use crate::module;
use crate::sizes::{self, Sizes};
use crate::steps::{root, target_dir};

/// A component that is shipped.
pub struct World {
    pub name: &'static str,
    file: &'static str,
    /// The crate that exports it.
    package: &'static str,
    /// How it is compiled: a profile of `Cargo.toml`.
    profile: &'static str,
    features: &'static [&'static str],
    /// The interfaces from which it imports functions, without version.
    imports: &'static [&'static str],
}

/// The smallest first; the last one has everything and is what the command embeds.
pub const WORLDS: [World; 3] = [
    World {
        name: "statements",
        file: "dist/dreaming-statements.wasm",
        package: "dreaming-statements",
        profile: "statements",
        features: &[],
        imports: &[],
    },
    World {
        name: "core",
        file: "dist/dreaming-core.wasm",
        package: "dreaming-component",
        profile: "component",
        features: &[],
        imports: &[],
    },
    World {
        name: "dreamer",
        file: "dist/dreaming.wasm",
        package: "dreaming-component",
        profile: "component",
        features: &["--features", "runner"],
        imports: &["dreaming:engine/model", "dreaming:engine/store"],
    },
];

/// Builds the components into `dist/` and checks them.
pub fn build_and_check() -> Result<()> {
    build()?;
    check()
}

/// Builds the components and makes their present interfaces and sizes the committed ones.
pub fn bless() -> Result<()> {
    build()?;
    let mut sizes = Sizes::new();
    for world in &WORLDS {
        let component = read(world)?;
        check_pure(world, &component)?;
        let interface = interface(&component)?;
        let snapshot = snapshot_path(world);
        fs::create_dir_all(snapshot.parent().unwrap_or(&root()))?;
        fs::write(&snapshot, interface)?;
        sizes::add(world.name, &component, &mut sizes)?;
    }
    sizes::bless(sizes)
}

/// Checks the components in `dist/`: no WASI, the committed interface, the committed size.
pub fn check() -> Result<()> {
    let mut sizes = Sizes::new();
    for world in &WORLDS {
        let component = read(world)?;
        check_pure(world, &component)?;
        check_interface(world, &interface(&component)?)?;
        let (size, packed) = sizes::add(world.name, &component, &mut sizes)?;
        println!(
            "{:30} {size:>9} bytes, {packed:>9} with brotli, sha256 {}",
            world.file,
            sha256(&component)
        );
    }
    sizes::check(&sizes, "cargo xtask component")
}

/// Builds the components into `dist/`.
pub fn build() -> Result<()> {
    WORLDS.iter().try_for_each(build_world)
}

/// Builds into `dist/` the component of [`WORLDS`] that the command embeds, unchecked: what a demo needs.
///
/// # Errors
/// Those of [`compile`].
pub fn build_last() -> Result<()> {
    WORLDS.last().map_or(Ok(()), build_world)
}

/// Whether [`build_last`] has been here.
pub fn has_last() -> bool {
    WORLDS.last().is_some_and(|world| root().join(world.file).exists())
}

/// Builds one component into `dist/`.
fn build_world(world: &World) -> Result<()> {
    let file = root().join(world.file);
    fs::create_dir_all(file.parent().unwrap_or(&root()))?;
    fs::write(file, compile(world, &root(), &target_dir().join("module-build"))?)?;
    Ok(())
}

/// The component of a world, from the project in `tree`.
///
/// # Errors
/// Those of [`module::compile_in`].
pub fn compile(world: &World, tree: &Path, target_dir: &Path) -> Result<Vec<u8>> {
    let module =
        module::compile_in(tree, target_dir, world.package, world.profile, world.features)?;
    let module = fs::read(&module).with_context(|| format!("no {}", module.display()))?;
    ComponentEncoder::default().validate(true).module(&module)?.encode()
}

/// The interface of a component as WIT, without documentation. Types are sorted by name, because
/// their order in a component comes from the compiler and changes with its inlining limits.
fn interface(component: &[u8]) -> Result<String> {
    let decoded = wit_component::decode(component)?;
    ensure!(matches!(decoded, DecodedWasm::Component(..)), "not a component");
    let (mut resolve, main) = (decoded.resolve().clone(), decoded.package());
    for (_, interface) in resolve.interfaces.iter_mut() {
        interface.types.sort_unstable_keys();
    }
    let nested: Vec<_> =
        resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != main).collect();
    let mut printer = WitPrinter::default();
    printer.emit_docs(false).print(&resolve, main, &nested)?;
    Ok(printer.output.to_string())
}

/// Fails on any imported function that the world does not declare, of WASI or not. So the engine
/// can have no clock, files, randomness, environment or locale: there is no function to call for
/// them.
fn check_pure(world: &World, component: &[u8]) -> Result<()> {
    let decoded = wit_component::decode(component)?;
    let DecodedWasm::Component(resolve, shape) = &decoded else {
        bail!("{} is no component", world.file);
    };
    let mut found = BTreeSet::new();
    for (key, item) in &resolve.worlds[*shape].imports {
        let name = resolve.name_world_key(key);
        let calls = match item {
            WorldItem::Interface { id, .. } => !resolve.interfaces[*id].functions.is_empty(),
            WorldItem::Function(_) => true,
            WorldItem::Type { .. } => false,
        };
        ensure!(!name.starts_with("wasi:"), "{} names WASI: {name}", world.file);
        if calls {
            found.insert(name.split('@').next().unwrap_or_default().to_owned());
        }
    }
    let declared = world.imports.iter().copied().map(String::from).collect();
    ensure!(
        found == declared,
        "{} imports functions from {found:?}, its world declares {declared:?}",
        world.file,
    );
    Ok(())
}

fn check_interface(world: &World, interface: &str) -> Result<()> {
    let path = snapshot_path(world);
    let committed = fs::read_to_string(&path).unwrap_or_default();
    if committed == interface {
        return Ok(());
    }
    bail!(
        "the interface of {} is not the committed one:\n{}if that is meant, run `cargo xtask \
         component --bless`",
        world.file,
        difference(&committed, interface),
    )
}

/// Reads the component of a world from `dist/`.
///
/// # Errors
/// When it was not built.
pub fn read(world: &World) -> Result<Vec<u8>> {
    fs::read(root().join(world.file))
        .with_context(|| format!("no {}: run `cargo xtask component`", world.file))
}

fn snapshot_path(world: &World) -> PathBuf {
    root().join("wit/snapshots").join(world.name).with_extension("wit")
}

/// The digest that the commands print, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
