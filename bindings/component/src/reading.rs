//! Interface `reading`.

use dreaming::interface;
use dreaming::time::Time;

use crate::Component;
use crate::bindings::dreaming::engine::types::{Change, Document, Setting, Timestamp};
use crate::bindings::exports::dreaming::engine::chain::SnapshotBorrow;
use crate::bindings::exports::dreaming::engine::reading::{Entry, Guest, Packed};
use crate::chain::Held;
use crate::errors::EngineError;
use crate::{change, settings};

impl Guest for Component {
    fn entries(
        store: SnapshotBorrow<'_>,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<Entry>, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let entry = |entry: interface::Entry| Entry {
            id: entry.id.to_string(),
            path: entry.path.into(),
            line: entry.line,
            text: entry.text,
            ledger: entry.ledger,
        };
        Ok(interface::entries(&store, offset, limit)?.into_iter().map(entry).collect())
    }

    fn pack(
        store: SnapshotBorrow<'_>,
        query: String,
        budget: u32,
        principal: Option<String>,
    ) -> Result<Vec<Packed>, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let packed = |packed: dreaming::pack::Packed| Packed {
            text: packed.said(),
            entry: packed.entry.to_string(),
            path: packed.path.into(),
            line: packed.line,
            headings: packed.headings,
            score: change::ppm(packed.score),
            tokens: packed.tokens,
        };
        let entries = interface::pack(&store, &query, budget, principal.as_deref())?;
        Ok(entries.into_iter().map(packed).collect())
    }

    fn changes(plan: Document) -> Result<Vec<Change>, EngineError> {
        Ok(interface::changes(&plan)?.into_iter().map(change::change).collect())
    }

    fn stats(
        store: SnapshotBorrow<'_>,
        policy: Vec<Setting>,
        now: Timestamp,
    ) -> Result<Document, EngineError> {
        let policy = settings::policy(policy)?;
        let store = store.get::<Held>().0.borrow();
        Ok(interface::stats(&store, &policy, Time::from_millis(now))?)
    }
}
