//! Questions about items that a prompt numbers: prompts out, and of an answer what it says of each number.

use dreaming_records::policy::{self, Policy};
use dreaming_text::Groups;

use crate::check::answer;
use crate::json::Value;
use crate::propose::{Answer, ModelCall, fenced, parts};

/// A question of one kind: the same in all its calls but for the items.
#[derive(Debug)]
pub(crate) struct Question {
    /// What an item is called in the prompt.
    pub item: &'static str,
    /// The field of an answer with its number.
    pub number: &'static str,
    /// What a model is told to do.
    pub system: &'static str,
    /// JSON schema of the answer, within what hosted and local models enforce: a list `answers`.
    pub schema: &'static str,
}

/// A call with the items that it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The call.
    pub call: ModelCall,
    /// The items, by their positions among those that were given, in the order in which the prompt numbers them
    /// from 1.
    pub items: Vec<usize>,
}

/// Most items of one call. Chosen by us: an answer stays short enough to be given with care.
pub const ITEMS: usize = 20;

impl Question {
    /// The calls about items, each in whole lines, in their order: at most [`ITEMS`] in one, and at most
    /// `propose.chunk-bytes`. An item that is longer by itself is not asked about.
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

    /// What was said of items, by their positions among those that were given: of each that the answer numbers
    /// once, and of which `said` understands it. `None` when the answer cannot be read at all. Never fails:
    /// whatever an answer is, it can only say less.
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
        // Of two answers about one item, neither is known to be meant.
        let known = answers.iter().filter_map(|(at, mut said)| {
            let is = (*said.next()?)?;
            said.next().is_none().then_some((*at, is))
        });
        Some(known.collect())
    }
}
