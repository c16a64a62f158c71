//! Names of tools and steps.

use dreaming_shield::redact::redact;
use dreaming_text::cut;

/// Longest name of a tool or step, in bytes. Chosen by us.
const MAX_NAME: usize = 80;

/// A name of a tool or step as it is kept.
pub(crate) fn name(text: impl AsRef<str>) -> String {
    cut(&redact(text.as_ref()).text, MAX_NAME).into()
}
