//! How sessions went: a verdict for each, and the sums per revision.

mod revision_outcomes;
mod verdict;

pub use revision_outcomes::in_force;
pub use verdict::Judge;

use dreaming_records::copies;
use dreaming_records::ids::SessionId;
use dreaming_records::ledger::Sessions;
use dreaming_records::outcome::Credit;
use dreaming_records::session_record::SessionRecord;
use dreaming_text::Map;

/// How much speaks for and against each session with a known outcome, by the session id in the
/// transcript. Copies of a session count once.
pub fn credits(sessions: &Sessions) -> Map<SessionId, Credit> {
    let records = copies::distinct(sessions);
    let judge = Judge::new(records.iter().copied());
    let credit =
        |record: &&SessionRecord| Some((record.origin().clone(), judge.credit(&record.notes)?));
    Map::of(records.iter().filter_map(credit))
}
