//! What happens to dreams when servers die, and when several share a database; and what a server logs.

mod kills;
mod log;
mod server;
mod several;
