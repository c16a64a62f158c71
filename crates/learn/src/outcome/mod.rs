//! How sessions went: one verdict for each, and what revisions made of it.

mod in_force;
mod verdict;

pub use in_force::in_force;
pub use verdict::Judge;

use dreaming_records::copies;
use dreaming_records::ids::SessionId;
use dreaming_records::ledger::Sessions;
use dreaming_records::outcome::Credit;
use dreaming_records::session_record::SessionRecord;
use dreaming_text::Map;

/// What speaks for and against each session of which anything is known, by its id inside the
/// transcript. Copies of one session count once.
pub fn credits(sessions: &Sessions) -> Map<SessionId, Credit> {
    let records = copies::distinct(sessions);
    let judge = Judge::new(records.iter().copied());
    let credit =
        |record: &&SessionRecord| Some((record.origin().clone(), judge.credit(&record.notes)?));
    Map::of(records.iter().filter_map(credit))
}
