//! Which transcripts lie outside of the database, and which objects are to be deleted there.
//!
//! An object is noted as one to be deleted before it is written, and the note is taken away by the transaction that names
//! it in a row. So whatever ends the server, an object that no row names is deleted, and no row names one that is gone.

use sqlx::{AnyConnection, Row as _};

use super::{Database, Result, digest};
use crate::ids;
use crate::objects::{Objects, ObjectsError, random};

/// Microseconds after which an object goes that was begun and that no row names. Chosen by us: an upload and all its
/// tries take minutes.
const BEGUN: i64 = 3_600_000_000;

/// The longest name of a workspace that stands in a key as it is, escaped; of a longer one its SHA-256 does. Chosen by us:
/// file systems take 255 bytes.
const LONGEST: usize = 200;

/// A transcript outside of the database.
#[derive(Debug)]
pub struct Outside {
    /// Its length.
    pub bytes: u64,
    /// The address of the place where it lies.
    pub store: String,
    /// The key there.
    pub key: String,
}

/// An object that is to be deleted.
#[derive(Clone, Debug)]
pub struct Due {
    store: String,
    /// Its key.
    pub key: String,
    /// How often somebody took it to delete it.
    pub tries: i64,
}

impl Database {
    /// The key of a new object, which is deleted after a while unless a row names it.
    pub(super) async fn begin_object(
        &self,
        to: &Objects,
        workspace: &str,
        session: &str,
    ) -> Result<String> {
        let key = key(workspace, session)?;
        let insert = "INSERT INTO objects_to_delete (store, key, session, tries, next_at) VALUES ($1, $2, $3, 0, $4)";
        let mut work = self.begin().await?;
        let query = sqlx::query(insert).bind(to.name()).bind(&key).bind(session);
        query.bind(ids::clock().saturating_add(BEGUN)).execute(&mut *work).await?;
        work.commit().await?;
        Ok(key)
    }

    /// Lets an object that no row names be deleted at once.
    pub(super) async fn give_up_object(&self, to: &Objects, key: &str) -> Result<()> {
        let mut work = self.begin().await?;
        let update =
            "UPDATE objects_to_delete SET next_at = $1 WHERE store = $2 AND key = $3 AND tries = 0";
        let query = sqlx::query(update).bind(ids::clock()).bind(to.name()).bind(key);
        query.execute(&mut *work).await?;
        work.commit().await
    }

    /// Where a part of a session lies, if that is outside of the database.
    pub(super) async fn outside(&self, session: &str, name: &str) -> Result<Option<Outside>> {
        let select =
            "SELECT bytes, store, key FROM session_objects WHERE session = $1 AND name = $2";
        let row = sqlx::query(select).bind(session).bind(name).fetch_optional(&self.pool).await?;
        let outside = |row: sqlx::any::AnyRow| {
            Ok(Outside {
                bytes: row.try_get::<i64, _>("bytes")?.unsigned_abs(),
                store: row.try_get("store")?,
                key: row.try_get("key")?,
            })
        };
        row.map(outside).transpose()
    }

    /// At most `limit` objects of a place that are to be deleted by `now`.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn objects_due(&self, store: &str, now: i64, limit: i64) -> Result<Vec<Due>> {
        let select = "SELECT store, key, tries FROM objects_to_delete WHERE store = $1 AND next_at <= $2 \
                      ORDER BY next_at LIMIT $3";
        let query = sqlx::query(select).bind(store).bind(now).bind(limit);
        let rows = query.fetch_all(&self.pool).await?;
        let due = |row: &sqlx::any::AnyRow| {
            Ok(Due {
                store: row.try_get("store")?,
                key: row.try_get("key")?,
                tries: row.try_get("tries")?,
            })
        };
        rows.iter().map(due).collect()
    }

    /// Takes an object to delete it; others do so from `next_at` on. `false` when somebody else took it, or named it in a
    /// row.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn take_deletion(&self, due: &Due, next_at: i64) -> Result<bool> {
        let mut work = self.begin().await?;
        let update = "UPDATE objects_to_delete SET tries = tries + 1, next_at = $1 \
                      WHERE store = $2 AND key = $3 AND tries = $4";
        let query = sqlx::query(update).bind(next_at).bind(&due.store).bind(&due.key);
        let done = query.bind(due.tries).execute(&mut *work).await?;
        work.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets an object that is gone.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn object_deleted(&self, due: &Due) -> Result<()> {
        let mut work = self.begin().await?;
        let delete = "DELETE FROM objects_to_delete WHERE store = $1 AND key = $2";
        sqlx::query(delete).bind(&due.store).bind(&due.key).execute(&mut *work).await?;
        work.commit().await
    }
}

/// Names an object that was written as a part of a session.
///
/// # Errors
/// [`ObjectsError::TooLate`] when somebody took it to delete it meanwhile.
pub(super) async fn name(
    work: &mut AnyConnection,
    (session, name): (&str, &str),
    outside: &Outside,
) -> Result<()> {
    let delete = "DELETE FROM objects_to_delete WHERE store = $1 AND key = $2 AND tries = 0";
    let query = sqlx::query(delete).bind(&outside.store).bind(&outside.key);
    if query.execute(&mut *work).await?.rows_affected() != 1 {
        return Err(ObjectsError::TooLate.into());
    }
    let insert = "INSERT INTO session_objects (session, name, bytes, store, key) VALUES ($1, $2, $3, $4, $5)";
    let bytes = i64::try_from(outside.bytes).unwrap_or(i64::MAX);
    let query = sqlx::query(insert).bind(session).bind(name).bind(bytes);
    query.bind(&outside.store).bind(&outside.key).execute(&mut *work).await?;
    Ok(())
}

/// Lets the objects of a session be deleted, or the one of this part alone.
pub(super) async fn let_go(
    work: &mut AnyConnection,
    session: &str,
    part: Option<&str>,
) -> Result<()> {
    // No part has an empty name.
    let part = part.unwrap_or_default();
    let note = "INSERT INTO objects_to_delete (store, key, session, tries, next_at) \
                SELECT store, key, session, 0, CAST($1 AS BIGINT) FROM session_objects \
                WHERE session = $2 AND ($3 = '' OR name = $3)";
    let query = sqlx::query(note).bind(ids::clock()).bind(session).bind(part);
    query.execute(&mut *work).await?;
    let delete = "DELETE FROM session_objects WHERE session = $1 AND ($2 = '' OR name = $2)";
    sqlx::query(delete).bind(session).bind(part).execute(&mut *work).await?;
    Ok(())
}

/// How many objects with transcripts of a session are to be deleted and may still be there. One that was begun and that
/// no row names counts, too.
pub(super) async fn to_delete(
    work: &mut AnyConnection,
    workspace: &str,
    session: &str,
) -> Result<i64> {
    let select = "SELECT COUNT(*) AS number FROM objects_to_delete \
                  WHERE session = $1 AND SUBSTR(key, 1, LENGTH($2)) = $2";
    let query = sqlx::query(select).bind(session).bind(folder(workspace, session));
    Ok(query.fetch_one(work).await?.try_get("number")?)
}

/// A new key for a transcript of a session: nobody had it before, so what is deleted is never what was written since.
fn key(workspace: &str, session: &str) -> Result<String> {
    Ok(format!("{}{}", folder(workspace, session), random()?))
}

/// How the keys of the transcripts of a session begin.
fn folder(workspace: &str, session: &str) -> String {
    let mut workspace = escaped(workspace);
    if workspace.len() > LONGEST {
        workspace = digest(&workspace);
    }
    format!("{workspace}/{}/", escaped(session))
}

/// A text as one part of a key: letters, digits, `-` and `_` stand for themselves, other bytes as `=` and two digits, and
/// `=` for no text. So it is no `..`, no key begins with `/`, and every store takes it as it is.
fn escaped(text: &str) -> String {
    if text.is_empty() {
        return "=".into();
    }
    let letter = |byte: u8| match byte {
        b'-' | b'_' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("={byte:02X}"),
    };
    text.bytes().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_name_leads_out_of_its_place_in_a_key() {
        for (workspace, expected) in
            [("shop", "shop"), ("../a b", "=2E=2E=2Fa=20b"), ("ü=", "=C3=BC=3D"), ("", "=")]
        {
            assert_eq!(escaped(workspace), expected);
        }
        let key = key(&"ü".repeat(100), "sesn_1").unwrap();
        let parts: Vec<usize> = key.split('/').map(str::len).collect();
        assert_eq!(parts, [64, 6, 32], "{key}");
    }
}
