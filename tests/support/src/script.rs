//! Transcripts in a short form that people write, converted to JSONL.
//!
//! ```text
//! start: 2026-03-02T09:00:00Z      head lines: start, session, cwd, branch, sidechain
//!
//! user: Please run the tests.
//!   A line that is indented by two spaces goes on.
//! $ make test                      a shell command
//! fail: Exit code 2                how the last call failed
//! $ make db-up
//! ok: started                      what it gave
//! call Read {"file_path": "/a"}    any other call
//! agent: Done.
//! wait: 3600                       seconds
//! meta: text of the harness
//! raw: {"a line": "as it is"}
//! ```

use crate::transcript::Transcript;

/// The JSONL of a script. `stem` is the session id if the script names none.
///
/// # Errors
/// The first line that is not understood.
pub fn transcript(stem: &str, script: &str) -> Result<Vec<u8>, String> {
    let mut head = Head { session: stem.into(), ..Head::default() };
    let mut built: Option<Transcript> = None;
    for block in blocks(script) {
        if built.is_none() && head.take(&block)? {
            continue;
        }
        let transcript = match &mut built {
            Some(transcript) => transcript,
            None => built.insert(head.begin()?),
        };
        event(transcript, &block)?;
    }
    built.map(|t| t.bytes()).ok_or_else(|| "a script without events".into())
}

/// The blocks of a script: each is a line with the indented lines below it.
fn blocks(script: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    for line in script.lines() {
        match (line.strip_prefix("  "), blocks.last_mut()) {
            (Some(rest), Some(block)) => {
                block.push('\n');
                block.push_str(rest);
            }
            _ if line.is_empty() => {}
            _ => blocks.push(line.into()),
        }
    }
    blocks
}

#[derive(Default)]
struct Head {
    session: String,
    start: String,
    cwd: Option<String>,
    branch: Option<String>,
    sidechain: Option<String>,
}

impl Head {
    fn take(&mut self, block: &str) -> Result<bool, String> {
        let Some((name, value)) = block.split_once(": ") else { return Ok(false) };
        match name {
            "session" => self.session = value.into(),
            "start" => self.start = value.into(),
            "cwd" => self.cwd = Some(value.into()),
            "branch" => self.branch = Some(value.into()),
            "sidechain" => self.sidechain = Some(value.into()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn begin(&self) -> Result<Transcript, String> {
        if dreaming::Time::parse(&self.start).is_none() {
            return Err(format!("`start: {}` is no time", self.start));
        }
        let mut transcript = Transcript::new(&self.session, &self.start);
        if let Some(cwd) = &self.cwd {
            transcript = transcript.cwd(cwd);
        }
        if let Some(branch) = &self.branch {
            transcript = transcript.branch(branch);
        }
        if let Some(agent) = &self.sidechain {
            transcript = transcript.sidechain(agent);
        }
        Ok(transcript)
    }
}

fn event(transcript: &mut Transcript, block: &str) -> Result<(), String> {
    let unknown = || format!("not understood: `{block}`");
    if let Some(command) = block.strip_prefix("$ ") {
        transcript.call("Bash", serde_json::json!({ "command": command }));
    } else if let Some(call) = block.strip_prefix("call ") {
        let (tool, input) = call.split_once(' ').ok_or_else(unknown)?;
        let input = serde_json::from_str(input).map_err(|e| format!("{e} in `{block}`"))?;
        transcript.call(tool, input);
    } else {
        let (name, text) = block.split_once(": ").ok_or_else(unknown)?;
        match name {
            "user" => transcript.user(text),
            "meta" => transcript.meta(text),
            "agent" => transcript.agent(text),
            "ok" => transcript.result(text),
            "fail" => transcript.fail(text),
            "wait" => transcript.wait(text.parse().map_err(|_| unknown())?),
            "raw" => transcript.raw(text),
            _ => return Err(unknown()),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_gives_the_transcript_that_the_builder_gives() {
        let script = "start: 2026-03-02T09:00:00Z\ncwd: /home/jonas/shop\n\nuser: run\n  it\n\
                      $ make test\nfail: Exit code 1\n  no database\nwait: 60\nagent: Done.\n";
        let mut built = Transcript::new("s", "2026-03-02T09:00:00Z").cwd("/home/jonas/shop");
        built.user("run\nit").shell_fails("make test", "no database").wait(60).agent("Done.");
        assert_eq!(transcript("s", script), Ok(built.bytes()));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for script in ["", "start: now\nuser: a", "start: 2026-03-02T09:00:00Z\nshout: a"] {
            assert!(transcript("s", script).is_err(), "{script}");
        }
    }
}
