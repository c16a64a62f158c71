//! Compares counts of real transcripts with an independent reader, and measures what damage costs.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context;
use dreaming_testing::census::Census;
use serde_json::Value;

use super::Protocol;
use crate::data::Data;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

mod claude_code;
mod cline;
mod codex;
mod copilot;
mod copilot_chat;
mod damage;
mod droid;
mod goose;
mod independent;
mod kiro;
mod openhands;
mod pi;
mod qwen;
mod samples;
mod speed;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol = Protocol {
    name: "importers",
    about: "counts of real transcripts against an independent reader",
    run,
};

/// The folder whose `expected.json` names files and their counts.
const FOLDER: &str = "transcripts-exact";

/// Formats of `expected.json`.
const FORMATS: &[&str] = &["claude-code-jsonl", "gemini-cli-json"];

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    let expected = data.json(&format!("{FOLDER}/expected.json"))?;
    let (Some(expected), Some(folder)) = (expected, data.path(FOLDER)) else {
        return Ok(Measured::absent("transcripts-exact/expected.json"));
    };
    let expected = expected.as_object().context("expected.json is no object")?;
    let mut files = Vec::new();
    for (name, want) in expected {
        files.push(File { name, want, bytes: read(&folder.join(name))? });
    }
    for format in FORMATS {
        counts(&mut measured, &files, format);
    }
    independent::compare(&mut measured, data)?;
    episodes(&mut measured, data)?;
    let texts = damage::texts(data)?;
    damage::damage(&mut measured, &texts, data.quick);
    speed::speed(&mut measured, data)?;
    Ok(measured)
}

/// A file with the counts of an independent reader.
struct File<'a> {
    name: &'a str,
    want: &'a Value,
    bytes: Vec<u8>,
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    if path.extension().is_none_or(|e| e != "gz") {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)?;
    Ok(plain)
}

/// Counts the files whose counts all equal those of an independent reader. The figure without a
/// dream: files that a strict reader of JSON lines reads to the end, whatever it would count.
fn counts(measured: &mut Measured, files: &[File<'_>], format: &str) {
    let of_format: Vec<_> = files.iter().filter(|file| file.want["format"] == format).collect();
    if of_format.is_empty() {
        return;
    }
    let mut equal = 0;
    for file in &of_format {
        let differs = Census::of(&file.bytes).differences(file.want);
        equal += usize::from(differs.is_empty());
        for field in differs {
            measured.note(format!("{}: {field}", file.name));
        }
    }
    let strict = of_format.iter().filter(|file| reads_strictly(&file.bytes)).count();
    measured.row(
        format!("files with equal counts, {format}"),
        Some(Figure::share(strict, of_format.len())),
        None,
        Figure::share(equal, of_format.len()),
        Some(Demand::AtLeast(1.0)),
    );
}

/// Whether every line is a JSON object.
fn reads_strictly(bytes: &[u8]) -> bool {
    let is_object = |line| serde_json::from_slice::<Value>(line).is_ok_and(|v| v.is_object());
    bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()).all(is_object)
}

/// Compares chats in OpenAI's format: roles, calls and failed calls of recorded episodes.
fn episodes(measured: &mut Measured, data: &Data) -> anyhow::Result<()> {
    let Some(Value::Array(episodes)) = data.json("tau-airline/episodes.json")? else {
        measured.note("not measured: the data has no tau-airline/episodes.json");
        return Ok(());
    };
    let mut equal = 0;
    for episode in &episodes {
        let chat = &episode["traj"];
        let got = Census::of(&serde_json::to_vec(chat)?);
        let (mut people, mut calls, mut results, mut failed) = (0, 0, 0, 0);
        let messages = chat.as_array().map_or(&[][..], Vec::as_slice);
        for message in messages {
            let role = message["role"].as_str().unwrap_or_default();
            let text = message["content"].as_str().unwrap_or_default();
            people += u64::from(role == "user");
            calls += message["tool_calls"].as_array().map_or(0, Vec::len) as u64;
            results += u64::from(role == "tool");
            failed += u64::from(role == "tool" && text.starts_with("Error"));
        }
        let counts = ["message user", "call ", "result ", "failed "].map(|name| got.count(name));
        let account = &got.notes.account;
        let is_whole =
            account.lines == messages.len() as u64 && account.understood == account.lines;
        equal += usize::from(is_whole && counts == [people, calls, results, failed]);
    }
    measured.row(
        "episodes with equal counts, openai-chat",
        None,
        None,
        Figure::share(equal, episodes.len()),
        Some(Demand::AtLeast(1.0)),
    );
    Ok(())
}
