//! After which line of a memory a statement may come that belongs beside a line.

use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_text::markdown::{Form, introduces};
use dreaming_text::{Map, Set, denies, goes_on};

use crate::draft::Draft;
use crate::identity::{Located, of_memory};
use crate::index;
use crate::reconcile::belongs::belongings;
use crate::world::World;

/// The lines of a store after which a statement may come.
pub(super) struct Lines<'a> {
    entries: &'a [Located],
    /// What the lines belong to below their headings.
    belongings: Map<&'a EntryId, Vec<&'a str>>,
    /// The lines that a draft takes out.
    going: Set<EntryId>,
}

impl<'a> Lines<'a> {
    /// The lines of the store of which the drafts take none out.
    pub(super) fn new(world: &World<'a>, drafts: &[Draft]) -> Self {
        let goes = |draft: &&Draft| draft.survivor.is_some() || draft.text.is_none();
        let going = drafts.iter().filter(goes).flat_map(|draft| &draft.targets);
        let going = Set::of(going.map(|target| target.entry.clone()));
        Self::of(world.entries, going)
    }

    fn of(entries: &'a [Located], going: Set<EntryId>) -> Self {
        Self { entries, belongings: belongings(entries), going }
    }

    /// The line after which a statement comes that belongs beside `line`: `line` itself, or one near it of the same
    /// list, or the last of its section where that list is no one's but the section's.
    ///
    /// # Errors
    /// As a clause, when the statement would come below words that say what is not, or below others than `line`.
    pub(super) fn before(&self, line: &'a Located) -> Result<&'a Located, &'static str> {
        let section = self.section(line);
        let leads = leads(line);
        let found = match leads || continues(line) {
            true => self.in_list(&section, line, leads),
            false => self.end(&section, line),
        };
        self.where_nothing_denies(found.ok_or("it would belong to another list there")?)
    }

    /// The step after which the next step of its list comes: `line` itself.
    ///
    /// # Errors
    /// As a clause, when the line goes, or words above it say what is not.
    pub(super) fn step_before(&self, line: &'a Located) -> Result<&'a Located, &'static str> {
        match self.going.contains(&line.record.id) {
            true => Err("that step goes"),
            false => self.where_nothing_denies(line),
        }
    }

    /// The row after which the next row of its table comes: `line` itself, or where that goes another one.
    ///
    /// # Errors
    /// As a clause, when the row would come below words that say what is not.
    pub(super) fn row_before(&self, line: &'a Located) -> Result<&'a Located, &'static str> {
        let section = self.section(line);
        let rows = section.into_iter().filter(|other| {
            let is_one =
                other.piece.form == Form::Row && other.piece.headings == line.piece.headings;
            is_one && !self.going.contains(&other.record.id)
        });
        let rows: Vec<&Located> = rows.collect();
        self.where_nothing_denies(nearest(&rows, line).ok_or("all rows of that table go")?)
    }

    fn where_nothing_denies(&self, found: &'a Located) -> Result<&'a Located, &'static str> {
        let headings = found.piece.headings.iter().map(String::as_str);
        let mut above = headings.chain(self.above(found).iter().copied());
        match above.any(denies) {
            true => Err("words above that line may deny it"),
            false => Ok(found),
        }
    }

    /// The line after which the next item of a list comes: `line`, or the last item below it when it `leads` the list
    /// in, but no line that goes, and none before a line that goes on from it ("It is switched off last").
    fn in_list(
        &self,
        section: &[&'a Located],
        line: &'a Located,
        leads: bool,
    ) -> Option<&'a Located> {
        let above: Vec<&str> = match leads {
            true => self.above(line).iter().copied().chain([&*line.record.text]).collect(),
            false => self.above(line).to_vec(),
        };
        let at = section.iter().position(|other| other.record.id == line.record.id)?;
        let (before, from) = section.split_at_checked(at)?;
        let behind = self.run(&above, from.iter().skip(1).copied());
        let stays = |other: &&Located| !self.going.contains(&other.record.id);
        if leads {
            return behind.into_iter().rev().find(stays);
        }
        let before = self.run(&above, before.iter().rev().copied());
        let goes_on = behind.iter().take_while(|next| goes_on(&next.record.text)).count();
        let (behind_it, rest) = behind.split_at_checked(goes_on)?;
        let near = behind_it.iter().rev().chain([&line]).chain(&before).chain(rest);
        near.copied().find(stays)
    }

    /// The items of one list that follow each other among these lines: what stands in an item is skipped, and another
    /// block ends the list.
    fn run(&self, above: &[&str], lines: impl Iterator<Item = &'a Located>) -> Vec<&'a Located> {
        let is_inside = |other: &&'a Located| {
            let inside = self.above(other);
            inside.len() > above.len() && inside.starts_with(above)
        };
        let outer = lines.filter(|other| !is_inside(other));
        outer.take_while(|other| continues(other) && self.above(other) == above).collect()
    }

    /// The last line of a section that stands inside no other, if what comes after it belongs to what `line` belongs to.
    fn end(&self, section: &[&'a Located], line: &'a Located) -> Option<&'a Located> {
        let last = section.last()?;
        let holds = |outer: &&&Located| {
            outer.piece.range.start <= last.piece.range.start
                && last.piece.range.end <= outer.piece.range.end
        };
        let last = *section.iter().find(holds)?;
        let is_free = !leads(last) && !is_of_index(last) && self.above(last) == self.above(line);
        is_free.then_some(last)
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

    fn above(&self, line: &'a Located) -> &[&'a str] {
        self.belongings.get(&&line.record.id).map_or(&[], Vec::as_slice)
    }
}

/// Of lines in order, the line itself, or the last before it, or the first.
fn nearest<'a>(lines: &[&'a Located], line: &Located) -> Option<&'a Located> {
    let before = lines.partition_point(|other| other.piece.range.start <= line.piece.range.start);
    let before = before.checked_sub(1).and_then(|at| lines.get(at));
    before.or_else(|| lines.first()).copied()
}

/// Whether a line leads a list in.
fn leads(line: &Located) -> bool {
    line.piece.form == Form::Paragraph && introduces(&line.piece.text)
}

/// Whether a line is one of an index: a link and what it leads to.
fn is_of_index(line: &Located) -> bool {
    line.record.kind == Some(Kind::Index) || index::is_line(&line.piece.text)
}

/// Whether another item may come after this one: it is no step, no task and no line of an index.
fn continues(line: &Located) -> bool {
    line.piece.form == Form::Item && line.piece.number_and_box().is_empty() && !is_of_index(line)
}

/// The headings of a line; behind those of a row stand the titles of its table.
fn headings(line: &Located) -> &[String] {
    let all = line.piece.headings.as_slice();
    match (line.piece.form, all.split_last()) {
        (Form::Row, Some((_, headings))) => headings,
        _ => all,
    }
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
        let lines = Lines::of(&entries, Set::of(going.map(|entry| entry.record.id.clone())));
        let line = entries.iter().find(|entry| entry.piece.text == named).unwrap();
        lines.before(line).ok().map(|found| found.piece.text.clone())
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
        for head in [
            "## Do NOT",
            "## Never",
            "**Avoid:**",
            "Don't do this:",
            "## 不要做",
            "## Don’ts",
            "# Deprecated",
            "Former staff:",
            "## Nicht tun",
            "## À ne pas faire",
            "## Нельзя",
        ] {
            assert_eq!(at(&format!("{head}\n\n- one\n"), "one"), None, "{head}");
        }
    }

    #[test]
    fn nothing_parts_a_line_from_one_that_goes_on_from_it() {
        let text = "- The oven is by the window.\n- It is switched off last.\n- The sink leaks.\n";
        let found = at(text, "The oven is by the window.");
        assert_eq!(found.as_deref(), Some("It is switched off last."));
        assert_eq!(at(text, "The sink leaks.").as_deref(), Some("The sink leaks."));
        // A line of another list goes on from something else.
        let text = "- The oven is old.\n\nA paragraph.\n\n- It was sold.\n";
        assert_eq!(at(text, "The oven is old.").as_deref(), Some("The oven is old."));
        let text = "Hosts:\n\n- red\n  - its disk\n- blue\n\n```\nls\n```\n\n- other\n";
        assert_eq!(at(text, "Hosts:").as_deref(), Some("blue"));
        assert_eq!(at(text, "red").as_deref(), Some("red"));
    }

    #[test]
    fn a_statement_comes_among_no_lines_of_an_index() {
        let text = "- [Ovens](ovens.md): how hot\n- [Prices](prices.md): what\n";
        assert_eq!(at(text, "[Ovens](ovens.md): how hot"), None);
        let text = [text, "- The till is new.\n"].concat();
        assert_eq!(at(&text, "The till is new.").as_deref(), Some("The till is new."));
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
