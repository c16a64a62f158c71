//! Counts a conversation of OpenHands without any code of the importer, over all of its rows at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::independent::Counts;

/// Counts the rows of a conversation; `None` when none of them is an event.
pub fn count(rows: &[Value]) -> Option<Counts> {
    rows.iter().find(|row| row["kind"].is_string())?;
    let mut counts = Counts::default();
    let mut seen = BTreeSet::new();
    let (once, again): (Vec<&Value>, Vec<&Value>) = rows
        .iter()
        .filter(|row| row["kind"].is_string())
        .partition(|row| seen.insert(row["id"].as_str()));
    counts.add("repeated records", again.len() as u64);
    let made = once.iter().filter(|row| row["kind"] == "ActionEvent");
    let tools: BTreeMap<&str, &str> = made
        .filter_map(|row| Some((row["tool_call_id"].as_str()?, row["tool_name"].as_str()?)))
        .collect();
    for row in once {
        let said = |text: &Value| text.as_str().is_some_and(|text| !text.trim().is_empty());
        let texts = |blocks: &Value| {
            let blocks = blocks.as_array().map_or(&[][..], Vec::as_slice);
            blocks.iter().filter(|block| said(&block["text"])).count() as u64
        };
        let mut ended = |failed: bool, refused: bool| {
            let call = row["tool_call_id"].as_str().unwrap_or_default();
            let tool = tools.get(call).copied().or(row["tool_name"].as_str()).unwrap_or("?");
            counts.add(&format!("result {tool}"), 1);
            counts.add(&format!("failed {tool}"), failed.into());
            counts.add("refused", refused.into());
        };
        match row["kind"].as_str().unwrap_or_default() {
            "ObservationEvent" => {
                let code = row["observation"]["exit_code"].as_i64().unwrap_or(0);
                ended(row["observation"]["is_error"] == true || !matches!(code, 0 | -1), false);
            }
            "AgentErrorEvent" => ended(true, false),
            "UserRejectObservation" => {
                let by_person = row["rejection_source"] != "hook";
                ended(true, by_person);
                let is_said = by_person && row["rejection_reason"] != "User rejected the action";
                counts.add("message user", is_said.into());
            }
            "ActionEvent" => {
                let tool = row["tool_name"].as_str().unwrap_or_default();
                counts.add(&format!("call {tool}"), 1);
                counts.add("hand-off", (tool == "task").into());
                counts.add("message agent", texts(&row["thought"]).min(1));
                counts.add(
                    "message agent",
                    (tool == "finish" && said(&row["action"]["message"])).into(),
                );
            }
            "MessageEvent" => {
                let text = row["llm_message"]["content"][0]["text"].as_str().unwrap_or_default();
                let who = match row["source"].as_str() {
                    Some("agent") => "agent",
                    Some("user") if row["sender"].is_string() => "agent",
                    Some("user") if text.contains(" (iteration ") => "harness",
                    Some("user") => "user",
                    _ => "harness",
                };
                counts.add(&format!("message {who}"), texts(&row["llm_message"]["content"]).min(1));
                counts.add("message harness", texts(&row["extended_content"]));
            }
            "Condensation" => counts.add("message recalled", said(&row["summary"]).into()),
            "ConversationErrorEvent" => counts.add("message harness", said(&row["detail"]).into()),
            "SystemPromptEvent" => {
                for name in ["system_prompt", "dynamic_context"] {
                    counts.add("message harness", said(&row[name]["text"]).into());
                }
            }
            _ => {}
        }
    }
    Some(counts)
}
