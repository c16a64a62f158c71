//! Builds the calls that ask a model to write statements from findings.

use dreaming_records::policy::{self, Policy};
use dreaming_records::time::Time;
use dreaming_records::trust::{Provenance, Trust};
use dreaming_text as text;

use crate::masks;
use crate::propose::{Known, fenced};

use super::Asked;
use super::alike::together;
use super::findings::Finding;

/// The instructions, the same in all calls. When their meaning changes, they get a folder with a
/// new number.
const SYSTEM: &str = include_str!("../../prompts/distil-1/system.txt");

/// JSON schema of the answer, using only what hosted and local models enforce.
pub(super) const SCHEMA: &str = include_str!("../../prompts/distil-1/schema.json");

/// Most places of a finding that are shown. Chosen by us: enough for a failure, its cure, and a few
/// words about them.
const PLACES: usize = 6;

/// Longest quote that is shown, in bytes. Chosen by us: enough to recognise a message.
const QUOTE: usize = 200;

/// A prompt may be `CHUNKS` times as long as one about a session. Chosen by us: the findings of a
/// month of sessions then fit into one call, and two calls would say the same thing twice.
const CHUNKS: usize = 2;

/// An answer may have `TOKENS` times the tokens of one about a part of a session. Chosen by us:
/// that is room for some forty statements.
const TOKENS: u64 = 2;

/// Builds at most `most` calls of at most twice `propose.chunk-bytes`. Each holds findings that
/// resemble each other, in order of time. `known` gives what the memory says about a topic.
pub(super) fn ask(
    findings: Vec<&Finding>,
    (instructions, known): (&str, impl Fn(&str) -> Vec<Known>),
    most: usize,
    policy: &Policy,
) -> Vec<Asked> {
    let all = findings.len();
    let max = policy.size(&policy::CHUNK_BYTES).saturating_mul(CHUNKS);
    let parts = together(findings, |f| shown(0, f, policy).len(), max);
    let of = |part: Vec<&Finding>| call(&part, all, instructions, &known, policy);
    parts.into_iter().take(most).map(of).collect()
}

fn call(
    part: &[&Finding],
    all: usize,
    instructions: &str,
    known: &impl Fn(&str) -> Vec<Known>,
    policy: &Policy,
) -> Asked {
    let line = |text: &str| masks::line(text, policy);
    let topic: Vec<&str> = part.iter().map(|finding| finding.text.as_str()).collect();
    let known = known(&topic.join("\n"));
    let mut body = String::new();
    if !known.is_empty() {
        body += "Memory\n";
    }
    for (n, known) in (1u64..).zip(&known) {
        let words: Vec<&String> = known.headings.iter().chain(Some(&known.text)).collect();
        let words: Vec<String> = words.into_iter().map(|words| line(words)).collect();
        body += &format!("{n}. {}\n", words.join(" > "));
    }
    for (n, finding) in (1usize..).zip(part) {
        body += &shown(n, finding, policy);
    }
    let mut wishes = String::new();
    if !instructions.is_empty() {
        wishes = format!("Instructions of the person who runs this:\n{instructions}\n\n");
    }
    let words = policy.size(&policy::DISTIL_WORDS) * part.len() / all.max(1);
    // The check turns down a longer statement whole, so the model has to know the limit.
    let longest = policy.size(&policy::STATEMENT_BYTES);
    wishes += &format!(
        "Together at most {} words, and at most {longest} characters in one statement.\n\n",
        words.max(1)
    );
    let tokens = policy.number(&policy::ANSWER_TOKENS).saturating_mul(TOKENS);
    let call = fenced(&[], &wishes, &body, SYSTEM, SCHEMA, tokens);
    Asked {
        call,
        findings: part.iter().map(|finding| finding.id.clone()).collect(),
        known: known.into_iter().map(|known| known.entry).collect(),
    }
}

/// A finding as the prompt shows it.
fn shown(n: usize, finding: &Finding, policy: &Policy) -> String {
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
    let mut shown = format!("Finding {n} ({when}{} {of}{whose})\n", finding.sessions);
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
