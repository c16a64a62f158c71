//! Whole dreams over more and more sessions.

use dreaming::dream::{Dream, MAX_CHUNK, Need, Outcome, Request};
use dreaming::ids::SessionId;
use dreaming::policy::{self, SettingValue};
use dreaming::session;
use dreaming::{Policy, Snapshot, Time};
use dreaming_testing::clock::Watch;

use crate::Report;
use crate::grown_sessions::{Session, Source};
use crate::row::Row;

/// Sessions in a dream. Chosen by us: doubled each time, up to the most that a dream takes.
const SIZES: [usize; 4] = [130, 260, 520, 1_000];

/// The time of every dream: after all sessions.
pub const NOW: i64 = 1_830_297_600_000;

/// Measures a row for whole dreams, and one each for reading and for the plan.
///
/// # Errors
/// The first error of the engine.
pub fn measure(report: &mut Report, source: &Source) -> Result<(), String> {
    if !report.wants("whole dreams") {
        return Ok(());
    }
    println!("whole dreams over {}:", source.about());
    let [mut read, mut planned, mut whole] = [const { Vec::new() }; 3];
    for size in SIZES {
        let sessions = source.take(0, size);
        let bytes: usize = sessions.iter().map(|session| session.bytes.len()).sum();
        let dreamt = dream(&Snapshot::default(), &sessions)?;
        println!(
            "  {size} sessions, {:.1} MB: {} changes, {} rejected",
            bytes as f64 / 1e6,
            dreamt.outcome.plan.changes.len(),
            dreamt.outcome.plan.rejected.len(),
        );
        read.push((size, dreamt.read));
        planned.push((size, dreamt.planned));
        whole.push((size, dreamt.read + dreamt.planned));
    }
    for (part, points) in [("reading", read), ("planning", planned)] {
        report.tell(&Row { name: format!("of which {part}"), points });
    }
    report.take(&Row { name: "whole dreams".into(), points: whole });
    Ok(())
}

/// A dream that has ended, with its seconds.
pub struct Dreamt {
    /// Plan and report.
    pub outcome: Box<Outcome>,
    /// From the start until all bytes were fed.
    pub read: f64,
    /// From then to the plan.
    pub planned: f64,
}

/// Runs a dream over all `sessions`.
///
/// # Errors
/// The first error of the engine.
pub fn dream(store: &Snapshot, sessions: &[Session]) -> Result<Dreamt, String> {
    let text = |error: dreaming::interface::EngineError| error.to_string();
    let mut reading = Watch::default();
    let started = reading.time(|| Dream::start(request(sessions)?, store).map_err(text));
    let mut dream = started?;
    loop {
        let mut asking = Watch::default();
        match asking.time(|| dream.poll().map_err(text))? {
            Need::Sessions(needs) => {
                reading.add(asking);
                for need in needs {
                    let id = need.session.as_str();
                    let at = sessions.binary_search_by(|session| session.id.as_str().cmp(id));
                    let session = at.map_err(|_| format!("`{id}` was never offered"))?;
                    let bytes = &sessions[session].bytes;
                    reading.time(|| feed(&mut dream, &need.session, bytes))?;
                }
            }
            Need::Calls(_) => return Err("a dream without a model asks for one".into()),
            Need::Done(outcome) => {
                let (read, planned) = (reading.seconds(), asking.seconds());
                return Ok(Dreamt { outcome, read, planned });
            }
        }
    }
}

fn feed(dream: &mut Dream, id: &SessionId, bytes: &[u8]) -> Result<(), String> {
    let text = |error: dreaming::interface::EngineError| error.to_string();
    for chunk in bytes.chunks(MAX_CHUNK) {
        dream.feed(id, "main", chunk, false).map_err(text)?;
    }
    dream.feed(id, "main", &[], true).map_err(text)
}

fn request(sessions: &[Session]) -> Result<Request, String> {
    let mut policy = Policy::default();
    let most = SettingValue::Integer(sessions.len().max(1) as u64);
    policy.set(policy::MAX_SESSIONS.name, most).map_err(|error| error.to_string())?;
    let described = |session: &Session| session::Session {
        id: SessionId::new(session.id.as_str()),
        agent: None,
        principal: None,
        parts: vec![session::Part { name: "main".into(), bytes: session.bytes.len() as u64 }],
    };
    Ok(Request {
        policy,
        instructions: String::new(),
        now: Time::from_millis(NOW),
        sessions: sessions.iter().map(described).collect(),
        similarities: Vec::new(),
    })
}
