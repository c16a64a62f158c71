//! What a statement belongs to inside its memory: the items above it, and the line that introduces its
//! list, such as `**Staging:**`. Like a heading, that says whose, where or when the statement holds.

use dreaming_records::ids::EntryId;
use dreaming_records::plan::{Change, OpenConflict};
use dreaming_text::Map;
use dreaming_text::markdown::{Form, introduces, is_label, plain};

use crate::identity::Located;

/// What the entries of a store belong to, outermost first, without secrets. Entries that belong to nothing
/// but headings are left out.
pub(crate) fn belongings(entries: &[Located]) -> Map<&EntryId, Vec<&str>> {
    let all = walk(entries).into_iter().filter_map(|(entry, lead, items)| {
        let all = lead.into_iter().chain(items).map(|above| above.record.text.as_str());
        let all: Vec<&str> = all.collect();
        (!all.is_empty()).then_some((&entry.record.id, all))
    });
    Map::of(all)
}

/// What an entry stands below, without secrets and mark-up. It may turn the sense of the entry around ("never do
/// this").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Above {
    /// The headings, outermost first, then the line that introduces its list.
    pub(crate) place: Vec<String>,
    /// The items around it, outermost first.
    pub(crate) items: Vec<(EntryId, String)>,
}

impl Above {
    /// All of it, outermost first.
    pub(crate) fn all(&self) -> Vec<String> {
        let items = self.items.iter().map(|(_, text)| text);
        self.place.iter().chain(items).cloned().collect()
    }
}

/// What each entry of a store stands below.
pub(crate) fn above(entries: &[Located], redact: fn(&str) -> String) -> Map<EntryId, Above> {
    let of = |(entry, lead, items): Walked<'_>| {
        let headings = entry.piece.headings.iter().map(|heading| redact(heading));
        let place = headings.chain(lead.map(|lead| plain(&lead.record.text))).collect();
        let item = |item: &Located| (item.record.id.clone(), plain(&item.record.text));
        (entry.record.id.clone(), Above { place, items: items.into_iter().map(item).collect() })
    };
    Map::of(walk(entries).into_iter().map(of))
}

/// Says of the entries that changes and conflicts are about what they stand below: the same words mean another thing
/// under another heading.
pub(crate) fn tell(
    changes: &mut [Change],
    conflicts: &mut [OpenConflict],
    entries: &[Located],
    redact: fn(&str) -> String,
) {
    let above = above(entries, redact);
    let of_changes = changes
        .iter_mut()
        .flat_map(|c| c.targets.iter_mut().chain(&mut c.survivor).chain(&mut c.after));
    let of_conflicts =
        conflicts.iter_mut().flat_map(|c| Some(&mut c.entry).into_iter().chain(&mut c.other));
    for target in of_changes.chain(of_conflicts) {
        target.below = above.get(&target.entry).map(Above::all).unwrap_or_default();
    }
}

/// An entry, the line that introduces its list, and the items around it, outermost first.
type Walked<'a> = (&'a Located, Option<&'a Located>, Vec<&'a Located>);

fn walk(entries: &[Located]) -> Vec<Walked<'_>> {
    let mut found = Vec::new();
    for memory in entries.chunk_by(|a, b| a.path == b.path) {
        let mut above: Vec<&Located> = Vec::new();
        let mut lead = Lead::default();
        for entry in memory {
            above.retain(|outer| entry.piece.range.end <= outer.piece.range.end);
            // An item inside another one has the lead of that one.
            if above.is_empty() {
                lead.reach(entry);
            }
            let lead = lead.of.filter(|lead| lead.record.id != entry.record.id);
            found.push((entry, lead, above.clone()));
            if entry.piece.holds_others {
                above.push(entry);
            }
        }
    }
    found
}

/// The line that introduces what stands below it.
#[derive(Default)]
struct Lead<'a> {
    of: Option<&'a Located>,
    /// Whether something stands below it already.
    is_followed: bool,
}

impl<'a> Lead<'a> {
    /// Goes on to the next entry that stands inside no other. A line introduces what follows it, and all
    /// items after that, up to a paragraph or another heading; one that only begins in bold introduces a list alone.
    fn reach(&mut self, entry: &'a Located) {
        let is_paragraph = entry.piece.form == Form::Paragraph;
        // Behind its headings a row has the titles of its table.
        let headings = match (entry.piece.form, entry.piece.headings.split_last()) {
            (Form::Row, Some((_, headings))) => headings,
            _ => &entry.piece.headings,
        };
        let ends = |lead: &Located| {
            is_paragraph && (self.is_followed || !is_label(&lead.piece.text))
                || lead.piece.headings != headings
        };
        if is_paragraph && introduces(&entry.piece.text) {
            *self = Self { of: Some(entry), is_followed: false };
        } else if self.of.is_some_and(ends) {
            *self = Self::default();
        } else {
            // What stands below a block of code stands below the line that introduces both.
            self.is_followed |= entry.piece.form != Form::Code;
        }
    }
}

#[cfg(test)]
mod tests {
    use dreaming_records::memory::Memory;
    use dreaming_records::snapshot::Snapshot;
    use dreaming_records::time::Time;

    use super::*;
    use crate::identity::resolve;

    /// The statements of a memory, each with what it belongs to.
    fn all(text: &str) -> Vec<(String, String)> {
        let mut store = Snapshot::new("");
        store.add_memory(Memory::new("a.md", text, None).unwrap()).unwrap();
        let entries = resolve(&store, Time::from_millis(2), crate::redact).entries;
        let belongings = belongings(&entries);
        let of = |entry: &Located| belongings.get(&&entry.record.id).map(|all| all.join("\n"));
        entries
            .iter()
            .map(|entry| (entry.piece.text.clone(), of(entry).unwrap_or_default()))
            .collect()
    }

    fn of(text: &str) -> Vec<String> {
        all(text).into_iter().map(|(_, belongs)| belongs).collect()
    }

    #[test]
    fn a_line_introduces_the_list_below_it_up_to_a_paragraph_or_a_heading() {
        let found = all(
            "Before.\n\n**Staging:**\n\n- One.\n- Two.\n\nProduction:\n- Three.\n\nAfter.\n\n- Four.\n",
        );
        let named: Vec<(&str, &str)> = found.iter().map(|(a, b)| (&**a, &**b)).collect();
        let staging = String::from("**Staging:**");
        assert_eq!(
            named,
            [
                ("Before.", ""),
                ("**Staging:**", ""),
                ("One.", &staging),
                ("Two.", &staging),
                ("Production:", ""),
                ("Three.", &String::from("Production:")),
                ("After.", ""),
                ("Four.", ""),
            ]
        );
        assert_eq!(
            of("On Mac:\n\n```sh\nmake\n```\n\nIt is slow.\n\nIt is old.\n")[1..],
            ["On Mac:", "On Mac:", ""].map(String::from)
        );
        assert_eq!(of("On Mac:\n\n# Other\n\n- It is slow.\n"), ["", ""]);
        // A title in bold introduces what follows; a sentence that begins in bold a list alone.
        let [list, text] = [
            of("**Manual** (the default)\n\n- It is slow.\n"),
            of("**Note** it.\n\nIt is slow.\n"),
        ];
        assert_eq!(list, ["", "**Manual** (the default)"]);
        assert_eq!(text, ["", ""]);
        assert_eq!(of("**2026-05-01**\n\nIt is slow.\n"), ["", "**2026-05-01**"]);
    }

    #[test]
    fn an_item_belongs_to_the_items_above_it_and_to_their_line() {
        let found = of("Hosts:\n\n- Staging\n  - One.\n    - Deep.\n  - Two.\n- Production\n");
        let line = |words: &[&str]| words.join("\n");
        let hosts = line(&["Hosts:"]);
        let staging = line(&["Hosts:", "Staging"]);
        let one = line(&["Hosts:", "Staging", "One."]);
        assert_eq!(found, ["", &hosts, &staging, &one, &staging, &hosts]);
    }
}
