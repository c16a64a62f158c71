//! Deletes transcripts outside of the database that no row names any more, and tries again until they are gone.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::db::{self, Database};
use crate::ids;
use crate::objects::Objects;

/// Time between two looks for objects. Chosen by us: whoever deletes a session may count on it that it is gone in seconds.
const LOOK: Duration = Duration::from_secs(1);

/// Objects that are deleted at once. Chosen by us: a store that is far away does not hold the others up.
const AT_ONCE: i64 = 16;

/// Microseconds before the second try; the wait doubles up to the longest. Chosen by us: a store that is started anew takes
/// seconds, one that is gone is asked once an hour.
const SHORTEST: i64 = 5_000_000;
const LONGEST: i64 = 3_600_000_000;

/// Deletes what is due until the server ends. Without a place for transcripts there is nothing that it could reach.
pub async fn keep(database: Database) {
    let Some(objects) = database.objects().cloned() else { return };
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        if let Err(error) = look(&database, &objects, ids::clock()).await {
            // It is looked again.
            db::report(&error);
        }
    }
}

/// Deletes what is due at `now`, in microseconds since 1970.
///
/// # Errors
/// [`db::DatabaseError`].
pub async fn look(database: &Database, objects: &Objects, now: i64) -> db::Result<()> {
    loop {
        let due = database.objects_due(objects.name(), now, AT_ONCE).await?;
        let is_last = i64::try_from(due.len()).is_ok_and(|due| due < AT_ONCE);
        let mut deleted = JoinSet::new();
        for due in due {
            let wait = SHORTEST.saturating_mul(1 << due.tries.clamp(0, 32)).min(LONGEST);
            // Before it is deleted: whoever still writes it is too late from now on.
            if !database.take_deletion(&due, now.saturating_add(wait)).await? {
                continue;
            }
            let (database, objects) = (database.clone(), objects.clone());
            deleted.spawn(async move {
                match objects.delete(&due.key).await {
                    Ok(()) => database.object_deleted(&due).await,
                    Err(error) => {
                        let seconds = wait / 1_000_000;
                        tracing::error!(
                            "the object `{}` is not deleted: {error}; tried again in {seconds} seconds",
                            due.key
                        );
                        Ok(())
                    }
                }
            });
        }
        while let Some(done) = deleted.join_next().await {
            // A task that panicked has told so; its object is tried again.
            done.unwrap_or(Ok(()))?;
        }
        if is_last {
            return Ok(());
        }
    }
}
