//! The copies of sessions that `keep` made for a folder whose history is taken over.

use std::path::Path;

use super::TakeOver;
use crate::commands::Place;
use crate::error::Result;
use crate::kept;
use crate::output::{self, next, text};

/// What became of the copies of sessions in the archive of a history that was taken over.
pub struct Copies {
    pub taken: u64,
    pub left: usize,
    pub told: String,
}

/// Takes the copies in the archive of the state folder `old`, or says how many are not read here.
pub fn copies(old: &Path, place: &Place, args: &TakeOver) -> Result<Copies> {
    if !args.with_copies {
        // They may be a stranger's: nothing would tell them from sessions that ran here.
        let left = kept::others(old, &place.state.owner()?)?;
        let shown = text::one_line(&old.join(kept::FOLDER).to_string_lossy());
        let command = next::again("--with-copies");
        let told = format!(
            "Copies of sessions that `keep` made for that folder are not read here: {left} in {shown}. If it was always in \
             your hands, {command} reads them.\n"
        );
        let told = if left == 0 { String::new() } else { told };
        return Ok(Copies { taken: 0, left, told });
    }
    let erased = place.state.erasures()?.into_iter().filter(|erased| erased.kind == "session");
    let erased = erased.map(|erased| erased.id).collect();
    let vouched = kept::vouch(old, &place.dir, &place.state.owner()?, &erased)?;
    output::warn_skipped("copy of a session", &vouched.unusable);
    let told = match vouched.taken {
        0 => "No copy of a session is there that was not read here.\n".into(),
        1 => "1 copy of a session is read here from now on.\n".into(),
        many => format!("{many} copies of sessions are read here from now on.\n"),
    };
    Ok(Copies { taken: vouched.taken, left: vouched.unusable.len(), told })
}
