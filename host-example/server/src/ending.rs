//! How a process ends.

use std::error::Error;
use std::mem::forget;
use std::process::ExitCode;

use tokio::runtime::Runtime;

/// Does `work` and ends with it, also when a thread still waits for a model: the end of the runtime would wait for that
/// thread, which then asks a runtime that is gone. So the runtime works until the process is gone.
pub fn to_the_end(work: impl Future<Output = Result<(), Box<dyn Error>>>) -> ExitCode {
    let done = Runtime::new().map_err(Into::into).and_then(|runtime| {
        let done = runtime.block_on(work);
        forget(runtime);
        done
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
