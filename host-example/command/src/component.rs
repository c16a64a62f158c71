//! The engine's component, which is built into the command.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use dreaming_wasmtime::{Engine, EngineError, Error as JobError, Limits};

use crate::error::{Error, Result};
use crate::folder::digest;
use crate::output;
use crate::state::make_private;

const COMPONENT: &[u8] = include_bytes!(env!("DREAMING_COMPONENT_PATH"));

/// The digest of the component's bytes, which tells versions of the engine apart.
pub fn id() -> String {
    digest(COMPONENT)
}

/// Compiles the component, or loads the compiled code from the user's cache folder.
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

/// How long compiling may take before it is said. Chosen by us: a person waits that long without wondering; a compiled
/// engine is loaded in a tenth of it.
const SILENT: Duration = Duration::from_secs(1);

fn compile(cache: Option<PathBuf>) -> Result<Engine> {
    let (done, waits) = mpsc::channel::<()>();
    let teller = thread::spawn(move || {
        if waits.recv_timeout(SILENT) == Err(mpsc::RecvTimeoutError::Timeout) {
            output::note(
                "Preparing the engine for this machine, which takes a while the first time.",
            );
        }
    });
    let engine = compiled(cache);
    drop(done);
    let _ = teller.join();
    engine
}

fn compiled(cache: Option<PathBuf>) -> Result<Engine> {
    // If no cache can be used, the component is compiled each time, which only takes longer.
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

/// Turns an error of a call into the component into an error of the command.
pub fn refused(error: JobError) -> Error {
    match error {
        JobError::Engine(EngineError::Stale(why)) => Error::Stale(why.why),
        JobError::Engine(EngineError::OtherEngine(engine)) => Error::OtherEngine(engine),
        // The component only gets documents of the state, so an invalid one means a damaged state.
        JobError::Engine(EngineError::InvalidDocument(why)) => {
            Error::Damaged(format!("document ({}): {}", why.what, why.why))
        }
        other => Error::Engine(other.to_string()),
    }
}
