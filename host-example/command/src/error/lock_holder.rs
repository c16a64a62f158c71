//! Who holds the lock of a store.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

/// The process that holds the lock, as it wrote itself into the lock file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// The subcommand.
    pub command: String,
    /// When it took the lock, as RFC 3339.
    pub since: String,
}

impl Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, command, since } = self;
        write!(f, "`dreaming {command}` (process {pid}, since {since})")
    }
}
