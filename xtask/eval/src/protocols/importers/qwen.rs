//! Counts a session of Qwen Code without any code of the importer, over all of its rows at once:
//! whether a command became a message is looked for in the row from which the message descends.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use super::independent::Counts;

/// Kinds of rows in the user's role that the program writes.
const OF_PROGRAM: &[&str] = &["cron", "goal_runtime", "notification"];

/// Counts the rows of a file; `None` when no row is one of Qwen Code.
pub fn count(rows: &[Value]) -> Option<Counts> {
    rows.iter().find(|row| row["message"]["parts"].is_array())?;
    let mut counts = Counts::default();
    let mut seen = BTreeSet::new();
    let (once, again): (Vec<&Value>, Vec<&Value>) =
        rows.iter().partition(|row| seen.insert(row["uuid"].as_str()));
    counts.add("repeated records", again.len() as u64);
    let by_id: BTreeMap<&str, &Value> =
        once.iter().filter_map(|row| Some((row["uuid"].as_str()?, *row))).collect();
    once.iter().for_each(|row| message(row, &by_id, &mut counts));
    calls(&once, &mut counts)?;
    for usage in once.iter().map(|row| &row["usageMetadata"]).filter(|usage| usage.is_object()) {
        let of = |name: &str| usage[name].as_u64().unwrap_or(0);
        let read = of("promptTokenCount");
        counts.add("tokens read", read);
        let written = of("candidatesTokenCount").max(of("totalTokenCount").saturating_sub(read));
        counts.add("tokens written", written);
    }
    Some(counts)
}

fn parts(row: &Value) -> &[Value] {
    row["message"]["parts"].as_array().map_or(&[], Vec::as_slice)
}

/// The first row above that is no telemetry and no snapshot.
fn above<'a>(row: &Value, by_id: &BTreeMap<&str, &'a Value>) -> Option<&'a Value> {
    let mut at = by_id.get(row["parentUuid"].as_str()?).copied()?;
    // A file has no circle, but a damaged one may have.
    for _ in 0..by_id.len() {
        let kind = at["subtype"].as_str().unwrap_or_default();
        let is_result = at["systemPayload"]["phase"] == "result";
        if !is_result && !matches!(kind, "attribution_snapshot" | "file_history_snapshot") {
            break;
        }
        at = by_id.get(at["parentUuid"].as_str()?).copied()?;
    }
    Some(at)
}

fn message(row: &Value, by_id: &BTreeMap<&str, &Value>, counts: &mut Counts) {
    let is_sub = row["isSidechain"] == true;
    let kind = row["subtype"].as_str().unwrap_or_default();
    if kind == "chat_compression" {
        let summary = &row["systemPayload"]["compressedHistory"][0]["parts"][0]["text"];
        let is_said = summary.as_str().is_some_and(|text| !text.trim().is_empty());
        counts.add("message recalled", is_said.into());
    }
    let text: Vec<&str> = parts(row)
        .iter()
        .filter(|part| part["thought"] != true)
        .filter_map(|part| part["text"].as_str())
        .collect();
    let shown = row["systemPayload"]["displayText"].as_str();
    let said = shown.or(text.first().copied()).unwrap_or_default();
    match row["type"].as_str() {
        Some("assistant") if !text.concat().trim().is_empty() => counts.add("message agent", 1),
        Some("user") if said.trim().is_empty() => {}
        Some("user") if OF_PROGRAM.contains(&kind) => counts.add("message harness", 1),
        Some("user") if is_sub => counts.add("message agent", 1),
        Some("user") => {
            let sent =
                above(row, by_id).is_some_and(|row| row["systemPayload"]["sentToModel"] == true);
            let who = if sent && shown.is_none() { "harness" } else { "user" };
            counts.add(&format!("message {who}"), 1);
        }
        _ => {}
    }
    let answers = row["toolCallResult"]["resultDisplay"]["answers"].as_array();
    counts.add("message user", (answers.is_some_and(|all| !all.is_empty()) && !is_sub).into());
}

/// Calls and results by tool, and how the calls ended.
fn calls(rows: &[&Value], counts: &mut Counts) -> Option<()> {
    let exit = Regex::new(r"(?m)^Exit Code: (-?[1-9]\d*)$").ok()?;
    let asked = rows.iter().flat_map(|row| parts(row)).map(|part| &part["functionCall"]);
    let tools: BTreeMap<&str, &str> = asked
        .filter_map(|call| {
            let name = call["name"].as_str()?;
            let bridged = call["args"]["name"].as_str().filter(|_| name == "tool_call");
            Some((call["id"].as_str()?, bridged.unwrap_or(name)))
        })
        .collect();
    for tool in tools.values() {
        counts.add(&format!("call {tool}"), 1);
        counts.add("hand-off", (*tool == "agent").into());
    }
    for row in rows {
        let status = row["toolCallResult"]["status"].as_str().unwrap_or("success");
        for part in parts(row).iter().filter(|part| part["functionResponse"].is_object()) {
            let result = &part["functionResponse"];
            let call = result["id"].as_str().unwrap_or_default();
            let tool = tools.get(call).copied().unwrap_or("?");
            let output = result["response"]["output"].as_str().unwrap_or_default();
            let failed = status != "success"
                || result["response"]["error"].is_string()
                || tool == "run_shell_command" && exit.is_match(output);
            counts.add(&format!("result {tool}"), 1);
            counts.add(&format!("failed {tool}"), failed.into());
            counts.add("refused", (status == "cancelled").into());
        }
    }
    Some(())
}
