//! What the command shows a person while it asks a model, and which command it suggests when it
//! cannot ask.

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{BOTH, KEY, asking, good, is_unread};
use crate::support::fake::{self, Fake, Reply, Speaks};
use crate::support::{Done, Store, done};

/// The command of [`asking`] without `--json`, as a person would type it.
fn plain(store: &Store, speaks: Speaks, url: &str, more: &[&str]) -> Command {
    let command = asking(store, speaks, url, more);
    let words = command.get_args().filter_map(|word| Some(word.to_str()?.to_owned()));
    // Replaces the test's short wait between two tries.
    let wait = |word: String| if word == "1ms" { "1s".to_owned() } else { word };
    let words: Vec<String> = words.filter(|word| word != "--json").map(wait).collect();
    let words: Vec<&str> = words.iter().map(|word| &**word).collect();
    // The last two words are `--memory memory`, which `store.command` adds itself.
    let mut plain = store.command(&words[..words.len() - 2]);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => plain.env(name, value),
            None => plain.env_remove(name),
        };
    }
    plain
}

fn refused(command: &mut Command) -> Done {
    let failed = done(command).expect(6);
    assert!(!failed.stderr.contains(KEY), "{failed:?}");
    assert!(!failed.stderr.contains("try again later"), "{failed:?}");
    failed
}

#[test]
fn a_key_that_is_wrong_is_named_by_where_it_came_from() {
    for (speaks, variable) in BOTH.into_iter().zip(["ANTHROPIC_API_KEY", "OPENAI_API_KEY"]) {
        for status in [401, 403] {
            let said = fake::error("authentication_error", "invalid x-api-key");
            let fake = Fake::says(speaks, Reply::Http(status, Vec::new(), said));
            let store = Store::new();
            let failed = refused(&mut plain(&store, speaks, &fake.url, &[]));
            let why = format!("HTTP {status}: invalid x-api-key (the key is from {variable})");
            assert!(failed.stderr.contains(&why), "{failed:?}");
            assert!(failed.stderr.contains("put the right key there"), "{failed:?}");
            is_unread(&store);
            store.put("the key", KEY);
            let more = ["--model-key-file", "the key"];
            let failed = refused(&mut plain(&store, speaks, &fake.url, &more));
            assert!(failed.stderr.contains("(the key is from the file `the key`)"), "{failed:?}");
            let mut none = plain(&store, speaks, &fake.url, &[]);
            let failed = refused(none.env_remove(variable));
            assert!(failed.stderr.contains("(no key was sent)"), "{failed:?}");
            let todo = [variable, ", or give --model-key-file, and run again"].concat();
            let set = |todo: &str| failed.stderr.contains("set ") && failed.stderr.contains(todo);
            assert!(set(&todo) || set(" or ANTHROPIC_AUTH_TOKEN, or give"), "{failed:?}");
        }
    }
}

#[test]
fn an_address_that_is_wrong_is_named_at_once() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("http://{free}/v1");
    let fake = Fake::says(Speaks::OpenAi, Reply::Http(404, Vec::new(), "page not found".into()));
    for (url, why, tries) in [
        (&*nobody, "Connection refused", 2),
        ("http://no-such-host.invalid/v1", "", 2),
        (&fake.url, "HTTP 404", 1),
    ] {
        let store = Store::new();
        let begin = Instant::now();
        let mut command = plain(&store, Speaks::OpenAi, url, &["--model-parallel", "1"]);
        if url.contains("invalid") {
            // The command sends no key over unencrypted HTTP, so none is set here.
            command.env_remove("OPENAI_API_KEY");
        }
        let failed = refused(&mut command);
        assert!(begin.elapsed() < Duration::from_secs(8), "{:?}: {url}", begin.elapsed());
        assert!(failed.stderr.contains(&format!("{url}/chat/completions")), "{failed:?}");
        assert!(failed.stderr.contains(why), "{failed:?}");
        assert!(failed.stderr.contains("check --model-url"), "{failed:?}");
        assert!(fake.seen().len() < tries.max(2), "{failed:?}");
        is_unread(&store);
    }
}

#[test]
fn how_far_a_model_is_stands_in_plain_lines_where_no_terminal_is() {
    let (store, fake) = (Store::new(), good(Speaks::Anthropic));
    store.put(
        "prices.json",
        r#"{"as_of": "2026-02", "models": {"anthropic:model-1": {"input": 1, "output": 10}}}"#,
    );
    let more = ["--prices", "prices.json"];
    let run = done(&mut plain(&store, Speaks::Anthropic, &fake.url, &more)).expect(0);
    let lines: Vec<&str> = run.stderr.lines().filter(|line| line.contains("0/2")).collect();
    assert_eq!(lines, ["Asking the model: 0/2 calls · $0.00"], "{run:?}");
    let quiet = done(&mut asking(&store, Speaks::Anthropic, &fake.url, &["--replace"])).expect(0);
    assert!(!quiet.stderr.contains("Asking"), "{quiet:?}");
}
