//! `cargo xtask bench`: the whole path natively and through the component, as ratios. The work is done by
//! `host-example/bench`, because it needs wasmtime.

use anyhow::Result;

use crate::component;
use crate::steps::{cargo, run, step};

/// Builds the components and measures; with `--growth` first, how the time of native code grows, by
/// `xtask/growth`. Progress goes to standard error.
///
/// # Errors
/// When something does not build, what two engines come to differs, or something grows too fast.
pub fn bench(arguments: &[&str]) -> Result<()> {
    if let ["--growth", arguments @ ..] = arguments {
        let program = ["run", "--release", "--quiet", "--package", "dreaming-growth", "--"];
        let mut program = cargo("", &program);
        // Memory that the C library of Linux gives back and takes anew costs the more the longer a text is.
        for name in ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"] {
            program.env(name, (1_u64 << 30).to_string());
        }
        return run(program.args(arguments));
    }
    step("components", component::build)?;
    let program = ["run", "--release", "--quiet", "--package", "dreaming-bench", "--"];
    run(cargo("host-example", &program).args(arguments))
}
