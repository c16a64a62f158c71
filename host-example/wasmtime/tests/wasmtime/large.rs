//! Stores larger than one page: pages are cut by the engine's measure, paths and texts together.

use crate::support::{engine, request, transcript};
use dreaming_wasmtime::{Contents, Limits, MemoryStore, Mode, NoModel, Store as _};

/// A store of `files` memories of `bytes` each, whose paths have `name` bytes, and one session.
fn folder(files: usize, bytes: usize, name: usize) -> MemoryStore {
    let mut store = MemoryStore::new("large");
    for n in 0..files {
        let line = format!("- Fact {n} holds. ");
        let text = format!("{line}{}\n", "x".repeat(bytes - line.len() - 1));
        store.insert_memory(&format!("{n:0>width$}.md", width = name - 3), &text, None);
    }
    store.insert_part("s1", "main", transcript("s1", 10));
    store
}

/// Dreams over such a folder with `run`, and with a snapshot that the host fills.
fn lives_with(files: usize, bytes: usize, name: usize) {
    let mut job = engine(Limits::default())
        .job_with(folder(files, bytes, name), NoModel)
        .expect("a job begins");
    let run = job.run(&request(Mode::Propose, 0)).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&run.outcome.report).unwrap();
    assert_eq!((&report["memories"], &report["entries"]), (&files.into(), &files.into()));
    assert_eq!(job.store().head(), run.base.as_deref());
    let contents = Contents::read(job.store_mut()).unwrap();
    assert_eq!(contents.memories.len(), files);
    let (snapshot, empty) =
        (job.snapshot(&contents).unwrap(), job.snapshot(&Contents::default()).unwrap());
    assert_eq!(job.diff(&empty, &snapshot).unwrap().len(), files);
    assert_eq!(job.observe(&snapshot, crate::support::NOW), Ok(None), "nothing is lost on the way");
    let first = job.store_mut().memories(None).unwrap();
    assert!(first.len() < files, "it takes more than one page");
}

#[test]
fn a_folder_of_two_mebibytes_is_dreamt_over() {
    lives_with(2_048, 1_024, 8);
}

#[test]
fn names_of_two_hundred_bytes_count_too() {
    lives_with(6_000, 40, 200);
}

#[test]
#[ignore = "minutes; `cargo test -p dreaming-wasmtime --test wasmtime large -- --ignored`"]
fn twenty_mebibytes_and_a_hundred_thousand_files_are_dreamt_over() {
    lives_with(20_000, 1_024, 100);
    lives_with(100_000, 40, 20);
}
