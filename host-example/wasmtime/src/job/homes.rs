//! The store as a block in a file that agents load: `wit/homes.wit`.

use crate::error::Error;
use crate::handles::Snapshot;
use crate::job::Job;
use crate::store::{Model, Store};
use crate::types::{Edits, Rendering, Room};

impl<S: Store, M: Model> Job<S, M> {
    /// A file whose text is `file`, with the entries of a store as its block.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidDocument`] when the block of the file is damaged.
    pub fn render(
        &mut self,
        store: &Snapshot,
        file: &str,
        room: Room,
        principal: Option<&str>,
    ) -> Result<Rendering, Error> {
        let snapshot = store.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            let homes = dreamer.dreaming_engine_homes();
            homes.call_render(store, snapshot, file, room, principal)
        })??)
    }

    /// What people changed in the block of a file since it was rendered.
    ///
    /// # Errors
    /// As [`Job::render`].
    pub fn read_back(&mut self, store: &Snapshot, file: &str) -> Result<Edits, Error> {
        let snapshot = store.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_homes().call_read_back(store, snapshot, file)
        })??)
    }

    /// A file without its block.
    ///
    /// # Errors
    /// As [`Job::render`].
    pub fn without(&mut self, file: &str) -> Result<String, Error> {
        Ok(self.call(|dreamer, store| dreamer.dreaming_engine_homes().call_without(store, file))??)
    }
}
