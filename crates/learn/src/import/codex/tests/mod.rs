//! Helpers that write lines of rollouts.

mod commands;
mod forks;
mod messages;
mod tokens;

use serde_json::{Value, json};

fn line(kind: &str, payload: Value) -> Value {
    json!({"timestamp": "2026-02-01T10:00:00Z", "type": kind, "payload": payload})
}

fn item(payload: Value) -> Value {
    line("response_item", payload)
}

fn says(role: &str, text: &str) -> Value {
    item(
        json!({"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}),
    )
}

fn meta() -> Value {
    line(
        "session_meta",
        json!({"id": "r1", "cwd": "/home/ada/shop", "cli_version": "1",
        "git": {"branch": "main"}, "instructions": "Be kind."}),
    )
}

fn call(tool: &str, call: &str, arguments: &Value) -> Value {
    item(json!({"type": "function_call", "name": tool, "call_id": call,
        "arguments": arguments.to_string()}))
}

fn gives(call: &str, output: &str) -> Value {
    item(json!({"type": "function_call_output", "call_id": call, "output": output}))
}

fn happened(event: Value) -> Value {
    line("event_msg", event)
}

/// The header lines that version 0.118 writes before the output, with `state` as their state line.
fn chunk(state: &str, output: &str) -> String {
    format!(
        "Chunk ID: 1\nWall time: 1.0 seconds\n{state}\nOriginal token count: 1\nOutput:\n{output}"
    )
}
