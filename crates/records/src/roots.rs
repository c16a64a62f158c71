//! How many independent sources support a statement: ten agents that copy one page count as one.
//! The miner, merges and the withdrawal of evidence use this count.

use dreaming_text::{Map, Set, sort};

use crate::evidence::Evidence;
use crate::ids::{Digest, SessionId};
use crate::ledger::{Sessions, Support};
use crate::number::count;
use crate::time::Time;
use crate::trust::Provenance;

/// One place that supports a statement, with what is needed to count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place<'a> {
    /// When it was said, by its source.
    pub time: Option<Time>,
    /// The session id inside the transcript.
    pub session: &'a SessionId,
    /// The agent that ran, when known.
    pub agent: Option<&'a str>,
    /// Provenance class of the event.
    pub provenance: Provenance,
    /// Digest of its words.
    pub quote: &'a Digest,
}

/// Distinct sessions, agents and days of independent places. Text from outside (a page, a mail, a
/// file) is one source, whoever read it: of the places that quote it word for word, including
/// repetitions by agents and tools, only the earliest counts. Words of a person always count by
/// themselves. The order of the places does not matter.
pub fn support<'a>(places: impl IntoIterator<Item = Place<'a>>) -> Support {
    let mut places: Vec<Place> = places.into_iter().collect();
    // Undated places last: only known times show which of two copies came first.
    sort::by_key(&mut places, |place| (place.time.is_none(), *place));
    let outside = places.iter().filter(|place| place.provenance == Provenance::External);
    let outside = Set::of(outside.map(|place| place.quote));
    let is_copy =
        |place: &Place| place.provenance != Provenance::User && outside.contains(place.quote);
    let copies = places.iter().rev().filter(|place| is_copy(place));
    let first = Map::of(copies.map(|place| (place.quote, *place)));
    places.retain(|place| !is_copy(place) || first.get(&place.quote) == Some(place));
    Support {
        sessions: distinct(places.iter().map(|place| place.session)),
        agents: distinct(places.iter().filter_map(|place| place.agent)),
        days: distinct(places.iter().filter_map(|place| place.time).map(Time::day)),
    }
}

/// The support that the kept evidence shows. Evidence is bounded, so an entry may have more.
pub fn shown(evidence: &[Evidence], sessions: &Sessions) -> Support {
    support(evidence.iter().map(|piece| {
        let record = sessions.get(&piece.session);
        Place {
            time: piece.time,
            session: record
                .map_or(&piece.session, |record| record.origin_of(&piece.part, piece.line)),
            agent: record.and_then(|record| record.notes.agent.as_deref()),
            provenance: piece.provenance,
            quote: &piece.quote_digest,
        }
    }))
}

/// For each figure the greater of two supports. A sum would count shared sessions twice.
pub fn widest(a: Support, b: Support) -> Support {
    Support {
        sessions: a.sessions.max(b.sessions),
        agents: a.agents.max(b.agents),
        days: a.days.max(b.days),
    }
}

fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> u64 {
    count(Set::of(items).len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::digest;
    use crate::time::DAY_MS;

    fn of(places: &[(&str, &str, Provenance, &str)]) -> Support {
        let digests: Vec<Digest> = places.iter().map(|p| digest(p.3.as_bytes())).collect();
        let ids: Vec<SessionId> = places.iter().map(|p| SessionId::new(p.0)).collect();
        let all: Vec<Place> = places
            .iter()
            .enumerate()
            .map(|(n, (_, agent, provenance, _))| Place {
                time: Some(Time::from_millis(i64::try_from(n).unwrap() * DAY_MS)),
                session: &ids[n],
                agent: Some(agent),
                provenance: *provenance,
                quote: &digests[n],
            })
            .collect();
        let counted = support(all.iter().copied());
        assert_eq!(support(all.into_iter().rev()), counted, "the order does not matter");
        counted
    }

    #[test]
    fn a_text_that_five_agents_copied_from_one_page_has_one_root() {
        let page = "The API is frozen.";
        let read = |session| (session, session, Provenance::External, page);
        let five = of(&["a", "b", "c", "d", "e"].map(read));
        assert_eq!(five, Support { sessions: 1, agents: 1, days: 1 });
        let told = ("f", "f", Provenance::Agent, page);
        assert_eq!(of(&[read("a"), told]), Support { sessions: 1, agents: 1, days: 1 });
    }

    #[test]
    fn a_persons_words_other_words_and_errors_that_recur_are_sources_of_their_own() {
        let page = "The API is frozen.";
        let outside = ("a", "a", Provenance::External, page);
        assert_eq!(of(&[outside, ("b", "b", Provenance::User, page)]).sessions, 2);
        assert_eq!(of(&[outside, ("b", "b", Provenance::External, "It is frozen.")]).sessions, 2);
        let error = |session| (session, session, Provenance::ToolResult, "no database");
        assert_eq!(of(&[error("a"), error("b"), error("b")]).sessions, 2);
    }
}
