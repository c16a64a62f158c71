//! Where memories and sessions may come from.

use std::path::PathBuf;
use std::time::SystemTime;

use indicatif::HumanBytes;

use crate::folder::Skipped;
use crate::homes::all::Kind;
use crate::output::text::count;

/// Where sessions come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An agent keeps them.
    Agent(Kind),
    /// The command line names them.
    Given,
    /// A configuration file names them.
    File,
    /// They lie in the project.
    Project,
}

/// Sessions of one origin.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Where they come from.
    pub origin: Origin,
    /// Their files and folders.
    pub paths: Vec<PathBuf>,
    /// How many can be read.
    pub sessions: u64,
    /// The bytes of these sessions together.
    pub bytes: u64,
    /// When a file of these sessions was last written.
    pub newest: Option<SystemTime>,
    /// Files that cannot be read, and why.
    pub left: Vec<Skipped>,
    /// How many sessions were left out because they ran outside the project.
    pub elsewhere: u64,
    /// The agent's folder of memories, even when it does not exist.
    pub memory: Option<PathBuf>,
}

/// A folder that may hold the memories.
#[derive(Clone, Debug)]
pub struct Memory {
    /// The folder.
    pub path: PathBuf,
    /// Whether it is there.
    pub is_there: bool,
    /// Memories in it.
    pub files: u64,
    /// Files in it that cannot be read, and why.
    pub left: Vec<Skipped>,
    /// The agent whose folder it is.
    pub of: Option<Kind>,
}

impl Batch {
    /// A batch without sessions.
    pub fn empty(origin: Origin, paths: Vec<PathBuf>) -> Self {
        let (left, memory) = (Vec::new(), None);
        Self { origin, paths, sessions: 0, bytes: 0, newest: None, left, elsewhere: 0, memory }
    }

    /// How many sessions, and how large.
    pub fn amount(&self) -> String {
        format!("{} ({})", count(self.sessions, "session"), HumanBytes(self.bytes))
    }
}
