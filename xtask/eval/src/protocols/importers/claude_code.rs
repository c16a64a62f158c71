//! Counts a Claude Code file without any code of the importer, so that a fault of the importer
//! cannot hide itself. The rules are those of docs/transcripts.md, implemented a second time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::independent::Counts;

/// First words of texts that the program wrote in the name of the user without a mark, in the
/// files at hand.
const PROGRAM: &[&str] =
    &["Caveat: The messages below", "Operation stopped by hook", "[Request interrupted by user"];

/// Counts the rows of a file.
pub fn count(rows: &[Value]) -> Counts {
    let mut file = File::default();
    for row in rows.iter().filter(|row| row.is_object()) {
        file.row(row);
    }
    file.end()
}

#[derive(Default)]
struct File {
    counts: Counts,
    seen: BTreeSet<String>,
    /// The tool of each call, by id of the call.
    tools: BTreeMap<String, String>,
    results: Vec<(String, bool, bool)>,
    /// Words of a person who refused a call of the main session, by id of the call.
    refusals: Vec<(String, String)>,
    /// The highest token counts reported for each response.
    responses: BTreeMap<String, (u64, u64)>,
    tokens: (u64, u64),
}

impl File {
    fn row(&mut self, row: &Value) {
        let kind = row["type"].as_str().unwrap_or_default();
        let inner = &row["data"]["message"];
        let is_progress = kind == "progress" && row["data"]["type"] == "agent_progress";
        let holder = if is_progress { inner } else { row };
        let ids = [row, holder].map(|of| of["uuid"].as_str().unwrap_or_default());
        let new = |id: &&str| id.is_empty() || !self.seen.contains(*id);
        if !ids.iter().all(new) {
            self.counts.add("repeated records", 1);
            return;
        }
        self.seen.extend(ids.map(str::to_owned));
        let is_sub = is_progress || row["isSidechain"] == true;
        if kind == "attachment" {
            return self.attachment(&row["attachment"], is_sub);
        }
        let kind = holder["type"].as_str().unwrap_or_default();
        let message = &holder["message"];
        if matches!(kind, "user" | "assistant") {
            self.usage(message);
            let by = by(holder, kind, is_sub);
            // What a person answered to questions stands beside the result, each answer by its question.
            let answers = row["toolUseResult"]["answers"].as_object();
            let answered = answers.is_some_and(|all| all.values().any(|said| said != ""));
            if answered && by == "user" {
                self.counts.add("message user", 1);
            }
            match &message["content"] {
                Value::String(text) => self.text(text, by),
                Value::Array(blocks) => blocks.iter().for_each(|block| self.block(block, by)),
                _ => {}
            }
        }
    }

    fn usage(&mut self, message: &Value) {
        let used = &message["usage"];
        let number = |name: &str| used[name].as_u64().unwrap_or(0);
        let written = used["cache_creation_input_tokens"].as_u64().unwrap_or_else(|| {
            let parts = used["cache_creation"].as_object();
            parts.map_or(0, |parts| parts.values().filter_map(Value::as_u64).sum())
        });
        let input = number("input_tokens") + number("cache_read_input_tokens") + written;
        let output = number("output_tokens");
        match message["id"].as_str().filter(|id| !id.is_empty()) {
            Some(id) => {
                let most = self.responses.entry(id.into()).or_default();
                *most = (most.0.max(input), most.1.max(output));
            }
            None => self.tokens = (self.tokens.0 + input, self.tokens.1 + output),
        }
    }

    fn block(&mut self, block: &Value, by: &'static str) {
        let text = |name: &str| block[name].as_str().unwrap_or_default().to_owned();
        match block["type"].as_str() {
            Some("text") => self.text(&text("text"), by),
            Some("tool_use") => {
                self.counts.add(&format!("call {}", text("name")), 1);
                let orders = ["description", "task_name", "message", "prompt"];
                let has_order = orders.iter().any(|name| block["input"][name].is_string());
                if has_order && matches!(&*text("name"), "Agent" | "Task" | "spawn_agent") {
                    self.counts.add("hand-off", 1);
                }
                self.tools.insert(text("id"), text("name"));
            }
            Some("tool_result") => {
                let said = texts(&block["content"]);
                let failed = block["is_error"] == true;
                let refused = failed
                    && [
                        "The user doesn't want to proceed",
                        "The user doesn't want to take",
                        "[Request interrupted by user",
                    ]
                    .iter()
                    .any(|opening| said.trim_start().starts_with(opening));
                let words = said.split_once("the user said:\n").map_or("", |(_, words)| words);
                let asks = words.starts_with("The user wants to clarify these questions");
                if refused && by == "user" && !asks {
                    self.refusals.push((text("tool_use_id"), words.into()));
                }
                self.results.push((text("tool_use_id"), failed, refused));
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, by: &'static str) {
        let bare = without_reminders(text);
        let opening = text.trim_start();
        let begins = |words: &[&str]| words.iter().any(|word| opening.starts_with(word));
        let is_empty = bare.trim().is_empty();
        let by = match by {
            "recalled" | "harness" => by,
            _ if is_empty && !text.trim().is_empty() => {
                if text.contains("<memory>") || text.contains("# claudeMd") {
                    "recalled"
                } else {
                    "harness"
                }
            }
            "agent" => by,
            _ if begins(PROGRAM) || is_markup(bare.trim_start()) => "harness",
            "parent" => "agent",
            _ if opening.starts_with("Implement the following plan:") => "agent",
            _ => by,
        };
        if !is_empty || by == "harness" {
            self.counts.add(&format!("message {by}"), 1);
        }
    }

    /// Counts messages that a person typed while the agent worked, and recalled memories.
    fn attachment(&mut self, attached: &Value, is_sub: bool) {
        match attached["type"].as_str() {
            Some("queued_command")
                if matches!(attached["commandMode"].as_str(), None | Some("prompt")) =>
            {
                let by = if is_sub { "parent" } else { "user" };
                self.text(&texts(&attached["prompt"]), by);
            }
            Some("nested_memory") => self.memory(attached),
            Some("relevant_memories") => {
                attached["memories"].as_array().into_iter().flatten().for_each(|m| self.memory(m));
            }
            _ => {}
        }
    }

    fn memory(&mut self, memory: &Value) {
        if memory["content"].is_string() || memory["content"]["content"].is_string() {
            self.counts.add("message recalled", 1);
        }
    }

    fn end(mut self) -> Counts {
        for (call, failed, refused) in &self.results {
            let tool = self.tools.get(call).map_or("?", String::as_str);
            self.counts.add(&format!("result {tool}"), 1);
            self.counts.add(&format!("failed {tool}"), u64::from(*failed));
            self.counts.add("refused", u64::from(*refused));
        }
        for (call, words) in std::mem::take(&mut self.refusals) {
            // A failed call of an MCP server shows the words of the server, not of a person.
            if self.tools.get(&call).is_some_and(|tool| !tool.starts_with("mcp__")) {
                self.text(&words, "user");
            }
        }
        let used = self.responses.values().copied();
        let (input, output) = used.fold(self.tokens, |sum, used| (sum.0 + used.0, sum.1 + used.1));
        self.counts.add("tokens read", input);
        self.counts.add("tokens written", output);
        self.counts
    }
}

/// The author that a record names.
fn by(holder: &Value, kind: &str, is_sub: bool) -> &'static str {
    let on = |name: &str| holder[name] == true;
    if on("isCompactSummary") {
        "recalled"
    } else if on("isMeta") || on("isApiErrorMessage") || holder["message"]["model"] == "<synthetic>"
    {
        "harness"
    } else if kind == "assistant" {
        "agent"
    } else if is_sub {
        "parent"
    } else {
        "user"
    }
}

fn texts(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let text = |block: &Value| block["text"].as_str().map(str::to_owned);
            blocks.iter().filter_map(text).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// The text without `<system-reminder>` and `<memory>` sections.
fn without_reminders(text: &str) -> String {
    let mut rest = text.to_owned();
    for (open, close) in [("<system-reminder>", "</system-reminder>"), ("<memory>", "</memory>")] {
        while let Some(at) = rest.find(open) {
            let end = rest[at..].find(close).map_or(rest.len(), |end| at + end + close.len());
            rest.replace_range(at..end, "");
        }
    }
    rest
}

/// Whether a text begins with a tag such as `<command-name>`.
fn is_markup(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('<') else { return false };
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    rest.starts_with(|c: char| c.is_ascii_lowercase())
        && rest.trim_start_matches(is_name).starts_with(['>', ' '])
}
