//! A dream over real sessions in native code, when the data folder is there (`DREAMING_DATA`,
//! default `../shared/data` beside the project).

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test reads sample data, says what it skips, and may panic"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dreaming::propose::Answer;
use dreaming::{Plan, Policy, Request, Time};
use dreaming_testing::{NativeHost, Store, Variation, World, drive};

/// Parts of each session, by id: name and bytes.
type Sessions = BTreeMap<String, Vec<(String, Vec<u8>)>>;

/// From the design: a checkpoint of 100 ordinary sessions fits this.
const MAX_CHECKPOINT: usize = 1 << 20;

fn sessions() -> Option<Sessions> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("DREAMING_DATA").map_or(beside, PathBuf::from);
    let folder = folder.join("entire-lite/sessions");
    let Ok(files) = fs::read_dir(&folder) else {
        eprintln!("skipped: no {}", folder.display());
        return None;
    };
    let mut found = BTreeMap::new();
    for file in files {
        let path = file.unwrap().path();
        let id = path.file_stem().unwrap().to_str().unwrap().to_owned();
        found.insert(id, vec![("main".to_owned(), fs::read(&path).unwrap())]);
    }
    Some(found)
}

#[test]
fn a_checkpoint_of_a_hundred_sessions_is_small_and_no_order_shows() {
    let Some(all) = sessions() else { return };
    let first: Sessions = all.into_iter().take(100).collect();
    assert_eq!(first.len(), 100);
    let refuses = |_: &_| Answer::Refused;
    let world = World { sessions: first, model: &refuses };
    let request = Request {
        policy: Policy::default(),
        instructions: String::new(),
        now: Time::parse("2026-02-20T00:00:00Z").unwrap(),
        sessions: world.descriptors(),
        similarities: Vec::new(),
    };
    let store = Store::default();
    let run = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
    assert!(run.last.len() < MAX_CHECKPOINT, "{} bytes", run.last.len());
    let plan = Plan::from_bytes(&run.plan).unwrap();
    assert!(!plan.changes.is_empty());
    let shuffled = Variation::ALL.iter().find(|v| v.seed.is_some() && v.chunk > 1000).unwrap();
    let again = drive(&NativeHost, &request, &store, &world, *shuffled).unwrap();
    assert_eq!(again.plan, run.plan);
    eprintln!("checkpoint of 100 real sessions: {} bytes", run.last.len());
}
