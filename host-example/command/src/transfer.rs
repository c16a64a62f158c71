//! Writes and reads the export of a whole state: lines of JSON, one for each row, in a fixed order.
//!
//! It is JSON lines, not an archive, because the state holds JSON and text already, equal states
//! give equal bytes, and anybody can look into the file. The first line names the format. The last
//! one holds the digest of all lines before it, so that a damaged or shortened file is refused. The
//! export leaves out an unfinished dream, the place of the memory folder, and paths of this
//! machine: paths of session files are relative to the parent of the memory folder, and those
//! elsewhere are left out.

use std::io::{self, BufRead, Write};

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::Result;
use crate::places::Places;

/// Name and version of the format.
pub const FORMAT: &str = "dreaming.export/1";

/// A line of the file. The kinds of lines come in this order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "row", rename_all = "kebab-case", deny_unknown_fields)]
enum Line {
    /// The first line.
    Export { format: String },
    /// A value of the meta table: the salt, the session paths of the last run.
    Meta { key: String, value: String },
    /// A revision record; `id` is the digest of its bytes.
    Revision { number: i64, id: String, record: String },
    /// The text of a memory from revision `number` on. Without a text, and not erased, the memory
    /// was removed.
    Memory {
        path: String,
        number: i64,
        text: Option<String>,
        observed_at: Option<i64>,
        erased: bool,
    },
    /// A ledger row from revision `number` on. Without a value, and not erased, the row was
    /// removed.
    Ledger { key: String, number: i64, value: Option<String>, erased: bool },
    /// A plan with everything that its replay needs.
    Plan {
        id: i64,
        status: String,
        revision: Option<i64>,
        plan: String,
        report: String,
        request: String,
        answers: String,
        erased: bool,
        seal: String,
    },
    /// Where a part of a session was.
    Source { session: String, part: String, path: String },
    /// A note about an erasure.
    Erasure { number: i64, kind: String, id: String, seal: String },
    /// The digest of a ledger that lost rows to an erasure.
    Seal { number: i64, ledger: String },
    /// The last line: the number of lines before it, and their SHA-256 digest.
    End { lines: u64, digest: String },
}

/// Keys of the meta table that are not exported: values about this machine or about pending work in
/// this database, and the kept answers of a review.
const NOT_EXPORTED: &str = "('folder', 'identity', 'sweep', 'review', 'project', 'last-failure')";

/// Key of the meta table with the session paths of the last run.
const SESSIONS: &str = "sessions";

/// Writes the state into `out`, with paths converted by `places`. Returns the number of lines.
///
/// # Errors
/// An error of `out` as `Ok(Err(_))`; [`crate::error::Error::State`].
pub fn write(db: &Connection, out: &mut impl Write, places: Places<'_>) -> Result<io::Result<u64>> {
    let mut writer = Writer { out, hash: Sha256::new(), lines: 0, error: None };
    writer.line(&Line::Export { format: FORMAT.into() });
    let meta = format!("SELECT key, value FROM meta WHERE key NOT IN {NOT_EXPORTED} ORDER BY key");
    writer.some(db, &meta, |row| {
        let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
        let value = if key == SESSIONS { places.list_out(&value) } else { Some(value) };
        Ok(value.map(|value| Line::Meta { key, value }))
    })?;
    let revisions = "SELECT number, id, CAST(record AS TEXT) FROM revisions ORDER BY number";
    writer.rows(db, revisions, |row| {
        Ok(Line::Revision { number: row.get(0)?, id: row.get(1)?, record: row.get(2)? })
    })?;
    let memories = "SELECT path, number, text, observed_at, erased FROM memory_versions
                    ORDER BY path, number";
    writer.rows(db, memories, |row| {
        let (path, number, text) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Line::Memory { path, number, text, observed_at: row.get(3)?, erased: row.get(4)? })
    })?;
    let ledger = "SELECT key, number, CAST(value AS TEXT), erased FROM ledger_versions
                  ORDER BY key, number";
    writer.rows(db, ledger, |row| {
        let (key, number) = (row.get(0)?, row.get(1)?);
        Ok(Line::Ledger { key, number, value: row.get(2)?, erased: row.get(3)? })
    })?;
    let plans = "SELECT id, status, revision, CAST(plan AS TEXT), CAST(report AS TEXT), request,
                   answers, erased, seal FROM plans ORDER BY id";
    writer.rows(db, plans, |row| {
        let (plan, report): (String, String) = (row.get(3)?, row.get(4)?);
        let (request, answers): (String, String) = (row.get(5)?, row.get(6)?);
        let documents = [&*plan, &report, &request, &answers];
        let (request, seal) = places.request_out(documents, row.get(8)?);
        let (id, status, revision) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let erased = row.get(7)?;
        Ok(Line::Plan { id, status, revision, plan, report, request, answers, erased, seal })
    })?;
    let sources = "SELECT session, part, path FROM sources ORDER BY session, part";
    writer.some(db, sources, |row| {
        let (session, part, path): (_, _, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(places.out(&path).map(|path| Line::Source { session, part, path }))
    })?;
    let erasures = "SELECT number, kind, id, seal FROM erasures ORDER BY sequence";
    writer.rows(db, erasures, |row| {
        let (number, kind) = (row.get(0)?, row.get(1)?);
        Ok(Line::Erasure { number, kind, id: row.get(2)?, seal: row.get(3)? })
    })?;
    let seals = "SELECT number, ledger FROM seals ORDER BY number";
    writer.rows(db, seals, |row| Ok(Line::Seal { number: row.get(0)?, ledger: row.get(1)? }))?;
    let digest = hex(writer.hash.clone());
    let lines = writer.lines;
    writer.line(&Line::End { lines, digest });
    Ok(writer.error.map_or(Ok(lines), Err))
}

struct Writer<'a, W> {
    out: &'a mut W,
    hash: Sha256,
    lines: u64,
    /// The first error; nothing is written after it.
    error: Option<io::Error>,
}

impl<W: Write> Writer<'_, W> {
    fn line(&mut self, line: &Line) {
        if self.error.is_some() {
            return;
        }
        let written = serde_json::to_vec(line).map_err(io::Error::from).and_then(|mut bytes| {
            bytes.push(b'\n');
            self.hash.update(&bytes);
            self.out.write_all(&bytes)
        });
        self.lines += 1;
        self.error = written.err();
    }

    fn rows(
        &mut self,
        db: &Connection,
        query: &str,
        line: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<Line>,
    ) -> Result<()> {
        self.some(db, query, |row| line(row).map(Some))
    }

    /// As `rows`, but rows for which `line` gives `None` are left out.
    fn some(
        &mut self,
        db: &Connection,
        query: &str,
        line: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<Option<Line>>,
    ) -> Result<()> {
        let mut query = db.prepare(query)?;
        for row in query.query_map([], line)? {
            if let Some(line) = row? {
                self.line(&line);
            }
        }
        Ok(())
    }
}

/// Inserts the rows of `file` into the empty tables of `db`, with paths converted by `places`.
///
/// # Errors
/// Why the file cannot be used, in words.
pub fn read(
    db: &Connection,
    file: &mut impl BufRead,
    places: Places<'_>,
) -> std::result::Result<(), String> {
    let mut hash = Sha256::new();
    let mut lines = 0;
    let mut bytes = Vec::new();
    let mut ended = false;
    loop {
        bytes.clear();
        let read = file.read_until(b'\n', &mut bytes);
        if read.map_err(|error| error.to_string())? == 0 {
            break;
        }
        let number = lines + 1;
        if ended {
            return Err(format!("line {number}: there is more after the last line"));
        }
        if lines == 0 {
            check_form(&bytes)?;
        }
        let line = serde_json::from_slice(&bytes)
            .map_err(|error| format!("line {number} is damaged: {error}"))?;
        if let Line::End { lines: expected, digest } = line {
            if expected != lines || digest != hex(hash.clone()) {
                return Err("the file is damaged: its digest is another".into());
            }
            ended = true;
        } else {
            insert(db, &line, places)
                .map_err(|error| format!("line {number} does not fit: {error}"))?;
        }
        hash.update(&bytes);
        lines += 1;
    }
    if ended { Ok(()) } else { Err("the file is cut off: its last line is missing".into()) }
}

/// Checks the format first, so that a newer file is not reported as damaged.
fn check_form(line: &[u8]) -> std::result::Result<(), String> {
    let first: serde_json::Value = serde_json::from_slice(line).unwrap_or_default();
    match first.get("format").and_then(serde_json::Value::as_str) {
        Some(FORMAT) => Ok(()),
        Some(other) if other.starts_with("dreaming.export/") => Err(format!(
            "the file has the form {other}, this command reads {FORMAT}: use a newer `dreaming`"
        )),
        _ => Err("no file that `dreaming export` wrote".into()),
    }
}

fn insert(db: &Connection, line: &Line, places: Places<'_>) -> rusqlite::Result<()> {
    let run =
        |query: &str, values: &[&dyn rusqlite::ToSql]| db.prepare(query)?.execute(values).map(drop);
    match line {
        Line::Export { .. } | Line::End { .. } => Ok(()),
        Line::Meta { key, value } => {
            let value = if key == SESSIONS { places.list_back(value) } else { Some(value.clone()) };
            let Some(value) = value else { return Ok(()) };
            run("INSERT INTO meta VALUES (?1, ?2)", params![key, value])
        }
        Line::Revision { number, id, record } => {
            run("INSERT INTO revisions VALUES (?1, ?2, ?3)", params![number, id, record.as_bytes()])
        }
        Line::Memory { path, number, text, observed_at, erased } => run(
            "INSERT INTO memory_versions (path, number, text, observed_at, erased)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![path, number, text, observed_at, erased],
        ),
        Line::Ledger { key, number, value, erased } => run(
            "INSERT INTO ledger_versions (key, number, value, erased) VALUES (?1, ?2, ?3, ?4)",
            params![key, number, value.as_ref().map(String::as_bytes), erased],
        ),
        Line::Plan { id, status, revision, plan, report, request, answers, erased, seal } => run(
            "INSERT INTO plans
               (id, status, revision, plan, report, request, answers, erased, seal)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                id,
                status,
                revision,
                plan.as_bytes(),
                report.as_bytes(),
                request,
                answers,
                erased,
                seal
            ],
        ),
        Line::Source { session, part, path } => {
            let Some(path) = places.back(path) else { return Ok(()) };
            run("INSERT INTO sources VALUES (?1, ?2, ?3)", params![session, part, path])
        }
        Line::Erasure { number, kind, id, seal } => run(
            "INSERT INTO erasures (number, kind, id, seal) VALUES (?1, ?2, ?3, ?4)",
            params![number, kind, id, seal],
        ),
        Line::Seal { number, ledger } => {
            run("INSERT INTO seals VALUES (?1, ?2)", params![number, ledger])
        }
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
