//! What of the statements that a model wrote stands, and what falls.

use dreaming_learn::check::FROM_OUTSIDE;
use dreaming_learn::distil::{self, Asked, Fallen, Findings, Old};
use dreaming_learn::propose::Answer;
use dreaming_records::distilled::{self, Distillate, Distilled};
use dreaming_records::ids::EntryId;
use dreaming_records::plan::Rejected;
use dreaming_records::policy::Policy;
use dreaming_text::markdown::cells;
use dreaming_text::{Map, Set, sort};

/// The statements of answers.
#[derive(Default)]
pub(super) struct Heard {
    /// Those that stand so far.
    pub rows: Vec<Distilled>,
    /// Those that fell.
    pub fallen: Vec<Fallen>,
    /// Those that stand in the place of a line and count as from outside.
    pub outside: Vec<Fallen>,
    /// What could not be read as a statement, and what says again what another one says.
    pub rejected: Vec<Rejected>,
    /// Sentences that were cut out of statements.
    pub cut: Vec<Rejected>,
}

/// What statements are checked against.
pub(super) struct Check<'a> {
    pub findings: &'a Findings,
    /// What models wrote in earlier dreams and is not written anew.
    pub written: &'a Distillate,
    /// What is written anew.
    pub old: &'a [Old],
    /// The rows of tables after which a new one may come.
    pub rows: &'a Set<EntryId>,
    pub policy: &'a Policy,
}

impl Check<'_> {
    /// Adds the statements of an answer, each checked by itself. Returns whether the answer could be read.
    pub fn hear(&self, asked: &Asked, answer: &Answer, heard: &mut Heard) -> bool {
        let checked = distil::check(asked, answer, self.policy);
        heard.rejected.extend(checked.rejected);
        for row in checked.held {
            let row = self.findings.nameless(row);
            // It must not say less than what it takes the place of.
            let taken = self.old.iter().filter(|old| row.takes_up(&old.row));
            let taken = taken.map(|old| &*old.row.text).chain(asked.line(&row));
            let lines: Vec<&str> = taken.collect();
            let (row, out) = match self.findings.partly(&row, &lines, self.policy) {
                Ok(Some(part)) => part,
                Ok(None) => (row, Vec::new()),
                Err(why) => {
                    heard.fallen.push(Fallen { row, why });
                    continue;
                }
            };
            let said = |(why, text): (&str, String)| {
                let sentence = Distilled { text, ..row.clone() };
                self.findings.fell(&sentence, why, self.policy)
            };
            heard.cut.extend(out.into_iter().map(said));
            heard.rows.push(row);
        }
        checked.usable
    }

    /// Checks the statements together: those that do not stand beside the others fall.
    pub fn weigh(&self, mut heard: Heard) -> Heard {
        let mut rows = std::mem::take(&mut heard.rows);
        sort::all(&mut rows);
        let (rows, others) = distilled::one_each(rows);
        let again = |row| self.findings.fell(row, "same-as-another", self.policy);
        heard.rejected.extend(others.iter().map(again));
        let (homeless, rows): (Vec<Distilled>, Vec<Distilled>) =
            rows.into_iter().partition(|row| self.is_homeless(row));
        let why = "form-of-the-line";
        heard.fallen.extend(homeless.into_iter().map(|row| Fallen { row, why }));
        let mut all = self.written.clone();
        distilled::take_up(&mut all, &rows);
        let judged = self.findings.judge(&all, self.policy);
        let judged = Map::of(judged.into_iter().map(|(row, why)| (&row.key, (row, why))));
        for row in rows {
            match judged.get(&row.key) {
                Some((known, None)) => {
                    if self.findings.is_from_outside(&row, self.policy) {
                        heard.outside.push(Fallen { row: row.clone(), why: FROM_OUTSIDE });
                    }
                    heard.rows.push((*known).clone());
                }
                Some((_, Some(why))) => heard.fallen.push(Fallen { row, why }),
                None => {}
            }
        }
        heard
    }

    /// What stands when a model wrote again what fell of `first`. What it mended did not fall; what it could not mend did.
    /// Returns how many of these it mended, too, and in the place of how many lines something stands that no longer counts
    /// as from outside.
    pub fn mended(&self, first: Heard, second: Heard) -> (Heard, [usize; 2]) {
        // What it only says again mends nothing; the same words from more findings may.
        let is_new = |row: &&Distilled| {
            first.rows.iter().all(|known| known.key != row.key)
                && first.fallen.iter().all(|fallen| fallen.row != **row)
        };
        let again = Set::of(second.rows.iter().filter(is_new).map(|row| row.key.clone()));
        let written: Vec<Distilled> =
            second.rows.into_iter().filter(|row| again.contains(&row.key)).collect();
        // What counts as from outside leaves its line to what does not, if that stands.
        let is_outside =
            |row: &Distilled| first.outside.iter().any(|outside| outside.row.key == row.key);
        let is_better = |new: &Distilled, row: &Distilled| {
            again.contains(&new.key)
                && new.replaces == row.replaces
                && new.takes_up(row)
                && !self.findings.is_from_outside(new, self.policy)
                && !self.findings.keeps_words_of(row, new, self.policy)
        };
        let weighed = |leaves: &dyn Fn(&Distilled) -> bool| {
            let rows = first.rows.iter().filter(|row| !leaves(row)).chain(&written).cloned();
            self.weigh(Heard { rows: rows.collect(), ..Heard::default() })
        };
        let has_better = |row: &Distilled, rows: &[Distilled]| {
            is_outside(row) && rows.iter().any(|new| is_better(new, row))
        };
        let all = weighed(&|row| has_better(row, &written));
        let mut all = weighed(&|row| has_better(row, &all.rows));
        // What such a line rested on and no other says is told, as of a statement that fell.
        let cleared = first.rows.iter().filter(|row| has_better(row, &all.rows));
        let cleared: Vec<Fallen> =
            cleared.map(|row| Fallen { row: row.clone(), why: FROM_OUTSIDE }).collect();
        // Each new statement mends one: in the place of the same line, or from all of its findings.
        let mut mends: Vec<&Distilled> =
            all.rows.iter().filter(|row| again.contains(&row.key)).collect();
        let (mut mended, mut open) = (0, Vec::new());
        for fallen in first.fallen {
            let old = &fallen.row;
            let is_it = |row: &&Distilled| {
                row.replaces == old.replaces
                    && row.takes_up(old)
                    && (old.replaces.is_some() || old.findings.iter().all(|id| row.rests_on(id)))
            };
            match mends.iter().position(is_it).filter(|_| fallen.can_be_mended()) {
                Some(at) => {
                    let row = mends.remove(at);
                    mended += 1;
                    open.extend(without(fallen, row));
                }
                None => open.push(fallen),
            }
        }
        all.fallen.retain(|fallen| !again.contains(&fallen.row.key));
        for fallen in &cleared {
            let new = all.rows.iter().find(|new| is_better(new, &fallen.row));
            open.extend(new.and_then(|new| without(fallen.clone(), new)));
        }
        all.fallen.extend(open);
        all.rejected.extend(first.rejected);
        all.cut = [first.cut, second.cut].concat();
        (all, [mended, cleared.len()])
    }

    /// Whether a statement is a new row of a table, and nothing may come after the row that the model named.
    fn is_homeless(&self, row: &Distilled) -> bool {
        let is_new = cells(&row.text).is_some() && row.replaces.is_none();
        is_new && !row.after.as_ref().is_some_and(|after| self.rows.contains(after))
    }
}

/// What fell, with the findings alone that the new statement does not rest on; `None` when it rests on all.
fn without(fallen: Fallen, new: &Distilled) -> Option<Fallen> {
    let Fallen { mut row, why } = fallen;
    row.findings.retain(|id| !new.rests_on(id));
    (!row.findings.is_empty()).then_some(Fallen { row, why })
}
