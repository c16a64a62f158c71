//! Interface `homes`.

use dreaming::home;
use dreaming::interface;

use crate::Component;
use crate::bindings::dreaming::engine::types::MemoryWrite;
use crate::bindings::exports::dreaming::engine::chain::SnapshotBorrow;
use crate::bindings::exports::dreaming::engine::homes::{Edited, Edits, Guest, Rendering, Room};
use crate::chain::Held;
use crate::errors::EngineError;

impl Guest for Component {
    fn render(
        store: SnapshotBorrow<'_>,
        file: String,
        room: Room,
        principal: Option<String>,
    ) -> Result<Rendering, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let room = home::Room { bytes: room.bytes, lines: room.lines };
        let home::Rendering { text, entries, left_out } =
            interface::render(&store, &file, room, principal.as_deref())?;
        Ok(Rendering { text, entries, left_out })
    }

    fn read_back(store: SnapshotBorrow<'_>, file: String) -> Result<Edits, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let home::Edits { edited, memories, stuck } = interface::read_back(&store, &file)?;
        let edited = edited.into_iter().map(|home::Edited { path, before, after }| Edited {
            path: path.into(),
            before,
            after,
        });
        let memories = memories.into_iter().map(|(path, text)| MemoryWrite {
            path: path.into(),
            text: Some(text),
            observed_at: None,
        });
        Ok(Edits { edited: edited.collect(), memories: memories.collect(), stuck })
    }

    fn without(file: String) -> Result<String, EngineError> {
        Ok(interface::without(&file)?)
    }
}
