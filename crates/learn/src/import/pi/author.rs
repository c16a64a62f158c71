//! Who wrote a message in the user's role. With Pi it is who sits at the prompt. Oh My Pi says when
//! it was an agent or the program. With OpenClaw it may be anybody who can write into a chat, or a
//! schedule, a hook or another session: only what it marks as its owner's is a person's.

use super::super::fields::{is_on, object_of, word_of};
use super::super::provenance::Speaker;
use crate::json_value::{Map, Value};

/// Fields of messages and types of extensions' entries that only OpenClaw writes, and the provider
/// whose messages its gateway writes itself: answers to commands, and copies of what it delivered.
const FIELDS: &[&str] = &["__openclaw", "idempotencyKey", "provenance"];
const SNAPSHOT: &str = "model-snapshot";
const OPENCLAW: &str = "openclaw";

/// How the message begins that gives a sub-agent of OpenClaw its task.
const TASK: &str = "[Subagent Context]";

/// How OpenClaw says, above a block of data, that it is from a chat.
const FRAME: &str = "(untrusted metadata):";

/// What Pi puts before the words of a person: files and skills that they name, each with how it
/// begins and ends. A file may hold the end too, so the last one counts.
const SHOWN: &[(&str, &str)] = &[("<file name=\"", "</file>\n"), ("<skill name=\"", "\n</skill>")];

/// What is known of the people and programs that write into a session.
#[derive(Debug, Default)]
pub(super) struct Author {
    /// Whether the session is a sub-agent's.
    is_sub: bool,
    /// Whether OpenClaw wrote it.
    is_openclaw: bool,
}

impl Author {
    /// The session is a sub-agent's.
    pub(super) fn sub_agent(&mut self) {
        self.is_sub = true;
    }

    /// OpenClaw wrote the session.
    pub(super) fn openclaw(&mut self) {
        self.is_openclaw = true;
    }

    /// Whether OpenClaw wrote the session.
    pub(super) fn is_openclaw(&self) -> bool {
        self.is_openclaw
    }

    /// An entry of an extension with this type was read.
    pub(super) fn custom(&mut self, kind: &str) {
        self.is_openclaw |= kind == SNAPSHOT || kind.starts_with(OPENCLAW);
    }

    /// Who wrote a message in the user's role. When in doubt it is no person.
    pub(super) fn of(&mut self, message: &Map<'_>, text: &str) -> Speaker {
        self.is_openclaw |= FIELDS.iter().any(|field| message.contains_key(field));
        // Pi and its fork write a list of blocks.
        let is_list = matches!(message.get("content"), Some(Value::Array(_)));
        let owner = object_of(message, "__openclaw").is_some_and(|of| is_on(of, "senderIsOwner"));
        let is_asked = !is_framed(text) && (owner || is_list && !self.is_openclaw);
        let attribution = message.get("attribution").map_or(Some("user"), Value::as_str);
        let kind = |from: &Value| -> String {
            from.as_object().map_or_else(String::new, |of| word_of(of, "kind").into())
        };
        let from = message.get("provenance").map(kind);
        match (from.as_deref(), attribution) {
            (Some("inter_session"), _) => Speaker::ParentAgent,
            _ if is_on(message, "synthetic") => Speaker::Harness,
            (None | Some("external_user"), Some("user" | "agent")) if self.is_sub => {
                Speaker::ParentAgent
            }
            (None, Some("user")) if text.starts_with(TASK) => Speaker::ParentAgent,
            (None | Some("external_user"), Some("user")) if is_asked => Speaker::Person,
            _ => Speaker::Harness,
        }
    }
}

/// Whether a text has lines of OpenClaw, which tell who speaks or hold what others in the chat
/// said. Read in its files and in others, so that damage to what tells them apart does no harm.
fn is_framed(text: &str) -> bool {
    text.trim_ascii_start().starts_with('[') || text.contains(FRAME)
}

/// Whether the gateway of OpenClaw wrote a message in the agent's role.
pub(super) fn is_openclaw(message: &Map<'_>) -> bool {
    word_of(message, "provider") == OPENCLAW
}

/// What was typed, without what the program put before it.
pub(super) fn typed(text: &str) -> &str {
    SHOWN.iter().fold(text, |text, (begin, end)| match text.rsplit_once(end) {
        Some((_, words)) if text.starts_with(begin) => words,
        _ => text,
    })
}
