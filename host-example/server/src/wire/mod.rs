//! What all routes share: errors, bodies, queries, pages, keys.

pub mod body;
pub mod caller;
pub mod error;
pub mod page;
pub mod path;
pub mod query;
