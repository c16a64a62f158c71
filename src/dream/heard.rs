//! What of the statements that a model wrote stands, and what falls.

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
    /// What could not be read as a statement, and sentences that were cut out of one.
    pub rejected: Vec<Rejected>,
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
            heard.rejected.extend(out.into_iter().map(said));
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
                Some((row, None)) => heard.rows.push((*row).clone()),
                Some((_, Some(why))) => heard.fallen.push(Fallen { row, why }),
                None => {}
            }
        }
        heard
    }

    /// What stands when a model wrote again what fell of `first`. What it mended did not fall; what it could not mend did.
    /// Returns how many it mended, too.
    pub fn mended(&self, first: Heard, second: Heard) -> (Heard, usize) {
        // What it only says again mends nothing; the same words from more findings may.
        let is_new = |row: &&Distilled| {
            first.rows.iter().all(|known| known.key != row.key)
                && first.fallen.iter().all(|fallen| fallen.row != **row)
        };
        let again = Set::of(second.rows.iter().filter(is_new).map(|row| row.key.clone()));
        let second = second.rows.into_iter().filter(|row| again.contains(&row.key));
        let rows: Vec<Distilled> = first.rows.iter().cloned().chain(second).collect();
        let mut all = self.weigh(Heard { rows, ..Heard::default() });
        let is_mended = |fallen: &Fallen| {
            let (old, written) =
                (&fallen.row, all.rows.iter().filter(|row| again.contains(&row.key)));
            written.filter(|row| row.replaces == old.replaces).any(|row| row.takes_up(old))
        };
        let (mended, open): (Vec<Fallen>, Vec<Fallen>) =
            first.fallen.into_iter().partition(is_mended);
        all.fallen.retain(|fallen| !again.contains(&fallen.row.key));
        all.fallen.extend(open);
        all.rejected.extend(first.rejected);
        (all, mended.len())
    }

    /// Whether a statement is a new row of a table, and nothing may come after the row that the model named.
    fn is_homeless(&self, row: &Distilled) -> bool {
        let is_new = cells(&row.text).is_some() && row.replaces.is_none();
        is_new && !row.after.as_ref().is_some_and(|after| self.rows.contains(after))
    }
}
