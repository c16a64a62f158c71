//! Where a new statement stands: after the line of the memory that a model named for it, where nothing speaks
//! against that place, else in the memory that dreams keep for its kind.

mod line_before;

use std::collections::BTreeMap;
use std::mem::take;

use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Ledger;
use dreaming_records::memory::{MAX_MEMORY_BYTES, MemoryPath};
use dreaming_records::plan::{Cause, Operation, Rejected};
use dreaming_records::policy;
use dreaming_records::trust::Trust;
use dreaming_text::markdown::{Form, cells, line_of_code};
use dreaming_text::{Groups, Set};

use self::line_before::Lines;
use crate::draft::{Draft, target};
use crate::gate;
use crate::identity::{Located, of_memory};
use crate::index;
use crate::render::{Edit, Opening, Page, Ready, is_one_text};
use crate::steer;
use crate::world::World;

/// Gives the drafts that add what a model wrote the places that it named. Where one may not come to its place, it
/// says why. Returns the rows of tables that have none, and the steps that are nothing but code and came into no list,
/// turned down.
pub(crate) fn place(drafts: &mut Vec<Draft>, world: &World<'_>, ledger: &Ledger) -> Vec<Rejected> {
    if world.policy.is_on(&policy::DISTIL_PLACE) {
        name_places(drafts, world, ledger);
    }
    let is_homeless = |draft: &Draft| {
        let text = draft.text.as_deref().unwrap_or_default();
        let is_row = cells(text).is_some() && draft.after.is_none();
        let written = || ledger.distilled.get(&draft.statement()?);
        let is_code = || line_of_code(text).is_some() && written().is_some_and(|row| row.step);
        draft.operation == Operation::Add && (is_row || !draft.step && is_code())
    };
    let (homeless, placed) = take(drafts).into_iter().partition(is_homeless);
    *drafts = placed;
    let homeless: Vec<Draft> = homeless;
    homeless.into_iter().map(|draft| draft.rejected("form-of-the-line")).collect()
}

fn name_places(drafts: &mut [Draft], world: &World<'_>, ledger: &Ledger) {
    // Of two drafts with one id, as of two persons' equal wishes, one would be lost or come twice.
    let ids: Vec<_> =
        drafts.iter().filter(|draft| is_written(draft)).map(|d| (d.derived_id(), ())).collect();
    let ids = Groups::of(ids);
    let named = |draft: &Draft| {
        let row = ledger.distilled.get(&draft.statement()?)?;
        // What may not take the place of a line belongs beside it.
        let is_row = draft.text.as_deref().and_then(cells).is_some();
        let replaced = row.replaces.as_ref();
        let named = row.after.as_ref().filter(|_| !is_row || replaced.is_none());
        let named = named.or(replaced.filter(|_| !is_row))?;
        let is_one = ids.get(&draft.derived_id()).count() == 1;
        let line = world.places.get(named).filter(|line| is_one && !is_of_dreams(line))?;
        Some((line, row.step && is_step(line)))
    };
    let named: Vec<Option<(&Located, bool)>> =
        drafts.iter().map(|draft| named(draft).filter(|_| is_written(draft))).collect();
    if named.iter().all(Option::is_none) {
        return;
    }
    // Of two steps at one place nothing says which comes first.
    let steps = named.iter().flatten().filter(|(_, step)| *step);
    let steps = Groups::of(steps.map(|(line, _)| (&line.record.id, ())));
    let mut placing = Placing { world, lines: Lines::new(world, drafts), pages: BTreeMap::new() };
    for (draft, line) in drafts.iter_mut().zip(named) {
        let Some((line, step)) = line else { continue };
        let step = step && steps.get(&&line.record.id).count() == 1;
        let placed = match placing.placed(draft, line, step) {
            Err(_) if step => placing.placed(draft, line, false),
            placed => placed,
        };
        match placed {
            Ok(placed) => *draft = placed,
            Err(why) => {
                draft.because += &format!(
                    " A model would put it after line {} of `{}`, but {why}.",
                    line.piece.line, line.path
                );
            }
        }
    }
}

/// The rows of tables after which a new one may come, as far as that does not depend on the new one.
pub(crate) fn rows(world: &World<'_>) -> Set<EntryId> {
    let lines = Lines::new(world, &[]);
    let takes = |line: &&Located| {
        let mut draft = Draft::about_entries(Operation::Add, Cause::Distilled, line);
        (draft.kind, draft.trust, draft.targets) = (Some(Kind::Fact), Trust::User, Vec::new());
        line.piece.form == Form::Row
            && !is_of_dreams(line)
            && line.record.sources.is_empty()
            && lines.row_before(line).is_ok()
            && steer::elsewhere(&draft, world.policy).is_none()
            && !gate::is_forbidden(&draft, world)
    };
    Set::of(world.entries.iter().filter(takes).map(|line| line.record.id.clone()))
}

/// Whether the draft adds what a model wrote.
fn is_written(draft: &Draft) -> bool {
    draft.operation == Operation::Add && matches!(draft.cause, Cause::Distilled | Cause::Noticed)
}

/// Whether the draft is a row of the table in which a line stands.
fn is_row_of(draft: &Draft, line: &Located) -> bool {
    let of = draft.text.as_deref().and_then(cells);
    line.piece.form == Form::Row && of == cells(&line.piece.text)
}

/// Whether a line is a step of a numbered list.
fn is_step(line: &Located) -> bool {
    let mark = &line.piece.mark;
    let is_number = mark.starts_with(|c: char| c.is_ascii_digit()) && mark.ends_with(['.', ')']);
    line.piece.form == Form::Item && is_number
}

/// Whether dreams keep the memory of a line, for one kind of statements.
fn is_of_dreams(line: &Located) -> bool {
    Kind::learned().any(|(_, kind)| line.path.as_str().ends_with(kind.path()))
}

struct Placing<'a> {
    world: &'a World<'a>,
    lines: Lines<'a>,
    /// The memories into which statements come so far, with these.
    pages: BTreeMap<MemoryPath, (Page<'a>, Vec<Ready>, Vec<String>)>,
}

impl<'a> Placing<'a> {
    /// The draft at the place beside a line, as a step if the line is one and it is, too.
    ///
    /// # Errors
    /// The reason why it does not come there, as a clause.
    fn placed(
        &mut self,
        draft: &Draft,
        line: &'a Located,
        step: bool,
    ) -> Result<Draft, &'static str> {
        if draft.trust == Trust::External {
            return Err("words from outside come beside no line of a person");
        }
        let person = draft.principal.as_ref().zip(line.record.principal.as_ref());
        if person.is_some_and(|(one, other)| one != other) {
            return Err("that line is another person's");
        }
        if !line.record.sources.is_empty() {
            return Err("that line came from another store");
        }
        let before = match draft.text.as_deref().and_then(cells) {
            Some(_) if !is_row_of(draft, line) => return Err("it is no row of that table"),
            Some(_) => self.lines.row_before(line)?,
            None if step => self.lines.step_before(line)?,
            None => self.lines.before(line)?,
        };
        let text = self.world.memories.get(&line.path).map_or("", |memory| memory.text.as_str());
        let between = line.piece.range.end..before.piece.range.start;
        if !between.is_empty() && !is_one_text(text, &between) {
            return Err("a rule or HTML parts that line from its place");
        }
        let mut placed = draft.clone();
        (placed.path, placed.after) = (before.path.clone(), Some(target(before)));
        placed.step = step;
        let keeps_out = steer::elsewhere(&placed, self.world.policy).is_some();
        if keeps_out || gate::is_forbidden(&placed, self.world) {
            return Err("a setting keeps dreams from that memory");
        }
        self.write(&placed, before)?;
        Ok(placed)
    }

    /// Writes a statement into its memory, together with those that came there before.
    ///
    /// # Errors
    /// The reason why that cannot be, as a clause.
    fn write(&mut self, draft: &Draft, before: &'a Located) -> Result<(), &'static str> {
        const UNWRITABLE: &str = "it cannot be written there";
        let world = self.world;
        let memory = world.memories.get(&before.path).ok_or(UNWRITABLE)?;
        let (page, ready, texts) = self.pages.entry(before.path.clone()).or_insert_with(|| {
            let page = Page::of(&memory.text, of_memory(&before.path, world.entries));
            (page, Vec::new(), Vec::new())
        });
        let text = draft.text.clone().unwrap_or_default();
        let edit = Edit::after(before.piece.text_range.clone(), text.clone(), draft.step);
        ready.push(page.ready(&edit).ok_or(UNWRITABLE)?);
        texts.push(text);
        let written = page.with(&Opening::default(), ready.iter());
        let fits = written.is_some_and(|text| text.len() <= MAX_MEMORY_BYTES);
        let loads = !before.is_of_index() || index::loads(world, texts);
        if fits && loads {
            return Ok(());
        }
        ready.pop();
        texts.pop();
        Err(if fits { "agents would no longer load all of the index" } else { UNWRITABLE })
    }
}
