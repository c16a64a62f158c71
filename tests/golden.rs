//! The golden cases, in the engine itself. The component plays the same cases in its own tests.

use std::path::Path;

use dreaming_testing::{NativeHost, golden};

#[test]
fn every_case_gives_the_expected_bytes_in_every_order() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    if let Err(faults) = golden::check(&NativeHost, &folder) {
        panic!("{faults}");
    }
}
