//! `dreaming recover`.

use std::fmt::Write as _;

use serde_json::json;

use super::{Place, clock, edits, rehearsed};
use crate::audit::audit;
use crate::cli::{Common, Recover};
use crate::component;
use crate::error::Result;
use crate::output::{Reply, text};
use crate::snapshot;
use crate::state::Access;
use crate::state::mend::{self, Mended};
use crate::write::{self, AfterEdit};

/// Finishes a write that was interrupted, and mends a history that lacks texts.
pub fn recover(common: &Common, args: &Recover) -> Result<Reply> {
    let is_rehearsed = args.dry_run || !super::has_history(common)?;
    let access = if is_rehearsed { Access::Rehearse } else { Access::Write };
    let place = Place::open_as_it_is(common, access)?;
    // Without a history there is no write to add to the reply.
    if args.dry_run {
        rehearsed(place, |place| finish(place, args.keep_edits))
    } else {
        finish(place, args.keep_edits)
    }
}

fn finish(mut place: Place, keep_edits: bool) -> Result<Reply> {
    let revision = place.state.unfinished()?.map(|(revision, _)| revision);
    let edited = if keep_edits { AfterEdit::Keep } else { AfterEdit::Stop };
    write::finish(&place.state, &place.folder, edited)?;
    let swept = place.folder.sweep();
    let mut text = match revision {
        Some(revision) => format!("The write of revision {revision} is finished.\n"),
        None if swept > 0 => format!(
            "A write was interrupted before it began: nothing was changed, {} removed.\n",
            text::count(swept, "staged file")
        ),
        None => "No write was interrupted.\n".into(),
    };
    let mended = mended(&mut place)?;
    for found in &mended.found {
        let path = text::one_line(&found.path);
        let _ = writeln!(text, "Revision {} has the text of {path} again.", found.revision);
    }
    for lost in &mended.lost {
        let path = text::one_line(&lost.path);
        let _ = writeln!(
            text,
            "The text of {path} at revision {} is lost: it was saved while an older `dreaming` worked. The \
             history goes on without it.",
            lost.revision
        );
    }
    let json = json!({"finished": revision, "swept": swept, "mended": mended});
    Ok(Reply::new(text, json))
}

/// Puts back texts that the history lacks.
fn mended(place: &mut Place) -> Result<Mended> {
    if place.state.head()?.is_none() {
        return Ok(Mended::default());
    }
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    if audit(&place.state, &mut job)?.damage.is_empty() {
        return Ok(Mended::default());
    }
    // Store the folder's edits as the newest revision first, so that a text which is then still
    // missing is truly lost.
    let (mut contents, _) = snapshot::now(&place.state, &place.folder)?;
    edits::keep(place, &mut job, &mut contents, clock())?;
    let salt = place.state.salt()?;
    let change = place.state.db.transaction()?;
    let mended = mend::mend(&change, &salt, &snapshot::texts(&contents))?;
    change.commit()?;
    Ok(mended)
}
