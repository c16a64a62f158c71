//! Limits what the model calls of a dream may take.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use dreaming_wasmtime::ModelCall;
use serde_json::Value;

use crate::Said;
use crate::batch;
use crate::prices::Price;
use crate::settings::Names;
use crate::tally::Usage;

/// Most that all calls of a run may take.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Tokens, read and written.
    pub tokens: Option<u64>,
    /// Dollars.
    pub cost: Option<f64>,
    /// Calls about sessions and pairs.
    pub calls: Option<u64>,
    /// What the last calls take, which write the statements to propose; `None` when there will be
    /// none.
    pub writing: Option<Writing>,
}

/// The most that one writing call takes.
#[derive(Clone, Copy, Debug)]
pub struct Writing {
    /// Bytes of findings that it shows.
    pub bytes: u64,
    /// Tokens of its answer.
    pub tokens: u64,
}

/// One part in `KEPT` of each limit is kept for the writing calls at the end, because what reading
/// found is of no use until a call writes it. Chosen by us: in two measured dreams the second
/// looks, which writing calls have replaced, took about a sixth of what reading took ($0.10 after
/// $0.57).
const KEPT: u32 = 5;

/// Bytes that a writing call sends beside the findings of this run's answers: 5 KB of fixed words,
/// 5 KB of statements that the memory has on the topic, and some thirty failures of 500 bytes that
/// were counted without a model.
const BESIDE: u64 = 25_000;

/// Most bytes of a token in an answer.
const ANSWER_BYTES: u64 = 4;

/// Keeps calls within limits. Before a call is made, the most that it may take is set aside, so
/// that concurrent calls do not exceed the limits together.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    names: Names,
    price: Option<Price>,
    account: Mutex<Account>,
    settled: Condvar,
}

#[derive(Debug, Default)]
struct Account {
    tokens: u64,
    cost: f64,
    /// Calls about sessions and pairs that were made or are being made.
    calls: u64,
    /// Calls that are being made.
    open: usize,
    /// Set when a call did not fit: why. Then no further call is made, even a smaller one, because
    /// chance would choose which.
    full: Option<String>,
    /// As `full`, for calls about sessions and pairs only.
    has_read: Option<String>,
    /// Bytes of the answers about sessions and pairs.
    found: u64,
}

impl Limits {
    /// The part of the limits for calls about sessions and pairs; `writes` is what a writing call
    /// takes.
    fn for_reading(self, writes: &Reserved) -> Self {
        let tokens = |limit: u64| limit.div_ceil(KEPT.into()).max(writes.most.total());
        let cost = |limit: f64| (limit / f64::from(KEPT)).max(writes.cost);
        match self.writing {
            None => self,
            Some(_) => Self {
                tokens: self.tokens.map(|limit| limit.saturating_sub(tokens(limit))),
                cost: self.cost.map(|limit| limit - cost(limit)),
                ..self
            },
        }
    }

    /// The option with a limit that allows the call `more` and leaves `kept` for writing, as a
    /// person types it.
    fn enough(self, names: Names, account: &Account, more: &Reserved, kept: &Reserved) -> String {
        let share = f64::from(KEPT) / f64::from(KEPT - 1);
        let parts = |limit: f64| self.writing.map_or(limit, |_| limit * share);
        let tokens = account.tokens + more.most.total();
        let cost = account.cost + more.cost;
        match (self.tokens, self.cost) {
            (Some(limit), _) if self.for_reading(kept).tokens.is_some_and(|most| tokens > most) => {
                let enough = (tokens + kept.most.total()).max(parts(tokens as f64).ceil() as u64);
                format!("{} {}", names.tokens, enough.max(limit))
            }
            (_, Some(_)) => {
                let enough = (cost + kept.cost).max(parts(cost));
                max_cost(names, enough)
            }
            _ => "more".into(),
        }
    }

    fn fit(self, account: &Account, more: &Reserved) -> bool {
        let tokens = self.tokens.is_none_or(|limit| account.tokens + more.most.total() <= limit);
        let cost = self.cost.is_none_or(|limit| account.cost + more.cost <= limit);
        tokens && cost
    }

    /// Why a call does not fit: what is left of the limit that it would exceed and, for a writing
    /// call, which limit is enough.
    fn left(self, names: Names, account: &Account, more: &Reserved) -> String {
        let (left, enough) = match (self.tokens, self.cost) {
            (Some(limit), _) if account.tokens + more.most.total() > limit => {
                let left = limit.saturating_sub(account.tokens);
                let enough = account.tokens + more.most.total();
                (format!("{left} of {limit} tokens"), format!("{} {enough}", names.tokens))
            }
            (_, Some(limit)) => {
                let left = (limit - account.cost).max(0.0);
                (format!("${left:.4} of ${limit}"), max_cost(names, account.cost + more.cost))
            }
            _ => ("nothing".into(), "more".into()),
        };
        let enough = self.writing.map(|_| format!(": {enough} is enough to write what was found"));
        let enough = enough.unwrap_or_default();
        format!("the next call would not fit in what is left, {left}{enough}")
    }
}

/// The option for a limit of so many dollars, in whole cents.
fn max_cost(names: Names, dollars: f64) -> String {
    format!("{} {:.2}", names.cost, (dollars * 100.0).ceil() / 100.0)
}

/// What was set aside for a call.
#[derive(Debug)]
pub struct Reserved {
    /// The most tokens that the call takes.
    pub most: Usage,
    /// Whether the call goes into a batch.
    pub is_batched: bool,
    cost: f64,
}

/// Why nothing was set aside.
#[derive(Debug)]
pub enum NoRoom {
    /// The call does not fit as long as other calls may take as much as was set aside for them.
    Yet,
    /// It does not fit, and why.
    Ever(String),
}

impl Budget {
    /// A budget from which nothing is spent yet; `names` are those of the limits.
    pub fn new(limits: Limits, names: Names, price: Option<Price>) -> Self {
        Self { limits, names, price, account: Mutex::default(), settled: Condvar::new() }
    }

    /// Counts what calls of an earlier process took.
    pub fn spent(&self, usage: Usage, is_batched: bool) {
        let cost = self.cost_of(usage, is_batched);
        let mut account = self.account();
        account.tokens += usage.total();
        account.cost += cost;
    }

    /// Counts a call before its first try; further tries are not counted.
    ///
    /// # Errors
    /// Why no further call is allowed, in words.
    pub fn begin(&self, call: &ModelCall) -> Result<(), String> {
        let Some(limit) = self.limits.calls.filter(|_| comes_before_writing(call)) else {
            return Ok(());
        };
        let mut account = self.account();
        if account.calls >= limit {
            return Err(format!("{} allows {limit} about sessions and pairs", self.names.calls));
        }
        account.calls += 1;
        Ok(())
    }

    /// Sets aside what a call may take. If it does not fit, waits for running calls, which may take
    /// less than was set aside for them.
    ///
    /// # Errors
    /// Why the call does not fit, in words.
    pub fn reserve(&self, call: &ModelCall) -> Result<Reserved, String> {
        let mut account = self.account();
        loop {
            match self.set_aside(&mut account, call, false) {
                Ok(reserved) => return Ok(reserved),
                Err(NoRoom::Ever(why)) => return Err(why),
                Err(NoRoom::Yet) => {
                    account = self.settled.wait(account).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    /// As [`Budget::reserve`] for a call that goes into a batch; does not wait.
    ///
    /// # Errors
    /// [`NoRoom`].
    pub fn reserve_in_batch(&self, call: &ModelCall) -> Result<Reserved, NoRoom> {
        self.set_aside(&mut self.account(), call, true)
    }

    /// Sets aside what a call may take that is in a batch already, whatever the limits are.
    pub fn adopt(&self, call: &ModelCall) -> Reserved {
        let mut account = self.account();
        account.calls += u64::from(comes_before_writing(call));
        self.open(&mut account, self.reserved(most(call), true))
    }

    fn reserved(&self, most: Usage, is_batched: bool) -> Reserved {
        Reserved { most, is_batched, cost: self.cost_of(most, is_batched) }
    }

    fn open(&self, account: &mut Account, reserved: Reserved) -> Reserved {
        account.tokens += reserved.most.total();
        account.cost += reserved.cost;
        account.open += 1;
        reserved
    }

    fn set_aside(
        &self,
        account: &mut Account,
        call: &ModelCall,
        is_batched: bool,
    ) -> Result<Reserved, NoRoom> {
        let reserved = self.reserved(most(call), is_batched);
        let reads = comes_before_writing(call);
        if let Some(why) = &account.full {
            return Err(NoRoom::Ever(why.clone()));
        }
        if let Some(why) = account.has_read.as_ref().filter(|_| reads) {
            return Err(NoRoom::Ever(why.clone()));
        }
        let writes = self.writing(account, call, is_batched);
        let limits = if reads { self.limits.for_reading(&writes) } else { self.limits };
        if limits.fit(account, &reserved) {
            return Ok(self.open(account, reserved));
        }
        if account.open > 0 {
            return Err(NoRoom::Yet);
        }
        let why = match reads {
            true => self.no_more_reading(account, &reserved, &writes),
            false => limits.left(self.names, account, &reserved),
        };
        let full = if reads { &mut account.has_read } else { &mut account.full };
        *full = Some(why.clone());
        self.settled.notify_all();
        Err(NoRoom::Ever(why))
    }

    /// Replaces what was set aside for a call by what it took.
    pub fn settle(&self, reserved: &Reserved, usage: Usage) {
        let mut account = self.account();
        account.tokens = account.tokens - reserved.most.total() + usage.total();
        account.cost = account.cost - reserved.cost + self.cost_of(usage, reserved.is_batched);
        account.open -= 1;
        self.settled.notify_all();
    }

    /// The options that set the limits, for a person.
    pub fn options(&self) -> String {
        let Names { tokens, cost, .. } = self.names;
        match (self.limits.tokens, self.limits.cost) {
            (Some(_), None) => tokens.into(),
            (None, Some(_)) => cost.into(),
            _ => format!("{tokens} or {cost}"),
        }
    }

    /// What tokens cost, if the price is known.
    pub fn cost(&self, usage: Usage) -> Option<f64> {
        self.price.map(|price| price.of(usage))
    }

    /// What tokens of one call cost, 0 if the price is not known.
    fn cost_of(&self, usage: Usage, is_batched: bool) -> f64 {
        let share = if is_batched { batch::SHARE } else { 1.0 };
        self.cost(usage).unwrap_or(0.0) * share
    }

    /// Counts the bytes of an answer about a session or pairs, because a writing call will show
    /// them.
    pub fn found(&self, call: &ModelCall, text: &str) {
        if comes_before_writing(call) {
            self.account().found += text.len() as u64;
        }
    }

    /// The most that a writing call takes after the call `after`, from what was found so far.
    fn writing(&self, account: &Account, after: &ModelCall, is_batched: bool) -> Reserved {
        let most = self.limits.writing.map_or_else(Usage::default, |writing| {
            let found = account.found + u64::from(after.max_tokens) * ANSWER_BYTES;
            let bytes = BESIDE + found.min(writing.bytes);
            Usage { cache_write: bytes.div_ceil(3), output: writing.tokens, ..Usage::default() }
        });
        self.reserved(most, is_batched)
    }

    /// Why no further call about a session or pairs is made.
    fn no_more_reading(&self, account: &Account, more: &Reserved, kept: &Reserved) -> String {
        let enough = self.limits.enough(self.names, account, more, kept);
        let kept = match self.limits.writing {
            Some(_) => "beside what is kept for the calls that write what is proposed ",
            None => "",
        };
        format!(
            "{kept}no other call about sessions and pairs fits into {}: {enough} is enough to read one more",
            self.options()
        )
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a call is about a part of a session (its schema has `proposals`) or about pairs
/// (`answers`). Writing calls ask for statements instead.
pub fn comes_before_writing(call: &ModelCall) -> bool {
    let schema = serde_json::from_str::<Value>(&call.schema).unwrap_or_default();
    ["/properties/proposals", "/properties/answers"].iter().any(|of| schema.pointer(of).is_some())
}

/// The most that a call takes, at three bytes per token: few texts have fewer. Code has 3 to 4, and
/// a Chinese character has 3.
fn most(call: &ModelCall) -> Usage {
    let bytes = (call.system.len() + call.prompt.len() + call.schema.len()) as u64;
    Usage { cache_write: bytes.div_ceil(3), output: u64::from(call.max_tokens), ..Usage::default() }
}

/// An estimate of the tokens of a call and its answer without a tokenizer: a quarter of the
/// characters.
pub fn about(call: &ModelCall, said: &Said) -> Usage {
    let written = match said {
        Said::Text(text) => tokens(text.chars().count()),
        Said::Refused => 0,
        Said::Unusable(_) => u64::from(call.max_tokens),
    };
    Usage { input: about_input(call), output: written, ..Usage::default() }
}

/// The tokens that a call sends, estimated as in [`about`].
pub fn about_input(call: &ModelCall) -> u64 {
    let texts = [&call.system, &call.prompt, &call.schema];
    tokens(texts.iter().map(|text| text.chars().count()).sum())
}

fn tokens(characters: usize) -> u64 {
    (characters as u64).div_ceil(4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::TESTED;

    #[test]
    fn what_is_kept_for_writing_is_taken_by_no_call_before() {
        let call = |asks: &str| ModelCall {
            id: asks.into(),
            system: String::new(),
            prompt: String::new(),
            schema: format!(r#"{{"properties":{{"{asks}":{{}}}}}}"#),
            max_tokens: 75,
        };
        for before in ["proposals", "answers"] {
            // A writing call shows 25,000 fixed bytes, and the 300 that this call may answer.
            let writing = Some(Writing { bytes: 1_000, tokens: 66 });
            let budget = |tokens| {
                let limits = Limits { tokens: Some(tokens), writing, ..Limits::default() };
                Budget::new(limits, TESTED, None)
            };
            let bytes = call(before).schema.len() as u64;
            let (reads, writes) = (bytes.div_ceil(3) + 75, 25_300_u64.div_ceil(3) + 66);
            let small = budget(reads + writes - 1);
            let refused = small.reserve(&call(before)).unwrap_err();
            let enough = format!("tokens {} is enough", reads + writes);
            assert!(refused.contains(&enough), "{refused}");
            assert!(small.reserve(&call("statements")).is_ok());
            let enough = budget(reads + writes);
            assert!(enough.reserve(&call(before)).is_ok());
            // Room is kept for what was found, up to the most that a writing call shows.
            enough.found(&call(before), &"x".repeat(100_000));
            let kept = enough.writing(&enough.account(), &call(before), false).most.total();
            assert_eq!(kept, 26_000_u64.div_ceil(3) + 66);
            // A fifth of a large limit is kept for writing, and nothing when there is no writing
            // call.
            let refused =
                budget(100_000).reserve(&ModelCall { max_tokens: 80_000, ..call(before) });
            assert!(refused.is_err(), "{refused:?}");
            let limits = Limits { tokens: Some(reads), ..Limits::default() };
            assert!(Budget::new(limits, TESTED, None).reserve(&call(before)).is_ok());
        }
    }
}
