//! How a home of small files wants them, as data: a home that is new needs no code.

use dreaming_records::kind::Kind;
use dreaming_records::ledger::EntryRecord;
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;

use super::Room;

/// Shortest longest name. Chosen by us: the id of an entry, by which two equal names are told
/// apart, has 20 digits, and some words should stand before it.
const SHORTEST_NAME: u64 = 32;

/// Sessions that make a workflow a proven one. Chosen by us, as for the tier above the lowest: one
/// session may have been luck.
const SEVERAL: u64 = 2;

/// What Claude Code calls notes on how somebody wants to work, and on the project.
/// Source: <https://code.claude.com/docs/en/memory>.
const TYPES: (&str, &str) = ("feedback", "project");

/// How a home wants its files, each with one entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The path of a file below the folder of the home, `/` between its parts. `{name}` stands for
    /// words of the entry (`a-z`, `0-9` and `-`), and must be in it; `{time}` for the time of the
    /// entry, as in `2026-02-20T00-00-00`.
    pub file: String,
    /// What stands above the entry, such as front matter. `{name}` is as in the path,
    /// `{description}` the entry on one line as it may stand within double quotes of YAML, `{type}`
    /// the type that Claude Code has for entries of this kind.
    pub head: String,
    /// Longest name, in bytes; at least 32.
    pub name: u64,
    /// Longest description, in characters.
    pub description: u64,
    /// Longest file, in bytes.
    pub bytes: Option<u64>,
    /// Most files; 0 takes out all of them.
    pub files: Option<u64>,
    /// Only workflows that several sessions support, or a person's own words.
    pub proven_workflows: bool,
    /// The index that names the files.
    pub index: Option<IndexForm>,
}

/// A file that names the others, in a block; people and agents write it too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexForm {
    /// Its path below the folder of the home.
    pub path: String,
    /// How much of it an agent loads.
    pub room: Room,
}

impl Form {
    /// Why the form cannot be used, if it cannot.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let is_below = |path: &str| {
            path.split('/').all(|part| !matches!(part, "" | "." | ".."))
                && !path.contains(['\\', ':', '\0'])
        };
        let index = self.index.as_ref().map(|index| &*index.path);
        if !self.file.contains("{name}") {
            Some("its path has no `{name}`, so that all files would have one path")
        } else if !is_below(&self.file) || !index.is_none_or(is_below) {
            Some(
                "its paths lead below the folder of the home: no `..`, no empty part, `/` between parts",
            )
        } else if self.name < SHORTEST_NAME {
            Some("its names are shorter than 32 bytes")
        } else if self.head.contains(super::MARK) {
            Some("its head has the mark of a file")
        } else {
            None
        }
    }
}

/// Whether a workflow worked more than once, or a person said it. The ledger does not keep who
/// accepted a change.
pub(super) fn is_proven(record: &EntryRecord) -> bool {
    record.support.sessions >= SEVERAL || record.trust == Trust::User
}

/// The type that Claude Code has for entries of this kind.
pub(super) fn type_of(record: &EntryRecord) -> &'static str {
    if record.kind == Some(Kind::Preference) { TYPES.0 } else { TYPES.1 }
}

/// The time of an entry as a part of a file name: when it was first true, else when it was last
/// seen. One of which nobody knows a time has the first of 1970, so that whatever has a time is newer.
pub(super) fn time_of(record: &EntryRecord) -> String {
    let time = record.valid_from.or(record.last_seen).unwrap_or(Time::from_millis(0));
    let seconds = Time::from_millis(time.millis().div_euclid(1000) * 1000).to_string();
    seconds.trim_end_matches('Z').replace(':', "-")
}

/// The words of a text that can stand in a name, as many as there is room for.
pub(super) fn words(text: &str, most: usize) -> String {
    let mut name = String::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let more = word.len() + usize::from(!name.is_empty());
        if name.len() + more > most {
            break;
        }
        if !name.is_empty() {
            name.push('-');
        }
        name.push_str(&word.to_ascii_lowercase());
    }
    name
}

/// A text of at most so many characters.
pub(super) fn shortened(text: &str, most: u64) -> String {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(most.saturating_sub(1)).collect();
            format!("{}…", kept.trim_ascii_end())
        }
    }
}

/// A text as it may stand within double quotes of YAML.
pub(super) fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A form with its places filled in. What a value has in braces stays as it is.
pub(super) fn filled(form: &str, values: &[(&str, &str)]) -> String {
    let (mut out, mut rest) = (String::new(), form);
    while let Some((before, from)) = rest.split_once('{') {
        out.push_str(before);
        let place = from.split_once('}');
        let known = place.and_then(|(key, after)| {
            values.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value, after))
        });
        match known {
            Some((value, after)) => {
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push('{');
                rest = from;
            }
        }
    }
    out + rest
}
