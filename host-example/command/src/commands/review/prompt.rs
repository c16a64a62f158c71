//! What a person is asked, and how a question may end without an answer.

use std::fmt;
use std::io;

use inquire::ui::RenderConfig;
use inquire::{InquireError, Select};

use crate::error::Error;

/// Lets prompts have colours only where all other output has them.
pub fn dress() {
    if anstream::AutoStream::choice(&io::stderr()) == anstream::ColorChoice::Never {
        inquire::set_global_render_config(RenderConfig::empty());
    }
}

/// Why no decision came out of it.
#[derive(Debug)]
pub enum Stop {
    /// The person left.
    Quit,
    /// Ctrl-C.
    Interrupted,
    /// Something went wrong.
    Failed(Error),
}

impl From<InquireError> for Stop {
    fn from(error: InquireError) -> Self {
        match error {
            InquireError::OperationInterrupted => Self::Interrupted,
            InquireError::IO(error) => Self::Failed(Error::io("ask", "the terminal")(error)),
            other => Self::Failed(Error::io("ask", "the terminal")(io::Error::other(other))),
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What a person may do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Accept it.
    Accept,
    /// Reject it.
    Reject,
    /// Accept it in other words.
    Edit,
    /// Leave it open.
    Skip,
    /// Look at the one before.
    Back,
    /// Accept all of the cause with this title that are left: so many.
    Cause(String, usize),
    /// Read everything that speaks for it.
    Evidence,
    /// Decide about what was answered; the others stay open.
    Finish,
    /// Reject this one and all behind it: so many.
    RejectRest(usize),
    /// Decide nothing.
    Quit,
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accept => f.write_str("accept"),
            Self::Reject => f.write_str("reject (it comes back only with new evidence)"),
            Self::Edit => f.write_str("edit, and accept in your words"),
            Self::Skip => f.write_str("skip (it stays open)"),
            Self::Back => f.write_str("back to the one before, to answer it anew"),
            Self::Evidence => f.write_str("why: all evidence"),
            Self::Finish => f.write_str("finish here (the others stay open)"),
            Self::RejectRest(left) => write!(f, "none of the {left} that are left: reject"),
            Self::Cause(cause, left) => {
                write!(f, "all {left} that are left of \"{cause}\": accept")
            }
            Self::Quit => f.write_str("quit (decides nothing, keeps the answers)"),
        }
    }
}

/// Options that are shown at a time: with them a statement of four lines stays visible in a window of 24.
pub const PAGE: usize = 6;

/// One of `options`: with the arrows, or by the first letters of its name.
pub fn pick(options: &[Next]) -> std::result::Result<Next, Stop> {
    let by_beginning = |typed: &str, _: &Next, name: &str, at: usize| {
        let place = i64::try_from(at).unwrap_or(i64::MAX);
        name.starts_with(&typed.to_lowercase()).then_some(-place)
    };
    insist(|| {
        Select::new("This change?", options.to_vec())
            .with_scorer(&by_beginning)
            .with_page_size(PAGE)
            .with_help_message("arrows or first letters, Enter; Ctrl-C decides nothing")
            .prompt_skippable()
    })
}

/// Asks until there is an answer: Esc alone must not throw away those that were given before.
pub fn insist<T>(
    ask: impl Fn() -> Result<Option<T>, InquireError>,
) -> std::result::Result<T, Stop> {
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
    }
}
