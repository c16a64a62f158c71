//! `notify` in the configuration of Codex, which Codex calls after each turn.

use std::path::PathBuf;

use toml_edit::{Array, DocumentMut, Item};

use crate::error::{Error, Result};
use crate::homes;
use crate::output::next::quoted;
use crate::output::text::one_line;

/// The key. Codex runs the words of its list, with one more: a JSON document about the turn. It does not wait for their
/// end. Source: <https://developers.openai.com/codex/config-reference>.
const KEY: &str = "notify";

/// The name that the shell gives itself, so that the document about the turn is its first argument and is not run.
const CALLED: &str = "dreaming";

/// The user's configuration of Codex.
///
/// # Errors
/// [`Error::Usage`] without a home folder.
pub fn place() -> Result<PathBuf> {
    Ok(homes::base("CODEX_HOME", ".codex")?.join("config.toml"))
}

/// The line in a shell that dreams in the background. The session of the turn has been written just now, so the dream
/// waits for no pause.
pub fn command(line: &str, idle: &str) -> String {
    format!("nohup {line}{idle} >/dev/null 2>&1 &")
}

/// The line of the configuration that calls `command`.
pub fn line(command: &str) -> String {
    let words: Array = ["sh", "-c", command, CALLED].into_iter().collect();
    format!("{KEY} = {words}\n")
}

/// `text` with a line that calls `command` at its top, where no table has begun; all other bytes stay.
///
/// # Errors
/// [`Error::Usage`] for a text that is no TOML, and for one that has the key already.
pub fn with_notify(text: &str, command: &str) -> Result<String> {
    let file = place()?;
    let file = file.display();
    let parsed: std::result::Result<DocumentMut, _> = text.parse();
    let document = parsed.map_err(|error| {
        let why = one_line(&error.to_string());
        Error::Usage(format!("{file}: {why}; nothing was written: mend that file first"))
    })?;
    if let Some(there) = document.get(KEY) {
        return Err(Error::Usage(format!(
            "{file} has `{KEY} = {}` already, and Codex calls one command only; nothing was written: to have both, \
             write `{}` in its place",
            there.to_string().trim(),
            chained(there, command).unwrap_or_else(|| line(command)).trim()
        )));
    }
    let is_crlf = text.contains("\r\n");
    let line = line(command);
    let line = if is_crlf { line.replace('\n', "\r\n") } else { line };
    let (mark, rest) = match text.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", text),
    };
    Ok(format!("{mark}{line}{rest}"))
}

/// A line that calls what is there, with its document, and then `command`.
fn chained(there: &Item, command: &str) -> Option<String> {
    let words = there.as_array()?.iter().map(|word| Some(quoted(word.as_str()?)));
    let words: Vec<String> = words.collect::<Option<_>>()?;
    Some(line(&format!("{} \"$1\" & {command}", words.join(" "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let document: DocumentMut = text.parse().unwrap();
        let words = document[KEY].as_array().unwrap().iter();
        words.map(|word| word.as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_line_stands_before_every_table_and_all_other_bytes_stay() {
        let command = "nohup '/o\"d \\d/it'\\''s' run &";
        for text in
            ["", "# mine\n[tui]\nx = 1 # y\n", "model = \"a\"\r\n\r\n[t]\r\n", "\u{feff}a = 1"]
        {
            let with = with_notify(text, command).unwrap();
            assert_eq!(words(&with), ["sh", "-c", command, CALLED], "{with}");
            let line = with.lines().next().unwrap().trim_start_matches('\u{feff}');
            let end = if text.contains('\r') { "\r\n" } else { "\n" };
            assert_eq!(with.replacen(&format!("{line}{end}"), "", 1), text);
        }
    }

    #[test]
    fn what_is_there_is_named_with_a_line_that_calls_both() {
        let refused = with_notify("notify = [\"python3\", \"/my tools/n.py\"]\n", "nohup x &");
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("`notify = [\"python3\", \"/my tools/n.py\"]`"), "{refused}");
        let line = refused.split('`').nth(3).unwrap();
        assert_eq!(words(line)[2], "python3 '/my tools/n.py' \"$1\" & nohup x &");
        assert!(
            with_notify("notify = \"x\"\n", "y").is_err() && with_notify("a = [", "y").is_err()
        );
    }
}
