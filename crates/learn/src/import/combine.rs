//! Several parts to one session, cut to its budget.

use std::collections::{BTreeMap, BTreeSet};

use super::header::record_key;
use super::{Excerpt, PartResult, side, spilled};
use dreaming_records::canonical;
use dreaming_records::digest::{Failure, SessionDigest, SessionRecord, Step, Tokens, ToolCount};
use dreaming_records::evidence::Pin;
use dreaming_records::ids::SessionId;
use dreaming_records::outcome::OutcomeSource;
use dreaming_records::policy::{DIGEST_BYTES, Policy};
use dreaming_records::session::SessionDescriptor;
use dreaming_text::sort;

/// The name of the main file of a session.
const MAIN: &str = "main";

/// Puts the parts of a session together: `main` first, then by name. The digest is cut to
/// `digest.max-bytes`. Proposals stay empty.
pub fn combine(
    descriptor: &SessionDescriptor,
    mut parts: Vec<PartResult>,
    policy: &Policy,
) -> (SessionRecord, Vec<Excerpt>) {
    sort::by(&mut parts, |a, b| {
        let order = |part: &PartResult| (part.read.name != MAIN, part.read.name.clone());
        order(a).cmp(&order(b))
    });
    let mut digest = SessionDigest::default();
    let mut read = Vec::new();
    let mut excerpts = Vec::new();
    let mut known = BTreeSet::new();
    for part in parts.iter().filter(|part| part.digest.format == side::FORMAT.name) {
        said(&mut digest, &part.digest);
    }
    for mut part in parts {
        without_repeated(&mut part, &known);
        known.append(&mut part.records);
        add(&mut digest, part.digest);
        digest.account.not_shown += part.excerpts_left_out;
        read.push(part.read);
        excerpts.extend(part.excerpts);
    }
    if digest.origin == SessionId::default() {
        digest.origin = descriptor.id.clone();
    }
    let by_format = Some(digest.format.clone()).filter(|name| !is_beside(name));
    digest.agent = descriptor.agent.clone().or(digest.agent).or(by_format);
    digest.principal = descriptor.principal.clone().or(digest.principal);
    digest.shorten_order();
    cut(&mut digest, policy.size(&DIGEST_BYTES));
    digest.redactions = redactions(&digest);
    let record = SessionRecord {
        id: descriptor.id.clone(),
        parts: read,
        digest,
        proposals: Vec::new(),
        withdrawn: false,
    };
    (record, excerpts)
}

/// Whether a format is that of a part that stands beside a transcript.
fn is_beside(format: &str) -> bool {
    ["", side::FORMAT.name, spilled::FORMAT].contains(&format)
}

/// Takes what a part says of the whole session. What one part can say, the first that says it says;
/// a side file is asked before all transcripts, because a host wrote it for this purpose.
fn said(digest: &mut SessionDigest, part: &SessionDigest) {
    let first = |known: &mut Option<String>, new: &Option<String>| {
        if known.is_none() {
            known.clone_from(new);
        }
    };
    first(&mut digest.agent, &part.agent);
    first(&mut digest.principal, &part.principal);
    first(&mut digest.role, &part.role);
    first(&mut digest.task, &part.task);
    first(&mut digest.cwd, &part.cwd);
    first(&mut digest.branch, &part.branch);
}

/// Takes out of a part what was read in an earlier one: agents write the words of a sub-agent into
/// its own file and into that of its parent. Of a part without any new record nothing counts; of
/// one with some, what was found at known records is left out, while its sums stay whole.
fn without_repeated(part: &mut PartResult, known: &BTreeSet<u64>) {
    if part.records.is_disjoint(known) {
        return;
    }
    let digest = &mut part.digest;
    if part.records.is_subset(known) {
        let account = &mut digest.account;
        account.repeated += std::mem::take(&mut account.understood);
        digest.events = 0;
        digest.tokens = Tokens::default();
        digest.tools.clear();
        digest.recalled.clear();
        part.excerpts.clear();
        part.excerpts_left_out = 0;
    }
    let is_new = |pin: &Pin| !known.contains(&record_key(&pin.event));
    digest.outcomes.retain(|found| is_new(&found.pin));
    digest.hand_offs.retain(|found| is_new(&found.pin));
    digest.actions.retain(|found| is_new(&found.pin));
    digest.failures.retain(|found| is_new(&found.pin));
    digest.refutations.retain(|found| found.pins.iter().all(is_new));
    digest.statements.retain(|found| is_new(&found.pin));
    retain_steps(digest, is_new);
    digest.quarantined.retain(|found| is_new(&found.pin));
    part.excerpts.retain(|excerpt| !known.contains(&record_key(&excerpt.event)));
}

/// Keeps the steps whose pin is wanted; the places in their order follow.
fn retain_steps(digest: &mut SessionDigest, wanted: impl Fn(&Pin) -> bool) {
    let mut places = Vec::new();
    let mut kept = 0;
    for step in &digest.steps {
        let is_wanted = wanted(&step.pin);
        places.push(is_wanted.then_some(kept));
        kept += u64::from(is_wanted);
    }
    let place = |at: &u64| *places.get(usize::try_from(*at).ok()?)?;
    for run in &mut digest.order {
        *run = run.iter().filter_map(place).collect();
    }
    digest.order.retain(|run| !run.is_empty());
    digest.steps.retain(|step| wanted(&step.pin));
}

/// Adds what another part came to.
fn add(digest: &mut SessionDigest, part: SessionDigest) {
    said(digest, &part);
    if is_beside(&digest.format) && !part.format.is_empty() {
        digest.format = part.format;
    }
    if digest.origin == SessionId::default() {
        digest.origin = part.origin;
    }
    if digest.root.is_empty() {
        digest.root = part.root;
    }
    digest.tokens.input = digest.tokens.input.saturating_add(part.tokens.input);
    digest.tokens.output = digest.tokens.output.saturating_add(part.tokens.output);
    digest.first = [digest.first, part.first].into_iter().flatten().min();
    digest.last = [digest.last, part.last].into_iter().flatten().max();
    digest.events += part.events;
    for outcome in part.outcomes {
        // What is read off the main part stands for the session; a sub-agent's part may only add.
        let is_read = outcome.metric.source == OutcomeSource::Weak;
        if !is_read || digest.outcomes.iter().all(|o| o.metric.name != outcome.metric.name) {
            digest.outcomes.push(outcome);
        }
    }
    part.tools.into_iter().for_each(|tool| count(&mut digest.tools, tool));
    digest.hand_offs.extend(part.hand_offs);
    if digest.topic.is_empty() {
        digest.topic = part.topic;
    }
    digest.actions.extend(part.actions);
    digest.actions_unlisted += part.actions_unlisted;
    digest.recalled.extend(part.recalled);
    sort::all(&mut digest.recalled);
    digest.recalled.dedup();
    digest.failures.extend(part.failures);
    digest.refutations.extend(part.refutations);
    digest.statements.extend(part.statements);
    add_steps(digest, part.order, part.steps);
    digest.quarantined.extend(part.quarantined);
    digest.dropped += part.dropped;
    digest.account.add(&part.account);
}

/// Adds the steps of another part, and their order as places in the longer list.
fn add_steps(digest: &mut SessionDigest, order: Vec<Vec<u64>>, steps: Vec<Step>) {
    let before = u64::try_from(digest.steps.len()).unwrap_or(u64::MAX);
    let moved = |run: Vec<u64>| run.into_iter().map(|p| p.saturating_add(before)).collect();
    digest.order.extend(order.into_iter().map(moved));
    digest.steps.extend(steps);
}

/// Adds the calls of one tool to the list, which stays in the order of names.
fn count(tools: &mut Vec<ToolCount>, more: ToolCount) {
    match tools.binary_search_by(|known| known.tool.cmp(&more.tool)) {
        Ok(at) => {
            if let Some(known) = tools.get_mut(at) {
                known.calls += more.calls;
                known.failed += more.failed;
            }
        }
        Err(at) => tools.insert(at, more),
    }
}

/// Drops from the ends of the lists, the least telling list first, until the canonical bytes fit.
fn cut(digest: &mut SessionDigest, max: usize) {
    let mut over = size(digest).saturating_sub(max);
    thin(&mut digest.failures, &mut over, &mut digest.dropped);
    shorten(&mut digest.steps, &mut over, &mut digest.dropped);
    if digest.steps.is_empty() {
        over = over.saturating_sub(size(&digest.order));
        digest.order = Vec::new();
    }
    shorten(&mut digest.failures, &mut over, &mut digest.dropped);
    shorten(&mut digest.quarantined, &mut over, &mut digest.dropped);
    shorten(&mut digest.refutations, &mut over, &mut digest.dropped);
    shorten(&mut digest.statements, &mut over, &mut digest.dropped);
    let before = digest.actions.len();
    shorten(&mut digest.actions, &mut over, &mut digest.dropped);
    digest.actions_unlisted += u64::try_from(before - digest.actions.len()).unwrap_or(u64::MAX);
    shorten(&mut digest.recalled, &mut over, &mut digest.dropped);
    shorten(&mut digest.hand_offs, &mut over, &mut digest.dropped);
    shorten(&mut digest.outcomes, &mut over, &mut digest.dropped);
    shorten(&mut digest.tools, &mut over, &mut digest.dropped);
    shorten(&mut digest.topic, &mut over, &mut digest.dropped);
}

/// Drops failures that say again what an earlier one says, the last first; of equal ones the first
/// with a cure stays, else the first. Recurrence is counted by sessions, not by failures.
fn thin(failures: &mut Vec<Failure>, over: &mut usize, dropped: &mut u64) {
    let mut kept: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (at, failure) in failures.iter().enumerate() {
        let place = kept.entry((&failure.tool, &failure.template)).or_insert(at);
        let is_better = failure.cure.is_some()
            && failures.get(*place).is_some_and(|other| other.cure.is_none());
        if is_better {
            *place = at;
        }
    }
    let kept: BTreeSet<usize> = sort::tree(kept.into_values());
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
    // The counts of what was dropped and redacted grow by digits: room for them.
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

/// Replacements in the quotes that are kept.
fn redactions(digest: &SessionDigest) -> u64 {
    let pins = digest
        .failures
        .iter()
        .flat_map(|f| std::iter::once(&f.pin).chain(f.cure.iter().map(|c| &c.pin)))
        .chain(digest.refutations.iter().flat_map(|r| &r.pins))
        .chain(digest.statements.iter().map(|s| &s.pin))
        .chain(digest.steps.iter().map(|s| &s.pin))
        .chain(digest.outcomes.iter().map(|o| &o.pin))
        .chain(digest.hand_offs.iter().map(|h| &h.pin))
        .chain(digest.actions.iter().map(|a| &a.pin))
        .chain(digest.quarantined.iter().map(|q| &q.pin));
    let counts = pins.map(|pin| pin.quote.matches("[REDACTED:").count());
    u64::try_from(counts.sum::<usize>()).unwrap_or(u64::MAX)
}

fn size<T: serde::Serialize>(value: &T) -> usize {
    canonical::to_bytes(value).map_or(0, |bytes| bytes.len())
}
