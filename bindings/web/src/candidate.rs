//! What an extractor of the host found, from JSON.

use dreaming::Time;
use dreaming::host_candidates;
use dreaming::ids::SessionId;
use dreaming::kind::Kind;
use dreaming::trust::Provenance;
use serde::Deserialize;

use crate::cross;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Candidate {
    #[serde(deserialize_with = "cross::of_engine")]
    kind: Kind,
    text: String,
    subject: Option<String>,
    principal: Option<String>,
    wrong: Option<String>,
    right: Option<String>,
    evidence: Vec<Citation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Citation {
    session: String,
    part: String,
    line: u64,
    #[serde(default)]
    event: String,
    time: Option<i64>,
    #[serde(deserialize_with = "cross::of_engine")]
    provenance: Provenance,
    #[serde(default)]
    start: u64,
    quote: String,
}

impl From<Candidate> for host_candidates::HostCandidate {
    fn from(candidate: Candidate) -> Self {
        let cited = |cited: Citation| host_candidates::Citation {
            session: SessionId::new(cited.session),
            part: cited.part,
            line: cited.line,
            event: cited.event,
            time: cited.time.map(Time::from_millis),
            provenance: cited.provenance,
            start: cited.start,
            quote: cited.quote,
        };
        Self {
            kind: candidate.kind,
            text: candidate.text,
            subject: candidate.subject,
            principal: candidate.principal,
            wrong: candidate.wrong,
            right: candidate.right,
            evidence: candidate.evidence.into_iter().map(cited).collect(),
        }
    }
}
