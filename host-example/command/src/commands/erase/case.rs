//! What is to be erased.

use std::collections::BTreeSet;
use std::io::{self, Read as _};

use dreaming_wasmtime::quotes::says;

use super::{Erase, head};
use crate::document::{self, Entry, Plan};
use crate::error::{Error, Result};
use crate::output::{next, text};
use crate::state::State;
use crate::state::erasable::{known, meant};
use crate::state::erase::{Erasure, GIVEN};
use crate::state::lives::{taken_out, words};

/// What is about to be erased.
pub struct Case {
    /// What the state is told.
    pub what: Erasure,
    /// `session`, `entry` or `words`.
    pub kind: &'static str,
    /// Its id; of words [`GIVEN`].
    pub id: String,
    /// The wordings that an entry has had; of a session, those of the statements that go with it; else what a person gave.
    pub words: Vec<String>,
    /// The sessions that show what an entry says.
    pub shown_by: Vec<String>,
    /// The stores from which an entry came.
    pub came_from: Vec<String>,
}

/// Finds what the arguments name.
pub fn case(state: &State, args: &Erase) -> Result<Case> {
    if let Some(words) = &args.words {
        return given(words);
    }
    let (kind, name) = match (&args.session, &args.entry) {
        (Some(session), _) => ("session", session),
        (_, Some(entry)) => ("entry", entry),
        _ => {
            return Err(Error::Usage(
                "what is to be erased? give --session, --entry or --words".into(),
            ));
        }
    };
    let mut ids = known(&state.db, kind)?;
    if kind == "session" {
        // The archive has sessions that no dream has read.
        ids.extend(state.archive()?.sessions.iter().map(|kept| kept.id().to_owned()));
    }
    let id = match meant(&ids, name)? {
        Some(id) => id,
        None if kind == "entry" => return Err(not_an_entry(state, name)?),
        None => return Err(Error::UnknownSession(name.clone())),
    };
    let (what, words) = match kind {
        "entry" => (Erasure::Entry(id.clone()), words(&state.db, &id)?),
        _ => {
            let mut said = Vec::new();
            for entry in taken_out(&state.db, &id)? {
                said.extend(words(&state.db, &entry)?);
            }
            (Erasure::Session(id.clone()), said)
        }
    };
    let of = if kind == "entry" { from(state, &id, &words)? } else { Default::default() };
    let [shown_by, came_from] = of.map(Vec::from_iter);
    Ok(Case { what, kind, id, words, shown_by, came_from })
}

/// The case of words that a person gave, `-` for those on standard input.
fn given(words: &str) -> Result<Case> {
    let mut read = String::new();
    if words == "-" {
        io::stdin().read_to_string(&mut read).map_err(Error::io("read", "standard input"))?;
    }
    let words = if words == "-" { read.trim() } else { words.trim() };
    // The search leaves out what stands around letters and digits.
    if !words.contains(char::is_alphanumeric) {
        return Err(Error::Usage("--words: give words with a letter or a digit".into()));
    }
    Ok(Case {
        what: Erasure::Words(words.to_owned()),
        kind: "words",
        id: GIVEN.into(),
        words: vec![words.to_owned()],
        shown_by: Vec::new(),
        came_from: Vec::new(),
    })
}

/// The error for an id that no entry has: that of a change which was not applied is in no memory, only in its sessions.
fn not_an_entry(state: &State, name: &str) -> Result<Error> {
    let erased = state.erasures()?;
    if erased.iter().any(|erased| erased.kind == "entry" && erased.id.starts_with(name)) {
        let lines: Vec<String> = state
            .said_erased()?
            .iter()
            .map(|session| next::command(&format!("erase --session {}", next::quoted(session))))
            .collect();
        let again = match lines.is_empty() {
            true => String::new(),
            false => {
                format!("; words that came again with a session go with it: {}", lines.join(", "))
            }
        };
        return Ok(Error::Usage(format!("`{}` is erased already{again}", text::one_line(name))));
    }
    let is_change = name.len() > 4 && name.starts_with('c');
    let stored = if is_change { state.plan_with(name)? } else { None };
    let Some(stored) = stored else { return Ok(Error::UnknownId(name.into())) };
    let plan: Plan = document::parse(&stored.plan, "plan")?;
    let evidence = plan.changes.iter().filter(|change| change.id.starts_with(name));
    let sessions: BTreeSet<&str> =
        evidence.flat_map(|change| &change.evidence).map(|piece| piece.session.as_str()).collect();
    let lines: Vec<String> = sessions
        .iter()
        .map(|session| next::command(&format!("erase --session {}", next::quoted(session))))
        .collect();
    Ok(Error::Usage(format!(
        "`{}` is a change and no entry: if it was applied, {} finds the entry by its words; what was not applied is kept \
         of its sessions alone, and goes with them: {}",
        text::one_line(name),
        next::command("explain WORDS"),
        lines.join(", ")
    )))
}

/// The sessions that show what an entry says, and the stores from which it came, or an entry that
/// says the words, left before and is forgotten with it.
fn from(state: &State, id: &str, words: &[String]) -> Result<[BTreeSet<String>; 2]> {
    let [mut shown_by, mut came_from] = [BTreeSet::new(), BTreeSet::new()];
    for row in state.ledger_at(head(state)?)? {
        let Some(of) = row.key.strip_prefix("entry/") else { continue };
        let entry: Entry = document::parse(&row.value, "ledger entry")?;
        if of == id {
            shown_by.extend(entry.evidence.into_iter().map(|piece| piece.session));
        }
        if of == id || entry.retired.is_some() && says(&entry.text, words) {
            came_from.extend(entry.sources.into_iter().map(|source| source.store));
        }
    }
    Ok([shown_by, came_from])
}
