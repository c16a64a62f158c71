//! The only judge of how two statements relate. It looks at nothing but the two statements: not at
//! the rest of the store, an order or a time, so that a pair gets one answer in every store, batch
//! and host. [`crate::reconcile`] decides which of the two is newer and what becomes of the other.

mod pair_hint;
mod prepared;
pub mod same;
#[cfg(test)]
mod tests;

pub(crate) use pair_hint::PairHint;
pub(crate) use prepared::Prepared;

use self::same::{Alike, Overlap};
use dreaming_records::pair::Comparison;
use dreaming_text::{self as text, Corpus, Reading};

/// Reason of a judgement: both statements have a subject. With equal subjects the newer value
/// holds; with different subjects they are never the same statement, however alike the words are.
pub(crate) const SUBJECT: &str = "subject";

/// Reason of a judgement: equal after normalisation.
pub(crate) const EQUAL: &str = "equal";

/// Reason of a judgement: the same words in the same order, but for function words, endings, case
/// and marks.
pub(crate) const NEAR: &str = "near";

/// Reason of a judgement: a model compared the two statements, and its answer decides.
pub(crate) const COMPARED: &str = "compared";

/// Reason of a judgement: a model compared the two statements and said that they cannot both hold.
pub(crate) const CONTRADICTS: &str = "contradicts";

/// A statement as the judge sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// The words of the statement, as written, without secrets. Guards compare these.
    pub text: &'a str,
    /// The subject and attribute in lower case, when somebody named them: `staging url`.
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
    /// The judge sees nothing that they have to do with each other.
    Different,
}

/// What the judge says of a pair, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// How they relate.
    pub relation: Relation,
    /// Why, as a stable word: `equal`, `near`, `similar`, `subject`, `principal`, `words`, or what
    /// a guard found (see [`text::Guard::kind`]).
    pub reason: &'static str,
    /// How alike their words are, in parts per million.
    pub similarity: u64,
}

/// Judges a pair. Swapping the two changes nothing.
pub fn judge(a: &Statement<'_>, b: &Statement<'_>) -> Judgement {
    let corpus = Corpus::of([a.text, b.text]);
    judge_read((a, corpus.reading(0)), (b, corpus.reading(1)))
}

/// As [`judge`], for statements whose words are already read.
pub(crate) fn judge_read(
    a: (&Statement<'_>, Reading<'_>),
    b: (&Statement<'_>, Reading<'_>),
) -> Judgement {
    let (one, other) = (a.0.text, b.0.text);
    if one == other || text::normal(one) == text::normal(other) {
        return judge_equal(a.0, b.0);
    }
    let known = Known { hint: None, ties: false };
    judge_prepared(&Prepared::new(*a.0, a.1), &Prepared::new(*b.0, b.1), known)
}

/// Judges two statements whose texts are equal in normal form.
pub(crate) fn judge_equal(a: &Statement<'_>, b: &Statement<'_>) -> Judgement {
    let (relation, reason) = named(a, b, true).unwrap_or((Relation::Same, EQUAL));
    Judgement { relation, reason, similarity: 1_000_000 }
}

/// The judgement that principals and subjects give, whatever the words are.
fn named(a: &Statement<'_>, b: &Statement<'_>, equal: bool) -> Option<(Relation, &'static str)> {
    if let (Some(x), Some(y)) = (a.principal, b.principal)
        && x != y
    {
        // Two people may want different things without a contradiction.
        return Some((Relation::Related, "principal"));
    }
    let (x, y) = (a.subject?, b.subject?);
    // The subjects say what the statements are about more reliably than the words: `it listens on
    // port 80` may be said of two services.
    Some(match (x == y, equal) {
        (false, _) => (Relation::Related, SUBJECT),
        (true, true) => (Relation::Same, EQUAL),
        (true, false) => (Relation::Updates, SUBJECT),
    })
}

/// What is known of a pair besides its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// What the host or a model says of the two.
    pub hint: Option<PairHint>,
    /// Whether the caller asks only which pairs are `Same` or `Updates`. Every other pair without a
    /// hint then comes out as [`Relation::Different`], and no guard is looked for.
    pub ties: bool,
}

/// As [`judge`], for statements that are already read and whose texts differ in normal form.
pub(crate) fn judge_prepared(left: &Prepared<'_>, right: &Prepared<'_>, known: Known) -> Judgement {
    let overlap = Overlap::of(left.words, right.words);
    let similarity = overlap.similarity();
    let judged = |relation, reason| Judgement { relation, reason, similarity };
    if let Some((relation, reason)) = named(&left.statement, &right.statement, false) {
        // Two wordings of one claim give its subject the same value, not two values.
        let is_wording = relation == Relation::Updates
            && same::alike(left.words, right.words, overlap) == Alike::Wording
            && left.claims().guard_that(right.claims(), similarity, &|_| true).is_none();
        return if is_wording { judged(Relation::Same, NEAR) } else { judged(relation, reason) };
    }
    if known.ties && known.hint.is_none() && !same::are_equal(left.words, right.words) {
        return judged(Relation::Different, "words");
    }
    let alike = same::alike(left.words, right.words, overlap);
    let compared = match known.hint {
        Some(PairHint::Compared(said)) => Some(said),
        Some(PairHint::Alike(_)) | None => None,
    };
    match compared {
        Some(Comparison::Updates) => return judged(Relation::Updates, COMPARED),
        Some(Comparison::Contradicts) => return judged(Relation::Updates, CONTRADICTS),
        Some(Comparison::Independent) => return judged(Relation::Related, COMPARED),
        Some(Comparison::Same) | None => {}
    }
    let counts = |guard: &text::Guard| compared.is_none() || pair_hint::vetoes(guard, similarity);
    let guard = match alike {
        Alike::Not if known.hint.is_none() => None,
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
    match known.hint {
        Some(PairHint::Alike(similarity)) if alike != Alike::Slot => {
            Judgement { similarity, ..judged(Relation::Same, "similar") }
        }
        _ => judged(Relation::Different, "words"),
    }
}
