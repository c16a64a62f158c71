//! Interface `homes`.

use dreaming::home;
use dreaming::interface;

use crate::Component;
use crate::bindings::dreaming::engine::types::MemoryWrite;
use crate::bindings::exports::dreaming::engine::chain::SnapshotBorrow;
use crate::bindings::exports::dreaming::engine::homes::{
    Edited, Edits, Folder, Form, Guest, HomeFile, LeftOutEntry, LeftOutReason, Rendering, Room,
};
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
        Ok(edits(interface::read_back(&store, &file)?))
    }

    fn without(file: String) -> Result<String, EngineError> {
        Ok(interface::without(&file)?)
    }

    fn render_files(
        store: SnapshotBorrow<'_>,
        form: Form,
        files: Vec<HomeFile>,
        principal: Option<String>,
    ) -> Result<Folder, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let files: Vec<home::HomeFile> = files.into_iter().map(file).collect();
        let made = interface::render_files(&store, &of_form(form), &files, principal.as_deref())?;
        let file = |home::HomeFile { path, text }| HomeFile { path, text };
        let left_out = |home::LeftOutEntry { path, text, reason }| LeftOutEntry {
            path: path.into(),
            text,
            reason: match reason {
                home::LeftOutReason::Size => LeftOutReason::Size,
                home::LeftOutReason::Count => LeftOutReason::Count,
                home::LeftOutReason::Index => LeftOutReason::Index,
                home::LeftOutReason::Unproven => LeftOutReason::Unproven,
            },
        };
        Ok(Folder {
            files: made.files.into_iter().map(file).collect(),
            remove: made.remove,
            entries: made.entries,
            left_out: made.left_out.into_iter().map(left_out).collect(),
        })
    }

    fn read_files(
        store: SnapshotBorrow<'_>,
        form: Form,
        files: Vec<HomeFile>,
    ) -> Result<Edits, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let files: Vec<home::HomeFile> = files.into_iter().map(file).collect();
        Ok(edits(interface::read_files(&store, &of_form(form), &files)?))
    }
}

fn edits(home::Edits { edited, memories, stuck }: home::Edits) -> Edits {
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
    Edits { edited: edited.collect(), memories: memories.collect(), stuck }
}

fn of_form(form: Form) -> home::Form {
    let Form { file, head, name, description, bytes, files, proven_workflows, index } = form;
    let index = index.map(|index| home::IndexForm {
        path: index.path,
        room: home::Room { bytes: index.room.bytes, lines: index.room.lines },
    });
    home::Form { file, head, name, description, bytes, files, proven_workflows, index }
}

fn file(HomeFile { path, text }: HomeFile) -> home::HomeFile {
    home::HomeFile { path, text }
}
