//! What is found within a budget of tokens.

use super::Protocol;
use crate::data::Data;
use crate::figure::Figure;
use crate::report::Measured;

/// See the module.
pub const PROTOCOL: Protocol =
    Protocol { name: "retrieval", about: "what is found within a budget of tokens", run };

fn run(_data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    measured.row("all of it", None, None, Figure::NotYet, None);
    Ok(measured)
}
