//! `cargo xtask package`: makes the packages for the registries without publishing them.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

use crate::guards::ENGINE;
use crate::sizes::{self, Sizes};
use crate::steps::{cargo, root, run, step, target_dir};
use crate::{tree, web};

/// Packs crates and npm package, tests them as a user would install them, and checks their sizes.
///
/// # Errors
/// When a package cannot be made, does not work, or has grown too much.
pub fn pack_and_check() -> Result<()> {
    sizes::check(&pack()?, "cargo xtask package")
}

/// As [`pack_and_check`], but commits the present sizes.
///
/// # Errors
/// When a package cannot be made or does not work.
pub fn bless() -> Result<()> {
    sizes::bless(pack()?)
}

fn pack() -> Result<Sizes> {
    let mut sizes = Sizes::new();
    step("crates", || pack_crates(&mut sizes))?;
    web::build()?;
    step("npm package `dreaming`", || pack_npm(&mut sizes))?;
    for (name, size) in &sizes {
        println!("{name:20} {size:>9} bytes");
    }
    Ok(sizes)
}

/// The crates of the engine, and the two crates that run when the engine is built.
fn packages() -> impl Iterator<Item = &'static str> {
    ENGINE.into_iter().map(|(package, _)| package).chain(["dreaming-derive", "dreaming-words"])
}

/// A dry run of `cargo publish`: cargo packs the crates of the engine and compiles the packed ones.
fn pack_crates(sizes: &mut Sizes) -> Result<()> {
    let mut publish = cargo("", &["publish", "--dry-run", "--quiet", "--locked"]);
    for package in packages() {
        publish.args(["--package", package]);
    }
    publish.arg("--target-dir").arg(target_dir());
    if tree::is_dirty()? {
        eprintln!("the tree has changes that are not committed: packed as they are");
        publish.arg("--allow-dirty");
    }
    forget_unpacked()?;
    run(&mut publish)?;
    for package in packages() {
        // The place in which the pinned version of cargo leaves the packages of a dry run.
        let file = format!("package/tmp-crate/{package}-{}.crate", env!("CARGO_PKG_VERSION"));
        sizes.insert(format!("{package}.crate"), size(&target_dir().join(file))?);
    }
    Ok(())
}

/// Removes what earlier dry runs left. Cargo unpacks each packed crate into its home and builds it;
/// the next dry run, with the same version number, would use these old files again. The folders of
/// such unnamed registries begin with `-`.
fn forget_unpacked() -> Result<()> {
    // rustup's cargo sets `CARGO_HOME` for programs that it runs.
    let Some(home) = env::var_os("CARGO_HOME") else { return Ok(()) };
    for registry in folders(&Path::new(&home).join("registry/src"), "-") {
        for package in packages() {
            let unpacked = registry.join(format!("{package}-{}", env!("CARGO_PKG_VERSION")));
            if !unpacked.is_dir() {
                continue;
            }
            fs::remove_dir_all(unpacked)?;
            let built = target_dir().join("debug/.fingerprint");
            for built in folders(&built, &format!("{package}-")) {
                fs::remove_dir_all(built)?;
            }
        }
    }
    Ok(())
}

/// The folders in `place` whose names begin with `start`; none when there is no such place.
fn folders(place: &Path, start: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    let named = entries.filter(|e| e.file_name().as_encoded_bytes().starts_with(start.as_bytes()));
    named.map(|entry| entry.path()).collect()
}

/// Packs the npm package into `dist/`; the package's own test installs such a file.
fn pack_npm(sizes: &mut Sizes) -> Result<()> {
    let package = web::package();
    let dist = root().join("dist");
    fs::create_dir_all(&dist)?;
    for old in tarballs(&dist)? {
        fs::remove_file(old)?;
    }
    run(web::npm(&package, &["pack", "--silent", "--pack-destination"]).arg(&dist))?;
    let [tarball] = tarballs(&dist)?.try_into().ok().context("npm left no file in dist/")?;
    run(&mut web::npm(&package, &["run", "--silent", "test:pack"]))?;
    sizes.insert("dreaming.tgz".into(), size(&tarball)?);
    let module = package.join("dist/wasm/dreaming_bg.wasm");
    sizes::add("dreaming_bg.wasm", &fs::read(&module)?, sizes)?;
    Ok(())
}

fn tarballs(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "tgz") {
            found.push(path);
        }
    }
    Ok(found)
}

/// Bytes of a file that must not be empty.
fn size(file: &Path) -> Result<u64> {
    match fs::metadata(file).with_context(|| format!("no {}", file.display()))?.len() {
        0 => bail!("{} is empty", file.display()),
        bytes => Ok(bytes),
    }
}
