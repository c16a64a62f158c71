//! Builds transcripts in the format of Claude Code: one JSON object per line.

use dreaming::{Time, canonical};
use serde_json::{Value, json};

/// Milliseconds between two lines. Chosen by us.
const TICK_MS: i64 = 5_000;

/// One part of a session, line by line. Ids are derived from session and position; each line
/// advances the time.
#[derive(Clone, Debug)]
pub struct Transcript {
    session: String,
    agent: Option<String>,
    cwd: String,
    branch: String,
    now: Time,
    parent: Option<String>,
    call: Option<String>,
    count: u64,
    lines: Vec<String>,
}

impl Transcript {
    /// An empty transcript of `session` that begins at `start` (RFC 3339).
    ///
    /// # Panics
    /// When `start` is not such a time.
    pub fn new(session: &str, start: &str) -> Self {
        Self {
            session: session.into(),
            agent: None,
            cwd: "/home/mira/shop".into(),
            branch: "main".into(),
            now: Time::parse(start).unwrap_or_else(|| panic!("`{start}` is no time")),
            parent: None,
            call: None,
            count: 0,
            lines: Vec::new(),
        }
    }

    /// Sets the working directory; `/home/<name>/…` names the person.
    #[must_use]
    pub fn cwd(mut self, cwd: &str) -> Self {
        self.cwd = cwd.into();
        self
    }

    /// Sets the branch.
    #[must_use]
    pub fn branch(mut self, branch: &str) -> Self {
        self.branch = branch.into();
        self
    }

    /// Makes it the file of a sub-agent.
    #[must_use]
    pub fn sidechain(mut self, agent: &str) -> Self {
        self.agent = Some(agent.into());
        self
    }

    /// A message with the role `user`: from a person, or in a sidechain from the parent agent.
    pub fn user(&mut self, text: &str) -> &mut Self {
        self.line("user", json!({"role": "user", "content": text}), &[])
    }

    /// A message with the role `user` that the harness added.
    pub fn meta(&mut self, text: &str) -> &mut Self {
        let message = json!({"role": "user", "content": text});
        self.line("user", message, &[("isMeta", json!(true))])
    }

    /// The agent says something.
    pub fn agent(&mut self, text: &str) -> &mut Self {
        self.assistant(json!({"type": "text", "text": text}))
    }

    /// The agent calls a tool. Returns the id of the call.
    pub fn call(&mut self, tool: &str, input: Value) -> String {
        let id = format!("toolu_{}", self.digits(20));
        self.assistant(json!({"type": "tool_use", "id": id, "name": tool, "input": input}));
        self.call = Some(id.clone());
        id
    }

    /// The result of the last call.
    pub fn result(&mut self, text: &str) -> &mut Self {
        let id = self.call.clone().unwrap_or_default();
        self.result_of(&id, text, false)
    }

    /// The error of the last call.
    pub fn fail(&mut self, text: &str) -> &mut Self {
        let id = self.call.clone().unwrap_or_default();
        self.result_of(&id, text, true)
    }

    /// The result or the error of the call `id`.
    pub fn result_of(&mut self, id: &str, text: &str, failed: bool) -> &mut Self {
        let block =
            json!({"type": "tool_result", "tool_use_id": id, "content": text, "is_error": failed});
        self.line("user", json!({"role": "user", "content": [block]}), &[])
    }

    /// A tool call with its result.
    pub fn done(&mut self, tool: &str, input: Value, text: &str) -> &mut Self {
        self.call(tool, input);
        self.result(text)
    }

    /// A shell command that works.
    pub fn shell(&mut self, command: &str, output: &str) -> &mut Self {
        self.done("Bash", json!({"command": command}), output)
    }

    /// A shell command that fails with exit code 1.
    pub fn shell_fails(&mut self, command: &str, output: &str) -> &mut Self {
        self.call("Bash", json!({"command": command}));
        self.fail(&format!("Exit code 1\n{output}"))
    }

    /// Lets `seconds` pass.
    pub fn wait(&mut self, seconds: i64) -> &mut Self {
        self.now = Time::from_millis(self.now.millis() + seconds * 1000);
        self
    }

    /// Sets the time of the next line.
    pub fn at(&mut self, time: Time) -> &mut Self {
        self.now = time;
        self
    }

    /// Adds a line unchanged.
    pub fn raw(&mut self, line: &str) -> &mut Self {
        self.lines.push(line.into());
        self
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> Vec<u8> {
        self.lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
    }

    fn assistant(&mut self, block: Value) -> &mut Self {
        let id = format!("msg_{}", self.digits(20));
        let message = json!({
            "id": id, "type": "message", "role": "assistant",
            "model": "claude-sonnet-4-5", "content": [block],
        });
        self.line("assistant", message, &[])
    }

    fn line(&mut self, kind: &str, message: Value, more: &[(&str, Value)]) -> &mut Self {
        let uuid = self.uuid();
        let mut record = json!({
            "parentUuid": self.parent, "isSidechain": self.agent.is_some(),
            "userType": "external", "cwd": self.cwd, "sessionId": self.session,
            "version": "2.1.0", "gitBranch": self.branch, "type": kind, "message": message,
            "uuid": uuid, "timestamp": self.now.to_string(),
        });
        if let Some(agent) = &self.agent {
            record["agentId"] = json!(agent);
        }
        for (name, value) in more {
            record[*name] = value.clone();
        }
        self.parent = Some(uuid);
        self.lines.push(record.to_string());
        self.now = Time::from_millis(self.now.millis() + TICK_MS);
        self
    }

    /// The next `count` digits, derived from session and position.
    fn digits(&mut self, count: usize) -> String {
        self.count += 1;
        let agent = self.agent.as_deref().unwrap_or("");
        let place = format!("{}/{agent}/{}", self.session, self.count);
        canonical::digest(place.as_bytes()).as_str()[..count].into()
    }

    fn uuid(&mut self) -> String {
        let d = self.digits(32);
        format!("{}-{}-4{}-8{}-{}", &d[..8], &d[8..12], &d[13..16], &d[17..20], &d[20..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_calls_give_equal_bytes_and_every_id_is_new() {
        let build = || {
            let mut t = Transcript::new("s", "2026-03-02T09:00:00Z");
            t.user("hello").shell("ls", "a").shell_fails("cat b", "no such file");
            t.bytes()
        };
        assert_eq!(build(), build());
        let text = String::from_utf8(build()).unwrap();
        let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines.len(), 5);
        for (before, after) in lines.iter().zip(&lines[1..]) {
            assert_eq!(before["uuid"], after["parentUuid"]);
            assert!(before["timestamp"].as_str() < after["timestamp"].as_str());
        }
        let call = &lines[3]["message"]["content"][0];
        let result = &lines[4]["message"]["content"][0];
        assert_eq!(call["id"], result["tool_use_id"]);
        assert_eq!(result["is_error"], true);
    }
}
