//! The counts of a revision in words.

use super::Figures;

impl Figures {
    /// The counts of entries in words; empty when none came or went.
    pub fn words(&self) -> String {
        let counts = [
            (self.added, "added"),
            (self.merged, "merged"),
            (self.superseded, "replaced"),
            (self.retired, "taken out"),
        ];
        let some = counts.iter().filter(|(count, _)| *count > 0);
        some.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
    }
}
