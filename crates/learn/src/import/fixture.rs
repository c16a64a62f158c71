//! Helpers for the tests of formats.

use super::dispatch::Dispatch;
use super::frames::Frames;
use super::log::Log;
use super::{PartReader, PartResult, Role, combine};
use dreaming_records::canonical;
use dreaming_records::ids::SessionId;
use dreaming_records::notes::SessionNotes;
use dreaming_records::policy::Policy;
use dreaming_records::session::{Account, Event, Session};
use dreaming_records::time::Time;

/// What the reader of a format made of a text, before extraction.
pub(super) struct Read {
    pub(super) format: &'static str,
    pub(super) events: Vec<Event>,
    /// Notes that hold only what the header says.
    pub(super) notes: SessionNotes,
    pub(super) account: Account,
}

pub(super) fn now() -> Time {
    Time::parse("2026-03-01T00:00:00Z").unwrap()
}

/// Reads records, one per line.
pub(super) fn read(records: &[serde_json::Value]) -> Read {
    let lines: Vec<String> = records.iter().map(ToString::to_string).collect();
    let mut frames = Frames::new(1 << 20);
    let mut dispatch = Dispatch::default();
    let mut log = Log::default();
    let mut each = |number, frame: super::Frame<'_>| dispatch.frame(number, frame, &mut log);
    frames.push(lines.join("\n").as_bytes(), &mut each);
    frames.finish(&mut each);
    dispatch.finish(&mut log);
    let events = log.take().into_iter().map(|(_, event)| event).collect();
    let mut notes = SessionNotes::default();
    log.header.finish(&mut notes);
    let account = notes.account.clone();
    Read { format: dispatch.format().unwrap_or_default(), events, notes, account }
}

/// The name that tests use for a speaker.
pub(super) fn label(role: &Role) -> String {
    match role {
        Role::Person => "person".into(),
        Role::Guest => "guest".into(),
        Role::Agent => "agent".into(),
        Role::Plan => "plan".into(),
        Role::Call(tool) => format!("call {tool}"),
        Role::Result { tool, failed } => {
            format!("{} {tool}", if *failed { "failed" } else { "result" })
        }
        Role::HandOff => "hand-off".into(),
    }
}

pub(super) fn part(name: &str, bytes: &[u8]) -> PartResult {
    let mut reader = PartReader::new(name, &Policy::default(), now(), true);
    reader.push(bytes);
    reader.finish()
}

/// Places of a text at which it is damaged, at most. Chosen by us: all of a short text, and of a long one enough that
/// every record is cut several times.
const PLACES: usize = 1_000;

/// Checks that damage behind a record does not change what the record gave, and that a session
/// record can always be written. Cuts the text, and changes a byte, at up to [`PLACES`] places.
pub(super) fn survives_damage(records: &[serde_json::Value]) {
    let whole: String = records.iter().map(|record| format!("{record}\n")).collect();
    let expected = part("main", whole.as_bytes()).notes.account;
    assert_eq!(expected.understood, u64::try_from(records.len()).unwrap());
    for at in (0..whole.len()).step_by(whole.len().div_ceil(PLACES)) {
        let before = whole.as_bytes()[..at].iter().filter(|b| **b == b'\n').count();
        let before = u64::try_from(before).unwrap();
        let read = part("main", &whole.as_bytes()[..at]);
        let cut = &read.notes.account;
        assert!(cut.understood >= before && cut.not_json <= 1, "cut at {at}");
        can_be_kept(read);
        for byte in [0, b'"', b'\n', 0xff] {
            let mut flipped = whole.clone().into_bytes();
            flipped[at] = byte;
            let read = part("main", &flipped);
            assert!(read.notes.account.understood >= before, "{byte} at {at}");
            assert_eq!(read.read.bytes, u64::try_from(whole.len()).unwrap());
            can_be_kept(read);
        }
    }
}

fn can_be_kept(part: PartResult) {
    let (id, parts) = (SessionId::new("s"), Vec::new());
    let descriptor = Session { id, agent: None, principal: None, parts };
    let (record, _) = combine(&descriptor, vec![part], &Policy::default());
    assert!(!canonical::to_bytes(&record).unwrap().is_empty());
}
