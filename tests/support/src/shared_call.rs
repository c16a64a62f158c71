//! A model that answers a call about several sessions as it would answer a call about each.

use dreaming::propose::Answer;
use serde_json::{Value, json};

/// What the answer to a prompt is, when `answer` answers a prompt about one session. Numbers of
/// events count from the first of the session; of several sessions they are moved to where these
/// begin in the prompt. An answer that proposes nothing (a failure, prose) is that to all.
pub fn answer_each(prompt: &str, answer: impl Fn(&str) -> Answer) -> Answer {
    let sessions = sessions(prompt);
    if sessions.len() < 2 {
        return answer(prompt);
    }
    let mut proposals = Vec::new();
    for (first, session) in sessions {
        let said = answer(&session);
        let Answer::Text { text } = &said else { return said };
        let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(text) else {
            return said;
        };
        let Some(Value::Array(mut of_session)) = fields.remove("proposals") else { return said };
        of_session.iter_mut().for_each(|proposal| moved(proposal, first - 1));
        proposals.extend(of_session);
    }
    Answer::Text { text: json!({ "summary": "", "proposals": proposals }).to_string() }
}

/// The sessions that a prompt shows, each with the number of its first event and with what stands
/// before all sessions; none for a prompt about one.
pub fn sessions(prompt: &str) -> Vec<(u64, String)> {
    let begins = |line: &str| {
        let numbers = line.strip_prefix("Session ").and_then(|line| line.split_once(" of "));
        numbers.is_some_and(|(n, of)| n.parse::<u64>().is_ok() && of.parse::<u64>().is_ok())
    };
    let mut sections = vec![String::new()];
    for line in prompt.lines() {
        match sections.last_mut().filter(|_| !begins(line)) {
            Some(section) => *section += &format!("{line}\n"),
            None => sections.push(String::new()),
        }
    }
    let number = |line: &str| line.strip_prefix('[')?.split_once("] ")?.0.parse().ok();
    let head = sections.remove(0);
    let first = |section: &String| section.lines().find_map(number).unwrap_or(1);
    sections.iter().map(|section| (first(section), format!("{head}{section}"))).collect()
}

/// Adds `by` to the numbers of events that a proposal cites.
pub fn moved(proposal: &mut Value, by: u64) {
    for cited in proposal["evidence"].as_array_mut().into_iter().flatten() {
        for name in ["event", "to"] {
            if let Some(number) = cited[name].as_u64() {
                cited[name] = (number + by).into();
            }
        }
    }
}
