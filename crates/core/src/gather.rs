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
use dreaming_text::markdown::{Form, Piece, front, is_lead_in, pieces};
use dreaming_text::{Groups, Set, normal, sort};

use crate::apply;
use crate::identity::{Located, Resolution, resolve};
use crate::reconcile::belongs::belongings;
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
/// when it changes in `other`, only its new statements come, at the end of the copy, below their
/// headings, the line that introduces their list and the items that they stand in, and nothing is
/// taken away. A memory of which something came before, and that the team does not have at that path
/// any more, is not copied again, nor one that says what the team took out: only what is new comes.
/// Each entry keeps its kind, trust, subject, evidence, support and times; a preference
/// is scoped to the principal. Memories in a folder of a tool (`.cursor/`) are meant for the people
/// who work there and stay out; the note of the revision says how many.
///
/// Statements, quotes and subjects that `screen` turns away stay out; the note of the revision says
/// how many statements these are. A memory that has such a statement, or a secret that only shows when
/// its lines are joined, is not copied: only its other statements come, below their headings. The note
/// says of how many memories only statements came, without code and tables that stand alone, and of how
/// many statements the code or table stayed out that belongs to them. A memory without a statement
/// stays out.
///
/// # Errors
/// [`EngineError::Stale`] when a memory of `store` is not that of its head (`observe` first),
/// [`EngineError::InvalidSnapshot`] when one of the two ledgers is not that of its store's head,
/// and [`EngineError::InvalidRequest`] when the name is no name of a folder, or when a memory with
/// its new statements would be too long, no longer hold its other statements or not hold these, as one
/// that ends inside an open block.
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
    // The words of what stays of it.
    let came = |record: &&EntryRecord| record.sources.iter().any(|of| of.store == other.name);
    let stays = Set::of(store.ledger.active().filter(came).map(|record| words(&record.text)));
    let said = OtherStatement::all(other.store, &from.entries, screen);
    let places = Groups::of(said.iter().map(|one| (&*one.key, &one.entry.path)));
    let mut left_out = LeftOut::default();
    let mut after = store.clone();
    let mut brought: Vec<&OtherStatement<'_>> = Vec::new();
    for memory in other.store.memories.values() {
        let path = [other.name, "/", memory.path.as_str()].concat();
        let path = MemoryPath::new(path).ok();
        let path = path.filter(|_| !other.name.split('/').any(|part| part.starts_with('.')));
        let path = path.ok_or_else(|| {
            let why = format!("`{}` cannot be the folder of another store", other.name);
            EngineError::request(other.name, why)
        })?;
        if !store.may_hold(&path) {
            left_out.of_tools += 1;
            continue;
        }
        let said = sort::run(&said, |one| one.entry.path.cmp(&memory.path));
        let is_new = |one: &&OtherStatement<'_>| !known.contains(&*one.key);
        let new: Vec<&OtherStatement<'_>> = said.iter().filter(is_new).collect();
        left_out.turned_away += new.iter().filter(|one| one.words.is_none()).count();
        let there = store.memories.get(&path);
        if said.is_empty() && there.is_none() && !memory.text.trim_ascii().is_empty() {
            left_out.without += 1;
            continue;
        }
        // What the team took out of its copy, or renamed, does not come back with a new statement.
        // What another memory says too may have come from that one.
        let came_before = |one: &OtherStatement<'_>| {
            let is_known = known.contains(&*one.key);
            let said = one.words.as_ref().map(|(_, text)| words(text));
            let is_gone = is_known && !said.is_some_and(|said| stays.contains(&said));
            is_gone || is_known && places.get(&*one.key).all(|place| **place == memory.path)
        };
        let is_first = there.is_none() && !new.is_empty() && !said.iter().any(came_before);
        let copy = is_first.then(|| whole(&memory.text, said, screen)).flatten();
        let text = match copy {
            Some(copy) => {
                brought.extend(said);
                copy
            }
            None => {
                let blocks = new.iter().filter(|one| one.has_blocks && one.words.is_some()).count();
                let is_line =
                    |one: &&OtherStatement<'_>| !one.is_label && !one.entry.piece.form.is_part();
                let new: Vec<&OtherStatement<'_>> = new.into_iter().filter(is_line).collect();
                let Some(added) = with_new(there.map_or("", |there| &there.text), &new) else {
                    continue;
                };
                left_out.blocks += blocks;
                left_out.parts += usize::from(there.is_none());
                brought.extend(new);
                added
            }
        };
        apply::check_length(&path, &text)?;
        // The team may have written to its copy since.
        let before = there.and_then(|there| store.observed_at(there, now));
        let observed_at = other.store.observed_at(memory, now).max(before);
        after.memories.insert(path.clone(), Memory { path, text, observed_at }.into());
    }
    if after.memories == store.memories {
        return Ok(None);
    }
    let before: Set<&EntryId> = Set::of(store.ledger.active().map(|record| &record.id));
    let Resolution { entries, mut ledger } = resolve(&after, now, engine.redact);
    let lost = store
        .ledger
        .active()
        .find(|record| ledger.entries.get(&record.id).is_none_or(|now| now.retired.is_some()));
    if let Some(record) = lost {
        return Err(apply::not_writable(&record.path));
    }
    let whose = other.principal.or_else(|| one_person(other.store)).unwrap_or(other.name);
    // Finds the new entry of each statement; equal statements are paired in order. An entry is new
    // too when the team took the same words out before.
    let new = entries.iter().filter(|entry| !before.contains(&entry.record.id));
    let new = Groups::of(new.map(|e| (place(e.path.as_str(), &e.record.text), &e.record)));
    let brought = brought.into_iter().filter_map(|one| one.here(other.name));
    for (said, all) in Groups::of(brought).iter() {
        let mut found = new.get(said);
        for one in all {
            let Some(entry) = found.next() else {
                return Err(swallowed(&[other.name, "/", one.path.as_str()].concat()));
            };
            if let Some(record) = ledger.entries.get_mut(&entry.id) {
                take_over(record, one, (other.name, whose), screen, now);
            }
        }
    }
    let writes = after.memories.values().filter(|m| store.memories.get(&m.path) != Some(*m));
    let observed = |memory: &Memory| ledger.memories.get(&memory.path)?.observed_at;
    let writes = writes.map(|memory| apply::write(memory, observed(memory))).collect();
    let record = RevisionRecord {
        memories: after.memories_root(),
        note: left_out.note(other.name),
        ..apply::blank(engine, store, RevisionKind::Gather, now)?
    };
    apply::revision(store, record, &ledger, writes).map(Some)
}

/// The error for a memory to which something was added that it does not hold then.
fn swallowed(path: &str) -> EngineError {
    let why = format!(
        "memory `{path}` ends inside an open block (code, a comment), so nothing can be added to it: \
         close the block first"
    );
    EngineError::request(path, why)
}

/// What stayed out, by why.
#[derive(Default)]
struct LeftOut {
    turned_away: usize,
    of_tools: usize,
    /// Memories without a statement, which the store that takes them in would know by nothing.
    without: usize,
    /// New memories of which only statements came.
    parts: usize,
    /// Statements that came without the code or table that belongs to them.
    blocks: usize,
}

impl LeftOut {
    /// The note of the revision: which store it took in, and how much stayed out.
    fn note(&self, name: &str) -> String {
        let mut note = ["from `", name, "`"].concat();
        for (left_out, why) in [
            (self.turned_away, "; left out for ordering agents about: "),
            (self.of_tools, "; memories left out, in folders whose names begin with a dot: "),
            (self.without, "; memories left out, without a statement: "),
            (self.parts, "; memories of which only statements came: "),
            (self.blocks, "; statements without the code or table that belongs to them: "),
        ] {
            if left_out > 0 {
                note.push_str(why);
                note.push_str(&left_out.to_string());
            }
        }
        note
    }
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
    /// What the statement stands below, headings first, then the line that introduces its list and
    /// the items around it, and its text, as they may stand in a memory; `None` when they order
    /// agents about.
    words: Option<(Vec<String>, String)>,
    /// Whether it only introduces the items below it, which have it above them.
    is_label: bool,
    /// Whether blocks that are no statements, such as code, belong to it.
    has_blocks: bool,
}

impl<'a> OtherStatement<'a> {
    /// The statements of a store, by path and position.
    fn all(store: &Snapshot, entries: &'a [Located], screen: Screen) -> Vec<Self> {
        let mut all = Vec::new();
        let belongings = belongings(entries);
        let above = |entry: &'a Located| {
            belongings.get(&&entry.record.id).map(Vec::as_slice).unwrap_or_default()
        };
        for (at, entry) in entries.iter().enumerate() {
            let range = &entry.piece.range;
            let inner: Vec<&Piece> = entries
                .iter()
                .skip(at + 1)
                .take_while(|one| one.path == entry.path && one.piece.range.start < range.end)
                .map(|one| &one.piece)
                .collect();
            let markdown = store.memories.get(&entry.path).map_or("", |memory| &memory.text);
            let has_blocks = entry.piece.holds_others
                && !render::holds_only(markdown, &entry.piece, inner.iter().copied());
            let next = entries.get(at + 1).filter(|next| next.path == entry.path);
            let introduces = next.is_some_and(|next| above(next).contains(&&*entry.record.text));
            let is_label = introduces && is_lead_in(&entry.record.text);
            let headings = entry.piece.headings.iter().map(|heading| screen(heading));
            let lines = above(entry).iter().map(|line| screen(label(line)));
            let above: Option<Vec<String>> = headings.chain(lines).collect();
            let words = above.zip(screen(&entry.record.text));
            let key = key(&entry.record.text);
            all.push(Self { entry, key, words, is_label, has_blocks });
        }
        all
    }

    /// What it stands below, and the statement as a line of its own.
    fn line(&self) -> Option<(&[String], String)> {
        let (above, text) = self.words.as_ref()?;
        // A task that is done is no instruction.
        let (_, task) = self.entry.piece.mark.split_once('[').unwrap_or_default();
        let task = if task.is_empty() { String::new() } else { ["[", task, " "].concat() };
        Some((above, ["- ", &task, &render::rendered(text), "\n"].concat()))
    }

    /// The path and text that the statement has in the store that takes it in, as [`place`] joins
    /// them, and its record in the other store.
    fn here(&self, name: &str) -> Option<(String, &'a EntryRecord)> {
        let (_, text) = self.words.as_ref()?;
        let path = [name, "/", self.entry.path.as_str()].concat();
        Some((place(&path, text), &self.entry.record))
    }
}

/// An item, or a line that introduces a list, as a heading.
fn label(text: &str) -> &str {
    text.trim_end_matches([':', '\u{ff1a}', ' '])
}

/// A text in the form in which it is written and compared.
fn words(text: &str) -> String {
    normal(&render::rendered(text))
}

/// A path and a text as one text; they cannot be confused, because no path has a line end. The text
/// is in the form in which it is written.
fn place(path: &str, text: &str) -> String {
    [path, "\n", &words(text)].concat()
}

/// The whole memory without its secrets; `None` when a statement in it has to stay out, or would not
/// be the one that comes: a secret shows only when its lines are joined.
fn whole(text: &str, said: &[OtherStatement<'_>], screen: Screen) -> Option<String> {
    let text = screen(text)?;
    let found = pieces(&text);
    let is_as_said = |(piece, one): (&Piece, &OtherStatement<'_>)| {
        one.words.as_ref().is_some_and(|(_, words)| normal(&piece.text) == normal(words))
    };
    let all_are = found.len() == said.len() && found.iter().zip(said).all(is_as_said);
    all_are.then_some(text)
}

/// What stands in a text before the place for a statement that stands below nothing, and the text
/// from that place on: before the first heading and, where a line introduces a list, at the top, for
/// what either says would hold for the statement there.
fn at_top(text: &str) -> (String, &str) {
    let (head, rest) = render::at_first_heading(text);
    let introduces = |piece: &Piece| piece.form == Form::Paragraph && is_lead_in(&piece.text);
    if !pieces(&head).iter().any(introduces) {
        return (head, rest);
    }
    let (front, rest) = text.split_at_checked(front::length(text)).unwrap_or(("", text));
    (front.to_owned(), rest)
}

/// `text` with these statements; `None` when none of them may come.
fn with_new(text: &str, new: &[&OtherStatement<'_>]) -> Option<String> {
    let mut new: Vec<(&[String], String)> = new.iter().filter_map(|one| one.line()).collect();
    if new.is_empty() {
        return None;
    }
    sort::by_key(&mut new, |(above, _)| !above.is_empty());
    let (mut added, rest) = match new.first() {
        Some(([], _)) => at_top(text),
        _ => (text.to_owned(), ""),
    };
    let mut rest = Some(rest).filter(|rest| !rest.is_empty());
    let mut last: Option<&[String]> = None;
    for (above, line) in new {
        if last != Some(above) {
            if !above.is_empty()
                && let Some(rest) = rest.take()
            {
                added.push('\n');
                added.push_str(rest);
            }
            if !added.is_empty() && !added.ends_with('\n') {
                added.push('\n');
            }
            if !added.is_empty() && !added.ends_with("\n\n") {
                added.push('\n');
            }
            for (depth, heading) in above.iter().enumerate() {
                added.push_str("######".get(..=depth).unwrap_or("######"));
                added.push_str(&[" ", heading, "\n\n"].concat());
            }
            last = Some(above);
        }
        added.push_str(&line);
    }
    if let Some(rest) = rest {
        added.push('\n');
        added.push_str(rest);
    }
    Some(added)
}

/// The person for whom all sessions of a store ran; `None` when they ran for nobody named, or for
/// several people.
fn one_person(store: &Snapshot) -> Option<&str> {
    let sessions = store.ledger.sessions.values();
    let all = Set::of(sessions.filter_map(|record| record.notes.principal.as_deref()));
    all.iter().next().filter(|_| all.len() == 1).copied()
}

/// Copies what the other ledger knows of an entry into its record here, with words that the screen
/// lets through. As everywhere, a time in the future counts as unknown: what the clock of the other
/// store dated ahead would be newer than all that is said until then.
fn take_over(
    record: &mut EntryRecord,
    source: &EntryRecord,
    (name, whose): (&str, &str),
    screen: Screen,
    now: Time,
) {
    let may_come = |words: &str| screen(words).as_deref() == Some(words);
    let past = |time: Option<Time>| time.filter(|time| *time <= now);
    let quoted = source.evidence.iter().filter(|piece| may_come(&piece.quote));
    let is_preference =
        source.kind == Some(Kind::Preference) || source.path.as_str() == Kind::Preference.path();
    let whose = is_preference.then(|| whose.to_owned());
    let mut sources = [&*record.sources, &*source.sources].concat();
    sources.push(Source { store: name.into(), key: key(&source.text) });
    *record = EntryRecord {
        id: record.id.clone(),
        path: record.path.clone(),
        text: record.text.clone(),
        principal: source.principal.clone().filter(|name| may_come(name)).or(whose),
        subject: source.subject.clone().filter(|subject| may_come(subject)),
        evidence: quoted.map(|one| Evidence { time: past(one.time), ..one.clone() }).collect(),
        valid_from: past(source.valid_from),
        last_seen: past(source.last_seen),
        supersedes: Vec::new(),
        maybe_from: None,
        sources,
        ..source.clone()
    };
    sort::all(&mut record.evidence);
    sort::all(&mut record.sources);
    record.sources.dedup();
}
