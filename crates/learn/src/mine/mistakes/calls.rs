//! How often the tools and commands were called that mistakes are about.

use std::collections::BTreeMap;

use dreaming_records::candidate::Calls;
use dreaming_records::notes::SessionRecord;

use crate::mine::words;

/// Calls of which one in so many fails are said to fail often. Chosen by us, at a gap between what people
/// would call so and what they would not: `entire-lite` has linters at 23 and tests at 12 in a hundred,
/// formatters at 2; `git-sync-codex` programs that are tried out at 43, tests at 7, `git show` at 5; `tau-airline`
/// bookings at 53 and changes of flights at 11, all else at 0; in `cipher-box` (`git push` 4, `ls` 5) and
/// `git-sync-claude` (tests 3) nothing that was called twenty times reaches it.
const ONE_IN: u64 = 10;

/// By whether it is a command of a shell, and by name as it is called in a sentence.
pub(super) type All = BTreeMap<(bool, String), Calls>;

/// The calls of all sessions.
pub(super) fn all(records: &[&SessionRecord]) -> All {
    let mut all = All::new();
    for record in records {
        let tools = record.notes.tools.iter().map(|count| (false, count));
        let commands = record.notes.commands.iter().map(|count| (true, count));
        for (is_command, count) in tools.chain(commands) {
            let Some(name) = words::code(&count.tool, words::MAX_CODE) else { continue };
            let calls = all.entry((is_command, name)).or_default();
            calls.made = calls.made.saturating_add(count.calls);
            calls.failed = calls.failed.saturating_add(count.failed);
        }
    }
    all
}

/// Whether so many of the calls failed that it may be called often.
pub(super) fn is_often(calls: Calls) -> bool {
    calls.failed > 0 && calls.failed.saturating_mul(ONE_IN) >= calls.made
}
