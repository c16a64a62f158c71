//! Questions about items that a prompt numbers: builds the prompts, and reads the answer for each
//! number.

use dreaming_records::policy::{self, Policy};
use dreaming_text::Groups;

use crate::check::answer;
use crate::json_value::Value;
use crate::propose::{Answer, ModelCall, fenced, parts};

/// A sort of question. Its calls differ only in the items.
#[derive(Debug)]
pub(crate) struct Question {
    /// What an item is called in the prompt.
    pub item: &'static str,
    /// The field that holds the number of the item in an answer.
    pub number: &'static str,
    /// The instructions for the model.
    pub system: &'static str,
    /// JSON schema of the answer, a list `answers`, using only what hosted and local models
    /// enforce.
    pub schema: &'static str,
}

/// A call with the items that it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The call.
    pub call: ModelCall,
    /// The items as positions in the list that was given, in the order in which the prompt numbers
    /// them from 1.
    pub items: Vec<usize>,
}

/// Most items of one call. Chosen by us: a longer answer would be less careful.
pub const ITEMS: usize = 20;

impl Question {
    /// Builds the calls about these items, in order: at most [`ITEMS`] and `propose.chunk-bytes` in
    /// one. An item longer than that is left out.
    pub(crate) fn ask(
        &self,
        shown: impl IntoIterator<Item = String>,
        policy: &Policy,
    ) -> Vec<Asked> {
        let max = policy.size(&policy::CHUNK_BYTES);
        let items = shown.into_iter().enumerate();
        let fit: Vec<_> = items.filter(|(_, shown)| shown.len() <= max).collect();
        let parts = parts(fit, |(_, shown)| shown.len(), max, ITEMS);
        parts.into_iter().map(|part| self.call(part, policy)).collect()
    }

    fn call(&self, part: Vec<(usize, String)>, policy: &Policy) -> Asked {
        let mut body = String::new();
        for (n, (_, shown)) in (1u64..).zip(&part) {
            body += &format!("{} {n}\n{shown}", self.item);
        }
        let tokens = policy.number(&policy::ANSWER_TOKENS);
        let call = fenced(&[], "", &body, self.system, self.schema, tokens);
        Asked { call, items: part.into_iter().map(|(at, _)| at).collect() }
    }

    /// What the answer says about items, each by its position in the list that was given. Items
    /// count when the answer numbers them once and `said` can read that answer. `None` when the
    /// whole answer cannot be read. Never fails: a bad answer only says less.
    pub(crate) fn answers<T: Copy>(
        &self,
        asked: &Asked,
        answer: &Answer,
        said: impl Fn(&Value<'_>) -> Option<T>,
    ) -> Option<Vec<(usize, T)>> {
        let Answer::Text { text } = answer else { return None };
        let answers = Groups::of(answer::list(text, "answers")?.iter().filter_map(|item| {
            let number = item.get(self.number).and_then(Value::as_u64)?.checked_sub(1)?;
            let at = asked.items.get(usize::try_from(number).ok()?)?;
            Some((*at, said(item)))
        }));
        // When one item has two answers, neither counts.
        let known = answers.iter().filter_map(|(at, mut said)| {
            let is = (*said.next()?)?;
            said.next().is_none().then_some((*at, is))
        });
        Some(known.collect())
    }
}
