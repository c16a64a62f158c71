//! How often the tools and commands were called that mistakes are about.

use std::collections::BTreeMap;

use dreaming_records::candidate::Calls;
use dreaming_records::notes::SessionRecord;

use crate::mine::words;

/// Calls of which one in so many fails are said to fail often. Chosen by us, at a gap between what people
/// would call so and what they would not, in a hundred calls: in `entire-lite` linters and builds have 18 to 21
/// and tests 12, all that is called fifty times else at most 9 (`git push`, `git diff`, formatters 1 or 2); in
/// `git-sync-codex` programs that are tried out 25 and tests 11, `gofmt` and `git diff` 1 or 3; in `tau-airline`
/// bookings 53 and changes of flights 11, all else 0; in `cipher-box` and `git-sync-claude` nothing that was called
/// twenty times reaches it (`git push` and tests 3).
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
