//! Whether the plan of a run waits for a person (the default), or its `auto` changes are applied.

/// What happens to the plan of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// No change is applied. A plan in which nothing is left to decide is committed, so that its
    /// sessions count as read; any other plan waits for a person.
    #[default]
    Propose,
    /// Changes with gate `auto` are applied, the others stay open.
    Auto,
}
