//! What a dream is asked to do: its request, what tells one request from another, and how it is kept.

use dreaming_wasmtime::Engine;
use serde_json::{Map, Value, json};

use crate::cli::{self, Run};
use crate::commands::{clock, policy};
use crate::config::KNOWN;
use crate::document::Plan;
use crate::error::Result;
use crate::model::budget::Writing;
use crate::state::plans::Request;
use crate::state::{State, answers};

/// The setting that says how many calls a dream makes about sessions and pairs.
pub const MOST_CALLS: &str = "propose.max-calls";

/// The most that the engine takes for it, as the table of its settings says.
const ENGINE_MOST: u64 = 10_000;

/// The policy, with the paths that are taken among the memories that no dream may change.
pub fn with_taken(request: &Request) -> Map<String, Value> {
    let mut policy = request.policy.clone();
    if !request.taken.is_empty() {
        let pins = policy.entry("pins.paths").or_insert(Value::Array(Vec::new()));
        // Anything but a list is refused where settings are read.
        if let Value::Array(pins) = pins {
            pins.extend(request.taken.iter().map(|path| json!(path)));
        }
    }
    policy
}

/// The settings with which the engine dreams when a model is asked: beside the `most` calls that the request allows as
/// many as the record can answer. Those cost nothing, and whoever makes the calls keeps to the number. It does not hang
/// on what is recorded, or a dream that was ended and begun again would make another plan.
pub fn with_recorded(request: &Request, most: u64) -> Map<String, Value> {
    let mut policy = with_taken(request);
    if most > 0 {
        policy
            .insert(MOST_CALLS.into(), most.saturating_add(answers::KEPT).min(ENGINE_MOST).into());
    }
    policy
}

/// What the calls take that write what is proposed: as the engine makes them, of at most twice the bytes and tokens of a
/// call about a session.
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

/// The request, and whether a dream of the same request was interrupted. Without `--now` that one
/// keeps its time, or it could not go on.
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

/// What tells one request from another.
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

/// A request as it may be kept: the engine has cut secrets out of the texts of its policy, and dreamt with room for
/// recorded answers.
pub fn cleaned(mut request: Request, plan: &Plan) -> Request {
    for name in [KNOWN, MOST_CALLS] {
        if let (Some(kept), Some(dreamt)) = (request.policy.get_mut(name), plan.policy.get(name)) {
            kept.clone_from(dreamt);
        }
    }
    request
}
