//! A model's proposal after it was checked.

use serde::Serialize;

use crate::canonical::Readable;
use crate::evidence::Pin;
use crate::ids::EntryId;
use crate::kind::Kind;
use crate::trust::Trust;

/// A proposal that passed the check: a statement with the places that support it.
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
    /// The entry that it replaces, when the model was shown that entry and said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects: Option<EntryId>,
    /// Places that support it; each quote was found word for word.
    pub pins: Vec<Pin>,
    /// The lowest trust of those places.
    pub trust: Trust,
    /// The result after a model wrote from all findings together: `true` = proposed as it is,
    /// `false` = left out; `None` when a written statement covers it, or no model has seen it
    /// together with the others yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worth: Option<bool>,
}
