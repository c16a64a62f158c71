//! What `run --mode auto-safe` applies: changes that take no statement out of the store.

use dreaming_wasmtime::{Contents, Engine, NewRevision};

use super::decide::{self, Choice};
use crate::component;
use crate::document::{Change, Plan};
use crate::error::{Error, Result};
use crate::signed::Signed;

/// Whether a change may be applied unattended, and takes no word out of the store: an addition, or
/// a merge of statements that are equal to the letter.
fn is_safe(change: &Change) -> bool {
    let exact = || {
        let stays = change.survivor.as_ref().map(|target| &target.text);
        change.targets.iter().all(|target| Some(&target.text) == stays)
    };
    change.gate == "auto"
        && match change.operation.as_str() {
            "add" => true,
            "merge" => exact(),
            _ => false,
        }
}

/// The revision of the safe changes of `plan`. `None` when there are none, or when the memories
/// changed since the plan was made: then the plan waits.
///
/// # Errors
/// What the engine refuses.
pub fn revision(
    engine: &Engine,
    contents: &Contents,
    plan: &Plan,
    bytes: &[u8],
) -> Result<Option<NewRevision>> {
    let safe = plan.open_changes().filter(|change| is_safe(change));
    let choice = Choice::what_stands(safe.map(|change| change.id.clone()).collect());
    // No person decides, so name and note are empty.
    let signed = Signed { by: String::new(), note: String::new(), now: None };
    let mut job = engine.job().map_err(component::refused)?;
    match decide::revision(&mut job, contents, bytes, &choice, &signed, plan.now) {
        Ok(revision) if revision.memories.is_empty() && revision.ledger.is_empty() => Ok(None),
        Ok(revision) => Ok(Some(revision)),
        Err(Error::Stale(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Target;
    use crate::output::words::tests::change;

    fn target(text: &str) -> Target {
        Target {
            entry: "e1".into(),
            path: "a.md".into(),
            line: 1,
            text: text.into(),
            ..Target::default()
        }
    }

    #[test]
    fn additions_and_exact_merges_with_gate_auto_are_safe_and_nothing_else_is() {
        for (operation, safe) in [
            ("add", true),
            ("supersede", false),
            ("revise", false),
            ("retire", false),
            ("novel", false),
        ] {
            assert_eq!(is_safe(&change("c", operation, "stated", "auto")), safe, "{operation}");
            for gate in ["review", "blocked", "novel"] {
                assert!(!is_safe(&change("c", operation, "stated", gate)), "{operation} {gate}");
            }
        }
    }

    #[test]
    fn a_merge_is_safe_only_when_every_statement_is_the_one_that_stays() {
        let merge = |texts: &[&str], survivor: Option<&str>| Change {
            targets: texts.iter().map(|text| target(text)).collect(),
            survivor: survivor.map(target),
            ..change("c", "merge", "duplicate", "auto")
        };
        assert!(is_safe(&merge(&["One.", "One."], Some("One."))));
        assert!(!is_safe(&merge(&["One.", "one."], Some("One."))));
        assert!(!is_safe(&merge(&["One."], None)));
        let review = Change { gate: "review".into(), ..merge(&["One."], Some("One.")) };
        assert!(!is_safe(&review));
    }
}
