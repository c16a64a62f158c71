//! Models that nobody can ask, by what the command line says.

use super::KEY;
use crate::support::{Store, done};

#[test]
fn wrong_choices_are_usage_errors_before_anything_is_read() {
    let store = Store::new();
    let run = |more: &[&str]| {
        let arguments = [&["run", "--sessions", "sessions"][..], more].concat();
        let mut command = store.command(&arguments);
        for name in ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_API_KEY"] {
            command.env_remove(name);
        }
        done(&mut command)
    };
    store.put("key", "two words");
    store.put("real-key", KEY);
    for more in [
        &["--model", "claude"][..],
        &["--model", "anthropic:model-1"],
        &["--model", "openai:model-1"],
        &["--model", "openai:m", "--model-url", "gpu.example"],
        &[
            "--model",
            "openai:m",
            "--model-url",
            "http://gpu.example/v1",
            "--model-key-file",
            "real-key",
        ],
        &["--model", "openai:m", "--model-url", "https://ada:secret@gpu.example/v1"],
        &["--model", "openai:m", "--model-url", "https://gpu.example", "--model-key-file", "key"],
        &["--model", "exec:true", "--model-url", "https://gpu.example"],
        &["--model", "exec:true", "--max-cost", "1"],
        &["--model", "exec:true", "--max-cost", "-1"],
        &["--estimate"],
        &["--max-tokens", "5"],
    ] {
        let refused = run(more).expect(2);
        let said = refused.stderr + &refused.stdout;
        assert!(!said.contains("secret") && !said.contains("two words") && !said.contains(KEY));
    }
    assert!(!store.path(".dreaming/memory/state.db").exists() || store.status()["revision"] == 0);
}
