//! What happens to dreams when servers die, and when several share a database; and what whoever runs one is told.

mod budgets;
mod erasures;
mod full;
mod kills;
mod objects;
mod operated;
mod server;
mod several;
mod stopped;
mod told;
mod upgrades;
