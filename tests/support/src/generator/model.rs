//! A model that proposes every event as a fact. It uses only the prompt.

use dreaming::propose::{Answer, ModelCall};
use serde_json::json;

use super::key;

/// Proposes the text of each event between the fences, with its subject when it states one.
pub fn answer(call: &ModelCall) -> Answer {
    let proposals: Vec<_> = events(&call.prompt)
        .into_iter()
        .map(|(number, text)| {
            let mut proposal = json!({
                "kind": "fact",
                "text": text,
                "evidence": [{"event": number, "quote": text}],
            });
            if let Some(key) = key(text) {
                proposal["subject"] = key.into();
            }
            proposal
        })
        .collect();
    Answer::Text { text: json!({ "proposals": proposals }).to_string() }
}

/// The events of a prompt: number and text. Each event is a head and one line of text.
fn events(prompt: &str) -> Vec<(u64, &str)> {
    let mut lines = prompt.lines().skip_while(|line| !line.starts_with("BEGIN "));
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let number = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        if let Some(number) = number.and_then(|(number, _)| number.parse().ok()) {
            found.extend(lines.next().map(|text| (number, text.trim())));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_off_the_prompt() {
        let prompt = "Wishes.\n\nBEGIN ab\n[1] agent 2026-01-01T00:00:00Z\nAda Lux lives in Lyon.\n\
                      [2] agent\n  [x] done\nEND ab\n";
        assert_eq!(events(prompt), [(1, "Ada Lux lives in Lyon."), (2, "[x] done")]);
    }
}
