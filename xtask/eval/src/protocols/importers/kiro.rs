//! Counts a session of Kiro CLI without any code of the importer, over all of its rows at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::independent::Counts;

/// Counts the rows of a file; `None` when no row is a message of Kiro CLI.
pub fn count(rows: &[Value]) -> Option<Counts> {
    rows.iter().find(|row| row["data"]["message_id"].is_string())?;
    let mut counts = Counts::default();
    let mut seen = BTreeSet::new();
    let (once, again): (Vec<&Value>, Vec<&Value>) = rows
        .iter()
        .partition(|row| row["data"]["message_id"].as_str().is_none_or(|id| seen.insert(id)));
    counts.add("repeated records", again.len() as u64);
    let head = rows.iter().find(|row| row["session_id"].is_string());
    let by_person = head.is_some_and(|head| match head["session_created_reason"].as_str() {
        Some(reason) => reason == "rewind",
        None => !head["parent_session_id"].is_string(),
    });
    let blocks = |row: &'_ Value, kind: &str| -> Vec<Value> {
        let all = row["data"]["content"].as_array().map_or(&[][..], Vec::as_slice);
        all.iter()
            .filter(|block| block["kind"] == kind)
            .map(|block| block["data"].clone())
            .collect()
    };
    let tools: BTreeMap<String, String> = once
        .iter()
        .flat_map(|row| blocks(row, "toolUse"))
        .filter_map(|call| {
            Some((call["toolUseId"].as_str()?.to_owned(), call["name"].as_str()?.to_owned()))
        })
        .collect();
    tools.values().for_each(|tool| counts.add(&format!("call {tool}"), 1));
    for row in &once {
        let is_said = blocks(row, "text")
            .iter()
            .any(|text| text.as_str().is_some_and(|text| !text.trim().is_empty()));
        let who = match row["kind"].as_str() {
            Some("Prompt") if by_person => "user",
            Some("Prompt" | "AssistantMessage") => "agent",
            _ => "harness",
        };
        counts.add(&format!("message {who}"), is_said.into());
        counts.add("message recalled", row["data"]["summary"].is_string().into());
        for result in blocks(row, "toolResult") {
            let call = result["toolUseId"].as_str().unwrap_or_default();
            let tool = tools.get(call).map_or("?", |tool| tool);
            let statuses = result["content"].as_array().into_iter().flatten();
            let mut statuses = statuses.filter_map(|block| block["data"]["exit_status"].as_str());
            let refused = row["data"]["results"][call]["result"] == "Cancelled";
            let failed = refused
                || result["status"] == "error"
                || statuses.any(|status| !status.ends_with(": 0"));
            counts.add(&format!("result {tool}"), 1);
            counts.add(&format!("failed {tool}"), failed.into());
            counts.add("refused", refused.into());
        }
    }
    Some(counts)
}
