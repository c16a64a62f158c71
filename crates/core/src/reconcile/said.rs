//! What persons said: who corrected an entry, when, and in which words, and whether anybody said a candidate.

use dreaming_records::candidate::Candidate;
use dreaming_records::evidence::Evidence;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{Finder, Sessions};
use dreaming_records::trust::{Provenance, Trust};
use dreaming_text as text;

/// Most bytes of the words in a sentence. Chosen by us: a sentence or two; all of them stand in the
/// evidence.
const MAX_WORDS: usize = 160;

/// Whether a person said some of it, so that once is enough. What a person only pasted has the trust of words
/// from outside, and what a person says of a mistake is that it was one: it is worth keeping when it recurs.
/// Of 141 statements that a model proposed over four projects, readers wanted 15 of the 22 for which this holds and
/// 29 of the others; of 158 later ones, on which nothing was tried, 38 of 42 and 60 (docs/evaluation.md).
fn is_wish(candidate: &Candidate) -> bool {
    let typed = |piece: &Evidence| piece.provenance == Provenance::User;
    candidate.kind != Kind::Mistake
        && candidate.trust > Trust::External
        && candidate.evidence.iter().any(typed)
}

/// Whether a model noticed it in one session, and no more speaks for it: such a candidate is not proposed unless a
/// model keeps it on a second look. What somebody outside says stays noticed then, too, so that accepting all leaves it.
pub(super) fn is_noticed(candidate: &Candidate) -> bool {
    let kept = candidate.worth == Some(true) && candidate.trust > Trust::External;
    candidate.finder == Finder::Model
        && candidate.support.sessions < 2
        && !kept
        && !is_wish(candidate)
}

/// The correction by a person in `evidence`, the newest one, as a sentence. `None` when no person said
/// any of it.
pub(super) fn correction(evidence: &[Evidence], sessions: &Sessions) -> Option<String> {
    let typed = evidence.iter().filter(|piece| piece.provenance == Provenance::User);
    let piece = typed.max_by_key(|piece| (piece.time, *piece))?;
    let principal = sessions.get(&piece.session).and_then(|r| r.notes.principal.as_deref());
    let who = principal.map_or_else(|| "A person".to_owned(), |name| format!("`{name}`"));
    let time = piece.time.map(|time| time.to_string());
    let day = time.as_deref().and_then(|time| time.get(.."2026-02-20".len()));
    let when = day.map(|day| format!(" on {day}")).unwrap_or_default();
    let words = text::cut(&piece.quote, MAX_WORDS);
    let more = if words.len() < piece.quote.len() { "…" } else { "" };
    Some(format!("{who} corrected it{when}: “{words}{more}”"))
}
