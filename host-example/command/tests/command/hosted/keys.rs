//! A key goes to the service that it is for, and is printed nowhere.

use std::process::Command;

use super::service::Fault;
use super::{KEY, STORE, command, mirror, place, plain, typed};
use crate::support::done;

/// A key of the makers of models.
const OF_MODELS: &str = "sk-ant-9876543210";

fn without_key(mut command: Command) -> Command {
    command.env_remove("DREAMING_STORE_KEY");
    command
}

#[test]
fn the_key_of_a_model_is_sent_to_no_other_service() {
    let (store, service) = place(&[("/a.md", "- A.\n")]);
    let words = ["pull", STORE, "memory", "--url", &service.url];
    for name in ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"] {
        let mut command = without_key(command(&store, &words));
        let refused = done(command.env(name, OF_MODELS)).expect(2);
        assert!(refused.stderr.contains("type `export DREAMING_STORE_KEY=…`"), "{refused:?}");
        assert!(refused.stderr.contains(&service.url), "{refused:?}");
        assert!(!format!("{refused:?}").contains(OF_MODELS), "{refused:?}");
        assert!(service.asked().is_empty());
    }
    // Beside the key of the store they are not looked at.
    let mut command = command(&store, &words);
    command.env("ANTHROPIC_API_KEY", OF_MODELS).env("ANTHROPIC_AUTH_TOKEN", OF_MODELS);
    done(&mut command).expect(0);
    let asked = service.asked();
    assert!(!asked.is_empty() && !format!("{asked:?}").contains(OF_MODELS), "{asked:?}");
    // A remembered address gets none of them either.
    let mut push = without_key(super::command(&store, &["push", "memory"]));
    done(push.env("ANTHROPIC_API_KEY", OF_MODELS)).expect(2);
    assert!(service.asked().is_empty());
}

#[test]
fn the_key_of_a_store_is_no_key_of_a_model() {
    let (store, _service) = mirror(&[("/a.md", "- A.\n")]);
    store.put("sessions/one.jsonl", crate::support::session("one", 2));
    let words = ["run", "--memory", "memory", "--sessions", "sessions", "--model", "anthropic:m"];
    let refused = done(&mut plain(&store, &words)).expect(2);
    assert!(refused.stderr.contains("set ANTHROPIC_API_KEY"), "{refused:?}");
}

#[test]
fn the_hosted_api_takes_the_keys_of_its_makers_too() {
    let (store, _service) = place(&[]);
    let asks = |name: Option<&str>| {
        let mut command = without_key(command(&store, &["pull", STORE, "memory", "--json"]));
        // Nobody is there, so that nothing leaves this machine.
        for proxy in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            command.env(proxy, "http://127.0.0.1:9");
        }
        command.env_remove("NO_PROXY").env_remove("no_proxy");
        if let Some(name) = name {
            command.env(name, OF_MODELS);
        }
        done(&mut command)
    };
    let none = asks(None).expect(2);
    for name in ["DREAMING_STORE_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"] {
        assert!(none.stderr.contains(name), "{none:?}");
        let asked = asks(Some(name)).expect(1);
        assert_eq!(asked.json()["error"]["kind"], "no-network", "{asked:?}");
    }
}

#[test]
fn a_key_that_is_turned_down_is_named_by_its_variable() {
    let (store, service) = mirror(&[("/a.md", "- Old.\n")]);
    let mut pull = command(&store, &["pull", "memory"]);
    let refused = done(pull.env("DREAMING_STORE_KEY", "another-key")).expect(1);
    assert!(refused.stderr.contains("the key is from DREAMING_STORE_KEY"), "{refused:?}");
    assert!(!format!("{refused:?}").contains("another-key"), "{refused:?}");
    let wrong = done(pull.env("DREAMING_STORE_KEY", "two words")).expect(2);
    assert!(!format!("{wrong:?}").contains("two words"), "{wrong:?}");
    // One that may only read: nothing is said to be sent.
    store.put("memory/a.md", "- New.\n");
    service.faults(|asked| {
        let refused = format!("{{\"error\": {{\"message\": \"{KEY} may only read\"}}}}");
        asked.writes().then_some(Fault::Answer(403, &[], refused))
    });
    let refused = typed(&store, &["push", "memory"]).expect(1);
    assert_eq!(refused.stdout, "");
    assert!(refused.stderr.contains("may only read (the key is from"), "{refused:?}");
    assert!(!refused.stderr.contains(KEY), "{refused:?}");
}
