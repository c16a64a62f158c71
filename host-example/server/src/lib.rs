//! Memory stores and dreams over the HTTP API that the official SDKs speak: `docs/server.md` says how to start it, and
//! which part of that API it serves.

mod api;
mod db;
pub mod deletions;
pub mod doctor;
mod dream;
mod ending;
mod ids;
mod listen;
mod mcp;
mod objects;
mod page;
mod path;
pub mod schedule;
mod transfer;
pub mod watch;
pub mod webhook;
mod wire;

pub use crate::api::{Options, app};
pub use crate::db::budgets::{DayBudget, Spending};
pub use crate::db::keys::{Key, Right};
pub use crate::db::{Database, DatabaseError};
pub use crate::dream::{Ingress, Models, Runner, Stretch, engine};
pub use crate::ending::to_the_end;
pub use crate::ids::Day;
pub use crate::listen::{Limits, serve};
pub use crate::objects::{Objects, ObjectsError};
