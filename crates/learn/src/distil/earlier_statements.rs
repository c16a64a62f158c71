//! Which of the earlier statements go when a model has written everything anew.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use dreaming_records::distilled::Distilled;
use dreaming_records::ids::{Digest, EntryId};
use dreaming_text::markdown::cells;
use dreaming_text::{Map, Set};

/// A statement that a model wrote in an earlier dream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Old {
    /// Its row.
    pub row: Distilled,
    /// Its entry, when the memory has it; `None` when nobody has decided about it.
    pub entry: Option<EntryId>,
    /// Whether the ledger still keeps whole all sessions of the entry's evidence.
    pub is_whole: bool,
}

/// Sets in whose place the statements stand: each in that of all `old` ones with which it shares a
/// finding, and all of them in that of those that the model left. What is written again in the same
/// words stays. A statement takes the entry of an old one of its kind with which no other shares a
/// finding, of several such that with which it shares most; no two take one entry.
pub fn in_place_of(rows: &mut [Distilled], old: &[&Old]) {
    let again = Set::of(rows.iter().map(|row| row.key.clone()));
    let old: Vec<&Old> = old.iter().filter(|old| !again.contains(&old.row.key)).copied().collect();
    let takers = |old: &Old| rows.iter().filter(|row| row.takes_up(&old.row)).count();
    let takers = Map::of(old.iter().map(|old| (&old.row.key, takers(old))));
    let takers = |old: &Old| takers.get(&old.row.key).copied().unwrap_or(0);
    let mut taken: BTreeSet<EntryId> = rows.iter().filter_map(|r| r.replaces.clone()).collect();
    for row in rows {
        let is_of = |finding: &&Digest| row.rests_on(finding);
        let shared = |old: &Old| old.row.findings.iter().filter(is_of).count();
        let alone = old.iter().filter(|old| row.takes_up(&old.row) && takers(old) == 1);
        // Two rows may be of two tables.
        let is_row = |row: &Distilled| cells(&row.text).is_some();
        let is_like = |old: &Old| old.row.kind == row.kind && !is_row(&old.row) && !is_row(row);
        let alone = alone.filter(|old| is_like(old));
        let entries = alone.filter_map(|old| Some((old, old.entry.as_ref()?)));
        let entries = entries.filter(|(_, entry)| !taken.contains(*entry));
        let most = entries.min_by_key(|(old, _)| (Reverse(shared(old)), &old.row.key));
        if row.replaces.is_none() {
            row.replaces = most.map(|(_, entry)| entry.clone());
            taken.extend(row.replaces.clone());
        }
        let gone = old.iter().filter(|old| row.takes_up(&old.row) || takers(old) == 0);
        let gone = gone.map(|old| old.row.key.clone());
        row.instead_of = Set::of(gone.chain(row.instead_of.clone())).into_iter().collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_records::distilled::statement;
    use dreaming_records::kind::Kind;

    /// A statement that rests on findings, each named by a letter.
    fn row(kind: Kind, text: &str, findings: &str) -> Distilled {
        let finding = |letter: char| statement(Kind::Fact, &letter.to_string());
        Distilled {
            key: statement(kind, text),
            kind,
            text: text.into(),
            findings: Set::of(findings.chars().map(finding)).into_iter().collect(),
            replaces: None,
            after: None,
            step: false,
            line: None,
            instead_of: Vec::new(),
        }
    }

    fn old(kind: Kind, text: &str, findings: &str) -> Old {
        Old { row: row(kind, text, findings), entry: Some(EntryId::new(text)), is_whole: true }
    }

    /// Of each statement the entry that it takes, and the old ones in whose place it stands.
    fn placed(rows: &[Distilled], old: &[Old]) -> Vec<(Option<String>, Vec<String>)> {
        let mut rows = rows.to_vec();
        in_place_of(&mut rows, &old.iter().collect::<Vec<_>>());
        let text = |key: &Digest| old.iter().find(|o| o.row.key == *key).unwrap().row.text.clone();
        let placed = rows.iter().map(|row| {
            let mut gone: Vec<String> = row.instead_of.iter().map(text).collect();
            dreaming_text::sort::all(&mut gone);
            (row.replaces.as_ref().map(|entry| entry.as_str().to_owned()), gone)
        });
        placed.collect()
    }

    fn of(entry: Option<&str>, gone: &[&str]) -> (Option<String>, Vec<String>) {
        (entry.map(str::to_owned), gone.iter().map(|&text| text.to_owned()).collect())
    }

    #[test]
    fn a_statement_takes_the_line_of_its_kind_with_most_of_its_findings_and_the_place_of_all() {
        let (fact, mistake) = (Kind::Fact, Kind::Mistake);
        let before = [old(fact, "p", "a"), old(fact, "q", "bc"), old(mistake, "r", "bcd")];
        let anew = [row(fact, "x", "abcd")];
        assert_eq!(placed(&anew, &before), [of(Some("q"), &["p", "q", "r"])]);
        // When two share a line, neither takes it: it goes when both are there.
        let anew = [row(fact, "x", "b"), row(fact, "y", "c")];
        assert_eq!(placed(&anew, &before[1..2]), [of(None, &["q"]), of(None, &["q"])]);
    }

    #[test]
    fn what_the_model_left_goes_for_all_that_it_wrote() {
        let before = [old(Kind::Fact, "p", "a"), old(Kind::Fact, "q", "b")];
        let anew = [row(Kind::Fact, "x", "a"), row(Kind::Fact, "y", "c")];
        assert_eq!(placed(&anew, &before), [of(Some("p"), &["p", "q"]), of(None, &["q"])]);
        assert_eq!(placed(&[], &before), []);
    }

    #[test]
    fn what_is_written_again_in_the_same_words_stays() {
        let before = [old(Kind::Fact, "p", "a"), old(Kind::Fact, "q", "ab")];
        let anew = [row(Kind::Fact, "p", "a"), row(Kind::Fact, "x", "b")];
        assert_eq!(placed(&anew, &before), [of(None, &["q"]), of(None, &["q"])]);
        let anew = [row(Kind::Fact, "p", "ab"), row(Kind::Fact, "x", "c")];
        assert_eq!(placed(&anew, &before), [of(Some("q"), &["q"]), of(None, &[])]);
    }
}
