//! What every edge exports, in plain values: pages with their limits, functions over documents, and
//! one error type. An edge converts its own values to these and calls the functions.

use std::collections::BTreeMap;

use serde::Serialize;

use dreaming_core::home::{self, Damage, Edits, Folder, Form, HomeFile, Refused, Rendering, Room};
use dreaming_core::identity::Located;
use dreaming_core::pack::Packed;
use dreaming_learn::host_candidates::HostCandidate;
use dreaming_learn::propose::Answer;
use dreaming_records::canonical;
use dreaming_records::ids::{CallId, EntryId, RevisionId};
use dreaming_records::ledger::LedgerRow;
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::plan::{Change, Plan};
use dreaming_records::policy::{self, Policy, SettingValue};
use dreaming_records::revision::{Decision, NewRevision, RevisionRecord};
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_text::sort;

use crate::dream::{Dream, Outcome, Request};

pub use dreaming_core::statements::MAX_PAGE;
pub use dreaming_records::error::{EngineError, Invalid};
pub use dreaming_shield::Screened;

/// A memory as a host brings it, not checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMemory {
    /// Path.
    pub path: String,
    /// Markdown.
    pub text: String,
    /// When the memory was last written, as its source says, in milliseconds since 1970.
    pub observed_at: Option<i64>,
}

/// Fails when `bytes` is over [`MAX_PAGE`]; `what` names the input in the error.
///
/// # Errors
/// [`EngineError::TooLarge`].
pub(crate) fn check_size(what: &str, bytes: usize) -> Result<(), EngineError> {
    if bytes <= MAX_PAGE {
        return Ok(());
    }
    let why = format!("{bytes} bytes, at most {MAX_PAGE}");
    Err(EngineError::TooLarge(Invalid::new(what, why)))
}

/// Sets the head of a snapshot: `record` is the record of the store's newest revision.
///
/// # Errors
/// [`EngineError::InvalidDocument`], [`EngineError::TooLarge`].
pub fn set_head(store: &mut Snapshot, record: &[u8]) -> Result<(), EngineError> {
    check_size("record", record.len())?;
    store.set_head(record)
}

/// Adds a page of memories to a snapshot: all of it or none.
///
/// # Errors
/// [`EngineError::InvalidSnapshot`], [`EngineError::TooLarge`].
pub fn add_memories(store: &mut Snapshot, page: Vec<NewMemory>) -> Result<(), EngineError> {
    check_size("page", page.iter().map(|memory| memory.path.len() + memory.text.len()).sum())?;
    fill_memories(store, page)
}

/// As [`add_memories`], without the size limit.
pub(crate) fn fill_memories(store: &mut Snapshot, page: Vec<NewMemory>) -> Result<(), EngineError> {
    let mut staged = Snapshot::default();
    for memory in page {
        let observed_at = memory.observed_at.map(Time::from_millis);
        staged.add_memory(Memory::new(memory.path, memory.text, observed_at)?)?;
    }
    store.merge(staged)
}

/// Adds a page of ledger rows to a snapshot: all of it or none.
///
/// # Errors
/// [`EngineError::InvalidSnapshot`], [`EngineError::TooLarge`].
pub fn add_ledger(store: &mut Snapshot, page: &[LedgerRow]) -> Result<(), EngineError> {
    check_size("page", page.iter().map(|row| row.key.len() + row.value.len()).sum())?;
    fill_ledger(store, page)
}

/// As [`add_ledger`], without the size limit.
pub(crate) fn fill_ledger(store: &mut Snapshot, page: &[LedgerRow]) -> Result<(), EngineError> {
    let mut staged = Snapshot::default();
    for row in page {
        staged.add_record(row)?;
    }
    store.merge(staged)
}

/// Adds a page of revision records, whose verdicts then count: all of it or none.
///
/// # Errors
/// [`EngineError::InvalidSnapshot`], [`EngineError::TooLarge`].
pub fn add_decisions(
    store: &mut Snapshot,
    records: &[impl AsRef<[u8]>],
) -> Result<(), EngineError> {
    check_size("page", records.iter().map(|record| record.as_ref().len()).sum())?;
    let mut staged = Snapshot::default();
    for record in records {
        staged.add_decisions(record.as_ref())?;
    }
    store.merge(staged)
}

/// Brings the answer to a model call. An answer over [`MAX_PAGE`] counts as failed: whatever a
/// model says, the dream goes on.
///
/// # Errors
/// As [`Dream::answer`].
pub fn answer(dream: &mut Dream, call: &str, answer: Answer) -> Result<(), EngineError> {
    dream.answer(&CallId::new(call), bounded(answer))
}

/// The answer itself, or a failed one if it is over [`MAX_PAGE`].
pub(crate) fn bounded(answer: Answer) -> Answer {
    match answer {
        Answer::Text { text } if text.len() > MAX_PAGE => Answer::Failed {
            reason: format!("the answer has {} bytes, at most {MAX_PAGE}", text.len()),
        },
        answer => answer,
    }
}

/// The plan and the report of an outcome, each as bytes.
///
/// # Errors
/// [`EngineError::Other`] only.
pub fn documents(outcome: &Outcome) -> Result<(Vec<u8>, Vec<u8>), EngineError> {
    Ok((outcome.plan.to_bytes()?, canonical::to_bytes(&outcome.report)?))
}

/// Plans over a store with what an extractor of the host found, see [`crate::plan()`].
///
/// # Errors
/// [`EngineError::TooLarge`] for more than [`MAX_PAGE`] of text, and those of [`crate::plan()`].
pub fn plan(
    store: &Snapshot,
    candidates: &[HostCandidate],
    request: Request,
) -> Result<Outcome, EngineError> {
    check_size("candidates", candidates.iter().map(size).sum())?;
    crate::plan(store, candidates, request)
}

/// The bytes of all texts of a candidate.
fn size(candidate: &HostCandidate) -> usize {
    let named = [&candidate.subject, &candidate.principal, &candidate.wrong, &candidate.right];
    let named = named.into_iter().flatten().map(String::len).sum::<usize>();
    let cited = candidate.evidence.iter().map(|cited| {
        let names = cited.session.as_str().len() + cited.part.len() + cited.event.len();
        names + cited.quote.len()
    });
    candidate.text.len() + named + cited.sum::<usize>()
}

/// Applies the bytes of a plan, see [`crate::apply()`].
///
/// # Errors
/// [`EngineError::InvalidDocument`] and those of [`crate::apply()`].
pub fn apply(
    store: &Snapshot,
    plan: &[u8],
    decision: &Decision,
) -> Result<NewRevision, EngineError> {
    crate::apply(store, &Plan::from_bytes(plan)?, decision)
}

/// Makes a plan again over a store that has moved on, see [`crate::rebase()`].
///
/// # Errors
/// [`EngineError::InvalidDocument`] and those of [`crate::rebase()`].
pub fn rebase(store: &Snapshot, plan: &[u8], instructions: &str) -> Result<Vec<u8>, EngineError> {
    let plan = crate::rebase(store, &Plan::from_bytes(plan)?, instructions)?;
    Ok(plan.to_bytes()?)
}

/// The changes of a plan, in the order in which they are applied.
///
/// # Errors
/// [`EngineError::InvalidDocument`].
pub fn changes(plan: &[u8]) -> Result<Vec<Change>, EngineError> {
    Ok(Plan::from_bytes(plan)?.changes)
}

/// An entry of a store, as the engine reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The id of the entry, or the one that `observe` would give it.
    pub id: EntryId,
    /// The memory that holds it.
    pub path: MemoryPath,
    /// Line on which it starts, counted from 1.
    pub line: u64,
    /// Its text, without list mark.
    pub text: String,
    /// Bytes of its ledger row.
    pub ledger: Vec<u8>,
}

/// The entries of a store in the order of path and line: at most `limit`, from index `offset` on.
///
/// # Errors
/// [`EngineError::Other`] only.
pub fn entries(store: &Snapshot, offset: u32, limit: u32) -> Result<Vec<Entry>, EngineError> {
    // There is no dream and so no `now`: every time that a host gives counts as past.
    let entries = crate::read(store, Time::from_millis(i64::MAX)).entries;
    let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    entries.into_iter().skip(size(offset)).take(size(limit)).map(entry).collect()
}

fn entry(located: Located) -> Result<Entry, EngineError> {
    Ok(Entry {
        ledger: canonical::to_bytes(&*located.record)?,
        id: located.record.id.clone(),
        path: located.path,
        line: located.piece.line,
        text: located.piece.text,
    })
}

/// The entries to load for a query, see [`crate::pack()`].
///
/// # Errors
/// [`EngineError::TooLarge`] for a query over [`MAX_PAGE`].
pub fn pack(
    store: &Snapshot,
    query: &str,
    budget: u32,
    principal: Option<&str>,
) -> Result<Vec<Packed>, EngineError> {
    check_size("query", query.len())?;
    Ok(crate::pack(store, query, budget, principal))
}

/// A file with the entries of a store as its block, see [`dreaming_core::pack::Packer::render`].
///
/// # Errors
/// [`EngineError::InvalidDocument`] for a damaged block, [`EngineError::TooLarge`] for a file over
/// [`MAX_PAGE`].
pub fn render(
    store: &Snapshot,
    file: &str,
    room: Room,
    principal: Option<&str>,
) -> Result<Rendering, EngineError> {
    check_size("file", file.len())?;
    crate::store::render(store, file, room, principal).map_err(damaged)
}

/// What people changed in the block of a file, see [`dreaming_core::home::read_back`].
///
/// # Errors
/// As [`render`].
pub fn read_back(store: &Snapshot, file: &str) -> Result<Edits, EngineError> {
    check_size("file", file.len())?;
    crate::store::read_back(store, file).map_err(damaged)
}

/// A file without its block, see [`dreaming_core::home::without`].
///
/// # Errors
/// As [`render`].
pub fn without(file: &str) -> Result<String, EngineError> {
    check_size("file", file.len())?;
    home::without(file).map_err(damaged)
}

/// A store as a folder of small files, see [`dreaming_core::home::render_files`].
///
/// # Errors
/// [`EngineError::InvalidRequest`] for a form that cannot be used, [`EngineError::InvalidDocument`]
/// for a damaged file and one that is in the way, [`EngineError::TooLarge`] for a file over
/// [`MAX_PAGE`].
pub fn render_files(
    store: &Snapshot,
    form: &Form,
    there: &[HomeFile],
    principal: Option<&str>,
) -> Result<Folder, EngineError> {
    check_files(there)?;
    crate::store::render_files(store, form, there, principal).map_err(refused)
}

/// What people changed in such files, see [`dreaming_core::home::read_files`].
///
/// # Errors
/// As [`render_files`].
pub fn read_files(store: &Snapshot, form: &Form, there: &[HomeFile]) -> Result<Edits, EngineError> {
    check_files(there)?;
    crate::store::read_files(store, form, there).map_err(refused)
}

fn check_files(files: &[HomeFile]) -> Result<(), EngineError> {
    files.iter().try_for_each(|file| check_size(&file.path, file.text.len()))
}

fn refused(refused: Refused) -> EngineError {
    let invalid = Invalid::new(refused.what(), &refused);
    match refused {
        Refused::Form(_) => EngineError::InvalidRequest(invalid),
        Refused::Taken(_) | Refused::Damaged(..) => EngineError::InvalidDocument(invalid),
    }
}

fn damaged(damage: Damage) -> EngineError {
    EngineError::InvalidDocument(Invalid::new("block", damage))
}

/// Screens texts from elsewhere that a host would write into memories; the answers are in the same
/// order.
///
/// # Errors
/// [`EngineError::TooLarge`] for more than [`MAX_PAGE`] of text.
pub fn screen(texts: &[String]) -> Result<Vec<Screened>, EngineError> {
    check_size("texts", texts.iter().map(String::len).sum())?;
    Ok(texts.iter().map(|text| dreaming_shield::screen(text)).collect())
}

/// Texts with `*` for each byte of a secret, in the same order; everything else stays in its place.
///
/// # Errors
/// [`EngineError::TooLarge`] for more than [`MAX_PAGE`] of text.
pub fn conceal(texts: &[String]) -> Result<Vec<String>, EngineError> {
    check_size("texts", texts.iter().map(String::len).sum())?;
    Ok(texts.iter().map(|text| dreaming_shield::conceal(text)).collect())
}

/// The figures of the sessions that a store knows, as a document, see [`crate::stats()`].
///
/// # Errors
/// [`EngineError::Other`] only.
pub fn stats(store: &Snapshot, policy: &Policy, now: Time) -> Result<Vec<u8>, EngineError> {
    Ok(canonical::to_bytes(&crate::stats(store, policy, now))?)
}

/// Checks a revision record against the one before it, and returns its id.
///
/// # Errors
/// [`EngineError::InvalidDocument`].
pub fn verify(record: &[u8], parent: Option<&[u8]>) -> Result<RevisionId, EngineError> {
    let parent = parent.map(RevisionRecord::from_bytes).transpose()?;
    RevisionRecord::from_bytes(record)?.verify(parent.as_ref())
}

/// The fingerprint of this engine as a document.
pub fn fingerprint() -> Vec<u8> {
    // Cannot fail: a document with a few short fields.
    canonical::to_bytes(&crate::current_fingerprint()).unwrap_or_default()
}

/// One setting of the policy table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettingDescription {
    /// Name.
    pub name: String,
    /// What values the setting takes: `switch`; or `integer` with range and unit; or `texts` with
    /// what each text is.
    pub takes: String,
    /// Default, as JSON.
    pub default: String,
    /// Why the default is what it is, with the source or "chosen by us".
    pub reason: String,
}

/// A reason with its source, as one text.
fn reason(reason: &str, source: &str) -> String {
    match source {
        policy::OURS => format!("{source}: {reason}"),
        _ => format!("{reason} (source: {source})"),
    }
}

/// A preset of the policy table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PresetDescription {
    /// Name.
    pub name: String,
    /// Whom it is for, in a sentence.
    pub about: String,
    /// Its settings, by name.
    pub settings: BTreeMap<String, SettingValue>,
}

/// The presets, the most careful first. A policy names one as the setting `preset`.
pub fn presets() -> Vec<PresetDescription> {
    let own = |(name, value): (&str, SettingValue)| (name.to_owned(), value);
    let described = |preset: &policy::Preset| PresetDescription {
        name: preset.name.into(),
        about: preset.about.into(),
        settings: sort::map(preset.settings().into_iter().map(own)),
    };
    policy::PRESETS.iter().map(described).collect()
}

/// The settings of the policy table, sorted by name.
pub fn settings() -> Vec<SettingDescription> {
    let integers = policy::INTEGERS.iter().map(|setting| SettingDescription {
        name: setting.name.into(),
        takes: format!("integer {} to {} {}", setting.min, setting.max, setting.unit),
        default: setting.default.to_string(),
        reason: reason(setting.reason, setting.source),
    });
    let switches = policy::SWITCHES.iter().map(|setting| SettingDescription {
        name: setting.name.into(),
        takes: "switch".into(),
        default: setting.default.to_string(),
        reason: reason(setting.reason, setting.source),
    });
    let texts = policy::TEXTS.iter().map(|setting| SettingDescription {
        name: setting.name.into(),
        takes: format!("texts, {}", setting.each()),
        default: "[]".into(),
        reason: setting.reason.into(),
    });
    let mut all: Vec<SettingDescription> = integers.chain(switches).chain(texts).collect();
    sort::by(&mut all, |a, b| a.name.cmp(&b.name));
    all
}
