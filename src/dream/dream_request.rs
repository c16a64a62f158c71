//! What a dream is asked to do.

use std::cmp::Reverse;

use serde::Serialize;

use dreaming_learn::masks;
use dreaming_records::error::EngineError;
use dreaming_records::fields;
use dreaming_records::ids::SessionId;
use dreaming_records::number::count;
use dreaming_records::pair::Similarity;
use dreaming_records::policy::{self, Policy};
use dreaming_records::score::PPM;
use dreaming_records::session::Session;
use dreaming_records::time::Time;
use dreaming_shield::redact::redact_and_mask;
use dreaming_text::{Set, sort};

/// The longest instructions, in characters; the limit of the hosted Dreams API.
const MAX_INSTRUCTIONS: usize = 4096;

/// The most pairs that a host may name as alike. Chosen by us: many times the pairs that a dream
/// asks a model about, because most pairs that a host names again were answered before.
const MAX_SIMILARITIES: usize = 10_000;

/// What a dream is asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    /// Numbers and switches.
    pub policy: Policy,
    /// Free text for the model; may be empty.
    pub instructions: String,
    /// The time of the dream.
    pub now: Time,
    /// The sessions to read.
    pub sessions: Vec<Session>,
    /// Pairs of entries that the host calls alike: a model is asked about these pairs too, within
    /// `compare.max-calls`. Of more than 10,000 pairs the most alike count. Pairs with unknown
    /// entries are skipped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub similarities: Vec<Similarity>,
}

fields!(Request: policy, instructions, now, sessions; similarities);

/// The request with sorted lists, where their order means nothing, and with cleaned texts; an error
/// for a value that cannot be used.
pub(super) fn checked(mut request: Request) -> Result<Request, EngineError> {
    let characters = request.instructions.chars().count();
    if characters > MAX_INSTRUCTIONS {
        let why = format!("instructions have {characters} characters, at most 4,096");
        return Err(EngineError::request("instructions", why));
    }
    // The model is shown the instructions, and the plan keeps their digest, so secrets are cut out
    // first.
    let masked = masks::of(&request.policy);
    request.instructions = redact_and_mask(&request.instructions, masked);
    // These texts come from people's files, and the plan keeps them with its policy, so secrets are
    // cut out of them too.
    request.policy.reword(&policy::STEER_KNOWN, |text| redact_and_mask(text, masked));
    request.policy.reword(&policy::RUBRIC, |text| redact_and_mask(text, masked));
    let given = count(request.sessions.len());
    let max = request.policy.number(&policy::MAX_SESSIONS);
    if given > max {
        let why = format!("{given} sessions, at most {max} in one dream");
        return Err(EngineError::request("sessions", why));
    }
    for pair in &mut request.similarities {
        pair.similarity = pair.similarity.min(PPM);
    }
    sort::by(&mut request.similarities, |a, b| {
        (Reverse(a.similarity), a).cmp(&(Reverse(b.similarity), b))
    });
    request.similarities.dedup();
    request.similarities.truncate(MAX_SIMILARITIES);
    sort::all(&mut request.sessions);
    let mut before: Option<&SessionId> = None;
    for session in &mut request.sessions {
        if before == Some(&session.id) {
            return Err(unusable(&session.id, "occurs twice"));
        }
        sort::all(&mut session.parts);
        let names = Set::of(session.parts.iter().map(|part| part.name.as_str()));
        if names.len() != session.parts.len() || names.is_empty() {
            return Err(unusable(&session.id, "needs at least one part, and each name once"));
        }
        before = Some(&session.id);
    }
    Ok(request)
}

fn unusable(session: &SessionId, why: &str) -> EngineError {
    EngineError::request(session, format!("session `{session}` {why}"))
}
