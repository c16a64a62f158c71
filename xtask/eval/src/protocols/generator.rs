//! Generated memories, of which it is known which texts say the same and which value is the newest.
//! When everything is accepted: what is lost, what stays although it is stale, what is left twice?
//!
//! Measured through `relate`, which decides about a store as a whole, and through dreams. *Without
//! keys*: over a folder with a memory for each day. *With keys*: each statement carries subject and
//! attribute as a model would read them in its text (`dreaming_testing::generator::key`), never
//! taken from the known truth. In dreams an agent says the texts in a session for each day, a
//! stand-in for a model (`dreaming_testing::generator::answer`) proposes what it reads in the
//! prompts, and the entries made of it are compared with later proposals.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use dreaming::Time;
use dreaming::policy::SettingValue;
use dreaming::time::DAY_MS;
use dreaming::trust::Trust;
use dreaming_core::judge::{Relation, Statement};
use dreaming_core::precedence::Rank;
use dreaming_core::reconcile::relate::{Relations, Stated, relate};
use dreaming_testing::Transcript;
use dreaming_testing::generator::{self, Generated, Made, generate, key};

use super::Protocol;
use crate::data::{Data, Sessions};
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol = Protocol {
    name: "generator",
    about: "generated memories: what is lost, stale and left twice",
    run,
};

/// The seed when none is named.
const SEED: u64 = 20_260_101;

/// Texts through `relate`, and their number in a quick run.
const TEXTS: [usize; 2] = [100_000, 5_000];

/// Texts through dreams, and their number in a quick run.
const DREAMT: [usize; 2] = [10_000, 1_000];

/// Stores in which a model proposes, and their number in a quick run.
const STORES: [usize; 2] = [10, 1];

/// Texts that a model proposes for one store: their facts have to fit into one memory of 100 KiB.
const PROPOSED: usize = 500;

/// Days between two dreams with a model.
const DREAM_DAYS: i64 = 30;

/// The time of the last dreams: after the last text of the generator.
const NOW: &str = "2027-01-01T00:00:00Z";

fn run(data: &Data) -> anyhow::Result<Measured> {
    let size = |sizes: [usize; 2]| sizes[usize::from(data.quick)];
    let mut measured = Measured::default();
    let seed = data.seed.unwrap_or(SEED);
    let texts = generate(size(TEXTS), seed);
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
    let texts = generate(size(DREAMT), seed);
    let left = dreamt(&texts)?;
    rows(&mut measured, &format!("dreams, {}, no keys", texts.len()), &texts, &left, false);
    let stores: Vec<Vec<Generated>> = (0..size(STORES)).map(|number| store(number, seed)).collect();
    let mut left = Vec::new();
    for texts in &stores {
        left.extend(proposed(texts)?);
    }
    let arm = format!("dreams, {} of {PROPOSED}, keys of a model", stores.len());
    rows(&mut measured, &arm, &stores.concat(), &left, true);
    measured.note(format!("seed {seed}; every change that is not blocked is accepted"));
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
        statement: Statement { text: &text.text, subject, principal: None },
        scope: "",
        rank: Rank {
            said: Some(Time::from_millis(text.ts * 1000)),
            trust: Trust::Agent,
            sessions: 1,
        },
    }
}

/// The texts that are left after dreams over a folder with a memory for each day.
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

/// The texts of one of several stores; no two stores have a fact or a subject in common.
fn store(number: usize, seed: u64) -> Vec<Generated> {
    let number = number as u64;
    let mut texts = generate(PROPOSED, seed + number);
    let apart = number * PROPOSED as u64;
    for text in &mut texts {
        text.fact += apart;
        text.subject += apart;
    }
    texts
}

/// The texts that are left after a model proposed them in several dreams.
fn proposed(texts: &[Generated]) -> anyhow::Result<Vec<&Generated>> {
    let mut dreamer = Dreamer::new(NOW)?;
    dreamer.model = std::rc::Rc::new(generator::answer);
    // Limits are raised: the texts are longer than statements should be, and none may go for its
    // age.
    for (setting, value) in [
        ("propose.max-calls", 10_000),
        ("compare.max-calls", 0),
        ("distil.max-calls", 0),
        ("propose.max-proposals", 1_000),
        ("propose.event-bytes", 10_000),
        ("check.max-statement", 10_000),
        ("prune.stale-days", 36_500),
        ("prune.stale-days-intermediate", 36_500),
    ] {
        dreamer.policy.set(setting, SettingValue::Integer(value))?;
    }
    let end = dreamer.now;
    let mut days: BTreeMap<i64, Vec<&Generated>> = BTreeMap::new();
    texts.iter().for_each(|text| days.entry(text.ts * 1000 / DAY_MS).or_default().push(text));
    let days: Vec<(i64, Vec<&Generated>)> = days.into_iter().collect();
    for days in days.chunk_by(|a, b| a.0 / DREAM_DAYS == b.0 / DREAM_DAYS) {
        let sessions: Sessions = days.iter().map(|(day, texts)| session(*day, texts)).collect();
        let last = days.last().map_or(0, |(day, _)| *day);
        dreamer.now = Time::from_millis((last + 1) * DAY_MS);
        let dreamt = dreamer.dream(&sessions, |_| {})?;
        dreamer.accept(&dreamt)?;
    }
    dreamer.now = end;
    dreamer.settle()?;
    let facts = dreamer.store.text(dreaming::kind::Kind::Fact.path()).unwrap_or_default();
    let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
    facts.lines().for_each(|line| *lines.entry(line).or_default() += 1);
    // Of equal texts, the newest ones are taken as those that are left.
    let mut newest: Vec<&Generated> = texts.iter().collect();
    newest.sort_by_key(|text| Reverse(text.ts));
    newest.retain(|text| {
        let count = lines.get_mut(format!("- {}", line(&text.text)).as_str());
        count.filter(|count| **count > 0).map(|count| *count -= 1).is_some()
    });
    Ok(newest)
}

/// A session in which an agent says the texts of a day.
fn session(day: i64, texts: &[&Generated]) -> (String, Vec<(String, Vec<u8>)>) {
    let mut texts = texts.to_vec();
    texts.sort_by_key(|text| text.ts);
    let id = format!("day-{day}");
    let time = |text: &&Generated| Time::from_millis(text.ts * 1000);
    let first = texts.first().map(time).unwrap_or_default();
    let mut transcript = Transcript::new(&id, &first.to_string());
    for text in &texts {
        transcript.at(time(text)).agent(&line(&text.text));
    }
    (id, vec![("main".into(), transcript.bytes())])
}

/// The text on one line, as in a list item.
fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_start_matches("- ").to_owned()
}

/// Adds the rows of an arm, beside what is left without a dream and with exact dedupe.
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
    // Without keys nothing tells which texts give a value to the same subject, so all older ones
    // stay.
    row("stale subjects", |o| o.stale.clone(), most(0.0).filter(|_| keys));
    row("newest value kept", |o| o.newest.clone(), Some(Demand::AtLeast(1.0)));
    row("said twice", |o| o.twice.clone(), None);
    row("said twice, no paraphrases", |o| o.twice_in_words.clone(), None);
}

/// The texts that are left when equal ones are kept once: the newest of each.
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
    // For each subject: all facts that were said, and the one said last.
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

/// Precision and recall of the clusters that `same` makes, averaged over texts (Bagga and Baldwin
/// 1998).
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
    // Of a text's cluster, and of its fact, n texts are in the same cell; n texts have this share.
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
