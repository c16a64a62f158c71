//! `cargo xtask serve`: the server, built and started, with a key.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::demo::{component_beside, target};
use crate::steps::{cargo, run, step};

/// Builds the server and starts it over a database in `target/serve`, where its key lies too. `options` are those of
/// `dreaming-server serve`.
///
/// # Errors
/// When something does not build, or the server ends with an error.
pub fn serve(options: &[&str]) -> Result<()> {
    step("the component, and what runs it", || component_beside(server_build))?;
    step("the server", || run(&mut server_build()))?;
    let folder = target("", "serve");
    fs::create_dir_all(&folder)?;
    let program = target("host-example", "quick/dreaming-server");
    let database = format!("sqlite:{}", folder.join("dreaming-server.db").display());
    let key = folder.join("key");
    if !key.exists() {
        let made = Command::new(&program).args(["--database", &database, "new-key"]).output()?;
        ensure!(made.status.success(), "no key: {}", String::from_utf8_lossy(&made.stderr));
        private(&key)?.write_all(&made.stdout).with_context(|| key.display().to_string())?;
    }
    println!(
        "\nThe key is in {}; the page at the address below asks for it. Ctrl-C ends the server.",
        key.display()
    );
    let mut server = Command::new(&program);
    server.args(["--database", &database, "serve", "--cache"]).arg(folder.join("engine"));
    run(server.args(options))
}

/// The server in the profile that is built fastest.
fn server_build() -> Command {
    let words = ["build", "--quiet", "--package", "dreaming-server", "--profile", "quick"];
    cargo("host-example", &words)
}

/// A new file for its owner only, where the system has such files.
fn private(path: &std::path::Path) -> Result<fs::File> {
    let mut new = fs::File::options();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    new.open(path).with_context(|| path.display().to_string())
}
