//! Puts the parts of a session together and cuts the notes to their budget.

use std::collections::BTreeSet;

use super::record_key::record_key;
use super::usage::{self, Usage};
use super::{Excerpt, PartHistory, PartResult, guest, side, spilled};
use crate::extract::add_calls;
use dreaming_records::canonical;
use dreaming_records::evidence::Pin;
use dreaming_records::ids::SessionId;
use dreaming_records::notes::{Failure, SessionNotes, Step};
use dreaming_records::number::count;
use dreaming_records::outcome::OutcomeSource;
use dreaming_records::policy::{NOTES_BYTES, Policy};
use dreaming_records::session::Session;
use dreaming_records::session_record::{History, PartRead, SessionRecord};
use dreaming_shield::redact::MARK;
use dreaming_text::{Groups, Set, sort};

/// The name of the main file of a session.
pub(super) const MAIN: &str = "main";

/// Event texts of a session, for prompts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionExcerpts {
    /// The events of the session itself, in order.
    pub own: Vec<Excerpt>,
    /// The events of each history in its record.
    pub of_histories: Vec<Vec<Excerpt>>,
}

/// Puts the parts of a session together: `main` first, then by name. Cuts the notes to
/// `notes.max-bytes`. Leaves proposals empty.
pub fn combine(
    descriptor: &Session,
    mut parts: Vec<PartResult>,
    policy: &Policy,
) -> (SessionRecord, SessionExcerpts) {
    sort::by(&mut parts, |a, b| {
        let order = |part: &PartResult| (part.read.name != MAIN, part.read.name.clone());
        order(a).cmp(&order(b))
    });
    let mut notes = SessionNotes::default();
    let mut read = Vec::new();
    let mut histories = Vec::new();
    let mut excerpts = Vec::new();
    let mut known = BTreeSet::new();
    let mut responses = Usage::default();
    for part in parts.iter().filter(|part| part.notes.format == side::NAME) {
        said(&mut notes, &part.notes);
    }
    for mut part in parts {
        without_repeated(&mut part, &known);
        known.append(&mut part.records);
        let twice = responses.join(part.responses);
        add(&mut notes, part.notes);
        notes.tokens = usage::each(notes.tokens, twice, u64::saturating_sub);
        let of_part = part.histories.into_iter().map(|history| (part.read.clone(), history));
        histories.extend(of_part);
        read.push(part.read);
        excerpts.extend(part.excerpts);
    }
    if notes.origin == SessionId::default() {
        notes.origin = descriptor.id.clone();
    }
    let mut record = record(descriptor, read, notes, policy);
    guest::heard(&record.notes, &mut excerpts);
    let (histories, of_histories) = histories
        .into_iter()
        .filter(|(_, history)| {
            !["", record.notes.origin.as_str()].contains(&history.notes.origin.as_str())
        })
        .map(|(read, PartHistory { last_line, notes, mut excerpts })| {
            let part = read.name.clone();
            let record = self::record(descriptor, vec![read], notes, policy);
            guest::heard(&record.notes, &mut excerpts);
            (History { part, last_line, asked: false, record }, excerpts)
        })
        .unzip();
    record.histories = histories;
    (record, SessionExcerpts { own: excerpts, of_histories })
}

/// The record of a session from its parts. What the host says of the session goes before what the
/// parts say; the notes are cut to their budget.
fn record(
    descriptor: &Session,
    parts: Vec<PartRead>,
    mut notes: SessionNotes,
    policy: &Policy,
) -> SessionRecord {
    let by_format = Some(notes.format.clone()).filter(|name| !is_beside(name));
    notes.agent = descriptor.agent.clone().or(notes.agent).or(by_format);
    notes.principal = descriptor.principal.clone().or(notes.principal);
    guest::received(&mut notes, policy);
    notes.shorten_order();
    cut(&mut notes, policy.size(&NOTES_BYTES));
    let mut record =
        SessionRecord { id: descriptor.id.clone(), parts, notes, ..SessionRecord::default() };
    let quarantined = record.notes.quarantined.iter().map(|place| &place.pin);
    let quotes = record.pins().chain(quarantined).map(|pin| &pin.quote);
    record.notes.redactions = count(quotes.map(|quote| quote.matches(MARK).count()).sum());
    record
}

/// Whether a part of this format stands beside transcripts, such as a side file.
fn is_beside(format: &str) -> bool {
    ["", side::NAME, spilled::FORMAT].contains(&format)
}

/// Takes over what a part says about the whole session; the first part that says something counts.
/// Side files are asked before transcripts, because a host wrote them for this purpose.
fn said(notes: &mut SessionNotes, part: &SessionNotes) {
    let first = |known: &mut Option<String>, new: &Option<String>| {
        if known.is_none() {
            known.clone_from(new);
        }
    };
    first(&mut notes.agent, &part.agent);
    first(&mut notes.principal, &part.principal);
    first(&mut notes.role, &part.role);
    first(&mut notes.task, &part.task);
    first(&mut notes.cwd, &part.cwd);
    first(&mut notes.branch, &part.branch);
}

/// Removes from a part the records that an earlier part has: agents write a sub-agent's words into
/// its own file and into its parent's. Tokens are compared by response, see [`Usage::join`].
fn without_repeated(part: &mut PartResult, known: &BTreeSet<u64>) {
    let repeated = Set::of(part.records.intersection(known).copied());
    if repeated.is_empty() {
        return;
    }
    let notes = &mut part.notes;
    let account = &mut notes.account;
    let again = count(repeated.len()).min(account.understood);
    account.understood -= again;
    account.repeated += again;
    part.sums.take_out(&repeated, notes);
    sort::keep(&mut notes.tools, &mut |tool| tool.calls > 0);
    sort::keep(&mut notes.commands, &mut |command| command.calls > 0);
    if part.records.is_subset(known) {
        // Records without an id are copies as well.
        let account = &mut notes.account;
        account.repeated += std::mem::take(&mut account.understood);
        account.not_shown = 0;
        notes.events = 0;
        notes.tools.clear();
        notes.commands.clear();
        notes.recalled.clear();
        notes.documented.clear();
        part.excerpts.clear();
    }
    let is_new = |pin: &Pin| !known.contains(&record_key(&pin.event));
    sort::keep(&mut notes.outcomes, &mut |found| is_new(&found.pin));
    sort::keep(&mut notes.hand_offs, &mut |found| is_new(&found.pin));
    sort::keep(&mut notes.actions, &mut |found| is_new(&found.pin));
    sort::keep(&mut notes.failures, &mut |found| is_new(&found.pin));
    sort::keep(&mut notes.refutations, &mut |found| found.pins.iter().all(is_new));
    sort::keep(&mut notes.statements, &mut |found| is_new(&found.pin));
    retain_steps(notes, &is_new);
    sort::keep(&mut notes.quarantined, &mut |found| is_new(&found.pin));
    sort::keep(&mut part.excerpts, &mut |excerpt| !known.contains(&record_key(&excerpt.event)));
}

/// Keeps the steps whose pin is wanted, and adjusts the positions in their order.
fn retain_steps(notes: &mut SessionNotes, wanted: &dyn Fn(&Pin) -> bool) {
    let mut places = Vec::new();
    let mut kept = 0;
    for step in &notes.steps {
        let is_wanted = wanted(&step.pin);
        places.push(is_wanted.then_some(kept));
        kept += u64::from(is_wanted);
    }
    let place = |at: &u64| *places.get(usize::try_from(*at).ok()?)?;
    for run in &mut notes.order {
        *run = run.iter().filter_map(place).collect();
    }
    sort::keep(&mut notes.order, &mut |run| !run.is_empty());
    sort::keep(&mut notes.steps, &mut |step| wanted(&step.pin));
}

/// Adds the notes of another part.
fn add(notes: &mut SessionNotes, part: SessionNotes) {
    said(notes, &part);
    if is_beside(&notes.format) && !part.format.is_empty() {
        notes.format = part.format;
    }
    if notes.origin == SessionId::default() {
        notes.origin = part.origin;
    }
    if notes.root.is_empty() {
        notes.root = part.root;
    }
    usage::add(&mut notes.tokens, part.tokens);
    notes.first = [notes.first, part.first].into_iter().flatten().min();
    notes.last = [notes.last, part.last].into_iter().flatten().max();
    notes.events += part.events;
    for outcome in part.outcomes {
        // A weak outcome of the main part holds for the session; another part adds only outcomes
        // with other names.
        let is_read = outcome.metric.source == OutcomeSource::Weak;
        if !is_read || notes.outcomes.iter().all(|o| o.metric.name != outcome.metric.name) {
            notes.outcomes.push(outcome);
        }
    }
    part.tools.into_iter().for_each(|tool| _ = add_calls(&mut notes.tools, tool, usize::MAX));
    part.commands
        .into_iter()
        .for_each(|command| _ = add_calls(&mut notes.commands, command, usize::MAX));
    notes.hand_offs.extend(part.hand_offs);
    if notes.topic.is_empty() {
        notes.topic = part.topic;
    }
    notes.actions.extend(part.actions);
    notes.actions_unlisted += part.actions_unlisted;
    notes.recalled.extend(part.recalled);
    sort::all(&mut notes.recalled);
    notes.recalled.dedup();
    notes.documented.extend(part.documented);
    sort::all(&mut notes.documented);
    notes.documented.dedup();
    notes.failures.extend(part.failures);
    notes.refutations.extend(part.refutations);
    notes.statements.extend(part.statements);
    add_steps(notes, part.order, part.steps);
    notes.quarantined.extend(part.quarantined);
    notes.dropped += part.dropped;
    notes.account.add(&part.account);
}

/// Adds the steps of another part; its order gets positions in the longer list.
fn add_steps(notes: &mut SessionNotes, order: Vec<Vec<u64>>, steps: Vec<Step>) {
    let before = count(notes.steps.len());
    let moved = |run: Vec<u64>| run.into_iter().map(|p| p.saturating_add(before)).collect();
    notes.order.extend(order.into_iter().map(moved));
    notes.steps.extend(steps);
}

/// Drops items from the ends of the lists, least useful list first, until the canonical bytes fit.
fn cut(notes: &mut SessionNotes, max: usize) {
    let mut over = size(notes).saturating_sub(max);
    thin(&mut notes.failures, &mut over, &mut notes.dropped);
    shorten(&mut notes.steps, &mut over, &mut notes.dropped);
    if notes.steps.is_empty() {
        over = over.saturating_sub(size(&notes.order));
        notes.order = Vec::new();
    }
    shorten(&mut notes.failures, &mut over, &mut notes.dropped);
    shorten(&mut notes.commands, &mut over, &mut notes.dropped);
    shorten(&mut notes.quarantined, &mut over, &mut notes.dropped);
    shorten(&mut notes.refutations, &mut over, &mut notes.dropped);
    shorten(&mut notes.statements, &mut over, &mut notes.dropped);
    let before = notes.actions.len();
    shorten(&mut notes.actions, &mut over, &mut notes.dropped);
    notes.actions_unlisted += count(before - notes.actions.len());
    shorten(&mut notes.recalled, &mut over, &mut notes.dropped);
    shorten(&mut notes.documented, &mut over, &mut notes.dropped);
    shorten(&mut notes.hand_offs, &mut over, &mut notes.dropped);
    shorten(&mut notes.outcomes, &mut over, &mut notes.dropped);
    shorten(&mut notes.tools, &mut over, &mut notes.dropped);
    shorten(&mut notes.topic, &mut over, &mut notes.dropped);
}

/// Drops failures that repeat an earlier one, the last first. Of equal ones the first with a cure
/// stays, else the first: recurrence is counted by session.
fn thin(failures: &mut Vec<Failure>, over: &mut usize, dropped: &mut u64) {
    let said = failures.iter().enumerate();
    let said = Groups::of(said.map(|(at, f)| ((&*f.tool, &*f.template), (at, f.cure.is_some()))));
    let kept = Set::of(said.iter().filter_map(|(_, mut places)| {
        let cured = places.clone().find(|(_, is_cured)| *is_cured);
        cured.or_else(|| places.next()).map(|(at, _)| *at)
    }));
    for at in (0..failures.len()).rev().filter(|at| !kept.contains(at)) {
        if *over == 0 {
            return;
        }
        let failure = failures.remove(at);
        *over = over.saturating_sub(size(&failure) + 1);
        *dropped += 1;
    }
}

fn shorten<T: serde::Serialize>(items: &mut Vec<T>, over: &mut usize, dropped: &mut u64) {
    // Room for the counts of dropped and redacted items, which may get more digits.
    const COUNT: usize = 16;
    if *over == 0 {
        return;
    }
    let mut missing = *over + COUNT;
    while missing > 0
        && let Some(item) = items.pop()
    {
        missing = missing.saturating_sub(size(&item) + 1);
        *dropped += 1;
    }
    *over = if missing == 0 { 0 } else { missing.saturating_sub(COUNT) };
}

fn size<T: serde::Serialize>(value: &T) -> usize {
    canonical::to_bytes(value).map_or(0, |bytes| bytes.len())
}
