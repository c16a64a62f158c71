//! How fast transcripts are read: natively, through the component, and beside the least work that
//! any reader has to do: pass over the JSON of each line, and hash all bytes.

use std::fs;
use std::path::Path;

use dreaming::canonical::digest;
use dreaming::ids::SessionId;
use dreaming::{Policy, Time};
use dreaming::{policy, session};
use dreaming_testing::generator::Generated;
use dreaming_testing::{Host, NativeHost, Need, Store, Transcript};
use dreaming_wasmtime::{Contents, Engine, Limits, Part, Request, Session, Setting, SettingValue};
use serde::Serialize;
use serde::de::IgnoredAny;

use crate::walk::NOW;
use dreaming_testing::clock::{Watch, median, timed};

/// Bytes that a host hands over at once. Chosen by us.
const CHUNK: usize = 256 << 10;

/// The setting for the most sessions of a dream, and the greatest value of this setting.
const LIMIT: &str = "dream.max-sessions";
const MOST: u64 = 1_000;

/// The part of a session that is read here.
const MAIN: &str = "main";

/// Texts in a generated session, and how many of them one tool result holds. Chosen by us.
const TEXTS: usize = 60;
const PRINTED: usize = 12;

/// Seconds on a processor to read all sessions: medians of the rounds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Reading {
    sessions: usize,
    bytes: usize,
    native: f64,
    component: f64,
    /// `serde_json` passing over the values of each line, natively.
    skipped: f64,
    /// SHA-256 of all bytes, natively.
    hashed: f64,
    /// Whether native code and component came to the same plan.
    pub equal: bool,
}

/// One transcript: the id of its session, and the file.
pub struct File {
    id: String,
    bytes: Vec<u8>,
}

/// The transcripts of a folder: all `.jsonl` files below it, by name; a dream takes at most 1,000.
///
/// # Errors
/// The first file that cannot be read.
pub fn read(folder: &Path) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    add(folder, &mut files).map_err(|error| format!("{}: {error}", folder.display()))?;
    files.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(files)
}

fn add(folder: &Path, files: &mut Vec<File>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            add(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "jsonl") {
            files.push(File { id: path.display().to_string(), bytes: fs::read(&path)? });
        }
    }
    Ok(())
}

/// Transcripts made of generated texts: requests of a person, commands, and the output of commands.
pub fn made(texts: &[Generated]) -> Vec<File> {
    let sessions = texts.chunks(TEXTS).enumerate().map(|(at, texts)| {
        let id = format!("session-{at:05}");
        let mut transcript = Transcript::new(&id, "2026-01-05T09:00:00Z");
        for turn in texts.chunks(PRINTED) {
            let printed: Vec<&str> = turn.iter().map(|text| text.text.as_str()).collect();
            if let Some(first) = turn.first() {
                transcript.user(&first.text);
                transcript
                    .shell(&format!("grep -rn '{}' docs | head", first.id), &printed.join("\n"));
                transcript.agent(printed.last().unwrap_or(&""));
            }
        }
        File { id, bytes: transcript.bytes() }
    });
    sessions.collect()
}

/// The component of the world `dreamer`. Memory is limited only by its 32 bits, and no fuel is
/// counted, so that the numbers show the engine and not the limits.
///
/// # Errors
/// When `file` holds no component.
pub fn component(file: &Path) -> Result<Engine, String> {
    let bytes = fs::read(file)
        .map_err(|error| format!("{}: {error}: run `cargo xtask component`", file.display()))?;
    let limits = Limits { memory_bytes: usize::MAX, fuel: None };
    Engine::new(&bytes, limits).map_err(|error| error.to_string())
}

/// Reads `files` in both engines, taking turns. Only feeding the bytes is timed, which is when the
/// engine turns a transcript into a session record.
///
/// # Errors
/// The message of whatever fails.
pub fn measure(component: &Engine, files: &[File], rounds: usize) -> Result<Reading, String> {
    let (mut native, mut wasm, mut skipped, mut hashed) = (vec![], vec![], vec![], vec![]);
    let mut equal = true;
    for _ in 0..rounds.max(1) {
        let (own, seconds) = natively(files)?;
        native.push(seconds);
        let (theirs, seconds) = through(component, files)?;
        wasm.push(seconds);
        equal &= own == theirs;
        skipped.push(timed(|| files.iter().map(skip).sum::<usize>()).1);
        hashed.push(timed(|| files.iter().map(|file| digest(&file.bytes)).max()).1);
    }
    Ok(Reading {
        sessions: files.len(),
        bytes: files.iter().map(|file| file.bytes.len()).sum(),
        native: median(native),
        component: median(wasm),
        skipped: median(skipped),
        hashed: median(hashed),
        equal,
    })
}

fn skip(file: &File) -> usize {
    let lines = file.bytes.split(|byte| *byte == b'\n');
    lines.filter(|line| serde_json::from_slice::<IgnoredAny>(line).is_ok()).count()
}

/// The chunks of a file, each with whether it is the last.
fn chunks(file: &File) -> impl Iterator<Item = (&[u8], bool)> {
    let count = file.bytes.len().div_ceil(CHUNK);
    file.bytes.chunks(CHUNK).enumerate().map(move |(at, chunk)| (chunk, at + 1 == count))
}

fn find<'a>(files: &'a [File], id: &str) -> Result<&'a File, String> {
    files.iter().find(|file| file.id == id).ok_or_else(|| format!("`{id}` was never offered"))
}

/// The plan, and the seconds of reading.
fn natively(files: &[File]) -> Result<(Vec<u8>, f64), String> {
    let session = |file: &File| session::Session {
        id: SessionId::new(file.id.as_str()),
        agent: None,
        principal: None,
        parts: vec![session::Part { name: MAIN.into(), bytes: file.bytes.len() as u64 }],
    };
    let mut policy = Policy::default();
    policy.set(LIMIT, policy::SettingValue::Integer(MOST)).map_err(|error| error.to_string())?;
    let request = dreaming::Request {
        policy,
        instructions: String::new(),
        now: Time::from_millis(NOW),
        sessions: files.iter().map(session).collect(),
        similarities: Vec::new(),
    };
    let mut dream =
        NativeHost.start(&request, &Store::default()).map_err(|error| error.to_string())?;
    let mut watch = Watch::default();
    loop {
        match dream.poll().map_err(|error| error.to_string())? {
            Need::Sessions(needs) => {
                for (id, _) in needs {
                    let file = find(files, &id)?;
                    for (chunk, last) in chunks(file) {
                        let fed = watch.time(|| dream.feed(&id, MAIN, chunk, last));
                        fed.map_err(|error| error.to_string())?;
                    }
                }
            }
            Need::Calls(_) => return Err("a dream without a model asks for one".into()),
            Need::Done { plan, .. } => return Ok((plan, watch.seconds())),
        }
    }
}

/// The plan, and the seconds of reading.
fn through(component: &Engine, files: &[File]) -> Result<(Vec<u8>, f64), String> {
    let session = |file: &File| Session {
        id: file.id.clone(),
        agent: None,
        principal: None,
        parts: vec![Part { name: MAIN.into(), bytes: file.bytes.len() as u64 }],
    };
    let request = Request {
        policy: vec![Setting { name: LIMIT.into(), value: SettingValue::Integer(MOST) }],
        instructions: String::new(),
        now: NOW,
        sessions: files.iter().map(session).collect(),
        similarities: Vec::new(),
    };
    let text = |error: dreaming_wasmtime::Error| error.to_string();
    let mut job = component.job().map_err(text)?;
    let store = job.snapshot(&Contents::default()).map_err(text)?;
    let dream = job.start(&request, &store).map_err(text)?;
    let mut watch = Watch::default();
    loop {
        match job.poll(&dream).map_err(text)? {
            dreaming_wasmtime::Need::Sessions(needs) => {
                for need in needs {
                    let file = find(files, &need.session)?;
                    for (chunk, last) in chunks(file) {
                        let fed = watch.time(|| job.feed(&dream, &need.session, MAIN, chunk, last));
                        fed.map_err(text)?;
                    }
                }
            }
            dreaming_wasmtime::Need::Calls(_) => {
                return Err("a dream without a model asks for one".into());
            }
            dreaming_wasmtime::Need::Done(outcome) => {
                return Ok((outcome.plan, watch.seconds()));
            }
        }
    }
}

impl Reading {
    /// As JSON; `cargo xtask eval importers` reads it.
    ///
    /// # Errors
    /// Only those of the JSON writer.
    pub fn json(&self) -> Result<String, String> {
        serde_json::to_string(self).map_err(|error| error.to_string())
    }

    /// As a table for people.
    pub fn text(&self) -> String {
        let speed = |seconds: f64| self.bytes as f64 / 1e6 / seconds;
        format!(
            "\ntranscripts ({} sessions, {:.1} MB), MB/s of one processor, medians\n  \
             native {:.0}, component {:.0}, wasm ÷ native {:.2}, plans {}\n  \
             beside the same bytes, natively: JSON passed over {:.0}, SHA-256 {:.0}; \
             the component takes {:.1} × and {:.1} × as long\n",
            self.sessions,
            self.bytes as f64 / 1e6,
            speed(self.native),
            speed(self.component),
            self.component / self.native,
            if self.equal { "equal" } else { "DIFFERENT" },
            speed(self.skipped),
            speed(self.hashed),
            self.component / self.skipped,
            self.component / self.hashed,
        )
    }
}
