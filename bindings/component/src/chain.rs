//! Interface `chain`.

use std::cell::RefCell;

use dreaming::gather::Other;
use dreaming::ids::{ChangeId, EntryId, SessionId};
use dreaming::interface;
use dreaming::snapshot;
use dreaming::time::Time;

use crate::Component;
use crate::bindings::dreaming::engine::types::{
    By, Decision, Document, LedgerRow, Memory, NewRevision, Timestamp,
};
use crate::bindings::exports::dreaming::engine::chain::{
    Difference, Erasure, Guest, GuestSnapshot, SnapshotBorrow,
};
use crate::convert;
use crate::errors::EngineError;

/// The resource `snapshot`. The component has one thread and is never entered twice, so that a
/// borrow cannot fail.
pub(crate) struct Held(pub(crate) RefCell<snapshot::Snapshot>);

impl GuestSnapshot for Held {
    fn new(salt: String) -> Self {
        Self(RefCell::new(snapshot::Snapshot::new(salt)))
    }

    fn set_head(&self, record: Document) -> Result<(), EngineError> {
        Ok(interface::set_head(&mut self.0.borrow_mut(), &record)?)
    }

    fn add_memories(&self, page: Vec<Memory>) -> Result<(), EngineError> {
        let page = page.into_iter().map(convert::memory).collect();
        Ok(interface::add_memories(&mut self.0.borrow_mut(), page)?)
    }

    fn add_ledger(&self, page: Vec<LedgerRow>) -> Result<(), EngineError> {
        let page: Vec<_> = page.into_iter().map(convert::row).collect();
        Ok(interface::add_ledger(&mut self.0.borrow_mut(), &page)?)
    }

    fn add_decisions(&self, records: Vec<Document>) -> Result<(), EngineError> {
        Ok(interface::add_decisions(&mut self.0.borrow_mut(), &records)?)
    }
}

impl Guest for Component {
    type Snapshot = Held;

    fn observe(
        store: SnapshotBorrow<'_>,
        now: Timestamp,
    ) -> Result<Option<NewRevision>, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let revision = dreaming::observe(&store, Time::from_millis(now))?;
        Ok(revision.map(convert::new_revision))
    }

    fn apply(
        store: SnapshotBorrow<'_>,
        plan: Document,
        decision: Decision,
    ) -> Result<NewRevision, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let revision = interface::apply(&store, &plan, &convert::decision(decision))?;
        Ok(convert::new_revision(revision))
    }

    fn revert(
        store: SnapshotBorrow<'_>,
        target: SnapshotBorrow<'_>,
        by: By,
    ) -> Result<NewRevision, EngineError> {
        let (store, target) = (store.get::<Held>().0.borrow(), target.get::<Held>().0.borrow());
        let now = Time::from_millis(by.now);
        let revision = dreaming::revert(&store, &target, &by.reviewer, &by.note, now)?;
        Ok(convert::new_revision(revision))
    }

    fn reopen(
        store: SnapshotBorrow<'_>,
        changes: Vec<String>,
        by: By,
    ) -> Result<NewRevision, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let changes: Vec<ChangeId> = changes.into_iter().map(ChangeId::new).collect();
        let now = Time::from_millis(by.now);
        let revision = dreaming::reopen(&store, &changes, &by.reviewer, &by.note, now)?;
        Ok(convert::new_revision(revision))
    }

    fn rebase(
        store: SnapshotBorrow<'_>,
        plan: Document,
        instructions: String,
    ) -> Result<Document, EngineError> {
        Ok(interface::rebase(&store.get::<Held>().0.borrow(), &plan, &instructions)?)
    }

    fn erase(store: SnapshotBorrow<'_>, what: Erasure, by: By) -> Result<NewRevision, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let what = match what {
            Erasure::Session(id) => dreaming::apply::Erasure::Session(SessionId::new(id)),
            Erasure::Entry(id) => dreaming::apply::Erasure::Entry(EntryId::new(id)),
        };
        let now = Time::from_millis(by.now);
        Ok(convert::new_revision(dreaming::erase(&store, &what, &by.reviewer, &by.note, now)?))
    }

    fn gather(
        store: SnapshotBorrow<'_>,
        other: SnapshotBorrow<'_>,
        name: String,
        principal: Option<String>,
        now: Timestamp,
    ) -> Result<Option<NewRevision>, EngineError> {
        let (store, other) = (store.get::<Held>().0.borrow(), other.get::<Held>().0.borrow());
        let other = Other { name: &name, principal: principal.as_deref(), store: &other };
        let revision = dreaming::gather(&store, other, Time::from_millis(now))?;
        Ok(revision.map(convert::new_revision))
    }

    fn verify(record: Document, parent: Option<Document>) -> Result<String, EngineError> {
        Ok(interface::verify(&record, parent.as_deref())?.to_string())
    }

    fn diff(before: SnapshotBorrow<'_>, after: SnapshotBorrow<'_>) -> Vec<Difference> {
        let (before, after) = (before.get::<Held>().0.borrow(), after.get::<Held>().0.borrow());
        let difference = |difference: snapshot::Difference| Difference {
            path: difference.path.into(),
            before: difference.before,
            after: difference.after,
        };
        before.diff(&after).into_iter().map(difference).collect()
    }
}
