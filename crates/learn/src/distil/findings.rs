//! What a written statement may rest on: proposals of models from single sessions, what the miner
//! found, and failures that recur.

use std::cmp::Reverse;

use dreaming_records::candidate::Candidate;
use dreaming_records::distilled::{Distilled, failures, statement};
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

/// Most recurring failures that are shown, those seen in most sessions first. Chosen by us: this
/// many include the habits that fail.
const COUNTED: usize = 30;

/// Something that was found, with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// The id by which a statement names its findings.
    pub id: Digest,
    /// The kind of statement; `None` for recurring failures.
    pub kind: Option<Kind>,
    /// The statement, or the counts of the failures.
    pub text: String,
    /// How far it is trusted.
    pub trust: Trust,
    /// The places that show it, as many as an entry keeps.
    pub evidence: Vec<Evidence>,
    /// The number of sessions that show it.
    pub sessions: u64,
    /// When it was found first and last.
    pub times: [Option<Time>; 2],
    /// Whether it is one of a person's own matters: it rests on what a person said, and on nothing else or in a session
    /// without a folder, in which nobody works on a project.
    pub told: bool,
    /// Commands that an agent ran and that no quote shows.
    ran: Vec<String>,
}

impl Finding {
    /// A finding from a candidate: a proposal of a model, or what the miner found.
    fn of(candidate: &Candidate) -> Self {
        Self {
            id: statement(candidate.kind, candidate.words()),
            kind: Some(candidate.kind),
            text: candidate.words().into(),
            trust: candidate.trust,
            evidence: candidate.evidence.clone(),
            sessions: candidate.support.sessions,
            times: [candidate.first, candidate.last],
            told: candidate.trust == Trust::User,
            ran: Vec::new(),
        }
    }

    /// A finding from the failures of one tool with one message, with the step that most often
    /// worked next; `None` when fewer than `recur.sessions` sessions show them.
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
        // A file that was not found mostly exists in another folder, so the step that worked next
        // is not taken for a cure.
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
        let (kind, trust) = (None, Trust::Tool);
        Some(Self { id, kind, text, trust, evidence, sessions: of, times, told: false, ran })
    }

    /// Whether output of tools at the finding's places is the message of a failure.
    pub fn failed(&self) -> bool {
        self.kind.is_none_or(|kind| kind == Kind::Mistake)
    }

    /// Whether its words or quotes have something.
    pub fn has(&self, words: &str) -> bool {
        let quotes = self.evidence.iter().map(|place| &*place.quote);
        quotes.chain([&*self.text]).any(|text| text.contains(words))
    }

    /// Its evidence as quotes that a statement may rest on.
    pub fn quotes(&self, policy: &Policy) -> Vec<(&Evidence, Quoted)> {
        let quoted = |place| Some((place, Quoted::of(place, self.failed(), policy).ok()?));
        self.evidence.iter().filter_map(quoted).collect()
    }

    /// The words of the finding itself, from which a statement may take names. Advice was checked
    /// against the words of persons, agents and calls, so it counts as words of an agent. A fact of
    /// low trust was perhaps checked only against a tool's output, so it counts as a tool's result.
    pub fn words(&self, policy: &Policy) -> Vec<Quoted> {
        let by = match self.kind {
            _ if self.trust == Trust::External => Provenance::External,
            Some(Kind::Fact) if self.trust < Trust::Agent => Provenance::ToolResult,
            Some(_) => Provenance::Agent,
            // The text holds an error message, and a tool can print anything.
            None => Provenance::External,
        };
        let text = Quoted::of_words(by, &self.text, policy);
        let ran = self.ran.iter().map(|ran| Quoted::of_words(Provenance::ToolUse, ran, policy));
        // The check found what it cites of a person in words that the person typed. A quote alone may
        // not show that: it may begin with a quotation mark.
        let is_typed =
            |place: &&Evidence| self.trust >= Trust::Agent && place.provenance == Provenance::User;
        let typed = self.evidence.iter().filter(is_typed);
        let typed = typed.map(|place| Quoted::of_words(Provenance::Agent, &place.quote, policy));
        [text].into_iter().chain(ran).chain(typed).filter_map(Result::ok).collect()
    }
}

/// All findings of these sessions, sorted by id. `found`: the candidates from them.
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
    // A preference of two people is two candidates, but one finding: [`super::written_statements`]
    // derives whose it is from the places.
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
    let chats = |place: &Evidence| {
        sessions.get(&place.session).is_some_and(|record| record.notes.cwd.is_none())
    };
    for finding in &mut all {
        let said = |place: &Evidence| place.provenance == Provenance::User;
        let is_heard = finding.trust > Trust::External && finding.evidence.iter().any(said);
        finding.told |= is_heard && finding.evidence.iter().all(chats);
    }
    all
}

/// The findings that a statement rests on; those that no session shows any more are left out.
/// `found` is sorted by id.
pub(super) fn of<'a>(row: &Distilled, found: &'a [Finding]) -> Vec<&'a Finding> {
    let at = |id: &Digest| found.binary_search_by(|finding| finding.id.cmp(id)).ok();
    row.findings.iter().filter_map(|id| found.get(at(id)?)).collect()
}

/// The recurring failures, those of most sessions first.
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
