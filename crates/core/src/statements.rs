//! Relating, scoring and choosing statements that a host keeps in a form of its own: no Markdown, no
//! ledger, no dream.

use dreaming_records::ledger::Support;
use dreaming_records::number::count;
use dreaming_records::outcome::Credit;
use dreaming_records::policy::Policy;
use dreaming_records::score::{PPM, Score};
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;
use dreaming_text::{Map, normal, sort, unicode};

use crate::judge::{self, Judgement, Told};
use crate::pack;
use crate::precedence::Rank;
use crate::prune::{Weighed, keep};
use crate::reconcile::relate::{Pair, Stated, relate_also};
use crate::scorer::{Basis, Scorer};

/// Most bytes of a page: 1 MiB. From the design: small enough for every host's call limits.
pub const MAX_PAGE: usize = 1 << 20;

/// Why statements are not accepted. Nothing was changed.
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
    /// The headings above it, one to a line, outermost first; may be empty. What stands under others says
    /// something else, however equal the words are.
    pub headings: String,
    /// Its subject and attribute, when somebody named them: `staging url`. Case and white space do not count.
    pub subject: Option<String>,
    /// Whose preference it is; `None` = everybody's.
    pub principal: Option<String>,
    /// When its source last said so; `None` = nothing tells.
    pub said: Option<Time>,
    /// How far it is trusted.
    pub trust: Trust,
    /// How widely it is supported.
    pub support: Support,
    /// How sessions fared in which it was in use.
    pub credit: Credit,
    /// Whether it stays whatever the budget is.
    pub pinned: bool,
}

/// Two statements that a measure of the host calls alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Similarity {
    /// Id of one.
    pub a: String,
    /// Id of the other.
    pub b: String,
    /// How alike, in parts per million; more counts as a million. It is shown and decides nothing: which pairs are alike is for
    /// the host to say, because the scales of such measures differ.
    pub similarity: u64,
}

/// Statements in any order; what comes of them does not depend on it.
#[derive(Clone, Debug, Default)]
pub struct Statements {
    /// By page: one list would be copied whenever it grows, and take up to three times its room then.
    pages: Vec<Vec<Statement>>,
    similarities: Vec<Similarity>,
}

/// How two statements relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// The older says the same as the newer. It is the `older` of no other pair, and a `newer` of none.
    Same,
    /// The newer gives another value for the same. As above.
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
pub struct Related<'a> {
    /// The one that may go, or the older side of a contradiction.
    pub older: &'a str,
    /// The one that stays, or the newer side.
    pub newer: &'a str,
    /// How they relate.
    pub tie: Tie,
    /// Why, what each side has alone (left = older), and how alike they are.
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

/// What is kept, see [`prune`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Ids of statements that go anyway, such as the older ones that [`reconcile`] names. Any order.
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

    /// Adds a page of pairs that are looked at whatever their words are. They widen what is compared;
    /// no guard is lifted. Of a pair that comes twice the greater similarity counts.
    ///
    /// # Errors
    /// [`StatementsError::TooLarge`] for a page over [`MAX_PAGE`]; nothing was added.
    pub fn add_similarities(&mut self, page: Vec<Similarity>) -> Result<(), StatementsError> {
        check_size(page.iter().map(|pair| pair.a.len() + pair.b.len()).sum())?;
        self.similarities.extend(page);
        Ok(())
    }

    /// The similar pairs by position in `all`, which is sorted by id.
    fn similar(&self, all: &[&Statement]) -> Result<Map<(usize, usize), Told>, StatementsError> {
        let at = |id: &String| {
            let found = all.binary_search_by_key(&id, |statement| &statement.id);
            found.map_err(|_| StatementsError::Unknown(id.clone()))
        };
        let mut pairs = Vec::with_capacity(self.similarities.len());
        for pair in &self.similarities {
            let (a, b) = (at(&pair.a)?, at(&pair.b)?);
            pairs.push(((a.min(b), a.max(b)), pair.similarity.min(PPM)));
        }
        // The last one of a pair holds.
        sort::all(&mut pairs);
        Ok(Map::of(pairs.into_iter().map(|(pair, similarity)| (pair, Told::Alike(similarity)))))
    }

    /// All of them by id.
    fn in_order(&self) -> Result<Vec<&Statement>, StatementsError> {
        let mut all = Vec::with_capacity(self.pages.iter().map(Vec::len).sum());
        all.extend(self.pages.iter().flatten());
        if all.is_sorted_by(|a, b| a.id < b.id) {
            return Ok(all);
        }
        sort::by_key(&mut all, |statement| &statement.id);
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

/// What becomes of the statements, by id of the older one, then of the newer one.
///
/// # Errors
/// [`StatementsError::Twice`], [`StatementsError::Unknown`].
pub fn reconcile(statements: &Statements) -> Result<Vec<Related<'_>>, StatementsError> {
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
    let related = |(pair, tie): (Pair, Tie)| Related {
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

/// The score of each statement, by id; `instructions` may be empty.
///
/// # Errors
/// [`StatementsError::Twice`].
pub fn scores<'a>(
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

/// The ids of the statements to keep, by id: all that are pinned, then by score for each token until
/// the budget is used.
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
    // Both are in order.
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
    let kept = keep(&weighed, Some(budget.tokens), None);
    Ok(weighed.iter().zip(kept).filter(|(_, kept)| *kept).map(|(one, _)| one.id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(id: &str, text: &str, day: i64) -> Statement {
        Statement {
            id: id.into(),
            text: text.into(),
            headings: String::new(),
            subject: None,
            principal: None,
            said: Some(Time::from_millis(day * dreaming_records::time::DAY_MS)),
            trust: Trust::Agent,
            support: Support { sessions: 1, agents: 1, days: 1 },
            credit: Credit::default(),
            pinned: false,
        }
    }

    fn all(statements: &[Statement]) -> Statements {
        let mut all = Statements::default();
        all.add(statements.to_vec()).unwrap();
        all
    }

    const TEXT: &str = "The staging shop resets every night at two.";

    #[test]
    fn the_newer_of_two_equal_statements_stays_in_whatever_order_they_come() {
        let mut statements = vec![statement("a", TEXT, 2), statement("b", TEXT, 1)];
        for _ in 0..2 {
            let all = all(&statements);
            let related = reconcile(&all).unwrap();
            let [pair] = related.as_slice() else { panic!("{related:?}") };
            assert_eq!((pair.older, pair.newer, pair.tie), ("b", "a", Tie::Same));
            statements.reverse();
        }
    }

    #[test]
    fn values_under_one_subject_are_updates_or_without_times_contradictions() {
        let key = |mut statement: Statement| {
            statement.subject = Some("shop port".into());
            statement
        };
        let older = key(statement("a", "The shop listens on port 80.", 1));
        let newer = key(statement("b", "The shop listens on port 81.", 2));
        assert_eq!(reconcile(&all(&[older.clone(), newer.clone()])).unwrap()[0].tie, Tie::Updates);
        let undated = Statement { said: None, ..newer.clone() };
        let tie = reconcile(&all(&[older.clone(), undated])).unwrap()[0].tie;
        assert_eq!(tie, Tie::Contradicts);
        let spelt = Statement { subject: Some(" Shop\t PORT".into()), ..newer.clone() };
        assert_eq!(reconcile(&all(&[older.clone(), spelt])).unwrap()[0].tie, Tie::Updates);
        let none = Statement { subject: Some(" ".into()), ..newer };
        assert_eq!(reconcile(&all(&[Statement { subject: None, ..older }, none])).unwrap(), []);
    }

    #[test]
    fn another_wording_of_one_subject_is_no_other_value() {
        let of = |id: &str, text: &str, headings: &str| Statement {
            subject: Some("shop reset".into()),
            headings: headings.into(),
            said: None,
            ..statement(id, text, 1)
        };
        let reworded = "Staging shop resets, every night, at two";
        let tie = |other: Statement| {
            let all = all(&[of("a", TEXT, ""), other]);
            reconcile(&all).unwrap().first().map(|pair| (pair.tie, pair.judgement.reason))
        };
        assert_eq!(tie(of("b", reworded, "")), Some((Tie::Same, "near")));
        assert_eq!(tie(of("b", reworded, "Other")), None);
        assert_eq!(tie(of("b", "It never resets.", "Other")), Some((Tie::Contradicts, "subject")));
    }

    #[test]
    fn what_one_person_wants_is_not_what_everybody_wants() {
        let mine = Statement { principal: Some("ada".into()), ..statement("a", TEXT, 1) };
        assert_eq!(reconcile(&all(&[mine, statement("b", TEXT, 2)])).unwrap(), []);
    }

    #[test]
    fn similarities_of_the_host_widen_what_is_compared_and_lift_no_guard() {
        let pairs = [
            ("Nightly backups of the shop go to the second data centre.", true),
            ("Every night a copy of the shop is written to data centre two.", true),
            ("Nightly backups never go to the second data centre.", false),
        ];
        let (first, _) = pairs[0];
        for (text, is_same) in pairs.into_iter().skip(1) {
            let mut all = all(&[statement("a", first, 1), statement("b", text, 2)]);
            // Of what is more than all, all counts.
            let pair = Similarity { a: "b".into(), b: "a".into(), similarity: 2 * PPM };
            all.add_similarities(vec![pair]).unwrap();
            let same = reconcile(&all).unwrap();
            let same: Vec<_> = same.iter().filter(|pair| pair.tie == Tie::Same).collect();
            assert_eq!(same.len() == 1, is_same, "{text}");
            assert!(same.iter().all(|pair| pair.judgement.similarity == PPM), "{text}");
        }
        let mut all = all(&[statement("a", first, 1)]);
        let pair = Similarity { a: "a".into(), b: "z".into(), similarity: 910_000 };
        all.add_similarities(vec![pair]).unwrap();
        assert_eq!(reconcile(&all).unwrap_err(), StatementsError::Unknown("z".into()));
    }

    #[test]
    fn an_id_occurs_once() {
        let all = all(&[statement("a", TEXT, 1), statement("a", "Other words stand here.", 2)]);
        assert_eq!(reconcile(&all).unwrap_err(), StatementsError::Twice("a".into()));
    }

    #[test]
    fn the_budget_keeps_what_is_pinned_and_then_what_says_most_for_its_tokens() {
        let now = Time::from_millis(3 * dreaming_records::time::DAY_MS);
        let long = TEXT.repeat(5);
        let mut pinned = statement("a", &long, 1);
        pinned.pinned = true;
        let all = all(&[pinned, statement("b", &long, 1), statement("c", TEXT, 1)]);
        let kept = |tokens: u64, without: &[&str]| {
            let without = without.iter().map(|id| (*id).to_owned()).collect();
            prune(&all, &Budget { without, tokens }, "", now, &Policy::default()).unwrap()
        };
        assert_eq!(kept(0, &[]), ["a"]);
        assert_eq!(kept(70, &[]), ["a", "c"]);
        assert_eq!(kept(1000, &["a", "b"]), ["a", "c"]);
        assert_eq!(kept(1000, &[]), ["a", "b", "c"]);
    }

    #[test]
    fn a_page_over_the_limit_adds_nothing() {
        let mut all = Statements::default();
        let text = "x".repeat(MAX_PAGE);
        assert!(matches!(
            all.add(vec![statement("a", &text, 1)]),
            Err(StatementsError::TooLarge(_))
        ));
        assert_eq!(reconcile(&all).unwrap(), []);
    }
}
