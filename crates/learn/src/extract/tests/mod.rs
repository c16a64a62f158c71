//! Sessions written as scripts, and the notes that come of them.

mod cures;
mod noise;
mod outcomes;
mod quarantine;
mod refutations;
mod secrets;
mod statements;
mod steps;

use serde_json::json;

use super::*;
use dreaming_records::time::Time;

/// Events of a thread, written as a script.
#[derive(Default)]
struct Script(Vec<Event>);

impl Script {
    fn push(&mut self, kind: EventKind, provenance: Provenance, text: &str) -> &mut Self {
        let line = u64::try_from(self.0.len()).unwrap() + 1;
        let (id, time) = (format!("u{line}"), Some(Time::from_millis(1_000)));
        let (thread, text) = (String::new(), text.into());
        self.0.push(Event { id, line, time, thread, kind, provenance, text });
        self
    }

    fn user(&mut self, text: &str) -> &mut Self {
        self.push(EventKind::Message, Provenance::User, text)
    }

    /// A call with its result; an error when `failed`.
    fn call(
        &mut self,
        tool: &str,
        arguments: &serde_json::Value,
        failed: bool,
        result: &str,
    ) -> &mut Self {
        let call = format!("c{}", self.0.len());
        let text = arguments.to_string();
        let tool = tool.to_owned();
        self.push(
            EventKind::ToolUse { call: call.clone(), tool: tool.clone() },
            Provenance::ToolUse,
            &text,
        );
        let provenance = if failed { Provenance::ToolResult } else { Provenance::External };
        self.push(EventKind::ToolResult { call, tool, failed, refused: false }, provenance, result)
    }

    fn bash(&mut self, command: &str, failed: bool, result: &str) -> &mut Self {
        self.call("Bash", &json!({ "command": command }), failed, result)
    }

    /// A call that a person refuses.
    fn refused(&mut self, command: &str) -> &mut Self {
        self.bash(command, true, "The user doesn't want to proceed with this tool use.");
        if let Some(EventKind::ToolResult { refused, .. }) =
            self.0.last_mut().map(|event| &mut event.kind)
        {
            *refused = true;
        }
        self
    }

    fn file(&mut self, tool: &str, path: &str, failed: bool, result: &str) -> &mut Self {
        self.call(tool, &json!({ "file_path": path }), failed, result)
    }

    fn notes(&self) -> SessionNotes {
        let mut extractor = Extractor::new("main");
        let mut notes = SessionNotes::default();
        self.0.iter().for_each(|event| _ = extractor.observe(event, &mut notes));
        extractor.finish(&mut notes);
        notes
    }
}

const ABSENT: &str = "<tool_use_error>File does not exist.</tool_use_error>";
