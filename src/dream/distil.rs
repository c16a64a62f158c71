//! The last calls of a dream: after everything else is answered, a model writes statements from all
//! findings.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use dreaming_core::pack::{self, Packed};
use dreaming_core::steer;
use dreaming_learn::distil::{self, Asked, Fallen, Findings, Old};
use dreaming_learn::propose::{Known, ModelCall};
use dreaming_records::candidate::Candidate;
use dreaming_records::distilled::{Distillate, Distilled, statement};
use dreaming_records::finding_result::Look;
use dreaming_records::ids::{Digest, EntryId, SessionId};
use dreaming_records::ledger::Finder;
use dreaming_records::plan::{Cause, Change, Gate, Operation, Rejected, Stage};
use dreaming_records::policy::{self, Policy};
use dreaming_records::statement_of;
use dreaming_records::time::Time;
use dreaming_text::unicode::word_count;
use dreaming_text::{Set, sort};

use super::anew;
use super::ask::{Answers, Question};
use super::finish::Step;
use super::heard::{Check, Heard};
use super::lines_to_mend::about;
use super::model_answers::ModelAnswers;

/// Tokens of statements that dreams wrote, in each call, and as many of those about which nobody
/// has decided. Chosen by us: what `learn.tokens` lets them have by default, and their headings. A
/// model that does not see a statement would write it again.
const WRITTEN_TOKENS: u32 = 4500;

/// Tokens of other statements, in each call; of a memory that is longer, first what is on the topics of
/// the findings. Chosen by us: a file of 4,100 words with its headings and its code (10,600 tokens), and
/// some room. What a model does not see it does not bring up to date.
const OTHER_TOKENS: u32 = 12_000;

/// One word for so many that were asked for is no reason to lose a finding. Chosen by us: models count badly; of 66
/// recorded answers ten have up to 4 % more words than asked for, and of short ones up to 7 %.
const MORE: usize = 10;

/// The findings, and the calls about them.
#[derive(Default)]
pub(super) struct Distil {
    findings: Findings,
    /// Statements that models wrote in earlier dreams, without the `old` ones.
    written: Distillate,
    /// Those that are written anew.
    old: Vec<Old>,
    /// How many words of the memory models wrote in earlier dreams, when these are not written anew.
    words: usize,
    /// How many lines of models stay as they are when the others are written anew.
    stay: usize,
    asked: Vec<Asked>,
    /// The calls about what was turned down of the answers to these.
    again: Vec<Asked>,
    /// How many calls may be made yet.
    left: usize,
    /// The findings that are not proposed before this question is answered, each as the change that
    /// would propose it.
    open: BTreeMap<Digest, Change>,
    /// The contested values among the findings.
    contested: Vec<Digest>,
    /// The rows of tables after which a new one may come.
    rows: Set<EntryId>,
}

impl Question for Distil {
    /// Calls for this question come from a budget of their own: otherwise a store with many new
    /// sessions would never reach this question.
    fn budget(&self, step: &Step<'_>) -> u64 {
        let policy = &step.request.policy;
        let has_model = policy.number(&policy::MAX_CALLS) > 0;
        if has_model { policy.number(&policy::DISTIL_CALLS) } else { 0 }
    }

    /// Asks about the findings that wait for this question. The model is shown all changes that
    /// would be proposed if it wrote nothing, even those for which the store has no room.
    fn ask(&mut self, step: &Step<'_>, most: usize) {
        if !step.request.policy.is_on(&policy::DISTIL_ANEW) {
            self.words = anew::old(step, &[]).iter().map(|old| word_count(&old.row.text)).sum();
            self.ask_about(step, most);
            self.left = most - self.asked.len();
            return;
        }
        let mut old = anew::old(step, &step.without_waiting());
        let Step { request, store, done, said, known, .. } = *step;
        // What the calls cannot show whole stays as it is, and they show it as a line of the memory.
        loop {
            let found = anew::found(step, &old);
            *self = Self { old: old.clone(), ..Self::default() };
            let step = Step::new(request, store, done, &found, said, known);
            self.ask_about(&step, usize::MAX);
            let cut = self.asked.split_off(most.min(self.asked.len()));
            let calls = (&*self.asked, &*cut);
            let waiting = step.drafted().waiting();
            let is_unsaid = |id: &Digest| step.drafted().is_unsaid(id, &waiting);
            old = self.findings.whole(old, calls, is_unsaid, &self.written, &request.policy);
            if old.len() == self.old.len() {
                break;
            }
        }
        let lines = anew::lines(step).count();
        self.stay = lines.saturating_sub(old.iter().filter(|old| old.entry.is_some()).count());
        self.left = most - self.asked.len();
    }

    fn calls(&self) -> Vec<&ModelCall> {
        self.asked.iter().chain(&self.again).map(|asked| &asked.call).collect()
    }

    /// Asks for what was turned down once more, with the reasons.
    fn ask_again(&mut self, answers: &Answers, policy: &Policy) -> bool {
        if self.left == 0 {
            return false;
        }
        let first = self.first(answers, policy);
        let fallen = [first.fallen, first.outside].concat();
        let again = self.asked.iter();
        let again = again.filter_map(|asked| self.findings.ask_again(asked, &fallen, policy));
        self.again = again.take(std::mem::take(&mut self.left)).collect();
        !self.again.is_empty()
    }

    /// Findings in a call without a usable answer wait for the next dream.
    fn tell(&self, answers: &Answers, policy: &Policy, told: &mut ModelAnswers) {
        let mut seen: BTreeSet<&Digest> = BTreeSet::new();
        let mut words = 0;
        for asked in &self.asked {
            let Some(answer) = answers.get(&asked.call.id) else { continue };
            let usable = distil::check(asked, answer, policy).usable;
            told.count(&asked.call, answer, usable);
            if usable {
                seen.extend(&asked.findings);
                words += asked.words;
            }
        }
        let heard = self.heard(answers, policy, told);
        told.rejected.extend(heard.rejected);
        told.rejected.extend(heard.cut);
        if seen.is_empty() {
            return;
        }
        // The findings of each statement that is turned down: of all of them, and of those whose
        // findings still hold and stand in no other statement.
        let mut named: BTreeSet<Digest> = BTreeSet::new();
        let mut fallen: Vec<Vec<Digest>> = Vec::new();
        for Fallen { row, why } in heard.fallen {
            told.rejected.push(self.findings.fell(&row, why, policy));
            named.extend(row.findings.iter().cloned());
            // With the first reason another statement says what the findings say; with the
            // second the findings no longer hold. Only with other reasons is a finding
            // proposed by itself.
            if !["same-as-another", "given-up"].contains(&why) {
                fallen.push(row.findings);
            }
        }
        told.distilled.extend(heard.rows);
        let standing = told.distilled.iter().flat_map(|row| row.findings.clone());
        let standing = Set::of(standing);
        let lost = fallen.iter().flatten().filter(|id| !standing.contains(*id));
        let lost = Set::of(lost);
        // A statement stays when a call that shows a part of it has no usable answer, or when what
        // was written from a part of it is turned down.
        let asked = Set::of(self.asked.iter().flat_map(|asked| &asked.findings));
        let goes = |old: &&Old| {
            let findings = &old.row.findings;
            findings.iter().all(|id| seen.contains(id) || !asked.contains(&id))
                && !findings.iter().any(|id| lost.contains(&id))
        };
        let (goes, stays): (Vec<&Old>, Vec<&Old>) = self.old.iter().partition(goes);
        distil::in_place_of(&mut told.distilled, &goes);
        let stays = stays.iter().flat_map(|old| &old.row.findings);
        let said = Set::of(self.asked.iter().flat_map(Asked::said).chain(stays));
        // Findings whose statements are turned down: the best of each.
        let alone =
            fallen.iter().filter_map(|findings| self.best_of(findings, &said, policy)).collect();
        let alone = self.within(words, alone, told);
        let mut left = 0;
        for (id, change) in &self.open {
            if !seen.contains(id) || standing.contains(id) {
                continue;
            }
            let keep = alone.contains(id);
            told.looks.push(Look { statement: id.clone(), keep });
            if !keep {
                left += 1;
                let text = change.text.as_deref().unwrap_or_default();
                let evidence = change.evidence.clone();
                let is_named = named.contains(id);
                let why = if is_named { "its-statement-fell" } else { "not-worth-keeping" };
                told.rejected.push(Rejected::new(Stage::Check, why, text, evidence));
            }
        }
        for id in self.contested.iter().filter(|id| seen.contains(id) && !standing.contains(*id)) {
            told.looks.push(Look { statement: id.clone(), keep: false });
            left += 1;
        }
        sort::all(&mut told.looks);
        sort::all(&mut told.distilled);
        told.notes.push(format!(
            "A model saw {} together and wrote {} that can stand; {left} it left.",
            counted(seen.len(), "finding"),
            counted(told.distilled.len(), "statement"),
        ));
        let placed = Set::of(told.distilled.iter().flat_map(|row| &row.instead_of));
        let placed = goes.iter().filter(|old| placed.contains(&&old.row.key)).count();
        told.notes.extend(self.anew(placed, policy));
    }
}

/// A number of things, such as `2 findings`.
fn counted(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// The newest statements for which there is room in a call.
fn newest(mut all: Vec<(Reverse<Option<Time>>, Digest, u64)>) -> Set<Digest> {
    sort::all(&mut all);
    let mut left = u64::from(WRITTEN_TOKENS);
    let mut fits = |tokens: u64| {
        let rest = left.checked_sub(tokens);
        left = rest.unwrap_or(left);
        rest.is_some()
    };
    Set::of(all.into_iter().filter_map(|(_, id, tokens)| fits(tokens).then_some(id)))
}

impl Distil {
    /// What answers are checked against.
    fn check<'a>(&'a self, policy: &'a Policy) -> Check<'a> {
        let Self { findings, written, old, rows, .. } = self;
        Check { findings, written, old, rows, policy }
    }

    /// What stands of the first answers.
    fn first(&self, answers: &Answers, policy: &Policy) -> Heard {
        let (check, mut heard) = (self.check(policy), Heard::default());
        for asked in &self.asked {
            let answer = answers.get(&asked.call.id);
            answer.map(|answer| check.hear(asked, answer, &mut heard));
        }
        check.weigh(heard)
    }

    /// What stands of all answers.
    fn heard(&self, answers: &Answers, policy: &Policy, told: &mut ModelAnswers) -> Heard {
        let first = self.first(answers, policy);
        let (check, mut second) = (self.check(policy), Heard::default());
        let mut is_answered = false;
        for asked in &self.again {
            let Some(answer) = answers.get(&asked.call.id) else { continue };
            let usable = check.hear(asked, answer, &mut second);
            told.count(&asked.call, answer, usable);
            is_answered |= usable;
        }
        if !is_answered {
            return first;
        }
        let is_asked = |fallen: &&Fallen| {
            let shows = |again: &Asked| again.findings.iter().any(|id| fallen.row.rests_on(id));
            fallen.can_be_mended() && self.again.iter().any(shows)
        };
        let fell = first.fallen.iter().filter(is_asked).count();
        let outside = first.outside.len();
        let (heard, [mended, cleared]) = check.mended(first, second);
        if fell > 0 {
            told.notes.push(format!(
                "{} turned down at first; asked again with the reasons, the model mended {mended}.",
                if fell == 1 {
                    "1 statement was".into()
                } else {
                    format!("{fell} statements were")
                },
            ));
        }
        if outside > 0 {
            told.notes.push(format!(
                "Lines that were written anew from words from outside: {outside}. Asked again, the model wrote {cleared} without these.",
            ));
        }
        heard
    }

    /// What was written anew, or that it could be. `placed`: in the place of how many statements of
    /// earlier dreams others were written.
    fn anew(&self, placed: usize, policy: &Policy) -> Option<String> {
        let most = policy.size(&policy::DISTIL_WORDS);
        if policy.is_on(&policy::DISTIL_ANEW) && self.old.is_empty() {
            return Some(
                "Nothing that dreams wrote before goes: there is nothing, a person rejected what was written in its place, or the ledger no longer has whole what it rests on.".into(),
            );
        }
        if self.old.is_empty() {
            return (self.words > most).then(|| {
                format!(
                    "What dreams wrote before has {} words, more than one dream writes ({most}, `distil.words`). With `distil.anew` a dream writes it anew from everything that was found.",
                    self.words,
                )
            });
        }
        if placed == 0 {
            return None;
        }
        let mut note = format!(
            "Written in the place of {} of earlier dreams: the changes say which lines go, and together with what.",
            counted(placed, "statement"),
        );
        match self.stay {
            0 => {}
            1 => note += " 1 line of dreams is not among them:",
            n => note += &format!(" {n} lines of dreams are not among them:"),
        }
        if self.stay > 0 {
            note += " a single finding in its own words, what a setting keeps, or what the ledger does not have whole.";
        }
        Some(note)
    }

    /// Asks about the findings of this step that wait for the question.
    fn ask_about(&mut self, step: &Step<'_>, most: usize) {
        let (request, done) = (step.request, step.done);
        let is_anew = request.policy.is_on(&policy::DISTIL_ANEW);
        let is_read = |id: &SessionId| done.get(id).is_some_and(|done| done.read().is_some());
        let is_new = |id: &SessionId| is_anew || is_read(id);
        let is_news = |found: &&Candidate| {
            found.finder == Finder::Model
                && found.evidence.iter().any(|place| is_new(&place.session))
        };
        let id = |found: &Candidate| statement(found.kind, found.words());
        let is_open = |found: &&Candidate| {
            found.worth.is_none()
                && !steer::excludes(found, &request.policy)
                && !step.drafted().is_settled(&found.evidence)
        };
        // They wait for no change of their own, so what says that a model has seen one is its proposal alone.
        let contested = step.found.mined.contested.iter().filter(is_open);
        let contested: Vec<&Candidate> = contested.collect();
        self.contested = contested.iter().map(|found| id(found)).collect();
        let news = step.found.mined.candidates.iter().filter(is_news);
        let news = Set::of(news.chain(contested.iter().copied()).map(id));
        let waiting = step.drafted().waiting();
        if waiting.is_empty() && news.is_empty() {
            return;
        }
        let is_mined = |change: &Change| {
            change.operation == Operation::Add
                && matches!(change.cause, Cause::Recurring | Cause::Stated)
        };
        let (mut shown, mut undecided) = (Vec::new(), Vec::new());
        let changes = step.without_waiting();
        // What is written anew is shown by its findings, and not as a line.
        let goes = Set::of(self.old.iter().filter_map(|old| old.entry.as_ref()));
        let mut about = about(step, &changes, &waiting);
        about.extend(contested.iter().filter_map(|found| {
            let line = step.known?.shown(found.corrects.as_ref()?)?;
            let Packed { entry, headings, mark, text, .. } = line;
            Some((id(found), Known { entry, headings, mark, text }))
        }));
        shown.extend(contested.iter().map(|found| id(found)));
        // Of a line for which a model wrote nothing it is not asked again.
        let fresh = about.iter().filter(|(id, _)| news.contains(id));
        let fresh = Set::of(fresh.map(|(_, line)| line.entry.clone()));
        about.retain(|(_, line)| fresh.contains(&line.entry) && !goes.contains(&&line.entry));
        shown.extend(about.iter().map(|(id, _)| id.clone()));
        for change in changes {
            let (Some(id), Some(text)) = (statement_of::change(&change), &change.text) else {
                continue;
            };
            let by_model = matches!(change.cause, Cause::Distilled | Cause::Noticed);
            if by_model && waiting.contains(&id) {
                shown.push(id.clone());
                self.open.insert(id, change);
            } else if is_mined(&change) {
                shown.push(id);
            } else if change.gate != Gate::Blocked && step.store.ledger.distilled.contains_key(&id)
            {
                undecided.push((Reverse(change.last_seen), id, pack::tokens(text.len())));
            }
        }
        if self.open.is_empty() && about.is_empty() && contested.is_empty() {
            return;
        }
        let sessions = &step.found.read.ledger.sessions;
        self.findings = Findings::new(&step.found.mined, sessions, &request.policy);
        self.rows = step.drafted().rows();
        self.written = anew::without(&step.store.ledger.distilled, &self.old);
        let memory = |topic: &str| {
            let lines = step.known.map(|known| known.beside(topic, WRITTEN_TOKENS, OTHER_TOKENS));
            let lines = lines.into_iter().flatten().filter(|line| !goes.contains(&&line.entry));
            lines
                .map(|Packed { entry, headings, mark, text, .. }| Known {
                    entry,
                    headings,
                    mark,
                    text,
                })
                .collect()
        };
        let wishes = (&*request.instructions, memory, &*about);
        let (shown, policy) = (Set::of(shown), &request.policy);
        let written = (&self.written, &newest(undecided));
        self.asked = self.findings.ask(&shown, is_new, written, wishes, most, policy);
    }

    /// The best supported of the findings of a statement that was turned down: the one seen in most
    /// sessions, then the newest. To keep all of these findings would say one thing several times,
    /// and what lines of the memory rest on is `said` by them.
    fn best_of(&self, findings: &[Digest], said: &Set<&Digest>, policy: &Policy) -> Option<Digest> {
        let holds = |id: &&Digest| !self.findings.is_given_up(id, policy);
        let new = findings.iter().filter(|id| !said.contains(id)).filter(holds);
        let open = new.filter_map(|id| Some((self.open.get(id)?, id)));
        let best = open.max_by_key(|(change, id)| (change.support.sessions, change.last_seen, *id));
        best.map(|(_, id)| id.clone())
    }

    /// Which of the findings `alone`, which no written statement covers, are proposed as they are:
    /// as many as fit in the words that the written statements leave of `most`, what the answered
    /// calls were given, and a little more; those of most sessions first, then the newest.
    fn within(&self, most: usize, mut alone: Vec<Digest>, told: &ModelAnswers) -> Set<Digest> {
        // The words of single lines written anew are not counted.
        let is_new = |row: &&Distilled| {
            !self.old.is_empty() || row.replaces.is_none() && row.instead_of.is_empty()
        };
        let new = told.distilled.iter().filter(is_new);
        let written: usize = new.map(|row| word_count(&row.text)).sum();
        let mut room = (most + most / MORE).saturating_sub(written);
        let rank = |id: &Digest| {
            let change = self.open.get(id);
            Reverse(change.map(|change| (change.support.sessions, change.last_seen)))
        };
        sort::by_key(&mut alone, |id| (rank(id), id.clone()));
        alone.dedup();
        alone.retain(|id| {
            let text = self.open.get(id).and_then(|change| change.text.as_deref());
            let left = text.and_then(|text| room.checked_sub(word_count(text)));
            room = left.unwrap_or(room);
            left.is_some()
        });
        Set::of(alone)
    }
}
