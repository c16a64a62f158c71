//! Counts a session of Factory Droid without any code of the importer.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use super::independent::Counts;

/// Places where no person types.
const ELSEWHERE: &[&str] = &[
    "api",
    "automation",
    "cli_exec",
    "jira",
    "linear",
    "microsoft-teams",
    "readiness-evaluation",
    "readiness-remediation",
    "sdk",
    "sessions_api",
    "slack",
    "wiki-ci-setup",
    "wiki-generation",
];

/// Counts the rows of a file; `None` when no head of a session is among them.
pub fn count(rows: &[Value]) -> Option<Counts> {
    let head = rows.iter().find(|row| row["type"] == "session_start")?;
    let exit = Regex::new(r"\[Process exited with code (-?\d+)\]\s*$").ok()?;
    let is_sub = head["callingSessionId"].is_string() || head["decompSessionType"] == "worker";
    let mut counts = Counts::default();
    let mut seen = BTreeSet::new();
    let mut tools: BTreeMap<&str, &str> = BTreeMap::new();
    for row in rows {
        if row["type"] != "session_start" && row["id"].as_str().is_some_and(|id| !seen.insert(id)) {
            counts.add("repeated records", 1);
            continue;
        }
        counts.add("message recalled", row["summaryText"].is_string().into());
        let message = &row["message"];
        if row["type"] != "message" || message["visibility"] == "user_only" {
            continue;
        }
        let content = &message["content"];
        let blocks = content.as_array().map_or(std::slice::from_ref(content), Vec::as_slice);
        for block in blocks {
            let text = block.as_str().or_else(|| block["text"].as_str()).unwrap_or_default();
            if !text.trim().is_empty() {
                let source = message["userMessageSource"].as_str();
                let is_typed = message["role"] == "user"
                    && message["visibility"] != "llm_only"
                    && message["hookEventName"].is_null()
                    && message["hiddenFromUserViews"].is_null()
                    && source.is_none_or(|from| !ELSEWHERE.contains(&from));
                let who = match message["role"].as_str() {
                    Some("assistant") => "message agent",
                    _ if text.starts_with('<') => "message harness",
                    Some("user") if is_sub => "message agent",
                    Some("user") if is_typed => "message user",
                    _ => "message harness",
                };
                counts.add(who, 1);
            }
            if block["type"] == "tool_use" {
                let tool = match block["name"].as_str().unwrap_or_default() {
                    "Execute" => "shell_command",
                    name => name,
                };
                tools.insert(block["id"].as_str().unwrap_or_default(), tool);
                counts.add(&format!("call {tool}"), 1);
                counts.add("hand-off", (tool == "Task").into());
            }
            if block["type"] == "tool_result" {
                let call = block["tool_use_id"].as_str().unwrap_or_default();
                let tool = tools.get(call).copied().unwrap_or("?");
                let said = block["content"].as_str().unwrap_or_default();
                let code =
                    exit.captures(said).and_then(|found| found.get(1)?.as_str().parse().ok());
                let code: i64 = code.filter(|_| tool == "shell_command").unwrap_or(0);
                let is_late = tool == "shell_command" && said.starts_with("Command timed out");
                counts.add(&format!("result {tool}"), 1);
                let failed = block["is_error"] == true || code != 0 || is_late;
                counts.add(&format!("failed {tool}"), failed.into());
                counts.add("refused", (failed && said.contains("cancelled by user")).into());
            }
        }
    }
    Some(counts)
}
