//! The form of a golden case: a folder that describes a situation in files that people read.
//!
//! ```text
//! case.json                   what it shows, and the steps; see [`Case`]
//! given.txt                   what it starts from, short texts together; see [`given`]
//! expected.txt                the result; BLESS=1 writes it; see [`expected`](crate::expected)
//! documents/…                 the documents in full, if the case is about their form
//! ```
//!
//! What a case starts from, in `given.txt` or as files of their own:
//!
//! ```text
//! memory/…                    the store at the beginning
//! sessions/<id>.txt           a script (see `script`), which stands for <id>.jsonl
//! sessions/<id>.jsonl         the main part of a session
//! sessions/<id>/…             its other parts, named by their path below <id>
//! edits/<n>/…                 what a person writes before step n (from 1)
//! late/<n>/…                  what a person writes between dream and decision of step n
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dreaming::canonical::{self, Readable};
use dreaming::pair::Similarity;
use dreaming::propose::Answer;
use dreaming::session::{Part, Session};
use dreaming::{Policy, Time};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::given;

/// Files of a folder by their path below it, with `/` between names.
pub type Files = BTreeMap<String, Vec<u8>>;

/// `case.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// What the case shows, in one sentence.
    pub about: String,
    /// Settings of all dreams.
    #[serde(default, deserialize_with = "document")]
    pub policy: Policy,
    /// Instructions of all dreams.
    #[serde(default)]
    pub instructions: String,
    /// Times of the memories at the beginning; others are unknown.
    #[serde(default)]
    pub observed: BTreeMap<String, Stamp>,
    /// The case is about the form of documents: they are kept in full.
    #[serde(default)]
    pub documents: bool,
    /// Texts that must occur in no output at all, checkpoints and prompts included.
    #[serde(default)]
    pub absent: Vec<String>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What it starts from, by path.
    #[serde(skip)]
    pub given: Files,
}

/// A value of the engine, read as its documents write it.
fn document<'de, D: Deserializer<'de>, T: Readable>(input: D) -> Result<T, D::Error> {
    let json = serde_json::Value::deserialize(input)?.to_string();
    canonical::from_bytes(json.as_bytes()).map_err(D::Error::custom)
}

/// A dream with the decision about it, a revert, or an erasure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// The time of the step.
    #[serde(deserialize_with = "time")]
    pub now: Time,
    /// Memories that a person deletes first.
    #[serde(default)]
    pub delete: Vec<String>,
    /// Times of the memories that a person writes first.
    #[serde(default)]
    pub observed: BTreeMap<String, Stamp>,
    /// The revision number to go back to, in place of a dream.
    pub revert: Option<u64>,
    /// The sessions of the dream.
    #[serde(default)]
    pub sessions: Vec<SessionSpec>,
    /// Entries that the host of the dream calls alike.
    #[serde(default, deserialize_with = "document")]
    pub similarities: Vec<Similarity>,
    /// Sessions of the dream that the host cannot read.
    #[serde(default)]
    pub missing: Vec<String>,
    /// The model's answers; for each prompt the first that fits is used.
    #[serde(default)]
    pub answers: Vec<AnswerSpec>,
    /// What is accepted: `auto` (the default), `all`, `all open` (every change that is not
    /// blocked), `none`, `leave` (the plan is not applied at all), or parts of lines of the story.
    #[serde(default)]
    pub accept: Accept,
    /// What is rejected: parts of lines of the story.
    #[serde(default)]
    pub reject: Vec<String>,
    /// Other words for accepted changes: parts of lines of the story, and what is written.
    #[serde(default)]
    pub edit: BTreeMap<String, String>,
    /// Before the decision, what people wrote after the dream becomes a revision, and the plan is
    /// made again over it.
    #[serde(default)]
    pub rebase: bool,
    /// Settings of this dream, in place of those of all dreams.
    #[serde(default, deserialize_with = "document")]
    pub policy: Option<Policy>,
    /// What is erased, in place of a dream.
    pub erase: Option<EraseSpec>,
    /// The error that ends the step, by its name in `wit/errors.wit`.
    pub error: Option<String>,
    /// Texts that must occur in the story of the step. They hold when blessing too.
    #[serde(default)]
    pub shows: Vec<String>,
    /// Texts that must not occur in the story of the step.
    #[serde(default)]
    pub never: Vec<String>,
}

/// What a step erases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum EraseSpec {
    /// The session of this id.
    Session(String),
    /// The entry whose text contains this.
    Entry(String),
}

/// A session of a step: an id, or an id with more.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum SessionSpec {
    /// An id; the file has the same name, and nothing else is known.
    Id(String),
    /// An id with further values.
    Full(FullSession),
}

/// A session with further values.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullSession {
    /// The host's id.
    pub id: String,
    /// Name of the file without `.jsonl`, when it is not the id.
    pub file: Option<String>,
    /// Only this many lines of the main part exist yet.
    pub lines: Option<usize>,
    /// The agent, as the host knows it.
    pub agent: Option<String>,
    /// The person, as the host knows it.
    pub principal: Option<String>,
}

/// What the model answers to some prompts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerSpec {
    /// Fits prompts that contain this text; empty = all.
    #[serde(default)]
    pub to: String,
    /// The answer.
    pub with: AnswerForm,
}

/// An answer in a case file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerForm {
    /// This text.
    Text(String),
    /// The text of this JSON.
    Json(serde_json::Value),
    /// The model refused.
    Refused,
    /// The call failed.
    Failed(String),
}

/// Which changes are accepted.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Accept {
    /// `auto`, `all` or `none`.
    Word(String),
    /// The changes whose line of the story contains one of these.
    Only(Vec<String>),
}

impl Default for Accept {
    fn default() -> Self {
        Self::Word("auto".into())
    }
}

/// A time that is written as RFC 3339.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Stamp(#[serde(deserialize_with = "time")] pub Time);

fn time<'de, D: Deserializer<'de>>(input: D) -> Result<Time, D::Error> {
    let text = String::deserialize(input)?;
    Time::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no time")))
}

impl Case {
    /// Reads the case in `folder`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn load(folder: &Path) -> Result<Self, String> {
        let file = folder.join("case.json");
        let at = |e: &dyn std::fmt::Display| format!("{}: {e}", file.display());
        let bytes = fs::read(&file).map_err(|e| at(&e))?;
        let case: Self = serde_json::from_slice(&bytes).map_err(|e| at(&e))?;
        Ok(Self { given: given::read(folder)?, ..case })
    }

    /// The store at the beginning: paths, texts and times.
    ///
    /// # Errors
    /// A memory that is not UTF-8, or a time for a memory that does not exist.
    pub fn memories(&self) -> Result<Vec<(String, String, Option<Time>)>, String> {
        let memories = self.texts("memory/")?;
        if let Some(path) = self.observed.keys().find(|path| !memories.contains_key(*path)) {
            return Err(format!("`observed` names `{path}`, which is not there"));
        }
        let with_time = |(path, text): (String, String)| {
            let time = self.observed.get(&path).map(|stamp| stamp.0);
            (path, text, time)
        };
        Ok(memories.into_iter().map(with_time).collect())
    }

    /// What a person writes: the files of `edits/<n>` or `late/<n>`.
    ///
    /// # Errors
    /// A file that is no text.
    pub fn edits(&self, when: &str, step: usize) -> Result<BTreeMap<String, String>, String> {
        self.texts(&format!("{when}/{step}/"))
    }

    fn texts(&self, folder: &str) -> Result<BTreeMap<String, String>, String> {
        let text = |(name, bytes): (&str, &[u8])| match std::str::from_utf8(bytes) {
            Ok(text) => Ok((name.to_owned(), text.to_owned())),
            Err(_) => Err(format!("`{folder}{name}` is not UTF-8")),
        };
        given::below(&self.given, folder).into_iter().map(text).collect()
    }
}

/// All sessions in the given files, by id.
pub fn all_sessions(given: &Files) -> Vec<SessionSpec> {
    let names = given::below(given, "sessions/").into_keys();
    let main = names.filter(|name| !name.contains('/'));
    main.filter_map(|name| Some(SessionSpec::Id(name.strip_suffix(".jsonl")?.into()))).collect()
}

impl SessionSpec {
    /// The host's id.
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Full(full) => &full.id,
        }
    }

    /// The parts of the session, `main` first.
    ///
    /// # Errors
    /// When the session is not among the given files.
    pub fn parts(&self, given: &Files) -> Result<Vec<(String, Vec<u8>)>, String> {
        let (stem, lines) = match self {
            Self::Id(id) => (id, None),
            Self::Full(full) => (full.file.as_ref().unwrap_or(&full.id), full.lines),
        };
        let name = format!("sessions/{stem}.jsonl");
        let all = given.get(&name).ok_or_else(|| format!("{name} is not there"))?;
        let lines = lines.unwrap_or(usize::MAX);
        let main = all.split_inclusive(|byte| *byte == b'\n').take(lines).flatten().copied();
        let others = given::below(given, &format!("sessions/{stem}/"));
        let others = others.into_iter().map(|(name, bytes)| (name.to_owned(), bytes.to_vec()));
        Ok(std::iter::once(("main".into(), main.collect())).chain(others).collect())
    }

    /// What the host knows about the session.
    pub fn descriptor(&self, parts: &[(String, Vec<u8>)]) -> Session {
        let (agent, principal) = match self {
            Self::Id(_) => (None, None),
            Self::Full(full) => (full.agent.clone(), full.principal.clone()),
        };
        let part = |(name, bytes): &(String, Vec<u8>)| Part {
            name: name.clone(),
            bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        };
        Session {
            id: dreaming::ids::SessionId::new(self.id()),
            agent,
            principal,
            parts: parts.iter().map(part).collect(),
        }
    }
}

impl AnswerForm {
    /// The answer.
    pub fn answer(&self) -> Answer {
        match self {
            Self::Text(text) => Answer::Text { text: text.clone() },
            Self::Json(value) => Answer::Text { text: value.to_string() },
            Self::Refused => Answer::Refused,
            Self::Failed(reason) => Answer::Failed { reason: reason.clone() },
        }
    }
}

/// All files below `folder`; none when the folder does not exist.
///
/// # Errors
/// A file that cannot be read.
pub fn files(folder: &Path) -> Result<Files, String> {
    let mut found = Files::new();
    let mut open = vec![(folder.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let entry = entry.map_err(|e| format!("{}: {e}", folder.display()))?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let path = entry.path();
            if path.is_dir() {
                open.push((path, name + "/"));
            } else {
                let bytes = fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
                found.insert(name, bytes);
            }
        }
    }
    Ok(found)
}
