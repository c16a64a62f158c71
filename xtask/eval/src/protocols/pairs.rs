//! Pairs of statements that mean the same, or not.

use super::Protocol;
use crate::data::Data;
use crate::figure::Figure;
use crate::report::Measured;

/// See the module.
pub const PROTOCOL: Protocol =
    Protocol { name: "pairs", about: "pairs of statements that mean the same, or not", run };

fn run(_data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    measured.row("all of it", None, None, Figure::NotYet, None);
    Ok(measured)
}
