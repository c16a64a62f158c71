//! One session of many parts, as sub-agents leave them.

use dreaming::dream::{Dream, Need, Request};
use dreaming::ids::SessionId;
use dreaming::session::{Part, Session};
use dreaming::{Policy, Snapshot, Time};
use dreaming_testing::Transcript;

use crate::row::Row;
use crate::{MOST, Report};

/// Parts of the session; the middle size helps to fit the exponent. Chosen by us: far more than a
/// session has.
const SIZES: [usize; 3] = [1_000, 3_000, 10_000];

/// Time of the parts, and the time of the dream: a year later.
const BEGIN: &str = "2026-01-05T09:00:00Z";
const NOW: i64 = 1_798_761_600_000;

/// Measures a row for the whole dream.
pub fn measure(report: &mut Report) -> Result<(), String> {
    let name = "dream, one session of many parts";
    if report.wants(name) {
        let once = || Row::over(name, &SIZES, parts, |parts| dream(parts));
        let mut row = once()?;
        // Other programs may have slowed the machine down: a row that fails is measured again.
        if !row.is_within(MOST) {
            row.least(&once()?);
        }
        report.take(&row);
    }
    Ok(())
}

/// `count` parts with one message each, by name.
fn parts(count: usize) -> Vec<(String, Vec<u8>)> {
    let text = Transcript::new("s", BEGIN).user("The build is red again.").bytes();
    (0..count).map(|at| (format!("agent-{at:06}"), text.clone())).collect()
}

fn dream(parts: &[(String, Vec<u8>)]) -> Result<(), String> {
    let id = SessionId::new("s");
    let described = parts
        .iter()
        .map(|(name, text)| Part { name: name.clone(), bytes: text.len() as u64 })
        .collect();
    let request = Request {
        policy: Policy::default(),
        instructions: String::new(),
        now: Time::from_millis(NOW),
        sessions: vec![Session { id: id.clone(), agent: None, principal: None, parts: described }],
        similarities: Vec::new(),
    };
    let mut dream = Dream::start(request, &Snapshot::default()).map_err(|e| e.to_string())?;
    for (name, text) in parts {
        dream.feed(&id, name, text, true).map_err(|e| e.to_string())?;
    }
    match dream.poll().map_err(|e| e.to_string())? {
        Need::Done(_) => Ok(()),
        _ => Err("the dream asks for more".into()),
    }
}
