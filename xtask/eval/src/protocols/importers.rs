//! Counts of real transcripts against an independent reader, and what damage to them loses.

use std::fs;
use std::io::Read as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use anyhow::Context;
use dreaming::import::{Census, Importer, PartReader};
use dreaming::{Policy, Time};
use serde_json::Value;

use super::Protocol;
use crate::data::Data;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// See the module.
pub const PROTOCOL: Protocol = Protocol {
    name: "importers",
    about: "counts of real transcripts against an independent reader",
    run,
};

/// The folder whose `expected.json` names files and their counts.
const FOLDER: &str = "transcripts-exact";

/// Offsets at which each file is cut, and bytes that are flipped in it: the demand's number.
const WOUNDS: u64 = 100;

/// Where the random numbers begin, so that two runs wound at the same places. Chosen by us.
const SEED: u64 = 0x2545_f491_4f6c_dd1d;

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
    damage(&mut measured, &files);
    episodes(&mut measured, data)?;
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
    if id.is_some_and(|id| got.session_ids != [id]) {
        differs.push("session_id".into());
    }
    differs
}

/// Cuts each file, and flips bytes in it. A record is earlier when it ends before the wound.
fn damage(measured: &mut Measured, files: &[File<'_>]) {
    let mut random = Random(SEED);
    let (mut panics, mut lost, mut wounds) = (0, 0, 0);
    for file in files.iter().filter(|file| !file.bytes.is_empty()) {
        let all = records(&file.bytes);
        for n in 0..2 * WOUNDS {
            let at = random.below(file.bytes.len());
            let mut wounded = file.bytes.clone();
            if n < WOUNDS {
                wounded.truncate(at);
            } else if let Some(byte) = wounded.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
            wounds += 1;
            match catch_unwind(AssertUnwindSafe(|| understood(&wounded))) {
                Err(_) => panics += 1,
                Ok(after) => {
                    let before = all.iter().filter(|end| **end <= at).count() as u64;
                    // What the same reader makes of the undamaged beginning is what may not be lost.
                    let whole = last_end(&all, at).map_or(0, |end| understood(&file.bytes[..end]));
                    lost += whole.min(before).saturating_sub(after);
                }
            }
        }
    }
    measured.row(
        "panics over damaged files",
        None,
        None,
        Figure::Count(panics),
        Some(Demand::AtMost(0.0)),
    );
    measured.row(
        "records lost before the damage",
        None,
        None,
        Figure::Count(lost),
        Some(Demand::AtMost(0.0)),
    );
    measured.note(format!(
        "damage: {wounds} wounds, half of them cuts and half flipped bits, at seeded places"
    ));
}

/// Where each record ends that a strict reader finds: lines, or the elements of `messages`.
fn records(bytes: &[u8]) -> Vec<usize> {
    let document: Option<Value> = serde_json::from_slice(bytes).ok();
    let messages = document.as_ref().and_then(|d| d.get("messages")?.as_array());
    if let Some(messages) = messages {
        return elements(bytes, messages.len());
    }
    let mut end = 0;
    let lines = bytes.split_inclusive(|b| *b == b'\n').filter_map(|line| {
        end += line.len();
        let is_object = serde_json::from_slice::<Value>(line).is_ok_and(|v| v.is_object());
        is_object.then_some(end)
    });
    lines.collect()
}

/// The ends of the objects in the first array under `messages`, by counting brackets outside of
/// texts.
fn elements(bytes: &[u8], count: usize) -> Vec<usize> {
    const KEY: &[u8] = b"\"messages\"";
    let Some(from) = bytes.windows(KEY.len()).position(|window| window == KEY) else {
        return Vec::new();
    };
    let (mut depth, mut quoted, mut escaped, mut ends) = (0_u64, false, false, Vec::new());
    for (at, byte) in bytes.iter().enumerate().skip(from + KEY.len()) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => {
                depth = depth.saturating_sub(1);
                if depth == 1 && *byte == b'}' && ends.len() < count {
                    ends.push(at + 1);
                }
            }
            _ => {}
        }
    }
    ends
}

fn last_end(ends: &[usize], at: usize) -> Option<usize> {
    ends.iter().copied().filter(|end| *end <= at).max()
}

/// Records that a dream and a census take in; the lower number.
fn understood(bytes: &[u8]) -> u64 {
    let now = Time::from_millis(i64::MAX);
    let mut reader = PartReader::new("main", &Policy::default(), now, false);
    reader.push(bytes);
    let used = |account: &dreaming::session::Account| {
        account.understood + account.repeated + account.unknown_type
    };
    used(&reader.finish().notes.account).min(used(&census(bytes).account))
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

/// Xorshift: the same places in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}
