//! Counts a chat of Copilot in VS Code without any code of the importer: the changes are applied to the
//! whole document, by JSON pointers, and its requests are counted when it is complete.

use serde_json::{Value, json};

use super::independent::Counts;

/// Fields that a request only has when nobody typed it.
const NOT_TYPED: &[&str] =
    &["confirmation", "hideFromTranscript", "isSystemInitiated", "requestSource"];

/// Counts the rows of a file; `None` when they give no chat.
pub fn count(rows: &[Value]) -> Option<Counts> {
    let chat = replayed(rows)?;
    let mut counts = Counts::default();
    for request in chat["requests"].as_array()? {
        let removed = &request["shouldBeRemovedOnSend"];
        let is_back = removed.is_object() && removed["afterUndoStop"].is_null();
        if request["isHidden"] != true && !is_back {
            asked(request, &mut counts);
            answered(request, &mut counts);
        }
    }
    Some(counts)
}

/// The document after all changes.
fn replayed(rows: &[Value]) -> Option<Value> {
    let mut chat = Value::Null;
    for row in rows {
        let Some(kind) = row["kind"].as_u64() else { return Some(row.clone()) };
        if kind == 0 {
            chat = row["v"].clone();
            continue;
        }
        let name = |key: &Value| key.as_str().map_or_else(|| key.to_string(), ToOwned::to_owned);
        let mut keys: Vec<String> = row["k"].as_array()?.iter().map(name).collect();
        let last = keys.pop()?;
        let above = keys.iter().fold(String::new(), |pointer, key| pointer + "/" + key);
        let above = chat.pointer_mut(&above)?;
        let place = match above {
            Value::Array(items) => items.get_mut(last.parse::<usize>().ok()?)?,
            above => &mut above[last.as_str()],
        };
        match kind {
            1 => *place = row["v"].clone(),
            2 => {
                if place.is_null() {
                    *place = json!([]);
                }
                let items = place.as_array_mut()?;
                if let Some(length) = row["i"].as_u64() {
                    items.truncate(usize::try_from(length).ok()?);
                }
                items.extend(row["v"].as_array().cloned().unwrap_or_default());
            }
            _ => *place = Value::Null,
        }
    }
    Some(chat)
}

fn is_blank(text: &Value) -> bool {
    text.as_str().is_none_or(|text| text.trim().is_empty())
}

fn asked(request: &Value, counts: &mut Counts) {
    let text = match &request["message"] {
        Value::String(_) => &request["message"],
        message => &message["text"],
    };
    let is_typed =
        NOT_TYPED.iter().all(|name| matches!(request[name], Value::Null | Value::Bool(false)));
    let who = match (is_typed, request["origin"].is_null()) {
        (false, _) => "harness",
        (true, false) => "agent",
        (true, true) => "user",
    };
    counts.add(&format!("message {who}"), (!is_blank(text)).into());
}

fn answered(request: &Value, counts: &mut Counts) {
    let metadata = &request["result"]["metadata"];
    let none = Vec::new();
    let parts = request["response"].as_array().unwrap_or(&none);
    let shown = |id: &str| {
        let bare = id.split("__vscode").next().unwrap_or_default();
        parts
            .iter()
            .find(|part| part["toolCallId"].as_str().is_some_and(|shown| shown.starts_with(bare)))
    };
    let rounds = metadata["toolCallRounds"].as_array().unwrap_or(&none);
    for round in rounds {
        counts.add("message agent", (!is_blank(&round["response"])).into());
        for call in round["toolCalls"].as_array().unwrap_or(&none) {
            let (id, tool) =
                (call["id"].as_str().unwrap_or_default(), call["name"].as_str().unwrap_or("?"));
            counts.add(&format!("call {tool}"), 1);
            counts.add("hand-off", (tool == "runSubagent").into());
            if let Some(result) = metadata["toolCallResults"].get(id) {
                let text = result["content"][0]["value"].as_str().unwrap_or_default();
                ended(tool, shown(id), text, counts);
            }
        }
    }
    let mut is_open = false;
    for part in parts {
        if part["kind"] != "toolInvocationSerialized" {
            let is_text = part["kind"].is_null() || part["kind"] == "markdownContent";
            is_open |= is_text && rounds.is_empty() && !is_blank(&part["value"]);
            continue;
        }
        if rounds.is_empty() || part["subAgentInvocationId"].is_string() {
            counts.add("message agent", std::mem::take(&mut is_open).into());
            let tool = part["toolId"].as_str().unwrap_or("?");
            counts.add(&format!("call {tool}"), 1);
            if part["isComplete"] == true {
                ended(tool, Some(part), "", counts);
            }
        }
    }
    counts.add("message agent", is_open.into());
    let total = |name: &str| {
        let models = request["modelTotals"].as_array().unwrap_or(&none);
        models.iter().filter_map(|model| model[name].as_u64()).sum::<u64>()
    };
    let greatest = |a: &Value, b: &Value| a.as_u64().unwrap_or(0).max(b.as_u64().unwrap_or(0));
    let read = greatest(&request["promptTokens"], &metadata["promptTokens"]);
    let written = greatest(&request["completionTokens"], &metadata["outputTokens"]);
    counts.add("tokens read", total("inputTokens").max(read));
    counts.add("tokens written", total("outputTokens").max(written));
}

/// A result, and how it ended by what is shown of it, else by its text.
fn ended(tool: &str, shown: Option<&Value>, text: &str, counts: &mut Counts) {
    let nothing = Value::Null;
    let shown = shown.unwrap_or(&nothing);
    let kind = shown["isConfirmed"]["type"].as_u64();
    let refused = (matches!(kind, Some(0 | 5)) && shown["isConfirmed"]["reason"].is_null())
        || shown["isConfirmed"] == false
        || text.starts_with("The user chose to skip");
    let code = shown["toolSpecificData"]["terminalCommandState"]["exitCode"].as_i64();
    let said = text.starts_with("ERROR")
        || text.starts_with("The user cancelled")
        || text.starts_with("Command exited with code ");
    let failed = code.map(|code| code != 0).or(shown["resultDetails"]["isError"].as_bool());
    counts.add(&format!("result {tool}"), 1);
    counts.add(&format!("failed {tool}"), (refused || failed.unwrap_or(said)).into());
    counts.add("refused", refused.into());
}
