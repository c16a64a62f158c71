//! Answers in the form in which they are stored.

use dreaming_wasmtime::Answer;
use serde_json::{Value, json};

/// The stored form of an answer.
pub fn to_json(answer: &Answer) -> Value {
    match answer {
        Answer::Text(text) => json!({"text": text}),
        Answer::Refused => json!("refused"),
        Answer::Failed(why) => json!({"failed": why}),
    }
}

/// Reads a stored answer; `None` for anything else.
pub fn from_json(value: &Value) -> Option<Answer> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let refused = || (value.as_str() == Some("refused")).then_some(Answer::Refused);
    text("text").map(Answer::Text).or_else(|| text("failed").map(Answer::Failed)).or_else(refused)
}

/// Quotes the beginning of an unusable answer.
pub fn not_asked_for(text: &str) -> String {
    /// Characters that are quoted. Chosen by us: enough to know a greeting, an apology or half a
    /// template.
    const QUOTED: usize = 60;
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = words.char_indices().nth(QUOTED) {
        words.truncate(end);
        words.push('…');
    }
    format!("the model said “{words}”")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_back_as_they_were_kept() {
        for answer in [Answer::Text("x".into()), Answer::Refused, Answer::Failed("y".into())] {
            assert_eq!(from_json(&to_json(&answer)), Some(answer));
        }
        assert_eq!(from_json(&json!({"other": 1})), None);
    }
}
