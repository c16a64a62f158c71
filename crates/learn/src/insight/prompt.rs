//! The words of a call across sessions.

use dreaming_records::evidence::Evidence;
use dreaming_records::ids::SessionId;
use dreaming_records::ledger::Sessions;
use dreaming_records::plan::Change;
use dreaming_records::policy::{self, Policy};
use dreaming_records::trust::Provenance;

use crate::check::MIN_QUOTE;
use crate::insight::findings::{Finding, findings, origin};
use crate::insight::{Asked, Place};
use crate::masks;
use crate::propose::fenced;

/// What a model is told to do: the same in all calls. A change of what it asks for is another folder.
const SYSTEM: &str = include_str!("../../prompts/insight-1/system.txt");

/// JSON schema of the answer, within what hosted and local models enforce.
pub(super) const SCHEMA: &str = include_str!("../../prompts/insight-1/schema.json");

/// The calls, at most `insight.max-calls` of at most `propose.chunk-bytes`: what a plan would add or change and
/// what was found in the sessions that count, that of most sessions first. One that would show places of one
/// session only is not made.
pub fn ask(changes: &[Change], sessions: &Sessions, policy: &Policy) -> Vec<Asked> {
    let (most, max) = (policy.size(&policy::INSIGHT_CALLS), policy.size(&policy::CHUNK_BYTES));
    let findings = if most == 0 { Vec::new() } else { findings(changes, sessions, policy) };
    let (mut asked, mut part) = (Vec::new(), Part::default());
    for finding in &findings {
        if part.add(finding, max, sessions, policy) {
            continue;
        }
        asked.extend(std::mem::take(&mut part).asked(policy));
        if asked.len() == most {
            break;
        }
        part.add(finding, max, sessions, policy);
    }
    asked.extend(part.asked(policy));
    asked
}

/// One call while it is written.
#[derive(Debug, Default)]
struct Part<'a> {
    /// The sessions, by the id inside the transcript, in the order of their numbers.
    origins: Vec<&'a SessionId>,
    heads: String,
    body: String,
    places: Vec<Place>,
}

impl<'a> Part<'a> {
    /// Adds a finding when it fits into `max` bytes; to an empty call as much of it as fits. Whether it did.
    fn add(
        &mut self,
        finding: &'a Finding,
        max: usize,
        sessions: &'a Sessions,
        policy: &Policy,
    ) -> bool {
        let shown = |text: &str| masks::line(text, policy);
        let (mut heads, mut lines) = (String::new(), shown(&finding.said) + "\n");
        let (mut origins, mut places) = (Vec::new(), Vec::new());
        let used = self.heads.len() + self.body.len();
        for place in finding.places.iter().filter(|place| place.quote.len() >= MIN_QUOTE) {
            let origin = origin(place, sessions);
            let known = self.origins.iter().chain(&origins).position(|other| *other == origin);
            let n = known.unwrap_or(self.origins.len() + origins.len()) + 1;
            let head = match known {
                Some(_) => String::new(),
                None => shown(&head(n, place, sessions)) + "\n",
            };
            let who = who(place.provenance, finding.failed);
            let number = self.places.len() + places.len() + 1;
            let line = format!("[{number}] session {n}, {who}: {}\n", shown(&place.quote));
            if used + heads.len() + lines.len() + head.len() + line.len() > max {
                if self.places.is_empty() {
                    break;
                }
                return false;
            }
            origins.extend(known.is_none().then_some(origin));
            heads += &head;
            lines += &line;
            let (failed, ran) = (finding.failed, finding.ran.clone());
            places.push(Place { evidence: place.clone(), failed, ran });
        }
        if !places.is_empty() {
            self.origins.extend(origins);
            self.heads += &heads;
            self.body += &lines;
            self.places.extend(places);
        }
        true
    }

    /// The call; `None` when all its places are of one session.
    fn asked(self, policy: &Policy) -> Option<Asked> {
        if self.origins.len() < 2 {
            return None;
        }
        let body = self.heads + &self.body;
        let call = fenced(&[], "", &body, SYSTEM, SCHEMA, policy.number(&policy::ANSWER_TOKENS));
        Some(Asked { call, places: self.places })
    }
}

/// Which session that is.
fn head(n: usize, place: &Evidence, sessions: &Sessions) -> String {
    let notes = sessions.get(&place.session).map(|record| &record.notes);
    let time = notes.and_then(|notes| notes.first).map(|time| time.to_string());
    let day = time.as_deref().and_then(|time| time.split_once('T')).map(|(day, _)| day);
    let agent = notes.and_then(|notes| notes.agent.as_deref());
    let folder = notes.and_then(|notes| notes.cwd.as_deref());
    let known: Vec<&str> = [day, agent, folder].into_iter().flatten().collect();
    format!("Session {n}: {}", known.join(", "))
}

/// Who speaks at a place.
pub(crate) fn who(provenance: Provenance, failed: bool) -> &'static str {
    match provenance {
        Provenance::User => "person",
        Provenance::Agent => "agent",
        Provenance::ToolUse => "call",
        Provenance::ToolResult if failed => "failed",
        Provenance::ToolResult => "result",
        _ => "outside",
    }
}
