//! The component that the command carries.

use std::env;
use std::path::{Path, PathBuf};

use dreaming_wasmtime::{Engine, EngineError, Error as JobError, Limits};

use crate::error::{Error, Result};
use crate::folder::digest;
use crate::state::make_private;

const COMPONENT: &[u8] = include_bytes!(env!("DREAMING_COMPONENT_PATH"));

/// What tells this component from every other: the digest of its bytes.
pub fn id() -> String {
    digest(COMPONENT)
}

/// Compiles the component. The code is kept in the user's cache folder, so that only the first call
/// takes a moment.
///
/// # Errors
/// [`Error::Engine`] when the component cannot be used.
pub fn load(state: &Path) -> Result<Engine> {
    compile(Some(cache_folder().unwrap_or_else(|| state.join("cache"))))
}

/// As [`load`], where no state folder is known.
///
/// # Errors
/// [`Error::Engine`] when the component cannot be used.
pub fn load_without_state() -> Result<Engine> {
    compile(cache_folder())
}

fn compile(cache: Option<PathBuf>) -> Result<Engine> {
    // Without a usable cache it only takes longer.
    cache
        .filter(|cache| make_private(cache).is_ok())
        .and_then(|cache| Engine::cached(COMPONENT, Limits::default(), &cache).ok())
        .map_or_else(|| Engine::new(COMPONENT, Limits::default()).map_err(refused), Ok)
}

/// The user's cache folder, if the system names one.
fn cache_folder() -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    named("XDG_CACHE_HOME")
        .or_else(|| named("LOCALAPPDATA"))
        .or_else(|| named("HOME").map(|home| home.join(".cache")))
        .map(|caches| caches.join("dreaming"))
}

/// The error of a call into the component.
pub fn refused(error: JobError) -> Error {
    match error {
        JobError::Engine(EngineError::Stale(why)) => Error::Stale(why.why),
        JobError::Engine(EngineError::OtherEngine(engine)) => Error::OtherEngine(engine),
        // All documents that it is given are of the state.
        JobError::Engine(EngineError::InvalidDocument(why)) => {
            Error::Damaged(format!("document ({}): {}", why.what, why.why))
        }
        other => Error::Engine(other.to_string()),
    }
}
