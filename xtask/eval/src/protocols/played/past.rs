//! The sessions that a dream over the past of a case reads.
//!
//! They stand in `past/` of its folder, or are named in its `past.txt`, a line each, by their
//! path in the data: a transcript, `beam/NAME` (a dialogue, a session for each sitting), or
//! `tau-airline/TASK` (all trials of a task, without their results: who talks to customers has none).

use std::fs;

use anyhow::Context as _;
use serde_json::json;

use super::Case;
use crate::beam;
use crate::data::{Data, Sessions, unpacked};

/// The past sessions of a case.
pub fn sessions(case: &Case<'_>) -> anyhow::Result<Sessions> {
    let mut found = Sessions::new();
    for data in case.from {
        found.extend(data.sessions(&format!("{}/past", case.folder))?);
        let Some(list) = data.path(&format!("{}/past.txt", case.folder)) else { continue };
        for line in fs::read_to_string(list)?.lines() {
            found.extend(named(line, case.from[0])?);
        }
    }
    Ok(found)
}

/// The sessions that a line of `past.txt` names; none when the data does not have them.
fn named(line: &str, data: &Data) -> anyhow::Result<Sessions> {
    if let Some(task) = line.strip_prefix("tau-airline/") {
        return trials(task, data);
    }
    let Some(path) = data.path(line) else { return Ok(Sessions::new()) };
    if line.starts_with("beam/") {
        return Ok(sittings(line, &beam::open(&path)?));
    }
    let id = path.file_name().unwrap_or_default().to_string_lossy().replace(".jsonl.gz", "");
    Ok([session(&id, unpacked(&path)?)].into())
}

/// The sittings of a dialogue, as chats.
fn sittings(name: &str, dialogue: &beam::Dialogue) -> Sessions {
    let sittings = dialogue.messages.chunk_by(|a, b| a.sitting == b.sitting);
    let chat = |messages: &[beam::Message]| {
        let id = format!("{}-{}", name.replace('/', "-"), messages[0].sitting);
        let line = |message: &beam::Message| {
            let role = if message.by_user { "user" } else { "assistant" };
            let (text, time) = (beam::without_mark(&message.text), message.time.to_string());
            json!({"role": role, "content": text.trim(), "timestamp": time}).to_string() + "\n"
        };
        session(&id, messages.iter().map(line).collect::<String>().into_bytes())
    };
    sittings.map(chat).collect()
}

/// The trials of a task, as chats.
fn trials(task: &str, data: &Data) -> anyhow::Result<Sessions> {
    let all = data.json("tau-airline/episodes.json")?.unwrap_or_default();
    let mut found = Sessions::new();
    for trial in all.as_array().into_iter().flatten() {
        if trial["task_id"].as_u64() == task.parse().ok() {
            let bytes = serde_json::to_vec(&trial["traj"]).context("messages of a trial")?;
            found.extend([session(&format!("airline-{task}-{}", trial["trial"]), bytes)]);
        }
    }
    Ok(found)
}

/// A session of one part.
fn session(id: &str, bytes: Vec<u8>) -> (String, Vec<(String, Vec<u8>)>) {
    (id.to_owned(), vec![("main".to_owned(), bytes)])
}
