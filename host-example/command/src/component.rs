//! The component that the command carries.

use std::path::Path;

use dreaming_wasmtime::{Engine, EngineError, Error as JobError, Limits};

use crate::error::{Error, Result};

const COMPONENT: &[u8] = include_bytes!(env!("DREAMING_COMPONENT_PATH"));

/// Compiles the component. The code is kept in the state folder, which is the user's own, so that
/// only the first call takes a moment.
///
/// # Errors
/// [`Error::Engine`] when the component cannot be used.
pub fn load(state: &Path) -> Result<Engine> {
    // Without a usable cache it only takes longer.
    Engine::cached(COMPONENT, Limits::default(), &state.join("cache"))
        .or_else(|_| Engine::new(COMPONENT, Limits::default()))
        .map_err(refused)
}

/// The error of a call into the component.
pub fn refused(error: JobError) -> Error {
    match error {
        JobError::Engine(EngineError::Stale(why)) => Error::Stale(why.why),
        JobError::Engine(EngineError::OtherEngine(engine)) => Error::OtherEngine(engine),
        other => Error::Engine(other.to_string()),
    }
}
