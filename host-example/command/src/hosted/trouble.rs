//! Why a hosted store cannot be read or written.

use super::client::KEY;
use super::{HOME, said};
use crate::output::next::command;
use crate::output::text::one_line;

/// Why the hosted store cannot be read or written. Nothing is lost or half written, whatever the
/// case. No message holds the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// There is no key for this address.
    #[error("{} needs a key: {}", one_line(.url), to_set(.url))]
    NoKey {
        /// The address.
        url: String,
    },
    /// What a person gave makes no sense.
    #[error("{0}")]
    Usage(String),
    /// Nobody answers, or the line breaks each time.
    #[error("{url} does not answer: {why}; {todo}; what came before is kept")]
    Line {
        /// Its address.
        url: String,
        /// Why.
        why: String,
        /// What to do.
        todo: String,
    },
    /// The key was turned down: status 401 or 403.
    #[error(
        "{url} turned the key down: {why} (the key is from {from}): put one there that {may}, and run again"
    )]
    Key {
        /// The address.
        url: String,
        /// What the service said.
        why: String,
        /// The variable that holds the key.
        from: &'static str,
        /// What the key has to be good for.
        may: &'static str,
    },
    /// There is no such store.
    #[error(
        "{url} has no memory store `{store}` that this key may see: check the id, the key and --url"
    )]
    NoStore {
        /// The address.
        url: String,
        /// The id of the store.
        store: String,
    },
    /// The store is archived, so nothing can be written to it.
    #[error(
        "the memory store `{}` is archived and takes no changes: nothing was sent; {} still reads it",
        .0, command("pull")
    )]
    Archived(String),
    /// The service wants fewer requests than a person waits for.
    #[error("{url} takes no more requests now: {why}; {when}; what came before is kept")]
    Busy {
        /// The address.
        url: String,
        /// What the service said.
        why: String,
        /// When to try again.
        when: String,
    },
    /// The service failed, also when asked again.
    #[error("{url} failed {tries} times: {why}; what came before is kept: try again later")]
    Down {
        /// The address.
        url: String,
        /// How often it was asked.
        tries: u32,
        /// What it said.
        why: String,
    },
    /// What came is not what the service promises.
    #[error(
        "{url} gave no sense: {what}; nothing of it was used: try again, and if it says so again, check --url"
    )]
    Nonsense {
        /// The address.
        url: String,
        /// What came.
        what: String,
    },
    /// A request was refused for what it holds.
    #[error("{0}")]
    Refused(String),
    /// There is no such thing: status 404.
    #[error("{0}")]
    Missing(String),
    /// What is there is not what the request expects: status 409.
    #[error("{why}")]
    Precondition {
        /// What the service said.
        why: String,
        /// The memory that is in the way, if the service names one.
        by: Option<String>,
    },
    /// The memories mirror another store.
    #[error(
        "these memories mirror the store `{mirrored}`, and one folder mirrors one store: take another folder for `{asked}`"
    )]
    OtherStore {
        /// The store that they mirror.
        mirrored: String,
        /// The store that was asked for.
        asked: String,
    },
    /// The memories mirror no store.
    #[error(
        "these memories mirror no hosted store: `dreaming pull memstore_… FOLDER` fetches one into a folder"
    )]
    NoMirror,
    /// Memories changed here and there, so none is sent.
    #[error(
        "{} changed here and there, so nothing was sent:\n{}{} shows both sides and what to do, {} \
         sends all as they are here, {others} sends the others",
        said::memories(files.len()),
        said::listed(files),
        command("pull --dry-run"),
        command("push --all-ours")
    )]
    Conflicts {
        /// The memories, each with how it differs.
        files: Vec<String>,
        /// The command that sends the others.
        others: String,
    },
    /// Some memories cannot be sent, so none is.
    #[error("the hosted store would refuse {}; nothing was sent: mend or move them, and push again", some(.0))]
    Unfit(Vec<String>),
    /// The sending stopped on the way.
    #[error(
        "{sent} of {all} changes are sent and recorded, then: {why}; {again} sends the rest, and none twice"
    )]
    Halfway {
        /// How many were sent.
        sent: usize,
        /// How many there were.
        all: usize,
        /// Why it stopped.
        why: Box<Trouble>,
        /// The command that goes on.
        again: String,
    },
}

/// What to type where there is no key for an address.
fn to_set(url: &str) -> String {
    if url == HOME {
        return format!(
            "set {KEY} (or ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN, which are sent to this address only), and \
             run again"
        );
    }
    format!(
        "type `export {KEY}=…` with a key of that server, and run again (ANTHROPIC_API_KEY and \
         ANTHROPIC_AUTH_TOKEN are sent to {HOME} only)"
    )
}

/// Memories that a message names. Chosen by us: they fit some lines.
const NAMED: usize = 10;

/// The first of these, and how many more there are.
fn some(all: &[String]) -> String {
    let named = all.get(..NAMED).unwrap_or(all).join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named}, and {more} more"),
    }
}

impl Trouble {
    /// The exit code, see `dreaming --help`.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoKey { .. } | Self::Usage(_) | Self::OtherStore { .. } | Self::NoMirror => 2,
            Self::Conflicts { .. } | Self::Precondition { .. } => 4,
            _ => 1,
        }
    }

    /// A stable word for the case, for `--json`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NoKey { .. } | Self::Usage(_) | Self::OtherStore { .. } | Self::NoMirror => {
                "usage"
            }
            Self::Line { .. } => "no-network",
            Self::Key { .. } => "key-refused",
            Self::NoStore { .. } | Self::Missing(_) => "no-store",
            Self::Archived(_) => "archived",
            Self::Busy { .. } => "busy-service",
            Self::Down { .. } => "service-failed",
            Self::Nonsense { .. } => "nonsense",
            Self::Refused(_) | Self::Unfit(_) => "refused",
            Self::Conflicts { .. } | Self::Precondition { .. } => "conflict",
            Self::Halfway { why, .. } => why.kind(),
        }
    }
}

impl From<dreaming_models::Error> for Trouble {
    fn from(error: dreaming_models::Error) -> Self {
        match error {
            dreaming_models::Error::Address(why) => Self::Usage(format!("--url: {why}")),
            other => Self::Usage(other.to_string()),
        }
    }
}
