//! A folder that mirrors a store of the hosted API. The service here is played; the real server is
//! on the other side in `host-example/server/conformance/mirror.py`.

use std::process::Command;

use crate::support::{Done, Store, done};

mod conflicts;
#[cfg(unix)]
mod disk;
mod faults;
mod keys;
mod left;
mod pull;
mod push;
mod service;
mod sessions;
#[cfg(unix)]
mod terminal;

use self::service::{KEY, STORE, Service};

/// An empty place with a service that has these memories.
fn place(memories: &[(&str, &str)]) -> (Store, Service) {
    (Store::empty(), Service::new(memories))
}

/// The command exactly as it is typed, with the key, not started yet.
fn plain(store: &Store, words: &[&str]) -> Command {
    // Folders are named as people name them, so without the `--memory` of other tests.
    let like = store.command(&[]);
    let mut command = Command::new(like.get_program());
    command.args(words).current_dir(store.path("."));
    command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    for name in ["DREAMING_MEMORY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"] {
        command.env_remove(name);
    }
    command.env("DREAMING_STORE_KEY", KEY);
    command
}

/// The same for `pull` and `push`, which wait for nothing.
fn command(store: &Store, words: &[&str]) -> Command {
    let mut command = plain(store, words);
    command.args(["--retry-wait", "1ms"]);
    command
}

fn typed(store: &Store, words: &[&str]) -> Done {
    done(&mut command(store, words))
}

/// The first pull.
fn pulled(store: &Store, service: &Service) -> Done {
    typed(store, &["pull", STORE, "memory", "--url", &service.url])
}

/// A folder that is equal to a service with these memories.
fn mirror(memories: &[(&str, &str)]) -> (Store, Service) {
    let (store, service) = place(memories);
    pulled(&store, &service).expect(0);
    service.asked();
    (store, service)
}

/// The paths in a field of a reply that is a list of objects.
fn paths(done: &Done, field: &str) -> Vec<String> {
    let json = done.json();
    let list = json[field].as_array().unwrap_or_else(|| panic!("no {field} in {json}")).clone();
    list.iter().map(|item| item["path"].as_str().unwrap_or_default().to_owned()).collect()
}
