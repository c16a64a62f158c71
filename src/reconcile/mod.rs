//! From candidates and entries to changes.
