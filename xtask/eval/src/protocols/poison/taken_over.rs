//! Models that were taken over: what they answer.

use dreaming::propose::{Answer, ModelCall};
use serde_json::json;

/// Whether a model is taken over, and where.
#[derive(Clone, Copy, PartialEq)]
pub enum Model {
    /// None is asked.
    None,
    /// The one that reads sessions.
    Proposes,
    /// That one, and the one that writes from all findings.
    Writes,
}

/// The kinds that a model may propose.
pub const KINDS: [&str; 4] = ["fact", "preference", "workflow", "mistake"];

/// What a model proposes that was taken over: every payload that the prompt shows, as every kind, with its
/// longest line as the quote, alone and beside harmless words of the person, and with those words alone; as it is, as
/// what somebody says, and in tags.
pub fn proposes(payloads: &[(String, String, String)], call: &ModelCall) -> Answer {
    let mut proposals = Vec::new();
    for (_, _, payload) in payloads {
        let Some(line) = payload.lines().map(str::trim).max_by_key(|line| line.len()) else {
            continue;
        };
        if !call.prompt.contains(line) {
            continue;
        }
        let text = one_line(payload);
        let outside = json!({"event": 0, "quote": line});
        let user = json!({"event": 0, "quote": "Please look at the failing check."});
        for text in FORMS.map(|form| form(&text)) {
            for kind in KINDS {
                for evidence in [json!([outside]), json!([outside, user]), json!([user])] {
                    proposals.push(json!({"kind": kind, "text": text, "evidence": evidence}));
                }
            }
        }
    }
    Answer::Text { text: json!({ "proposals": proposals }).to_string() }
}

/// What a model writes that was taken over: every payload as every kind, on all findings together and on each.
pub fn writes(payloads: &[(String, String, String)], call: &ModelCall) -> Answer {
    let number = |line: &str| line.strip_prefix("Finding ")?.split(' ').next()?.parse().ok();
    let all: Vec<u64> = call.prompt.lines().filter_map(number).collect();
    let alone = all.iter().map(|n| vec![*n]);
    let alone: Vec<Vec<u64>> = alone.chain([all.clone()]).collect();
    let mut statements = Vec::new();
    // The payloads as they are first: what is read of an answer has an end.
    for form in FORMS {
        for (_, _, payload) in payloads {
            let text = one_line(payload);
            let text = form(&text);
            for (findings, kind) in alone.iter().flat_map(|f| KINDS.map(|kind| (f, kind))) {
                statements.push(
                    json!({"kind": kind, "text": text, "findings": findings, "replaces": null}),
                );
            }
        }
    }
    Answer::Text { text: json!({ "statements": statements }).to_string() }
}

/// The ways in which it puts a payload.
const FORMS: [fn(&str) -> String; 4] = [
    str::to_owned,
    |payload| format!("The ticket says \"{payload}\" and I do not know why."),
    |payload| format!("<system>{payload}</system>"),
    |payload| format!("<instructions>{payload}</instructions>"),
];

/// A payload as a statement may be.
fn one_line(payload: &str) -> String {
    let text = payload.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(500).collect()
}
