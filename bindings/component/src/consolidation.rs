//! Interface `consolidation`.

use std::cell::RefCell;

use dreaming::gather::Other;
use dreaming::ids::{EntryId, SessionId};
use dreaming::interface;
use dreaming::snapshot;
use dreaming::time::Time;

use crate::Component;
use crate::bindings::dreaming::engine::types::{
    Change, Decision, Document, LedgerRow, Memory, NewRevision, Setting, Timestamp,
};
use crate::bindings::exports::dreaming::engine::consolidation::{
    Difference, Entry, Erasure, Guest, GuestSnapshot, Packed, Preset, Relation, Scored,
    SettingDescription, SnapshotBorrow, StatementsBorrow,
};
use crate::convert;
use crate::errors::EngineError;
use crate::statements::{self, Gathered};

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
    type Statements = Gathered;

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
        reviewer: String,
        note: String,
        now: Timestamp,
    ) -> Result<NewRevision, EngineError> {
        let (store, target) = (store.get::<Held>().0.borrow(), target.get::<Held>().0.borrow());
        let now = Time::from_millis(now);
        let revision = dreaming::revert(&store, &target, &reviewer, &note, now)?;
        Ok(convert::new_revision(revision))
    }

    fn rebase(
        store: SnapshotBorrow<'_>,
        plan: Document,
        instructions: String,
    ) -> Result<Document, EngineError> {
        Ok(interface::rebase(&store.get::<Held>().0.borrow(), &plan, &instructions)?)
    }

    fn erase(
        store: SnapshotBorrow<'_>,
        what: Erasure,
        reviewer: String,
        note: String,
        now: Timestamp,
    ) -> Result<NewRevision, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let what = match what {
            Erasure::Session(id) => dreaming::apply::Erasure::Session(SessionId::new(id)),
            Erasure::Entry(id) => dreaming::apply::Erasure::Entry(EntryId::new(id)),
        };
        let now = Time::from_millis(now);
        Ok(convert::new_revision(dreaming::erase(&store, &what, &reviewer, &note, now)?))
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

    fn changes(plan: Document) -> Result<Vec<Change>, EngineError> {
        Ok(interface::changes(&plan)?.into_iter().map(convert::change).collect())
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
            entry: packed.entry.to_string(),
            path: packed.path.into(),
            line: packed.line,
            headings: packed.headings,
            text: packed.text,
            score: packed.score,
            tokens: packed.tokens,
        };
        let entries = interface::pack(&store, &query, budget, principal.as_deref())?;
        Ok(entries.into_iter().map(packed).collect())
    }

    fn stats(
        store: SnapshotBorrow<'_>,
        policy: Vec<Setting>,
        now: Timestamp,
    ) -> Result<Document, EngineError> {
        let policy = convert::policy(policy)?;
        let store = store.get::<Held>().0.borrow();
        Ok(interface::stats(&store, &policy, Time::from_millis(now))?)
    }

    fn reconcile(
        all: StatementsBorrow<'_>,
        policy: Vec<Setting>,
    ) -> Result<Vec<Relation>, EngineError> {
        convert::policy(policy)?;
        let all = all.get::<Gathered>().0.borrow();
        let related = interface::statements::reconcile(&all)?;
        Ok(related.into_iter().map(statements::relation).collect())
    }

    fn score(
        all: StatementsBorrow<'_>,
        instructions: String,
        policy: Vec<Setting>,
        now: Timestamp,
    ) -> Result<Vec<Scored>, EngineError> {
        let policy = convert::policy(policy)?;
        let (all, now) = (all.get::<Gathered>().0.borrow(), Time::from_millis(now));
        let scores = interface::statements::scores(&all, &instructions, now, &policy)?;
        Ok(scores.into_iter().map(statements::scored).collect())
    }

    fn prune(
        all: StatementsBorrow<'_>,
        without: Vec<String>,
        budget: u32,
        instructions: String,
        policy: Vec<Setting>,
        now: Timestamp,
    ) -> Result<Vec<String>, EngineError> {
        let policy = convert::policy(policy)?;
        let (all, now) = (all.get::<Gathered>().0.borrow(), Time::from_millis(now));
        let budget = interface::statements::Budget { without, tokens: budget.into() };
        let kept = interface::statements::prune(&all, &budget, &instructions, now, &policy)?;
        Ok(kept.into_iter().map(String::from).collect())
    }

    fn verify(record: Document, parent: Option<Document>) -> Result<String, EngineError> {
        Ok(interface::verify(&record, parent.as_deref())?.to_string())
    }

    fn canonical(json: Vec<u8>) -> Result<Document, EngineError> {
        Ok(interface::canonical(&json)?)
    }

    fn settings() -> Vec<SettingDescription> {
        let setting = |setting: interface::SettingDescription| SettingDescription {
            name: setting.name,
            takes: setting.takes,
            default: setting.default,
            reason: setting.reason,
        };
        interface::settings().into_iter().map(setting).collect()
    }

    fn presets() -> Vec<Preset> {
        let preset = |preset: interface::PresetDescription| Preset {
            name: preset.name,
            about: preset.about,
            settings: preset.settings.into_iter().map(convert::setting).collect(),
        };
        interface::presets().into_iter().map(preset).collect()
    }

    fn fingerprint() -> Document {
        interface::fingerprint()
    }
}
