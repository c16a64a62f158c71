//! As many sessions as a row needs: generated ones, or those of a folder repeated under new ids
//! with some words changed.

use std::fs;
use std::path::{Path, PathBuf};

use dreaming_testing::generator::{Generated, generate};
use dreaming_testing::{Random, Transcript};
use serde_json::Value;

/// A session of one part.
pub struct Session {
    /// Its id.
    pub id: String,
    /// Its transcript.
    pub bytes: Vec<u8>,
}

/// The source of sessions.
pub enum Source {
    /// Sessions made of generated texts.
    Made,
    /// The transcripts of a folder.
    Read(Vec<String>),
}

/// Turns of a generated session, and sessions whose texts are generated together. Texts repeat each
/// other within such a group only, so that twice as many sessions repeat twice as much. Chosen by
/// us.
const TURNS: usize = 12;
const TOGETHER: usize = 65;

/// One in so many long words changes from one copy of a session to the next. Chosen by us: most
/// commands and messages stay similar, while most statements do not stay equal.
const CHANGED: u64 = 6;

/// Tools and files of generated sessions. Many sessions share them, so that something recurs.
const COMMANDS: [&str; 8] = [
    "cargo test --workspace",
    "make lint",
    "npm run build",
    "git push origin main",
    "docker compose up -d",
    "pytest -q",
    "terraform plan",
    "go vet ./...",
];

impl Source {
    /// All `.jsonl` files of a folder, by name.
    ///
    /// # Errors
    /// When a file cannot be read, or the folder has no transcripts.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            files.extend(path.extension().is_some_and(|e| e == "jsonl").then_some(path));
        }
        files.sort();
        let texts: Result<Vec<String>, _> = files.iter().map(fs::read_to_string).collect();
        let texts = texts.map_err(failed)?;
        if texts.is_empty() {
            return Err(format!("{}: no `.jsonl` file", folder.display()));
        }
        Ok(Self::Read(texts))
    }

    /// Describes the source for people.
    pub fn about(&self) -> String {
        match self {
            Self::Made => "sessions made of generated texts".into(),
            Self::Read(texts) => {
                format!("{} sessions, repeated under new ids with changed words", texts.len())
            }
        }
    }

    /// `count` sessions, from number `first` on.
    pub fn take(&self, first: usize, count: usize) -> Vec<Session> {
        let mut block = (usize::MAX, Vec::new());
        let mut bytes = |at: usize| match self {
            Self::Made => {
                if block.0 != at / TOGETHER {
                    block = (at / TOGETHER, generate(TOGETHER * TURNS, (at / TOGETHER) as u64 + 1));
                }
                made(&block.1, at)
            }
            Self::Read(texts) => changed(&texts[at % texts.len()], at / texts.len()),
        };
        (first..first + count).map(|at| Session { id: id(at), bytes: bytes(at) }).collect()
    }
}

fn id(at: usize) -> String {
    format!("session-{at:06}")
}

/// A session in which a person asks, gives a lasting order and corrects, and the agent runs
/// commands, some of which fail.
fn made(texts: &[Generated], at: usize) -> Vec<u8> {
    let mut random = Random::new(at as u64);
    let (day, hour) = (1 + at / 12 % 28, at % 12 + 8);
    let (year, month) = (2024 + at / 4032 % 3, 1 + at / 336 % 12);
    let mut transcript =
        Transcript::new(&id(at), &format!("{year}-{month:02}-{day:02}T{hour:02}:00:00Z"));
    for turn in 0..TURNS {
        let text = &texts[(at * TURNS + turn) % texts.len()].text;
        let other = &texts[(at * TURNS + turn * 7 + 1) % texts.len()].text;
        let begin: Vec<&str> = text.split_whitespace().take(14).collect();
        let begin = begin.join(" ");
        match random.below(8) {
            0 => transcript.user(&format!("Always remember: {begin}.")),
            1 => transcript.user(&format!("No, that is wrong. {begin}. Never do it otherwise.")),
            _ => transcript.user(text),
        };
        let common = COMMANDS[random.below(COMMANDS.len())];
        let own = format!("grep -rn 'm{}' docs/{}", at, random.below(500));
        if random.chance(0.25) {
            transcript.shell_fails(common, &format!("error: {begin}\nmore of it"));
        } else {
            transcript.shell(common, other);
        }
        if random.chance(0.15) {
            transcript.shell_fails(&own, &format!("{}: no such file", random.below(500)));
        } else {
            transcript.shell(&own, text);
        }
        transcript.agent(other);
    }
    transcript.bytes()
}

/// Copy number `copy` of a transcript: other ids of records and calls, and some other words in
/// messages, calls and results.
fn changed(text: &str, copy: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.lines() {
        match serde_json::from_str::<Value>(line) {
            Ok(mut record) => {
                change(&mut record, "", copy);
                out.extend_from_slice(record.to_string().as_bytes());
            }
            Err(_) => out.extend_from_slice(line.as_bytes()),
        }
        out.push(b'\n');
    }
    out
}

/// Fields with ids of records and calls, and fields with words of people, agents and tools.
const IDS: [&str; 6] = ["uuid", "parentUuid", "sessionId", "id", "tool_use_id", "requestId"];
const SAID: [&str; 9] = [
    "content",
    "text",
    "command",
    "description",
    "prompt",
    "file_path",
    "old_string",
    "new_string",
    "pattern",
];

fn change(value: &mut Value, field: &str, copy: usize) {
    match value {
        Value::String(text) if copy > 0 && IDS.contains(&field) => *text += &format!("-{copy}"),
        Value::String(text) if copy > 0 && SAID.contains(&field) => *text = reworded(text, copy),
        Value::Array(all) => all.iter_mut().for_each(|each| change(each, field, copy)),
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(name, each)| change(each, name, copy));
        }
        _ => {}
    }
}

/// The text with some of its words of five or more letters replaced.
fn reworded(text: &str, copy: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_alphabetic() {
            word.push(c);
            continue;
        }
        let drawn = word.bytes().fold(copy as u64, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(7)
        });
        if word.len() >= 5 && drawn % CHANGED == 0 {
            // Only letters, so that the replacement is one word too.
            let letter = |at: u64| char::from(b'a' + (drawn >> (8 * at)) as u8 % 26);
            word.extend((0..3).map(letter));
        }
        out += &word;
        word.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}
