//! Counts a session of Copilot CLI without any code of the importer, over all of its rows at once:
//! how a call ended is looked for in every row that names it, or the shell in which it went on.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use super::independent::Counts;

/// Types of rows whose text is the program's, and the field that holds it.
const OF_PROGRAM: &[(&str, &str)] = &[
    ("session.error", "message"),
    ("session.info", "message"),
    ("session.warning", "message"),
    ("system.message", "content"),
    ("system.notification", "content"),
];

/// Types of rows that are shown again to the agent, and the field that holds the text.
const RECALLED: &[(&str, &str)] = &[
    ("session.compaction_complete", "summaryContent"),
    ("session.handoff", "summary"),
    ("skill.invoked", "content"),
];

/// Types of rows with words that a person typed outside a message, and the field that holds them.
const ANSWERS: &[(&str, &str)] =
    &[("exit_plan_mode.completed", "feedback"), ("user_input.completed", "answer")];

/// Counts the rows of a file; `None` when none of them begins a session.
pub fn count(rows: &[Value]) -> Option<Counts> {
    rows.iter().find(|row| row["type"] == "session.start")?;
    let mut counts = Counts::default();
    let mut seen = BTreeSet::new();
    let (once, again): (Vec<&Value>, Vec<&Value>) =
        rows.iter().partition(|row| seen.insert(row["id"].as_str()));
    counts.add("repeated records", again.len() as u64);
    once.iter().for_each(|row| message(row, &mut counts));
    calls(&once, &mut counts)?;
    tokens(&once, &mut counts);
    Some(counts)
}

fn of<'a>(rows: &[&'a Value], kind: &str) -> impl Iterator<Item = &'a Value> {
    let rows: Vec<&Value> = rows.iter().copied().filter(|row| row["type"] == kind).collect();
    rows.into_iter().map(|row| &row["data"])
}

/// A text of a row that is not blank.
fn text<'a>(row: &'a Value, name: &str) -> Option<&'a str> {
    row["data"][name].as_str().filter(|text| !text.trim().is_empty())
}

fn message(row: &Value, counts: &mut Counts) {
    let kind = row["type"].as_str().unwrap_or_default();
    for (types, who) in [(OF_PROGRAM, "harness"), (RECALLED, "recalled"), (ANSWERS, "user")] {
        let known = types.iter().find(|(known, _)| *known == kind);
        let is_said = known.is_some_and(|(_, field)| text(row, field).is_some());
        counts.add(&format!("message {who}"), is_said.into());
    }
    let denied = &row["data"]["result"];
    if kind == "permission.completed" && denied["kind"] == "denied-interactively-by-user" {
        counts.add("message user", denied["feedback"].is_string().into());
    }
    let Some(said) = text(row, "content") else { return };
    let is_sub = row["agentId"].is_string();
    match (kind, row["data"]["source"].as_str()) {
        ("assistant.message", _) => counts.add("message agent", 1),
        ("user.message", None) if said.starts_with('<') => counts.add("message harness", 1),
        ("user.message", None) if is_sub => counts.add("message agent", 1),
        ("user.message", None) => counts.add("message user", 1),
        ("user.message", Some(source)) if source.starts_with("agent-") => {
            counts.add("message agent", 1);
        }
        ("user.message", Some(_)) => counts.add("message harness", 1),
        _ => {}
    }
}

/// Calls and results by tool, and how the calls ended.
fn calls(rows: &[&Value], counts: &mut Counts) -> Option<()> {
    let exit = Regex::new(r"<[^<>\n]*exit code (-?\d+)>\s*$").ok()?;
    let goes_on = Regex::new(r"<[^<>\n]*shellId: (\w+) is still running[^<>\n]*>\s*$").ok()?;
    let id = |data: &Value| data["toolCallId"].as_str().unwrap_or_default().to_owned();
    let by_person: BTreeSet<String> = of(rows, "tool.user_requested").map(id).collect();
    let asked = of(rows, "assistant.message")
        .flat_map(|data| data["toolRequests"].as_array().map_or(&[][..], Vec::as_slice));
    let asked = asked.map(|call| (call, &call["name"]));
    let begun = of(rows, "tool.execution_start").map(|call| (call, &call["toolName"]));
    let mut tools: BTreeMap<String, (String, &Value)> = BTreeMap::new();
    for (call, name) in asked.chain(begun).filter(|(call, _)| !by_person.contains(&id(call))) {
        let tool = match (call["mcpServerName"].as_str(), call["mcpToolName"].as_str()) {
            (Some(server), Some(tool)) => format!("{server}.{tool}"),
            _ => name.as_str().unwrap_or_default().to_owned(),
        };
        tools.insert(id(call), (tool, &call["arguments"]));
    }
    for (tool, _) in tools.values() {
        counts.add(&format!("call {tool}"), 1);
        counts.add("hand-off", (tool == "task").into());
    }
    let denied: BTreeSet<String> = of(rows, "permission.completed")
        .filter(|data| data["result"]["kind"] == "denied-interactively-by-user")
        .map(id)
        .collect();
    counts.add("refused", denied.len() as u64);
    // How the commands of shells ended that went on: by a row that asks, or a note of the program.
    let found = |of: &Regex, data: &Value| {
        let said = data["result"]["content"].as_str()?;
        Some(of.captures(said)?.get(1)?.as_str().to_owned())
    };
    let is_asking = |call: &str| tools.get(call).is_some_and(|(tool, _)| tool.ends_with("d_bash"));
    let mut shells: BTreeMap<String, bool> = BTreeMap::new();
    for data in of(rows, "tool.execution_complete") {
        if let Some((_, arguments)) = tools.get(&id(data)).filter(|_| is_asking(&id(data)))
            && let Some(code) = found(&exit, data)
        {
            let shell = arguments["shellId"].as_str().unwrap_or_default();
            shells.insert(shell.into(), code != "0");
        }
    }
    for kind in of(rows, "system.notification").map(|data| &data["kind"]) {
        if let (Some(shell), Some(code)) = (kind["shellId"].as_str(), kind["exitCode"].as_i64()) {
            shells.insert(shell.into(), code != 0);
        }
    }
    let done: BTreeMap<String, &Value> =
        of(rows, "tool.execution_complete").map(|data| (id(data), data)).collect();
    for call in done.keys().chain(&denied).collect::<BTreeSet<_>>() {
        let data = done.get(call).copied().unwrap_or(&Value::Null);
        if by_person.contains(call) || data["isUserRequested"] == true {
            continue;
        }
        let tool = tools.get(call).map_or("?", |(tool, _)| tool);
        counts.add(&format!("result {tool}"), 1);
        let code = data["shellExecution"]["exitCode"].as_i64().map(|code| code.to_string());
        let code = code.or_else(|| found(&exit, data).filter(|_| tool == "bash"));
        let later = found(&goes_on, data).filter(|_| tool == "bash");
        let failed = denied.contains(call)
            || data["success"] == false
            || !is_asking(call) && code.is_some_and(|code| code != "0")
            || later.is_some_and(|shell| shells.get(&shell) == Some(&true));
        counts.add(&format!("failed {tool}"), failed.into());
    }
    Some(())
}

/// For each run (from the beginning or a resumption to its end) the greater of what its messages
/// wrote and what its end says that models read and wrote.
fn tokens(rows: &[&Value], counts: &mut Counts) {
    let is_end = |row: &&Value| row["type"] == "session.shutdown";
    let mut runs: Vec<Vec<&Value>> = vec![Vec::new()];
    for row in rows {
        if row["type"] == "session.resume" {
            runs.push(Vec::new());
        }
        runs.last_mut().into_iter().for_each(|run| run.push(row));
        if is_end(row) {
            runs.push(Vec::new());
        }
    }
    for run in runs {
        let mut written: BTreeMap<&str, u64> = BTreeMap::new();
        for data in of(&run, "assistant.message") {
            let response = ["apiCallId", "messageId"].iter().find_map(|name| data[name].as_str());
            let known = written.entry(response.unwrap_or_default()).or_default();
            *known = data["outputTokens"].as_u64().unwrap_or(0).max(*known);
        }
        let models = of(&run, "session.shutdown").flat_map(|data| {
            data["modelMetrics"].as_object().into_iter().flat_map(|models| models.values())
        });
        let (mut input, mut output) = (0, 0);
        for usage in models.map(|model| &model["usage"]) {
            input += usage["inputTokens"].as_u64().unwrap_or(0);
            output += usage["outputTokens"].as_u64().unwrap_or(0);
        }
        counts.add("tokens read", input);
        counts.add("tokens written", output.max(written.values().sum()));
    }
}
