//! Finds erased words that are still in the memory folder, where only people may remove them.

use std::collections::BTreeMap;

use dreaming_wasmtime::quotes::{lines_saying, says};
use serde::Serialize;

use crate::folder::Skipped;

/// Where the words still are.
#[derive(Debug, Default, Serialize)]
pub struct Still {
    /// Lines of memories that hold them.
    pub still_in: Vec<Line>,
    /// Files that could not be read.
    pub not_looked_at: Vec<Unseen>,
}

/// A line of a memory.
#[derive(Debug, Serialize)]
pub struct Line {
    path: String,
    /// 1 for the first one.
    line: usize,
}

/// A file that cannot be read.
#[derive(Debug, Serialize)]
pub struct Unseen {
    path: String,
    reason: String,
    /// Whether the text that is recorded for this file holds the words.
    recorded_says_so: bool,
}

impl Still {
    /// Searches `texts`, the memories by path. `skipped` are files that are no memory or cannot be
    /// read.
    pub fn find(texts: &BTreeMap<String, String>, skipped: &[Skipped], words: &[String]) -> Self {
        // When a session is erased, there are no words to search for.
        if words.is_empty() {
            return Self::default();
        }
        let unseen = |file: &Skipped| Unseen {
            path: file.path.clone(),
            reason: file.reason.clone(),
            recorded_says_so: texts.get(&file.path).is_some_and(|text| says(text, words)),
        };
        let not_looked_at: Vec<Unseen> = skipped.iter().map(unseen).collect();
        let read = texts.iter().filter(|(path, _)| skipped.iter().all(|file| file.path != **path));
        let lines = read.flat_map(|(path, text)| {
            let lines = lines_saying(text, words).into_iter();
            lines.map(|line| Line { path: path.clone(), line })
        });
        Self { still_in: lines.collect(), not_looked_at }
    }

    /// Whether the words are known to be somewhere.
    pub fn is_somewhere(&self) -> bool {
        !self.still_in.is_empty() || self.not_looked_at.iter().any(|file| file.recorded_says_so)
    }

    /// The places as sentences.
    pub fn sentences(&self) -> Vec<String> {
        let lines = self.still_in.iter().map(|Line { path, line }| {
            format!(
                "still in {path}:{line}: edit it first; what is edited after the erasure stays in \
                 the history"
            )
        });
        let unseen = self.not_looked_at.iter().map(|file| {
            let recorded = if file.recorded_says_so { "; its recorded text says so" } else { "" };
            format!("{} could not be looked at: {}{recorded}", file.path, file.reason)
        });
        lines.chain(unseen).collect()
    }
}
