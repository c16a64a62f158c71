//! Charters and pins that a configuration has since a plan was made: the plan knows nothing of them.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::Place;
use super::propose;
use crate::error::{Error, Result};
use crate::output::{next, text};
use crate::state::plans::Request;

/// Refuses to accept anything of a plan that was made before one of the charters and pins that hold now.
///
/// # Errors
/// [`Error::Usage`], which says how the plan is made anew.
pub fn check(place: &Place, request: &Request) -> Result<()> {
    let unknown = unknown(&place.guards, &request.policy);
    if unknown.is_empty() {
        return Ok(());
    }
    let mut said =
        "the configuration protects since this plan was made, and the plan may break it:"
            .to_owned();
    for (name, item) in unknown {
        let _ = write!(said, " {name} `{}`,", text::one_line(item));
    }
    let again = match (request.adopted.is_empty(), propose::is_held(request)) {
        (true, _) => {
            format!("{}, with the options and the model of before,", next::command("run --replace"))
        }
        (false, true) => next::command("adopt --held --replace"),
        (false, false) => next::command("adopt FILE --replace"),
    };
    let _ = write!(
        said,
        " so nothing was accepted: {again} makes it anew, and pays for no recorded answer again"
    );
    Err(Error::Usage(said))
}

/// The items of the lists that a configuration adds to every policy, and that this policy does not have.
fn unknown<'g>(
    guards: &'g Map<String, Value>,
    policy: &Map<String, Value>,
) -> Vec<(&'g str, &'g str)> {
    let mut unknown = Vec::new();
    for (name, items) in guards {
        let known = policy.get(name).map(texts).unwrap_or_default();
        // A run completes the beginnings and longer parts of ids.
        let is_known = |item: &&str| match name.as_str() {
            "pins.entries" => known.iter().any(|id| id.contains(*item)),
            _ => known.contains(item),
        };
        let new = texts(items).into_iter().filter(|item| !is_known(item));
        unknown.extend(new.map(|item| (name.as_str(), item)));
    }
    unknown
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}
