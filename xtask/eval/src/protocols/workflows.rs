//! Steps of later sessions that a memory had foretold.
//!
//! The first three fifths of the sessions are dreamt over. A step is program and subcommand of each
//! part of a shell call that worked. A workflow foretells its second step after its first, its
//! third after the first two, and so on; at each step of the later sessions the workflow speaks
//! that knows most of the steps before it, and of those that know as much the first. *Hit* is the
//! share of right ones among what was foretold, *reach* that among all steps.
//!
//! The steps of a workflow are the code spans of its text, in their order, each named as the steps
//! of the sessions are (`npm run lint` counts as `npm run`).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use dreaming::kind::Kind;
use dreaming::policy::Value;
use regex::Regex;

use super::Protocol;
use crate::data::{Data, Sessions};
use crate::dream::Dreamer;
use crate::figure::Figure;
use crate::report::Measured;
use crate::sessions;

/// See the module.
pub const PROTOCOL: Protocol = Protocol {
    name: "workflows",
    about: "steps of later sessions that a memory had foretold",
    run,
};

/// Entries that are allowed, the last as the demands have it.
const BUDGETS: [usize; 3] = [5, 10, 20];

/// Orders that people wrote down by hand beside a folder of sessions.
const WRITTEN_BY_HAND: &[(&str, &[&str])] =
    &[("entire-lite/sessions", &["mise run fmt", "mise run lint", "mise run test"])];

/// Past sessions that must show an order before a miner can be asked for it.
const SHOWN: usize = 5;

type Order = Vec<String>;

fn run(data: &Data) -> anyhow::Result<Measured> {
    const FOLDER: &str = "entire-lite/sessions";
    let all = data.sessions(FOLDER)?;
    let read = sessions::read(&all);
    if read.is_empty() {
        return Ok(Measured::absent(FOLDER));
    }
    let (past, future) = read.split_at(read.len() * 3 / 5);
    let kept = |id: &String| past.iter().any(|session| session.id == *id);
    let dreamt: Sessions = all.into_iter().filter(|(id, _)| kept(id)).collect();
    let past: Vec<Order> = past.iter().map(sessions::steps).collect();
    let future: Vec<Order> = future.iter().map(sessions::steps).collect();

    let mut measured = Measured::default();
    let commonest = commonest(&past).map(|step| always(&step, &future));
    let counted = by_count(&past);
    let mut found = Vec::new();
    for budget in BUDGETS {
        found = workflows(&dreamt, budget)?;
        let orders: Vec<Order> = found.iter().map(|text| steps(text)).collect();
        let ours = Foretold::by(&orders, &future);
        let exact = Foretold::by(counted.get(..budget).unwrap_or(&counted), &future);
        let row = format!("{budget} entries");
        let (hit, reach) = (ours.hit(), ours.reach());
        measured.row(format!("{row}: hit"), commonest.clone(), Some(exact.hit()), hit, None);
        measured.row(format!("{row}: reach"), commonest.clone(), Some(exact.reach()), reach, None);
    }
    for (folder, order) in WRITTEN_BY_HAND.iter().filter(|(folder, _)| *folder == FOLDER) {
        let order: Order = order.iter().map(|step| (*step).to_owned()).collect();
        let has = |session: &&Order| session.windows(order.len()).any(|steps| steps == order);
        let shown = past.iter().filter(has).count();
        if shown >= SHOWN {
            let ours = found.iter().filter(|text| has(&&steps(text))).count().min(1);
            measured.row(
                format!("order written by hand is found ({shown} past sessions)"),
                Some(Figure::Count(0)),
                None,
                Figure::count(ours),
                None,
            );
        } else {
            measured
                .note(format!("{folder}: {shown} past sessions show the order written by hand"));
        }
    }
    measured.note(format!("{} past and {} later sessions", past.len(), future.len()));
    found.iter().for_each(|text| measured.note(text));
    Ok(measured)
}

/// The workflows that a dream proposes.
fn workflows(sessions: &Sessions, budget: usize) -> anyhow::Result<Vec<String>> {
    let mut dreamer = Dreamer::new("2026-06-01T00:00:00Z")?;
    dreamer.policy.set("mine.max-workflows", Value::Integer(budget as u64))?;
    let dreamt = dreamer.dream(sessions, |_| {})?;
    let path = Kind::Workflow.path();
    let changes = dreamt.plan.changes.into_iter().filter(|c| c.path.as_str() == path);
    Ok(changes.filter_map(|change| change.text).collect())
}

/// The steps that a memory names, as the steps of sessions are called.
fn steps(text: &str) -> Order {
    let span = Regex::new("`([^`]+)`").expect("a pattern");
    let mut steps: Order =
        span.captures_iter(text).map(|found| sessions::verb(&found[1])).collect();
    steps.dedup();
    steps
}

/// What orders foretold.
struct Foretold {
    right: usize,
    said: usize,
    all: usize,
}

impl Foretold {
    fn by(orders: &[Order], future: &[Order]) -> Self {
        let mut next: BTreeMap<&[String], &String> = BTreeMap::new();
        for order in orders {
            for at in 1..order.len() {
                next.entry(&order[..at]).or_insert(&order[at]);
            }
        }
        let longest = next.keys().map(|before| before.len()).max().unwrap_or(0);
        let mut found = Self { right: 0, said: 0, all: 0 };
        for session in future {
            for at in 1..session.len() {
                found.all += 1;
                let befores = (1..=longest.min(at)).rev().map(|n| &session[at - n..at]);
                if let Some(step) = befores.filter_map(|before| next.get(before)).next() {
                    found.said += 1;
                    found.right += usize::from(**step == session[at]);
                }
            }
        }
        found
    }

    fn hit(&self) -> Figure {
        Figure::share(self.right, self.said)
    }

    fn reach(&self) -> Figure {
        Figure::share(self.right, self.all)
    }
}

fn commonest(past: &[Order]) -> Option<String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    past.iter().flatten().for_each(|step| *counts.entry(step).or_default() += 1);
    counts.into_iter().max_by_key(|(step, n)| (*n, Reverse(*step))).map(|(step, _)| step.clone())
}

/// How often a step is right when it is foretold always.
fn always(step: &str, future: &[Order]) -> Figure {
    let next = || future.iter().flat_map(|session| session.iter().skip(1));
    Figure::share(next().filter(|s| *s == step).count(), next().count())
}

/// The orders of two to four steps, the most frequent first; of equals the one that came first.
fn by_count(past: &[Order]) -> Vec<Order> {
    let mut counts: BTreeMap<&[String], (usize, usize)> = BTreeMap::new();
    let mut first = 0;
    for session in past {
        for length in 2..=4 {
            for order in session.windows(length).filter(|o| o.iter().any(|step| *step != o[0])) {
                first += 1;
                counts.entry(order).or_insert((0, first)).0 += 1;
            }
        }
    }
    let mut ranked: Vec<_> = counts.into_iter().collect();
    ranked.sort_by_key(|(_, (n, first))| (Reverse(*n), *first));
    ranked.into_iter().map(|(order, _)| order.to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_that_knows_most_speaks_and_the_first_of_equals() {
        let order = |steps: &str| -> Order { steps.split(' ').map(Into::into).collect() };
        let orders = [order("a b c"), order("a x"), order("b d")];
        let found = Foretold::by(&orders, &[order("a b c"), order("z b d q")]);
        assert_eq!((found.right, found.said, found.all), (3, 3, 5));
    }

    #[test]
    fn steps_are_the_code_spans_named_as_in_sessions() {
        let text = "After changing code, run `npm run lint`, then `npm run test`, then `git push`.";
        assert_eq!(steps(text), ["npm run", "git push"]);
    }
}
