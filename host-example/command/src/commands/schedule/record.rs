//! What was installed, written down so that exactly that is undone.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::changes::{Change, Fate, Piece};
use super::job::{self, Kind};
use crate::commands::init::files;
use crate::error::{Error, Result};
use crate::folder::Skipped;
use crate::homes;

/// The form of a record. The number grows when a field changes its meaning.
const FORMAT: &str = "dreaming.schedule/1";

/// Longest record in bytes. Chosen by us: the longest text that is changed, a few times.
const MAX_BYTES: u64 = 4 << 20;

/// What was installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// [`FORMAT`].
    format: String,
    /// What starts the dreams.
    pub kind: Kind,
    /// The name of it.
    pub name: String,
    /// The memory folder.
    pub memory: String,
    /// The program that is called: a path, or the name by which a shell finds it.
    pub program: String,
    /// What is called, as one line.
    pub command: String,
    /// What was written.
    pub pieces: Vec<Piece>,
    /// Folders that were not there before, the outermost first.
    pub folders: Vec<PathBuf>,
}

impl Record {
    /// The record of an installation that makes these changes.
    pub fn new(
        kind: Kind,
        store: &Path,
        program: String,
        command: String,
        changes: &[Change],
    ) -> Self {
        Self {
            format: FORMAT.into(),
            kind,
            name: job::name(store),
            memory: store.to_string_lossy().into_owned(),
            program,
            command,
            pieces: changes.iter().map(Piece::of).collect(),
            folders: Vec::new(),
        }
    }

    /// Its file.
    ///
    /// # Errors
    /// Those of [`folder`].
    pub fn path(&self) -> Result<PathBuf> {
        Ok(folder()?.join(format!("{}.{}.json", self.name, self.kind.word())))
    }

    /// The change that writes it down.
    ///
    /// # Errors
    /// Those of [`folder`], [`Error::Io`].
    pub fn written(&self) -> Result<Change> {
        let path = self.path()?;
        let before = files::read(&path, MAX_BYTES)?;
        Ok(Change { path, before, after: Some(format!("{}\n", serde_json::json!(self))) })
    }

    /// The record as its file has it now; `None` when there is none.
    ///
    /// # Errors
    /// Those of [`folder`].
    pub fn as_it_is(&self) -> Result<Option<Self>> {
        Ok(read(&self.path()?).ok())
    }

    /// A file beside `this` in which there is still something of what was written, also when it was changed since.
    ///
    /// # Errors
    /// Those of reading the file.
    pub fn stands_beside(&self, this: &Path) -> Result<Option<PathBuf>> {
        for piece in self.pieces.iter().filter(|piece| Path::new(&piece.path) != this) {
            if piece.fate(self.kind, &self.command)? != Fate::Gone {
                return Ok(Some(PathBuf::from(&piece.path)));
            }
        }
        Ok(None)
    }

    /// The change that takes it away.
    ///
    /// # Errors
    /// As [`Self::written`].
    pub fn forgotten(&self) -> Result<Change> {
        Ok(Change { after: None, ..self.written()? })
    }

    /// Whether the memory folder is there.
    pub fn has_memory(&self) -> bool {
        Path::new(&self.memory).is_dir()
    }

    /// Whether the program is there.
    pub fn has_program(&self) -> bool {
        job::is_there(&self.program)
    }
}

/// The folder of the records: they belong to this machine, so they do not stand beside the configuration.
///
/// # Errors
/// [`Error::Usage`] without a home folder.
pub fn folder() -> Result<PathBuf> {
    Ok(homes::base("XDG_STATE_HOME", ".local/state")?.join("dreaming").join("schedules"))
}

/// All records of this user, by name, and files that are none.
///
/// # Errors
/// Those of [`folder`], [`Error::Io`].
pub fn all() -> Result<(Vec<Record>, Vec<Skipped>)> {
    let folder = folder()?;
    let items = match fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((vec![], vec![])),
        items => items.map_err(Error::io("read", &folder))?,
    };
    let mut paths: Vec<PathBuf> = items.flatten().map(|item| item.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
    paths.sort();
    let (mut records, mut skipped) = (Vec::new(), Vec::new());
    for path in paths {
        match read(&path) {
            Ok(record) => records.push(record),
            Err(reason) => {
                skipped.push(Skipped { path: path.to_string_lossy().into_owned(), reason });
            }
        }
    }
    Ok((records, skipped))
}

fn read(path: &Path) -> std::result::Result<Record, String> {
    let text = files::read(path, MAX_BYTES).map_err(|error| error.to_string())?;
    let record: Record =
        serde_json::from_str(&text.unwrap_or_default()).map_err(|error| error.to_string())?;
    // A record names files that `remove` deletes, so it must be one that an installation wrote in this place.
    match record.format == FORMAT && record.path().is_ok_and(|own| own == path) {
        true => Ok(record),
        false => Err("it is no record of this version, or not in its place".into()),
    }
}
