//! What a dream may take.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use dreaming_wasmtime::ModelCall;
use serde_json::Value;

use super::Said;
use super::prices::Price;
use super::tally::Usage;

/// Most that all calls of a run may take.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Tokens, read and written.
    pub tokens: Option<u64>,
    /// Dollars.
    pub cost: Option<f64>,
    /// Calls about sessions and pairs.
    pub calls: Option<u64>,
}

/// One part in so many of each limit is kept for the last calls, which write what is proposed from all that was found.
/// Chosen by us: in two measured dreams the second looks, whose place they take, took about a sixth of what reading had
/// taken ($0.10 after $0.57), and what reading found waits until it is written.
const KEPT: u32 = 5;

/// Keeps calls within limits. What a call may take at most is set aside before it is made, so that calls
/// at the same time do not overdraw together.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
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
    /// Why no other call is made, once one did not fit: which ones are left would be chance.
    full: Option<String>,
    /// The same for calls about sessions and pairs.
    has_read: bool,
}

impl Limits {
    /// What calls about sessions and pairs may take of them.
    fn for_reading(self) -> Self {
        Self {
            tokens: self.tokens.map(|limit| limit - limit.div_ceil(KEPT.into())),
            cost: self.cost.map(|limit| limit - limit / f64::from(KEPT)),
            ..self
        }
    }

    fn fit(self, account: &Account, more: &Reserved) -> bool {
        let tokens = self.tokens.is_none_or(|limit| account.tokens + more.most.total() <= limit);
        let cost = self.cost.is_none_or(|limit| account.cost + more.cost <= limit);
        tokens && cost
    }

    /// Why a call does not fit: what is left of the limit that it would go over.
    fn left(self, account: &Account, more: &Reserved) -> String {
        let left = match (self.tokens, self.cost) {
            (Some(limit), _) if account.tokens + more.most.total() > limit => {
                format!("{} of {limit} tokens", limit.saturating_sub(account.tokens))
            }
            (_, Some(limit)) => format!("${:.4} of ${limit}", (limit - account.cost).max(0.0)),
            _ => "nothing".into(),
        };
        format!("the next call would not fit in what is left, {left}")
    }
}

/// What was set aside for a call.
#[derive(Debug)]
pub struct Reserved {
    /// The most that the call takes.
    pub most: Usage,
    cost: f64,
}

impl Budget {
    /// A budget of which nothing is used.
    pub fn new(limits: Limits, price: Option<Price>) -> Self {
        Self { limits, price, account: Mutex::default(), settled: Condvar::new() }
    }

    /// Counts a call that is going to be made; its further tries are none.
    ///
    /// # Errors
    /// When there were as many as may be: why, in words.
    pub fn begin(&self, call: &ModelCall) -> Result<(), String> {
        let Some(limit) = self.limits.calls.filter(|_| comes_before_writing(call)) else {
            return Ok(());
        };
        let mut account = self.account();
        if account.calls >= limit {
            return Err(format!("--max-calls allows {limit} about sessions and pairs"));
        }
        account.calls += 1;
        Ok(())
    }

    /// Sets aside what a call may take. Waits for calls that are being made when what they leave may do.
    ///
    /// # Errors
    /// When there is not enough: why, in words.
    pub fn reserve(&self, call: &ModelCall) -> Result<Reserved, String> {
        let most = most(call);
        let reserved = Reserved { most, cost: self.cost(most).unwrap_or(0.0) };
        let reads = comes_before_writing(call);
        let limits = if reads { self.limits.for_reading() } else { self.limits };
        let mut account = self.account();
        loop {
            if let Some(why) = &account.full {
                return Err(why.clone());
            }
            if reads && account.has_read {
                return Err(self.no_more_reading());
            }
            if limits.fit(&account, &reserved) {
                account.tokens += reserved.most.total();
                account.cost += reserved.cost;
                account.open += 1;
                return Ok(reserved);
            }
            if account.open == 0 {
                match reads {
                    true => account.has_read = true,
                    false => account.full = Some(limits.left(&account, &reserved)),
                }
                self.settled.notify_all();
                continue;
            }
            account = self.settled.wait(account).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Puts what a call took in the place of what was set aside.
    pub fn settle(&self, reserved: &Reserved, usage: Usage) {
        let mut account = self.account();
        account.tokens = account.tokens - reserved.most.total() + usage.total();
        account.cost = account.cost - reserved.cost + self.cost(usage).unwrap_or(0.0);
        account.open -= 1;
        self.settled.notify_all();
    }

    /// The options that limit it, as a person reads them.
    pub fn options(&self) -> &'static str {
        match (self.limits.tokens, self.limits.cost) {
            (Some(_), None) => "--max-tokens",
            (None, Some(_)) => "--max-cost",
            _ => "--max-tokens or --max-cost",
        }
    }

    /// What tokens cost, if that is known.
    pub fn cost(&self, usage: Usage) -> Option<f64> {
        self.price.map(|price| price.of(usage))
    }

    /// Why no other call about a session or pairs is made.
    fn no_more_reading(&self) -> String {
        format!(
            "calls about sessions and pairs may take four fifths of {}, the rest is kept for those that write what is \
             proposed, and no other fits: raise it to read more",
            self.options()
        )
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a call is about a part of a session, which asks for proposals, or about pairs, which asks for answers: the last
/// ones ask for statements.
pub fn comes_before_writing(call: &ModelCall) -> bool {
    let schema = serde_json::from_str::<Value>(&call.schema).unwrap_or_default();
    ["/properties/proposals", "/properties/answers"].iter().any(|of| schema.pointer(of).is_some())
}

/// The most that a call takes. Three bytes a token: few texts have fewer, code has 3 to 4 and a character
/// of Chinese 3.
fn most(call: &ModelCall) -> Usage {
    let bytes = (call.system.len() + call.prompt.len() + call.schema.len()) as u64;
    Usage { cache_write: bytes.div_ceil(3), output: u64::from(call.max_tokens), ..Usage::default() }
}

/// The tokens of a call and its answer, as far as they can be told without the model: a quarter of the
/// characters.
pub fn about(call: &ModelCall, said: &Said) -> Usage {
    let written = match said {
        Said::Text(text) => tokens(text.chars().count()),
        Said::Refused => 0,
        Said::Unusable(_) => u64::from(call.max_tokens),
    };
    Usage { input: about_input(call), output: written, ..Usage::default() }
}

/// The tokens that a call sends, as [`about`] tells them.
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
            let budget = Budget::new(Limits { tokens: Some(100), ..Limits::default() }, None);
            let refused = budget.reserve(&call(before)).unwrap_err();
            assert!(refused.contains("four fifths of --max-tokens"), "{refused}");
            assert!(budget.reserve(&call("statements")).is_ok());
        }
    }
}
