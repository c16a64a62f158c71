//! The one judge of how two statements relate. It looks at the two and at nothing else: neither the
//! rest of the store nor an order nor a time, so that a pair has one answer in every store, batch
//! and host. Which of two is newer, and what becomes of the other, is decided in
//! [`crate::reconcile`].

mod prepared;
pub mod same;
#[cfg(test)]
mod tests;
mod told;

pub(crate) use prepared::Prepared;
pub(crate) use told::Told;

use self::same::{Alike, Overlap};
use dreaming_records::pair::Comparison;
use dreaming_text::{self as text, Corpus, Reading};

/// Reason of a judgement: both have a subject. With one subject the newer value holds; with two they are
/// never the same statement, however alike the words are.
pub(crate) const SUBJECT: &str = "subject";

/// Reason of a judgement: equal after normalisation.
pub(crate) const EQUAL: &str = "equal";

/// Reason of a judgement: the same words in the same order, but for function words, endings, case and marks.
pub(crate) const NEAR: &str = "near";

/// Reason of a judgement: a model compared the two and said so.
pub(crate) const COMPARED: &str = "compared";

/// Reason of a judgement: a model compared the two and said that they cannot both hold.
pub(crate) const CONTRADICTS: &str = "contradicts";

/// A statement as the judge sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Its words, as written, without secrets. Guards compare these.
    pub text: &'a str,
    /// Its subject and attribute in lower case, when somebody named them: `staging url`.
    pub subject: Option<&'a str>,
    /// Whose preference it is; `None` = everybody's.
    pub principal: Option<&'a str>,
}

impl<'a> Statement<'a> {
    /// Words alone: no subject, no person.
    pub fn of(text: &'a str) -> Self {
        Self { text, subject: None, principal: None }
    }
}

/// How two statements relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// They say the same: one of them is enough.
    Same,
    /// They give one attribute of one subject different values: the later one holds.
    Updates,
    /// They are about one thing and both may hold.
    Related,
    /// Nothing ties them together.
    Different,
}

/// What the judge says of a pair, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// How they relate.
    pub relation: Relation,
    /// Why, as a stable word: `equal`, `near`, `similar`, `subject`, `principal`, `words`, or what a guard
    /// found (see [`text::Guard::kind`]).
    pub reason: &'static str,
    /// How alike their words are, in parts per million.
    pub similarity: u64,
}

/// Judges a pair. Swapping the two changes nothing.
pub fn judge(a: &Statement<'_>, b: &Statement<'_>) -> Judgement {
    let corpus = Corpus::of([a.text, b.text]);
    judge_read((a, corpus.reading(0)), (b, corpus.reading(1)))
}

/// As [`judge`], for statements whose words are read already.
pub(crate) fn judge_read(
    a: (&Statement<'_>, Reading<'_>),
    b: (&Statement<'_>, Reading<'_>),
) -> Judgement {
    let (one, other) = (a.0.text, b.0.text);
    if one == other || text::normal(one) == text::normal(other) {
        return judge_equal(a.0, b.0);
    }
    let known = Known { told: None, ties: false };
    judge_prepared(&Prepared::new(*a.0, a.1), &Prepared::new(*b.0, b.1), known)
}

/// Judges two statements whose texts are equal in normal form.
pub(crate) fn judge_equal(a: &Statement<'_>, b: &Statement<'_>) -> Judgement {
    let (relation, reason) = named(a, b, true).unwrap_or((Relation::Same, EQUAL));
    Judgement { relation, reason, similarity: 1_000_000 }
}

/// What people and subjects say of two statements, whatever their words are.
fn named(a: &Statement<'_>, b: &Statement<'_>, equal: bool) -> Option<(Relation, &'static str)> {
    if let (Some(x), Some(y)) = (a.principal, b.principal)
        && x != y
    {
        // What two people want does not contradict.
        return Some((Relation::Related, "principal"));
    }
    let (x, y) = (a.subject?, b.subject?);
    // Who named them says what they are about, and words cannot say it better: `it listens on
    // port 80` may be said of two services.
    Some(match (x == y, equal) {
        (false, _) => (Relation::Related, SUBJECT),
        (true, true) => (Relation::Same, EQUAL),
        (true, false) => (Relation::Updates, SUBJECT),
    })
}

/// What is known of a pair beside its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// What somebody else says of the two.
    pub told: Option<Told>,
    /// Only pairs that say the same or update each other are asked for: what keeps another one apart is
    /// not looked for, and it is [`Relation::Different`].
    pub ties: bool,
}

/// As [`judge`], for statements that are read already and whose texts differ in normal form.
pub(crate) fn judge_prepared(left: &Prepared<'_>, right: &Prepared<'_>, known: Known) -> Judgement {
    let overlap = Overlap::of(left.words, right.words);
    let similarity = overlap.similarity();
    let judged = |relation, reason| Judgement { relation, reason, similarity };
    if let Some((relation, reason)) = named(&left.statement, &right.statement, false) {
        // Another wording of what is said of one subject is no other value.
        let is_wording = relation == Relation::Updates
            && same::alike(left.words, right.words, overlap) == Alike::Wording
            && left.claims().guard_that(right.claims(), similarity, &|_| true).is_none();
        return if is_wording { judged(Relation::Same, NEAR) } else { judged(relation, reason) };
    }
    if known.ties && known.told.is_none() && !same::are_equal(left.words, right.words) {
        return judged(Relation::Different, "words");
    }
    let alike = same::alike(left.words, right.words, overlap);
    let compared = match known.told {
        Some(Told::Compared(said)) => Some(said),
        Some(Told::Alike(_)) | None => None,
    };
    match compared {
        Some(Comparison::Updates) => return judged(Relation::Updates, COMPARED),
        Some(Comparison::Contradicts) => return judged(Relation::Updates, CONTRADICTS),
        Some(Comparison::Independent) => return judged(Relation::Related, COMPARED),
        Some(Comparison::Same) | None => {}
    }
    let counts = |guard: &text::Guard| compared.is_none() || told::vetoes(guard, similarity);
    let guard = match alike {
        Alike::Not if known.told.is_none() => None,
        _ => left.claims().guard_that(right.claims(), similarity, &counts),
    };
    if let Some(guard) = guard {
        return judged(Relation::Related, guard.kind);
    }
    if compared.is_some() {
        return judged(Relation::Same, COMPARED);
    }
    if alike == Alike::Wording {
        return judged(Relation::Same, NEAR);
    }
    match known.told {
        Some(Told::Alike(similarity)) if alike != Alike::Slot => {
            Judgement { similarity, ..judged(Relation::Same, "similar") }
        }
        _ => judged(Relation::Different, "words"),
    }
}
