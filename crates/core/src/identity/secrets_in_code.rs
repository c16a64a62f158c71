//! Secrets over several lines of fenced code, such as private keys, which no line shows by itself.

use std::collections::BTreeSet;

use dreaming_text::Set;
use dreaming_text::markdown::{Form, Piece, blocks_of_code};

use super::Located;

/// A line of code that is part of a secret of several lines, as the ledger has it.
pub(crate) const SECRET_CODE: &str = "`[REDACTED:code]`";

/// A note for people about secrets over several lines of code, which no dream cuts out; `None` when there are none.
pub fn secrets_left(entries: &[Located]) -> Option<String> {
    let is_part = |entry: &&Located| entry.has_secret && *entry.record.text == *SECRET_CODE;
    let lines = entries.iter().filter(is_part);
    let first = lines.clone().min_by_key(|entry| (&entry.path, entry.piece.line))?;
    let (path, line) = (&first.path, first.piece.line);
    Some(format!(
        "What looks like a secret stands in {} of code (first `{path}`, line {line}). A dream shows it to nobody and cuts nothing out of it: take it out by hand; earlier revisions still have it.",
        match lines.count() {
            1 => "1 line".to_owned(),
            more => format!("{more} lines"),
        },
    ))
}

/// The positions of the lines of code that are part of a secret, such as a private key, which no line shows by itself.
/// Each block of code is looked at alone, without the indentation and the line ends of the place where it stands.
pub(super) fn secrets_in_code(
    markdown: &str,
    pieces: &[Piece],
    redact: fn(&str) -> String,
) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    if !pieces.iter().any(|piece| piece.form == Form::Code) {
        return found;
    }
    for block in blocks_of_code(markdown) {
        let text = dedented(markdown.get(block.clone()).unwrap_or_default());
        let redacted = redact(&text);
        if redacted == text {
            continue;
        }
        let left = Set::of(redacted.lines().map(str::trim_ascii));
        let here = pieces.iter().enumerate().filter(|(_, piece)| {
            piece.form == Form::Code
                && block.start <= piece.text_range.start
                && piece.text_range.end <= block.end
        });
        let line = |piece: &Piece| markdown.get(piece.text_range.clone());
        let gone = here.filter_map(|(at, piece)| Some((at, line(piece)?)));
        let gone: Vec<(usize, &str)> = gone.filter(|(_, line)| !left.contains(line)).collect();
        // Without its first line the rest of a key would be seen as nothing.
        if gone.iter().any(|(_, line)| redact(line) == **line) {
            found.extend(gone.into_iter().map(|(at, _)| at));
        }
    }
    found
}

/// A text without the indentation that all its lines have, and with plain line ends.
fn dedented(text: &str) -> String {
    let lines = || text.lines().filter(|line| !line.trim_ascii().is_empty());
    let indent = |line: &str| line.len() - line.trim_ascii_start().len();
    // The first line begins behind its indentation.
    let common = lines().skip(1).map(indent).min().unwrap_or(0);
    let rest = |line: &str| line.get(common.min(indent(line))..).unwrap_or_default().to_owned();
    text.lines().flat_map(|line| [rest(line), "\n".into()]).collect()
}
