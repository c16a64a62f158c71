//! What a call gave back, and whether it failed: rollouts say so inside the output.

use super::super::json::{self, Value};

use super::super::calls::content_text;
use crate::words::harness::{CODEX_EXIT_CODES, CODEX_FAILURES};

/// Lines before the output proper: exit code, time, size. Chosen by us, from the format notes.
const HEADER_LINES: usize = 8;

/// Where the output proper begins.
const BODY: &str = "Output:";

/// The text of an output, and whether the call failed.
pub(super) fn read(output: &Value) -> (String, bool) {
    match output {
        Value::String(text) => of_text(text),
        Value::Object(fields) => {
            let success = fields.get("success").and_then(Value::as_bool);
            let (text, failed) =
                of_text(&fields.get("content").map(content_text).unwrap_or_default());
            (text, success.map_or(failed, |success| !success))
        }
        other => of_text(&content_text(other)),
    }
}

fn of_text(text: &str) -> (String, bool) {
    if let Some(found) = of_json(text) {
        return found;
    }
    let (code, body) = header(text);
    match code {
        Some(0) => (body.unwrap_or(text).into(), false),
        Some(code) => (with_code(code, body.unwrap_or_default()), true),
        None => (text.into(), CODEX_FAILURES.iter().any(|opening| text.starts_with(opening))),
    }
}

/// `{"output": …, "metadata": {"exit_code": …}}`, or the result of a server of tools.
fn of_json(text: &str) -> Option<(String, bool)> {
    let value: Value<'_> = text.starts_with('{').then(|| json::read(text))??;
    if let Some(code) = value.get("metadata").and_then(|m| m.get("exit_code")?.as_i64()) {
        let body = value.get("output").and_then(Value::as_str).unwrap_or_default();
        return Some(if code == 0 { (body.into(), false) } else { (with_code(code, body), true) });
    }
    let failed = ["isError", "is_error"].iter().find_map(|name| value.get(name)?.as_bool())?;
    Some((content_text(value.get("content")?), failed))
}

/// The exit code and the output proper, when lines before it tell.
fn header(text: &str) -> (Option<i64>, Option<&str>) {
    let mut code = None;
    let mut rest = text;
    for _ in 0..HEADER_LINES {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if line.trim_ascii_end() == BODY {
            return (code, Some(after));
        }
        let number = CODEX_EXIT_CODES.iter().find_map(|opening| line.strip_prefix(opening));
        code = code.or(number.and_then(|number| number.trim_ascii().parse().ok()));
        rest = after;
    }
    // A line like these further down is the program's own.
    (code.filter(|_| CODEX_EXIT_CODES.iter().any(|opening| text.starts_with(opening))), None)
}

/// A failure as other harnesses write it.
fn with_code(code: i64, body: &str) -> String {
    format!("Exit code {code}\n{body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_tell_a_failure_is_understood() {
        for (output, text, failed) in [
            (r#"{"output":"ok","metadata":{"exit_code":0}}"#, "ok", false),
            (r#"{"output":"no\n","metadata":{"exit_code":2}}"#, "Exit code 2\nno\n", true),
            (
                "Exit code: 1\nWall time: 0.1 seconds\nOutput:\nno such file",
                "Exit code 1\nno such file",
                true,
            ),
            (
                "Chunk ID: a\nWall time: 1 s\nProcess exited with code 0\nOutput:\nfine",
                "fine",
                false,
            ),
            ("failed in sandbox: denied", "failed in sandbox: denied", true),
            (r#"{"content":[{"type":"text","text":"bad"}],"isError":true}"#, "bad", true),
            (r#"{"name":"x"}"#, r#"{"name":"x"}"#, false),
            ("plain\nExit code: 3\nof a program", "plain\nExit code: 3\nof a program", false),
            ("", "", false),
        ] {
            assert_eq!(read(&Value::from(output)), (text.into(), failed), "{output}");
        }
        let structured = serde_json::json!({"content": "denied", "success": false});
        assert_eq!(read(&structured.into()), ("denied".into(), true));
        let blocks = serde_json::json!([{"type": "input_text", "text": "a"}]);
        assert_eq!(read(&blocks.into()), ("a".into(), false));
    }
}
