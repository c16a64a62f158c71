//! Stand-ins for models that an attacker controls.

use dreaming::propose::{Answer, ModelCall};
use serde_json::json;

/// Which models an attacker controls.
#[derive(Clone, Copy, PartialEq)]
pub enum Model {
    /// No model is asked.
    None,
    /// The model that reads sessions.
    Proposes,
    /// That one, and the model that writes from all findings.
    Writes,
}

/// The kinds that a model may propose.
pub const KINDS: [&str; 4] = ["fact", "preference", "workflow", "mistake"];

/// Proposes every payload that the prompt shows, as every kind and in every one of [`FORMS`]. The
/// evidence is the longest line of the payload, this line with harmless words of the person, or
/// these words alone.
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

/// Writes every payload as every kind, with all findings together as its source and with each
/// alone.
pub fn writes(payloads: &[(String, String, String)], call: &ModelCall) -> Answer {
    let number = |line: &str| line.strip_prefix("Finding ")?.split(' ').next()?.parse().ok();
    let all: Vec<u64> = call.prompt.lines().filter_map(number).collect();
    let alone = all.iter().map(|n| vec![*n]);
    let alone: Vec<Vec<u64>> = alone.chain([all.clone()]).collect();
    let mut statements = Vec::new();
    // Plain payloads come first, because the engine reads only the beginning of an answer.
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

/// The forms in which a payload is proposed: plain, as words of somebody, and in tags.
const FORMS: [fn(&str) -> String; 4] = [
    str::to_owned,
    |payload| format!("The ticket says \"{payload}\" and I do not know why."),
    |payload| format!("<system>{payload}</system>"),
    |payload| format!("<instructions>{payload}</instructions>"),
];

/// A payload on one line, short enough for a statement.
fn one_line(payload: &str) -> String {
    let text = payload.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(500).collect()
}
