//! What is left of a model's words when they were checked.

use serde::Serialize;

use crate::canonical::Readable;
use crate::evidence::Pin;
use crate::ids::EntryId;
use crate::kind::Kind;
use crate::trust::Trust;

/// A proposal that the check let through: a statement with the places that support it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Proposal {
    /// What sort of statement it is.
    pub kind: Kind,
    /// The statement, one paragraph, redacted.
    pub text: String,
    /// Subject and attribute, lower case, when the model gave one: `staging url`.
    pub subject: Option<String>,
    /// The value that no longer holds, when the model gave one and the session contains it.
    pub wrong: Option<String>,
    /// The value that holds, when the model gave one and the statement contains it.
    pub right: Option<String>,
    /// The entry whose place it takes, when the model was shown one and said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects: Option<EntryId>,
    /// Places that support it; each quote was found word for word.
    pub pins: Vec<Pin>,
    /// The lowest trust of those places.
    pub trust: Trust,
    /// What it came to when a model wrote from all findings together: `true` = it stands for itself, `false` = it was
    /// left; nothing when a statement that was written holds it, or no model has seen it yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worth: Option<bool>,
}
