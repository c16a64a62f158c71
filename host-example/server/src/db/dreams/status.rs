//! How far a dream is.

/// How far a dream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It waits for its turn.
    Pending,
    /// It reads, asks or writes.
    Running,
    /// It has done what it was asked for.
    Completed,
    /// It could not.
    Failed,
    /// Somebody called it off.
    Canceled,
}

impl Status {
    /// As the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    pub(in crate::db) fn of(name: &str) -> Self {
        let all = [Self::Pending, Self::Running, Self::Completed, Self::Canceled];
        all.into_iter().find(|status| status.name() == name).unwrap_or(Self::Failed)
    }

    /// Whether nothing more happens to the dream.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}
