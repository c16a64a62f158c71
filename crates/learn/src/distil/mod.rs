//! The last model calls of a dream: they write what later sessions should begin with, from all
//! findings together. This module builds the prompts and checks the answers; a written statement
//! must rest on its findings.

mod alike;
mod distil_prompt;
mod earlier_statements;
mod findings;
mod memory_lines;
mod second_try;
mod written_statements;

use std::borrow::Cow;

use dreaming_records::candidate::{Candidate, without_name};
use dreaming_records::copies;
use dreaming_records::distilled::{Distillate, Distilled, statement};
use dreaming_records::ids::{Digest, EntryId, SessionId};
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Sessions;
use dreaming_records::plan::{Rejected, Stage};
use dreaming_records::policy::Policy;
use dreaming_records::trust::Trust;
use dreaming_text::markdown::{cells, line_of_code};
use dreaming_text::unicode::is_space;
use dreaming_text::{self as text, Set, sort};

use crate::check::{self, Checked, Words};
use crate::json_value::Value;
use crate::mine::{self, Mined};
use crate::propose::{Answer, Known, ModelCall};

pub use self::earlier_statements::{Old, in_place_of};
use self::findings::Finding;
use self::memory_lines::{Line, lines};
pub use self::second_try::Fallen;
pub use self::written_statements::Part;

/// A call, with the findings and entries that it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The call.
    pub call: ModelCall,
    /// The findings, in the order in which the prompt numbers them from 1.
    pub findings: Vec<Digest>,
    /// How many words the statements may have together, without those of lines that they replace.
    pub words: usize,
    /// The lines of the memory, numbered likewise.
    known: Vec<Line>,
}

impl Asked {
    /// The words of the line that a statement of the answer replaces.
    pub fn line(&self, row: &Distilled) -> Option<&str> {
        let replaced = self.known.iter().find(|line| line.is_replaced_by(row));
        replaced.map(|line| &*line.text)
    }

    /// The findings that lines of the memory rest on.
    pub fn said(&self) -> impl Iterator<Item = &Digest> {
        self.known.iter().flat_map(Line::basis)
    }
}

/// The findings of the sessions that count, and the candidates made from these sessions.
#[derive(Debug, Default)]
pub struct Findings {
    all: Vec<Finding>,
    candidates: Vec<Candidate>,
    sessions: Sessions,
}

impl Findings {
    /// The findings of these sessions. `mined` is what was mined from them, without statements
    /// that models wrote from findings.
    pub fn new(mined: &Mined, sessions: &Sessions, policy: &Policy) -> Self {
        let (records, _) = mine::selected(&copies::distinct(sessions), policy);
        let candidates = mined.candidates.clone();
        let found = [&*candidates, &mined.contested].concat();
        let all = findings::all(&found, &records, sessions, policy);
        Self { all, candidates, sessions: sessions.clone() }
    }

    /// Builds at most `most` calls about the findings that `open` names, and about recurring
    /// failures seen in new sessions. `written`: what models wrote in earlier dreams, and the keys
    /// of what nobody has decided about. `about`: lines of the memory, each with a finding that says
    /// something newer of it. `known` gives what else the memory says about a topic. There is no call
    /// when no finding that `open` names is left.
    pub fn ask(
        &self,
        open: &Set<Digest>,
        is_new: impl Fn(&SessionId) -> bool,
        (written, undecided): (&Distillate, &Set<Digest>),
        (instructions, known, about): (&str, impl Fn(&str) -> Vec<Known>, &[(Digest, Known)]),
        most: usize,
        policy: &Policy,
    ) -> Vec<Asked> {
        let standing: Vec<(&Distilled, Candidate)> = self.standing(written, policy).collect();
        let named = Set::of(standing.iter().flat_map(|(row, _)| row.findings.clone()));
        let is_open = |finding: &&Finding| match finding.kind {
            Some(_) => open.contains(&finding.id),
            None => finding.evidence.iter().any(|place| is_new(&place.session)),
        };
        let unnamed = self.all.iter().filter(|finding| !named.contains(&finding.id));
        let mut asked: Vec<&Finding> = unnamed.filter(is_open).collect();
        let said = asked.iter().filter(|finding| finding.kind.is_some());
        let said = Set::of(said.flat_map(|finding| finding.evidence.clone()));
        // A recurring failure is left out when the other findings asked about show all its places.
        asked.retain(|f| f.kind.is_some() || f.evidence.iter().any(|place| !said.contains(place)));
        match asked.iter().any(|finding| finding.kind.is_some()) {
            true => {
                let known = |part: &[&Finding]| {
                    let topic: Vec<&str> = part.iter().map(|finding| &*finding.text).collect();
                    let is_shown = |id: &Digest| part.iter().any(|finding| finding.id == *id);
                    let newer = about.iter().filter(|(id, _)| is_shown(id));
                    let mut all: Vec<Known> = known(&topic.join("\n"));
                    let mut seen: Vec<&EntryId> = Vec::new();
                    for (_, line) in newer {
                        // What stands first for a line is what is shown.
                        if seen.contains(&&line.entry) {
                            continue;
                        }
                        seen.push(&line.entry);
                        match all.iter_mut().find(|shown| shown.entry == line.entry) {
                            Some(shown) => *shown = line.clone(),
                            None => all.push(line.clone()),
                        }
                    }
                    lines(all, &self.all, written, undecided, &standing)
                };
                let about = about.iter().map(|(id, line)| (id.clone(), line.entry.clone()));
                let about: Vec<(Digest, EntryId)> = about.collect();
                distil_prompt::ask(asked, (instructions, known), &about, most, policy)
            }
            false => Vec::new(),
        }
    }

    /// A call in which a model writes again what was turned down of its answer to `asked`; `None` when it could mend
    /// nothing. It shows the findings of these statements, and those that have the words that made one fall.
    pub fn ask_again(&self, asked: &Asked, fallen: &[Fallen], policy: &Policy) -> Option<Asked> {
        let shows = |row: &Distilled| row.findings.iter().any(|id| asked.findings.contains(id));
        let fallen = fallen.iter().filter(|fallen| shows(&fallen.row) && fallen.can_be_mended());
        let blamed = fallen.map(|fallen| {
            (fallen, written_statements::to_blame(&fallen.row, fallen.why, &self.all, policy))
        });
        let fallen: Vec<(&Fallen, Option<&str>)> = blamed.collect();
        let is_shown = |finding: &&Finding| {
            asked.findings.contains(&finding.id)
                && fallen.iter().any(|(Fallen { row, .. }, piece)| {
                    row.rests_on(&finding.id) || piece.is_some_and(|piece| finding.has(piece))
                })
        };
        // In the order of the call before.
        let named = asked.findings.iter();
        let found = named.filter_map(|id| self.all.iter().find(|finding| finding.id == *id));
        let findings: Vec<&Finding> = found.filter(is_shown).collect();
        let is_place = |line: &&Line| {
            fallen.iter().any(|(Fallen { row, .. }, _)| {
                line.is_replaced_by(row) || row.after.is_some() && line.entry == row.after
            })
        };
        let known = asked.known.iter().filter(is_place).cloned().collect();
        (!fallen.is_empty())
            .then(|| second_try::ask(second_try::Shown { fallen, findings, known }, policy))
    }

    /// The statements of `old` of which nothing is lost when what a model writes from the calls
    /// `asked` takes their place: their findings are shown, or said by something else that stays.
    /// `written` are the other statements of models, `cut` the calls that are not made. `is_unsaid`:
    /// whether nothing in the store says a finding, if no call shows it.
    pub fn whole(
        &self,
        mut old: Vec<Old>,
        (asked, cut): (&[Asked], &[Asked]),
        is_unsaid: impl Fn(&Digest) -> bool,
        written: &Distillate,
        policy: &Policy,
    ) -> Vec<Old> {
        let asked = Set::of(asked.iter().flat_map(|asked| &asked.findings));
        let named = self.standing(written, policy).flat_map(|(row, _)| &row.findings);
        let open = Set::of(cut.iter().flat_map(|cut| &cut.findings).chain(named));
        let is_there = |id: &Digest| self.all.binary_search_by(|f| f.id.cmp(id)).is_ok();
        old.retain(|Old { row, is_whole, .. }| {
            // A finding that is not there, though its sessions are whole, was counted in other words
            // by now.
            let elsewhere =
                |id: &Digest| !open.contains(&id) && !is_unsaid(id) && (*is_whole || is_there(id));
            let findings = &row.findings;
            findings.iter().any(|id| asked.contains(&id))
                && findings.iter().all(|id| asked.contains(&id) || elsewhere(id))
        });
        old
    }

    /// A preference without the name of its person, which lines of the memory have behind their
    /// words: whose it is follows from the findings.
    pub fn nameless(&self, row: Distilled) -> Distilled {
        let people = self.sessions.values().filter_map(|record| record.notes.principal.as_deref());
        let mut without = people.map(|person| without_name(&row.text, Some(person)));
        let named = without.find(|words| row.kind == Kind::Preference && *words != row.text);
        match named.map(str::to_owned) {
            Some(text) => Distilled { key: statement(row.kind, &text), text, ..row },
            None => row,
        }
    }

    /// Removes from a statement the sentences that fail the check. Returns what is left, and the
    /// removed sentences with reasons; `None` when there is nothing to remove, when the first
    /// sentence (the rule) would go, or when what is left fails, too.
    ///
    /// # Errors
    /// The reason why a statement fails that would take the place of `lines`, when not all words
    /// that it shares with one of them are in what is left. These lines then stay as they are.
    pub fn partly(
        &self,
        row: &Distilled,
        lines: &[&str],
        policy: &Policy,
    ) -> Result<Option<Part>, &'static str> {
        let (all, candidates, sessions) = (&self.all, &self.candidates, &self.sessions);
        let falls = |row: &Distilled| match written_statements::candidate(
            row, all, candidates, sessions, policy,
        ) {
            Err(why) => Some(why),
            // Advice that rests on outside words would be blocked; without the sentences from
            // outside it may stand.
            Ok(found) => (row.kind.instructs() && found.trust < Trust::Agent)
                .then_some("untrusted-instruction"),
        };
        written_statements::partly(row, lines, falls)
    }

    /// A record that a statement fell, with the words that made it fall, if it is no more than these.
    pub fn fell(&self, row: &Distilled, why: &str, policy: &Policy) -> Rejected {
        let rejected = Rejected::new(Stage::Check, why, &row.text, Vec::new());
        let piece = written_statements::to_blame(row, why, &self.all, policy);
        rejected.because_of(piece, &row.text)
    }

    /// Whether a later session gave up what the finding says.
    pub fn is_given_up(&self, id: &Digest, policy: &Policy) -> bool {
        let found = self.all.iter().find(|finding| finding.id == *id);
        let row = |finding: &Finding| {
            let (kind, text) = (finding.kind?, finding.text.clone());
            let (replaces, after, step, line) = (None, None, false, None);
            let instead_of = Vec::new();
            let (key, findings) = (id.clone(), vec![id.clone()]);
            Some(Distilled { key, kind, text, findings, replaces, after, step, line, instead_of })
        };
        found.and_then(row).is_some_and(|row| {
            let (all, candidates, sessions) = (&self.all, &self.candidates, &self.sessions);
            let fell = written_statements::candidate(&row, all, candidates, sessions, policy);
            fell.is_err_and(|why| why == "given-up")
        })
    }

    /// Judges statements together; each comes back with the reason why it does not stand, if any.
    pub fn judge<'a>(
        &self,
        rows: &'a Distillate,
        policy: &Policy,
    ) -> Vec<(&'a Distilled, Option<&'static str>)> {
        let judged = self.judged(rows, policy).into_iter();
        judged.map(|(row, stands)| (row, stands.err())).collect()
    }

    /// Whether a statement that stands in the place of a line rests on words from outside. Such a line mostly stays a
    /// question.
    pub fn is_from_outside(&self, row: &Distilled, policy: &Policy) -> bool {
        let (all, candidates, sessions) = (&self.all, &self.candidates, &self.sessions);
        let found = || written_statements::candidate(row, all, candidates, sessions, policy);
        row.replaces.is_some() && found().is_ok_and(|found| found.trust == Trust::External)
    }

    /// Whether a statement has a word that only findings have which it does not name, of those that `before` rests on.
    pub fn keeps_words_of(&self, before: &Distilled, row: &Distilled, policy: &Policy) -> bool {
        let words = |is_of: &dyn Fn(&Digest) -> bool| {
            let of = self.all.iter().filter(|finding| is_of(&finding.id));
            let quotes = of.flat_map(|finding| {
                let quotes = finding.quotes(policy);
                let quotes = quotes.into_iter().map(|(_, quoted)| quoted.words().to_owned());
                quotes.chain([finding.text.clone()]).collect::<Vec<_>>()
            });
            quotes.collect::<Vec<_>>().join("\n")
        };
        let own = words(&|id| row.rests_on(id)) + "\n" + row.line.as_deref().unwrap_or_default();
        let own = text::tokens(&own);
        let dropped = text::tokens(&words(&|id| before.rests_on(id) && !row.rests_on(id)));
        let has = |words: &[String], word: &String| words.binary_search(word).is_ok();
        text::tokens(&row.text).iter().any(|word| has(&dropped, word) && !has(&own, word))
    }

    fn standing<'a>(
        &self,
        rows: &'a Distillate,
        policy: &Policy,
    ) -> impl Iterator<Item = (&'a Distilled, Candidate)> {
        self.judged(rows, policy).into_iter().filter_map(|(row, stands)| Some((row, stands.ok()?)))
    }

    fn judged<'a>(
        &self,
        rows: &'a Distillate,
        policy: &Policy,
    ) -> Vec<written_statements::Judged<'a>> {
        written_statements::judged(
            rows.values(),
            &self.all,
            &self.candidates,
            &self.sessions,
            policy,
        )
    }
}

/// Adds the statements that models wrote to the mined candidates. Candidates that they rest on are
/// marked as not worth proposing, and contested ones are settled by them.
pub fn take_up(mined: &mut Mined, rows: &Distillate, sessions: &Sessions, policy: &Policy) {
    if rows.is_empty() {
        return;
    }
    let findings = Findings::new(mined, sessions, policy);
    let (mut named, mut written) = (Vec::new(), Vec::new());
    for (row, mut candidate) in findings.standing(rows, policy) {
        named.extend(row.findings.iter().cloned());
        if mined.shared {
            candidate.put_name();
        }
        written.push(candidate);
    }
    let named = Set::of(named);
    mined.contested.retain(|found| !named.contains(&statement(found.kind, found.words())));
    for found in &mut mined.candidates {
        if named.contains(&statement(found.kind, found.words())) {
            found.worth = Some(false);
        }
    }
    mined.candidates.extend(written);
    sort::all(&mut mined.candidates);
}

/// Reads the lines and statements of an answer as plain words; [`Findings::judge`] decides which stand. Never
/// fails: a bad answer only yields fewer statements. An answer without `lines` changes none.
pub fn check(asked: &Asked, answer: &Answer, policy: &Policy) -> Checked<Distilled> {
    let line = |item: &Value<'_>| row(item, ("line", true), asked, policy);
    let statement = |item: &Value<'_>| row(item, ("replaces", false), asked, policy);
    let mut checked = check::each(answer, ("statements", MOST), policy, statement);
    if checked.usable {
        let names = ("statements", "lines", MOST);
        let lines = check::each_beside(answer, names, policy, line);
        checked.held.splice(..0, lines.held);
        checked.rejected.splice(..0, lines.rejected);
    }
    checked
}

/// A text that is nothing but code, without white space between its marks and the code, as lines of code are known.
fn without_space_in_marks(text: &str) -> Cow<'_, str> {
    let code = text.strip_prefix('`').and_then(|text| text.strip_suffix('`'));
    let bare = code.filter(|code| !code.contains('`')).map(|code| code.trim_matches(is_space));
    bare.map_or(text.into(), |bare| format!("`{bare}`").into())
}

/// Whether a text is a row of a table or a line of code, which says nothing without what stands around it.
fn is_part(text: &str) -> bool {
    cells(text).is_some() || line_of_code(text).is_some()
}

/// Most lines read from one answer, and most statements. Chosen by us: a memory should not begin with more.
const MOST: usize = 100;

/// One line or statement of an answer, with the number of the line whose place it takes under the name `replaced`, which
/// a line must have; `Err` is the reason why it is turned down.
fn row(
    item: &Value<'_>,
    (replaced, is_line): (&str, bool),
    asked: &Asked,
    policy: &Policy,
) -> Result<Distilled, &'static str> {
    let text = item.get("text").and_then(Value::as_str).ok_or("malformed")?;
    let kind = check::kind(item.get("kind").ok_or("malformed")?)?;
    let named = item.get("findings").and_then(Value::as_array).ok_or("malformed")?;
    let at = |number: &Value<'_>| usize::try_from(number.as_u64()?.checked_sub(1)?).ok();
    // Unknown numbers are skipped; a later check asks whether the other findings support the
    // statement.
    let named = named.iter().filter_map(|number| asked.findings.get(at(number)?).cloned());
    let findings: Vec<Digest> = named.collect();
    if findings.is_empty() {
        return Err("no-such-finding");
    }
    let replaced = item.get(replaced).and_then(at).and_then(|at| asked.known.get(at));
    if is_line && replaced.is_none() {
        return Err("malformed");
    }
    // A wrong number is found by its line, which speaks of something else.
    let (text, is_step) = memory_lines::without_number(text);
    let replaced = replaced.filter(|line| line.is_about(text));
    let text = replaced.map_or(text, |line| line.without_headings(text));
    let (text, is_step_below) = memory_lines::without_number(text);
    let is_step = is_step || is_step_below;
    let words = Words { kind, text, subject: None, wrong: None, right: None };
    let plain = words.plain(policy)?.text;
    let text = &*without_space_in_marks(&plain);
    // Where a row of a table stands, another one may, or after it, and no other words: these come beside it. The core
    // does the same for lines of code, for it knows them from statements that are nothing but a name.
    let has_its_form = |line: &&Line| cells(text) == cells(&line.text);
    let after = item.get("after").and_then(at).and_then(|at| asked.known.get(at));
    let after = replaced.or(after).filter(|line| !is_part(text) || has_its_form(line));
    // Code comes in as a step, or nowhere.
    let is_at_step = |line: &&Line| is_step && line.step.is_some();
    let after = after.filter(|line| line_of_code(text).is_none() || is_at_step(line));
    let step = after.as_ref().is_some_and(is_at_step);
    let after = after.and_then(|line| line.entry.clone());
    let replaced = replaced.filter(has_its_form);
    // What takes the place of a line also rests on the line's findings: it says what the line said,
    // and perhaps names what only these show.
    let row = replaced.and_then(|line| line.row.as_ref());
    // But what a finding says speaks against a statement that reverses it.
    let reverses = |line: &&Line| line.finding.is_some() && text::reverses(&line.text, text);
    let beneath = replaced.filter(|line| !reverses(line));
    let beneath = beneath.into_iter().flat_map(|line| line.basis().cloned());
    let findings = findings.into_iter().chain(beneath);
    Ok(Distilled {
        key: statement(kind, text),
        kind,
        text: text.into(),
        findings: Set::of(findings).into_iter().collect(),
        replaces: replaced.and_then(|line| line.entry.clone()),
        after: after.filter(|_| replaced.is_none()),
        step: step && replaced.is_none(),
        line: replaced.and_then(Line::first_words),
        instead_of: row.into_iter().map(|row| row.key.clone()).collect(),
    })
}

#[cfg(test)]
mod tests;
