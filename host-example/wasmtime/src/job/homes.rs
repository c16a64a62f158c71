//! The store in files that agents load: `wit/homes.wit`.

use crate::error::Error;
use crate::handles::Snapshot;
use crate::job::Job;
use crate::store::{Model, Store};
use crate::types::{Edits, Folder, Form, HomeFile, Rendering, Room};

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

    /// The files that a home should hold, given those that are there.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidDocument`] when a file of somebody else is in the way, or one is
    /// damaged.
    pub fn render_files(
        &mut self,
        store: &Snapshot,
        form: &Form,
        files: &[HomeFile],
        principal: Option<&str>,
    ) -> Result<Folder, Error> {
        let snapshot = store.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            let homes = dreamer.dreaming_engine_homes();
            homes.call_render_files(store, snapshot, form, files, principal)
        })??)
    }

    /// What people changed in such files since they were rendered.
    ///
    /// # Errors
    /// As [`Job::render_files`].
    pub fn read_files(
        &mut self,
        store: &Snapshot,
        form: &Form,
        files: &[HomeFile],
    ) -> Result<Edits, Error> {
        let snapshot = store.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_homes().call_read_files(store, snapshot, form, files)
        })??)
    }
}
