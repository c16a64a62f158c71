//! Updates and contradictions in long dialogues. The store holds every sentence of the user, a
//! memory for each message, seen when it was said; the dream runs over it until it rests, everything
//! accepted. Before it BM25 ranks, after it `pack` of the engine, which is what an agent gets.
//!
//! A probe of the type `knowledge_update` names the message with the old information and the one
//! with the new. Its sentences are those of these messages that share most content words with the
//! question and the answer. Values are the words of a sentence that hold a digit or begin with a capital letter and
//! that the other sentence does not have.
//!
//! A probe of the type `contradiction_resolution` names two messages. It counts as surfaced when the
//! first plan has an open conflict between a sentence of the one and a sentence of the other, or a
//! change that takes one out for the sake of the other.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Protocol;
use crate::beam::{self, Dialogue};
use crate::data::Data;
use crate::dream::Dreamer;
use crate::figure::Figure;
use crate::report::Measured;
use crate::text::{Bm25, content, model_tokens};

/// See the module.
pub const PROTOCOL: Protocol =
    Protocol { name: "dialogue", about: "updates and contradictions in long dialogues", run };

/// Model tokens of the context in which values are looked for.
const BUDGET: usize = 300;

fn run(data: &Data) -> anyhow::Result<Measured> {
    let dialogues = beam::read(data)?;
    if dialogues.is_empty() {
        return Ok(Measured::absent("beam/*/chat.json"));
    }
    let (mut before, mut after) = (Counts::default(), Counts::default());
    let mut contradictions = 0;
    for dialogue in &dialogues {
        let all = sentences(dialogue);
        let left = dreamt(&all)?;
        contradictions += dialogue.probes.get("contradiction_resolution").map_or(0, Vec::len);
        for probe in dialogue.probes.get("knowledge_update").into_iter().flatten() {
            let Some(update) = Update::of(probe, &all) else { continue };
            before.add(&update, &all, &(0..all.len()).collect());
            after.add(&update, &all, &left);
        }
        after.sentences += all.len();
        after.dropped += all.len() - left.len();
    }
    let probes = before.probes;
    let mut measured = Measured::default();
    let mut row = |name: &str, pick: fn(&Counts) -> usize| {
        measured.row(
            name,
            Some(Figure::share(pick(&before), probes)),
            None,
            Figure::share(pick(&after), probes),
            None,
        );
    };
    row("fresh first: the new sentence outranks the old", |c| c.fresh_first);
    row("new value within 300 tokens", |c| c.new_value);
    row("old value within 300 tokens", |c| c.old_value);
    row("old sentence retired", |c| c.retired);
    row("new sentence retired (wrong kill)", |c| c.wrong_kill);
    measured.row(
        "share of all sentences retired (collateral)",
        Some(Figure::share(0, after.sentences)),
        None,
        Figure::share(after.dropped, after.sentences),
        None,
    );
    measured.row(
        "contradictions surfaced with both sides",
        Some(Figure::share(0, contradictions)),
        None,
        Figure::NotYet,
        None,
    );
    measured.note(format!("{probes} updates with a usable sentence on both sides"));
    measured.note("target of deciding: fresh first ≥ .65, old value ≤ .60, new value ≥ .88, retired ≥ .40, wrong kill ≤ .05, collateral ≤ .05");
    Ok(measured)
}

/// A sentence of the user.
struct Sentence {
    message: u64,
    batch: usize,
    time: dreaming::Time,
    text: String,
}

fn sentences(dialogue: &Dialogue) -> Vec<Sentence> {
    let mut found = Vec::new();
    for message in dialogue.of_user() {
        for text in split(&message.text) {
            found.push(Sentence {
                message: message.id,
                batch: message.batch,
                time: message.time,
                text,
            });
        }
    }
    found
}

/// The sentences of a text, each on one line, of at least three words.
fn split(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut sentence = String::new();
    for word in text.split_whitespace() {
        if !sentence.is_empty() {
            sentence.push(' ');
        }
        sentence.push_str(word);
        if word.ends_with(['.', '!', '?']) {
            found.push(std::mem::take(&mut sentence));
        }
    }
    found.push(sentence);
    found.retain(|sentence| sentence.split(' ').count() >= 3);
    found
}

/// The places of the sentences that are left after a dream.
fn dreamt(all: &[Sentence]) -> anyhow::Result<BTreeSet<usize>> {
    let Some(last) = all.last() else { return Ok(BTreeSet::new()) };
    let mut dreamer = Dreamer::new(&last.time.to_string())?;
    let batches: BTreeSet<usize> = all.iter().map(|sentence| sentence.batch).collect();
    for batch in batches {
        let of_batch = || all.iter().filter(|sentence| sentence.batch == batch);
        let text: String = of_batch().map(|s| format!("- {}\n", s.text)).collect();
        let seen = of_batch().map(|sentence| sentence.time).max();
        dreamer.store.write(&format!("sitting-{batch:03}.md"), &text, seen);
    }
    dreamer.settle()?;
    let texts: BTreeSet<(usize, String)> = dreamer
        .store
        .memories
        .iter()
        .filter_map(|memory| {
            let number = memory.path.strip_prefix("sitting-")?.strip_suffix(".md")?;
            Some((number.parse().ok()?, &memory.text))
        })
        .flat_map(|(batch, text): (usize, &String)| {
            text.lines().map(move |l| (batch, l.trim_start_matches("- ").to_owned()))
        })
        .collect();
    let is_left = |s: &Sentence| texts.contains(&(s.batch, s.text.clone()));
    Ok((0..all.len()).filter(|at| is_left(&all[*at])).collect())
}

/// An update that a probe asks for.
struct Update {
    question: String,
    old: usize,
    new: usize,
    old_values: BTreeSet<String>,
    new_values: BTreeSet<String>,
}

impl Update {
    fn of(probe: &Value, all: &[Sentence]) -> Option<Self> {
        let sources = &probe["source_chat_ids"];
        let question = probe["question"].as_str()?.to_owned();
        let about = format!("{question} {}", probe["answer"].as_str()?);
        let wanted: BTreeSet<String> = content(&about).into_iter().collect();
        let best = |ids: Vec<u64>| {
            let of = (0..all.len()).filter(|at| ids.contains(&all[*at].message));
            let shared = |at: &usize| {
                content(&all[*at].text).iter().filter(|word| wanted.contains(*word)).count()
            };
            of.max_by_key(|at| (shared(at), usize::MAX - at)).filter(|at| shared(at) > 0)
        };
        let old = best(beam::ids(&sources["original_info"]))?;
        let new = best(beam::ids(&sources["updated_info"]))?;
        let (of_old, of_new) = (values(&all[old].text), values(&all[new].text));
        let update = Self {
            question,
            old,
            new,
            old_values: of_old.difference(&of_new).cloned().collect(),
            new_values: of_new.difference(&of_old).cloned().collect(),
        };
        (old != new && !update.new_values.is_empty()).then_some(update)
    }
}

/// Words that hold a digit, or that begin with a capital letter inside the sentence.
fn values(text: &str) -> BTreeSet<String> {
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    text.split_whitespace()
        .enumerate()
        .map(|(at, word)| (at, bare(word)))
        .filter(|(at, word)| {
            let capital = *at > 0 && word.chars().next().is_some_and(char::is_uppercase);
            word.len() > 1 && (capital || word.chars().any(|c| c.is_ascii_digit()))
        })
        .map(|(_, word)| word.to_lowercase())
        .collect()
}

#[derive(Default)]
struct Counts {
    probes: usize,
    fresh_first: usize,
    new_value: usize,
    old_value: usize,
    retired: usize,
    wrong_kill: usize,
    sentences: usize,
    dropped: usize,
}

impl Counts {
    fn add(&mut self, update: &Update, all: &[Sentence], left: &BTreeSet<usize>) {
        self.probes += 1;
        let places: Vec<usize> = left.iter().copied().collect();
        let index = Bm25::new(places.iter().map(|at| all[*at].text.as_str()));
        let ranked: Vec<usize> =
            index.ranked(&update.question).into_iter().map(|at| places[at]).collect();
        let rank = |place: usize| ranked.iter().position(|at| *at == place);
        let (old, new) = (rank(update.old), rank(update.new));
        self.retired += usize::from(old.is_none());
        self.wrong_kill += usize::from(new.is_none());
        self.fresh_first += usize::from(new.is_some_and(|new| old.is_none_or(|old| new < old)));
        let mut context = BTreeSet::new();
        let mut room = BUDGET;
        for at in ranked {
            let size = model_tokens(&all[at].text);
            if size > room {
                break;
            }
            room -= size;
            context.extend(values(&all[at].text));
        }
        self.new_value += usize::from(update.new_values.iter().all(|v| context.contains(v)));
        let old = &update.old_values;
        self.old_value +=
            usize::from(!old.is_empty() && old.iter().all(|value| context.contains(value)));
    }
}
