//! Counts a session of Cline without any code of the importer, by patterns over its texts.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::{Value, json};

use super::independent::Counts;

/// What a person typed, in the marks of tasks and of sessions.
const TYPED: &str = r"(?s)^(?:\[TASK RESUMPTION\].*\n|[^<\[\n]*:\n|The user has provided feedback[^<\n]*\n)?<(?:task|feedback|answer|user_message|user_input mode=[^>]*)>.*\S.*</";

/// Tools whose calls stand in the text of the agent, each in tags of its name.
const IN_TEXT: &[&str] = &[
    "execute_command",
    "read_file",
    "write_to_file",
    "replace_in_file",
    "apply_diff",
    "search_files",
    "list_files",
    "ask_followup_question",
    "attempt_completion",
    "plan_mode_respond",
    "web_fetch",
    "new_task",
];

/// The beginning of a result in a text.
const LABEL: &str = r"(?s)^\[([a-z_]+)(?: for '.*?')?\] Result:(.*)$";

/// How a result begins or goes on that failed.
const FAILED: &str = r"^\s*(?:The user denied|The tool execution failed|Missing value|Command failed|\[ERROR\])|^[^\n]*[Ee]xit code:? [1-9]|rejected by the user|Tool approval requires";

/// Counts the rows of a file; `None` when they hold no message.
pub fn count(rows: &[Value]) -> Option<Counts> {
    let whole = rows.first()?;
    let messages = whole["messages"].as_array().map_or(rows, Vec::as_slice);
    let mode = whole["origin"]["mode"].as_str();
    let who = match mode {
        Some("user") | None => "user",
        Some("subagent") => "agent",
        Some(_) => "harness",
    };
    let (typed, label) = (Regex::new(TYPED).ok()?, Regex::new(LABEL).ok()?);
    let calls = IN_TEXT.iter().map(|tool| format!("<({tool})>.*?</{tool}>"));
    let calls = format!("(?s){}", calls.collect::<Vec<_>>().join("|"));
    let (called, failed) = (Regex::new(&calls).ok()?, Regex::new(FAILED).ok()?);
    let mut counts = Counts::default();
    let (mut seen, mut tools) = (BTreeSet::new(), BTreeMap::new());
    let ended = |tool: &str, text: &str, is_error: bool, counts: &mut Counts| {
        let refused = text.contains("The user denied") || text.contains("rejected by the user");
        counts.add(&format!("result {tool}"), 1);
        counts.add(&format!("failed {tool}"), (is_error || failed.is_match(text)).into());
        counts.add("refused", refused.into());
    };
    for message in messages {
        if message["id"].is_string() && !seen.insert(message["id"].as_str()) {
            counts.add("repeated records", 1);
            continue;
        }
        let metrics = &message["metrics"];
        let sum = |old: &str, new: &str| {
            metrics["tokens"][old].as_u64().or(metrics[new].as_u64()).unwrap_or(0)
        };
        counts.add("tokens read", sum("prompt", "inputTokens"));
        counts.add("tokens written", sum("completion", "outputTokens"));
        let mut waits: Option<String> = None;
        for block in message["content"].as_array().map_or(&[][..], Vec::as_slice) {
            let text = block["text"].as_str().unwrap_or_default();
            match (block["type"].as_str(), message["role"].as_str()) {
                (Some("text"), Some("assistant")) => {
                    let rest = called.replace_all(text, "");
                    counts.add("message agent", (!rest.trim().is_empty()).into());
                    for call in called.captures_iter(text) {
                        let tool =
                            call.iter().skip(1).flatten().next().map_or("?", |tool| tool.as_str());
                        counts.add(&format!("call {tool}"), 1);
                    }
                }
                (Some("tool_use"), _) => {
                    let tool = block["name"].as_str().unwrap_or("?").to_owned();
                    let steps = block["input"]["commands"].as_array().map_or(1, Vec::len).max(1);
                    counts.add(&format!("call {tool}"), steps as u64);
                    counts.add("hand-off", (tool == "spawn_agent").into());
                    tools
                        .insert(block["id"].as_str().unwrap_or_default().to_owned(), (tool, steps));
                }
                (Some("tool_result"), _) => {
                    let id = block["tool_use_id"].as_str().unwrap_or_default();
                    let (tool, steps) = tools.get(id).cloned().unwrap_or(("?".into(), 1));
                    let content = match &block["content"] {
                        Value::String(text) => serde_json::from_str(text).unwrap_or(json!(text)),
                        other => other.clone(),
                    };
                    let all: Vec<&Value> = match content.as_array() {
                        Some(all) if all.len() == steps => all.iter().collect(),
                        _ => vec![&content; steps],
                    };
                    for step in all {
                        let is_error = block["is_error"] == true || step["success"] == false;
                        let text = step["error"].as_str().or(step.as_str()).unwrap_or_default();
                        ended(&tool, text, is_error, &mut counts);
                    }
                }
                (Some("text"), _) if waits.is_some() => {
                    ended(&waits.take().unwrap_or_default(), text, false, &mut counts);
                }
                (Some("text"), _) => match label.captures(text) {
                    Some(of) if of[2].is_empty() => waits = Some(of[1].to_owned()),
                    Some(of) => ended(&of[1], &of[2], false, &mut counts),
                    None if text.trim().is_empty() => {}
                    None if typed.is_match(text) || who == "agent" => {
                        counts.add(&format!("message {who}"), 1);
                    }
                    None => counts.add("message harness", 1),
                },
                _ => {}
            }
        }
    }
    Some(counts)
}
