//! Finds the entries that a candidate may be about, without a look at every entry for each
//! candidate.

use std::collections::BTreeMap;

use dreaming_records::candidate::Candidate;
use dreaming_records::kind::Kind;
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;
use dreaming_text::join::hash;
use dreaming_text::{Groups, sort, unicode};

use crate::identity::Located;
use crate::value_places;

/// Finds entries of a store by their subjects and by the words in them.
pub(super) struct About<'a> {
    entries: &'a [Located],
    /// The entries by subject.
    subjects: Groups<&'a str, &'a Located>,
    /// The hash of each word with the position of an entry that has it, sorted; a word is entered
    /// as written and in lower case. Empty when no candidate corrects anything.
    words: Vec<(u64, usize)>,
    /// When the latest candidate about a subject was said, for each trust.
    latest: BTreeMap<(Key<'a>, Trust), Option<Time>>,
}

/// What two candidates must share for the later one to replace the earlier: subject, kind and
/// principal.
type Key<'a> = (&'a str, Kind, Option<&'a str>);

fn key(candidate: &Candidate) -> Option<Key<'_>> {
    let subject = candidate.subject.as_deref()?;
    Some((subject, candidate.kind, candidate.principal.as_deref()))
}

impl<'a> About<'a> {
    /// Indexes the entries; their words only when a candidate corrects something.
    pub(super) fn new(entries: &'a [Located], candidates: &'a [Candidate]) -> Self {
        let subjects = entries.iter().filter_map(|e| Some((e.record.subject.as_deref()?, e)));
        let subjects = Groups::of(subjects);
        let mut words = Vec::new();
        if candidates.iter().any(|candidate| candidate.replaces.is_some()) {
            for (at, entry) in entries.iter().enumerate() {
                let text = &entry.record.text;
                for text in [text, &unicode::lower(text)] {
                    words.extend(hashes(text).map(|word| (word, at)));
                }
            }
            sort::all(&mut words);
            words.dedup();
        }
        let mut latest: BTreeMap<(Key<'a>, Trust), Option<Time>> = BTreeMap::new();
        for candidate in candidates {
            if let Some(key) = key(candidate) {
                let last = latest.entry((key, candidate.trust)).or_default();
                *last = candidate.last.max(*last);
            }
        }
        Self { entries, subjects, words, latest }
    }

    /// Whether another candidate, trusted at least as far, says something later about the same
    /// subject.
    pub(super) fn has_newer(&self, candidate: &Candidate) -> bool {
        let Some(key) = key(candidate) else { return false };
        let later = self.latest.range((key, candidate.trust)..).take_while(|((k, _), _)| *k == key);
        candidate.last.is_some() && later.map(|(_, last)| *last).any(|last| last > candidate.last)
    }

    /// The entries that have this subject, in their order.
    pub(super) fn subject(&self, subject: &str) -> impl Iterator<Item = &'a Located> {
        self.subjects.get(subject).copied()
    }

    /// The entries that a correction may be about, in their order: those that may contain the right
    /// or the wrong value or, when the wrong value is unknown, mention the subject. In a text a
    /// value stands by itself, see `value_places::find`, so each word of the value is a word of the
    /// text.
    pub(super) fn corrected(&self, candidate: &Candidate) -> Vec<&'a Located> {
        let Some(replaces) = &candidate.replaces else { return Vec::new() };
        let other = match (&*replaces.wrong, candidate.subject.as_deref()) {
            ("", None) => None,
            ("", Some(subject)) => {
                Some(value_places::spoken(subject).collect::<Vec<&str>>().join(" "))
            }
            (wrong, _) => Some(wrong.to_owned()),
        };
        let wanted = [Some(&*replaces.right), other.as_deref()];
        let mut positions = Vec::new();
        for value in wanted.into_iter().flatten() {
            match self.rarest(value) {
                Some(found) => positions.extend(found.iter().map(|(_, at)| *at)),
                // This value has no word by which to look it up, so it can be in any entry.
                None => return self.entries.iter().collect(),
            }
        }
        sort::all(&mut positions);
        positions.dedup();
        positions.into_iter().filter_map(|at| self.entries.get(at)).collect()
    }

    /// The entries that contain the rarest word of `value`; `None` when the value has no word.
    fn rarest(&self, value: &str) -> Option<&[(u64, usize)]> {
        let with = |word: u64| sort::run(&self.words, |(other, _)| other.cmp(&word));
        hashes(value).map(with).min_by_key(|found| found.len())
    }
}

/// The hashes of the words of a text. When two words have one hash, more entries are looked at than
/// need be, and nothing else changes.
fn hashes(text: &str) -> impl Iterator<Item = u64> {
    unicode::words(text).filter_map(|range| Some(hash::bytes(text.get(range)?.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::resolve;
    use crate::reconcile::updates;
    use dreaming_records::candidate::Replacement;
    use dreaming_records::ledger::{Finder, Ledger, Support};
    use dreaming_records::memory::{Memory, MemoryPath};
    use dreaming_records::snapshot::Snapshot;

    fn correction(subject: Option<&str>, wrong: &str, right: &str) -> Candidate {
        Candidate {
            corrects: None,
            kind: Kind::Fact,
            text: format!("It is {right} by now."),
            subject: subject.map(Into::into),
            principal: None,
            replaces: Some(Replacement { wrong: wrong.into(), right: right.into(), shown: false }),
            evidence: Vec::new(),
            support: Support::default(),
            trust: Trust::User,
            first: None,
            last: Some(Time::from_millis(1)),
            finder: Finder::Miner,
            calls: None,
            worth: None,
        }
    }

    const LINES: [&str; 10] = [
        "The staging URL is https://a.example/x.",
        "Our Staging-URL: https://b.example",
        "Use `main`, not `main_old`, and main-older never.",
        "THE URL OF STAGING IS HTTPS://A.EXAMPLE/X.",
        "Die Straße heißt ÅRSTA, ΟΔΟΣ oder İzmir.",
        "`.a.yml` and x.a.yml",
        "東京 is where 8080 and 80 are.",
        "=> leads to ==>",
        "the the",
        "Nothing.",
    ];

    /// The entries of a memory with [`LINES`].
    fn entries() -> Vec<Located> {
        let path = MemoryPath::new("notes.md").unwrap();
        let text: String = LINES.iter().map(|line| format!("- {line}\n")).collect();
        let memory = Memory { path: path.clone(), text, observed_at: None };
        let mut store = Snapshot::default();
        store.memories.insert(path, memory.into());
        resolve(&store, Time::from_millis(2), crate::redact).entries
    }

    #[test]
    fn no_entry_is_passed_over_that_a_correction_is_about() {
        let (entries, ledger) = (entries(), Ledger::default());
        assert_eq!(entries.len(), LINES.len());
        let values = [
            "",
            "https://a.example/x",
            "main",
            "old",
            ".a.yml",
            "8080",
            "80",
            "東京",
            "=>",
            "ÅRSTA",
            "ΟΔΟΣ",
            "İzmir",
            "staging",
            "the",
            "a",
        ];
        let subjects =
            [None, Some("staging url"), Some("the url"), Some("the"), Some("straße"), Some("οδος")];
        let mut taken_up = 0;
        for (wrong, right) in values.iter().flat_map(|a| values.map(|b| (*a, b))) {
            for subject in subjects {
                let candidate = correction(subject, wrong, right);
                let about = About::new(&entries, std::slice::from_ref(&candidate));
                let looked_at: Vec<_> =
                    about.corrected(&candidate).iter().map(|e| &e.record.id).collect();
                let is_about = |entry: &&Located| {
                    updates::satisfied(&candidate, entry, &ledger)
                        || updates::effect_of(&candidate, entry).is_some()
                };
                for entry in entries.iter().filter(is_about) {
                    taken_up += 1;
                    let text = &entry.record.text;
                    assert!(looked_at.contains(&&entry.record.id), "{text}: {candidate:?}");
                }
            }
        }
        assert!(taken_up > 100, "{taken_up}");
    }

    #[test]
    fn few_entries_are_looked_at() {
        let entries = entries();
        let candidate = correction(None, "main_old", "8080");
        let about = About::new(&entries, std::slice::from_ref(&candidate));
        assert_eq!(about.corrected(&candidate).len(), 2);
    }
}
