//! Names that were changed in several lines of a memory, and nothing else in them: the other lines with the old name are
//! proposed with the new one. Whoever writes lines anew overlooks some, above all in code.

use std::collections::BTreeSet;

use dreaming_records::candidate::{Candidate, Replacement};
use dreaming_records::evidence::select;
use dreaming_records::ids::EntryId;
use dreaming_records::plan::{Cause, Operation};
use dreaming_records::policy::{self, Policy};
use dreaming_text::{Groups, Map, Set, normal, unicode};

use super::updates;
use crate::draft::{Draft, lineage, target};
use crate::identity::Located;
use crate::precedence::Rank;
use crate::review_reason::Doubt;
use crate::value_places::{is_bare, places, words};

/// Fewest lines in which a name was changed. In the histories of three memories people changed a name in two lines or
/// more of a file at once six times (30 lines), and left the old one in no line of the file.
const LINES: usize = 2;

/// Fewest letters in a row of a name. Chosen by us: a version or a number means something else in another line.
const LETTERS: usize = 3;

/// Drafts for the lines that have a name which a model changed where it wrote lines anew (`candidates`), for the same
/// person and about entries that no other draft is about (`taken`). A name that a draft keeps or writes by itself still
/// means something, and is left.
pub(super) fn renamed(
    candidates: &[Candidate],
    entries: &[Located],
    others: &[Draft],
    taken: [&BTreeSet<EntryId>; 2],
    policy: &Policy,
) -> Vec<Draft> {
    let written = candidates.iter().filter(|found| found.worth == Some(true));
    let written = Map::of(written.filter_map(|found| Some((found.corrects.as_ref()?, found))));
    let changed = others.iter().filter_map(|draft| {
        let [line] = &*draft.targets else { return None };
        let found = written.get(&&line.entry)?;
        let is_open = draft.operation == Operation::Supersede && !draft.waits;
        let (before, after) = (normal(&line.text), normal(draft.text.as_deref()?));
        let (old, new) = rename(&before, &after).filter(|_| is_open)?;
        Some(((&line.path, &draft.principal, old), (new, *found)))
    });
    let changed = Groups::of(Set::of(changed));
    let mut drafts = Vec::new();
    for ((path, principal, old), lines) in changed.iter() {
        let (news, found): (Vec<&String>, Vec<&Candidate>) =
            lines.map(|(new, c)| (new, *c)).unzip();
        let Some(&new) = news.first().filter(|new| news.iter().all(|other| other == *new)) else {
            continue;
        };
        let keeps = |text: &String| names(text, old) && !names(text, new);
        let is_kept = others.iter().filter_map(|draft| draft.text.as_ref()).any(keeps);
        let Some(latest) = found.iter().max_by_key(|found| (found.last, *found)) else { continue };
        if found.len() < LINES || is_kept {
            continue;
        }
        let evidence = found.iter().flat_map(|found| found.evidence.iter().cloned()).collect();
        let renames = Candidate {
            evidence: select(evidence, policy.size(&policy::MAX_EVIDENCE)),
            trust: found.iter().map(|found| found.trust).min().unwrap_or(latest.trust),
            replaces: Some(Replacement { wrong: old.clone(), right: new.clone(), shown: false }),
            subject: None,
            ..(*latest).clone()
        };
        let is_there =
            |entry: &&Located| entry.path == **path && entry.record.principal == **principal;
        let is_free = |entry: &&Located| taken.iter().all(|ids| !ids.contains(&entry.record.id));
        let all = entries.iter().filter(is_there).filter(is_free);
        drafts.extend(all.filter_map(|entry| draft(&renames, found.len(), entry)));
    }
    // Of a line with two such names half would be changed: it is left to people.
    let lines = drafts.iter().flat_map(|draft| draft.targets.iter().map(|t| t.entry.clone()));
    let lines = Groups::of(lines.map(|id| (id, ())));
    let is_one = |draft: &Draft| {
        draft.targets.iter().all(|target| lines.get(&target.entry).nth(1).is_none())
    };
    drafts.retain(is_one);
    drafts
}

/// A draft that changes a name in this entry, if that is older than its change in `lines` others.
fn draft(renames: &Candidate, lines: usize, entry: &Located) -> Option<Draft> {
    let Replacement { wrong, right, .. } = renames.replaces.as_ref()?;
    let text = updates::with_right_value(renames, entry)?;
    if Rank::of(entry).said >= renames.last {
        return None;
    }
    let mut draft =
        Draft::of_candidate(Operation::Supersede, Cause::NewerValue, entry.path.clone(), renames);
    draft.kind = entry.record.kind.or(draft.kind);
    draft.because = format!(
        "{lines} other lines of this memory get `{right}` for `{wrong}`, and this one has the old name.",
    );
    draft.targets = vec![target(entry)];
    draft.text = Some(text);
    draft.trust = lineage(renames, entry);
    draft.subject.clone_from(&entry.record.subject);
    draft.principal.clone_from(&entry.record.principal);
    Some(draft.doubted(Doubt::RenamedBeside))
}

fn names(text: &str, value: &str) -> bool {
    places(text, value).next().is_some()
}

/// The one name that differs between two lines, before and after.
fn rename(before: &str, after: &str) -> Option<(String, String)> {
    let of = |text| words(text).filter_map(|word| text.get(word)).collect();
    let (old, new): (Vec<&str>, Vec<&str>) = (of(before), of(after));
    if old.len() != new.len() {
        return None;
    }
    let mut pairs = old.into_iter().zip(new).filter(|(old, new)| old != new);
    let (old, new) = pairs.next()?;
    let is_one = pairs.all(|pair| pair == (old, new));
    let is_name = is_one && is_name(old) && is_name(new) && is_bare(old, new);
    is_name.then(|| (old.into(), new.into()))
}

/// Whether a word can only be a name: letters, and signs that no word of prose has.
fn is_name(word: &str) -> bool {
    let is_sign = |c: char| matches!(c, '/' | '.' | '-' | '_' | ':' | '@');
    let mut runs = word.split(|c: char| !unicode::is_letter(c));
    word.contains(is_sign) && runs.any(|run| run.chars().count() >= LETTERS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::target;
    use crate::identity::resolve;
    use dreaming_fixtures::{candidate, time};
    use dreaming_records::candidate::Candidate;
    use dreaming_records::kind::Kind;
    use dreaming_records::memory::Memory;
    use dreaming_records::snapshot::Snapshot;

    const MEMORY: &str = "- Logs go to the branch `logs/one`.\n- `hooks.go` pushes logs/one.\n- Read it with `git log logs/one`.\n- Keep origin/logs/one.\n- `logs/one-old` is gone.\n- Before `logs/two` it was `logs/one`.\n- Never push to `logs/one` again.\n\nOn `logs/one`:\n\n```sh\ngit log  logs/one\n```\n";

    /// What follows from these new words for the lines that have the old ones, by line.
    fn after(markdown: &str, changes: &[(&str, &str)], last: i64) -> Vec<(u64, String)> {
        let mut store = Snapshot::new("");
        let other = Memory::new("other.md", "- See `logs/one`.\n", Some(time(2))).unwrap();
        store.add_memory(other).unwrap();
        store.add_memory(Memory::new("a.md", markdown, Some(time(2))).unwrap()).unwrap();
        let entries = resolve(&store, time(9), crate::redact).entries;
        let find = |old: &str| entries.iter().find(|entry| *entry.record.text == *old).unwrap();
        let written = |(old, new): &(&str, &str)| Candidate {
            last: Some(time(last)),
            worth: Some(true),
            corrects: Some(find(old).record.id.clone()),
            ..candidate(Kind::Fact, new)
        };
        let written: Vec<Candidate> = changes.iter().map(written).collect();
        let draft = |(found, (old, _)): (&Candidate, &(&str, &str))| {
            let path = find(old).path.clone();
            let mut draft =
                Draft::of_candidate(Operation::Supersede, Cause::NewerValue, path, found);
            draft.targets = vec![target(find(old))];
            draft
        };
        let drafts: Vec<Draft> = written.iter().zip(changes).map(draft).collect();
        let gone = drafts.iter().flat_map(|draft| draft.targets.iter().map(|t| t.entry.clone()));
        let (gone, kept) = (gone.collect(), BTreeSet::new());
        let policy = Policy::default();
        let found = renamed(&written, &entries, &drafts, [&gone, &kept], &policy);
        // What a person or a rule corrects says itself where it holds.
        let no = |found: &Candidate| Candidate { worth: None, ..found.clone() };
        let others: Vec<Candidate> = written.iter().map(no).collect();
        assert_eq!(renamed(&others, &entries, &drafts, [&gone, &kept], &policy), []);
        let line = |draft: &Draft| {
            assert_eq!(draft.evidence, drafts[0].evidence);
            assert_eq!(draft.doubts, [Doubt::RenamedBeside]);
            (draft.targets[0].line, draft.text.clone().unwrap())
        };
        found.iter().map(line).collect()
    }

    const FIRST: (&str, &str) =
        ("Logs go to the branch `logs/one`.", "Logs go to the branch `logs/two`.");
    const SECOND: (&str, &str) = ("`hooks.go` pushes logs/one.", "`hooks.go` pushes logs/two.");

    #[test]
    fn a_name_that_two_lines_get_anew_changes_in_the_other_lines_of_the_memory() {
        let found = after(MEMORY, &[FIRST, SECOND], 3);
        let said: Vec<(u64, &str)> = found.iter().map(|(line, text)| (*line, &**text)).collect();
        assert_eq!(
            said,
            [
                (3, "Read it with `git log logs/two`."),
                (9, "On `logs/two`:"),
                (12, "`git log  logs/two`"),
            ],
            "no longer path or name, no line that has both, none of what was"
        );
    }

    #[test]
    fn nothing_follows_from_one_line_from_other_words_or_from_what_keeps_the_old_name() {
        let third = ("Read it with `git log logs/one`.", "Read it with `git log logs/three`.");
        let keeps = ("Read it with `git log logs/one`.", "Old clones have `logs/one`.");
        let more = (SECOND.0, "`hooks.go` pushes logs/two, and tags.");
        for changes in
            [&[FIRST][..], &[FIRST, more], &[FIRST, SECOND, third], &[FIRST, SECOND, keeps]]
        {
            assert_eq!(after(MEMORY, changes, 3), [], "{changes:?}");
        }
        // The memory was written since.
        assert_eq!(after(MEMORY, &[FIRST, SECOND], 2), []);
    }

    #[test]
    fn only_names_are_changed_in_other_lines() {
        for (old, new, is) in [
            ("logs/one", "logs/two", true),
            ("`log_one`", "`log_two`", true),
            ("@team/one", "@team/two", true),
            ("npm", "pnpm", false),
            ("8080", "8443", false),
            ("v1.2", "v1.3", false),
            ("2026-01-02", "2026-01-03", false),
            ("well-known", "known", false),
        ] {
            let rows: Vec<String> =
                ["A", "B", "C"].iter().map(|row| format!("{row} has {old} in it.")).collect();
            let memory: String = rows.iter().map(|row| format!("- {row}\n")).collect();
            let to: Vec<String> = rows.iter().map(|row| row.replace(old, new)).collect();
            let changes = [(&*rows[0], &*to[0]), (&*rows[1], &*to[1])];
            let expected: &[_] = if is { &[(3, to[2].clone())] } else { &[] };
            assert_eq!(after(&memory, &changes, 3), expected, "{old}");
        }
    }
}
