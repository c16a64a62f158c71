//! Finds what people said: who corrected an entry, when and in which words, and whether a candidate
//! was said by a person.

use dreaming_records::candidate::Candidate;
use dreaming_records::evidence::Evidence;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{Finder, Sessions};
use dreaming_records::plan::Cause;
use dreaming_records::revision::evidence_digest;
use dreaming_records::trust::{Provenance, Trust};
use dreaming_text::{self as text, Set};

use crate::identity::Located;

/// Most bytes of a person's words in a sentence for reviewers. Chosen by us: a sentence or two; the
/// evidence has all of them.
const MAX_WORDS: usize = 160;

/// Whether a person said some of the candidate, so that one session is enough. Text that a person
/// only pasted does not count: it has the trust of words from outside. Mistakes do not count
/// either: a person mentions a mistake when it happens, and it is worth keeping only when it
/// happens again. Of 141 statements that a model proposed over four projects, this holds for 22, of
/// which readers wanted 15; of the others they wanted 29. Of 158 later statements, on which nothing
/// was tuned, it holds for 42, of which readers wanted 38; of the others they wanted 60
/// (docs/evaluation.md).
fn is_wish(candidate: &Candidate) -> bool {
    let typed = |piece: &Evidence| piece.provenance == Provenance::User;
    candidate.kind != Kind::Mistake
        && candidate.trust > Trust::External
        && candidate.evidence.iter().any(typed)
}

/// Whether the only support of the candidate is that a model noticed it in one session. Such a
/// candidate is not proposed unless a model keeps it on a second look. A candidate from outside
/// still counts as noticed after that, so that accepting all changes leaves it out.
pub(super) fn is_noticed(candidate: &Candidate) -> bool {
    let kept = candidate.worth == Some(true) && candidate.trust > Trust::External;
    candidate.finder == Finder::Model
        && candidate.support.sessions < 2
        && !kept
        && !is_wish(candidate)
}

/// The evidence that the entry does not have.
pub(super) fn new_to(entry: &Located, evidence: &[Evidence]) -> Vec<Evidence> {
    let has = Set::of(entry.record.evidence.iter().map(evidence_digest));
    let new = evidence.iter().filter(|piece| !has.contains(&evidence_digest(piece)));
    new.cloned().collect()
}

/// A sentence about the newest words by which a person corrected something, found by `finder`; `None` when no person said any
/// of the evidence. That the words are a correction is known only when a rule found it in them.
pub(super) fn correction(
    finder: Finder,
    evidence: &[Evidence],
    sessions: &Sessions,
) -> Option<String> {
    let typed = evidence.iter().filter(|piece| piece.provenance == Provenance::User);
    let piece = typed.max_by_key(|piece| (piece.time, *piece))?;
    let principal = sessions.get(&piece.session).and_then(|r| r.notes.principal.as_deref());
    let name = principal.map(|name| format!("`{name}`"));
    let time = piece.time.map(|time| time.to_string());
    let day = time.as_deref().and_then(|time| time.get(.."2026-02-20".len()));
    let when = day.map(|day| format!(" on {day}")).unwrap_or_default();
    let words = text::cut(&piece.quote, MAX_WORDS);
    let more = if words.len() < piece.quote.len() { "…" } else { "" };
    let quote = format!("{when}: “{words}{more}”");
    let takes = |who: &str| {
        let name = name.as_deref().unwrap_or("a person");
        format!("{who} takes it for the newer value; {name} said{quote}")
    };
    Some(match finder {
        Finder::Miner => format!("{} corrected it{quote}", name.as_deref().unwrap_or("A person")),
        Finder::Model => takes("A model"),
        Finder::Host => takes("An extractor of the host"),
    })
}

/// The cause of a change for which there is such a sentence.
pub(super) fn cause(finder: Finder) -> Cause {
    if finder == Finder::Miner { Cause::Corrected } else { Cause::NewerValue }
}
