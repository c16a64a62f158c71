//! The component, and a store that has something to dream about.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use dreaming_wasmtime::{Engine, Limits, MemoryStore, Mode, RunRequest, Setting, SettingValue};

/// 2026-02-20T00:00:00Z.
pub const NOW: i64 = 1_771_545_600_000;

/// The file `name` of `dist/`, or what `DREAMING_COMPONENT` names in place of `dreaming.wasm`.
pub fn component(name: &str) -> Vec<u8> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist").join(name);
    let path = match std::env::var_os("DREAMING_COMPONENT") {
        Some(path) if name == "dreaming.wasm" => PathBuf::from(path),
        _ => built,
    };
    std::fs::read(&path)
        .unwrap_or_else(|e| panic!("{}: {e}: run `cargo xtask component` first", path.display()))
}

/// An engine whose compiled code is kept between tests. One test compiles at a time, so that the
/// others find the code compiled.
pub fn engine(limits: Limits) -> Engine {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dreaming");
    Engine::cached(&component("dreaming.wasm"), limits, &cache).expect("the component compiles")
}

/// A request for a run that may make `calls` model calls.
pub fn request(mode: Mode, calls: u64) -> RunRequest {
    let setting = Setting { name: "propose.max-calls".into(), value: SettingValue::Integer(calls) };
    RunRequest { policy: vec![setting], instructions: String::new(), now: NOW, mode }
}

/// Two memories, one of which says a thing twice, and two sessions in which a person says how
/// they want things done.
pub fn store() -> MemoryStore {
    let mut store = MemoryStore::new("salt");
    store.insert_memory(
        "notes/build.md",
        "# Build\n\n- Run `make all` before a release.\n- Run `make all` before a release.\n- The cache lives in `/var/cache/app`.\n",
        Some(NOW - 30 * 86_400_000),
    );
    store.insert_memory("notes/team.md", "# Team\n\n- Ana owns the parser.\n", None);
    for (session, day) in [("s1", 10), ("s2", 12)] {
        store.insert_part(session, "main", transcript(session, day));
    }
    store
}

/// A small transcript: a person states a preference, and the agent does the work.
pub fn transcript(session: &str, day: u32) -> String {
    let line = |n: u32, body: &str| {
        format!(
            "{{\"type\":{body},\"uuid\":\"{session}-{n}\",\"sessionId\":\"{session}\",\"timestamp\":\"2026-02-{day}T09:0{n}:00.000Z\",\"cwd\":\"/home/ana/app\",\"version\":\"2.0.1\"}}\n"
        )
    };
    let user = "\"user\",\"message\":{\"role\":\"user\",\"content\":\"From now on, always run the linter before you commit.\"}";
    let call = "\"assistant\",\"message\":{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"Bash\",\"input\":{\"command\":\"make lint\"}}]}";
    let result = "\"user\",\"message\":{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t1\",\"content\":\"ok\"}]}";
    [line(1, user), line(2, call), line(3, result)].concat()
}
