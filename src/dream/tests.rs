//! Counts the work of dreams: a dream computes nothing twice from the same inputs, and nothing when
//! it is only polled.

pub(super) mod counted;

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::*;
use dreaming_records::ledger::LedgerRow;
use dreaming_records::memory::Memory;
use dreaming_records::policy::{self, Policy};
use dreaming_records::revision::{Decision, Selection};
use dreaming_records::session::Part;
use dreaming_records::time::Time;
use dreaming_testing::Transcript;
use serde_json::{Value, json};

/// The output of a tool in each session, and the statement that a model writes from that output.
const PRINTED: &str = "rules: strict";
const WRITTEN: &str = "The team keeps it, whatever the colour of the day is.";

const COLOURS: [&str; 3] = ["grey", "red", "blue"];

fn store(word: &str) -> Snapshot {
    let mut store = Snapshot::new(word);
    let text = "- Images above 2 MB are rejected by the upload service.\n\
                - Images above 5 MB are turned down by the upload service.\n";
    store.add_memory(Memory::new("notes.md", text, None).unwrap()).unwrap();
    store
}

fn transcript(number: usize) -> Vec<u8> {
    let start = format!("2026-03-0{}T09:00:00Z", number + 1);
    let mut transcript = Transcript::new(&format!("session-{number}"), &start);
    transcript.user("Please look at the failing build.");
    transcript.agent(&format!("It is the {} day.", COLOURS[number]));
    transcript.shell("cat .lintrc.yml", PRINTED);
    transcript.bytes()
}

/// A request with a budget of calls for each of three questions: about sessions, about pairs, and
/// to write from all findings.
fn request(word: &str, calls: [u64; 3]) -> Request {
    let mut policy = Policy::default();
    let names = ["propose.max-calls", "compare.max-calls", "distil.max-calls"];
    for (name, calls) in names.into_iter().zip(calls) {
        policy.set(name, policy::SettingValue::Integer(calls)).unwrap();
    }
    let session = |number: usize| Session {
        id: SessionId::new(format!("{word}-{number}")),
        agent: None,
        principal: None,
        parts: vec![Part { name: "main".into(), bytes: 0 }],
    };
    let now = Time::parse("2026-03-20T00:00:00Z").unwrap();
    let sessions = (0..COLOURS.len()).map(session).collect();
    Request { policy, instructions: String::new(), now, sessions, similarities: Vec::new() }
}

/// A proposal that quotes the tool's output.
fn proposal(call: &ModelCall) -> Value {
    let is_shown = |colour: &&&str| call.prompt.contains(&format!(" {colour} "));
    let colour = COLOURS.iter().find(is_shown).unwrap();
    let mut lines = call.prompt.lines().rev().skip_while(|line| *line != PRINTED);
    let event: Option<u64> =
        lines.find_map(|line| line.strip_prefix('[')?.split_once(']')?.0.parse().ok());
    let evidence = [json!({"event": event, "to": null, "quote": PRINTED})];
    let text = format!("On the {colour} day the team keeps it.");
    json!({"summary": "", "proposals": [{"kind": "fact", "text": text, "evidence": evidence}]})
}

fn feed(dream: &mut Dream, needs: &[SessionNeed]) {
    for need in needs {
        let number = need.session.as_str().bytes().last().unwrap() - b'0';
        dream.feed(&need.session, "main", &transcript(number.into()), true).unwrap();
    }
}

fn answer(call: &ModelCall) -> Answer {
    let said = if call.schema.contains("\"findings\"") {
        let finding = |line: &str| line.strip_prefix("Finding ")?.split(' ').next()?.parse().ok();
        let findings: Vec<u64> = call.prompt.lines().filter_map(finding).collect();
        json!({"statements": [{"kind": "fact", "text": WRITTEN, "findings": findings, "replaces": null}]})
    } else if call.schema.contains("\"answers\"") {
        json!({"answers": [{"pair": 1, "is": "updates", "lost": null}]})
    } else {
        proposal(call)
    };
    Answer::Text { text: said.to_string() }
}

/// What a dream asked its host for, the work that it did, and its outcome.
#[derive(Debug)]
struct Dreamt {
    asked: Vec<&'static str>,
    worked: Vec<&'static str>,
    outcome: Outcome,
}

/// The work that was done for a word, without its first `from` pieces. Asserts that no two pieces
/// have equal inputs.
fn worked(word: &str, from: usize) -> Vec<&'static str> {
    let worked = counted::of(word).split_off(from);
    let distinct: BTreeSet<_> = worked.iter().collect();
    let names: Vec<&str> = worked.iter().map(|(name, _)| *name).collect();
    assert_eq!(distinct.len(), worked.len(), "something was worked out twice: {names:?}");
    names
}

/// Runs a dream to its end. With `restores`, it is restored whenever calls were answered. Asserts
/// that no poll does any work.
fn dream(word: &str, calls: [u64; 3], restores: bool) -> Dreamt {
    let store = store(word);
    let (mut asked, mut from) = (Vec::new(), counted::of(word).len());
    let mut dream = Dream::start(request(word, calls), &store).unwrap();
    loop {
        let before = counted::of(word).len();
        let need = dream.poll().unwrap();
        assert_eq!(dream.poll().unwrap(), need);
        assert_eq!(counted::of(word).len(), before, "a poll worked, after {asked:?}");
        // The dream is not restored while sessions are read: it would then read them again.
        let restores = restores && matches!(need, Need::Calls(_));
        match need {
            Need::Done(outcome) => {
                return Dreamt { asked, worked: worked(word, from), outcome: *outcome };
            }
            Need::Sessions(needs) => {
                asked.push("sessions");
                feed(&mut dream, &needs);
            }
            Need::Calls(calls) => {
                asked.push(match &calls[0].schema {
                    schema if schema.contains("\"findings\"") => "distil",
                    schema if schema.contains("\"answers\"") => "pairs",
                    _ => "calls",
                });
                for call in calls {
                    dream.answer(&call.id, answer(&call)).unwrap();
                }
            }
        }
        if restores {
            let checkpoint = dream.checkpoint().unwrap();
            // A restored dream has only these bytes, and computes everything again.
            worked(word, from);
            from = counted::of(word).len();
            dream = Dream::restore(&checkpoint, &store).unwrap();
        }
    }
}

#[test]
fn a_dream_works_out_each_thing_once() {
    let without = dream("once-without", [0, 0, 0], false);
    assert_eq!(without.asked, ["sessions"]);
    assert_eq!(without.worked, ["read", "mine", "draft", "settle"]);
    // No finding waits to be written about.
    let none = dream("once-none", [9, 0, 0], false);
    assert_eq!(none.asked, ["sessions", "calls"]);
    assert_eq!(none.worked, ["read", "mine", "draft", "settle"]);
    // The model is shown the changes that would be proposed if it wrote nothing. After its answer
    // the sessions are not mined again.
    let all = dream("once-all", [9, 9, 9], false);
    assert_eq!(all.asked, ["sessions", "calls", "pairs", "distil"]);
    assert_eq!(all.worked, ["read", "mine", "draft", "settle", "draft", "settle"]);
    let texts: Vec<_> = all.outcome.plan.changes.iter().filter_map(|c| c.text.as_deref()).collect();
    assert!(texts.contains(&WRITTEN), "{texts:?}");
}

#[test]
fn a_dream_that_is_restored_works_out_each_thing_once_and_comes_to_the_same() {
    for calls in [[0, 0, 0], [9, 0, 9], [9, 9, 9]] {
        let (whole, restored) = (dream("whole", calls, false), dream("whole", calls, true));
        assert_eq!(whole.outcome, restored.outcome);
        assert_eq!(whole.asked, restored.asked);
    }
}

/// A finding of 78 words.
fn lengthy(colour: &str) -> String {
    let begins = "The team keeps it that way. ".repeat(12);
    format!("{} It is the {colour} one.", begins.trim_ascii())
}

/// Proposes a lengthy finding for each session. Writes a statement for each finding that no finding
/// supports, so each is turned down.
fn unsupported(call: &ModelCall) -> Answer {
    let said = if call.schema.contains("\"findings\"") {
        let statement = |n: usize| {
            let text = format!("Port 999{n} is kept.");
            json!({"kind": "fact", "text": text, "findings": [n], "replaces": null})
        };
        let all = 1..=call.prompt.matches("\nFinding ").count();
        json!({"statements": all.map(statement).collect::<Vec<_>>()})
    } else {
        let mut said = proposal(call);
        let colour = COLOURS.iter().find(|colour| call.prompt.contains(&format!(" {colour} ")));
        said["proposals"][0]["text"] = lengthy(colour.unwrap()).into();
        said
    };
    Answer::Text { text: said.to_string() }
}

/// Runs a dream to its end with a model.
fn play(request: Request, store: &Snapshot, model: &dyn Fn(&ModelCall) -> Answer) -> Outcome {
    let mut dream = Dream::start(request, store).unwrap();
    loop {
        match dream.poll().unwrap() {
            Need::Sessions(needs) => feed(&mut dream, &needs),
            Need::Calls(calls) => {
                for call in calls {
                    dream.answer(&call.id, model(&call)).unwrap();
                }
            }
            Need::Done(outcome) => return *outcome,
        }
    }
}

#[test]
fn findings_whose_statements_fall_take_no_more_words_than_these_were_given() {
    let outcome = play(request("room", [9, 0, 9]), &store("room"), &unsupported);
    let texts: Vec<_> = outcome.plan.changes.iter().filter_map(|c| c.text.clone()).collect();
    // A call about so little may write 100 words.
    let alone = COLOURS.iter().filter(|colour| texts.contains(&lengthy(colour))).count();
    assert_eq!((COLOURS.len(), alone), (3, 1), "{texts:?}");
}

#[test]
fn a_finding_that_was_looked_at_is_not_shown_again_with_one_that_begins_alike() {
    let shown = RefCell::new(Vec::new());
    let model = |call: &ModelCall| {
        if call.schema.contains("\"findings\"") && !call.prompt.contains("\nTurned down 1") {
            shown.borrow_mut().push(call.prompt.matches("Finding ").count());
        }
        unsupported(call)
    };
    let mut store = store("alike");
    for (number, colour) in COLOURS.into_iter().enumerate().take(2) {
        let mut request = request("alike", [9, 0, 9]);
        request.sessions = vec![request.sessions[number].clone()];
        let now = request.now;
        let outcome = play(request, &store, &model);
        let texts: Vec<_> = outcome.plan.changes.iter().filter_map(|c| c.text.clone()).collect();
        assert!(texts.contains(&lengthy(colour)), "{texts:?}");
        let (reviewer, note) = ("mira".into(), String::new());
        let decision = Decision {
            accept: Selection::Auto,
            reject: Vec::new(),
            edits: Vec::new(),
            reviewer,
            note,
            now,
        };
        let revision = crate::apply(&store, &outcome.plan, &decision).unwrap();
        for row in revision.ledger {
            let Some(bytes) = row.value else { continue };
            store.add_record(&LedgerRow { key: row.key, value: bytes }).unwrap();
        }
        store.set_head(&revision.bytes).unwrap();
    }
    assert_eq!(*shown.borrow(), [1, 1]);
    // The results of the question mark proposals in their sessions, so the sessions are mined
    // again, but only then.
    let each = ["read", "mine", "draft", "settle", "mine", "draft", "settle"];
    assert_eq!(worked("alike", 0), each.repeat(2));
}
