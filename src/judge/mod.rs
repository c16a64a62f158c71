//! The one judge of how two statements relate. It looks at the two and at nothing else: neither the
//! rest of the store nor an order nor a time, so that a pair has one answer in every store, batch
//! and host. Which of two is newer, and what becomes of the other, is decided in
//! [`crate::reconcile`].

mod denial;
mod frame;
mod in_order;
mod label;
mod prepared;
mod same;
mod slots;
mod speech;
mod value;
pub mod words;

pub use denial::Spoken;
pub use label::name;
pub use prepared::Prepared;

use self::same::Alike;
use self::slots::{ALIKE_SLOT, SAME_SLOT, Slots};
use crate::text;

/// Reason of a judgement: equal after normalisation.
pub const EQUAL: &str = "equal";

/// Reason of a judgement: one is the other after an edit, as far as words tell; see [`frame`]. Only
/// statements of one memory, first seen at different times, can be forms of one.
pub const FRAME: &str = "frame";

/// Reason of a judgement: long forms of one statement with another value; see [`value`]. Not when
/// they stand side by side since they were first seen.
pub const VALUE: &str = "value";
/// Reason of a judgement: both give a value to one slot, and not the same; see [`slots`].
pub const SLOT: &str = "slot";

/// Reason of a judgement: one denies what the other says; see [`denial`]. The similarity of such a
/// judgement is the share of what is denied that the other says.
pub const DENIED: &str = "denied";

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
    /// Why, as a stable word: `equal`, `near`, `subject`, `slot`, `denied`, `frame`, `value`, or what a guard found (see
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
pub fn judge_alike(left: &Prepared<'_>, right: &Prepared<'_>, proposed: Option<u64>) -> Judgement {
    let (a, b) = (&left.statement, &right.statement);
    let equal = left.normal == right.normal;
    let overlap = left.words.overlap(&right.words);
    let similarity = if equal { 1_000_000 } else { overlap.similarity() };
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
    let alike = same::alike(&left.words, &right.words, overlap);
    let guard = match alike {
        Alike::Not if proposed.is_none() => None,
        _ => left.claims().guard(right.claims(), similarity),
    };
    if guard.is_none() && alike == Alike::Wording {
        return judged(Relation::Same, "near");
    }
    let values = guard.as_ref().map_or(alike == Alike::Slot, text::Guard::is_value);
    if values && value::of_one_subject(a.text, b.text, overlap.shared, similarity) {
        let (left, right) = guard.map_or_else(Default::default, |g| (g.left, g.right));
        return Judgement { left, right, ..judged(Relation::Updates, VALUE) };
    }
    let differ =
        |relation, reason, left, right| Judgement { left, right, ..judged(relation, reason) };
    if speech::is_own(a.text) && speech::is_own(b.text) {
        let slots = Slots::read(a.text).differ(&Slots::read(b.text), SAME_SLOT);
        if let Some((left, right)) = slots {
            return differ(Relation::Updates, SLOT, vec![left], vec![right]);
        }
        if let Some(said) = Spoken::read(a.text).contradicts(&Spoken::read(b.text)) {
            return Judgement { similarity: said, ..judged(Relation::Contradicts, DENIED) };
        }
    }
    match (frame::frame(left.outline(), right.outline()), guard) {
        (Some(frame), _) => differ(Relation::Updates, FRAME, frame.left, frame.right),
        (None, Some(guard)) => differ(Relation::Related, guard.kind, guard.left, guard.right),
        (None, None) => match proposed.filter(|_| alike == Alike::Not) {
            Some(similarity) => Judgement { similarity, ..judged(Relation::Same, "similar") },
            None => judged(Relation::Different, "words"),
        },
    }
}

/// Keys of which two statements have one in common when they give one slot different values: those
/// that have have to be judged, however few words they share.
pub fn slot_keys(text: &str) -> Vec<String> {
    Slots::read(text).keys()
}

/// Whether two statements speak of one thing, so that the newer one should be read first: less than
/// what makes one replace the other, because nothing goes.
pub fn read_together(a: &Statement<'_>, b: &Statement<'_>) -> bool {
    let judged = judge(a, b).relation;
    matches!(judged, Relation::Updates | Relation::Contradicts)
        || judged != Relation::Same
            && Slots::read(a.text).differ(&Slots::read(b.text), ALIKE_SLOT).is_some()
}
