//! Writes and reads the export of a whole state, a line for each row, in the form of `dreaming_export`.
//!
//! The export leaves out an unfinished dream, the place of the memory folder, and paths of this
//! machine: paths of session files are relative to the parent of the memory folder, and those
//! elsewhere are left out.

use std::io::{self, BufRead, Write};

use dreaming_export::{Line, Writer};
use rusqlite::{Connection, params};

use crate::error::Result;
use crate::places::Places;

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
    let mut writer = Writer::new(out);
    let meta = format!("SELECT key, value FROM meta WHERE key NOT IN {NOT_EXPORTED} ORDER BY key");
    some(&mut writer, db, &meta, |row| {
        let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
        let value = if key == SESSIONS { places.list_out(&value) } else { Some(value) };
        Ok(value.map(|value| Line::Meta { key, value }))
    })?;
    let revisions = "SELECT number, id, CAST(record AS TEXT) FROM revisions ORDER BY number";
    rows(&mut writer, db, revisions, |row| {
        Ok(Line::Revision { number: row.get(0)?, id: row.get(1)?, record: row.get(2)? })
    })?;
    let memories = "SELECT path, number, text, observed_at, erased FROM memory_versions
                    ORDER BY path, number";
    rows(&mut writer, db, memories, |row| {
        let (path, number, text) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Line::Memory { path, number, text, observed_at: row.get(3)?, erased: row.get(4)? })
    })?;
    let ledger = "SELECT key, number, CAST(value AS TEXT), erased FROM ledger_versions
                  ORDER BY key, number";
    rows(&mut writer, db, ledger, |row| {
        let (key, number) = (row.get(0)?, row.get(1)?);
        Ok(Line::Ledger { key, number, value: row.get(2)?, erased: row.get(3)? })
    })?;
    let plans = "SELECT id, status, revision, CAST(plan AS TEXT), CAST(report AS TEXT), request,
                   answers, erased, seal FROM plans ORDER BY id";
    rows(&mut writer, db, plans, |row| {
        let (plan, report): (String, String) = (row.get(3)?, row.get(4)?);
        let (request, answers): (String, String) = (row.get(5)?, row.get(6)?);
        let documents = [&*plan, &report, &request, &answers];
        let (request, seal) = places.request_out(documents, row.get(8)?);
        let (id, status, revision) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let erased = row.get(7)?;
        Ok(Line::Plan { id, status, revision, plan, report, request, answers, erased, seal })
    })?;
    let sources = "SELECT session, part, path FROM sources ORDER BY session, part";
    some(&mut writer, db, sources, |row| {
        let (session, part, path): (_, _, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(places.out(&path).map(|path| Line::Source { session, part, path }))
    })?;
    let erasures = "SELECT number, kind, id, seal FROM erasures ORDER BY sequence";
    rows(&mut writer, db, erasures, |row| {
        let (number, kind) = (row.get(0)?, row.get(1)?);
        Ok(Line::Erasure { number, kind, id: row.get(2)?, seal: row.get(3)? })
    })?;
    let seals = "SELECT number, ledger FROM seals ORDER BY number";
    rows(&mut writer, db, seals, |row| {
        Ok(Line::Seal { number: row.get(0)?, ledger: row.get(1)? })
    })?;
    Ok(writer.finish())
}

fn rows(
    writer: &mut Writer<impl Write>,
    db: &Connection,
    query: &str,
    line: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<Line>,
) -> Result<()> {
    some(writer, db, query, |row| line(row).map(Some))
}

/// As `rows`, but rows for which `line` gives `None` are left out.
fn some(
    writer: &mut Writer<impl Write>,
    db: &Connection,
    query: &str,
    line: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<Option<Line>>,
) -> Result<()> {
    let mut query = db.prepare(query)?;
    for row in query.query_map([], line)? {
        if let Some(line) = row? {
            writer.line(&line);
        }
    }
    Ok(())
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
    let take = |line| insert(db, &line, places).map_err(|error| error.to_string());
    dreaming_export::read(file, ("command", "dreaming"), take)
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
