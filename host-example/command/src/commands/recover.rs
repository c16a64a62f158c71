//! `dreaming recover`.

use serde_json::json;

use super::{Place, rehearsed};
use crate::cli::{Common, Recover};
use crate::error::Result;
use crate::output::{Reply, text};
use crate::state::Access;
use crate::write::{self, AfterEdit};

/// Finishes a write that was interrupted.
pub fn recover(common: &Common, args: &Recover) -> Result<Reply> {
    let access = if args.dry_run { Access::Rehearse } else { Access::Write };
    let place = Place::open_as_it_is(common, access)?;
    rehearsed(place, |place| finish(&place, args.keep_edits))
}

fn finish(place: &Place, keep_edits: bool) -> Result<Reply> {
    let revision = place.state.unfinished()?.map(|(revision, _)| revision);
    let edited = if keep_edits { AfterEdit::Keep } else { AfterEdit::Stop };
    write::finish(&place.state, &place.folder, edited)?;
    let swept = place.folder.sweep();
    let text = match revision {
        Some(revision) => format!("The write of revision {revision} is finished.\n"),
        None if swept > 0 => format!(
            "A write was interrupted before it began: nothing was changed, {} removed.\n",
            text::count(swept, "staged file")
        ),
        None => "No write was interrupted.\n".into(),
    };
    Ok(Reply::new(text, json!({"finished": revision, "swept": swept})))
}
