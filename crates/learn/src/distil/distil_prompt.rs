//! Builds the calls that ask a model to write statements from findings.

use dreaming_records::ids::{Digest, EntryId};
use dreaming_records::policy::{self, Policy};
use dreaming_records::time::Time;
use dreaming_records::trust::{Provenance, Trust};
use dreaming_text::{self as text, Groups, Set, unicode};

use crate::masks;
use crate::propose::{below_headings, fenced};

use super::Asked;
use super::alike::together;
use super::findings::Finding;
use super::memory_lines::Line;

/// The instructions, the same in all calls. When their meaning changes, they get a folder with a
/// new number.
const SYSTEM: &str = include_str!("../../prompts/distil-3/system.txt");

/// JSON schema of the answer, using only what hosted and local models enforce.
pub(super) const SCHEMA: &str = include_str!("../../prompts/distil-3/schema.json");

/// Most places of a finding that are shown. Chosen by us: enough for a failure, its cure, and a few
/// words about them.
const PLACES: usize = 6;

/// Longest quote that is shown, in bytes. Chosen by us: enough to recognise a message.
const QUOTE: usize = 200;

/// A prompt may be `CHUNKS` times as long as one about a session. Chosen by us: the findings of a
/// month of sessions then fit into one call, and two calls would say the same thing twice.
const CHUNKS: usize = 2;

/// Statements may have one word for `WORDS` words of the findings that they are written from, or the room of few findings
/// ([`FEW`]), as far as `distil.words` goes. Of one dream over all past sessions of
/// four projects the statements had a word for 7 to 12 words of findings, and spared later sessions
/// what plain notes of twice their length spared (docs/evaluation.md): several dreams then leave
/// together what one would.
const WORDS: usize = 8;

/// What nobody but a person said has one word for `SAID` words. Sessions about a person's own matters
/// hold little else, and each fact of them is told once: with one word for eight, statements of six
/// dialogues answered three fifths of what plain notes answered, with one for three five sixths, and
/// with [`MATTERS`] as much, in half of their words (docs/evaluation.md). Of findings about code it is
/// a twentieth.
const SAID: usize = 3;

/// The room of few findings, in words: one word for [`SAID`] of theirs, between these. Dreams over one to three weeks of
/// chats filled their 92 to 202 words, and left rules and cures for want of more; with up to 250 the memories of three
/// worlds answered 218.5 instead of 210 of 241 (docs/evaluation.md).
const FEW: [usize; 2] = [100, 250];

/// Said when lines of the memory are shown that models wrote from findings.
const GROWS: &str = "Some lines of `Memory` stand on findings that are not shown again. Where a new finding shows the same thing as a line once more, or a further form of it, write the line anew with both and give its number in `replaces`: the new statement then also stands on what the line stood on.\n\n";

/// Said when lines of the memory are shown that no dream wrote, or that findings are about. Sessions see the lines that
/// are on their topic, and seldom say that one of them does not hold: of 201 findings beside a real memory of 2,500
/// words three did, where who read them all changed 17 lines. The answer begins with these lines: of the real
/// memory that was met last, models that were asked for them among all other statements mended 2 and 2 lines, models whose
/// answer has a place for them first 3 and 3 (docs/evaluation.md).
const LINES: &str = "First `lines`. Later sessions believe every line of `Memory`, so say which hold no more.
- Go through them one after the other, also those of code, tables, lists and lines that lead in a list. For each, ask of all findings, of their words and of their quotes: is the line wrong by now, or does it mislead? Write each such line into `lines`.
- Wrong is a value, name, path, number, command, order or owner that is another one by now; what was renamed, moved, removed, replaced or given up; what is called open, current, next or in progress and is over.
- Misleading is a list or count that was whole and lacks what there is by now (a folder in a tree, a name in brackets, a step, a check); a rule whose exception a session ran into; a condition that changed. A finding need not speak of the line: a path in a call, or a name in a quote, may show what its list lacks.
- A finding marked `about line 3` says something newer of that line: write each of these lines, each value as the latest of all findings gives it, whatever they are marked. When that comes to what the line says already, write it as it stands.
- A single try, a wish that came to nothing, and what was taken back change no line. A line that holds stays as it is, however much could be added to it: a few words on what something is for need not say all. In doubt it stays.
- Write the line anew, once, and whole: everything in it that still holds, in its own words, and what changed; no story, no date, and as short as it was. It keeps its form, without the headings above it: a row of a table all its bars, a line of code nothing but code between its marks, a line that leads in its colon. When what it says has ended, say that in a few words.
- `line`: its number. `findings`: all that show it: names, values and commands that are new in the line must stand in these, as they are written there. The words of `lines` are not counted, and no statement says them again.

";

/// Said when a line of the memory is a step of a numbered list. People added steps to such lists in five of the eight memories
/// of the data that have a history; behind the list a step is lost, all four graders of two memories said
/// (docs/evaluation.md).
const STEPS: &str = "Lines of `Memory` with `(step 3)` before them are steps of a numbered list. What has to be done between two of them, or after the last, is a step, too: write it as a statement of its own, as short as the steps beside it, with `(step 4)` before its text, the number that it gets, and in `after` the step before it; the later steps count on by themselves. A remark about steps is none.\n\n";

/// Said when most of what is shown is what a person told: the shares of the instructions were chosen
/// on sessions about code.
const MATTERS: &str = "Most of these findings are what a person told of their own matters, so the shares above do not hold, and days and short facts count. Nearly all words go to what later answers have to fit: how the person wants to be answered, what they prefer and rule out, who is who, what is planned, chosen, paid, changed and due, with its newest value, the one before it where the change matters, and its day. What belongs to one matter or one person stands in one statement.\n\n";

/// From here on letters are of other scripts than Latin, with two or three bytes each.
const LATIN_ENDS: char = '\u{370}';

/// An answer may have `TOKENS` times the tokens of one about a part of a session. Chosen by us:
/// that is room for some forty statements.
const TOKENS: u64 = 2;

/// Builds at most `most` calls with findings of at most twice `propose.chunk-bytes`, and what the
/// memory says. Each holds findings that resemble each other, in order of time. `known` gives what
/// the memory says about a topic.
pub(super) fn ask(
    findings: Vec<&Finding>,
    (instructions, known): (&str, impl Fn(&[&Finding]) -> Vec<Line>),
    about: &[(Digest, EntryId)],
    most: usize,
    policy: &Policy,
) -> Vec<Asked> {
    let bytes = |finding: &Finding| shown(0, finding, &[], policy).len();
    let all = findings.len();
    let max = policy.size(&policy::CHUNK_BYTES).saturating_mul(CHUNKS);
    let of = |part: Vec<&Finding>| call(&part, all, (instructions, &known), about, policy);
    together(findings, bytes, max).into_iter().take(most).map(of).collect()
}

/// The call about a part of the findings. `all`: how many findings all parts hold.
fn call(
    part: &[&Finding],
    all: usize,
    (instructions, known): (&str, &impl Fn(&[&Finding]) -> Vec<Line>),
    about: &[(Digest, EntryId)],
    policy: &Policy,
) -> Asked {
    let line = |text: &str| masks::line(text, policy);
    let known = known(part);
    let mut body = String::new();
    if !known.is_empty() {
        body += "Memory\n";
    }
    let lines: Vec<_> = known.iter().map(|line| (&*line.headings, line.shown())).collect();
    body += &below_headings(lines.iter().map(|(headings, text)| (*headings, &**text)), line);
    // The numbers of the lines that findings are about.
    let numbers = (1u64..).zip(&known).filter_map(|(n, line)| Some((line.entry.as_ref()?, n)));
    let numbers = Groups::of(numbers);
    let lines = about.iter().flat_map(|(id, entry)| numbers.get(&entry).map(move |n| (id, *n)));
    let lines = Groups::of(Set::of(lines));
    let lines_of = |finding: &Finding| -> Vec<u64> { lines.get(&&finding.id).copied().collect() };
    let mut corrects = false;
    for (n, finding) in (1usize..).zip(part) {
        let lines = lines_of(finding);
        corrects |= !lines.is_empty();
        body += &shown(n, finding, &lines, policy);
    }
    let mut notes = String::new();
    if !instructions.is_empty() {
        notes = format!("Instructions of the person who runs this:\n{instructions}\n\n");
    }
    let grows = known.iter().any(|line| line.basis().next().is_some());
    if grows {
        notes += GROWS;
    }
    let others = known.iter().any(|line| line.entry.is_some() && line.first_words().is_some());
    let asks_for_lines = others || corrects;
    if asks_for_lines {
        notes += LINES;
    }
    if known.iter().any(|line| line.step.is_some()) {
        notes += STEPS;
    }
    let [said, found] = lengths(part.iter().copied());
    if said > found {
        notes += MATTERS;
    }
    let beside = match (grows, asks_for_lines) {
        (true, _) => ", beside those of lines that they replace",
        (false, true) => ", beside `lines`",
        (false, false) => "",
    };
    let free = part.iter().filter(|finding| lines_of(finding).is_empty());
    let words = words(free.copied(), (part.len(), all), policy);
    // The check turns down a longer statement whole, so the model has to know the limit. It is in bytes.
    let longest = policy.size(&policy::STATEMENT_BYTES);
    let texts =
        part.iter().map(|finding| &*finding.text).chain(known.iter().map(|line| &*line.text));
    let texts: Vec<&str> = texts.collect();
    let of_letters = match texts.iter().any(|text| text.contains(unicode::is_cjk)) {
        true => " (of a script without spaces two letters count as one)",
        false => "",
    };
    let bytes = texts
        .iter()
        .flat_map(|text| text.chars())
        .filter(|c| *c >= LATIN_ENDS && unicode::is_letter(*c));
    let longest = match bytes.map(char::len_utf8).max() {
        Some(bytes) => format!("{longest} characters ({} outside Latin script)", longest / bytes),
        None => format!("{longest} characters"),
    };
    notes += &format!(
        "Together at most {words} words{of_letters}{beside}, and at most {longest} in one statement.\n\n",
    );
    let tokens = policy.number(&policy::ANSWER_TOKENS).saturating_mul(TOKENS);
    let call = fenced(&[], &notes, &body, SYSTEM, SCHEMA, tokens);
    Asked { call, findings: part.iter().map(|finding| finding.id.clone()).collect(), words, known }
}

/// How many words the statements from findings may have that are about no line of the memory. `part`: how many findings
/// the call shows, of `all`.
fn words<'f>(
    free: impl Iterator<Item = &'f Finding>,
    (part, all): (usize, usize),
    policy: &Policy,
) -> usize {
    let [said, found] = lengths(free);
    let room = said / SAID + found / WORDS;
    let most = policy.size(&policy::DISTIL_WORDS) * part / all.max(1);
    let [least, full] = FEW;
    most.min(room.max(((said + found) / SAID).clamp(least, full))).max(1)
}

/// The words of the findings that are a person's own matters, and of the others.
fn lengths<'f>(findings: impl Iterator<Item = &'f Finding>) -> [usize; 2] {
    let (said, found): (Vec<&Finding>, Vec<&Finding>) = findings.partition(|finding| finding.told);
    [said, found]
        .map(|findings| findings.iter().map(|finding| unicode::word_count(&finding.text)).sum())
}

/// A finding as the prompt shows it; `lines`: the numbers of the lines that it is about.
pub(super) fn shown(n: usize, finding: &Finding, lines: &[u64], policy: &Policy) -> String {
    let line = |text: &str| masks::line(text, policy);
    let [first, last] = finding.times.map(|time| time.map(minute));
    let when = match (first, last) {
        (Some(first), Some(last)) if first != last => format!("{first} to {last}, "),
        (Some(time), _) | (None, Some(time)) => format!("{time}, "),
        (None, None) => String::new(),
    };
    let of = if finding.sessions == 1 { "session" } else { "sessions" };
    let kind = finding.kind.map_or("counted", |kind| kind.word());
    let whose = if finding.trust == Trust::External { ", from outside" } else { "" };
    let about: String = lines.iter().map(|n| format!(", about line {n}")).collect();
    let mut shown = format!("Finding {n} ({when}{} {of}{whose}{about})\n", finding.sessions);
    shown += &format!("{kind}: {}\n", line(&finding.text));
    for place in finding.evidence.iter().take(PLACES) {
        let who = who(place.provenance, finding.failed());
        shown += &format!("- {who}: {}\n", text::cut(&line(&place.quote), QUOTE));
    }
    shown
}

/// A time as day and minute.
fn minute(time: Time) -> String {
    text::cut(&time.to_string(), "2026-02-20T10:00".len()).replace('T', " ")
}

/// The name of the speaker, as the prompt shows it.
fn who(provenance: Provenance, failed: bool) -> &'static str {
    match provenance {
        Provenance::User => "person",
        Provenance::Agent => "agent",
        Provenance::ToolUse => "call",
        Provenance::ToolResult if failed => "failed",
        Provenance::ToolResult => "result",
        _ => "outside",
    }
}
