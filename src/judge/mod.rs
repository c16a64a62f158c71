//! The one judge of how two statements relate. It looks at the two and at nothing else: neither the
//! rest of the store nor an order nor a time, so that a pair has one answer in every store, batch
//! and host. Which of two is newer, and what becomes of the other, is decided in
//! [`crate::reconcile`].

mod frame;
mod in_order;
mod label;
mod prepared;
mod same;
pub mod words;

pub use label::name;
pub use prepared::Prepared;

/// Reason of a judgement: equal after normalisation.
pub const EQUAL: &str = "equal";

/// Reason of a judgement: one is the other after an edit, as far as words tell; see [`frame`]. Only
/// statements of one memory, first seen at different times, can be forms of one.
pub const FRAME: &str = "frame";

/// A statement as the judge sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Its words, as written, without secrets. Guards compare these.
    pub text: &'a str,
    /// The headings above it, one to a line, outermost first; they may say what it is about.
    pub headings: &'a str,
    /// Its subject and attribute in lower case, when somebody named them: `staging url`.
    pub subject: Option<&'a str>,
    /// Whose preference it is; `None` = everybody's.
    pub principal: Option<&'a str>,
}

/// How two statements relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// They say the same: one of them is enough.
    Same,
    /// They give one attribute of one subject different values: the later one holds.
    Updates,
    /// They cannot both hold, and the later need not be the right one.
    Contradicts,
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
    /// Why, as a stable word: `equal`, `near`, `subject`, `frame`, or what a guard found (see
    /// [`text::Guard::kind`]).
    pub reason: &'static str,
    /// What the first has and the second has not, where the reason is a difference; sorted.
    pub left: Vec<String>,
    /// What the second has and the first has not; sorted.
    pub right: Vec<String>,
    /// How alike their words are, in parts per million.
    pub similarity: u64,
}

/// Judges a pair. Swapping the two swaps `left` and `right` and nothing else.
pub fn judge(a: &Statement<'_>, b: &Statement<'_>) -> Judgement {
    judge_prepared(&Prepared::new(*a), &Prepared::new(*b))
}

/// As [`judge`], for statements that are read already.
pub fn judge_prepared(left: &Prepared<'_>, right: &Prepared<'_>) -> Judgement {
    judge_alike(left, right, None)
}

/// As [`judge_prepared`], for a pair that somebody else calls alike, in parts per million: the
/// embeddings of a host, say. It is held against the guards as if its words had proposed it, and what
/// none of them stops is the same, for the reason `similar`. No guard is lifted.
pub fn judge_alike(left: &Prepared<'_>, right: &Prepared<'_>, alike: Option<u64>) -> Judgement {
    let (a, b) = (&left.statement, &right.statement);
    let equal = left.normal == right.normal;
    let similarity = if equal { 1_000_000 } else { left.words.overlap(&right.words).similarity() };
    let judged = |relation, reason| Judgement {
        relation,
        reason,
        left: Vec::new(),
        right: Vec::new(),
        similarity,
    };
    if let (Some(x), Some(y)) = (a.principal, b.principal)
        && x != y
    {
        // What two people want does not contradict.
        return judged(Relation::Related, "principal");
    }
    if equal {
        return judged(Relation::Same, EQUAL);
    }
    if a.subject.is_some() && a.subject == b.subject {
        return judged(Relation::Updates, "subject");
    }
    let near = same::alike(&left.words, &right.words);
    let guard = match near || alike.is_some() {
        false => None,
        true => match (left.claims().guard(right.claims(), similarity), alike) {
            (None, Some(alike)) if !near => {
                return Judgement { similarity: alike, ..judged(Relation::Same, "similar") };
            }
            (None, _) => return judged(Relation::Same, "near"),
            (guard, _) => guard,
        },
    };
    let differ =
        |relation, reason, left, right| Judgement { left, right, ..judged(relation, reason) };
    match (frame::frame(left.outline(), right.outline()), guard) {
        (Some(frame), _) => differ(Relation::Updates, FRAME, frame.left, frame.right),
        (None, Some(guard)) => differ(Relation::Related, guard.kind, guard.left, guard.right),
        (None, None) => judged(Relation::Different, "words"),
    }
}
