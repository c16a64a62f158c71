//! Several parts to one session, cut to its budget.

use super::{Excerpt, PartResult};
use crate::canonical;
use crate::digest::{SessionDigest, SessionRecord};
use crate::ids::SessionId;
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
    digest.first = [digest.first, part.first].into_iter().flatten().min();
    digest.last = [digest.last, part.last].into_iter().flatten().max();
    digest.events += part.events;
    digest.failures.extend(part.failures);
    digest.refutations.extend(part.refutations);
    digest.statements.extend(part.statements);
    digest.steps.extend(part.steps);
    digest.quarantined.extend(part.quarantined);
    digest.dropped += part.dropped;
    digest.account.add(&part.account);
}

/// Drops from the ends of the lists, the least telling list first, until the canonical bytes fit.
fn cut(digest: &mut SessionDigest, max: usize) {
    let mut over = size(digest).saturating_sub(max);
    shorten(&mut digest.steps, &mut over, &mut digest.dropped);
    shorten(&mut digest.failures, &mut over, &mut digest.dropped);
    shorten(&mut digest.quarantined, &mut over, &mut digest.dropped);
    shorten(&mut digest.refutations, &mut over, &mut digest.dropped);
    shorten(&mut digest.statements, &mut over, &mut digest.dropped);
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
        .chain(digest.quarantined.iter().map(|q| &q.pin));
    let counts = pins.map(|pin| pin.quote.matches("[REDACTED:").count());
    u64::try_from(counts.sum::<usize>()).unwrap_or(u64::MAX)
}

fn size<T: serde::Serialize>(value: &T) -> usize {
    canonical::to_bytes(value).map_or(0, |bytes| bytes.len())
}
