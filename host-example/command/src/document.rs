//! The fields of the engine's documents that this command shows. The documents themselves are
//! kept and compared as bytes.

mod evidence;
mod ledger;
mod plan;
mod report;
mod revision;
mod session;

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

pub use evidence::Evidence;
pub use ledger::{Entry, Pinned};
pub use plan::{Change, Conflict, Gates, Plan, Rejected, SessionResult, Target};
pub use report::Report;
pub use revision::{Figures, Revision, Verdict};
pub use session::{PartRead, SessionRecord};

/// Reads a document; `what` names it in the error.
///
/// # Errors
/// [`Error::Damaged`].
pub fn parse<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| Error::Damaged(format!("{what}: {error}")))
}
