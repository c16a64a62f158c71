//! The request of a dream: how it is made, compared with another, and kept.

use dreaming_models::budget::Writing;
use dreaming_wasmtime::Engine;
use serde_json::{Map, Value, json};

use crate::cli::{self, Run};
use crate::commands::{clock, policy};
use crate::config::KNOWN;
use crate::document::Plan;
use crate::error::Result;
use crate::state::plans::Request;
use crate::state::{State, answers};

/// The setting that says how many calls a dream makes about sessions and pairs.
pub const MOST_CALLS: &str = "propose.max-calls";

/// The largest value that the engine allows for [`MOST_CALLS`], from its table of settings.
const ENGINE_MOST: u64 = 10_000;

/// The policy, with the request's taken paths added to `pins.paths`, so that no dream writes there.
pub fn with_taken(request: &Request) -> Map<String, Value> {
    let mut policy = request.policy.clone();
    if !request.taken.is_empty() {
        let pins = policy.entry("pins.paths").or_insert(Value::Array(Vec::new()));
        // A value that is no list stays as it is; reading the settings refuses it.
        if let Value::Array(pins) = pins {
            pins.extend(request.taken.iter().map(|path| json!(path)));
        }
    }
    policy
}

/// The settings for a dream with a model. The engine gets room for `most` calls and for as many as
/// the record can hold, because recorded answers cost nothing; the desk keeps to `most` paid calls.
/// The number does not depend on what is recorded now, or a dream that is interrupted and repeated
/// would make another plan.
pub fn with_recorded(request: &Request, most: u64) -> Map<String, Value> {
    let mut policy = with_taken(request);
    if most > 0 {
        policy
            .insert(MOST_CALLS.into(), most.saturating_add(answers::KEPT).min(ENGINE_MOST).into());
    }
    policy
}

/// The most that a writing call (`distil`) takes: the engine allows it twice the bytes and tokens
/// of a call about a session. `None` when the policy has no writing calls.
///
/// # Errors
/// [`crate::error::Error::Usage`], [`crate::error::Error::Engine`].
pub fn writing(engine: &Engine, request: &Request) -> Result<Option<Writing>> {
    let number = |name| policy::number(engine, &request.policy, name);
    if number("distil.max-calls")? == 0 {
        return Ok(None);
    }
    let bytes = number("propose.chunk-bytes")?.saturating_mul(2);
    let bytes = bytes.saturating_add(request.instructions.len() as u64);
    Ok(Some(Writing { bytes, tokens: number("propose.max-tokens")?.saturating_mul(2) }))
}

/// The request, and whether an interrupted dream of the same request goes on. Without `--now` the
/// request takes the time of the interrupted dream, because a request of another time would not be
/// the same.
pub fn request(
    state: &State,
    args: &Run,
    policy: Map<String, Value>,
    taken: Vec<String>,
) -> Result<(Request, bool)> {
    let mut request = Request {
        policy,
        taken,
        instructions: args.instructions.clone(),
        now: args.now.unwrap_or_else(clock),
        ..Request::default()
    };
    let Some(kept) = state.progress()? else { return Ok((request, false)) };
    let kept_now = serde_json::from_str::<Value>(&kept.request)
        .ok()
        .and_then(|kept| kept.get("now").and_then(Value::as_i64));
    if let (None, Some(now)) = (args.now, kept_now) {
        let same = Request { now, ..request.clone() };
        if key(&same, args.mode) == kept.request {
            request = same;
        }
    }
    let resumed = key(&request, args.mode) == kept.request;
    Ok((request, resumed))
}

/// A text that is equal for equal requests.
pub fn key(request: &Request, mode: cli::Mode) -> String {
    let Request { taken, instructions, now, .. } = request;
    let mode = match mode {
        cli::Mode::Propose => "propose",
        cli::Mode::AutoSafe => "auto-safe",
        cli::Mode::Auto => "auto",
    };
    json!({
        "policy": request.policy, "taken": taken, "instructions": instructions, "now": now,
        "mode": mode,
    })
    .to_string()
}

/// A request as it may be stored: two of its settings come from the plan, where the engine has cut
/// out secrets ([`KNOWN`]) and made room for recorded answers ([`MOST_CALLS`]).
pub fn cleaned(mut request: Request, plan: &Plan) -> Request {
    for name in [KNOWN, MOST_CALLS] {
        if let (Some(kept), Some(dreamt)) = (request.policy.get_mut(name), plan.policy.get(name)) {
            kept.clone_from(dreamt);
        }
    }
    request
}
