//! Writes the sessions of the demo: `cargo run -p dreaming-testing --bin demo-sessions`.

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../xtask/demo/sessions");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    for (name, bytes) in dreaming_testing::demo::sessions() {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap_or(&folder))?;
        fs::write(file, bytes)?;
    }
    Ok(())
}
