//! Mends a history in which the ledger has the digest of a text that no revision holds.
//!
//! Until version 0.2 a dream read the folder twice. If somebody saved a memory in between, the
//! ledger got its digest, but no revision got its text. A text with that digest may still exist in
//! the folder or in another revision; then it is put back. If not, the text is marked as erased,
//! with a note that it was lost. After that the history can be checked, continued and exported
//! again, and nothing in it is made up.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_export::digests;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::erase::{self, Erased};
use super::history::{self, Point};
use super::revisions::clamp;
use crate::document;
use crate::error::Result;

/// The kind of a note about a text that was lost; its id is the path of the memory.
pub const LOST: &str = "lost";

/// A memory at a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The revision from which on its text was missing.
    pub revision: u64,
    /// Its path.
    pub path: String,
}

/// What was mended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mended {
    /// Memories whose text was found again, or that had gone.
    pub found: Vec<Place>,
    /// Memories whose text is lost there.
    pub lost: Vec<Place>,
}

/// The ledger row of a memory, in the fields that are needed here.
#[derive(Deserialize)]
struct Row {
    digest: String,
    observed_at: Option<i64>,
}

/// The row to insert for a memory at a revision.
struct Repair {
    at: Place,
    text: Option<String>,
    observed_at: Option<i64>,
    /// Whether the ledger has the memory at that revision; if so, a missing text is lost.
    is_there: bool,
}

/// Mends, inside a transaction, all memories that differ from the ledger of their revision. `salt`
/// is the salt of the store, and `here` are the texts in the folder, which the newest revision must
/// have already.
///
/// # Errors
/// [`crate::error::Error::State`], [`crate::error::Error::Damaged`].
pub fn mend(db: &Connection, salt: &str, here: &BTreeMap<String, String>) -> Result<Mended> {
    let mut mended = Mended::default();
    for repair in repairs(db, salt, here)? {
        let Repair { at, text, observed_at, is_there } = repair;
        let is_lost = is_there && text.is_none();
        db.execute(
            "INSERT INTO memory_versions (path, number, text, observed_at, erased)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![at.path, clamp(at.revision), text, observed_at, is_lost],
        )?;
        if is_lost { mended.lost.push(at) } else { mended.found.push(at) }
    }
    let paths: BTreeSet<&String> = mended.lost.iter().map(|place| &place.path).collect();
    let head = history::chain(db)?.last().map_or(0, |stored| stored.number);
    for path in paths {
        erase::note(db, &Erased { number: head, kind: LOST.into(), id: path.clone() })?;
    }
    if mended != Mended::default() {
        erase::seal(db)?;
    }
    Ok(mended)
}

fn repairs(db: &Connection, salt: &str, here: &BTreeMap<String, String>) -> Result<Vec<Repair>> {
    let known = Known::of(db, salt, here)?;
    let mut repairs: Vec<Repair> = Vec::new();
    // By path, the digest of a repair, which holds until a revision writes the memory again.
    let mut mended: BTreeMap<String, Option<String>> = BTreeMap::new();
    let chain = history::chain(db)?;
    history::walk(db, &chain, |stored, point| {
        let rows = rows(point)?;
        let paths: BTreeSet<&String> = rows.keys().chain(point.memories.keys()).collect();
        for path in paths {
            let row = rows.get(path);
            let digest = row.map(|row| row.digest.clone());
            let fits = match point.memories.get(path) {
                // An erased text has only its digest in the ledger, so it always fits.
                Some(memory) => row.is_some_and(|row| {
                    row.observed_at == memory.observed_at
                        && memory
                            .text
                            .as_ref()
                            .is_none_or(|t| digests::of_memory(salt, t) == row.digest)
                }),
                None => row.is_none(),
            };
            if fits {
                mended.remove(path);
            } else if mended.get(path) != Some(&digest) {
                // If the revision wrote a text that does not fit, this is other damage, which is
                // not mended.
                if !known.is_written(path, stored.number) {
                    repairs.push(Repair {
                        at: Place { revision: stored.number, path: path.clone() },
                        text: digest.as_ref().and_then(|digest| known.text(path, digest)),
                        observed_at: row.and_then(|row| row.observed_at),
                        is_there: row.is_some(),
                    });
                }
                mended.insert(path.clone(), digest);
            }
        }
        Ok(())
    })?;
    Ok(repairs)
}

/// The ledger rows of the memories, by path.
fn rows(point: &Point) -> Result<BTreeMap<String, Row>> {
    let rows = point
        .ledger
        .iter()
        .filter_map(|(key, row)| Some((key.strip_prefix("memory/")?.to_owned(), row.as_deref()?)));
    rows.map(|(path, row)| Ok((path, document::parse(row, "memory record")?))).collect()
}

/// All known texts of memories.
struct Known {
    /// By path and digest.
    texts: BTreeMap<(String, String), String>,
    /// Path and revision of every text that was written.
    written: BTreeSet<(String, u64)>,
}

impl Known {
    fn of(db: &Connection, salt: &str, here: &BTreeMap<String, String>) -> Result<Self> {
        let mut query = db.prepare("SELECT path, number, text FROM memory_versions")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let (mut texts, mut written) = (BTreeMap::new(), BTreeSet::new());
        let mut add = |path: String, text: String| {
            texts.insert((path, digests::of_memory(salt, &text)), text);
        };
        for row in rows {
            let (path, number, text): (String, i64, Option<String>) = row?;
            written.insert((path.clone(), number.unsigned_abs()));
            text.into_iter().for_each(|text| add(path.clone(), text));
        }
        here.iter().for_each(|(path, text)| add(path.clone(), text.clone()));
        Ok(Self { texts, written })
    }

    fn text(&self, path: &str, digest: &str) -> Option<String> {
        self.texts.get(&(path.to_owned(), digest.to_owned())).cloned()
    }

    fn is_written(&self, path: &str, number: u64) -> bool {
        self.written.contains(&(path.to_owned(), number))
    }
}
