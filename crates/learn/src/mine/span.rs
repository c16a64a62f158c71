//! The order of sessions in time, to tell what has stopped happening.

use dreaming_records::ids::SessionId;
use dreaming_records::session_record::SessionRecord;
use dreaming_text::{Map, Set, sort};

/// A failure counts as over when a silence as long as the last one would occur by chance less often
/// than once in `BY_CHANCE` cases. Chosen by us: the usual level of significance, 5 percent.
const BY_CHANCE: u64 = 20;

/// One whole, in parts per million.
const PPM: u64 = 1_000_000;

/// The sessions of a dream, in order of time.
pub(super) struct Span<'a> {
    order: Map<&'a SessionId, u64>,
}

impl<'a> Span<'a> {
    pub(super) fn of(records: &[&'a SessionRecord]) -> Self {
        let mut all: Vec<_> = records.iter().map(|r| (r.notes.first, r.origin())).collect();
        sort::all(&mut all);
        Self { order: Map::of(all.into_iter().map(|(_, id)| id).zip(1..)) }
    }

    /// The number of sessions, at least 1.
    pub(super) fn all(&self) -> u64 {
        u64::try_from(self.order.iter().len()).unwrap_or(u64::MAX).max(1)
    }

    /// The position of the latest of these sessions among all, from 1.
    pub(super) fn last(&self, some: &Set<&SessionId>) -> u64 {
        some.iter().filter_map(|id| self.order.get(id)).copied().max().unwrap_or(0)
    }

    /// Whether something that happened in `some` sessions has been absent so long that it must have
    /// stopped. Were these sessions spread evenly, the chance that all of them come before the
    /// silence would be (last ÷ all) ^ sessions.
    pub(super) fn is_over(&self, some: &Set<&SessionId>) -> bool {
        let all = self.all();
        let last = self.last(some).min(all);
        some.iter().fold(PPM, |chance, _| chance * last / all) < PPM / BY_CHANCE
    }
}
