//! Counts of real transcripts against an independent reader, and what damage to them loses.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context;
use dreaming::import::{Census, Importer};
use serde_json::Value;

use super::Protocol;
use crate::data::Data;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

mod claude_code;
mod codex;
mod damage;
mod independent;
mod samples;
mod speed;

/// See the module.
pub const PROTOCOL: Protocol = Protocol {
    name: "importers",
    about: "counts of real transcripts against an independent reader",
    run,
};

/// The folder whose `expected.json` names files and their counts.
const FOLDER: &str = "transcripts-exact";

/// Formats of `expected.json`, with their names here.
const FORMATS: &[(&str, &str)] =
    &[("claude-code-jsonl", "claude-code"), ("gemini-cli-json", "gemini-cli")];

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
    for (theirs, ours) in FORMATS {
        counts(&mut measured, &files, theirs, ours);
    }
    independent::compare(&mut measured, data)?;
    episodes(&mut measured, data)?;
    let texts = damage::texts(data)?;
    damage::damage(&mut measured, &texts, data.quick);
    speed::speed(&mut measured, data)?;
    Ok(measured)
}

/// A file with what an independent reader found in it.
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

fn census(bytes: &[u8]) -> Census {
    let mut importer = Importer::default();
    bytes.chunks(4093).for_each(|chunk| importer.push(chunk));
    importer.finish()
}

/// Files all of whose counts are equal. Without a dream: those that a strict reader of JSON lines
/// reads to the end, whatever it would count.
fn counts(measured: &mut Measured, files: &[File<'_>], theirs: &str, ours: &str) {
    let of_format: Vec<_> = files.iter().filter(|file| file.want["format"] == theirs).collect();
    if of_format.is_empty() {
        return;
    }
    let mut equal = 0;
    for file in &of_format {
        let got = census(&file.bytes);
        let differs = differences(&got, file.want, ours);
        equal += usize::from(differs.is_empty());
        for field in differs {
            measured.note(format!("{}: {field} differs", file.name));
        }
    }
    let strict = of_format.iter().filter(|file| reads_strictly(&file.bytes)).count();
    measured.row(
        format!("files with equal counts, {theirs}"),
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

/// What differs from what was expected. A count of 0 and none are equal.
fn differences(got: &Census, want: &Value, format: &str) -> Vec<String> {
    let mut differs = Vec::new();
    if got.transcript.as_deref() != Some(format) {
        differs.push(format!("the format ({:?})", got.transcript));
    }
    let number = |name: &str| want["counts"][name].as_u64().unwrap_or(0);
    let wanted = want["counts"].as_object().into_iter().flat_map(|counts| counts.keys());
    let names: std::collections::BTreeSet<&String> = wanted.chain(got.counts.keys()).collect();
    let count = |name: &&&String| got.counts.get(**name).copied().unwrap_or(0);
    differs.extend(names.iter().filter(|name| count(name) != number(name)).map(|n| n.to_string()));
    let rest = serde_json::to_value(got).unwrap_or_default();
    let fields =
        ["types", "distinct_uuids", "session_ids", "first", "last", "models", "versions", "cwd"];
    for field in fields {
        if want.get(field).is_some_and(|value| *value != rest[field]) {
            differs.push(field.into());
        }
    }
    let id = want.get("session_id").and_then(Value::as_str);
    if id.is_some_and(|id| !got.session_ids.iter().eq([id])) {
        differs.push("session_id".into());
    }
    differs
}

/// Chats of OpenAI's form: roles, calls and failed calls of recorded episodes.
fn episodes(measured: &mut Measured, data: &Data) -> anyhow::Result<()> {
    let Some(Value::Array(episodes)) = data.json("tau-airline/episodes.json")? else {
        measured.note("not measured: the data has no tau-airline/episodes.json");
        return Ok(());
    };
    let mut equal = 0;
    for episode in &episodes {
        let chat = &episode["traj"];
        let got = census(&serde_json::to_vec(chat)?);
        let mut want = std::collections::BTreeMap::<String, u64>::new();
        for message in chat.as_array().into_iter().flatten() {
            let role = message["role"].as_str().unwrap_or_default();
            *want.entry(format!("messages_{role}")).or_default() += 1;
            let calls = message["tool_calls"].as_array().map_or(0, Vec::len) as u64;
            *want.entry("tool_calls".into()).or_default() += calls;
            let text = message["content"].as_str().unwrap_or_default();
            let failed = role == "tool" && text.starts_with("Error");
            *want.entry("tool_errors".into()).or_default() += u64::from(failed);
        }
        want.retain(|_, count| *count > 0);
        equal += usize::from(got.counts == want);
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
