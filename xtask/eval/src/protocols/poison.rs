//! Attack strings where agents meet them.

use super::Protocol;
use crate::data::Data;
use crate::figure::Figure;
use crate::report::Measured;

/// See the module.
pub const PROTOCOL: Protocol =
    Protocol { name: "poison", about: "attack strings where agents meet them", run };

fn run(_data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    measured.row("all of it", None, None, Figure::NotYet, None);
    Ok(measured)
}
