//! Updates and contradictions in long dialogues. The store holds every sentence of the user, in a
//! memory for each message, with the time of the message. Dreams run over it until it rests, with
//! everything accepted. Sentences are ranked by BM25 before the dreams, and after them by the
//! engine's `pack`, which is what an agent gets.
//!
//! A probe of the type `knowledge_update` names two messages, one with the old information and one
//! with the new. In each message it is about the sentence that shares most content words with the
//! question and the answer. Values are words of that sentence that hold a digit or begin with a
//! capital letter, and that the other sentence does not have.
//!
//! A probe of the type `contradiction_resolution` names two messages. It counts as surfaced when
//! the first plan has an open conflict between a sentence of one and a sentence of the other, or a
//! change that removes one because of the other.

use std::collections::BTreeSet;

use dreaming::Snapshot;
use dreaming::pack;
use dreaming::pack::Packed;
use dreaming::plan::Target;
use dreaming_testing::native::snapshot;
use serde_json::Value;

use super::Protocol;
use crate::beam::{self, Dialogue};
use crate::data::{Data, Sessions};
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::report::Measured;
use crate::text::{Bm25, content, model_tokens};

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol =
    Protocol { name: "dialogue", about: "updates and contradictions in long dialogues", run };

/// Model tokens of the contexts that are searched for values.
const BUDGETS: [usize; 2] = [250, 300];

fn run(data: &Data) -> anyhow::Result<Measured> {
    let dialogues = beam::read(data)?;
    if dialogues.is_empty() {
        return Ok(Measured::absent("beam/*/chat.json"));
    }
    let (mut before, mut after) = (Counts::default(), Counts::default());
    let (mut contradictions, mut surfaced, mut conflicts) = (0, 0, Vec::new());
    for (number, dialogue) in dialogues.iter().enumerate() {
        let all = sentences(dialogue);
        let dreamt = dreamt(&all)?;
        dreamt.cases.iter().for_each(|case| data.case(|| format!("dialogue {number}: {case}")));
        for probe in dialogue.probes.get("contradiction_resolution").into_iter().flatten() {
            let sources = &probe["source_chat_ids"];
            let first = beam::ids(&sources["first_statement"]);
            let second = beam::ids(&sources["second_statement"]);
            if first.is_empty() || second.is_empty() {
                continue;
            }
            contradictions += 1;
            let tied = |(a, b): &(u64, u64)| {
                first.contains(a) && second.contains(b) || first.contains(b) && second.contains(a)
            };
            let found = dreamt.tied.iter().any(tied);
            surfaced += usize::from(found);
            data.case(|| {
                let said = |ids: &[u64]| -> String {
                    let of = all.iter().filter(|s| ids.contains(&s.message));
                    of.map(|s| format!("\n      [{}] {}", s.message, s.text)).collect()
                };
                let (question, first, second) = (&probe["question"], said(&first), said(&second));
                format!("dialogue {number}: contradiction, surfaced: {found}: {question}\n    first{first}\n    second{second}")
            });
        }
        conflicts.push(dreamt.conflicts);
        let append_only: Vec<&str> = all.iter().map(|s| s.text.as_str()).collect();
        let bm25 = Bm25::new(append_only.iter().copied());
        for probe in dialogue.probes.get("knowledge_update").into_iter().flatten() {
            let Some(update) = Update::of(probe, &all) else { continue };
            let ranked = bm25.ranked(&update.question);
            let within = |budget: usize| -> Vec<&str> {
                let mut room = budget;
                let fits = |at: &&usize| {
                    let left = room.checked_sub(model_tokens(append_only[**at]));
                    room = left.unwrap_or(room);
                    left.is_some()
                };
                ranked.iter().take_while(fits).map(|at| append_only[*at]).collect()
            };
            before.add(&update, &ranked, BUDGETS.map(within));
            let question = &update.question;
            let load = |budget| pack(&dreamt.store, question, budget, None);
            let ranked: Vec<usize> =
                load(u32::MAX).iter().filter_map(|packed| place(packed, &all)).collect();
            // `pack` leaves out sentences that share no word with the question, but the store may
            // still have them.
            let left = dreamt.left.iter().copied().filter(|at| !ranked.contains(at));
            let ranked: Vec<usize> = ranked.iter().copied().chain(left).collect();
            let loaded = BUDGETS.map(|budget| load(u32::try_from(budget).unwrap_or(u32::MAX)));
            let contexts = loaded.each_ref().map(|context| {
                context.iter().map(|packed| packed.text.as_str()).collect::<Vec<_>>()
            });
            let context = contexts[1].clone();
            after.add(&update, &ranked, contexts);
            data.case(|| format!("dialogue {number}: {}", update.told(&all, &ranked, &context)));
        }
        after.sentences += all.len();
        after.dropped += all.len() - dreamt.left.len();
        let said: BTreeSet<&str> = dreamt.left.iter().map(|at| all[*at].text.as_str()).collect();
        after.unsaid += all.iter().filter(|s| !said.contains(s.text.as_str())).count();
    }
    let probes = before.probes;
    let mut measured = Measured::default();
    let mut row = |name: &str, pick: fn(&Counts) -> usize, demand| {
        measured.row(
            name,
            Some(Figure::share(pick(&before), probes)),
            None,
            Figure::share(pick(&after), probes),
            demand,
        );
    };
    // Without a model no update is found in what people say of themselves, so the demand is only
    // that a dream makes nothing worse. One probe may lose its rank, because `pack` weighs more
    // than BM25 does.
    let share = |count: usize| count as f64 / probes.max(1) as f64;
    let no_worse = |at: usize| Demand::AtLeast(share(before.new_value[at]));
    let no_older = Demand::AtMost(share(before.old_value + 1));
    let no_later = Demand::AtLeast(share(before.fresh_first.saturating_sub(1)));
    row("fresh first: the new sentence outranks the old", |c| c.fresh_first, Some(no_later));
    row("new value within 250 tokens", |c| c.new_value[0], Some(no_worse(0)));
    row("new value within 300 tokens", |c| c.new_value[1], Some(no_worse(1)));
    row("old value within 300 tokens", |c| c.old_value, Some(no_older));
    row("old sentence retired", |c| c.retired, None);
    row("new sentence retired (wrong kill)", |c| c.wrong_kill, Some(Demand::AtMost(0.0)));
    for (what, count, demand) in [
        ("sentences retired, with copies of those that stay", after.dropped, None),
        ("sentences that no memory says any more (collateral)", after.unsaid, Some(0.05)),
    ] {
        measured.row(
            what,
            Some(Figure::share(0, after.sentences)),
            None,
            Figure::share(count, after.sentences),
            demand.map(Demand::AtMost),
        );
    }
    measured.row(
        "contradictions surfaced with both sides",
        Some(Figure::share(0, contradictions)),
        None,
        Figure::share(surfaced, contradictions),
        None,
    );
    measured.note(format!("{probes} updates with a usable sentence on both sides"));
    conflicts.sort_unstable();
    measured.note(format!(
        "open conflicts in a dialogue: {} in the middle one, {} at most",
        conflicts[conflicts.len() / 2],
        conflicts[conflicts.len() - 1]
    ));
    Ok(measured)
}

/// A sentence of the user.
struct Sentence {
    message: u64,
    time: dreaming::Time,
    text: String,
}

fn sentences(dialogue: &Dialogue) -> Vec<Sentence> {
    let mut found = Vec::new();
    for message in dialogue.of_user() {
        for text in split(beam::without_mark(&message.text)) {
            found.push(Sentence { message: message.id, time: message.time, text });
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

/// A dialogue after its dreams.
struct Dreamt {
    store: Snapshot,
    /// The indexes of the sentences that the store still has.
    left: BTreeSet<usize>,
    /// Pairs of messages that the first plan relates, by a conflict or a replacement.
    tied: BTreeSet<(u64, u64)>,
    /// The open conflicts of the first plan.
    conflicts: usize,
    /// The conflicts and changes of the first plan, as text.
    cases: Vec<String>,
}

fn dreamt(all: &[Sentence]) -> anyhow::Result<Dreamt> {
    let now = all.last().map_or_else(|| dreaming::Time::from_millis(0), |last| last.time);
    let mut dreamer = Dreamer::new(&now.to_string())?;
    for of_message in all.chunk_by(|a, b| a.message == b.message) {
        let text: String = of_message.iter().map(|s| format!("- {}\n", s.text)).collect();
        let (message, seen) = (of_message[0].message, of_message[0].time);
        dreamer.store.write(&format!("message-{message:05}.md"), &text, Some(seen));
    }
    let plan = dreamer.dream(&Sessions::new(), |_| {})?.plan;
    let (mut tied, mut cases) = (BTreeSet::new(), Vec::new());
    let mut tie = |a: &Target, b: &Target| {
        tied.extend(message(a.path.as_str()).zip(message(b.path.as_str())));
    };
    for conflict in &plan.conflicts {
        cases.push(format!(
            "conflict ({}): {}\n    {}",
            conflict.reason, conflict.entry.text, conflict.text
        ));
        conflict.other.iter().for_each(|other| tie(&conflict.entry, other));
    }
    for change in &plan.changes {
        let by = change.survivor.as_ref().map_or("", |target| &target.text);
        cases.extend(
            change.targets.iter().map(|t| format!("{:?}: {}\n    {by}", change.cause, t.text)),
        );
        let survivor = change.survivor.iter();
        survivor.for_each(|kept| change.targets.iter().for_each(|target| tie(target, kept)));
    }
    dreamer.settle()?;
    let mut texts = BTreeSet::new();
    for memory in &dreamer.store.memories {
        let lines = memory.text.lines().map(|line| line.trim_start_matches("- ").to_owned());
        texts.extend(lines.map(|line| (message(&memory.path), line)));
    }
    let is_left = |s: &Sentence| texts.contains(&(Some(s.message), s.text.clone()));
    Ok(Dreamt {
        store: snapshot(&dreamer.store).map_err(|e| anyhow::anyhow!("{e:?}"))?,
        left: (0..all.len()).filter(|at| is_left(&all[*at])).collect(),
        tied,
        conflicts: plan.conflicts.len(),
        cases,
    })
}

/// The number of the message that a memory holds.
fn message(path: &str) -> Option<u64> {
    path.strip_prefix("message-")?.strip_suffix(".md")?.parse().ok()
}

/// The index of the sentence that an entry holds.
fn place(packed: &Packed, all: &[Sentence]) -> Option<usize> {
    let number = message(packed.path.as_str())?;
    all.iter().position(|s| s.message == number && s.text == packed.text)
}

/// An update that a probe asks about.
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

    /// The update as text, with the ranks of its sentences and the content of the context.
    fn told(&self, all: &[Sentence], ranked: &[usize], context: &[&str]) -> String {
        let rank = |place: usize| ranked.iter().position(|at| *at == place);
        let held: BTreeSet<String> = context.iter().flat_map(|text| values(text)).collect();
        let missing: Vec<&String> = self.new_values.difference(&held).collect();
        let (old, new) = (&all[self.old], &all[self.new]);
        let mut told = format!(
            "update: {}\n    old, rank {:?}: [{}] {}\n    new, rank {:?}: [{}] {}\n    new values not in the context: {missing:?} of {:?}; old: {:?}",
            self.question,
            rank(self.old),
            old.message,
            old.text,
            rank(self.new),
            new.message,
            new.text,
            self.new_values,
            self.old_values
        );
        for text in context {
            told.push_str("\n      > ");
            told.push_str(text);
        }
        told
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
    /// Probes whose new value the context holds, by budget.
    new_value: [usize; BUDGETS.len()],
    old_value: usize,
    retired: usize,
    wrong_kill: usize,
    sentences: usize,
    dropped: usize,
    unsaid: usize,
}

impl Counts {
    /// Counts for one probe. `ranked`: all sentences in the store, best first; `contexts`: one by
    /// budget.
    fn add(&mut self, update: &Update, ranked: &[usize], contexts: [Vec<&str>; BUDGETS.len()]) {
        self.probes += 1;
        let rank = |place: usize| ranked.iter().position(|at| *at == place);
        let (old, new) = (rank(update.old), rank(update.new));
        self.retired += usize::from(old.is_none());
        self.wrong_kill += usize::from(new.is_none());
        self.fresh_first += usize::from(new.is_some_and(|new| old.is_none_or(|old| new < old)));
        let held = contexts
            .map(|context| -> BTreeSet<String> { context.into_iter().flat_map(values).collect() });
        for (count, held) in self.new_value.iter_mut().zip(&held) {
            *count += usize::from(update.new_values.iter().all(|v| held.contains(v)));
        }
        let (old, largest) = (&update.old_values, &held[BUDGETS.len() - 1]);
        self.old_value +=
            usize::from(!old.is_empty() && old.iter().all(|value| largest.contains(value)));
    }
}
