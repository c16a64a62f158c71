//! The sessions of the demo, see `demo-sessions`.
