//! `cargo xtask bench`: the whole path natively and through the component, as ratios. The program
//! is `host-example/bench`, in another workspace because it needs wasmtime.

use anyhow::Result;

use crate::component;
use crate::steps::{cargo, run, step};

/// Builds the components and runs the benchmark. With `--growth` it first measures, by
/// `xtask/growth`, how the time of native code grows. Progress goes to standard error.
///
/// # Errors
/// When something does not build, two engines give different results, or a time grows too fast.
pub fn bench(arguments: &[&str]) -> Result<()> {
    if let ["--growth", arguments @ ..] = arguments {
        let program = ["run", "--release", "--quiet", "--package", "dreaming-growth", "--"];
        let mut program = cargo("", &program);
        // Keeps freed memory in the process: the C library of Linux would return large blocks to
        // the system and fetch them again, at a cost that grows with the text.
        for name in ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"] {
            program.env(name, (1_u64 << 30).to_string());
        }
        return run(program.args(arguments));
    }
    step("components", component::build)?;
    let program = ["run", "--release", "--quiet", "--package", "dreaming-bench", "--"];
    run(cargo("host-example", &program).args(arguments))
}
