//! What a person is told of an erasure.

use std::fmt::Write as _;
use std::path::Path;

use dreaming_models::batch::Batch;

use super::Goes;
use super::case::Case;
use crate::output::{next, text};
use crate::state::erase::WORDS;
use crate::state::mirror::Mirror;

/// What holds words of sessions at services, and is read here no more.
pub fn at_services(batches: &[Batch]) -> Vec<String> {
    let said = batches.iter().map(|batch| {
        let calls = text::count(batch.calls.len() as u64, "call");
        let id = batch.id.as_deref().map_or_else(String::new, |id| format!(" {}", text::one_line(id)));
        format!(
            "the batch{id} of {calls} may hold the words at the service of its model, and no dream reads it any more: cancel and \
             delete it there"
        )
    });
    said.collect()
}

/// What git keeps, where it has the memory folder.
pub fn in_git(memory: &Path) -> Option<String> {
    let is_in_git = memory.ancestors().any(|above| above.join(".git").exists());
    is_in_git.then(|| "commits of git that have it keep it, here and in every clone".into())
}

/// What a hosted store that the memories mirror still holds.
pub fn at_mirror(mirror: &Mirror) -> String {
    format!(
        "the hosted store {} has what it had: {} brings the change there, and its versions there keep the words until they \
         are redacted",
        text::one_line(&mirror.store),
        next::command("push")
    )
}

/// What becomes of a plan that waits, and of what a person typed for it.
pub fn put_away(goes: &Goes, typed: u64) -> String {
    let mut out = String::new();
    if goes.put_away {
        let _ = writeln!(
            out,
            "The plan that waited showed it and is put away, and its sessions are unread: {} makes another.",
            next::run()
        );
    }
    if goes.gone.held > 0 {
        let _ = writeln!(
            out,
            "{} that agents proposed and nobody had decided about are gone too: they may have been these words.",
            text::count(goes.gone.held, "statement")
        );
    }
    if typed > 0 {
        let _ = writeln!(
            out,
            "What you typed for {} in the review is gone too: it may have been these words.",
            text::count(typed, "change")
        );
    }
    out
}

/// What an erasure costs beside the words: `revert` cannot go back to this revision any more. Before it is
/// done there is still another way.
pub fn closes(number: u64, is_done: bool) -> String {
    let newer = number.saturating_add(1);
    let else_do = match is_done {
        true => String::new(),
        false => {
            format!(": {} first, or keep what revision {newer} changed", next::command("revert"))
        }
    };
    format!(
        "Revision {number} held the words and cannot be restored any more, so `revert` takes back nothing of revision \
         {newer}{else_do}.\n"
    )
}

/// What is erased, and how much.
pub fn sentence(case: &Case, Goes { gone, files, cut, .. }: &Goes) -> String {
    let what = match case.kind {
        WORDS => "the words you gave".into(),
        kind => format!("{kind} {}", text::one_line(&case.id)),
    };
    let mut sentence = format!(
        "{what}: {}, {}, {}",
        text::count(gone.texts, "older text"),
        text::count(gone.rows, "older ledger row"),
        text::count(gone.plans, "plan")
    );
    for words in &case.words {
        let _ = write!(sentence, "; `{}`", text::one_line(words));
    }
    if !cut.is_empty() {
        let _ =
            write!(sentence, "; cut out of what {} left", text::count(cut.len() as u64, "session"));
        sentence.push_str(
            " (not out of transcripts, which are yours: a dream with a model reads those that are still there again)",
        );
    }
    if !files.is_empty() {
        let files: Vec<String> = files.iter().map(|file| text::one_line(file)).collect();
        let _ = write!(sentence, "; written: {}", files.join(", "));
    }
    sentence
}

/// Adds sentences below what was said, a line each.
pub fn list(out: &mut String, sentences: &[String]) {
    for sentence in sentences {
        let _ = writeln!(out, "  {}", text::one_line(sentence));
    }
}
