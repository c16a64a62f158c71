//! Where a new statement stands: after the line of the memory that a model named for it, where nothing speaks
//! against that place, else in the memory that dreams keep for its kind.

use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Ledger;
use dreaming_records::plan::Operation;
use dreaming_records::policy;
use dreaming_records::trust::Trust;
use dreaming_text::markdown::{Form, introduces};
use dreaming_text::{Map, Set, negates};

use crate::draft::{Draft, target};
use crate::gate;
use crate::identity::{Located, of_memory};
use crate::index;
use crate::reconcile::belongs::belongings;
use crate::steer;
use crate::world::World;

/// Gives the drafts that add what a model wrote the places that it named. Where one may not come to its place, it
/// says why.
pub(crate) fn place(drafts: &mut [Draft], world: &World<'_>, ledger: &Ledger) {
    if !world.policy.is_on(&policy::DISTIL_PLACE) {
        return;
    }
    let named = |draft: &Draft| {
        let row = ledger.distilled.get(&draft.statement()?)?;
        // What may not take the place of a line belongs beside it.
        let named = row.after.as_ref().or(row.replaces.as_ref())?;
        world.places.get(named).filter(|line| !is_of_dreams(line))
    };
    let adds = |draft: &Draft| draft.operation == Operation::Add;
    let named: Vec<Option<&Located>> =
        drafts.iter().map(|draft| named(draft).filter(|_| adds(draft))).collect();
    if named.iter().all(Option::is_none) {
        return;
    }
    let goes = |draft: &&Draft| draft.survivor.is_some() || draft.text.is_none();
    let going = drafts.iter().filter(goes).flat_map(|draft| &draft.targets);
    let places = Places {
        entries: world.entries,
        belongings: belongings(world.entries),
        going: Set::of(going.map(|target| target.entry.clone())),
    };
    let mut in_index: Vec<String> = Vec::new();
    for (draft, line) in drafts.iter_mut().zip(named) {
        let Some(line) = line else { continue };
        match placed(draft, line, &places, world, &mut in_index) {
            Ok(placed) => *draft = placed,
            Err(why) => {
                draft.because += &format!(
                    " A model would put it after line {} of `{}`, but {why}.",
                    line.piece.line, line.path
                )
            }
        }
    }
}

/// The draft at the place beside a line; `in_index` are the statements that come into the index.
///
/// # Errors
/// The reason why it does not come there, as a clause.
fn placed(
    draft: &Draft,
    line: &Located,
    places: &Places<'_>,
    world: &World<'_>,
    in_index: &mut Vec<String>,
) -> Result<Draft, &'static str> {
    if draft.trust == Trust::External {
        return Err("words from outside come beside no line of a person");
    }
    let person = draft.principal.as_ref().zip(line.record.principal.as_ref());
    if person.is_some_and(|(one, other)| one != other) {
        return Err("that line is another person's");
    }
    let before = places.at(line)?;
    let mut placed = draft.clone();
    (placed.path, placed.after) = (before.path.clone(), Some(target(before)));
    if gate::is_forbidden(&placed, world) || steer::elsewhere(&placed, world.policy).is_some() {
        return Err("a setting keeps dreams from that memory");
    }
    if before.is_of_index() {
        in_index.extend(placed.text.clone());
        if !index::loads(world, in_index) {
            in_index.pop();
            return Err("agents would no longer load all of the index");
        }
    }
    Ok(placed)
}

/// Whether dreams keep the memory of a line, for one kind of statements.
fn is_of_dreams(line: &Located) -> bool {
    Kind::learned().any(|(_, kind)| line.path.as_str().ends_with(kind.path()))
}

/// The lines of a store after which a statement may come.
struct Places<'a> {
    entries: &'a [Located],
    /// What the lines belong to below their headings.
    belongings: Map<&'a EntryId, Vec<&'a str>>,
    /// The lines that a draft takes out.
    going: Set<EntryId>,
}

impl<'a> Places<'a> {
    /// The line after which a statement comes that belongs beside `line`: `line` itself, or one near it of the same
    /// list, or the last of its section where that list is no one's but the section's.
    ///
    /// # Errors
    /// As a clause, when the statement would come below words that say what is not, or below others than `line`.
    fn at(&self, line: &'a Located) -> Result<&'a Located, &'static str> {
        let section = self.section(line);
        let leads = line.piece.form == Form::Paragraph && introduces(&line.piece.text);
        let beside = |other: &&&'a Located| match leads {
            true => self.above(other).split_first() == Some((&&*line.record.text, &[])),
            false => self.above(other) == self.above(line),
        };
        let list: Vec<&&Located> = section.iter().filter(beside).filter(|o| continues(o)).collect();
        let stays = |other: &&&&Located| !self.going.contains(&other.record.id);
        let until = list
            .partition_point(|other| leads || other.piece.range.start <= line.piece.range.start);
        let (before, behind) = list.split_at_checked(until).unwrap_or_default();
        let of_list = || before.iter().rev().chain(behind).find(stays).map(|found| **found);
        let is_of_list = leads || continues(line);
        let found = if is_of_list { of_list() } else { self.end(&section, line) };
        let found = found.ok_or("it would belong to another list there")?;
        let over = found
            .piece
            .headings
            .iter()
            .map(String::as_str)
            .chain(self.above(found).iter().copied());
        match over.into_iter().any(negates) {
            true => Err("words above that line negate"),
            false => Ok(found),
        }
    }

    /// The lines of the memory below the same heading, in order.
    fn section(&self, line: &Located) -> Vec<&'a Located> {
        let memory = of_memory(&line.path, self.entries);
        let at = memory.partition_point(|other| other.piece.range.start < line.piece.range.start);
        let (before, from) = memory.split_at_checked(at).unwrap_or((memory, &[]));
        let same = |other: &&Located| headings(other) == headings(line);
        let mut section: Vec<&Located> = before.iter().rev().take_while(same).collect();
        section.reverse();
        section.extend(from.iter().take_while(same));
        section
    }

    /// The last line of a section that stands inside no other, if what comes after it belongs to what `line` belongs to.
    fn end(&self, section: &[&'a Located], line: &Located) -> Option<&'a Located> {
        let within = |one: &Located, other: &Located| {
            other.piece.range.start < one.piece.range.start
                && one.piece.range.end <= other.piece.range.end
        };
        let outer = |one: &&&Located| !section.iter().any(|other| within(one, other));
        let last = section.iter().rev().find(outer)?;
        let leads = last.piece.form == Form::Paragraph && introduces(&last.piece.text);
        let is_link = last.record.kind == Some(Kind::Index);
        (!leads && !is_link && self.above(last) == self.above(line)).then_some(*last)
    }

    fn above(&self, line: &'a Located) -> &[&'a str] {
        self.belongings.get(&&line.record.id).map_or(&[], Vec::as_slice)
    }
}

/// The headings of a line; behind those of a row stand the titles of its table.
fn headings(line: &Located) -> &[String] {
    let all = line.piece.headings.as_slice();
    match (line.piece.form, all.split_last()) {
        (Form::Row, Some((_, headings))) => headings,
        _ => all,
    }
}

/// Whether another item may come after this one: it is no step, no task and no line of the index.
fn continues(line: &Located) -> bool {
    line.piece.form == Form::Item
        && line.piece.number_and_box().is_empty()
        && line.record.kind != Some(Kind::Index)
}

#[cfg(test)]
mod tests {
    use dreaming_records::memory::Memory;
    use dreaming_records::snapshot::Snapshot;
    use dreaming_records::time::Time;

    use super::*;
    use crate::identity::resolve;

    /// The line of a memory after which a statement comes that belongs beside the line `named`. Lines with `goes` in
    /// them are taken out.
    fn at(text: &str, named: &str) -> Option<String> {
        let mut store = Snapshot::new("");
        store.add_memory(Memory::new("a.md", text, None).unwrap()).unwrap();
        let entries = resolve(&store, Time::from_millis(2), crate::redact).entries;
        let going = entries.iter().filter(|entry| entry.record.text.contains("goes"));
        let places = Places {
            entries: &entries,
            belongings: belongings(&entries),
            going: Set::of(going.map(|entry| entry.record.id.clone())),
        };
        let line = entries.iter().find(|entry| entry.piece.text == named).unwrap();
        places.at(line).ok().map(|found| found.piece.text.clone())
    }

    #[test]
    fn a_statement_comes_after_the_line_that_it_belongs_to_or_at_the_end_of_its_section() {
        let text = "# Shop\n\nIt is old.\n\n- one\n  - inner\n- two\n\n## Staging\n\nHosts:\n\n- red\n- blue\n\n## Steps\n\n1. go\n2. stop\n";
        let found = |named: &str| at(text, named).unwrap();
        assert_eq!(["one", "inner", "two"].map(found), ["one", "inner", "two"]);
        assert_eq!(found("It is old."), "two");
        // A line that leads a list in stands for the list.
        assert_eq!(["Hosts:", "red"].map(found), ["blue", "red"]);
        assert_eq!(found("go"), "stop");
    }

    #[test]
    fn what_would_stand_below_other_words_has_no_place() {
        // At the end of its section the statement would be one of the hosts.
        let text = "## Staging\n\nIt is slow.\n\nHosts:\n\n- red\n";
        assert_eq!(at(text, "It is slow."), None);
        assert_eq!(at("## Staging\n\nIt is slow.\n\nHosts:\n", "It is slow."), None);
        assert_eq!(at("Tasks\n\n- [ ] one\n", "one").as_deref(), Some("one"));
        for head in ["## Do NOT", "## Never", "**Avoid:**", "Don't do this:", "## 不要做"] {
            assert_eq!(at(&format!("{head}\n\n- one\n"), "one"), None, "{head}");
        }
    }

    #[test]
    fn a_line_that_goes_is_no_place_where_another_of_its_list_stays() {
        let text =
            "- one\n- this goes\n- two\n\n## Other\n\n- it goes\n- three\n\n## Alone\n\n- goes\n";
        assert_eq!(at(text, "this goes").as_deref(), Some("one"));
        assert_eq!(at(text, "it goes").as_deref(), Some("three"));
        assert_eq!(at(text, "goes"), None);
    }
}
