//! Long dialogues with probing questions: folders below `beam/`, each with `chat.json` (batches,
//! turns, messages with `role`, `id`, `content`, and a `time_anchor` where the day changes) and
//! `probing_questions.json` (questions by type, with the ids of the messages that they are about).

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use dreaming::Time;
use serde_json::Value;

use crate::data::Data;

/// A dialogue.
pub struct Dialogue {
    /// Its messages, in order.
    pub messages: Vec<Message>,
    /// Questions by type.
    pub probes: BTreeMap<String, Vec<Value>>,
}

/// A message.
pub struct Message {
    /// Its number.
    pub id: u64,
    /// The sitting that it belongs to, counted from 1.
    pub sitting: usize,
    /// Its time: the last day that an anchor named; each message is a second after the one before.
    pub time: Time,
    /// Whether the user wrote it.
    pub by_user: bool,
    /// Its text.
    pub text: String,
}

impl Dialogue {
    /// What the user wrote.
    pub fn of_user(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(|message| message.by_user)
    }
}

/// All dialogues of the data, by name.
pub fn read(data: &Data) -> anyhow::Result<Vec<Dialogue>> {
    let mut found = Vec::new();
    for path in data.files("beam")? {
        if path.file_name().is_none_or(|name| name != "chat.json") {
            continue;
        }
        found.push(open(path.parent().unwrap_or(&path))?);
    }
    Ok(found)
}

/// The dialogue in a folder.
pub fn open(folder: &Path) -> anyhow::Result<Dialogue> {
    let read = |name: &str| -> anyhow::Result<Value> {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
        serde_json::from_slice(&bytes).with_context(|| path.display().to_string())
    };
    let (chat, probes) = (read("chat.json")?, read("probing_questions.json")?);
    Ok(Dialogue { messages: messages(&chat), probes: serde_json::from_value(probes)? })
}

/// A message without the mark of the data set at its end: `->-> 2,22`.
pub fn without_mark(text: &str) -> &str {
    text.rsplit_once("->->").map_or(text, |(said, _)| said)
}

fn messages(chat: &Value) -> Vec<Message> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    let mut day = Time::from_millis(0);
    let mut second = 0;
    for (n, sitting) in (1..).zip(list(chat)) {
        for turn in list(&sitting["turns"]) {
            for message in list(&turn) {
                let anchor = message["time_anchor"].as_str().or(sitting["time_anchor"].as_str());
                if let Some(named) = anchor.and_then(anchored).filter(|named| *named > day) {
                    (day, second) = (named, 0);
                }
                second += 1;
                found.push(Message {
                    id: message["id"].as_u64().unwrap_or(u64::MAX),
                    sitting: n,
                    time: Time::from_millis(day.millis() + second * 1000),
                    by_user: message["role"] == "user",
                    text: message["content"].as_str().unwrap_or_default().into(),
                });
            }
        }
    }
    found
}

/// The day in an anchor such as `March-15-2024`.
fn anchored(text: &str) -> Option<Time> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut parts = text.split('-');
    let named = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == named)? + 1;
    let day: u32 = parts.next()?.parse().ok()?;
    Time::parse(&format!("{}-{month:02}-{day:02}T00:00:00Z", parts.next()?))
}

/// The ids of the messages that a probe names: a list, or one list by role in the question.
pub fn ids(value: &Value) -> Vec<u64> {
    match value {
        Value::Number(n) => n.as_u64().into_iter().collect(),
        Value::Array(items) => items.iter().flat_map(ids).collect(),
        Value::Object(fields) => fields.values().flat_map(ids).collect(),
        _ => Vec::new(),
    }
}
