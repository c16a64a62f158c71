//! Transcripts made up here, for formats of which no real file is at hand.

/// The sample transcripts, by format.
pub const ALL: &[(&str, &str)] = &[
    ("managed-agents", MANAGED),
    ("generic", GENERIC),
    ("dreaming.session/1", SIDE),
    ("gemini-cli", GEMINI),
    ("goose", GOOSE),
    ("opencode", OPENCODE),
    ("openhands", OPENHANDS),
];

const MANAGED: &str = r#"{"id":"e1","type":"user.message","processed_at":"2026-02-01T10:00:00Z","content":[{"type":"text","text":"Run the tests, please."}]}
{"id":"e2","type":"agent.message","processed_at":"2026-02-01T10:00:01Z","content":[{"type":"text","text":"I run them."}]}
{"id":"e3","type":"agent.tool_use","processed_at":"2026-02-01T10:00:02Z","name":"bash","input":{"command":"make test"}}
{"id":"e4","type":"agent.tool_result","processed_at":"2026-02-01T10:00:03Z","tool_use_id":"e3","is_error":true,"content":[{"type":"text","text":"make: no rule for test"}]}
{"id":"e5","type":"span.model_request_end","processed_at":"2026-02-01T10:00:04Z","model_usage":{"input_tokens":10,"output_tokens":4}}
{"id":"e6","type":"session.status_idle","processed_at":"2026-02-01T10:00:05Z","stop_reason":{"type":"end_turn"}}
"#;

const GENERIC: &str = r#"{"type":"session","session":"s1","agent":"fixer","role":"coder","task":"bug"}
{"type":"user","text":"The build is red.","time":"2026-02-01T10:00:00Z"}
{"type":"tool-call","call":"1","tool":"Bash","arguments":{"command":"make"}}
{"type":"tool-result","call":"1","failed":true,"text":"no rule to make target"}
{"type":"outcome","name":"tests","value":true}
"#;

const SIDE: &str = r#"{"format":"dreaming.session/1","agent":"fixer","outcomes":[{"name":"tests","value":1,"goal":1},{"name":"seconds","value":210,"goal":300,"better":"lower","weight":50}]}
{"format":"dreaming.session/1","principal":"ada","branch":"main"}
"#;

const GEMINI: &str = r#"{
  "sessionId": "g1", "projectHash": "00", "startTime": "2026-02-01T10:00:00Z",
  "lastUpdated": "2026-02-01T10:05:00Z",
  "messages": [
    {"id": "m1", "timestamp": "2026-02-01T10:00:00Z", "type": "user", "content": [{"text": "Run the tests."}]},
    {"id": "m2", "timestamp": "2026-02-01T10:01:00Z", "type": "gemini", "content": "",
     "tokens": {"input": 10, "output": 2, "thoughts": 3},
     "toolCalls": [{"id": "a", "name": "run_shell_command", "args": {"command": "make test"}, "status": "success",
       "result": [{"functionResponse": {"response": {"output": "Exit Code: 2"}}}]}]}
  ]
}
"#;

const OPENCODE: &str = r#"{
  "info": {"id": "ses_1", "version": "1.2.0", "title": "Shop", "directory": "/home/ada/shop", "time": {"created": 1769940000000}},
  "messages": [
    {"info": {"id": "msg_1", "sessionID": "ses_1", "role": "user", "time": {"created": 1769940000000}},
     "parts": [{"type": "text", "text": "Run the tests."}]},
    {"info": {"id": "msg_2", "sessionID": "ses_1", "role": "assistant", "time": {"created": 1769940001000},
      "tokens": {"input": 10, "output": 2, "reasoning": 0, "cache": {"read": 0, "write": 0}}},
     "parts": [{"type": "tool", "tool": "bash", "callID": "a", "state": {"status": "completed",
       "input": {"command": "make test"}, "output": "boom", "metadata": {"exit": 2}}}]}
  ]
}
"#;

const GOOSE: &str = r#"{"id":"20260201_1","session_type":"user","working_dir":"/shop","parent_session_id":null,"schedule_id":null,"recipe_json":null}
{"message_id":"msg_1","session_id":"20260201_1","role":"user","created_timestamp":1769940000,"content_json":[{"type":"text","text":"Run the tests."}],"metadata_json":{"userVisible":true,"turnContext":null,"usage":null}}
{"message_id":"r1","session_id":"20260201_1","role":"assistant","created_timestamp":1769940001,"content_json":[{"type":"toolRequest","id":"a","toolCall":{"status":"success","value":{"name":"shell","arguments":{"command":"make test"}}}}],"metadata_json":{"userVisible":true,"turnContext":null,"usage":{"inputTokens":10,"outputTokens":2}}}
{"message_id":"msg_2","session_id":"20260201_1","role":"user","created_timestamp":1769940002,"content_json":[{"type":"toolResponse","id":"a","toolResult":{"status":"success","value":{"content":[{"type":"text","text":"no rule for test"}],"structuredContent":{"exit_code":2},"isError":true}}}],"metadata_json":{"userVisible":true,"turnContext":null,"usage":null}}
"#;

const OPENHANDS: &str = r#"{"id":"c1","workspace":{"working_dir":"/shop"}}
{"id":"1","timestamp":"2026-02-01T10:00:00.000000","source":"user","llm_message":{"role":"user","content":[{"type":"text","text":"Run the tests."}]},"kind":"MessageEvent"}
{"id":"2","timestamp":"2026-02-01T10:00:01.000000","source":"agent","parent_id":"1","thought":[],"tool_name":"terminal","tool_call_id":"a","tool_call":{"id":"a","name":"terminal","arguments":"{\"command\": \"make test\"}"},"kind":"ActionEvent"}
{"id":"3","timestamp":"2026-02-01T10:00:02.000000","source":"environment","parent_id":"2","tool_name":"terminal","tool_call_id":"a","observation":{"content":[{"type":"text","text":"no rule for test"}],"is_error":false,"exit_code":2,"kind":"TerminalObservation"},"kind":"ObservationEvent"}
"#;
