//! Why a model cannot be asked at all: its address, its key or its prices. What goes wrong with a
//! call is a [`crate::Trouble`].

use std::io;
use std::path::{Path, PathBuf};

/// The result of everything that can fail before a call.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a model cannot be asked. No message holds a key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing may be sent to the address; the host says which setting holds it.
    #[error("{0}")]
    Address(&'static str),
    /// What a person gave is no key or no table of prices.
    #[error("{0}")]
    Wrong(String),
    /// A file of a person cannot be read.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    /// Wraps what the operating system said about `path`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}
