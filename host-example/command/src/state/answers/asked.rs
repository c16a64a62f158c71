//! The table of calls without a usable answer: running tries, and counts of unusable answers. It is
//! written before and after each try, so that a killed process loses no count.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use crate::state::revisions::clamp;

/// A call of a model.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Its id.
    pub id: &'a str,
    /// The digest of the model's name.
    pub model: &'a str,
    /// Tokens that its answer may have.
    pub max_tokens: u32,
}

/// Calls of earlier runs that never came back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// How many.
    pub calls: u64,
    /// How often they were tried.
    pub tries: u64,
    /// The most tokens that these tries took, read and written.
    pub tokens: u64,
}

/// Records that a try of a call begins, which takes at most so many tokens.
///
/// # Errors
/// What SQLite says.
pub fn begin(db: &Connection, call: Call<'_>, tokens: u64) -> rusqlite::Result<()> {
    let insert = "INSERT INTO asked (call, model, open, tokens) VALUES (?1, ?2, 1, ?3)
                  ON CONFLICT (call, model) DO UPDATE SET open = open + 1, tokens = tokens + ?3";
    db.execute(insert, params![call.id, call.model, clamp(tokens)])?;
    Ok(())
}

/// Records that the last try came back, so that its tokens are known.
///
/// # Errors
/// What SQLite says.
pub fn end(db: &Connection, call: Call<'_>, tokens: u64) -> rusqlite::Result<()> {
    let update = "UPDATE asked SET open = max(open - 1, 0), tokens = max(tokens - ?3, 0)
                  WHERE call = ?1 AND model = ?2";
    db.execute(update, params![call.id, call.model, clamp(tokens)])?;
    Ok(())
}

/// Counts an unusable answer. The count begins anew when the call now allows a longer answer than
/// before, because a longer answer may be usable.
///
/// # Errors
/// What SQLite says.
pub fn count_unusable(db: &Connection, call: Call<'_>, why: &str) -> rusqlite::Result<()> {
    let insert =
        "INSERT INTO asked (call, model, unusable, max_tokens, why) VALUES (?1, ?2, 1, ?3, ?4)
                  ON CONFLICT (call, model) DO UPDATE SET
                    unusable = iif(max_tokens < ?3, 1, unusable + 1), max_tokens = ?3, why = ?4";
    db.execute(insert, params![call.id, call.model, call.max_tokens, why])?;
    Ok(())
}

/// Counts an unusable answer that was complete: allowing more tokens would not help.
///
/// # Errors
/// What SQLite says.
pub fn count_words(db: &Connection, call: &str, model: &str, why: &str) -> rusqlite::Result<()> {
    let insert =
        "INSERT INTO asked (call, model, unusable, max_tokens, why) VALUES (?1, ?2, 1, ?3, ?4)
                  ON CONFLICT (call, model) DO UPDATE SET
                    max_tokens = iif(unusable = 0, ?3, max_tokens), unusable = unusable + 1, why = ?4";
    db.execute(insert, params![call, model, u32::MAX, why])?;
    Ok(())
}

/// How many answers to a call were unusable, and why the last one was.
///
/// # Errors
/// What SQLite says.
pub fn unusable(db: &Connection, call: Call<'_>) -> rusqlite::Result<Option<(u64, String)>> {
    let query = "SELECT unusable, why FROM asked
                 WHERE call = ?1 AND model = ?2 AND max_tokens >= ?3 AND unusable > 0";
    let values = params![call.id, call.model, call.max_tokens];
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?));
    db.query_row(query, values, row).optional()
}

/// Deletes calls without running tries and without unusable answers.
///
/// # Errors
/// What SQLite says.
pub fn sweep(db: &Connection) -> rusqlite::Result<()> {
    db.execute("DELETE FROM asked WHERE open = 0 AND unusable = 0", [])?;
    Ok(())
}

/// Resets the count of unusable answers of `model` for calls that now have a recorded answer.
///
/// # Errors
/// What SQLite says.
pub fn answered(db: &Connection, model: &str) -> rusqlite::Result<()> {
    let update = "UPDATE asked SET unusable = 0
                  WHERE model = ?1 AND call IN (SELECT call FROM answers WHERE model = ?1)";
    db.execute(update, [model])?;
    sweep(db)
}

/// The calls that never came back. Must be read before this run makes its first call.
///
/// # Errors
/// What SQLite says.
pub fn lost(db: &Connection) -> rusqlite::Result<Lost> {
    let query = "SELECT count(*), total(open), total(tokens) FROM asked WHERE open > 0";
    db.query_row(query, [], |row| {
        let whole = |n: f64| n as u64;
        let calls = row.get::<_, i64>(0)?.unsigned_abs();
        Ok(Lost { calls, tries: whole(row.get(1)?), tokens: whole(row.get(2)?) })
    })
}

/// Forgets the tries that never came back, once a person was told of them.
///
/// # Errors
/// What SQLite says.
pub fn forget_lost(db: &Connection) -> rusqlite::Result<()> {
    db.execute("UPDATE asked SET open = 0, tokens = 0 WHERE open > 0", [])?;
    db.execute("DELETE FROM asked WHERE unusable = 0", [])?;
    Ok(())
}
