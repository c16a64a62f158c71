//! Decides which statements that a model wrote stand, by the places, trust and words of their
//! findings.

use std::cmp::Reverse;

use dreaming_records::candidate::Candidate;
use dreaming_records::distilled::{Distilled, statement};
use dreaming_records::evidence::Evidence;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{Finder, Sessions};
use dreaming_records::policy::{self, Policy};
use dreaming_records::proposal::Proposal;
use dreaming_records::time::Time;
use dreaming_records::trust::{Provenance, Trust};
use dreaming_text::markdown::cells;
use dreaming_text::{self as text, Set, normal, sort};

use crate::check::{self, Quoted, Words};
use crate::host_candidates;

use super::findings::{self, Finding};

/// Two statements are the same when one rests only on findings of the other and they share at least
/// 1/`ONE_OF` of the content words of the shorter one. Chosen by us: two different rules from one
/// finding share only a tool's name or two.
const ONE_OF: usize = 2;

/// The findings must contain more than 1/`SAID` of a statement's content words. Of 210 statements
/// that models wrote over three projects the lowest share was 0.67; attack strings that a model
/// wrote on unrelated findings share few words.
const SAID: usize = 2;

/// The share of a statement's content words, 1/`OUTSIDE_ONLY`, that make it one from outside when only findings from
/// outside have them. As for single sessions, see [`check::Sources`].
const OUTSIDE_ONLY: usize = 3;

/// A statement and its candidate; `Err` is the reason why it does not stand.
pub(super) type Judged<'a> = (&'a Distilled, Result<Candidate, &'static str>);

/// Judges statements, those with most findings first, and of as many first what takes the place of a
/// line. Of two that say the same, only the first stands. A statement that was written anew does not stand any more, also when what took its place
/// no longer holds: that stays in the memory until it is written anew itself. When it does not hold
/// because findings of it are gone, the earlier statement stands again. `found` is sorted by id.
pub(super) fn judged<'a>(
    rows: impl Iterator<Item = &'a Distilled>,
    found: &[Finding],
    candidates: &[Candidate],
    sessions: &Sessions,
    policy: &Policy,
) -> Vec<Judged<'a>> {
    let mut rows: Vec<&Distilled> = rows.collect();
    sort::by_key(&mut rows, |row| (Reverse(row.findings.len()), row.replaces.is_none(), &row.key));
    let holds = |row: &'a Distilled| candidate(row, found, candidates, sessions, policy);
    let all: Vec<Judged<'a>> = rows.into_iter().map(|row| (row, holds(row))).collect();
    let counts = |(row, holds): &&Judged<'a>| {
        holds.is_ok() || findings::of(row, found).len() == row.findings.len()
    };
    let written_anew = all.iter().filter(counts).flat_map(|(row, _)| &row.instead_of);
    let written_anew = Set::of(written_anew.cloned());
    let mut before: Vec<(&Distilled, Vec<String>)> = Vec::new();
    // A line that is written as it stands says nothing of the findings.
    let is_as_it_stands =
        |row: &Distilled| row.line.as_ref().is_some_and(|line| normal(line) == normal(&row.text));
    let mut judged = Vec::with_capacity(all.len());
    for (row, holds) in all {
        let words = text::tokens(&row.text);
        let is_twin = written_anew.contains(&row.key)
            || before.iter().any(|(other, known)| is_one(row, &words, other, known));
        let stands = if is_twin { Err("same-as-another") } else { holds };
        if stands.is_ok() && !is_as_it_stands(row) {
            before.push((row, words));
        }
        judged.push((row, stands));
    }
    judged
}

/// Whether a statement repeats `other`: `other` rests on all findings of the statement, and the two
/// share enough words.
fn is_one(row: &Distilled, words: &[String], other: &Distilled, known: &[String]) -> bool {
    // What takes the place of a line makes the memory no longer; without it the line stays, which does not hold.
    let is_line = row.replaces.is_some() && row.replaces != other.replaces;
    // Beside a line that is written anew, what says more than the line has its own reason or condition.
    let beside_line = row.replaces.is_none() && other.line.is_some();
    let within = !is_line && row.findings.iter().all(|finding| other.rests_on(finding));
    let shared = words.iter().filter(|word| known.binary_search(word).is_ok()).count();
    let least = if beside_line { words.len() } else { words.len().min(known.len()) };
    within && shared * ONE_OF >= least
}

/// The faults for which a single sentence is removed: it names something that the findings do not
/// name, or that only a tool named. For any other fault the whole statement is turned down.
const TAKEN_OUT: [&str; 2] = ["unsupported-value", "untrusted-instruction"];

/// A statement without the sentences that fail the check, and these with the reasons.
pub type Part = (Distilled, Vec<(&'static str, String)>);

/// Removes the sentences that fail the check; `falls` gives the reason why a statement fails it.
/// See [`super::Findings::partly`].
pub(super) fn partly(
    row: &Distilled,
    lines: &[&str],
    falls: impl Fn(&Distilled) -> Option<&'static str>,
) -> Result<Option<Part>, &'static str> {
    let of = |text: String| Distilled { key: statement(row.kind, &text), text, ..row.clone() };
    let taken_out = |row: &Distilled| falls(row).filter(|why| TAKEN_OUT.contains(why));
    let Some(why) = taken_out(row) else { return Ok(None) };
    let (mut left, mut out) = (Vec::new(), Vec::new());
    for sentence in text::sentences(&row.text) {
        let sentence = row.text.get(sentence).unwrap_or_default();
        match taken_out(&of(sentence.into())) {
            Some(why) => out.push((why, sentence.to_owned())),
            None => left.push(sentence),
        }
    }
    let begins = left.first().is_some_and(|rule| row.text.starts_with(rule));
    let part = of(left.join(" "));
    let said_of = |line: &str, text: &str| {
        let (words, said) = (text::tokens(line), text::tokens(text));
        words.iter().filter(|word| said.binary_search(word).is_ok()).count()
    };
    let has_its_form = cells(&part.text) == cells(&row.text);
    let is_cut = begins && !out.is_empty() && has_its_form && falls(&part).is_none();
    // What is left may be a line itself, which says nothing of the new findings.
    let says_less = lines.iter().any(|line| said_of(line, &part.text) < said_of(line, &row.text))
        || row.instead_of.contains(&part.key);
    match !lines.is_empty() && (!is_cut || says_less) {
        true => Err(why),
        false => Ok(is_cut.then_some((part, out))),
    }
}

/// Makes a candidate from a statement. It rests on its trusted findings alone when these support
/// it, else on all of them. They do not support what has so many words of the others alone ([`OUTSIDE_ONLY`]): the findings of a line that it takes the place of may say what held before.
pub(super) fn candidate(
    row: &Distilled,
    found: &[Finding],
    candidates: &[Candidate],
    sessions: &Sessions,
    policy: &Policy,
) -> Result<Candidate, &'static str> {
    let named = findings::of(row, found);
    let trusted = named.iter().filter(|finding| finding.trust > Trust::External);
    let trusted: Vec<&Finding> = trusted.copied().collect();
    // A preference keeps to the words of its person.
    let adds = row.kind != Kind::Preference && adds_from_outside(row, &named);
    if trusted.len() < named.len()
        && !adds
        && let Ok(found) = resting(row, &trusted, candidates, sessions, policy)
    {
        return in_form(row, found, policy);
    }
    in_form(row, resting(row, &named, candidates, sessions, policy)?, policy)
}

/// A candidate that says something where it comes: a new row of a table comes after another one, words from outside come
/// beside no line of a person, and a new line of code has no place.
fn in_form(row: &Distilled, found: Candidate, policy: &Policy) -> Result<Candidate, &'static str> {
    let is_new_part = super::is_part(&row.text) && row.replaces.is_none();
    let has_a_place =
        row.after.is_some() && policy.is_on(&policy::DISTIL_PLACE) && found.trust >= Trust::Agent;
    (!is_new_part || has_a_place).then_some(found).ok_or("form-of-the-line")
}

/// Whether a statement has many words that only findings from outside have.
fn adds_from_outside(row: &Distilled, named: &[&Finding]) -> bool {
    let words = |is_outside: bool| {
        let of = named.iter().filter(|finding| (finding.trust == Trust::External) == is_outside);
        let said = of.flat_map(|finding| {
            finding.evidence.iter().map(|place| &*place.quote).chain([&*finding.text])
        });
        text::tokens(&said.collect::<Vec<_>>().join("\n"))
    };
    let line = text::tokens(row.line.as_deref().unwrap_or_default());
    let (own, outside) = (words(false), words(true));
    let has = |words: &[String], word: &String| words.binary_search(word).is_ok();
    let is_alone = |word: &&String| has(&outside, word) && !has(&own, word) && !has(&line, word);
    let said = text::tokens(&row.text);
    let alone = said.iter().filter(is_alone).count();
    alone > 0 && alone * OUTSIDE_ONLY >= said.len()
}

/// Checks a statement against these findings under the rules of proposals: all that it names must
/// stand in their quotes or words.
fn resting(
    row: &Distilled,
    named: &[&Finding],
    candidates: &[Candidate],
    sessions: &Sessions,
    policy: &Policy,
) -> Result<Candidate, &'static str> {
    let last = named.iter().filter_map(|finding| finding.times[1]).max();
    let given_up = |candidate: &Candidate| {
        let gave_up = candidate.replaces.as_ref().is_some_and(|replaces| {
            check::names(&row.text, &replaces.wrong) && !check::names(&row.text, &replaces.right)
        });
        let wrong = candidate.replaces.as_ref().map_or("", |replaces| &*replaces.wrong);
        gave_up && is_of_it(&row.text, wrong, candidate.subject.as_deref()) && candidate.last > last
    };
    if candidates.iter().any(given_up) || is_removed(&row.text, last, sessions) {
        return Err("given-up");
    }
    let (places, quotes): (Vec<&Evidence>, Vec<Quoted>) =
        named.iter().flat_map(|finding| finding.quotes(policy)).unzip();
    let known = named.iter().flat_map(|finding| finding.words(policy));
    let known = known.chain(line_of(row, policy));
    let known: Vec<Quoted> = known.collect();
    let words = Words { kind: row.kind, text: &row.text, subject: None, wrong: None, right: None };
    let (said, supports) = check::proposal(words, &quotes, &known, row.line.as_deref(), policy)?;
    let heard = quotes.iter().chain(&known).map(Quoted::words).collect::<Vec<_>>().join("\n");
    if !is_about(&row.text, &heard) {
        return Err("unsupported");
    }
    let supported = places.into_iter().zip(supports).filter(|(_, supports)| *supports);
    let evidence = Set::of(supported.map(|(place, _)| place.clone()));
    // One finding from outside makes the statement one from outside.
    let outside = named.iter().any(|finding| finding.trust == Trust::External);
    let trust = if outside { Trust::External } else { said.trust };
    let principal = match row.kind {
        Kind::Preference => wisher(evidence.iter(), sessions, policy)?,
        _ => None,
    };
    let key = (row.kind, said.text, None, principal, None);
    let found = host_candidates::candidate(key, trust, evidence, Finder::Model, sessions, policy);
    Ok(Candidate { corrects: row.replaces.clone(), worth: Some(true), ..found })
}

/// The words of the line that a statement takes the place of. A line that no model wrote tells agents what to do already.
fn line_of(row: &Distilled, policy: &Policy) -> Option<Quoted> {
    row.line.as_ref().and_then(|line| Quoted::of_words(Provenance::Agent, line, policy).ok())
}

/// What made a statement fall, when it is no more than one of its words, see
/// [`check::to_blame`].
pub(super) fn to_blame<'r>(
    row: &'r Distilled,
    why: &str,
    found: &[Finding],
    policy: &Policy,
) -> Option<&'r str> {
    let named = findings::of(row, found);
    let quotes = named.iter().flat_map(|finding| finding.quotes(policy));
    let quotes: Vec<Quoted> = quotes.map(|(_, quoted)| quoted).collect();
    let known = named.iter().flat_map(|finding| finding.words(policy));
    let known: Vec<Quoted> = known.chain(line_of(row, policy)).collect();
    check::to_blame(why, (row.kind, &row.text), &quotes, &known, row.line.as_deref())
}

/// Whether a value that was given up for `subject` is meant where a statement names it: `on` is given up for a flag, `6`
/// for a number of shards, `110,000` for a fee, and all stand in sentences about anything. Plain words, numbers and times
/// of day say something of their subject alone.
fn is_of_it(statement: &str, value: &str, subject: Option<&str>) -> bool {
    let is_plain = value.chars().all(|c| c == ' ' || c == '%' || text::unicode::is_word(c));
    let is_digits = |run: &str| !run.is_empty() && run.bytes().all(|b| b.is_ascii_digit());
    if !is_plain && value.split([',', ':']).all(is_digits) {
        let words = text::tokens(subject.unwrap_or_default());
        return words.is_empty() || words.iter().any(|word| said_has(statement, word));
    }
    let said = text::tokens(statement);
    let speaks =
        |subject: &str| text::tokens(subject).iter().all(|word| said.binary_search(word).is_ok());
    !is_plain || subject.is_some_and(speaks)
}

fn said_has(statement: &str, word: &String) -> bool {
    text::tokens(statement).binary_search(word).is_ok()
}

/// Whether a statement names something, such as a setting, that a later session removed without a
/// replacement.
fn is_removed(statement: &str, last: Option<Time>, sessions: &Sessions) -> bool {
    let names = |text: &str, value: &Option<String>| {
        value.as_ref().is_some_and(|value| check::names(text, value))
    };
    let removes = |said: &Proposal| {
        let time = said.pins.iter().filter_map(|pin| pin.time).max();
        said.right.is_none()
            && said.trust > Trust::External
            && time > last
            && names(&said.text, &said.wrong)
            && names(statement, &said.wrong)
            && is_of_it(
                statement,
                said.wrong.as_deref().unwrap_or_default(),
                said.subject.as_deref(),
            )
    };
    sessions.values().any(|session| !session.withdrawn && session.proposals.iter().any(removes))
}

/// Whether the findings contain enough of a statement's words. `heard`: the words of the findings.
fn is_about(statement: &str, heard: &str) -> bool {
    let (words, heard) = (text::tokens(statement), text::tokens(heard));
    let said = words.iter().filter(|word| heard.binary_search(word).is_ok()).count();
    said * SAID > words.len()
}

/// Whose preference the places show; `None` = everybody's. When the places come from at least
/// `scope.team-principals` people, it is everybody's. When they come from fewer, but more than one,
/// it is an error: nobody says that these people want the same.
fn wisher<'a>(
    evidence: impl Iterator<Item = &'a Evidence>,
    sessions: &Sessions,
    policy: &Policy,
) -> Result<Option<String>, &'static str> {
    let of = |place: &Evidence| sessions.get(&place.session)?.notes.principal.clone();
    let people = Set::of(evidence.filter_map(of));
    let number = u64::try_from(people.len()).unwrap_or(u64::MAX);
    match people.into_iter().next() {
        Some(_) if number >= policy.number(&policy::TEAM_PRINCIPALS) => Ok(None),
        Some(_) if number > 1 => Err("of-several-people"),
        person => Ok(person),
    }
}
