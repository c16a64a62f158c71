//! Generates memories for which it is known which say the same, which are newer and which only look
//! alike.
//!
//! Facts of 24 kinds, each phrased in three ways, are surrounded by filler sentences of made-up
//! words; lengths are log-normal, 14 to 300 words. About half of the texts are facts. The others
//! repeat a fact word for word, in another format, with a few other words or as a paraphrase, give
//! a newer value for it, or say the same of another subject. A few facts are said 20 to 200 times.
//!
//! The edits never change names and values. That favours methods that compare words, and guards
//! that compare names and values: mention this with every number that is based on these texts.

mod edit;
mod jsonl;
mod keys;
mod model;
mod templates;
mod words;

use std::collections::BTreeSet;

use edit::{Sentence, format_edit, head, near_edit, paraphrase, render};
pub use jsonl::{parse, to_lines};
pub use keys::key;
pub use model::answer;
use serde::{Deserialize, Serialize};
use templates::KINDS;
use words::{Words, pick};

use crate::random::Random;

/// First second of the year in which facts are learned: 2025-01-01.
const BEGIN: i64 = 1_735_689_600;

const DAY: i64 = 86_400;

/// A generated text with its ground truth. In files, the field names are short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// Unique; numbered in the order of the list.
    pub id: String,
    /// The text.
    pub text: String,
    /// When it was said, in seconds since 1970.
    pub ts: i64,
    /// The kind of source: `session`, `user`, `tool`, `import`, `reflection`.
    pub source: String,
    /// Ground truth: texts with the same number say the same.
    #[serde(rename = "f")]
    pub fact: u64,
    /// Ground truth: texts with the same number are about the same attribute of the same subject.
    /// Of several facts about one, the last one said holds.
    #[serde(rename = "k")]
    pub subject: u64,
    /// How it was made.
    #[serde(rename = "g")]
    pub made: Made,
}

/// How a text was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Made {
    /// The first text of a fact.
    Base,
    /// The same words again.
    Exact,
    /// The same words in another case, spacing or punctuation.
    Format,
    /// 2 to 14 % of the words changed, names and values kept.
    Near,
    /// Another phrasing, and mostly other filler.
    Para,
    /// A newer value of the same attribute of the same subject.
    Contra,
    /// The same words about another subject.
    HardNeg,
}

/// The random source, and what was drawn already and must not repeat.
struct World {
    random: Random,
    words: Words,
    subjects: BTreeSet<(usize, String)>,
    texts: Vec<Generated>,
    facts: u64,
}

/// A fact with the words around it.
struct Fact {
    kind: usize,
    phrasing: usize,
    subject: String,
    value: String,
    body: Vec<Sentence>,
    /// Number of the fact and of the subject.
    numbers: (u64, u64),
    said: i64,
}

impl Fact {
    fn sentences(&self, subject: &str, value: &str) -> Vec<Sentence> {
        let mut sentences = vec![head(self.kind, self.phrasing, subject, value)];
        sentences.extend(self.body.iter().cloned());
        sentences
    }
}

/// `count` texts in random order; equal seeds give equal bytes.
pub fn generate(count: usize, seed: u64) -> Vec<Generated> {
    let mut world = World {
        random: Random::new(seed),
        words: Words::new(),
        subjects: BTreeSet::new(),
        texts: Vec::with_capacity(count),
        facts: 0,
    };
    let mut subjects = 0;
    while world.texts.len() < count {
        let fact = world.fact(subjects);
        subjects += 1;
        world.emit(
            render(&fact.sentences(&fact.subject, &fact.value)),
            fact.said,
            &fact,
            Made::Base,
        );
        if world.random.chance(0.36) {
            world.duplicates(&fact);
        }
        if world.random.chance(0.09) {
            world.updates(&fact);
        }
        if world.random.chance(0.05) && world.look_alike(&fact, subjects) {
            subjects += 1;
        }
    }
    let World { mut random, mut texts, .. } = world;
    texts.truncate(count);
    random.shuffle(&mut texts);
    const SOURCES: [&str; 5] = ["session", "user", "tool", "import", "reflection"];
    for (at, text) in texts.iter_mut().enumerate() {
        text.id = format!("m{at:07}");
        text.source = pick(&SOURCES, &mut random).into();
    }
    texts
}

impl World {
    fn emit(&mut self, text: String, ts: i64, fact: &Fact, made: Made) {
        let (fact, subject) = fact.numbers;
        let (id, source) = (String::new(), String::new());
        self.texts.push(Generated { id, text, ts, source, fact, subject, made });
    }

    fn new_fact(&mut self) -> u64 {
        self.facts += 1;
        self.facts - 1
    }

    /// A subject that no other fact of this kind has.
    fn subject(&mut self, kind: usize) -> String {
        use templates::Slot;
        let slot = KINDS[kind].subject;
        let mut subject = self.words.fill(slot, &mut self.random);
        if slot == Slot::Path && self.random.chance(0.5) {
            let folder = self.words.adjective(&mut self.random);
            subject = subject.replacen("src/", &format!("src/{folder}/"), 1);
        } else if slot == Slot::Team {
            subject = format!("{} {subject}", self.words.adjective(&mut self.random));
        }
        subject
    }

    fn fact(&mut self, subject_number: u64) -> Fact {
        let (kind, subject) = loop {
            let kind = self.random.below(KINDS.len());
            let subject = self.subject(kind);
            if self.subjects.insert((kind, subject.clone())) {
                break (kind, subject);
            }
        };
        let value = self.words.fill(KINDS[kind].value, &mut self.random);
        let length = self.length();
        let mut body = Vec::new();
        let mut words = head(kind, 0, &subject, &value).len();
        while words < length {
            let sentence = edit::filler(&self.words, &mut self.random);
            words += sentence.len();
            body.push(sentence);
        }
        let phrasing = if self.random.chance(0.6) { 0 } else { 1 + self.random.below(2) };
        let numbers = (self.new_fact(), subject_number);
        let said = BEGIN + self.seconds(365);
        Fact { kind, phrasing, subject, value, body, numbers, said }
    }

    /// Number of words of a text: log-normal around 36 (Box and Muller).
    fn length(&mut self) -> usize {
        let radius = (-2.0 * (1.0 - self.random.unit()).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * self.random.unit()).cos();
        ((36_f64.ln() + 0.62 * normal).exp() as usize).clamp(14, 300)
    }

    /// A random time, in seconds, within this many days.
    fn seconds(&mut self, days: i64) -> i64 {
        self.random.below(usize::try_from(days * DAY).unwrap_or(usize::MAX)) as i64
    }

    /// Adds repetitions of a fact.
    fn duplicates(&mut self, fact: &Fact) {
        let sentences = fact.sentences(&fact.subject, &fact.value);
        let mut count = 1;
        if self.random.chance(0.004) {
            count = 20 + self.random.below(180);
        } else {
            while count < 12 && self.random.chance(0.45) {
                count += 1;
            }
        }
        for _ in 0..count {
            let which = self.random.unit();
            let said = fact.said + self.seconds(90);
            let (text, made) = if which < 0.30 {
                (render(&sentences), Made::Exact)
            } else if which < 0.42 {
                (format_edit(&render(&sentences), &mut self.random), Made::Format)
            } else if which < 0.88 {
                (render(&self.near(&sentences)), Made::Near)
            } else {
                let (words, random) = (&self.words, &mut self.random);
                let phrasing = (fact.phrasing + 1 + random.below(2)) % 3;
                let head = head(fact.kind, phrasing, &fact.subject, &fact.value);
                (render(&paraphrase(head, &fact.body, words, random)), Made::Para)
            };
            self.emit(text, said, fact, made);
        }
    }

    /// Adds one or two newer values for a fact.
    fn updates(&mut self, fact: &Fact) {
        let mut value = fact.value.clone();
        let mut said = fact.said;
        let count = if self.random.chance(0.75) { 1 } else { 2 };
        for _ in 0..count {
            said += DAY + self.seconds(120);
            let old = value.clone();
            while value == old {
                value = self.words.fill(KINDS[fact.kind].value, &mut self.random);
            }
            let newer = Fact {
                numbers: (self.new_fact(), fact.numbers.1),
                subject: fact.subject.clone(),
                value: value.clone(),
                body: Vec::new(),
                ..*fact
            };
            let mut sentences = fact.sentences(&fact.subject, &value);
            if self.random.chance(0.5) {
                sentences = self.near(&sentences);
            }
            self.emit(render(&sentences), said, &newer, Made::Contra);
            if self.random.chance(0.3) {
                let again = render(&self.near(&sentences));
                let later = said + self.seconds(30);
                self.emit(again, later, &newer, Made::Near);
            }
        }
    }

    /// Adds the same words about another subject; `false` when the subject drawn has a fact
    /// already.
    fn look_alike(&mut self, fact: &Fact, subject_number: u64) -> bool {
        let subject = self.words.fill(KINDS[fact.kind].subject, &mut self.random);
        if !self.subjects.insert((fact.kind, subject.clone())) {
            return false;
        }
        let text = render(&fact.sentences(&subject, &fact.value));
        let said = BEGIN + self.seconds(365);
        let numbers = (self.new_fact(), subject_number);
        let value = fact.value.clone();
        let other = Fact { numbers, subject, value, body: Vec::new(), ..*fact };
        self.emit(text, said, &other, Made::HardNeg);
        true
    }

    fn near(&mut self, sentences: &[Sentence]) -> Vec<Sentence> {
        near_edit(sentences, &self.words, &mut self.random)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const COUNT: usize = 20_000;

    #[test]
    fn equal_seeds_give_equal_bytes_and_others_others() {
        let bytes = |seed| to_lines(&generate(2000, seed)).unwrap();
        assert_eq!(bytes(7), bytes(7));
        assert_ne!(bytes(7), bytes(8));
    }

    #[test]
    fn the_mix_is_half_facts_and_half_of_what_a_dream_has_to_tell_apart() {
        let texts = generate(COUNT, 1);
        let mut counts: BTreeMap<Made, usize> = BTreeMap::new();
        texts.iter().for_each(|text| *counts.entry(text.made).or_default() += 1);
        for (made, percent) in [
            (Made::Base, 50.0),
            (Made::Near, 20.0),
            (Made::Exact, 12.3),
            (Made::Contra, 5.6),
            (Made::Format, 5.0),
            (Made::Para, 4.8),
            (Made::HardNeg, 2.3),
        ] {
            let found = counts[&made] as f64 * 100.0 / COUNT as f64;
            assert!((found - percent).abs() < percent * 0.15, "{made:?}: {found} %");
        }
    }

    #[test]
    fn texts_are_as_long_as_notes_of_agents() {
        let texts = generate(COUNT, 2);
        let words: usize = texts.iter().map(|text| text.text.split_whitespace().count()).sum();
        let bytes: usize = texts.iter().map(|text| text.text.len()).sum();
        assert!((42..52).contains(&(words / COUNT)), "{} words", words / COUNT);
        assert!((260..330).contains(&(bytes / COUNT)), "{} bytes", bytes / COUNT);
    }

    #[test]
    fn truth_is_consistent() {
        let texts = generate(COUNT, 3);
        let mut subjects: BTreeMap<u64, u64> = BTreeMap::new();
        for text in &texts {
            let subject = subjects.entry(text.fact).or_insert(text.subject);
            assert_eq!(*subject, text.subject, "one fact is about one subject");
        }
        let mut said: Vec<usize> = vec![0; subjects.len()];
        texts.iter().for_each(|text| said[text.fact as usize] += 1);
        assert!(said.iter().all(|count| *count > 0) && said.iter().any(|count| *count >= 20));
        let ids: BTreeSet<&String> = texts.iter().map(|text| &text.id).collect();
        assert_eq!(ids.len(), COUNT);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let texts = generate(500, 4);
        assert_eq!(parse(&to_lines(&texts).unwrap()).unwrap(), texts);
        assert!(parse("{\"id\": 1}").unwrap_err().contains("line 1"));
    }
}
