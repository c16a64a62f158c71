//! Counts a session of Pi, Oh My Pi or OpenClaw without any code of the importer, over all of its
//! rows at once: whose program wrote it, and which call a result answers, is looked for in all.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::independent::Counts;

/// Counts the rows of a file; `None` when no head of a session is among them.
pub fn count(rows: &[Value]) -> Option<Counts> {
    rows.iter().find(|row| row["type"] == "session" && row["cwd"].is_string())?;
    let mut counts = Counts::default();
    let (mut ids, mut asked) = (BTreeSet::new(), BTreeSet::new());
    let mut again = 0;
    let mut once = Vec::new();
    for row in rows.iter().filter(|row| row["type"] != "session") {
        let is_new = row["id"].as_str().is_none_or(|id| ids.insert(id));
        let said = said(&row["message"]["content"]);
        let is_asked = row["message"]["role"] == "user" && row["parentId"].is_string();
        if is_new && (!is_asked || asked.insert((row["parentId"].as_str(), said))) {
            once.push(row);
        } else {
            again += 1;
        }
    }
    counts.add("repeated records", again);
    let of_chat = rows.iter().any(|row| {
        row["customType"].as_str().is_some_and(|kind| kind.contains("openclaw"))
            || row["customType"] == "model-snapshot"
            || row["message"]["__openclaw"].is_object()
    });
    let of_sub_agent = rows.iter().any(|row| row["type"] == "session_init");
    let mut tools: BTreeMap<&str, &str> = BTreeMap::new();
    let mut responses: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for row in &once {
        let message = &row["message"];
        if row["summary"].is_string() || message["summary"].is_string() {
            counts.add("message recalled", 1);
        }
        if row["type"] == "custom_message" {
            counts.add("message harness", (!said(&row["content"]).is_empty()).into());
        }
        let id = message["responseId"].as_str().or_else(|| row["id"].as_str());
        // What OpenClaw writes itself repeats what a model said.
        let is_mirror = message["provider"] == "openclaw";
        let usages = [&row["usage"], &message["usage"]].into_iter();
        for usage in usages.filter(|of| of.is_object() && !is_mirror) {
            let number = |name: &str| usage[name].as_u64().unwrap_or(0);
            let read = number("input") + number("cacheRead") + number("cacheWrite");
            responses.insert(id.unwrap_or_default(), (read, number("output")));
        }
        match message["role"].as_str().unwrap_or_default() {
            "user" => {
                let text = said(&message["content"]);
                let person = !of_sub_agent
                    && message["attribution"].as_str().is_none_or(|by| by == "user")
                    && message["synthetic"] != true
                    && match &message["provenance"]["kind"] {
                        Value::Null => true,
                        kind => kind == "external_user",
                    }
                    && !written_by_program(&text)
                    && if of_chat {
                        message["__openclaw"]["senderIsOwner"] == true && !text.starts_with('[')
                    } else {
                        message["content"].is_array()
                    };
                let by_agent = of_sub_agent
                    || message["provenance"]["kind"] == "inter_session"
                    || of_chat && text.starts_with("[Subagent Context]");
                let who = match (person, by_agent) {
                    (true, _) => "message user",
                    (_, true) => "message agent",
                    _ => "message harness",
                };
                counts.add(who, 1);
            }
            "assistant" if message["provider"] != "openclaw" => {
                counts.add("message agent", (!said(&message["content"]).is_empty()).into());
                let has_failed = message["stopReason"] == "error";
                counts.add(
                    "message harness",
                    (has_failed && message["errorMessage"].is_string()).into(),
                );
                for call in message["content"].as_array().into_iter().flatten() {
                    if call["type"] != "toolCall" {
                        continue;
                    }
                    let tool = match call["name"].as_str().unwrap_or_default() {
                        "exec" => "exec_command",
                        name => name,
                    };
                    tools.insert(call["id"].as_str().unwrap_or_default(), tool);
                    counts.add(&format!("call {tool}"), 1);
                    let hands_off = matches!(tool, "sessions_spawn" | "task");
                    counts.add(
                        "hand-off",
                        (hands_off && call["arguments"]["task"].is_string()).into(),
                    );
                }
            }
            "toolResult" => {
                let call = message["toolCallId"].as_str().unwrap_or_default();
                let tool = tools.get(call).copied().or_else(|| message["toolName"].as_str());
                let tool = tool.unwrap_or("?");
                counts.add(&format!("result {tool}"), 1);
                let code = message["details"]["exitCode"].as_i64().unwrap_or(0);
                let failed = message["isError"] == true || code != 0;
                counts.add(&format!("failed {tool}"), failed.into());
                let text = said(&message["content"]);
                let stopped =
                    text.ends_with("Command aborted") || text.ends_with("Operation aborted");
                counts.add("refused", (failed && stopped).into());
            }
            "custom" | "developer" | "hookMessage" | "system" => {
                counts.add("message harness", (!said(&message["content"]).is_empty()).into());
            }
            _ => {}
        }
    }
    for (read, written) in responses.values() {
        counts.add("tokens read", *read);
        counts.add("tokens written", *written);
    }
    Some(counts)
}

/// Whether a text in the user's role begins with a tag, and nothing stands behind the files that a person named.
fn written_by_program(text: &str) -> bool {
    match text.rsplit_once("</file>") {
        Some((files, typed)) if files.starts_with("<file ") => typed.trim().is_empty(),
        _ => text.starts_with('<'),
    }
}

/// The texts of a content.
fn said(content: &Value) -> String {
    let blocks = content.as_array().into_iter().flatten();
    let texts = blocks.filter_map(|block| block["text"].as_str());
    let text = content.as_str().map_or_else(|| texts.collect::<Vec<_>>().join("\n"), Into::into);
    text.trim().into()
}
