//! What a statement may rest on: what models proposed from single sessions, what the miner found, and failures that
//! come again.

use std::cmp::Reverse;

use dreaming_records::candidate::Candidate;
use dreaming_records::distilled::{failures, statement};
use dreaming_records::evidence::{self, Evidence};
use dreaming_records::ids::Digest;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Finder;
use dreaming_records::notes::Failure;
use dreaming_records::policy::{self, Policy};
use dreaming_records::roots;
use dreaming_records::session_record::SessionRecord;
use dreaming_records::time::Time;
use dreaming_records::trust::{Provenance, Trust};
use dreaming_text::{Groups, Set, sort};

use dreaming_records::ledger::Sessions;

use crate::check::Quoted;

/// Sorts of failures that are shown. Chosen by us: those of most sessions; a habit that goes wrong is among them.
const COUNTED: usize = 30;

/// Something that was found, with the places that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// By what a statement names it.
    pub id: Digest,
    /// What sort of statement it is; `None` = failures that were counted.
    pub kind: Option<Kind>,
    /// The statement, or what was counted.
    pub text: String,
    /// How far it is trusted.
    pub trust: Trust,
    /// Where it was found, as much as is kept.
    pub evidence: Vec<Evidence>,
    /// The sessions that show it.
    pub sessions: u64,
    /// When it was found first and last.
    pub times: [Option<Time>; 2],
    /// Words that an agent ran, though they stand at no place.
    ran: Vec<String>,
}

impl Finding {
    /// What a model proposed or the miner found.
    fn of(candidate: &Candidate) -> Self {
        Self {
            id: statement(candidate.kind, candidate.words()),
            kind: Some(candidate.kind),
            text: candidate.words().into(),
            trust: candidate.trust,
            evidence: candidate.evidence.clone(),
            sessions: candidate.support.sessions,
            times: [candidate.first, candidate.last],
            ran: Vec::new(),
        }
    }

    /// Failures of one tool with one message, and what worked next; `None` when they are of fewer sessions than make
    /// a pattern.
    fn counted(
        (tool, message): (&str, &str),
        failed: &[(&SessionRecord, &Failure)],
        sessions: &Sessions,
        policy: &Policy,
    ) -> Option<Self> {
        let most = policy.size(&policy::MAX_EVIDENCE);
        let places = failed.iter().map(|(record, failure)| record.evidence(&failure.pin));
        let places: Vec<Evidence> = places.collect();
        let of = roots::shown(&places, sessions).sessions;
        if of < policy.number(&policy::RECUR_SESSIONS) {
            return None;
        }
        // What is not where it was looked for is there in another folder: what worked next is something else.
        let is_here = !failed.iter().any(|(_, failure)| crate::mine::is_elsewhere(failure));
        let cures = failed
            .iter()
            .filter(|_| is_here)
            .filter_map(|(record, f)| Some((*record, f.cure.as_ref()?)));
        let cures =
            Groups::of(cures.map(|(record, cure)| (&cure.step, record.evidence(&cure.pin))));
        let cure = cures.iter().max_by_key(|(step, all)| (all.clone().count(), Reverse(*step)));
        let mut text = format!("{tool} failed {} times in {of} sessions: {message}", failed.len());
        let mut ran = vec![tool.to_owned()];
        let mut worked = Vec::new();
        if let Some((step, all)) = cure {
            text += &format!("; {} times {step} worked next", all.clone().count());
            ran.push((*step).clone());
            worked.extend(all.cloned());
        }
        let times = || places.iter().filter_map(|place| place.time);
        let times = [times().min(), times().max()];
        let mut evidence = evidence::select(worked, most / 2);
        evidence.extend(evidence::select(places, most - evidence.len()));
        sort::all(&mut evidence);
        let id = failures(tool, message);
        Some(Self { id, kind: None, text, trust: Trust::Tool, evidence, sessions: of, times, ran })
    }

    /// Whether what a tool printed at its places is the message of a failure.
    pub fn failed(&self) -> bool {
        self.kind.is_none_or(|kind| kind == Kind::Mistake)
    }

    /// Its places as words that a statement may rest on.
    pub fn quotes(&self, policy: &Policy) -> Vec<(&Evidence, Quoted)> {
        let quoted = |place| Some((place, Quoted::of(place, self.failed(), policy).ok()?));
        self.evidence.iter().filter_map(quoted).collect()
    }

    /// Words of its own that names in a statement may come from: those of advice were held against the words of
    /// persons, agents and calls, those of a fact perhaps only against what a tool printed.
    pub fn words(&self, policy: &Policy) -> Vec<Quoted> {
        let by = match self.kind {
            _ if self.trust == Trust::External => Provenance::External,
            Some(Kind::Fact) if self.trust < Trust::Agent => Provenance::ToolResult,
            Some(_) => Provenance::Agent,
            // What failed prints what it wants.
            None => Provenance::External,
        };
        let text = Quoted::said(by, &self.text, policy);
        let ran = self.ran.iter().map(|ran| Quoted::said(Provenance::ToolUse, ran, policy));
        [text].into_iter().chain(ran).filter_map(Result::ok).collect()
    }
}

/// What was found in these sessions, sorted by id; `found` are the candidates that they gave.
pub(super) fn all(
    found: &[Candidate],
    records: &[&SessionRecord],
    sessions: &Sessions,
    policy: &Policy,
) -> Vec<Finding> {
    let found = found.iter().filter(|candidate| candidate.finder != Finder::Host);
    let mut all: Vec<Finding> = found.map(Finding::of).collect();
    all.extend(counted(records, sessions, policy));
    sort::by(&mut all, |a, b| a.id.cmp(&b.id));
    // A statement of two people is one for each of them; whose it is follows from the places.
    all.dedup_by(|again, first| {
        let is_same = again.id == first.id;
        if is_same {
            let places = first.evidence.iter().chain(&again.evidence).cloned();
            first.evidence = Set::of(places).into_iter().collect();
            first.trust = first.trust.min(again.trust);
            first.sessions = first.sessions.max(again.sessions);
            first.times = [first.times[0].min(again.times[0]), first.times[1].max(again.times[1])];
        }
        is_same
    });
    all
}

/// The failures of most sessions.
fn counted(records: &[&SessionRecord], sessions: &Sessions, policy: &Policy) -> Vec<Finding> {
    let failed =
        records.iter().flat_map(|record| {
            record.notes.failures.iter().map(|failure| {
                ((failure.tool.as_str(), failure.template.as_str()), (*record, failure))
            })
        });
    let groups = Groups::of(failed);
    let counted = groups.iter().filter_map(|(of, failed)| {
        let failed: Vec<_> = failed.copied().collect();
        Finding::counted(*of, &failed, sessions, policy)
    });
    let mut counted: Vec<Finding> = counted.collect();
    let rank = |f: &Finding| (Reverse(f.sessions), Reverse(f.times[1]), f.id.clone());
    sort::by_cached_key(&mut counted, rank);
    counted.truncate(COUNTED);
    counted
}
