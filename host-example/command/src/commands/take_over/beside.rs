//! What stands beside a history and does not come along when it is taken over: the configuration, and what starts dreams.

use std::fs;
use std::path::{Path, PathBuf};

use crate::commands::Place;
use crate::commands::schedule::record;
use crate::config;
use crate::error::Result;
use crate::output::{next, text};
use crate::state::place;

/// What holds for the old folder only.
#[derive(Default)]
pub struct Left {
    /// The configuration file of the old folder, if it does not hold here.
    pub configuration: Option<PathBuf>,
    /// The names of schedules for the old folder, if that is gone.
    pub schedules: Vec<String>,
    /// The same for people, with what to type.
    pub told: String,
}

/// Looks for what holds for the folder `before` only. `from`: the state that was copied, if it was another one.
///
/// # Errors
/// [`crate::error::Error::Linked`], those of reading what is installed.
pub fn left(before: &Path, from: Option<&Path>, here: &Place) -> Result<Left> {
    let mut left = Left::default();
    if let Some((old, new)) = from.map(|from| configurations(from, here)).transpose()?.flatten() {
        let (shown, to) = (text::one_line(&old.to_string_lossy()), new.to_string_lossy());
        left.told.push_str(&format!(
            "The configuration {shown} (charter, pins, settings) does not hold here: what it says is to stand in {} too.\n",
            text::one_line(&to)
        ));
        left.configuration = Some(old);
    }
    let records = record::all()?.0;
    let of_old = |record: &&record::Record| Path::new(&record.memory) == before;
    let mut gone: Vec<_> = records.iter().filter(of_old).filter(|r| !r.has_memory()).collect();
    gone.sort_by(|a, b| a.name.cmp(&b.name));
    left.schedules = gone.iter().map(|record| record.name.clone()).collect();
    for record in gone {
        left.told.push_str(&format!(
            "Dreams are still started for the old folder ({}, it calls `{}`): `dreaming schedule remove --memory {}` takes that \
             back, and `dreaming schedule install` with this folder begins anew.\n",
            record.kind.title(),
            text::one_line(&record.command),
            next::quoted(&record.memory)
        ));
    }
    Ok(left)
}

/// The configuration file beside the state `from` and the one here, if the first says what the second does not.
fn configurations(from: &Path, here: &Place) -> Result<Option<(PathBuf, PathBuf)>> {
    let Some(beside) = from.parent().filter(|beside| beside.ends_with(place::BESIDE)) else {
        return Ok(None);
    };
    let Some(parent) = here.folder.root().parent() else { return Ok(None) };
    let (old, new) = (beside.join(config::FILE), place::beside(parent)?.join(config::FILE));
    let Ok(said) = fs::read(&old) else { return Ok(None) };
    Ok((fs::read(&new).ok() != Some(said)).then_some((old, new)))
}
