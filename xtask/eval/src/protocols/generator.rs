//! Generated memories of which it is known what says the same and which value is the newest:
//! everything accepted, what is lost, what stays stale, what is left twice?
//!
//! Through `relate`, which decides about a store as a whole, and through dreams over a folder with a
//! memory for each day. *With keys*: each statement carries subject and attribute as a model would read
//! them off its text (`dreaming_testing::generator::key`), never what is known to be true.

use std::collections::{BTreeMap, BTreeSet};

use dreaming::Time;
use dreaming::judge::{Relation, Statement};
use dreaming::reconcile::relate::{Relations, Stated, relate};
use dreaming::time::DAY_MS;
use dreaming::trust::Trust;
use dreaming_testing::generator::{Generated, Made, generate, key};

use super::Protocol;
use crate::data::Data;
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// See the module.
pub const PROTOCOL: Protocol = Protocol {
    name: "generator",
    about: "generated memories: what is lost, stale and left twice",
    run,
};

/// Any other seed gives figures within a few thousandths.
const SEED: u64 = 20_260_101;

/// Texts through `relate`, and in a quick run.
const TEXTS: [usize; 2] = [100_000, 5_000];

/// Texts through dreams, and in a quick run.
const DREAMT: [usize; 2] = [10_000, 1_000];

/// When the dreams are: after the last text of the generator.
const NOW: &str = "2027-01-01T00:00:00Z";

fn run(data: &Data) -> anyhow::Result<Measured> {
    let size = |sizes: [usize; 2]| sizes[usize::from(data.quick)];
    let mut measured = Measured::default();
    let texts = generate(size(TEXTS), SEED);
    let keys: Vec<Option<String>> = texts.iter().map(|text| key(&text.text)).collect();
    for (arm, keys) in [("no keys", None), ("keys", Some(&keys))] {
        let relations = related(&texts, keys);
        let gone: BTreeSet<usize> =
            relations.same.iter().chain(&relations.updates).map(|pair| pair.older).collect();
        let left: Vec<&Generated> =
            texts.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, t)| t).collect();
        rows(
            &mut measured,
            &format!("relate, {}, {arm}", texts.len()),
            &texts,
            &left,
            keys.is_some(),
        );
        let (precision, recall) = b_cubed(&texts, &relations);
        let name = |what: &str| format!("relate, {}, {arm}: B³ {what} of same", texts.len());
        measured.row(name("precision"), None, None, precision, None);
        measured.row(name("recall"), None, None, recall, None);
    }
    let texts = generate(size(DREAMT), SEED);
    let left = dreamt(&texts)?;
    rows(&mut measured, &format!("dreams, {}, no keys", texts.len()), &texts, &left, false);
    measured.note(format!("seed {SEED}; every change that is not blocked is accepted"));
    measured.note(
        "the edits of the generator never touch names and values, which favours methods that \
         compare words, and guards that compare names and values",
    );
    Ok(measured)
}

fn related(texts: &[Generated], keys: Option<&Vec<Option<String>>>) -> Relations {
    let stated =
        |(at, text): (usize, _)| stated(text, keys.and_then(|keys| keys.get(at)?.as_deref()));
    let stated: Vec<Stated<'_>> = texts.iter().enumerate().map(stated).collect();
    relate(&stated, |_| true)
}

fn stated<'a>(text: &'a Generated, subject: Option<&'a str>) -> Stated<'a> {
    Stated {
        statement: Statement { text: &text.text, headings: "", subject, principal: None },
        place: "",
        since: None,
        said: Some(Time::from_millis(text.ts * 1000)),
        trust: Trust::Agent,
        sessions: 1,
    }
}

/// What dreams over a folder with a memory for each day leave.
fn dreamt(texts: &[Generated]) -> anyhow::Result<Vec<&Generated>> {
    let mut dreamer = Dreamer::new(NOW)?;
    let mut days: BTreeMap<i64, Vec<&Generated>> = BTreeMap::new();
    texts.iter().for_each(|text| days.entry(text.ts * 1000 / DAY_MS).or_default().push(text));
    let path = |day: i64| format!("days/{day:06}.md");
    for (day, texts) in &days {
        let lines: String = texts.iter().map(|text| format!("- {}\n", line(&text.text))).collect();
        dreamer.store.write(&path(*day), &lines, Some(Time::from_millis(day * DAY_MS)));
    }
    dreamer.settle()?;
    let mut left = Vec::new();
    for (day, texts) in &days {
        let mut lines: Vec<&str> =
            dreamer.store.text(&path(*day)).unwrap_or_default().lines().collect();
        for text in texts {
            let item = format!("- {}", line(&text.text));
            if let Some(at) = lines.iter().position(|line| *line == item) {
                lines.swap_remove(at);
                left.push(*text);
            }
        }
    }
    Ok(left)
}

/// The text as one list item.
fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_start_matches("- ").to_owned()
}

/// The rows of an arm, beside what no dream and exact dedupe leave.
fn rows(measured: &mut Measured, arm: &str, all: &[Generated], left: &[&Generated], keys: bool) {
    let every: Vec<&Generated> = all.iter().collect();
    let (before, exact, ours) =
        (outcome(all, &every), outcome(all, &exact_only(all)), outcome(all, left));
    let mut row = |what: &str, figure: fn(&Outcome) -> Figure, demand| {
        let figures = (Some(figure(&before)), Some(figure(&exact)), figure(&ours));
        measured.row(format!("{arm}: {what}"), figures.0, figures.1, figures.2, demand);
    };
    let most = |share: f64| Some(Demand::AtMost(share));
    row("subjects lost", |o| o.lost.clone(), most(0.005));
    row("stale subjects", |o| o.stale.clone(), most(if keys { 0.0 } else { 0.2 }));
    row("newest value kept", |o| o.newest.clone(), Some(Demand::AtLeast(1.0)));
    row("said twice", |o| o.twice.clone(), None);
    row("said twice, no paraphrases", |o| o.twice_in_words.clone(), None);
}

/// What is left when every text stays once, word for word, the newest of its equals.
fn exact_only(all: &[Generated]) -> Vec<&Generated> {
    let mut newest: BTreeMap<String, &Generated> = BTreeMap::new();
    for text in all {
        let kept = newest.entry(line(&text.text)).or_insert(text);
        if text.ts > kept.ts {
            *kept = text;
        }
    }
    newest.into_values().collect()
}

struct Outcome {
    lost: Figure,
    stale: Figure,
    newest: Figure,
    twice: Figure,
    twice_in_words: Figure,
}

fn outcome(all: &[Generated], left: &[&Generated]) -> Outcome {
    // Of each subject: the facts that were ever said, and the one that was said last.
    let mut facts: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    let mut last: BTreeMap<u64, (i64, u64)> = BTreeMap::new();
    for text in all {
        facts.entry(text.subject).or_default().insert(text.fact);
        let said = (text.ts, text.fact);
        let newest = last.entry(text.subject).or_insert(said);
        *newest = said.max(*newest);
    }
    let mut kept: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for text in left {
        kept.entry(text.subject).or_default().insert(text.fact);
    }
    let newest = |subject: &u64| last.get(subject).map(|(_, fact)| *fact);
    let updated: Vec<&u64> = facts.iter().filter(|(_, f)| f.len() > 1).map(|(s, _)| s).collect();
    let stale = |subject: &&&u64| {
        kept.get(subject).is_some_and(|facts| facts.iter().any(|f| Some(*f) != newest(subject)))
    };
    let holds_newest = |subject: &&&u64| {
        kept.get(subject).is_some_and(|facts| facts.iter().any(|f| Some(*f) == newest(subject)))
    };
    let twice = |texts: &mut dyn Iterator<Item = &&Generated>| {
        let facts: Vec<u64> = texts.map(|text| text.fact).collect();
        let distinct: BTreeSet<&u64> = facts.iter().collect();
        Figure::share(facts.len() - distinct.len(), facts.len())
    };
    Outcome {
        lost: Figure::share(facts.len() - kept.len(), facts.len()),
        stale: Figure::share(updated.iter().filter(stale).count(), updated.len()),
        newest: Figure::share(updated.iter().filter(holds_newest).count(), updated.len()),
        twice: twice(&mut left.iter()),
        twice_in_words: twice(&mut left.iter().filter(|text| text.made != Made::Para)),
    }
}

/// Precision and recall of the clusters that `same` makes, averaged over texts (Bagga and Baldwin 1998).
fn b_cubed(texts: &[Generated], relations: &Relations) -> (Figure, Figure) {
    let mut centre: Vec<usize> = (0..texts.len()).collect();
    for pair in relations.same.iter().filter(|pair| pair.judgement.relation == Relation::Same) {
        centre[pair.older] = pair.newer;
    }
    let mut clusters: BTreeMap<usize, u64> = BTreeMap::new();
    let mut truth: BTreeMap<u64, u64> = BTreeMap::new();
    let mut both: BTreeMap<(usize, u64), u64> = BTreeMap::new();
    for (text, centre) in texts.iter().zip(&centre) {
        *clusters.entry(*centre).or_default() += 1;
        *truth.entry(text.fact).or_default() += 1;
        *both.entry((*centre, text.fact)).or_default() += 1;
    }
    // Each of the n texts in a cell shares it with n of its cluster, and n of its fact.
    let average = |of: &dyn Fn(usize, u64) -> u64| {
        let sum: f64 =
            both.iter().map(|((centre, fact), n)| (n * n) as f64 / of(*centre, *fact) as f64).sum();
        Figure::Average(sum / texts.len() as f64)
    };
    (average(&|centre, _| clusters[&centre]), average(&|_, fact| truth[&fact]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(fact: u64, subject: u64, ts: i64) -> Generated {
        let (id, source) = (String::new(), String::new());
        Generated { id, text: format!("{fact}"), ts, source, fact, subject, made: Made::Base }
    }

    #[test]
    fn what_is_said_last_holds_and_what_is_left_beside_it_is_stale() {
        // Subject 0: value 0, then 1, then 0 again. Subject 1: value 2.
        let all = [text(0, 0, 1), text(1, 0, 2), text(0, 0, 3), text(2, 1, 1)];
        let of = |kept: &[usize]| {
            let left: Vec<&Generated> = kept.iter().map(|at| &all[*at]).collect();
            outcome(&all, &left)
        };
        let everything = of(&[0, 1, 2, 3]);
        assert_eq!(everything.stale, Figure::share(1, 1));
        assert_eq!(everything.twice, Figure::share(1, 4));
        let right = of(&[2, 3]);
        assert_eq!(
            (right.lost, right.stale, right.newest),
            (Figure::share(0, 2), Figure::share(0, 1), Figure::share(1, 1))
        );
        let wrong = of(&[1]);
        assert_eq!(
            (wrong.lost, wrong.stale, wrong.newest),
            (Figure::share(1, 2), Figure::share(1, 1), Figure::share(0, 1))
        );
    }
}
