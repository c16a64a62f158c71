//! `cargo xtask reproduce`: the same source gives the same component in another place.

use anyhow::{Result, ensure};

use crate::component::{WORLDS, World, compile, read, sha256};
use crate::steps::target_dir;
use crate::tree;

/// Builds components again, from a copy in a longer path and into another target folder, and
/// compares them with those in `dist/`. `only` is the name of one world, or `None` for all. The
/// registry folder of cargo and the compiler are the same in both builds.
///
/// # Errors
/// When bytes differ, or `only` names no world.
pub fn reproduce(only: Option<&str>) -> Result<()> {
    let worlds = WORLDS.iter().filter(|world| only.is_none_or(|name| name == world.name));
    let worlds: Vec<&World> = worlds.collect();
    ensure!(!worlds.is_empty(), "there is no world {}", only.unwrap_or_default());
    let folder = target_dir().join("reproduce");
    let copy = folder.join("a folder with a longer path than that of the original");
    tree::copy(&copy)?;
    for world in worlds {
        let (here, there) = (read(world)?, compile(world, &copy, &folder.join("target"))?);
        let (here, there) = (sha256(&here), sha256(&there));
        ensure!(here == there, "{}: sha256 {here} in `dist/`, {there} in a copy", world.name);
        println!("{:10} sha256 {here} in both places", world.name);
    }
    Ok(())
}
