//! Which short sessions stand in one call. The instructions and what the memory says are many times
//! as long as a short chat, so a call for each would cost a multiple of what it reads.

use dreaming_records::policy::{self, Policy};
use dreaming_records::session_record::SessionRecord;

/// A session that one call can show whole, with others beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Short {
    /// Folder and person. A call shows sessions of one of each: work of one kind, and a memory that
    /// all of them may see.
    of: [Option<String>; 2],
    /// The bytes of its events in a prompt.
    pub bytes: u64,
}

impl Short {
    /// `None` for a session without events in a prompt.
    pub(super) fn of(record: &SessionRecord, bytes: u64) -> Option<Self> {
        let notes = &record.notes;
        let of = [notes.cwd.clone(), notes.principal.clone()];
        (bytes > 0).then_some(Self { of, bytes })
    }
}

/// The bytes of events that one call about several sessions shows.
fn room(policy: &Policy) -> u64 {
    let number = |setting| policy.number(setting);
    number(&policy::TOGETHER_BYTES).min(number(&policy::CHUNK_BYTES))
}

/// Puts sessions together, in their order: each goes to the last group of its folder and person
/// while that has room. Groups are lists of indices, in the order of their first session; each has
/// two sessions or more.
// DETERMINISM: done sessions count too, so that a restored dream makes the calls that it made
// before, and no answer is paid for twice.
pub(super) fn groups(sessions: &[Option<Short>], policy: &Policy) -> Vec<Vec<usize>> {
    let mut groups: Vec<(&Short, u64, Vec<usize>)> = Vec::new();
    for (at, short) in sessions.iter().enumerate() {
        let Some(short) = short else { continue };
        let last = groups.iter_mut().rev().find(|(first, ..)| first.of == short.of);
        match last.filter(|(_, bytes, _)| bytes.saturating_add(short.bytes) <= room(policy)) {
            Some((_, bytes, group)) => {
                *bytes += short.bytes;
                group.push(at);
            }
            None => groups.push((short, short.bytes, vec![at])),
        }
    }
    groups.into_iter().map(|(.., group)| group).filter(|group| group.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(folder: &str, bytes: u64) -> Option<Short> {
        Some(Short { of: [Some(folder.into()), None], bytes })
    }

    #[test]
    fn sessions_of_one_folder_stand_together_while_there_is_room() {
        let policy = Policy::default();
        let half = room(&policy) / 2;
        let sessions = [
            short("a", half),
            short("b", 10),
            None,
            short("a", half),
            short("a", 1),
            short("b", 10),
            short("a", half),
            short("c", 10),
            short("c", half * 2),
        ];
        assert_eq!(groups(&sessions, &policy), [vec![0, 3], vec![1, 5], vec![4, 6]]);
        let apart = policy.with(&policy::TOGETHER_BYTES, 0);
        assert!(groups(&sessions, &apart).is_empty());
    }
}
