//! Command lines and configuration files that name a model which cannot be asked.

use super::{KEY, good};
use crate::support::fake::Speaks;
use crate::support::{NOW, Store, done};

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

#[test]
fn the_users_own_file_may_say_where_its_model_is_served_and_no_other_file_may() {
    let (store, fake) = (Store::new(), good(Speaks::OpenAi));
    let run = |more: &[&str]| {
        let arguments = ["run", "--sessions", "sessions", "--replace", "--json", "--now", NOW];
        let mut command = store.command(&[&arguments[..], more].concat());
        for name in ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_API_KEY"] {
            command.env_remove(name);
        }
        done(&mut command)
    };
    const OWN: &str = "config/dreaming/dreaming.toml";
    let served = format!("model-url = \"{}\"\n", fake.url);
    store.put(OWN, format!("model = \"openai:model-1\"\n{served}"));
    let dreamt = run(&[]).expect(0).json();
    assert_eq!(dreamt["model"]["name"], "openai:model-1", "{dreamt}");
    let asked = fake.seen().len();
    assert!(asked > 0 && dreamt["model"]["calls"]["asked"] == asked, "{dreamt}");
    // The configured address applies only to the configured model, not to another one.
    assert!(run(&["--model", "openai:other"]).expect(2).stderr.contains("needs a key"));
    let same = run(&["--model", "openai:model-1"]).expect(0).json();
    assert!(same["model"]["calls"]["recorded"].as_u64() > Some(0), "{same}");
    let asked = fake.seen().len();
    run(&["--no-model"]).expect(0);
    assert_eq!(fake.seen().len(), asked);
    let config = store.dreaming(&["config"]).expect(0).stdout;
    assert!(config.contains("model-url"), "{config}");
    // A configured address without a model names no model.
    store.put(OWN, &served);
    run(&[]).expect(0);
    assert_eq!(fake.seen().len(), asked);
    // The folder's file may not set the address, because a stranger may have written it and the
    // server gets the sessions.
    store.put(".dreaming/dreaming.toml", &served);
    let refused = run(&[]).expect(2).stderr;
    assert!(refused.contains("model-url") && refused.contains(OWN), "{refused}");
}
