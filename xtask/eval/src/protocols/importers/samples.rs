//! Transcripts made up here, for formats of which no real file is at hand.

/// The sample transcripts, by format.
pub const ALL: &[(&str, &str)] = &[
    ("managed-agents", MANAGED),
    ("generic", GENERIC),
    ("dreaming.session/1", SIDE),
    ("gemini-cli", GEMINI),
    ("kiro-cli", KIRO),
    ("opencode", OPENCODE),
    ("qwen-code", QWEN),
    ("copilot-chat", COPILOT_CHAT),
    ("cline", CLINE),
    ("goose", GOOSE),
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

const QWEN: &str = r#"{"uuid":"q1","parentUuid":null,"sessionId":"s1","timestamp":"2026-02-01T10:00:00Z","type":"user","provenance":"real_user","cwd":"/home/ada/shop","message":{"role":"user","parts":[{"text":"Run the tests, please."}]}}
{"uuid":"q2","parentUuid":"q1","sessionId":"s1","timestamp":"2026-02-01T10:00:01Z","type":"assistant","message":{"role":"model","parts":[{"functionCall":{"id":"a","name":"run_shell_command","args":{"command":"make test"}}}]},"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":4}}
{"uuid":"q3","parentUuid":"q2","sessionId":"s1","timestamp":"2026-02-01T10:00:02Z","type":"tool_result","message":{"role":"user","parts":[{"functionResponse":{"id":"a","name":"run_shell_command","response":{"error":"Output: boom\nExit Code: 2"}}}]},"toolCallResult":{"callId":"a","status":"error"}}
{"uuid":"q4","parentUuid":"q3","sessionId":"s1","timestamp":"2026-02-01T10:00:03Z","type":"system","subtype":"slash_command","systemPayload":{"phase":"invocation","rawCommand":"/plan","sentToModel":true}}
"#;

const KIRO: &str = r#"{"session_id":"k1","cwd":"/home/ada/shop","parent_session_id":null}
{"version":"v1","kind":"Prompt","data":{"message_id":"m1","content":[{"kind":"text","data":"Run the tests, please."}],"meta":{"timestamp":1769940000}}}
{"version":"v1","kind":"AssistantMessage","data":{"message_id":"m2","content":[{"kind":"toolUse","data":{"toolUseId":"a","name":"shell","input":{"command":"make test"}}}]}}
{"version":"v1","kind":"ToolResults","data":{"message_id":"m3","content":[{"kind":"toolResult","data":{"toolUseId":"a","content":[{"kind":"json","data":{"exit_status":"exit status: 2","stdout":"","stderr":"boom"}}],"status":"success"}}]}}
"#;

const COPILOT_CHAT: &str = r#"{"kind":0,"v":{"version":3,"sessionId":"c1","creationDate":1769940000000,"responderUsername":"GitHub Copilot","requests":[]}}
{"kind":2,"k":["requests"],"v":[{"requestId":"r1","timestamp":1769940000000,"message":{"text":"Run the tests.","parts":[]},"variableData":{"variables":[]},"response":[]}]}
{"kind":2,"k":["requests",0,"response"],"v":[{"value":"I run them."},{"kind":"toolInvocationSerialized","toolId":"run_in_terminal","toolCallId":"a","isComplete":true,"toolSpecificData":{"kind":"terminal","commandLine":{"original":"make test"},"terminalCommandState":{"exitCode":2},"terminalCommandOutput":{"text":"boom"}}}]}
{"kind":1,"k":["requests",0,"modelState"],"v":{"value":1,"completedAt":1769940002000}}
"#;

const CLINE: &str = r#"{
  "version": 1, "agent": "lead", "sessionId": "s1",
  "origin": {"source": "cli", "mode": "user", "sessionId": "s1", "version": "3.0.65"},
  "messages": [
    {"id": "m1", "role": "user", "content": [{"type": "text", "text": "<user_input mode=\"act\">Run the tests.</user_input>"}], "ts": 1769940000000},
    {"id": "m2", "role": "assistant", "content": [{"type": "text", "text": "I run them."},
      {"type": "tool_use", "id": "a", "name": "run_commands", "input": {"commands": ["make test"]}}], "ts": 1769940001000,
     "metrics": {"inputTokens": 10, "outputTokens": 2, "cacheReadTokens": 0, "cacheWriteTokens": 0}},
    {"id": "m3", "role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "name": "run_commands",
      "content": [{"query": "make test", "result": "boom", "error": "Command exited with code 2", "success": false}]}], "ts": 1769940002000}
  ],
  "system_prompt": "You are an agent."
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
