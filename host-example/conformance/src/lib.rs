//! The same bytes in every host: golden cases in native code, in the component and in JavaScript.
//!
//! - [`sites`] lists the hosts and opens those that this machine has.
//! - [`table`] plays every golden case in a host and compares every byte.
//! - [`carried`] moves dreams from host to host.
//! - [`component`] and [`process`] are hosts for `dreaming_testing`; [`relay`] makes one of
//!   several.

pub mod carried;
pub mod cases;
pub mod child;
pub mod component;
pub mod process;
pub mod relay;
pub mod sites;
pub mod table;
mod wire;
