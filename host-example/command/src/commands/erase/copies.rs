//! What the archive holds of erased words.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use dreaming_wasmtime::quotes::{holds, says};
use serde_json::Value;

use super::case::Case;
use crate::commands::{Place, run};
use crate::error::Result;
use crate::kept::{self, Kept};
use crate::output::next;
use crate::snapshot;
use crate::state::erase::Erasure;
use crate::transcript;

/// Copies of sessions that hold the words.
#[derive(Debug, Default)]
pub struct Copies {
    /// Those that go.
    pub files: Vec<PathBuf>,
    /// Sentences about those that stay, because no dream has read them.
    pub stay: Vec<String>,
}

/// Looks for them. An erased session goes with everything that is a copy of it. Copies that say the
/// words of an entry go when a dream has read them; the others have to be erased by their sessions.
pub fn find(place: &Place, case: &Case) -> Result<Copies> {
    let archive = place.state.archive()?;
    let all = archive.sessions.iter().chain(&archive.earlier);
    let mut copies = Copies::default();
    match &case.what {
        Erasure::Session(id) => {
            copies.files = kept::of_session(&place.dir, id)?;
            let same = all.filter(|kept| run::is_copy(&kept.session(), id));
            copies.files.extend(same.map(|kept| kept.file.clone()));
            copies.files.sort();
            copies.files.dedup();
        }
        Erasure::Entry(_) | Erasure::Words(_) => {
            let head = place.state.head()?.map_or(0, |head| head.number);
            let cursor = snapshot::cursor(&place.state.ledger_at(head)?)?;
            for kept in all.filter(|kept| is_said(kept, &case.words)) {
                if kept.is_read(&cursor) {
                    copies.files.push(kept.file.clone());
                    continue;
                }
                let id = next::quoted(kept.id());
                let erase = next::command(&format!("erase --session {id}"));
                let said = "says so too in the archive, and a dream may propose it";
                copies.stay.push(format!("session {id} {said}: {erase}"));
            }
        }
    }
    Ok(copies)
}

/// Whether a record of the session says the words. A file that cannot be read says nothing.
fn is_said(kept: &Kept, words: &[String]) -> bool {
    let Ok(file) = transcript::stream(&kept.file) else { return false };
    let lines = BufReader::new(file).split(b'\n').map_while(std::io::Result::ok);
    lines.skip(1).any(|line| match serde_json::from_slice::<Value>(&line) {
        Ok(record) => holds(&record, &|text| says(text, words)),
        Err(_) => says(&String::from_utf8_lossy(&line), words),
    })
}

impl Copies {
    /// Removes what goes, and what a process left that died while it copied.
    pub fn remove(&self, place: &Place) -> Result<()> {
        kept::sweep(&place.dir)?;
        self.files.iter().try_for_each(|file| kept::remove(file))
    }

    /// How many go, as a line; empty for none.
    pub fn said(&self) -> String {
        match self.files.len() {
            0 => String::new(),
            1 => "A copy of its session went from the archive.\n".into(),
            some => format!("{some} copies of sessions went from the archive.\n"),
        }
    }
}
