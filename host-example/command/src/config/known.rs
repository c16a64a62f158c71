//! Reads the configuration files for `dreaming init`, which changes them.

use std::path::{Path, PathBuf};

use super::{check, folders, read, resolved, strangers, users};
use crate::error::Result;

/// The values of one configuration file that `dreaming init` can write.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The path of the file, whether it exists or not.
    pub path: PathBuf,
    /// Whether it is there.
    pub is_there: bool,
    /// The memory folder that it names.
    pub memory: Option<PathBuf>,
    /// The sessions that it names.
    pub sessions: Vec<PathBuf>,
    /// The model, as it is written there.
    pub model: Option<String>,
    /// The address of the model; `None` when its makers serve it.
    pub model_url: Option<String>,
    /// A table of prices.
    pub prices: Option<PathBuf>,
    /// Most dollars of a dream.
    pub max_cost: Option<f64>,
}

/// The file of the folder `parent`.
///
/// # Errors
/// [`crate::error::Error::Usage`] for a file that makes no sense or sets what it may not,
/// [`crate::error::Error::Linked`], [`crate::error::Error::Io`].
pub fn folder(parent: &Path) -> Result<Known> {
    let (path, base) = folders(parent)?;
    let known = known(path, &base)?;
    if let (Some(strangers), Some(file)) = (strangers(0, &known.path, &base), read(&known.path)?) {
        if let Some(memory) = &known.memory {
            strangers.path("memory", "--memory", memory)?;
        }
        check(&file, &strangers, &base)?;
    }
    Ok(known)
}

/// The user's file; `None` when the environment names no home folder.
///
/// # Errors
/// As [`folder`].
pub fn user() -> Result<Option<Known>> {
    users().map(|(path, base)| known(path, &base)).transpose()
}

/// Whether the file of the folder `parent` may name sessions in `path`.
pub fn may_name(parent: &Path, path: &Path) -> bool {
    folders(parent).is_ok_and(|(file, base)| {
        strangers(0, &file, &base)
            .is_none_or(|strangers| strangers.path("sessions", "--sessions", path).is_ok())
    })
}

fn known(path: PathBuf, base: &Path) -> Result<Known> {
    let Some(file) = read(&path)? else { return Ok(Known { path, ..Known::default() }) };
    Ok(Known {
        path,
        is_there: true,
        memory: file.memory.map(|memory| resolved(base, &memory)),
        sessions: file.sessions.iter().map(|path| resolved(base, path)).collect(),
        model: file.model,
        model_url: file.model_url,
        prices: file.prices.map(|prices| resolved(base, &prices)),
        max_cost: file.max_cost,
    })
}
