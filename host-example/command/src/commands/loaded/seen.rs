//! A file that is there, and how much of it an agent loads.

use std::path::PathBuf;

use super::statements;
use super::text::{Cut, Size};
use crate::homes::loads::Place;

/// How much of a file an agent loads at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// All of it.
    Whole,
    /// A part.
    Part,
    /// Nothing yet: when something happens.
    Later,
    /// Nothing.
    Not,
}

impl Load {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Part => "part",
            Self::Later => "later",
            Self::Not => "not",
        }
    }

    /// Whether it is loaded at the start.
    pub fn is_now(self) -> bool {
        matches!(self, Self::Whole | Self::Part)
    }
}

/// A file that is there.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its path, with links as they are.
    pub path: PathBuf,
    /// Its path for people.
    pub shown: String,
    /// How much of it is loaded.
    pub load: Load,
    /// Why not all of it is loaded, or when.
    pub why: Option<String>,
    /// The file that brings it in.
    pub imported_by: Option<String>,
    /// Where it leads, if it is a link.
    pub link_to: Option<String>,
    /// How large it is.
    pub size: Size,
    /// How much of that is loaded.
    pub loaded: Size,
    /// What is not.
    pub cut: Option<Cut>,
    /// What is loaded.
    pub text: String,
    /// What helps when something is cut off, or when another file is loaded in its place.
    pub then: Option<&'static str>,
    /// Whether it is the index of the memories beside it.
    pub is_index: bool,
    /// The page that says that it is loaded.
    pub source: &'static str,
}

/// Something that a person should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A stable word: `unreadable`, `encoding`, `link`, `import`, `long`, `settings`, `many`.
    pub kind: &'static str,
    /// The file, and the line where there is one.
    pub file: String,
    /// A sentence that goes on after the file, without its full stop.
    pub what: String,
}

/// What a place loads of its files.
pub fn limits(place: &Place) -> String {
    let each = [(place.lines, "lines"), (place.bytes, "bytes"), (place.chars, "characters")];
    let each = each.into_iter().filter_map(|(most, what)| Some(format!("{} {what}", most?)));
    let each = each.collect::<Vec<_>>().join(" or ");
    match (place.together, place.ends) {
        (true, _) => format!("{each} of all these files together are loaded"),
        (_, true) => format!("{each} are loaded, half from its begin and half from its end"),
        _ => format!("{each} are loaded"),
    }
}

/// Whether the front matter of a file says that it is not loaded at the start.
pub fn is_later(text: &str, place: &Place) -> bool {
    let head: Vec<&str> =
        text.lines().take(statements::front_matter(text)).map(str::trim_end).collect();
    let needs = place.needs.as_deref();
    if needs.is_some_and(|line| !head.contains(&line)) {
        return true;
    }
    let has = |key: &String| {
        head.iter().enumerate().any(|(at, line)| {
            let value = line.strip_prefix(key.as_str()).and_then(|rest| rest.strip_prefix(':'));
            // A list may follow on lines of its own.
            let goes_on = || {
                head.get(at + 1)
                    .is_some_and(|next| next.trim_start().starts_with('-') && *next != "---")
            };
            value.is_some_and(|value| !value.trim().is_empty() || goes_on())
        })
    };
    place.later.iter().any(has)
}
