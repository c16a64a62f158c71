//! The workflow of a task, from trials with results.

use super::Protocol;
use crate::data::Data;
use crate::figure::Figure;
use crate::report::Measured;

/// See the module.
pub const PROTOCOL: Protocol =
    Protocol { name: "outcomes", about: "the workflow of a task, from trials with results", run };

fn run(_data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    measured.row("all of it", None, None, Figure::NotYet, None);
    Ok(measured)
}
