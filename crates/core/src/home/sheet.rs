//! A small file with one entry: how it is written, and known again.

use super::block::{self, Damage, Found, HEADINGS, Line, MARK, Written, code};

/// What the mark of a file says to people.
const SAYS: &str = "edit below; `dreaming render --take-in` keeps it -->";

/// A file as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sheet {
    /// The statements below the mark, and what was written there.
    pub(super) found: Found,
    /// Lines above the mark that may not be those that were written; empty when all are.
    pub(super) head: Vec<String>,
}

/// The text of a file. `head` is empty, or ends with a line end.
pub(super) fn written(head: &str, owner: &str, line: &Line) -> String {
    let (known_by, Line { headings, text, .. }) = (line.known_by(), line);
    let between = if head.is_empty() { "" } else { "\n" };
    let (heading, its_code) = match block::heading(headings) {
        none if none.is_empty() => (none, String::new()),
        heading => (format!("{heading}\n\n"), code(&heading)),
    };
    let (entry, above) = (code(&known_by), code(&kept(head)));
    let digest = block::digest_of(&[known_by]);
    let mark = format!("{MARK} {owner} {digest} {entry} {above} {HEADINGS}{its_code} {SAYS}");
    format!("{head}{between}{mark}\n\n{heading}{} {text}\n", line.sign())
}

/// What a file says, when it has the mark of `owner`; `None` for every other file.
///
/// # Errors
/// [`Damage`] when it has several marks, one of them of `owner`, or is not merged yet.
pub(super) fn find(text: &str, owner: &str) -> Result<Option<Sheet>, Damage> {
    let (mut marks, mut at) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let begin = at;
        at += line.len();
        if let Some((_, said)) = line.split_once(MARK).filter(|_| block::has_mark(line, MARK)) {
            marks.push((begin, at, said));
        }
    }
    let is_own = |said: &str| said.split_ascii_whitespace().next() == Some(owner);
    if !marks.iter().any(|(_, _, said)| is_own(said)) {
        return Ok(None);
    }
    let [(begin, end, said)] = marks[..] else { return Err(Damage::Several) };
    let mut parts = said.split_ascii_whitespace().skip(1).map(str::to_owned);
    let (Some(digest), Some(entry), Some(above)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(Damage::Mark);
    };
    if !block::is_hex(&digest, block::DIGEST)
        || ![&entry, &above].into_iter().all(|part| block::is_hex(part, block::CODE))
    {
        return Err(Damage::Mark);
    }
    // Words of the mark follow in one that was written before headings had codes.
    let heading = parts.next().and_then(|part| part.strip_prefix(HEADINGS).map(str::to_owned));
    let headings = heading.map(|code| Vec::from_iter(Some(code).filter(|code| !code.is_empty())));
    if !headings.iter().flatten().all(|code| block::is_hex(code, block::CODE)) {
        return Err(Damage::Mark);
    }
    let (head, body) = (text.get(..begin).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let head = kept(head);
    let mut changed: Vec<String> = Vec::new();
    if code(&head) != above {
        let fences = ["", "---"];
        let lines = head.lines().map(str::trim_ascii).filter(|line| !fences.contains(line));
        changed.extend(lines.map(str::to_owned));
        if changed.is_empty() {
            changed.push("(what stood above the mark is gone)".into());
        }
    }
    let found = block::read(body, Written { digest, codes: vec![entry], headings })?;
    Ok(Some(Sheet { found, head: changed }))
}

/// What stands above the mark, without the line that Claude Code adds when it writes a file: the
/// time of its writing (<https://code.claude.com/docs/en/memory>).
fn kept(head: &str) -> String {
    let is_kept = |line: &&str| !line.trim_ascii_start().starts_with("modified:");
    head.split_inclusive('\n').filter(is_kept).collect()
}
