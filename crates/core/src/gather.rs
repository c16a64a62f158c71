//! Several stores become one: the memories of another store are taken in, each entry with what its own
//! ledger knows of it. The other store is only read. What both say merges later, in a plan.

use dreaming_records::engine::Engine;
use dreaming_records::error::EngineError;
use dreaming_records::ids::EntryId;
use dreaming_records::key::key;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{EntryRecord, Source};
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::revision::{NewRevision, RevisionKind, RevisionRecord};
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_text::{Groups, Set, normal, sort};

use crate::apply;
use crate::identity::{Located, Resolution, of_memory, resolve};
use crate::render;

/// A store that is taken in.
#[derive(Clone, Copy, Debug)]
pub struct Other<'a> {
    /// Its name: the folder below which its memories go, and by which its entries are known from then
    /// on. The name of its agent, say.
    pub name: &'a str,
    /// Whose preferences its preferences are. `None`: of the one person in its sessions, or, when there
    /// are several or none, of a person of its name.
    pub principal: Option<&'a str>,
    /// The store.
    pub store: &'a Snapshot,
}

/// Makes a revision of `store` with what `other` says and did not say when it was taken in before. `None`
/// when there is nothing new.
///
/// A memory comes as it is, to `<name>/<path>`. Once it is there it is the team's: of a later form only
/// new statements come, at its end, below their headings, and nothing is taken away. Each entry keeps
/// kind, trust, subject, evidence, support and times; a preference is scoped to the principal. What lies in a
/// folder of a tool (`.cursor/`) is meant for who works there and stays out; the note of the revision says how many.
///
/// # Errors
/// [`EngineError::Stale`] when a memory of `store` is not that of its head (`observe` first),
/// [`EngineError::InvalidSnapshot`] for the ledger of either, and [`EngineError::InvalidRequest`] when the name is
/// no name of a folder, or a memory with a new statement would be too long or no longer hold its others.
pub fn gather(
    engine: &Engine,
    store: &Snapshot,
    other: Other<'_>,
    now: Time,
) -> Result<Option<NewRevision>, EngineError> {
    apply::check_head(store)?;
    other.store.ledger_of_head()?;
    let from = resolve(other.store, now, engine.redact);
    let known = known(store, other.name);
    let mut after = store.clone();
    let mut of_tools = 0;
    for memory in other.store.memories.values() {
        let path = MemoryPath::new(format!("{}/{}", other.name, memory.path)).ok();
        let path = path.filter(|_| !other.name.split('/').any(|part| part.starts_with('.')));
        let path = path.ok_or_else(|| {
            let why = format!("`{}` cannot be the folder of another store", other.name);
            EngineError::request(other.name, why)
        })?;
        if !store.may_hold(&path) {
            of_tools += 1;
            continue;
        }
        let text = match store.memories.get(&path) {
            Some(there) => with_new(&there.text, of_memory(&memory.path, &from.entries), &known),
            // A memory that the team emptied and removed is not brought back.
            None if is_known(of_memory(&memory.path, &from.entries), &known) => None,
            None => Some(memory.text.clone()),
        };
        let Some(text) = text else { continue };
        apply::check_length(&path, &text)?;
        let observed_at = other.store.observed_at(memory, now);
        after.memories.insert(path.clone(), Memory { path, text, observed_at }.into());
    }
    if after.memories == store.memories {
        return Ok(None);
    }
    let before: Set<&EntryId> = Set::of(store.ledger.entries.keys());
    let Resolution { entries, mut ledger } = resolve(&after, now, engine.redact);
    let lost = store
        .ledger
        .active()
        .find(|record| ledger.entries.get(&record.id).is_none_or(|now| now.retired.is_some()));
    if let Some(record) = lost {
        return Err(apply::not_writable(&record.path));
    }
    let whose = other.principal.or_else(|| one_person(other.store)).unwrap_or(other.name);
    // What a statement there becomes here; of equal ones the first there is the first here.
    let new = entries.iter().filter(|entry| !before.contains(&entry.record.id));
    let new = Groups::of(new.map(|e| ((e.path.to_string(), normal(&e.record.text)), e)));
    let there = |e: &Located| (format!("{}/{}", other.name, e.path), normal(&e.record.text));
    let sources = Groups::of(from.entries.iter().map(|entry| (there(entry), &entry.record)));
    for (entry, source) in new.iter().flat_map(|(said, all)| all.zip(sources.get(said))) {
        if let Some(record) = ledger.entries.get_mut(&entry.record.id) {
            take_over(record, source, other.name, whose);
        }
    }
    let writes = after.memories.values().filter(|m| store.memories.get(&m.path) != Some(*m));
    let observed = |memory: &Memory| ledger.memories.get(&memory.path)?.observed_at;
    let writes = writes.map(|memory| apply::write(memory, observed(memory))).collect();
    let record = RevisionRecord {
        memories: after.memories_root(),
        note: note(other.name, of_tools),
        ..apply::blank(engine, store, RevisionKind::Gather, now)?
    };
    apply::revision(store, record, &ledger, writes).map(Some)
}

/// Where a revision comes from, and what of it stayed out.
fn note(name: &str, of_tools: usize) -> String {
    match of_tools {
        0 => format!("from `{name}`"),
        n => format!(
            "from `{name}`, without its memories in folders whose names begin with a dot: {n}"
        ),
    }
}

/// The keys of all statements that ever came from the store of this name.
fn known<'a>(store: &'a Snapshot, name: &str) -> Set<&'a str> {
    let sources = store.ledger.entries.values().flat_map(|record| &record.sources);
    Set::of(sources.filter(|source| source.store == name).map(|source| source.key.as_str()))
}

/// Whether a memory has statements, all of which came before.
fn is_known(entries: &[Located], known: &Set<&str>) -> bool {
    !entries.is_empty() && entries.iter().all(|e| known.contains(&*key(&e.record.text)))
}

/// `text` with the statements of the other store's memory that never came before; `None` without any.
fn with_new(text: &str, entries: &[Located], known: &Set<&str>) -> Option<String> {
    let is_new = |e: &&Located| !known.contains(&*key(&e.record.text));
    let mut added = text.to_owned();
    let mut headings: Option<&[String]> = None;
    for entry in entries.iter().filter(is_new) {
        if headings != Some(&entry.piece.headings) {
            if !added.is_empty() && !added.ends_with('\n') {
                added.push('\n');
            }
            added.push('\n');
            for (depth, heading) in entry.piece.headings.iter().enumerate() {
                added.push_str(&"#".repeat((depth + 1).min(6)));
                added.push_str(&format!(" {heading}\n\n"));
            }
            headings = Some(&entry.piece.headings);
        }
        added.push_str(&format!("- {}\n", render::rendered(&entry.record.text)));
    }
    headings.is_some().then_some(added)
}

/// The person of all sessions of a store, when it is one.
fn one_person(store: &Snapshot) -> Option<&str> {
    let sessions = store.ledger.sessions.values();
    let all = Set::of(sessions.filter_map(|record| record.notes.principal.as_deref()));
    all.iter().next().filter(|_| all.len() == 1).copied()
}

/// What is known of an entry there is known of it here.
fn take_over(record: &mut EntryRecord, source: &EntryRecord, name: &str, whose: &str) {
    let is_preference =
        source.kind == Some(Kind::Preference) || source.path.as_str() == Kind::Preference.path();
    let whose = is_preference.then(|| whose.to_owned());
    let mut sources = source.sources.clone();
    sources.push(Source { store: name.into(), key: key(&source.text) });
    *record = EntryRecord {
        id: record.id.clone(),
        path: record.path.clone(),
        text: record.text.clone(),
        principal: source.principal.clone().or(whose),
        supersedes: Vec::new(),
        maybe_from: None,
        sources,
        ..source.clone()
    };
    sort::all(&mut record.sources);
    record.sources.dedup();
}
