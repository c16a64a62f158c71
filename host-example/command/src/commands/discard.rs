//! `dreaming discard`.

use serde_json::{Value, json};

use super::{Place, propose};
use crate::document::{self, Plan};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::output::{Reply, next, text};
use crate::state::plans::StoredPlan;

/// Puts the plan that waits away. Nothing of it is decided, so its sessions are unread again.
pub fn discard(place: &Place) -> Result<Reply> {
    let stored = place.state.waiting_plan().and_then(|stored| stored.ok_or(Error::NoPlan));
    let put_away = match stored.and_then(|stored| said(&stored)) {
        // A plan that cannot be read is put away all the same.
        Err(Error::Damaged(_)) => None,
        said => Some(said?),
    };
    let writing = interrupt::writing();
    place.state.drop_plan()?;
    writing.done();
    let (text, changes) = put_away.map_or_else(
        || {
            let text = "The plan is damaged. It is put away; its sessions are read again by the \
                        next run.\n";
            (text.to_owned(), None)
        },
        |(text, changes)| (text, Some(changes)),
    );
    Ok(Reply::new(text, json!({"outcome": "dropped", "revision": null, "changes": changes})))
}

/// A sentence about a plan, and how many of its changes are open.
fn said(stored: &StoredPlan) -> Result<(String, u64)> {
    let plan: Plan = document::parse(&stored.plan, "plan")?;
    let changes = plan.open_changes().count() as u64;
    let anew = stored.request.policy.get("distil.anew") == Some(&Value::Bool(true));
    let comes = match (stored.request.adopted.is_empty(), stored.answers.is_empty()) {
        (false, _) if propose::is_held(&stored.request) => {
            format!("{} proposes the same", next::command("adopt --held"))
        }
        (false, _) => "adopting the export again proposes the same".into(),
        (true, true) => "the next run reads the same sessions again and proposes the same".into(),
        (true, false) => format!(
            "{} with the same model proposes the same, and pays for no recorded answer again",
            if anew { next::command("run --anew --model MODEL") } else { "the next run".into() }
        ),
    };
    let withdrawn = match stored.request.policy.get("evidence.withdrawn") {
        Some(Value::Array(ids)) if !ids.is_empty() => {
            " What `--withdraw` named counts again until a plan without it is applied."
        }
        _ => "",
    };
    let text = format!(
        "The plan of {} is put away. Nothing was rejected: {comes}. `reject` in {}, or {}, rejects \
         for good.{withdrawn}\n",
        text::count(changes, "change"),
        next::command("review"),
        next::command("apply --reject ID…"),
    );
    Ok((text::broken(&text, &std::io::stdout()), changes))
}
