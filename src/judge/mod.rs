//! The one judge of how two statements relate. It looks at the two and at nothing else: neither the
//! rest of the store nor an order nor a time, so that a pair has one answer in every store, batch
//! and host. Which of two is newer, and what becomes of the other, is decided in
//! [`crate::reconcile`].

mod frame;
mod label;
mod words;

pub use label::name;

use std::borrow::Cow;
use std::cell::OnceCell;

use self::frame::Outline;
use crate::join::hash;
use crate::text::{self, Claims};

/// Similarity from which two statements may be the same, in parts per million of Jaccard over
/// content tokens. Chosen by us on published pairs: below it, most pairs only share a topic.
pub const NEAR: u64 = 800_000;

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

/// A statement with what judging it takes, so that one that is held against many is read once. What
/// only some pairs need is made at its first use.
#[derive(Clone, Debug)]
pub struct Prepared<'a> {
    statement: Statement<'a>,
    /// The text in normal form.
    normal: Cow<'a, str>,
    /// The content tokens as numbers, sorted, distinct.
    tokens: Vec<u32>,
    claims: OnceCell<Claims>,
    outline: OnceCell<Outline<'a>>,
}

impl<'a> Prepared<'a> {
    /// Reads a statement.
    pub fn of(statement: Statement<'a>) -> Self {
        let text = statement.text;
        let mut tokens = Vec::new();
        text::each_token(text, &mut String::new(), |token, _| {
            tokens.push(hash::token(token.as_bytes()));
        });
        tokens.sort_unstable();
        tokens.dedup();
        let normal = match text::is_normal(text) {
            true => Cow::Borrowed(text),
            false => Cow::Owned(text::normal(text)),
        };
        Self { statement, normal, tokens, claims: OnceCell::new(), outline: OnceCell::new() }
    }

    fn claims(&self) -> &Claims {
        self.claims.get_or_init(|| Claims::of(self.statement.text))
    }

    fn outline(&self) -> &Outline<'a> {
        self.outline.get_or_init(|| Outline::of(self.statement.text))
    }

    /// Judges a pair. Swapping the two swaps `left` and `right` and nothing else.
    pub fn judge(&self, other: &Self) -> Judgement {
        let (a, b) = (&self.statement, &other.statement);
        let equal = self.normal == other.normal;
        let similarity = match equal {
            true => 1_000_000,
            false => text::similarity(&self.tokens, &other.tokens),
        };
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
        let guard = match similarity < NEAR {
            true => None,
            false => match self.claims().guard(other.claims()) {
                Some(guard) => Some(guard),
                None => return judged(Relation::Same, "near"),
            },
        };
        let differ =
            |relation, reason, left, right| Judgement { left, right, ..judged(relation, reason) };
        match (frame::frame(self.outline(), other.outline()), guard) {
            (Some(frame), _) => differ(Relation::Updates, FRAME, frame.left, frame.right),
            (None, Some(guard)) => differ(Relation::Related, guard.kind, guard.left, guard.right),
            (None, None) => judged(Relation::Different, "words"),
        }
    }
}

/// Judges a pair once, see [`Prepared::judge`].
pub fn judge(a: &Statement<'_>, b: &Statement<'_>) -> Judgement {
    Prepared::of(*a).judge(&Prepared::of(*b))
}
