//! Measures what damage to a transcript costs, for every format.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use dreaming::import::PartReader;
use dreaming::session::Account;
use dreaming::{Policy, Time};
use serde_json::Value;

use super::{read, samples};
use crate::data::Data;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// Folders of real transcripts.
const FOLDERS: &[&str] = &["copilot", "projects", "transcripts-exact"];

/// Cuts for each file, and flipped bytes. The demand names this number.
const WOUNDS: u64 = 100;

/// The same with `--quick`. Chosen by us.
const QUICK_WOUNDS: u64 = 5;

/// Bytes of a file that are damaged: its first record, and whole records from a random place. Every
/// damaged text is read twice, and a file may have megabytes. Chosen by us.
const WINDOW: usize = 32 << 10;

/// Seed of the random numbers, so that every run damages the same places. Chosen by us.
const SEED: u64 = 0x2545_f491_4f6c_dd1d;

/// A text to damage.
pub struct Text {
    format: &'static str,
    name: String,
    bytes: Vec<u8>,
}

/// The real transcripts of the data, by path.
pub fn files(data: &Data) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        found.extend(data.files(folder)?);
    }
    let is_transcript = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".jsonl") || name.ends_with(".jsonl.gz")
    };
    found.retain(is_transcript);
    Ok(found)
}

/// The texts to damage: each real transcript, ten trials, and a text made up here for each format
/// without a real file.
pub fn texts(data: &Data) -> anyhow::Result<Vec<Text>> {
    let mut random = Random(SEED);
    let mut texts = Vec::new();
    for path in files(data)? {
        let bytes = window(read(&path)?, &mut random);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let format = dreaming::import::detect(&bytes).unwrap_or("none");
        texts.push(Text { format, name, bytes });
    }
    if let Some(Value::Array(episodes)) = data.json("tau-airline/episodes.json")? {
        for (number, episode) in (0..).zip(episodes.iter().take(10)) {
            let bytes = serde_json::to_vec_pretty(episode)?;
            texts.push(Text { format: "openai-chat", name: format!("trial {number}"), bytes });
        }
    }
    for (format, text) in samples::ALL {
        texts.push(Text { format, name: "made up".into(), bytes: text.as_bytes().to_vec() });
    }
    texts.retain(|text| !text.bytes.is_empty());
    Ok(texts)
}

/// The first record and [`WINDOW`] bytes of whole records from a random place; a document stays
/// whole.
fn window(bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
    if bytes.len() <= WINDOW || lines.len() < 3 || !lines[0].ends_with(b"}\n") {
        return bytes;
    }
    let mut kept = lines[0].to_vec();
    let from = 1 + random.below(lines.len() - 1);
    for line in &lines[from..] {
        if kept.len() + line.len() > WINDOW && kept.len() > lines[0].len() {
            break;
        }
        kept.extend_from_slice(line);
    }
    kept
}

/// Cuts each text, and flips bytes in it. Records that end before the damage must not be lost.
pub fn damage(measured: &mut Measured, texts: &[Text], is_quick: bool) {
    let each = if is_quick { QUICK_WOUNDS } else { WOUNDS };
    let mut random = Random(SEED);
    let (mut panics, mut lost, mut untold) = (0, 0, 0);
    for text in texts {
        let ends = records(&text.bytes);
        for n in 0..2 * each {
            let at = random.below(text.bytes.len());
            let mut wounded = text.bytes.clone();
            if n < each {
                wounded.truncate(at);
            } else if let Some(byte) = wounded.get_mut(at) {
                *byte ^= 1 + random.below(255) as u8;
            }
            let Ok(account) = catch_unwind(AssertUnwindSafe(|| accounted(&wounded))) else {
                panics += 1;
                measured.note(format!("panic: {} ({}), wound {n} at {at}", text.name, text.format));
                continue;
            };
            if account.lines != used(&account) + skipped(&account) {
                untold += 1;
                let Text { name, format, .. } = text;
                measured.note(format!("lines untold: {name} ({format}), wound {n} at {at}"));
            }
            let before = ends.iter().filter(|end| **end <= at).count() as u64;
            // What may not be lost: the records that the importer reads in the undamaged beginning.
            let end = ends.iter().copied().filter(|end| *end <= at).max();
            let whole = end.map_or(0, |end| used(&accounted(&text.bytes[..end])));
            lost += whole.min(before).saturating_sub(used(&account));
        }
    }
    for (measure, count) in [
        ("panics over damaged texts", panics),
        ("records lost before the damage", lost),
        ("damaged texts with lines of which no count tells", untold),
    ] {
        measured.row(measure, None, None, Figure::Count(count), Some(Demand::AtMost(0.0)));
    }
    let mut formats: Vec<(&str, usize)> = Vec::new();
    for text in texts {
        match formats.iter_mut().find(|(format, _)| *format == text.format) {
            Some((_, count)) => *count += 1,
            None => formats.push((text.format, 1)),
        }
    }
    formats.sort_unstable();
    let formats = formats.iter().map(|(format, count)| format!("{count} {format}"));
    measured.note(format!(
        "damage: {each} cuts and {each} flipped bytes for each of {} texts at seeded places: {}",
        texts.len(),
        formats.collect::<Vec<_>>().join(", ")
    ));
}

/// The account of the importer for a text.
fn accounted(bytes: &[u8]) -> Account {
    let now = Time::from_millis(i64::MAX);
    let mut reader = PartReader::new("main", &Policy::default(), now, false);
    reader.push(bytes);
    reader.finish().notes.account
}

/// Lines that were read as records.
fn used(account: &Account) -> u64 {
    account.understood + account.repeated + account.unknown_type
}

/// Lines that were no records.
fn skipped(account: &Account) -> u64 {
    account.not_json + account.not_object + account.too_long
}

/// Where each record ends for a strict reader: lines, or the elements of the first array under
/// `messages` or `traj`.
fn records(bytes: &[u8]) -> Vec<usize> {
    let document: Option<Value> = serde_json::from_slice(bytes).ok();
    for key in ["messages", "traj"] {
        let elements = document.as_ref().and_then(|d| d.get(key)?.as_array());
        if let Some(elements) = elements {
            return ends(bytes, key, elements.len());
        }
    }
    let mut end = 0;
    let lines = bytes.split_inclusive(|b| *b == b'\n').filter_map(|line| {
        end += line.len();
        let is_object = serde_json::from_slice::<Value>(line).is_ok_and(|v| v.is_object());
        is_object.then_some(end)
    });
    lines.collect()
}

/// The ends of the objects in the first array under a key, found by counting brackets outside of
/// strings.
fn ends(bytes: &[u8], key: &str, count: usize) -> Vec<usize> {
    let key = format!("\"{key}\"");
    let Some(from) = bytes.windows(key.len()).position(|window| window == key.as_bytes()) else {
        return Vec::new();
    };
    let (mut depth, mut quoted, mut escaped, mut ends) = (0_u64, false, false, Vec::new());
    for (at, byte) in bytes.iter().enumerate().skip(from + key.len()) {
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

/// Xorshift random numbers: the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}
