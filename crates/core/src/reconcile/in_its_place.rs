//! Whether a candidate can stand where an entry stands: its kind, whose it is, and its form.

use dreaming_records::candidate::Candidate;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Finder;
use dreaming_records::trust::Trust;
use dreaming_text::markdown::{
    Form, cells, drawn_before, ends_with_colon, is_lead_in, line_of_code,
};

use super::updates::{new_words, same_scope};
use crate::identity::Located;

/// Whether a candidate may take the place of an entry of which a model says so: one of the same scope and kind. Outside of
/// the memories of one kind, what models call a fact, a decision, a workflow or a mistake may be another of these, too.
pub(crate) fn may_replace(c: &Candidate, entry: &Located) -> bool {
    let is_one = |kind: Kind| kind == c.kind || may_change(kind, c, entry);
    entry.record.kind.is_none_or(is_one) && same_scope(c, entry)
}

/// The kind of what stands in the place of an entry: what its words are, and not what the words before were.
pub(crate) fn kind(c: &Candidate, entry: &Located) -> Option<Kind> {
    let is_of_model = c.finder == Finder::Model && c.corrects.as_ref() == Some(&entry.record.id);
    let changes = |kind: &Kind| is_of_model && may_change(*kind, c, entry);
    entry.record.kind.filter(|kind| !changes(kind)).or(Some(c.kind))
}

fn may_change(kind: Kind, c: &Candidate, entry: &Located) -> bool {
    const TOLD: [Kind; 4] = [Kind::Fact, Kind::Decision, Kind::Workflow, Kind::Mistake];
    // Words from outside, and a tool's but in a mistake, take the place of no advice as a fact.
    let bears = c.trust >= Trust::Agent || c.kind == Kind::Mistake && c.trust > Trust::External;
    if kind.instructs() && !bears {
        return false;
    }
    let is_kept = entry.path.as_str().ends_with(kind.path());
    TOLD.contains(&kind) && TOLD.contains(&c.kind) && !is_kept
}

/// Whether the candidate's words can stand in the place of the entry: a row of a table needs all its cells, a line of code
/// is nothing but code, below what it is drawn below, and what introduces other lines goes on to do so.
pub(crate) fn has_its_form(c: &Candidate, entry: &Located) -> bool {
    match entry.piece.form {
        Form::Row => cells(&new_words(c, entry)) == cells(&entry.piece.text),
        Form::Code => {
            let new = new_words(c, entry);
            let drawn = |text| line_of_code(text).map(drawn_before);
            drawn(&new).is_some() && drawn(&new) == drawn(&entry.piece.text)
        }
        Form::Item | Form::Paragraph => {
            let new = new_words(c, entry);
            cells(&new).is_none() && (!is_lead_in(&entry.piece.text) || ends_with_colon(&new))
        }
    }
}

#[cfg(test)]
mod tests {
    use dreaming_records::ledger::EntryRecord;
    use dreaming_records::memory::Memory;
    use dreaming_records::snapshot::Snapshot;
    use dreaming_records::time::Time;

    use super::*;
    use crate::identity::resolve;

    #[test]
    fn a_decision_takes_the_place_of_a_fact_where_memories_are_of_no_one_kind() {
        let may = |path: &str, kind: Kind, by: Kind| {
            let mut store = Snapshot::new("");
            store.add_memory(Memory::new(path, "- The port is 1.\n", None).unwrap()).unwrap();
            let mut entry = resolve(&store, Time::from_millis(2), crate::redact).entries.remove(0);
            entry.record = EntryRecord { kind: Some(kind), ..(*entry.record).clone() }.into();
            may_replace(&dreaming_fixtures::candidate(by, "The port is 2."), &entry)
        };
        assert!(may("notes.md", Kind::Decision, Kind::Fact));
        assert!(may("notes.md", Kind::Fact, Kind::Mistake));
        assert!(!may("learned/decisions.md", Kind::Decision, Kind::Fact));
        for wish in [(Kind::Preference, Kind::Fact), (Kind::Fact, Kind::Preference)] {
            assert!(!may("notes.md", wish.0, wish.1), "{wish:?}");
        }
    }
}
