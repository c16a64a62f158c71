//! Relates, scores and chooses statements that a host keeps in a form of its own: without Markdown,
//! ledger and dreams.

#[cfg(test)]
mod tests;

use dreaming_records::ledger::Support;
use dreaming_records::number::count;
use dreaming_records::outcome::Credit;
use dreaming_records::policy::Policy;
use dreaming_records::score::{PPM, Score};
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;
use dreaming_text::join::wide;
use dreaming_text::{Map, normal, sort, unicode};

use crate::judge::{self, Judgement, PairHint};
use crate::pack;
use crate::precedence::Rank;
use crate::prune::{By, Weighed, keep};
use crate::reconcile::relate::{Pair, Stated, relate_also};
use crate::scorer::{Basis, Scorer};

/// Most bytes of a page: 1 MiB. From the design: small enough for every host's call limits.
pub const MAX_PAGE: usize = 1 << 20;

/// Why the engine does not accept the statements. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementsError {
    /// A page is over [`MAX_PAGE`].
    #[error("{0} bytes, at most {MAX_PAGE}")]
    TooLarge(u64),
    /// Two statements have this id.
    #[error("two statements have this id")]
    Twice(String),
    /// A pair names this id, and no statement has it.
    #[error("no statement has this id")]
    Unknown(String),
}

/// Fails when a page has more than [`MAX_PAGE`] bytes.
fn check_size(bytes: usize) -> Result<(), StatementsError> {
    if bytes <= MAX_PAGE {
        return Ok(());
    }
    Err(StatementsError::TooLarge(count(bytes)))
}

/// A statement as a host brings it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The host's id, unique.
    pub id: String,
    /// Its words, as written.
    pub text: String,
    /// The headings above it, one to a line, outermost first; may be empty. Statements under
    /// different headings say different things, however equal the words are.
    pub headings: String,
    /// Its subject and attribute, when somebody named them: `staging url`. Case and white space do
    /// not count.
    pub subject: Option<String>,
    /// Whose preference it is; `None` = everybody's.
    pub principal: Option<String>,
    /// When its source last said so; `None` when nothing tells.
    pub said: Option<Time>,
    /// How far it is trusted.
    pub trust: Trust,
    /// How widely it is supported.
    pub support: Support,
    /// What speaks for and against the sessions in which the statement was in use.
    pub credit: Credit,
    /// Whether it stays whatever the budget is.
    pub pinned: bool,
}

/// Two statements that the host's own measure calls alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Similarity {
    /// Id of one.
    pub a: String,
    /// Id of the other.
    pub b: String,
    /// How alike the two are, in parts per million; more counts as a million. The number is shown
    /// and decides nothing: by naming the pair, the host says that the two are alike, because the
    /// scales of such measures differ.
    pub similarity: u64,
}

/// Statements in any order; the order does not affect any result.
#[derive(Clone, Debug, Default)]
pub struct Statements {
    /// The statements by page. In one growing list they would be copied, and would then take up to
    /// three times the room.
    pages: Vec<Vec<Statement>>,
    similarities: Vec<Similarity>,
}

/// How two statements relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// The older statement says the same as the newer one. The older one is in no other pair.
    Same,
    /// The newer statement gives another value for the same thing. The older one is in no other
    /// pair.
    Updates,
    /// They cannot both hold, and nothing says which one does.
    Contradicts,
}

impl Tie {
    /// The word that documents and interfaces have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Updates => "updates",
            Self::Contradicts => "contradicts",
        }
    }
}

/// A pair of statements that are not independent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation<'a> {
    /// The statement that may go, or the older side of a contradiction.
    pub older: &'a str,
    /// The statement that stays, or the newer side of a contradiction.
    pub newer: &'a str,
    /// How the two relate.
    pub tie: Tie,
    /// Why they relate in this way, and how alike they are.
    pub judgement: Judgement,
}

/// A statement with its score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scored<'a> {
    /// The statement.
    pub id: &'a str,
    /// Its score.
    pub score: Score,
}

/// The budget of [`prune`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Ids of statements that are taken out whatever the budget is, such as the older ones that
    /// [`reconcile`] names. In any order.
    pub without: Vec<String>,
    /// Tokens that the kept statements may take together.
    pub tokens: u64,
}

impl Statements {
    /// Adds a page. Subjects are compared in lower case and with single spaces.
    ///
    /// # Errors
    /// [`StatementsError::TooLarge`] for a page over [`MAX_PAGE`]; nothing was added.
    pub fn add(&mut self, mut page: Vec<Statement>) -> Result<(), StatementsError> {
        let bytes = |s: &Statement| {
            let named = [&s.subject, &s.principal].into_iter().flatten().map(String::len);
            s.id.len() + s.text.len() + s.headings.len() + named.sum::<usize>()
        };
        check_size(page.iter().map(bytes).sum())?;
        for statement in &mut page {
            let spelt = statement.subject.take().map(|subject| unicode::lower(&normal(&subject)));
            statement.subject = spelt.filter(|subject| !subject.is_empty());
        }
        self.pages.push(page);
        Ok(())
    }

    /// Adds a page of pairs that are judged whatever their words are. The same guards apply to
    /// them. For a pair that comes twice the greater similarity counts.
    ///
    /// # Errors
    /// [`StatementsError::TooLarge`] for a page over [`MAX_PAGE`]; nothing was added.
    pub fn add_similarities(&mut self, page: Vec<Similarity>) -> Result<(), StatementsError> {
        check_size(page.iter().map(|pair| pair.a.len() + pair.b.len()).sum())?;
        self.similarities.extend(page);
        Ok(())
    }

    /// The pairs that the host calls alike, by position in `all`, which is sorted by id.
    fn similar(
        &self,
        all: &[&Statement],
    ) -> Result<Map<(usize, usize), PairHint>, StatementsError> {
        let at = |id: &String| {
            let found = all.binary_search_by_key(&id, |statement| &statement.id);
            found.map_err(|_| StatementsError::Unknown(id.clone()))
        };
        let mut pairs = Vec::with_capacity(self.similarities.len());
        for pair in &self.similarities {
            let (a, b) = (at(&pair.a)?, at(&pair.b)?);
            pairs.push(((a.min(b), a.max(b)), pair.similarity.min(PPM)));
        }
        // A map keeps the last value of a key, here the greatest similarity.
        sort::all(&mut pairs);
        Ok(Map::of(pairs.into_iter().map(|(pair, similarity)| (pair, PairHint::Alike(similarity)))))
    }

    /// All statements, sorted by id.
    fn in_order(&self) -> Result<Vec<&Statement>, StatementsError> {
        let mut all = Vec::with_capacity(self.pages.iter().map(Vec::len).sum());
        all.extend(self.pages.iter().flatten());
        if all.is_sorted_by(|a, b| a.id < b.id) {
            return Ok(all);
        }
        let order = sort::by_beginnings(&all, |statement| &statement.id);
        let all: Vec<_> = order.iter().filter_map(|(_, at)| all.get(wide(*at)).copied()).collect();
        let twice = all.windows(2).find_map(|pair| match pair {
            [a, b] if a.id == b.id => Some(&a.id),
            _ => None,
        });
        match twice {
            Some(id) => Err(StatementsError::Twice(id.clone())),
            None => Ok(all),
        }
    }
}

/// How the statements relate, sorted by the id of the older statement, then of the newer one.
///
/// # Errors
/// [`StatementsError::Twice`], [`StatementsError::Unknown`].
pub fn reconcile(statements: &Statements) -> Result<Vec<Relation<'_>>, StatementsError> {
    let all = statements.in_order()?;
    let similar = statements.similar(&all)?;
    let stated: Vec<Stated<'_>> = all.iter().map(|statement| stated(statement)).collect();
    let one_scope = |pair: &Pair| {
        let principal = |at: usize| all.get(at).map(|statement| &statement.principal);
        principal(pair.older) == principal(pair.newer)
    };
    let found = relate_also(&stated, &similar, one_scope);
    let tied = |tie: Tie| move |pair: Pair| (pair, tie);
    let mut pairs: Vec<(Pair, Tie)> = Vec::new();
    pairs.extend(found.same.into_iter().map(tied(Tie::Same)));
    pairs.extend(found.updates.into_iter().map(tied(Tie::Updates)));
    pairs.extend(found.conflicts.into_iter().map(tied(Tie::Contradicts)));
    sort::by_key(&mut pairs, |(pair, _)| (pair.older, pair.newer));
    let id = |at: usize| all.get(at).map_or("", |statement| statement.id.as_str());
    let related = |(pair, tie): (Pair, Tie)| Relation {
        older: id(pair.older),
        newer: id(pair.newer),
        tie,
        judgement: pair.judgement,
    };
    Ok(pairs.into_iter().map(related).collect())
}

fn stated(statement: &Statement) -> Stated<'_> {
    Stated {
        statement: judge::Statement {
            text: &statement.text,
            subject: statement.subject.as_deref(),
            principal: statement.principal.as_deref(),
        },
        scope: &statement.headings,
        rank: Rank {
            said: statement.said,
            trust: statement.trust,
            sessions: statement.support.sessions,
        },
    }
}

/// The score of each statement, sorted by id; `instructions` may be empty.
///
/// # Errors
/// [`StatementsError::Twice`].
pub fn score<'a>(
    all: &'a Statements,
    instructions: &str,
    now: Time,
    policy: &Policy,
) -> Result<Vec<Scored<'a>>, StatementsError> {
    let scorer = Scorer::new(instructions, now, policy);
    let scored = |s: &'a Statement| Scored { id: &s.id, score: scorer.score(&basis(s)) };
    Ok(all.in_order()?.into_iter().map(scored).collect())
}

fn basis(statement: &Statement) -> Basis<'_> {
    Basis {
        text: &statement.text,
        support: statement.support,
        trust: statement.trust,
        credit: statement.credit,
        last_seen: statement.said,
    }
}

/// The ids of the statements to keep, sorted: all that are pinned, and then those with the most
/// score per token, as far as the budget has room.
///
/// # Errors
/// [`StatementsError::Twice`].
pub fn prune<'a>(
    all: &'a Statements,
    budget: &Budget,
    instructions: &str,
    now: Time,
    policy: &Policy,
) -> Result<Vec<&'a str>, StatementsError> {
    let scorer = Scorer::new(instructions, now, policy);
    let mut without: Vec<&str> = budget.without.iter().map(String::as_str).collect();
    sort::all(&mut without);
    let mut all = all.in_order()?;
    // The two lists are sorted by id, so they are compared from front to back.
    let mut without = without.into_iter().peekable();
    all.retain(|s| {
        while without.next_if(|id| *id < s.id.as_str()).is_some() {}
        s.pinned || without.peek() != Some(&s.id.as_str())
    });
    let weighed = |s: &&'a Statement| Weighed {
        id: &s.id,
        score: scorer.score(&basis(s)).total,
        tokens: pack::tokens(s.text.len()),
        is_protected: s.pinned,
    };
    let weighed: Vec<Weighed<'a>> = all.iter().map(weighed).collect();
    let kept = keep(&weighed, By::ScorePerToken, Some(budget.tokens), None);
    Ok(weighed.iter().zip(kept).filter(|(_, kept)| *kept).map(|(one, _)| one.id).collect())
}
