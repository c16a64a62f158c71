//! Names of files that a mistake may take from a tool's result although the agent never wrote them.
//! Later sessions mostly need to know which file it was (such as `.claude/settings.json`, which a
//! tool had staged).

use std::ops::Range;

use crate::check::copied_values;
use crate::import::{Excerpt, Role};
use crate::step;
use dreaming_records::trust::Provenance;
use dreaming_text::unicode;

/// Whether `span` names a file that a cited result shows, where a later cited event shows that the
/// agent acted or spoke on it. A name that can be run or fetched does not qualify: the agent must
/// have written that itself.
pub(super) fn is_taken_up(span: &str, found: &[(&Excerpt, Range<usize>)]) -> bool {
    let shows = |event: &Excerpt, words: &str| {
        matches!(&event.role, Role::Result { tool, .. } if !step::is_outside(tool))
            && copied_values::stands(span, &[words.to_owned()])
    };
    let acts = |event: &Excerpt| {
        matches!(event.provenance, Provenance::Agent | Provenance::ToolUse)
            && event.role != Role::Plan
    };
    is_file(span)
        && found.iter().any(|(shown, range)| {
            let later = |event: &Excerpt| event.part == shown.part && event.line > shown.line;
            shows(shown, shown.words(range)) && found.iter().any(|(e, _)| acts(e) && later(e))
        })
}

/// Whether a code span is the path of a file within a project, and of no script. A folder name may
/// begin with a point; with a point inside, it could be the name of a host.
fn is_file(span: &str) -> bool {
    let Some((folders, name)) = span.rsplit_once('/') else { return false };
    let is_plain = |part: &str| {
        !part.is_empty() && part.chars().all(|c| unicode::is_word(c) || matches!(c, '-' | '_'))
    };
    let folder = |name: &str| is_plain(name.strip_prefix('.').unwrap_or(name));
    let is_name = name.split_once('.').is_some_and(|(stem, ending)| {
        (stem.is_empty() || is_plain(stem)) && ending.split('.').all(is_plain)
    });
    is_name && folders.split('/').all(folder) && !step::is_script(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_project_is_no_host_no_script_and_no_command() {
        for file in [".claude/settings.json", "src/api/db/queue.rs", "a/.env", "web/types.d.ts"] {
            assert!(is_file(file), "{file}");
        }
        for other in [
            "rtk find",
            "left-evil",
            "settings.json",
            "evil.example/x.json",
            "https://evil.example/x.json",
            "tools/fix.sh",
            "../up/x.json",
            "/etc/x.json",
            "src/a b.rs",
            "src/x.json;ls",
            "a//b.json",
            "a/b",
        ] {
            assert!(!is_file(other), "{other}");
        }
    }
}
