//! The component that the command carries.

use std::env;
use std::path::{Path, PathBuf};

use dreaming_wasmtime::{Engine, EngineError, Error as JobError, Limits};

use crate::error::{Error, Result};
use crate::state::make_private;

const COMPONENT: &[u8] = include_bytes!(env!("DREAMING_COMPONENT_PATH"));

/// Compiles the component. The code is kept in the user's cache folder, so that only the first call
/// takes a moment.
///
/// # Errors
/// [`Error::Engine`] when the component cannot be used.
pub fn load(state: &Path) -> Result<Engine> {
    let cache = cache_folder(state);
    // Without a usable cache it only takes longer.
    make_private(&cache)
        .ok()
        .and_then(|()| Engine::cached(COMPONENT, Limits::default(), &cache).ok())
        .map_or_else(|| Engine::new(COMPONENT, Limits::default()).map_err(refused), Ok)
}

/// The user's cache folder; in the state folder where the system names none.
fn cache_folder(state: &Path) -> PathBuf {
    let named = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    named("XDG_CACHE_HOME")
        .or_else(|| named("LOCALAPPDATA"))
        .or_else(|| named("HOME").map(|home| home.join(".cache")))
        .map_or_else(|| state.join("cache"), |caches| caches.join("dreaming"))
}

/// The error of a call into the component.
pub fn refused(error: JobError) -> Error {
    match error {
        JobError::Engine(EngineError::Stale(why)) => Error::Stale(why.why),
        JobError::Engine(EngineError::OtherEngine(engine)) => Error::OtherEngine(engine),
        other => Error::Engine(other.to_string()),
    }
}
