//! Which orders of steps lead somewhere: a reader needs no memory of the order in which somebody
//! looked around.

use crate::step::{looks, program};

/// Whether an order is worth writing down. It ends in a deed, because a look is no goal; each look
/// in it is at what the next step works on, because a look at something else happened to come
/// before; and one look before one deed may do so too.
pub(super) fn leads_somewhere(order: &[&str]) -> bool {
    let Some((last, before)) = order.split_last() else { return false };
    let prepares = |pair: &[&str]| match pair {
        [step, next] => !looks(step) || program(step) == program(next),
        _ => true,
    };
    !looks(last)
        && order.windows(2).all(prepares)
        && (before.len() > 1 || !before.iter().any(|step| looks(step)))
}

/// The steps before the last one, when all of them only look.
pub(super) fn looks_before_a_deed<'o, 'a>(order: &'o [&'a str]) -> Option<&'o [&'a str]> {
    let (_, before) = order.split_last()?;
    before.iter().all(|step| looks(step)).then_some(before)
}

/// Whether an order goes the other way than a known one somewhere: then both are of a loop, and
/// what comes after its end is its beginning.
pub(super) fn reverses(order: &[&str], known: &[&str]) -> bool {
    let places = order.iter().filter_map(|step| known.iter().position(|other| other == step));
    !places.is_sorted()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_around_is_no_workflow_and_looking_before_a_deed_is_part_of_one() {
        for order in [
            &["git status", "git diff", "git add"][..],
            &["npm run lint", "npm test"],
            &["kubectl get", "kubectl describe", "kubectl delete"],
            &["cargo build", "git diff", "git commit"],
        ] {
            assert!(leads_somewhere(order), "{order:?}");
        }
        for order in [
            &["git push", "gh api"][..],
            &["gh pr view", "gh api"],
            &["gh pr diff", "make test"],
            &["docker compose ps", "docker compose logs", "make test"],
            &["git status", "git add"],
            &["git commit", "git status"],
            &[],
        ] {
            assert!(!leads_somewhere(order), "{order:?}");
        }
    }

    #[test]
    fn the_way_back_to_the_beginning_reverses_an_order() {
        let known = ["make fmt", "make lint", "make test"];
        assert!(reverses(&["make test", "make fmt"], &known));
        assert!(reverses(&["git pull", "make test", "make lint"], &known));
        assert!(!reverses(&["make lint", "make test", "git add"], &known));
        assert!(!reverses(&["make test", "git add"], &known));
    }
}
