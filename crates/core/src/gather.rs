//! Several stores become one: takes the memories of another store in, each entry with what the
//! other ledger knows of it. The other store is only read. Its words are screened: secrets are cut
//! out, and text that orders agents about is left out. Statements that both stores hold are merged
//! later, in a plan.

use dreaming_records::engine::Engine;
use dreaming_records::error::EngineError;
use dreaming_records::evidence::Evidence;
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
use crate::identity::{Located, Resolution, resolve};
use crate::render;

/// A store that is taken in.
#[derive(Clone, Copy, Debug)]
pub struct Other<'a> {
    /// The store's name, for example that of its agent. Its memories go into a folder of this name,
    /// and the ledger records the name with each entry that came from it.
    pub name: &'a str,
    /// The person whose preferences the store holds. `None`: the one person for whom all its
    /// sessions ran or, when there is no such person, somebody with the store's name.
    pub principal: Option<&'a str>,
    /// The store.
    pub store: &'a Snapshot,
}

/// Cleans a text from elsewhere so that it may stand in a memory; `None` when the text gives
/// orders to agents.
pub type Screen = fn(&str) -> Option<String>;

/// Makes a revision of `store` with the statements of `other` that no earlier gathering brought.
/// `None` when there is nothing new.
///
/// A memory is first copied unchanged, to `<name>/<path>`. From then on it belongs to the team:
/// when it changes in `other`, only its new statements come, at the end of the copy and below their
/// headings, and nothing is taken away. Each entry keeps its kind, trust, subject, evidence,
/// support and times; a preference is scoped to the principal. Memories in a folder of a tool
/// (`.cursor/`) are meant for the people who work there and stay out; the note of the revision says
/// how many.
///
/// Statements, quotes and subjects that `screen` turns away stay out; the note of the revision says
/// how many statements these are. A memory that has such a statement is not copied: only its other
/// statements come, below their headings.
///
/// # Errors
/// [`EngineError::Stale`] when a memory of `store` is not that of its head (`observe` first),
/// [`EngineError::InvalidSnapshot`] when one of the two ledgers is not that of its store's head,
/// and [`EngineError::InvalidRequest`] when the name is no name of a folder, or when a memory with
/// its new statements would be too long or no longer hold its other statements.
pub fn gather(
    engine: &Engine,
    store: &Snapshot,
    other: Other<'_>,
    screen: Screen,
    now: Time,
) -> Result<Option<NewRevision>, EngineError> {
    apply::check_head(store)?;
    other.store.ledger_of_head()?;
    let from = resolve(other.store, now, engine.redact);
    let known = known(store, other.name);
    let said: Vec<OtherStatement<'_>> =
        from.entries.iter().map(|entry| OtherStatement::of(entry, screen)).collect();
    let mut turned_away = 0;
    let mut after = store.clone();
    let mut of_tools = 0;
    for memory in other.store.memories.values() {
        let path = [other.name, "/", memory.path.as_str()].concat();
        let path = MemoryPath::new(path).ok();
        let path = path.filter(|_| !other.name.split('/').any(|part| part.starts_with('.')));
        let path = path.ok_or_else(|| {
            let why = format!("`{}` cannot be the folder of another store", other.name);
            EngineError::request(other.name, why)
        })?;
        if !store.may_hold(&path) {
            of_tools += 1;
            continue;
        }
        let said = sort::run(&said, |one| one.entry.path.cmp(&memory.path));
        let is_new = |one: &&OtherStatement<'_>| !known.contains(&*one.key);
        turned_away += said.iter().filter(is_new).filter(|one| one.words.is_none()).count();
        let text = match store.memories.get(&path) {
            Some(there) => with_new(&there.text, said, &known),
            // A memory that the team emptied and removed does not come back.
            None if !said.is_empty() && !said.iter().any(|one| is_new(&one)) => None,
            None => whole(&memory.text, said, screen).or_else(|| with_new("", said, &known)),
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
    // Finds the new entry of each statement; equal statements are paired in order.
    let new = entries.iter().filter(|entry| !before.contains(&entry.record.id));
    let new = Groups::of(new.map(|e| (place(e.path.as_str(), &e.record.text), &e.record)));
    let sources = Groups::of(said.iter().filter_map(|one| one.here(other.name)));
    for (said, all) in new.iter() {
        for (entry, source) in all.zip(sources.get(said)) {
            if let Some(record) = ledger.entries.get_mut(&entry.id) {
                take_over(record, source, other.name, whose, screen);
            }
        }
    }
    let writes = after.memories.values().filter(|m| store.memories.get(&m.path) != Some(*m));
    let observed = |memory: &Memory| ledger.memories.get(&memory.path)?.observed_at;
    let writes = writes.map(|memory| apply::write(memory, observed(memory))).collect();
    let record = RevisionRecord {
        memories: after.memories_root(),
        note: note(other.name, of_tools, turned_away),
        ..apply::blank(engine, store, RevisionKind::Gather, now)?
    };
    apply::revision(store, record, &ledger, writes).map(Some)
}

/// The note of the revision: which store it took in, and how many statements and memories stayed
/// out.
fn note(name: &str, of_tools: usize, turned_away: usize) -> String {
    let mut note = ["from `", name, "`"].concat();
    for (left_out, why) in [
        (turned_away, "; left out for ordering agents about: "),
        (of_tools, "; memories left out, in folders whose names begin with a dot: "),
    ] {
        if left_out > 0 {
            note.push_str(why);
            note.push_str(&left_out.to_string());
        }
    }
    note
}

/// The keys of all statements that earlier gatherings brought from the store of this name.
fn known<'a>(store: &'a Snapshot, name: &str) -> Set<&'a str> {
    let sources = store.ledger.entries.values().flat_map(|record| &record.sources);
    Set::of(sources.filter(|source| source.store == name).map(|source| source.key.as_str()))
}

/// A statement of the other store.
struct OtherStatement<'a> {
    entry: &'a Located,
    /// The key by which a later gathering knows that the statement came before.
    key: String,
    /// The headings and the text of the statement as they may stand in a memory; `None` when they
    /// order agents about.
    words: Option<(Vec<String>, String)>,
}

impl<'a> OtherStatement<'a> {
    fn of(entry: &'a Located, screen: Screen) -> Self {
        let headings = entry.piece.headings.iter().map(|heading| screen(heading));
        let headings: Option<Vec<String>> = headings.collect();
        let words = headings.zip(screen(&entry.record.text));
        Self { entry, key: key(&entry.record.text), words }
    }

    /// The path and text that the statement has in the store that takes it in, as [`place`] joins
    /// them, and its record in the other store.
    fn here(&self, name: &str) -> Option<(String, &'a EntryRecord)> {
        let (_, text) = self.words.as_ref()?;
        let path = [name, "/", self.entry.path.as_str()].concat();
        Some((place(&path, text), &self.entry.record))
    }
}

/// A path and a text as one text; they cannot be confused, because no path has a line end.
fn place(path: &str, text: &str) -> String {
    [path, "\n", &normal(text)].concat()
}

/// The whole memory without its secrets; `None` when a statement in it has to stay out.
fn whole(text: &str, said: &[OtherStatement<'_>], screen: Screen) -> Option<String> {
    if said.iter().any(|one| one.words.is_none()) {
        return None;
    }
    screen(text)
}

/// `text` with the statements of the other store's memory that no earlier gathering brought; `None`
/// when there are none.
fn with_new(text: &str, said: &[OtherStatement<'_>], known: &Set<&str>) -> Option<String> {
    let mut added = text.to_owned();
    let mut last: Option<&[String]> = None;
    let new = said.iter().filter(|one| !known.contains(&*one.key));
    for (headings, text) in new.filter_map(|one| one.words.as_ref()) {
        if last != Some(headings) {
            if !added.is_empty() && !added.ends_with('\n') {
                added.push('\n');
            }
            if !added.is_empty() {
                added.push('\n');
            }
            for (depth, heading) in headings.iter().enumerate() {
                added.push_str("######".get(..=depth).unwrap_or("######"));
                added.push_str(&[" ", heading, "\n\n"].concat());
            }
            last = Some(headings);
        }
        added.push_str(&["- ", &render::rendered(text), "\n"].concat());
    }
    last.is_some().then_some(added)
}

/// The person for whom all sessions of a store ran; `None` when they ran for nobody named, or for
/// several people.
fn one_person(store: &Snapshot) -> Option<&str> {
    let sessions = store.ledger.sessions.values();
    let all = Set::of(sessions.filter_map(|record| record.notes.principal.as_deref()));
    all.iter().next().filter(|_| all.len() == 1).copied()
}

/// Copies what the other ledger knows of an entry into its record here, with words that the screen
/// lets through.
fn take_over(
    record: &mut EntryRecord,
    source: &EntryRecord,
    name: &str,
    whose: &str,
    screen: Screen,
) {
    let may_come = |words: &str| screen(words).as_deref() == Some(words);
    let quoted = |piece: &&Evidence| may_come(&piece.quote);
    let is_preference =
        source.kind == Some(Kind::Preference) || source.path.as_str() == Kind::Preference.path();
    let whose = is_preference.then(|| whose.to_owned());
    let mut sources = source.sources.clone();
    sources.push(Source { store: name.into(), key: key(&source.text) });
    *record = EntryRecord {
        id: record.id.clone(),
        path: record.path.clone(),
        text: record.text.clone(),
        principal: source.principal.clone().filter(|name| may_come(name)).or(whose),
        subject: source.subject.clone().filter(|subject| may_come(subject)),
        evidence: source.evidence.iter().filter(quoted).cloned().collect(),
        supersedes: Vec::new(),
        maybe_from: None,
        sources,
        ..source.clone()
    };
    sort::all(&mut record.sources);
    record.sources.dedup();
}
