//! The golden cases, in the engine itself. The component plays the same cases in its own tests.

use std::path::Path;

use dreaming_testing::case::Case;
use dreaming_testing::{NativeHost, Variation, golden};

#[test]
fn every_case_gives_the_expected_bytes_in_every_order() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    if let Err(faults) = golden::check(&NativeHost, &folder) {
        panic!("{faults}");
    }
}

/// What the demo is meant to show, and what it must not.
#[test]
fn the_demo_finds_what_was_put_into_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("xtask/demo");
    let mut case: Case = serde_json::from_str(include_str!("demo.json")).unwrap();
    case.folder = folder.clone();
    case.steps[0].sessions = golden::all_sessions(&folder).unwrap();
    let first = golden::play(&case, &NativeHost, Variation::AS_WRITTEN).unwrap();
    let last = golden::play(&case, &NativeHost, Variation::ALL[5]).unwrap();
    assert_eq!(first, last);
}
