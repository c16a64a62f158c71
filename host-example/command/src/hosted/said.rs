//! What `pull` and `push` say of memories, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::sides::Sides;
use crate::folder::Skipped;
use crate::output::text;

/// Lines of one list that people are shown. Chosen by us: they fit a screen; `--json` has all.
const SHOWN: usize = 40;

/// Digits of a digest that people are shown.
const DIGITS: usize = 12;

/// Adds the lines of a list, as far as they are shown.
pub fn list(out: &mut String, lines: impl ExactSizeIterator<Item = String>) {
    let more = lines.len().saturating_sub(SHOWN);
    for line in lines.take(SHOWN) {
        let _ = writeln!(out, "  {}", text::one_line(&line));
    }
    if more > 0 {
        let _ = writeln!(out, "  and {more} more (all with --json)");
    }
}

/// The lines of a list, as far as they are shown.
pub fn listed(lines: &[String]) -> String {
    let mut out = String::new();
    list(&mut out, lines.iter().cloned());
    out
}

/// How a memory comes to a side: `new`, `changed` or `removed`.
pub fn change(is_there: bool, will_be: bool) -> &'static str {
    match (is_there, will_be) {
        (false, _) => "new",
        (true, true) => "changed",
        (true, false) => "removed",
    }
}

impl Sides {
    /// How a memory differs on the two sides.
    pub fn differs(&self, path: &str, bytes_here: Option<u64>) -> String {
        let side = |digest: Option<&str>, bytes: u64| match digest {
            Some(digest) => format!("{} ({bytes} bytes)", digest.get(..DIGITS).unwrap_or(digest)),
            None => "removed".into(),
        };
        let here = side(self.here.get(path).map(String::as_str), bytes_here.unwrap_or(0));
        let there = self.there.get(path);
        let there = side(there.map(|t| t.sha256.as_str()), there.map_or(0, |t| t.bytes));
        format!("{path}: here {here}, there {there}")
    }

    /// The same for programs.
    pub fn difference(&self, path: &str, bytes_here: Option<u64>) -> Value {
        let side = |sha256: &str, bytes: u64| json!({"sha256": sha256, "bytes": bytes});
        let here = self.here.get(path).map(|sha256| side(sha256, bytes_here.unwrap_or(0)));
        let there = self.there.get(path).map(|there| side(&there.sha256, there.bytes));
        json!({"path": path, "here": here, "there": there})
    }

    /// Adds what cannot be brought from side to side.
    pub fn tell_left_alone(&self, out: &mut String) {
        if !self.left_alone.is_empty() {
            let count = memories(self.left_alone.len());
            let _ = writeln!(out, "Left alone: {count}.");
            let line = |left: &Skipped| format!("{}: {}", left.path, left.reason);
            list(out, self.left_alone.iter().map(line));
        }
    }
}

/// `1 memory`, `2 memories`.
pub fn memories(count: usize) -> String {
    if count == 1 { "1 memory".into() } else { format!("{count} memories") }
}
