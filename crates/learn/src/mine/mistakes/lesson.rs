//! What a memory says about a mistake: the lesson first, in whole sentences, without any count.

use super::cause::{Cause, Class};
use super::message;
use super::pattern::Pattern;
use dreaming_shield::attack;

use crate::mine::words;

/// Least room for the message in a statement, in bytes. Chosen by us: less cannot be recognised.
const MIN_MESSAGE: usize = 12;

/// The statement about a pattern, at most `max` bytes; `None` when it does not fit.
pub(super) fn lesson(pattern: &Pattern<'_>, max: usize) -> Option<String> {
    let text = match &pattern.cause {
        Cause::Known(class) => known(*class, pattern),
        Cause::Message(_) => plain(pattern, max)?,
    };
    (text.len() <= max).then_some(text)
}

/// The lesson of a class. What the tools themselves say about it, and what sessions showed to
/// cure it.
fn known(class: Class, pattern: &Pattern<'_>) -> String {
    let tool = &pattern.tool;
    // What worked next, when that is another call.
    let other = pattern.cure.as_deref().filter(|cure| cure != tool);
    match class {
        Class::NotRead => {
            let with = other.map_or_else(String::new, |cure| format!(" with `{cure}`"));
            format!(
                "Read a file{with} before changing it with `{tool}`, which refuses files that were \
                 not read in the session."
            )
        }
        Class::ChangedSinceRead => {
            let with = other.map_or_else(String::new, |cure| format!(" with `{cure}`"));
            format!(
                "Read a file again{with} right before `{tool}` when a command, a formatter or a \
                 person may have changed it: `{tool}` refuses files that changed since they were \
                 read."
            )
        }
        Class::NotUnique => format!(
            "Give `{tool}` enough of the surrounding lines that the text to replace occurs only \
             once in the file; it refuses a text with several matches unless it is told to replace \
             all of them."
        ),
        Class::TextNotFound => format!(
            "Copy the text to replace from a fresh look at the file, white space included: \
             `{tool}` fails when the file does not hold exactly that text."
        ),
        Class::NoChange => format!(
            "Check that the new text differs from the old one before calling `{tool}`, which fails \
             when both are the same."
        ),
        Class::TooLarge => format!(
            "Read a large file in parts, or search in it: `{tool}` refuses more than its limit at \
             once."
        ),
        Class::Folder => {
            format!(
                "Give `{tool}` the path of a file; it fails on a folder, which has to be listed."
            )
        }
        Class::NoProgram => {
            let instead = other.map_or_else(
                || "Look for another way to run it, or do without it".to_owned(),
                |cure| format!("Use `{cure}`, which worked instead"),
            );
            format!("{instead}: `{}` is not in the path here.", program(pattern))
        }
        Class::NoPath => {
            let how = other.map_or_else(
                || "list the folder or search for the name".to_owned(),
                |cure| format!("`{cure}` found the right one"),
            );
            format!(
                "Make sure that a path exists before giving it to `{tool}`, instead of guessing it: \
                 {how}."
            )
        }
        Class::NoOption => match option(pattern) {
            Some(option) => {
                format!("Do not pass `{option}` to `{tool}`, which has no such option.")
            }
            None => format!("Look up the options of `{tool}` before using one that may not exist."),
        },
        Class::Findings => {
            let how = other.filter(|_| pattern.cured_by_command).map_or_else(
                || "fix what it reports and run it again".to_owned(),
                |cure| format!("`{cure}` is what made it pass"),
            );
            format!(
                "Run `{tool}` after changes and before calling them done, because it often fails \
                 then; {how}."
            )
        }
    }
}

/// The words of the error itself, and the cure.
fn plain(pattern: &Pattern<'_>, max: usize) -> Option<String> {
    let tool = &pattern.tool;
    let message = message::common(&pattern.found)?;
    let write = |message: &str| match pattern.cure.as_deref() {
        Some(cure) if cure != tool => {
            format!("When `{tool}` fails with `{message}`, `{cure}` works next.")
        }
        _ => format!(
            "`{tool}` keeps failing with `{message}`: look at what it needs before calling it."
        ),
    };
    let room = max.checked_sub(write("").len())?;
    if room < message.len().min(MIN_MESSAGE) {
        return None;
    }
    Some(write(&words::code(&message, room)?))
}

/// The option that no program took, when it was the same each time.
fn option(pattern: &Pattern<'_>) -> Option<String> {
    let trim = |word: &str| word.trim_matches(['\'', '"', '`', ',', '.', ':', ';']).to_owned();
    let of = |quote: &str| {
        quote.split(' ').map(trim).find(|word| word.starts_with('-') && word.len() > 1)
    };
    same(pattern, of)
}

/// The program that was not there: the word beside `command not found`, else the tool.
fn program(pattern: &Pattern<'_>) -> String {
    const MISSING: &str = "command not found";
    let of = |quote: &str| {
        let (before, after) = quote.split_once(MISSING)?;
        let name =
            after.strip_prefix(": ").or_else(|| before.strip_suffix(": ")?.rsplit(": ").next());
        name.map(|name| name.trim_ascii().to_owned()).filter(|name| !name.contains(' '))
    };
    same(pattern, of).unwrap_or_else(|| pattern.tool.clone())
}

/// What `of` finds in each message, when that is one and the same name.
fn same(pattern: &Pattern<'_>, of: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut all = pattern.found.iter().map(|(_, failure)| of(&failure.pin.quote));
    let first = all.next()??;
    let plain = words::is_code(&first) && !attack::instructs(&first);
    (plain && all.all(|other| other.as_ref() == Some(&first))).then_some(first)
}
