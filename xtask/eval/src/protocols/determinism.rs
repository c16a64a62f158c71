//! One order, another order, other batches: the same store.

use super::Protocol;
use crate::data::Data;
use crate::figure::Figure;
use crate::report::Measured;

/// See the module.
pub const PROTOCOL: Protocol = Protocol {
    name: "determinism",
    about: "one order, another order, other batches: the same store",
    run,
};

fn run(_data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    measured.row("all of it", None, None, Figure::NotYet, None);
    Ok(measured)
}
