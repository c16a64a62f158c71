//! Prompts of a review, and how a question can end without an answer.

use std::io::{self, Write as _};

use inquire::ui::RenderConfig;
use inquire::{InquireError, Text};

use crate::error::Error;
use crate::output::{self, text};

/// Lets prompts have colours only where all other output has them.
pub fn dress() {
    if anstream::AutoStream::choice(&io::stderr()) == anstream::ColorChoice::Never {
        inquire::set_global_render_config(RenderConfig::empty());
    }
}

/// Moves off a question that Ctrl-C cut short: the next output begins on a new line, and the rest
/// of the question is cleared.
pub fn leave() {
    const CLEAR_BELOW: &str = "\u{1b}[J";
    let mut out = io::stderr().lock();
    let _ = write!(out, "\r\n{CLEAR_BELOW}").and_then(|()| out.flush());
}

/// Why a question ended without a decision.
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
    /// Go on: an answer that was given stays.
    Skip,
    /// Take the answer back.
    Open,
    /// Read everything that speaks for it.
    Why,
    /// Accept all remaining changes of the cause with this title, except those to accept alone; the
    /// number counts them.
    All(String, usize),
    /// Go back to the change before.
    Back,
    /// Decide about what was answered; the others stay open.
    Finish,
    /// Reject this change and all after it; the number counts them.
    None(usize),
    /// Decide nothing.
    Quit,
}

impl Next {
    /// The word to type, or its beginning.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Edit => "edit",
            Self::Skip => "skip",
            Self::Open => "open",
            Self::Why => "why",
            Self::All(..) => "all",
            Self::Back => "back",
            Self::Finish => "finish",
            Self::None(_) => "none",
            Self::Quit => "quit",
        }
    }

    /// What it does.
    fn meaning(&self) -> String {
        match self {
            Self::Accept => "it goes in".into(),
            Self::Reject => "it comes back only with new evidence".into(),
            Self::Edit => "it goes in, in your words".into(),
            Self::Skip => "go on; without an answer it stays open, an answer stays".into(),
            Self::Open => "take your answer back; it stays open".into(),
            Self::Why => "print all evidence".into(),
            Self::All(cause, left) => format!("accept the {left} that are left of \"{cause}\""),
            Self::Back => "go back to the one before".into(),
            Self::Finish => "decide about what you answered; the others stay open".into(),
            Self::None(left) => format!("reject the {left} that are left (in full: none)"),
            Self::Quit => "decide nothing; the answers are kept".into(),
        }
    }

    /// The first of `options` that begins with `typed`. `none` must be typed in full: in other
    /// programs `n` says no to one question only.
    fn typed<'a>(typed: &str, options: &'a [Self]) -> Option<&'a Self> {
        let typed = typed.trim().to_lowercase();
        let meant = |next: &&Self| match next {
            Self::None(_) => next.word() == typed,
            _ => next.word().starts_with(&typed),
        };
        options.iter().find(meant).filter(|_| !typed.is_empty())
    }
}

/// All options on one line of 80 columns.
fn keys(options: &[Next]) -> String {
    let words: Vec<&str> = options.iter().map(Next::word).collect();
    format!("{} (? explains)", words.join(" "))
}

/// Asks for one of `options`, by the first letters of its word. Enter alone means `enter`, if that
/// is given.
pub fn pick(options: &[Next], enter: Option<&Next>) -> std::result::Result<Next, Stop> {
    let keys = keys(options);
    let meant = |typed: &str| match typed.trim() {
        "" => enter,
        typed => Next::typed(typed, options),
    };
    let formatter =
        |typed: &str| meant(typed).map_or_else(|| typed.to_owned(), |next| next.word().to_owned());
    loop {
        let typed = insist(|| {
            let ask = Text::new("This change?").with_formatter(&formatter);
            ask.with_help_message(&keys).prompt_skippable()
        })?;
        if let Some(next) = meant(&typed) {
            return Ok(next.clone());
        }
        let line = |next: &Next| format!("  {:8}{}\n", next.word(), next.meaning());
        output::say(&text::wrap(&options.iter().map(line).collect::<String>()));
    }
}

/// Asks again after Esc, which must not throw away the earlier answers.
pub fn insist<T>(
    ask: impl Fn() -> Result<Option<T>, InquireError>,
) -> std::result::Result<T, Stop> {
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Next> {
        let all = Next::All("Said by a person".into(), 12);
        let first =
            [Next::Accept, Next::Reject, Next::Edit, Next::Skip, Next::Open, Next::Why, all];
        [&first[..], &[Next::Back, Next::Finish, Next::None(120), Next::Quit]].concat()
    }

    #[test]
    fn all_keys_fit_one_line_of_80_columns_with_the_brackets_around_them() {
        assert!(keys(&all()).len() + 2 <= 80, "{}", keys(&all()));
    }

    #[test]
    fn the_first_letters_are_enough_but_not_to_reject_all() {
        let all = all();
        let word = |typed: &str| Next::typed(typed, &all).map(Next::word);
        for (typed, meant) in [("a", "accept"), ("AL", "all"), (" r ", "reject"), ("none", "none")]
        {
            assert_eq!(word(typed), Some(meant));
        }
        for nothing in ["", "n", "y", "?", "accepted"] {
            assert_eq!(word(nothing), None, "{nothing}");
        }
    }
}
