//! Interface `planning`.

use dreaming::host_candidates::{Citation, HostCandidate};
use dreaming::ids::SessionId;
use dreaming::interface;
use dreaming::time::Time;

use crate::Component;
use crate::bindings::dreaming::engine::types::{Outcome, Request};
use crate::bindings::exports::dreaming::engine::chain::SnapshotBorrow;
use crate::bindings::exports::dreaming::engine::planning::{self as wire, Guest};
use crate::chain::Held;
use crate::errors::EngineError;
use crate::{change, convert};

impl Guest for Component {
    fn plan(
        store: SnapshotBorrow<'_>,
        candidates: Vec<wire::Candidate>,
        request: Request,
    ) -> Result<Outcome, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let candidates: Vec<HostCandidate> = candidates.into_iter().map(host_candidate).collect();
        let outcome = interface::plan(&store, &candidates, convert::request(request)?)?;
        Ok(convert::outcome(&outcome)?)
    }
}

fn host_candidate(candidate: wire::Candidate) -> HostCandidate {
    HostCandidate {
        kind: change::kind_of(candidate.kind),
        text: candidate.text,
        subject: candidate.subject,
        principal: candidate.principal,
        wrong: candidate.wrong,
        right: candidate.right,
        evidence: candidate.evidence.into_iter().map(citation).collect(),
    }
}

fn citation(cited: wire::Citation) -> Citation {
    Citation {
        session: SessionId::new(cited.session),
        part: cited.part,
        line: cited.line,
        event: cited.event,
        time: cited.time.map(Time::from_millis),
        provenance: change::provenance_of(cited.provenance),
        start: cited.start,
        quote: cited.quote,
    }
}
