//! The last question of a dream: what later sessions should begin with, written from all that was found together.
//! Prompts out, answers in; what is written stands on its findings alone.

mod alike;
mod findings;
mod prompt;
mod statements;

use dreaming_records::candidate::Candidate;
use dreaming_records::copies;
use dreaming_records::distilled::{Distillate, Distilled, statement};
use dreaming_records::ids::{Digest, EntryId, SessionId};
use dreaming_records::ledger::Sessions;
use dreaming_records::policy::Policy;
use dreaming_records::trust::Trust;
use dreaming_text::{Set, sort};

use crate::check::{self, Checked, Words};
use crate::json::Value;
use crate::mine::{self, Mined};
use crate::propose::{Answer, Known, ModelCall};

use self::findings::Finding;

/// A call with what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The call.
    pub call: ModelCall,
    /// The findings, in the order in which the prompt numbers them from 1.
    pub findings: Vec<Digest>,
    /// The entries of the memory, likewise.
    known: Vec<EntryId>,
}

/// What was found in the sessions that count, and the candidates that they gave.
#[derive(Debug, Default)]
pub struct Findings {
    all: Vec<Finding>,
    candidates: Vec<Candidate>,
    sessions: Sessions,
}

impl Findings {
    /// What the sessions show of which `candidates` were mined, without what models wrote from it.
    pub fn new(candidates: Vec<Candidate>, sessions: &Sessions, policy: &Policy) -> Self {
        let (records, _) = mine::selected(&copies::distinct(sessions), policy);
        let all = findings::all(&candidates, &records, sessions, policy);
        Self { all, candidates, sessions: sessions.clone() }
    }

    /// The calls about the findings that `open` names, and about failures that come again and were met since. `known`
    /// is what the memory says of a topic. At most `most`; without an open finding there is nothing to ask.
    pub fn ask(
        &self,
        open: &Set<Digest>,
        is_new: impl Fn(&SessionId) -> bool,
        written: &Distillate,
        (instructions, known): (&str, impl Fn(&str) -> Vec<Known>),
        most: usize,
        policy: &Policy,
    ) -> Vec<Asked> {
        let named =
            Set::of(self.standing(written, policy).flat_map(|(row, _)| row.findings.clone()));
        let is_open = |finding: &&Finding| match finding.kind {
            Some(_) => open.contains(&finding.id),
            None => finding.evidence.iter().any(|place| is_new(&place.session)),
        };
        let asked = self.all.iter().filter(is_open).filter(|finding| !named.contains(&finding.id));
        let mut asked: Vec<&Finding> = asked.collect();
        let said = asked.iter().filter(|finding| finding.kind.is_some());
        let said = Set::of(said.flat_map(|finding| finding.evidence.clone()));
        // What a statement says already is not counted beside it.
        asked.retain(|f| f.kind.is_some() || f.evidence.iter().any(|place| !said.contains(place)));
        match asked.iter().any(|finding| finding.kind.is_some()) {
            true => prompt::ask(asked, (instructions, known), most, policy),
            false => Vec::new(),
        }
    }

    /// What is left of a statement without the sentences that alone make it fall, and these with the reason; `None` when
    /// there is nothing to take out, or no rule would be left.
    pub fn partly(
        &self,
        row: &Distilled,
        policy: &Policy,
    ) -> Option<(Distilled, Vec<(&'static str, String)>)> {
        let (all, candidates, sessions) = (&self.all, &self.candidates, &self.sessions);
        let falls =
            |row: &Distilled| match statements::candidate(row, all, candidates, sessions, policy) {
                Err(why) => Some(why),
                // With words from outside it would be blocked; without their sentences it may stand.
                Ok(found) => (row.kind.instructs() && found.trust < Trust::Agent)
                    .then_some("untrusted-instruction"),
            };
        statements::partly(row, falls)
    }

    /// What comes of statements beside each other, with the reason why one does not stand.
    pub fn judge<'a>(
        &self,
        rows: &'a Distillate,
        policy: &Policy,
    ) -> Vec<(&'a Distilled, Option<&'static str>)> {
        let judged = self.judged(rows, policy).into_iter();
        judged.map(|(row, stands)| (row, stands.err())).collect()
    }

    fn standing<'a>(
        &self,
        rows: &'a Distillate,
        policy: &Policy,
    ) -> impl Iterator<Item = (&'a Distilled, Candidate)> {
        self.judged(rows, policy).into_iter().filter_map(|(row, stands)| Some((row, stands.ok()?)))
    }

    fn judged<'a>(&self, rows: &'a Distillate, policy: &Policy) -> Vec<statements::Judged<'a>> {
        statements::judged(rows.values(), &self.all, &self.candidates, &self.sessions, policy)
    }
}

/// Adds what models wrote to what was mined in the sessions; what that rests on is not proposed beside it.
pub fn take_up(mined: &mut Mined, rows: &Distillate, sessions: &Sessions, policy: &Policy) {
    if rows.is_empty() {
        return;
    }
    let findings = Findings::new(mined.candidates.clone(), sessions, policy);
    let (mut named, mut written) = (Vec::new(), Vec::new());
    for (row, mut candidate) in findings.standing(rows, policy) {
        named.extend(row.findings.iter().cloned());
        if mined.shared {
            candidate.put_name();
        }
        written.push(candidate);
    }
    let named = Set::of(named);
    for found in &mut mined.candidates {
        if named.contains(&statement(found.kind, found.words())) {
            found.worth = Some(false);
        }
    }
    mined.candidates.extend(written);
    sort::all(&mut mined.candidates);
}

/// The statements of an answer, in plain words; whether each stands, [`Findings::judge`] tells. Never fails: whatever
/// the answer is, it can only say less.
pub fn check(asked: &Asked, answer: &Answer, policy: &Policy) -> Checked<Distilled> {
    check::each(answer, "statements", MOST, policy, |item| row(item, asked, policy))
}

/// Statements read from one answer. Chosen by us: more is not what a memory should begin with.
const MOST: usize = 100;

/// One statement of an answer; `Err` is the reason why it is turned down.
fn row(item: &Value<'_>, asked: &Asked, policy: &Policy) -> Result<Distilled, &'static str> {
    let text = item.get("text").and_then(Value::as_str).ok_or("malformed")?;
    let kind = check::kind(item.get("kind").ok_or("malformed")?)?;
    let named = item.get("findings").and_then(Value::as_array).ok_or("malformed")?;
    let at = |number: &Value<'_>| usize::try_from(number.as_u64()?.checked_sub(1)?).ok();
    // A number that is none says nothing; whether the others bear the statement is asked of its words.
    let named = named.iter().filter_map(|number| asked.findings.get(at(number)?).cloned());
    let findings: Vec<Digest> = named.collect();
    if findings.is_empty() {
        return Err("no-such-finding");
    }
    let replaces = item.get("replaces").and_then(at).and_then(|at| asked.known.get(at));
    let words = Words { kind, text, subject: None, wrong: None, right: None };
    let text = words.plain(policy)?.text;
    Ok(Distilled {
        key: statement(kind, &text),
        kind,
        text,
        findings: Set::of(findings).into_iter().collect(),
        replaces: replaces.cloned(),
    })
}

#[cfg(test)]
mod tests;
