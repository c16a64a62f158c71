//! Interface `consolidation`.

use std::cell::RefCell;

use dreaming::canonical;
use dreaming::plan::Plan;
use dreaming::policy;
use dreaming::read::identity::{Located, resolve};
use dreaming::revision::RevisionRecord;
use dreaming::time::Time;
use dreaming::{Fingerprint, Snapshot};

use crate::Component;
use crate::bindings::dreaming::engine::types::{
    Change, Decision, Document, LedgerRow, Memory, NewRevision, Timestamp,
};
use crate::bindings::exports::dreaming::engine::consolidation::{
    Difference, Entry, Guest, GuestSnapshot, SettingDescription, SnapshotBorrow,
};
use crate::convert;
use crate::errors::{self, EngineError, check_size, invalid};

/// The resource `snapshot`. The component has one thread and is never entered twice, so that a
/// borrow cannot fail.
pub(crate) struct Held(pub(crate) RefCell<Snapshot>);

impl Held {
    /// Adds a page: all of it or, when something in it is not usable, none.
    fn merge(&self, page: Snapshot) -> Result<(), EngineError> {
        self.0.borrow_mut().merge(page).map_err(|error| errors::snapshot("page", error))
    }
}

impl GuestSnapshot for Held {
    fn new(salt: String) -> Self {
        Self(RefCell::new(Snapshot::new(salt)))
    }

    fn set_head(&self, record: Document) -> Result<(), EngineError> {
        check_size("record", record.len())?;
        let set = self.0.borrow_mut().set_head(&record);
        set.map_err(|error| EngineError::InvalidDocument(invalid("record", error)))
    }

    fn add_memories(&self, page: Vec<Memory>) -> Result<(), EngineError> {
        check_size("page", page.iter().map(|memory| memory.path.len() + memory.text.len()).sum())?;
        let mut staged = Snapshot::default();
        for memory in page {
            let path = memory.path.clone();
            let added = staged.add_memory(convert::memory(memory)?);
            added.map_err(|error| errors::snapshot(&path, error))?;
        }
        self.merge(staged)
    }

    fn add_ledger(&self, page: Vec<LedgerRow>) -> Result<(), EngineError> {
        check_size("page", page.iter().map(|row| row.key.len() + row.value.len()).sum())?;
        let mut staged = Snapshot::default();
        for row in page {
            let record = convert::row(row);
            let added = staged.add_record(&record);
            added.map_err(|error| errors::snapshot(&record.key, error))?;
        }
        self.merge(staged)
    }

    fn add_decisions(&self, records: Vec<Document>) -> Result<(), EngineError> {
        check_size("page", records.iter().map(Vec::len).sum())?;
        let mut staged = Snapshot::default();
        for record in records {
            let added = staged.add_decisions(&record);
            added.map_err(|error| errors::snapshot("record", error))?;
        }
        self.merge(staged)
    }
}

impl Guest for Component {
    type Snapshot = Held;

    fn observe(
        store: SnapshotBorrow<'_>,
        now: Timestamp,
    ) -> Result<Option<NewRevision>, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let revision = dreaming::observe(&store, Time::from_millis(now)).map_err(errors::apply)?;
        Ok(revision.map(convert::new_revision))
    }

    fn apply(
        store: SnapshotBorrow<'_>,
        plan: Document,
        decision: Decision,
    ) -> Result<NewRevision, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let plan = Plan::from_bytes(&plan).map_err(errors::plan)?;
        let revision = dreaming::apply(&store, &plan, &convert::decision(decision));
        Ok(convert::new_revision(revision.map_err(errors::apply)?))
    }

    fn revert(
        store: SnapshotBorrow<'_>,
        target: SnapshotBorrow<'_>,
        reviewer: String,
        note: String,
        now: Timestamp,
    ) -> Result<NewRevision, EngineError> {
        let (store, target) = (store.get::<Held>().0.borrow(), target.get::<Held>().0.borrow());
        let now = Time::from_millis(now);
        let revision = dreaming::revert(&store, &target, &reviewer, &note, now);
        Ok(convert::new_revision(revision.map_err(errors::apply)?))
    }

    fn changes(plan: Document) -> Result<Vec<Change>, EngineError> {
        let plan = Plan::from_bytes(&plan).map_err(errors::plan)?;
        Ok(plan.changes.into_iter().map(convert::change).collect())
    }

    fn diff(before: SnapshotBorrow<'_>, after: SnapshotBorrow<'_>) -> Vec<Difference> {
        let (before, after) = (before.get::<Held>().0.borrow(), after.get::<Held>().0.borrow());
        let difference = |difference: dreaming::snapshot::Difference| Difference {
            path: difference.path.into(),
            before: difference.before,
            after: difference.after,
        };
        before.diff(&after).into_iter().map(difference).collect()
    }

    fn entries(
        store: SnapshotBorrow<'_>,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<Entry>, EngineError> {
        let store = store.get::<Held>().0.borrow();
        // No dream, so no `now`: whatever time a host gives counts as past.
        let entries = resolve(&store, Time::from_millis(i64::MAX)).entries;
        let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        entries.into_iter().skip(size(offset)).take(size(limit)).map(entry).collect()
    }

    fn verify(record: Document, parent: Option<Document>) -> Result<String, EngineError> {
        let read = |bytes: Document| RevisionRecord::from_bytes(&bytes).map_err(errors::revision);
        let (record, parent) = (read(record)?, parent.map(read).transpose()?);
        Ok(record.verify(parent.as_ref()).map_err(errors::revision)?.to_string())
    }

    fn canonical(json: Vec<u8>) -> Result<Document, EngineError> {
        let value = canonical::from_bytes::<serde_json::Value>(&json);
        value
            .and_then(|value| canonical::to_bytes(&value))
            .map_err(|error| EngineError::InvalidDocument(invalid("json", error)))
    }

    fn settings() -> Vec<SettingDescription> {
        settings()
    }

    fn fingerprint() -> Document {
        // Four short fields: this cannot fail, and an empty document would equal no other.
        canonical::to_bytes(&Fingerprint::current()).unwrap_or_default()
    }
}

fn entry(located: Located) -> Result<Entry, EngineError> {
    Ok(Entry {
        id: located.record.id.to_string(),
        path: located.path.into(),
        line: located.piece.line,
        text: located.piece.text,
        ledger: canonical::to_bytes(&located.record).map_err(errors::unwritten)?,
    })
}

/// The policy table, by name.
fn settings() -> Vec<SettingDescription> {
    let integers = policy::INTEGERS.iter().map(|setting| SettingDescription {
        name: setting.name.into(),
        takes: format!("integer {} to {} {}", setting.min, setting.max, setting.unit),
        default: setting.default.to_string(),
        reason: setting.reason.into(),
    });
    let switches = policy::SWITCHES.iter().map(|setting| SettingDescription {
        name: setting.name.into(),
        takes: "switch".into(),
        default: setting.default.to_string(),
        reason: setting.reason.into(),
    });
    let texts = policy::TEXTS.iter().map(|setting| SettingDescription {
        name: setting.name.into(),
        takes: format!("texts, each a {}", setting.unit),
        default: "[]".into(),
        reason: setting.reason.into(),
    });
    let mut all: Vec<SettingDescription> = integers.chain(switches).chain(texts).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}
