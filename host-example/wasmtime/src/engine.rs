//! The compiled component and the limits of its jobs.

use std::path::Path;

use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Cache, CacheConfig, Config};

use crate::bindings::Dreamer;
use crate::error::Error;
use crate::imports::{MemoryLimit, State};
use crate::job::Job;
use crate::store::{Model, NoModel, NoStore, Store};

/// What one job may use. Counts, never durations: the same job ends at the same point everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory. Default 1 GiB: chosen by us, above what 100 large sessions need.
    pub memory_bytes: usize,
    /// Units of work, about one for each instruction of the component; `None` = no limit, and the
    /// code is compiled without counting, some 15 % faster. Default 10^13: chosen by us, several
    /// minutes of one processor, which only a run-away reaches.
    pub fuel: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_bytes: 1 << 30, fuel: Some(10_000_000_000_000) }
    }
}

/// How much larger a value may be here than in the memory of the component: a pointer with its length takes 8 bytes
/// there, and a `String` 24 here.
const COPIED: usize = 3;

/// The compiled component. Compiling takes the better part of a second, so make one and keep it;
/// a clone is cheap and shares the code.
#[derive(Clone)]
pub struct Engine {
    engine: wasmtime::Engine,
    component: Component,
    limits: Limits,
}

impl Engine {
    /// Compiles `component`, the bytes of `dreaming.wasm`.
    ///
    /// # Errors
    /// [`Error::Load`] when the bytes are no component.
    pub fn new(component: &[u8], limits: Limits) -> Result<Self, Error> {
        Self::build(component, limits, None)
    }

    /// As [`Engine::new`], with compiled code kept in the folder `cache`, which is made when it is
    /// missing. Nobody else may be able to write to the folder: the code in it is run.
    ///
    /// # Errors
    /// [`Error::Load`] when the bytes are no component, or the folder cannot be used.
    pub fn cached(component: &[u8], limits: Limits, cache: &Path) -> Result<Self, Error> {
        let folder = std::path::absolute(cache).map_err(|e| Error::Load(e.to_string()))?;
        let mut config = CacheConfig::new();
        config.with_directory(folder);
        Self::build(component, limits, Some(Cache::new(config).map_err(load)?))
    }

    fn build(component: &[u8], limits: Limits, cache: Option<Cache>) -> Result<Self, Error> {
        let mut config = Config::new();
        // Images of memories are sealed files, which some sandboxes refuse now and then ("cannot add seals to the memfd");
        // a job makes one instance, so copying its data costs nothing to speak of.
        config.consume_fuel(limits.fuel.is_some()).cache(cache).memory_init_cow(false);
        let engine = wasmtime::Engine::new(&config).map_err(load)?;
        let component = Component::from_binary(&engine, component).map_err(load)?;
        Ok(Self { engine, component, limits })
    }

    /// A job without store and model, for hosts that run the loop of a dream themselves.
    ///
    /// # Errors
    /// As [`Engine::job_with`].
    pub fn job(&self) -> Result<Job, Error> {
        self.job_with(NoStore, NoModel)
    }

    /// A job over `store` and `model`: one instance of the component, with fresh limits.
    ///
    /// # Errors
    /// [`Error::Load`] when the component has another world; [`Error::OutOfMemory`] and
    /// [`Error::OutOfFuel`] when the limits are too low even to start the instance.
    pub fn job_with<S, M>(&self, store: S, model: M) -> Result<Job<S, M>, Error>
    where
        S: Store + 'static,
        M: Model + 'static,
    {
        let memory = MemoryLimit::new(self.limits.memory_bytes);
        let mut instance = wasmtime::Store::new(&self.engine, State { store, model, memory });
        instance.limiter(|state| &mut state.memory);
        // What one call brings over fits into the memory of the component, whose own limit comes first and has a name.
        instance.set_hostcall_fuel(self.limits.memory_bytes.saturating_mul(COPIED));
        if let Some(fuel) = self.limits.fuel {
            instance.set_fuel(fuel).map_err(load)?;
        }
        let mut linker = Linker::new(&self.engine);
        Dreamer::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state).map_err(load)?;
        let dreamer = Dreamer::instantiate(&mut instance, &self.component, &linker);
        match dreamer {
            Ok(dreamer) => Ok(Job::new(instance, dreamer, self.limits)),
            Err(_) if instance.data().memory.met().is_some() => {
                Err(Error::OutOfMemory { limit: self.limits.memory_bytes })
            }
            Err(error) => Err(load(error)),
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("limits", &self.limits).finish_non_exhaustive()
    }
}

fn load(error: wasmtime::Error) -> Error {
    Error::Load(format!("{error:#}"))
}
