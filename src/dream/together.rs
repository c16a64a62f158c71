//! Which short sessions stand in one call. The instructions and what the memory says are many times
//! as long as a short chat, so a call for each would cost a multiple of what it reads.

use serde::Serialize;

use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_records::fields;
use dreaming_records::ids::{CallId, SessionId};
use dreaming_records::number::is_zero;
use dreaming_records::policy::{self, Policy};
use dreaming_records::report::Report;
use dreaming_records::session_record::SessionRecord;

use super::model_answers::prompt_characters;

/// A session that one call can show whole, with others beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Short {
    /// Folder, person and guest. A call shows sessions of one of each: work of one kind, a memory
    /// that all of them may see, and nobody's words beside those of a stranger.
    of: [Option<String>; 3],
    /// The bytes of its events in a prompt.
    bytes: u64,
}

impl Short {
    /// `None` for a session without events in a prompt.
    pub(super) fn of(record: &SessionRecord, bytes: u64) -> Option<Self> {
        let notes = &record.notes;
        let of = [notes.cwd.clone(), notes.principal.clone(), notes.guest.clone()];
        (bytes > 0).then_some(Self { of, bytes })
    }
}

/// The calls about several sessions. A checkpoint holds them, so that a restored dream makes the
/// same calls and no answer is paid for twice.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Shared {
    /// The sessions of each such call of the running round; `None` until all of the round is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<Vec<SessionId>>>,
    /// Such calls of the whole dream without a usable answer, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<Apart>,
}

fields!(Shared: ; groups, apart);

impl Shared {
    /// Whether a session is asked about by itself, because nobody could use the answer about it and
    /// others.
    pub(super) fn has_parted(&self, id: &SessionId) -> bool {
        self.apart.iter().any(|apart| apart.sessions.contains(id))
    }
}

/// A call about several sessions that has no usable answer: each of them is asked about by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Apart {
    pub call: CallId,
    pub sessions: Vec<SessionId>,
    /// Whether no answer came at all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_unanswered: bool,
    /// Whether what came was a text.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_text: bool,
    #[serde(skip_serializing_if = "is_zero")]
    prompt_characters: u64,
}

fields!(Apart: call, sessions; is_unanswered, is_text, prompt_characters);

impl Apart {
    pub(super) fn new(call: &ModelCall, session: &SessionId, answer: &Answer) -> Self {
        Self {
            call: call.id.clone(),
            sessions: vec![session.clone()],
            is_unanswered: matches!(answer, Answer::Failed { .. }),
            is_text: answer.is_text(),
            prompt_characters: prompt_characters(call),
        }
    }

    /// Adds the call to the counts of a report.
    pub(super) fn tell(&self, report: &mut Report) {
        report.calls += 1;
        report.calls_failed += 1;
        report.calls_unanswered += u64::from(self.is_unanswered);
        report.prompt_characters += self.prompt_characters;
        report.unusable.extend(Some(self.call.clone()).filter(|_| self.is_text));
    }
}

/// The bytes of events that one call about several sessions shows.
fn room(policy: &Policy) -> u64 {
    let number = |setting| policy.number(setting);
    number(&policy::TOGETHER_BYTES).min(number(&policy::CHUNK_BYTES))
}

/// Puts sessions together, in their order: each goes to the last group of its folder, person and
/// guest while that has room. Groups are lists of indices, in the order of their first session; each
/// has two sessions or more.
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
        Some(Short { of: [Some(folder.into()), None, None], bytes })
    }

    #[test]
    fn persons_and_guests_do_not_share_a_call() {
        let named = |principal: Option<&str>, guest: Option<&str>| {
            let mut record = SessionRecord::default();
            record.notes.principal = principal.map(str::to_owned);
            record.notes.guest = guest.map(str::to_owned);
            Short::of(&record, 10)
        };
        let sessions = [
            named(Some("mira"), None),
            named(Some("jonas"), None),
            named(None, Some("nora")),
            named(None, Some("ben")),
            named(Some("mira"), None),
            named(None, Some("nora")),
        ];
        assert_eq!(groups(&sessions, &Policy::default()), [vec![0, 4], vec![2, 5]]);
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
