//! Splits files that hold several sessions: agent runs as elements of a JSON array or as one
//! document after another, and lines of our own format that name several sessions.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::transcript;

/// Where one session of a file lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Episode {
    /// Offset of its first byte.
    pub start: u64,
    /// Its length in bytes.
    pub bytes: u64,
    /// How many line ends come before it in the file.
    pub lines: u64,
}

/// Keys under which files of benchmarks keep the messages of one agent run. Keys of paged lists are
/// not here, because several pages are one session.
const RUNS: [&str; 3] = ["messages", "traj", "trajectory"];

/// Keys under which documents keep their records, see docs/transcripts.md.
pub const RECORDS: [&str; 7] =
    ["data", "events", "items", "messages", "requests", "traj", "trajectory"];

/// The key with which a line of our own format names its session.
const SESSION: &str = "session";

/// Longest key or session id in bytes that is kept while scanning. Chosen by us: ids are shorter.
const MAX_NAME: usize = 256;

/// Bytes of a document in which its records must begin. Chosen by us: the fields before them are
/// small.
const HEAD: u64 = 1 << 20;

/// The sessions in a file, in their order; empty for a file that is one session.
///
/// # Errors
/// What the operating system says; `InvalidData` or `UnexpectedEof` for a damaged `.gz`.
pub fn of(path: &Path) -> io::Result<Vec<Episode>> {
    let mut file = transcript::stream(path)?;
    let (mut scan, mut split) = (Scan::default(), Split::default());
    let mut bytes = vec![0; 1 << 16];
    loop {
        let read = match file.read(&mut bytes) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        for byte in &bytes[..read] {
            if let Some(value) = scan.byte(*byte)
                && !split.add(value, scan.is_array, false)
            {
                return Ok(Vec::new());
            }
        }
        if scan.is_other {
            return Ok(Vec::new());
        }
    }
    let is_array = scan.is_array;
    if let Some(cut) = scan.finish()
        && !split.add(cut, is_array, true)
    {
        return Ok(Vec::new());
    }
    Ok(split.end(is_array))
}

/// As [`of`], but reads each file only once per process, because callers ask for every piece of
/// evidence. Empty for a file that cannot be read.
pub fn known(path: &Path) -> Vec<Episode> {
    static KNOWN: Mutex<BTreeMap<PathBuf, Vec<Episode>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let found = known.entry(path.to_path_buf()).or_insert_with(|| of(path).unwrap_or_default());
    found.clone()
}

/// Whether the beginning of a JSON file looks like a transcript: an array of objects, an object
/// with an array of records, or two objects on lines that follow each other.
///
/// # Errors
/// As [`of`].
pub fn may_be_transcript(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    transcript::stream(path)?.take(HEAD).read_to_end(&mut head)?;
    let mut scan = Scan::default();
    let mut values = 0;
    for byte in head {
        values += u32::from(scan.byte(byte).is_some());
        if scan.is_array && scan.depth > scan.base || scan.now.has_records || values > 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A JSON value of the file: an element of the outer array, or a document.
#[derive(Clone, Debug, Default)]
struct Value {
    place: Episode,
    /// Whether it has an array of messages, so that it may be an agent run.
    is_run: bool,
    has_records: bool,
    /// The session that it names.
    session: Option<String>,
}

/// Scans a file value by value. It does not check the JSON: damage only makes a value end
/// elsewhere.
#[derive(Debug, Default)]
struct Scan {
    at: u64,
    lines: u64,
    /// How many brackets are open.
    depth: u32,
    /// How many brackets are open between values: 1 in an outer array, else 0.
    base: u32,
    is_array: bool,
    /// Whether the file begins with something other than JSON with objects.
    is_other: bool,
    has_begun: bool,
    in_text: bool,
    is_escaped: bool,
    /// The last string directly in the value, not in a nested one.
    text: Vec<u8>,
    /// The key whose value is read next.
    key: Option<Vec<u8>>,
    now: Value,
}

impl Scan {
    /// Takes the next byte. Returns a value if this byte ends one.
    fn byte(&mut self, byte: u8) -> Option<Value> {
        self.at += 1;
        self.lines += u64::from(byte == b'\n');
        if self.in_text {
            self.within_text(byte);
            return None;
        }
        match byte {
            b'"' => {
                self.in_text = true;
                self.text.clear();
            }
            b'{' | b'[' => self.open(byte),
            b'}' | b']' => return self.close(),
            b':' if self.depth == self.base + 1 => self.key = Some(std::mem::take(&mut self.text)),
            b',' => self.key = None,
            // White space, and the bytes of a byte order mark before everything.
            b' ' | b'\t' | b'\r' | b'\n' | 0xef | 0xbb | 0xbf => {}
            _ => self.is_other |= !self.has_begun,
        }
        None
    }

    fn within_text(&mut self, byte: u8) {
        match byte {
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' => self.is_escaped = true,
            b'"' => {
                self.in_text = false;
                self.named();
                return;
            }
            _ => {}
        }
        if self.depth == self.base + 1 && self.text.len() < MAX_NAME {
            self.text.push(byte);
        }
    }

    /// Called at the end of a string; the string under the key `session` names the session.
    fn named(&mut self) {
        let is_key = |key: &Vec<u8>| key == SESSION.as_bytes();
        if self.depth == self.base + 1 && self.key.as_ref().is_some_and(is_key) {
            self.now.session = Some(String::from_utf8_lossy(&self.text).into_owned());
        }
    }

    fn open(&mut self, byte: u8) {
        if !self.has_begun && byte == b'[' {
            (self.base, self.is_array) = (1, true);
        } else if self.depth == self.base {
            let place = Episode { start: self.at - 1, bytes: 0, lines: self.lines };
            self.now = Value { place, ..Value::default() };
            self.key = None;
        } else if self.depth == self.base + 1 && byte == b'[' {
            let key = self.key.as_deref().unwrap_or_default();
            let is_one = |keys: &[&str]| keys.iter().any(|known| known.as_bytes() == key);
            self.now.is_run |= is_one(&RUNS);
            self.now.has_records |= is_one(&RECORDS);
        }
        self.has_begun = true;
        self.depth += 1;
    }

    fn close(&mut self) -> Option<Value> {
        let was = self.depth;
        self.depth = was.saturating_sub(1);
        (was == self.base + 1).then(|| self.value())
    }

    fn value(&mut self) -> Value {
        let mut value = std::mem::take(&mut self.now);
        value.place.bytes = self.at - value.place.start;
        value
    }

    /// The value that the end of the file cuts off, if one is open.
    fn finish(mut self) -> Option<Value> {
        (self.has_begun && self.depth > self.base).then(|| self.value())
    }
}

/// Collects the sessions of a file.
#[derive(Debug, Default)]
struct Split {
    episodes: Vec<Episode>,
    /// The session that the last line named; `past` has the sessions named before it.
    session: Option<String>,
    past: BTreeSet<String>,
    is_runs: bool,
}

impl Split {
    /// Adds the next value. Returns whether the file may still hold several sessions.
    fn add(&mut self, value: Value, is_array: bool, is_cut: bool) -> bool {
        if self.episodes.is_empty() {
            self.is_runs = value.is_run;
        }
        if self.is_runs {
            self.episodes.push(value.place);
            // A value that is cut off may lack its messages, so it may still be a run.
            return value.is_run || is_cut;
        }
        if is_array {
            return false;
        }
        match (value.session, self.episodes.last_mut()) {
            (Some(session), Some(last)) if self.session.as_ref() != Some(&session) => {
                // The lines of two sessions are mixed, so no range of the file is one session.
                if self.past.contains(&session) {
                    return false;
                }
                last.bytes = value.place.start - last.start;
                self.past.extend(self.session.replace(session));
                self.episodes.push(value.place);
            }
            (_, Some(last)) => last.bytes = value.place.start + value.place.bytes - last.start,
            (Some(session), None) => {
                self.session = Some(session);
                self.episodes.push(value.place);
            }
            (None, None) => return false,
        }
        true
    }

    /// The collected sessions. Outside an array they count only if there are two; in an array one
    /// is enough, because the array may still grow.
    fn end(self, is_array: bool) -> Vec<Episode> {
        let least = if is_array { 1 } else { 2 };
        if self.episodes.len() < least { Vec::new() } else { self.episodes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::tests::{gzip, write};

    /// The text of each episode, with the number of lines before it.
    fn pieces(text: &str) -> Vec<(&str, u64)> {
        let dir = tempfile::tempdir().unwrap();
        let found = of(&write(dir.path(), "a.json", text.as_bytes())).unwrap();
        assert_eq!(of(&write(dir.path(), "a.json.gz", &gzip(text.as_bytes()))).unwrap(), found);
        let piece = |e: &Episode| {
            let start = usize::try_from(e.start).unwrap();
            (&text[start..start + usize::try_from(e.bytes).unwrap()], e.lines)
        };
        found.iter().map(piece).collect()
    }

    #[test]
    fn runs_in_an_array_or_one_after_another_are_sessions() {
        let (a, b) = (r#"{"task_id":1,"traj":[{"role":"user"}]}"#, r#"{"traj":[{"x":"]}\"["}]}"#);
        assert_eq!(pieces(&format!("[{a},\n {b}]\n")), [(a, 0), (b, 1)]);
        assert_eq!(pieces(&format!("\u{feff}{a}\n{b}\n")), [(a, 0), (b, 1)]);
        assert_eq!(pieces(&format!("[{a}]")), [(a, 0)]);
        // The end of the file is missing.
        assert_eq!(pieces(&format!("[{a},{{\"ta")), [(a, 0), ("{\"ta", 0)]);
    }

    #[test]
    fn what_is_one_session_stays_one() {
        for text in [
            "",
            "[",
            "Dear diary",
            r#"{"messages":[{"role":"user"}]}"#,
            r#"[{"role":"user","content":"a"},{"role":"user","content":"b"}]"#,
            "{\"type\":\"user\",\"message\":{\"messages\":[]}}\n{\"type\":\"user\"}\n",
            "{\"data\":[{}],\"next_page\":\"p\"}\n{\"data\":[{}]}\n",
            "{\"type\":\"session\",\"session\":\"a\"}\n{\"type\":\"user\",\"text\":\"session\"}\n",
        ] {
            assert_eq!(pieces(text), [], "{text}");
        }
    }

    #[test]
    fn lines_are_split_where_they_name_another_session() {
        let a = "{\"session\":\"a\",\"type\":\"session\"}\n{\"type\":\"user\",\"text\":\"x\"}\n";
        let b = "{\"type\":\"user\",\"session\":\"b\"}\n{\"session\":\"b\"}";
        assert_eq!(pieces(&format!("{a}{b}\n")), [(a, 0), (b, 2)]);
        // Two sessions whose lines are mixed.
        assert_eq!(pieces(&format!("{a}{b}\n{{\"session\":\"a\"}}\n")), []);
    }

    #[test]
    fn other_json_files_are_told_from_transcripts_by_their_beginning() {
        let dir = tempfile::tempdir().unwrap();
        let may =
            |text: &str| may_be_transcript(&write(dir.path(), "x.json", text.as_bytes())).unwrap();
        assert!(may("[{\"role\":1}]") && may("{\n \"id\": 1,\n \"messages\": [\n"));
        assert!(may("{\"role\":\"user\"}\n{\"role\":\"user\"}\n") && may("{\"events\": []}"));
        for text in
            ["", "[1, 2]", "{\"name\":\"x\",\"files\":[\"events\"]}", "{\"a\":{\"data\":[]}}"]
        {
            assert!(!may(text), "{text}");
        }
    }
}
