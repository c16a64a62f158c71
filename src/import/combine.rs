//! Several parts to one session, cut to its budget.

use super::{Excerpt, PartResult};
use crate::canonical;
use crate::digest::{SessionDigest, SessionRecord, ToolCount};
use crate::ids::SessionId;
use crate::outcome::OutcomeSource;
use crate::policy::{DIGEST_BYTES, Policy};
use crate::session::SessionDescriptor;

/// The name of the main file of a session.
const MAIN: &str = "main";

/// Puts the parts of a session together: `main` first, then by name. The digest is cut to
/// `digest.max-bytes`. Proposals stay empty.
pub fn combine(
    descriptor: &SessionDescriptor,
    mut parts: Vec<PartResult>,
    policy: &Policy,
) -> (SessionRecord, Vec<Excerpt>) {
    parts.sort_by(|a, b| {
        let order = |part: &PartResult| (part.read.name != MAIN, part.read.name.clone());
        order(a).cmp(&order(b))
    });
    let mut digest = SessionDigest::default();
    let mut read = Vec::new();
    let mut excerpts = Vec::new();
    for part in parts {
        add(&mut digest, part.digest);
        digest.account.not_shown += part.excerpts_left_out;
        read.push(part.read);
        excerpts.extend(part.excerpts);
    }
    if digest.origin == SessionId::default() {
        digest.origin = descriptor.id.clone();
    }
    digest.agent = descriptor.agent.clone().or(digest.agent);
    digest.principal = descriptor.principal.clone().or(digest.principal);
    cut(&mut digest, policy.size(&DIGEST_BYTES));
    digest.redactions = redactions(&digest);
    let record =
        SessionRecord { id: descriptor.id.clone(), parts: read, digest, proposals: Vec::new() };
    (record, excerpts)
}

/// Adds what another part came to. What one part can say, the first that says it says.
fn add(digest: &mut SessionDigest, part: SessionDigest) {
    if digest.format.is_empty() {
        digest.format = part.format;
    }
    if digest.origin == SessionId::default() {
        digest.origin = part.origin;
    }
    digest.agent = digest.agent.take().or(part.agent);
    digest.principal = digest.principal.take().or(part.principal);
    digest.role = digest.role.take().or(part.role);
    digest.task = digest.task.take().or(part.task);
    digest.cwd = digest.cwd.take().or(part.cwd);
    digest.branch = digest.branch.take().or(part.branch);
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
    digest.recalled.extend(part.recalled);
    digest.recalled.sort();
    digest.recalled.dedup();
    digest.failures.extend(part.failures);
    digest.refutations.extend(part.refutations);
    digest.statements.extend(part.statements);
    digest.steps.extend(part.steps);
    digest.quarantined.extend(part.quarantined);
    digest.dropped += part.dropped;
    digest.account.add(&part.account);
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
    shorten(&mut digest.steps, &mut over, &mut digest.dropped);
    shorten(&mut digest.failures, &mut over, &mut digest.dropped);
    shorten(&mut digest.quarantined, &mut over, &mut digest.dropped);
    shorten(&mut digest.refutations, &mut over, &mut digest.dropped);
    shorten(&mut digest.statements, &mut over, &mut digest.dropped);
    shorten(&mut digest.actions, &mut over, &mut digest.dropped);
    shorten(&mut digest.recalled, &mut over, &mut digest.dropped);
    shorten(&mut digest.hand_offs, &mut over, &mut digest.dropped);
    shorten(&mut digest.outcomes, &mut over, &mut digest.dropped);
    shorten(&mut digest.tools, &mut over, &mut digest.dropped);
    shorten(&mut digest.topic, &mut over, &mut digest.dropped);
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
