//! The temporary files in which a write stages new texts beside the memories.

use cap_std::fs::Dir;
use dreaming_wasmtime::memory_path::MAX_SEGMENTS;

use crate::below;
use crate::folder::digest;

/// Ending of the names of staged files. The names begin with a dot, so that nobody takes such a
/// file for a memory.
const ENDING: &str = ".dreaming-tmp";

/// The name under which the new text of the file `name` is staged.
pub fn name(name: &str) -> String {
    // With the added dot and ending, a long name could exceed the length limit of file names.
    if name.len() > 200 {
        format!(".{}{ENDING}", digest(name.as_bytes()))
    } else {
        format!(".{name}{ENDING}")
    }
}

/// Removes the files that interrupted writes staged, with the folders that hold nothing else.
/// Returns how many files there were.
pub fn sweep(dir: &Dir) -> u64 {
    sweep_below(dir, 0)
}

fn sweep_below(dir: &Dir, depth: usize) -> u64 {
    let mut swept = 0;
    for item in dir.entries().into_iter().flatten().flatten() {
        let name = item.file_name();
        let shown = name.to_string_lossy();
        // Links are neither folders nor files here, so they stay.
        let (is_dir, is_file) =
            item.file_type().map_or((false, false), |k| (k.is_dir(), k.is_file()));
        if is_dir && !shown.starts_with('.') && depth < MAX_SEGMENTS {
            let inside =
                below::open_folder(dir, &name).map_or(0, |inner| sweep_below(&inner, depth + 1));
            if inside > 0 {
                // Fails for a folder that is not empty, which then stays.
                let _ = dir.remove_dir(&name);
            }
            swept += inside;
        } else if is_file && shown.starts_with('.') && shown.ends_with(ENDING) {
            swept += u64::from(dir.remove_file(&name).is_ok());
        }
    }
    swept
}
