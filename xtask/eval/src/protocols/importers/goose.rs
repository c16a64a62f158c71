//! Counts a session of Goose without any code of the importer, over all of its rows at once.

use std::collections::BTreeMap;

use serde_json::Value;

use super::independent::Counts;

/// Counts the rows of a session; `None` when the row of the session is not among them.
pub fn count(rows: &[Value]) -> Option<Counts> {
    let head = rows.iter().find(|row| row["session_type"].is_string())?;
    let mut counts = Counts::default();
    let blocks = rows.iter().flat_map(|row| {
        let blocks = row["content_json"].as_array().map_or(&[][..], Vec::as_slice);
        blocks.iter().map(move |block| (row, block))
    });
    let user = match head["session_type"].as_str() {
        _ if head["schedule_id"].is_string() => "harness",
        Some("user" | "terminal" | "acp") => "user",
        Some("sub_agent") => "agent",
        _ => "harness",
    };
    let first =
        blocks.clone().find(|(row, block)| row["role"] == "user" && block["type"] == "text");
    let tools: BTreeMap<&str, &str> = blocks
        .clone()
        .filter(|(_, block)| block["type"] == "toolRequest")
        .filter_map(|(_, block)| {
            let tool = block["toolCall"]["value"]["name"].as_str()?;
            Some((block["id"].as_str()?, tool.trim_start_matches("developer__")))
        })
        .collect();
    for (row, block) in blocks {
        let is_hidden = row["metadata_json"]["userVisible"] == false;
        let text = block["text"].as_str().filter(|text| !text.trim().is_empty());
        match (block["type"].as_str(), row["role"].as_str()) {
            (Some("text"), Some(role)) if text.is_some() => {
                let is_planned = first.is_some_and(|(_, first)| std::ptr::eq(first, block))
                    && head["recipe_json"]["prompt"] == block["text"];
                let who = match (role, is_hidden) {
                    ("user", true) if row["metadata_json"]["turnContext"] != true => "recalled",
                    (_, true) => "harness",
                    ("user", false) if is_planned => "harness",
                    ("user", false) => user,
                    _ => "agent",
                };
                counts.add(&format!("message {who}"), 1);
            }
            (Some("toolRequest"), _) => {
                let Some(tool) = tools.get(block["id"].as_str()?) else { continue };
                counts.add(&format!("call {tool}"), 1);
                counts.add("hand-off", (*tool == "delegate").into());
            }
            (Some("toolResponse"), _) => {
                let tool = tools.get(block["id"].as_str()?).copied().unwrap_or("?");
                let (status, value) =
                    (&block["toolResult"]["status"], &block["toolResult"]["value"]);
                let code = &value["structuredContent"]["exit_code"];
                let failed = status == "error"
                    || value["isError"] == true
                    || code.as_i64().is_some_and(|code| code != 0);
                counts.add(&format!("result {tool}"), 1);
                counts.add(&format!("failed {tool}"), failed.into());
                let said = value["content"][0]["text"].as_str().unwrap_or_default();
                counts.add("refused", (failed && said.contains("declined to run this")).into());
            }
            _ => {}
        }
    }
    for used in rows.iter().map(|row| &row["metadata_json"]["usage"]) {
        counts.add("tokens read", used["inputTokens"].as_u64().unwrap_or(0));
        counts.add("tokens written", used["outputTokens"].as_u64().unwrap_or(0));
    }
    Some(counts)
}
