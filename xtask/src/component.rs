//! `cargo xtask component`: the engine as components, with the same bytes on every machine.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};
use wit_component::{ComponentEncoder, DecodedWasm, WitPrinter};

use crate::difference::difference;
use crate::steps::{cargo, root, run, target_dir};

const TARGET: &str = "wasm32-unknown-unknown";
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

fn build() -> Result<()> {
    add_target()?;
    let flags = remap_flags()?;
    let target_dir = target_dir().join("component-build");
    for world in &WORLDS {
        let build = ["build", "--package", "dreaming-component", "--profile", "component"];
        run(cargo("", &build)
            .args(["--quiet", "--target", TARGET, "--target-dir"])
            .arg(&target_dir)
            .args(world.features)
            .env("CARGO_ENCODED_RUSTFLAGS", &flags))?;
        let module = target_dir.join(TARGET).join("component/dreaming_component.wasm");
        let module = fs::read(&module).with_context(|| format!("no {}", module.display()))?;
        let component = ComponentEncoder::default().validate(true).module(&module)?.encode()?;
        let file = root().join(world.file);
        fs::create_dir_all(file.parent().unwrap_or(&root()))?;
        fs::write(file, component)?;
    }
    Ok(())
}

/// Makes sure that the compiler can build for [`TARGET`].
fn add_target() -> Result<()> {
    if sysroot()?.join("lib/rustlib").join(TARGET).exists() {
        return Ok(());
    }
    let add = Command::new("rustup").args(["target", "add", TARGET]).current_dir(root()).status();
    match add {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => bail!("`rustup target add {TARGET}` failed"),
        Err(_) => bail!(
            "this compiler cannot build for {TARGET} and there is no rustup to add it: install \
             the target with the package manager that brought the compiler, or use rustup"
        ),
    }
}

/// Compiler flags that keep the paths of this machine out of the component: panic messages name
/// source files, and names that differ would make bytes differ.
fn remap_flags() -> Result<OsString> {
    let commit = rustc(&["-vV"])?;
    let commit = commit.lines().find_map(|line| line.strip_prefix("commit-hash: "));
    let mut prefixes = vec![
        (root(), "dreaming".to_owned()),
        // What the prebuilt library says of itself; with its sources installed, the compiler
        // would name those instead.
        (
            sysroot()?.join("lib/rustlib/src/rust"),
            format!("/rustc/{}", commit.unwrap_or("unknown")),
        ),
    ];
    // The folders below are named after the registry or its mirror.
    for registry in fs::read_dir(cargo_home()?.join("registry/src"))
        .map(|folders| folders.collect::<Result<Vec<_>, _>>())
        .unwrap_or_else(|_| Ok(Vec::new()))?
    {
        prefixes.push((registry.path(), "registry".to_owned()));
    }
    let mut flags = OsString::new();
    for (path, name) in prefixes {
        if !flags.is_empty() {
            flags.push("\x1f");
        }
        flags.push("--remap-path-prefix=");
        flags.push(path);
        flags.push(format!("={name}"));
    }
    Ok(flags)
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
    bail!(
        "the interface of {} is not the committed one:\n{}if that is meant, run `cargo xtask \
         component --bless`",
        world.file,
        difference(&committed, interface),
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

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = std::env::home_dir().context("neither CARGO_HOME nor a home folder is known")?;
    Ok(home.join(".cargo"))
}

fn sysroot() -> Result<PathBuf> {
    Ok(rustc(&["--print", "sysroot"])?.trim().into())
}

fn rustc(arguments: &[&str]) -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(arguments).current_dir(root()).output();
    Ok(String::from_utf8(output.context("cannot run rustc")?.stdout)?)
}
