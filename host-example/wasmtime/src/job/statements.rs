//! Statements of a host: the resource `statements` of `wit/statement-list.wit` and its functions.

use crate::error::Error;
use crate::handles::Statements;
use crate::job::Job;
use crate::pages::pages;
use crate::store::{Model, Store};
use crate::types::{Relation, Scored, Setting, Similarity, Statement, Timestamp};

impl<S: Store, M: Model> Job<S, M> {
    /// Copies statements into the job, page by page. In any order; ids must be unique.
    ///
    /// # Errors
    /// [`crate::EngineError::TooLarge`] for a single statement over 1 MiB.
    pub fn statements(&mut self, all: &[Statement]) -> Result<Statements, Error> {
        let id = self.call(|dreamer, store| {
            dreamer.dreaming_engine_statement_list().statements().call_constructor(store)
        })?;
        for page in pages(all, size) {
            self.call(|dreamer, store| {
                dreamer.dreaming_engine_statement_list().statements().call_add(store, id, page)
            })??;
        }
        Ok(Statements::new(self.id, id))
    }

    /// Adds pairs that [`Job::reconcile`] compares whatever their words are. Guards hold for them
    /// too.
    ///
    /// # Errors
    /// [`crate::EngineError::TooLarge`] for a single pair over 1 MiB.
    pub fn add_similarities(
        &mut self,
        all: &Statements,
        similarities: &[Similarity],
    ) -> Result<(), Error> {
        let all = all.within(self.id)?;
        for page in pages(similarities, |pair| pair.a.len() + pair.b.len()) {
            self.call(|dreamer, store| {
                let statements = dreamer.dreaming_engine_statement_list().statements();
                statements.call_add_similarities(store, all, page)
            })??;
        }
        Ok(())
    }

    /// Which statements say the same, which ones newer values replace, and which ones contradict
    /// each other, by id of the older one, then of the newer one.
    ///
    /// # Errors
    /// [`crate::EngineError::InvalidRequest`] when two statements have one id, or a setting is not
    /// usable.
    pub fn reconcile(
        &mut self,
        all: &Statements,
        policy: &[Setting],
    ) -> Result<Vec<Relation>, Error> {
        let all = all.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            dreamer.dreaming_engine_statement_list().call_reconcile(store, all, policy)
        })??)
    }

    /// The score of each statement, by id. `instructions` may be empty.
    ///
    /// # Errors
    /// As [`Job::reconcile`].
    pub fn score(
        &mut self,
        all: &Statements,
        instructions: &str,
        policy: &[Setting],
        now: Timestamp,
    ) -> Result<Vec<Scored>, Error> {
        let all = all.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            let list = dreamer.dreaming_engine_statement_list();
            list.call_score(store, all, instructions, policy, now)
        })??)
    }

    /// The ids of the statements to keep within `budget` tokens, by id. Statements of `without` are
    /// not kept.
    ///
    /// # Errors
    /// As [`Job::reconcile`].
    pub fn prune(
        &mut self,
        all: &Statements,
        without: &[String],
        budget: u32,
        instructions: &str,
        policy: &[Setting],
        now: Timestamp,
    ) -> Result<Vec<String>, Error> {
        let all = all.within(self.id)?;
        Ok(self.call(|dreamer, store| {
            let list = dreamer.dreaming_engine_statement_list();
            list.call_prune(store, all, without, budget, instructions, policy, now)
        })??)
    }
}

/// Bytes that a statement takes of a page, as the engine counts them.
fn size(statement: &Statement) -> usize {
    let named = [&statement.subject, &statement.principal].into_iter().flatten();
    let headings: usize = statement.headings.iter().map(|heading| heading.len() + 1).sum();
    let words = statement.id.len() + statement.text.len();
    words + headings + named.map(String::len).sum::<usize>()
}
