//! The golden cases, played in the crate itself. The component plays the same cases in its own
//! tests.

use std::path::Path;

use dreaming_testing::case::{self, Case};
use dreaming_testing::{NativeHost, Variation, given, golden, player};

#[test]
fn every_case_gives_the_expected_bytes_in_every_order() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    // Cargo names `target/tmp`; the folder beside it is easier for people to find.
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("golden");
    if let Err(faults) = golden::check(&NativeHost, &folder, &kept) {
        panic!("{faults}");
    }
}

/// What the demo must show, and what it must not.
#[test]
fn the_demo_finds_what_was_put_into_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("xtask/demo");
    let mut case: Case = serde_json::from_str(include_str!("demo.json")).unwrap();
    case.given = given::read(&folder).unwrap();
    case.steps[0].sessions = case::all_sessions(&case.given);
    let first = player::play(&case, &NativeHost, Variation::AS_WRITTEN).unwrap();
    let last = player::play(&case, &NativeHost, Variation::ALL[5]).unwrap();
    assert_eq!(first, last);
}
