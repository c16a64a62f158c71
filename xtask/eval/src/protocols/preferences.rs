//! Standing wishes of users in long dialogues.
//!
//! A dialogue becomes transcripts, one session for each batch, with the messages of both sides word
//! for word. A wish that a probe asks about counts as found when something kept cites the very
//! message that states the wish, and has enough of the words in which the probe tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use dreaming::plan::Operation;
use dreaming::session_record::SessionRecord;
use regex::Regex;
use serde_json::{Value, json};

use super::Protocol;
use crate::data::{Data, Sessions};
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::report::Measured;
use crate::text::content;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol =
    Protocol { name: "preferences", about: "standing wishes of users in long dialogues", run };

/// The folder of dialogues: in each folder below it `chat.json` and `probing_questions.json`.
const FOLDER: &str = "beam";

/// Sorts of probes that ask for a standing wish, each with the field that tells the wish.
const SORTS: &[(&str, &str)] = &[
    ("preference_following", "preference_being_tested"),
    ("instruction_following", "instruction_being_tested"),
];

/// Share of a probe's content words that the kept words must have.
const COVER: f64 = 0.6;

/// The demand on proposals for each message of the user. There is none on recall: a model has to
/// say which sentences are lasting wishes, and without one only plain orders are found.
const RATE: Demand = Demand::AtMost(0.05);

/// A baseline in one line of code: sentences that order something or state a preference.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^(please |also |and )*(always|never|use|make sure|don't|do not|avoid|remember|keep|ensure)\b|\b(i|we)('d| would)? (prefer|like|want|rather|chose|decided)\b|\bfrom now on\b",
    )
    .expect("a pattern")
});

/// A probe: the wish that it asks about, and the messages that state the wish.
struct Probe {
    sort: usize,
    wish: BTreeSet<String>,
    sources: BTreeSet<String>,
}

/// A dialogue with its probes.
struct Dialogue {
    sessions: Sessions,
    /// Messages of the user, by id.
    messages: BTreeMap<String, String>,
    probes: Vec<Probe>,
}

/// Kept statements: the messages that each cites, and its words.
type Kept = Vec<(BTreeSet<String>, String)>;

/// The counts over some dialogues.
#[derive(Clone, Default)]
struct Counts {
    /// Wishes found and all wishes, by sort of probe.
    found: [(usize, usize); 2],
    kept: usize,
    messages: usize,
    most: usize,
}

impl Counts {
    fn add(&mut self, dialogue: &Dialogue, kept: &Kept) {
        for probe in &dialogue.probes {
            let cites = |(sources, _): &&(BTreeSet<String>, String)| {
                sources.iter().any(|source| probe.sources.contains(source))
            };
            let is_found = kept.iter().filter(cites).any(|(_, text)| covers(text, &probe.wish));
            self.found[probe.sort].0 += usize::from(is_found);
            self.found[probe.sort].1 += 1;
        }
        self.kept += kept.len();
        self.messages += dialogue.messages.len();
        self.most = self.most.max(kept.len());
    }

    fn recall(&self) -> Figure {
        let sum = |(a, b): (usize, usize), (c, d): &(usize, usize)| (a + c, b + d);
        let (of, all) = self.found.iter().fold((0, 0), sum);
        Figure::share(of, all)
    }

    fn of(&self, sort: usize) -> Figure {
        Figure::share(self.found[sort].0, self.found[sort].1)
    }

    fn rate(&self) -> Figure {
        Figure::share(self.kept, self.messages)
    }
}

fn run(data: &Data) -> anyhow::Result<Measured> {
    let dialogues = dialogues(data)?;
    if dialogues.is_empty() {
        return Ok(Measured::absent("dialogues (beam)"));
    }
    let mut measured = Measured::default();
    let (mut plain, mut extracted) = (Counts::default(), Counts::default());
    let (mut proposed, mut whole) = (Counts::default(), Counts::default());
    let mut halves = [Counts::default(), Counts::default()];
    for (at, dialogue) in dialogues.iter().enumerate() {
        plain.add(dialogue, &by_pattern(dialogue));
        let (statements, changes) = dream(&dialogue.sessions)?;
        extracted.add(dialogue, &statements);
        proposed.add(dialogue, &changes);
        halves[at % 2].add(dialogue, &changes);
        whole.add(dialogue, &dream(&in_one(&dialogue.sessions))?.1);
    }
    let none = || Some(Figure::share(0, proposed.found.iter().map(|f| f.1).sum()));
    measured.row("wishes proposed", none(), Some(plain.recall()), proposed.recall(), None);
    let rates = (Some(Figure::share(0, proposed.messages)), Some(plain.rate()));
    measured.row(
        "proposals per message of the user",
        rates.0,
        rates.1,
        proposed.rate(),
        Some(RATE),
    );
    measured.row("preferences", None, Some(plain.of(0)), proposed.of(0), None);
    measured.row("standing instructions", None, Some(plain.of(1)), proposed.of(1), None);
    for (half, name) in halves.iter().zip(["even", "odd"]) {
        measured.row(format!("wishes, {name} dialogues"), None, None, half.recall(), None);
    }
    measured.row("wishes extracted", None, None, extracted.recall(), None);
    measured.row("extracted per message of the user", None, None, extracted.rate(), None);
    measured.row("wishes, a dialogue as one session", None, None, whole.recall(), None);
    let lines = Figure::Average(proposed.kept as f64 / dialogues.len() as f64);
    measured.row("lines that a dialogue would add", None, None, lines, None);
    measured.row("lines, most", None, None, Figure::count(proposed.most), None);
    measured.note("found: cites the message that states the wish and has 0.6 of the content words of the probe");
    measured.note("exact only: sentences that match a pattern of one line, each once");
    Ok(measured)
}

fn covers(text: &str, wish: &BTreeSet<String>) -> bool {
    let words: BTreeSet<String> = content(text).into_iter().collect();
    wish.intersection(&words).count() as f64 >= COVER * wish.len() as f64
}

/// The sentences that [`PLAIN`] finds, each once.
fn by_pattern(dialogue: &Dialogue) -> Kept {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (id, text) in &dialogue.messages {
        for range in dreaming::text::sentences(text) {
            if PLAIN.is_match(&text[range.clone()]) {
                found.entry(text[range].into()).or_default().insert(id.clone());
            }
        }
    }
    found.into_iter().map(|(text, sources)| (sources, text)).collect()
}

/// The wishes in the records of the sessions, and the statements that the plan would add.
fn dream(sessions: &Sessions) -> anyhow::Result<(Kept, Kept)> {
    let mut dreamer = Dreamer::new("2030-01-01T00:00:00Z")?;
    let dreamt = dreamer.dream(sessions, |_| {})?;
    let writes = [Operation::Add, Operation::Merge, Operation::Supersede];
    let changes = dreamt.plan.changes.iter().filter(|change| writes.contains(&change.operation));
    let proposed = changes
        .filter(|change| !change.evidence.is_empty() && change.text.is_some())
        .map(|change| {
            let sources = change.evidence.iter().map(|e| e.event.clone()).collect();
            (sources, change.text.clone().unwrap_or_default())
        })
        .collect();
    dreamer.accept(&dreamt)?;
    let mut stated = Kept::new();
    for row in dreamer.store.ledger.iter().filter(|row| row.key.starts_with("session/")) {
        let record: SessionRecord = dreaming::canonical::from_bytes(&row.value)?;
        let said = record.notes.statements.into_iter();
        stated.extend(said.map(|s| (BTreeSet::from([s.pin.event]), s.text)));
    }
    Ok((stated, proposed))
}

/// The sessions of each dialogue.
pub fn sessions(data: &Data) -> anyhow::Result<Vec<Sessions>> {
    Ok(dialogues(data)?.into_iter().map(|dialogue| dialogue.sessions).collect())
}

/// All sessions of a dialogue as one.
fn in_one(sessions: &Sessions) -> Sessions {
    let all = sessions.values().flatten().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    Sessions::from([("all".to_owned(), vec![("main".to_owned(), all)])])
}

fn dialogues(data: &Data) -> anyhow::Result<Vec<Dialogue>> {
    let mut found = Vec::new();
    for path in data.files(FOLDER)? {
        if path.file_name().is_none_or(|name| name != "chat.json") {
            continue;
        }
        let folder = path.parent().and_then(|p| p.file_name()).unwrap_or_default();
        let folder = format!("{FOLDER}/{}", folder.to_string_lossy());
        let chat = data.json(&format!("{folder}/chat.json"))?;
        let probes = data.json(&format!("{folder}/probing_questions.json"))?;
        if let (Some(chat), Some(probes)) = (chat, probes) {
            found.push(dialogue(&chat, &probes));
        }
    }
    Ok(found)
}

fn dialogue(chat: &Value, probes: &Value) -> Dialogue {
    let mut sessions = Sessions::new();
    let mut messages = BTreeMap::new();
    for (number, batch) in items(chat).enumerate() {
        let mut lines = String::new();
        let all = items(&batch["turns"]).flat_map(items).enumerate();
        for (at, message) in all {
            let Some(text) = message["content"].as_str() else { continue };
            let role = message["role"].as_str().unwrap_or_default();
            let id = message["id"].to_string();
            let record = json!({
                "type": role,
                "uuid": id,
                "sessionId": format!("batch-{number}"),
                "timestamp": time(number, at),
                "message": {"role": role, "content": text},
            });
            lines.push_str(&format!("{record}\n"));
            if role == "user" {
                messages.insert(id, text.to_owned());
            }
        }
        sessions.insert(format!("batch-{number:03}"), vec![("main".into(), lines.into_bytes())]);
    }
    let probes = SORTS.iter().enumerate().flat_map(|(sort, (name, field))| {
        items(&probes[*name]).map(move |probe| Probe {
            sort,
            wish: content(probe[*field].as_str().unwrap_or_default()).into_iter().collect(),
            sources: items(&probe["source_chat_ids"]).map(Value::to_string).collect(),
        })
    });
    Dialogue { sessions, messages, probes: probes.collect() }
}

/// A time for message number `at` of a batch: a day for each batch, half a minute for each message.
fn time(batch: usize, at: usize) -> String {
    let (month, day) = (batch / 28 % 12 + 1, batch % 28 + 1);
    let (hour, minute, second) = (at / 120 % 24, at / 2 % 60, at % 2 * 30);
    format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_found_at_its_message_and_in_its_words() {
        let chat = json!([{"turns": [[
            {"role": "user", "id": 0, "content": "Always answer in French when I ask about food."},
            {"role": "assistant", "id": 1, "content": "Always answer in German when I ask."},
        ]]}]);
        let probes = json!({"instruction_following": [
            {"instruction_being_tested": "Always answer in French.", "source_chat_ids": [0]},
            {"instruction_being_tested": "Always answer in French.", "source_chat_ids": [1]},
            {"instruction_being_tested": "Never eat meat on Fridays.", "source_chat_ids": [0]},
        ]});
        let dialogue = dialogue(&chat, &probes);
        let (stated, proposed) = dream(&dialogue.sessions).unwrap();
        for kept in [stated, proposed, by_pattern(&dialogue)] {
            let mut counts = Counts::default();
            counts.add(&dialogue, &kept);
            assert_eq!(counts.found, [(0, 0), (1, 3)]);
            assert_eq!((counts.kept, counts.messages), (1, 1));
        }
    }
}
