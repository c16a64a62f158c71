//! The golden cases of the engine, played in the component: the same bytes as in native code.

use std::path::Path;

use dreaming_conformance::sites;
use dreaming_testing::golden;

#[test]
fn every_case_gives_the_expected_bytes_in_the_component() {
    let wasmtime = sites::ALL.into_iter().find(|site| site.id == "wasmtime").unwrap();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("code");
    let component = wasmtime.open(&cache).map_err(|closed| format!("{closed:?}")).unwrap();
    if let Err(faults) = golden::check(&*component.host, &sites::root().join("tests/golden")) {
        panic!("{faults}");
    }
}
