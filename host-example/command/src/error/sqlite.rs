//! What SQLite says, as an error of the command.

use std::path::PathBuf;

use super::Error;

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full(PathBuf::from("state")),
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                Self::Damaged(format!("database ({error})"))
            }
            _ if is_full(&error) => Self::Full(PathBuf::from("state")),
            _ => Self::State(error),
        }
    }
}

/// Whether SQLite had no space for its log's index, which it reports as an I/O error.
fn is_full(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}
