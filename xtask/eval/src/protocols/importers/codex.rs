//! Counts a Codex rollout without any code of the importer, over all of its rows at once. It finds
//! the end of a history by the words that Codex tells the new agent, and a failed command by all
//! rows about it.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use super::independent::Counts;

/// First words that Codex tells an agent at the end of the history that it was given.
const HISTORY_ENDS: &str = "You are the newly spawned agent";

/// Counts the rows of a file; `None` when it has no row of type `session_meta`.
pub fn count(rows: &[Value]) -> Option<Counts> {
    let own = rows.iter().find(|row| row["type"] == "session_meta")?;
    let is_end = |row: &Value| {
        row["payload"]["output"].as_str().is_some_and(|text| text.starts_with(HISTORY_ENDS))
    };
    let is_fork = own["payload"]["forked_from_id"].is_string();
    let end = if is_fork { rows.iter().position(is_end).map_or(0, |at| at + 1) } else { 0 };
    let is_sub = own["payload"]["source"]["subagent"] != Value::Null;
    let mut file = File::default();
    let failed = failed(rows);
    for (at, row) in rows.iter().enumerate() {
        // The first row opens the session itself and is no history.
        let is_history = at > 0 && at < end;
        file.of = if is_history { "history " } else { "" };
        file.row(row, is_sub && !is_history);
    }
    for call in failed {
        if let Some((of, tool)) = file.tools.get(&call) {
            file.counts.add(&format!("{of}failed {tool}"), 1);
        }
    }
    let sums = |rows: &[Value]| {
        let sum = |row: &Value| {
            let sum = &row["payload"]["info"]["total_token_usage"];
            Some((sum["input_tokens"].as_u64()?, sum["output_tokens"].as_u64()?))
        };
        rows.iter().filter_map(sum).next_back().unwrap_or_default()
    };
    let (inherited, all) = (sums(&rows[..end]), sums(rows));
    file.counts.add("tokens read", all.0 - inherited.0);
    file.counts.add("tokens written", all.1 - inherited.1);
    Some(file.counts)
}

#[derive(Default)]
struct File {
    counts: Counts,
    /// Prefix for the names of counts.
    of: &'static str,
    /// The prefix and the tool of each call, by id.
    tools: BTreeMap<String, (&'static str, String)>,
}

impl File {
    fn add(&mut self, name: &str) {
        self.counts.add(&format!("{}{name}", self.of), 1);
    }

    fn row(&mut self, row: &Value, is_sub: bool) {
        let item = &row["payload"];
        let kind = row["type"].as_str().unwrap_or_default();
        if kind == "compacted" && item["message"].as_str().is_some_and(|text| !text.is_empty()) {
            self.add("message recalled");
        }
        if kind != "response_item" {
            return;
        }
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        match text("type").as_str() {
            "message" => {
                let blocks = item["content"].as_array().into_iter().flatten();
                let texts = blocks.filter_map(|block| block["text"].as_str().map(str::trim));
                for text in texts.filter(|text| !text.is_empty()) {
                    let who = match item["role"].as_str() {
                        Some("assistant") => "agent",
                        Some("user") if text.starts_with("# AGENTS.md instructions") => "recalled",
                        Some("user") if text.starts_with('<') => "harness",
                        Some("user") if is_sub => "agent",
                        Some("user") => "user",
                        _ => "harness",
                    };
                    self.add(&format!("message {who}"));
                }
            }
            "web_search_call" => self.add("call web_search"),
            "function_call" | "custom_tool_call" => {
                let name = text("name");
                self.add(&format!("call {name}"));
                if name == "spawn_agent" {
                    self.add("hand-off");
                }
                self.tools.insert(text("call_id"), (self.of, name));
            }
            "function_call_output" | "custom_tool_call_output" => {
                let tool = self.tools.get(&text("call_id")).map_or("?", |(_, tool)| tool);
                self.add(&format!("result {tool}"));
            }
            _ => {}
        }
    }
}

/// The calls that failed: by their output, by the output of a later call that asked for it, and by
/// events.
fn failed(rows: &[Value]) -> BTreeSet<String> {
    let number = |words: &str| Regex::new(&format!(r"(?m)^{words} (-?\d+)$")).ok();
    // A call that was not carried out begins with these words: `write_stdin failed: …`.
    let refused = Regex::new(r"^(?:[\w/]+ ){0,2}failed\b").ok();
    let (Some(exit), Some(goes_on), Some(refused)) =
        (number("Process exited with code"), number("Process running with session ID"), refused)
    else {
        return BTreeSet::new();
    };
    let mut failed = BTreeSet::new();
    let mut begun: BTreeMap<String, String> = BTreeMap::new();
    let mut asking: BTreeMap<String, String> = BTreeMap::new();
    for item in rows.iter().map(|row| &row["payload"]) {
        let call = item["call_id"].as_str().unwrap_or_default().to_owned();
        match item["type"].as_str() {
            Some("function_call") if item["name"] == "write_stdin" => {
                let arguments = item["arguments"].as_str().unwrap_or_default();
                let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
                asking.insert(call, arguments["session_id"].to_string());
            }
            Some("exec_command_end") if item["exit_code"] != 0 => {
                failed.insert(call);
            }
            Some("function_call_output" | "custom_tool_call_output") => {
                let output = item["output"].as_str().unwrap_or_default();
                let head = output.split_once("\nOutput:\n").map_or("", |(head, _)| head);
                let found = |of: &Regex| Some(of.captures(head)?.get(1)?.as_str().to_owned());
                if let Some(process) = found(&goes_on) {
                    if !asking.contains_key(&call) {
                        begun.insert(process, call);
                    }
                } else if let Some(code) = found(&exit) {
                    let process = asking.get(&call);
                    let charged = process.map_or(Some(&call), |process| begun.get(process));
                    failed.extend(charged.filter(|_| code != "0").cloned());
                } else if refused.is_match(output) {
                    failed.insert(call);
                } else if let Ok(json) = serde_json::from_str::<Value>(output)
                    && json["metadata"]["exit_code"].as_i64().is_some_and(|code| code != 0)
                {
                    failed.insert(call);
                }
            }
            _ => {}
        }
    }
    failed
}
