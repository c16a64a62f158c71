//! Other libraries on the same texts in the same run: rensa and datasketch from PyPI, in a virtual
//! environment of their own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dreaming_testing::generator::{Generated, to_lines};
use serde::Deserialize;

use dreaming_testing::clock::median;

/// The packages that are installed, in the versions of the published numbers.
const PACKAGES: [&str; 2] = ["rensa==0.5.0", "datasketch==2.0.0"];

const SCRIPT: &str = include_str!("peers.py");

/// A virtual environment with the peers.
pub struct Peers {
    folder: PathBuf,
}

#[derive(Deserialize)]
struct Found {
    seconds: Vec<f64>,
}

impl Peers {
    /// Makes the environment in `folder`, unless it exists.
    ///
    /// # Errors
    /// When there is no Python with `venv`, or the packages cannot be downloaded.
    pub fn install(folder: &Path) -> Result<Self, String> {
        let peers = Self { folder: folder.to_owned() };
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        fs::write(folder.join("peers.py"), SCRIPT).map_err(|error| error.to_string())?;
        let ready = folder.join(PACKAGES.join(" "));
        if ready.exists() {
            return Ok(peers);
        }
        eprintln!("== peers: python3 -m venv, pip install {}", PACKAGES.join(" "));
        let venv = folder.join("venv");
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))
            .map_err(|error| format!("the peers need python3 with its module venv: {error}"))?;
        run(Command::new(peers.python()).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))
            .map_err(|error| format!("the peers could not be fetched from PyPI: {error}"))?;
        fs::write(ready, "").map_err(|error| error.to_string())?;
        Ok(peers)
    }

    /// Seconds on a processor, by peer: the median of the rounds.
    ///
    /// # Errors
    /// When the script fails.
    pub fn seconds(
        &self,
        texts: &[Generated],
        rounds: usize,
    ) -> Result<BTreeMap<String, f64>, String> {
        let file = self.folder.join("texts.jsonl");
        fs::write(&file, to_lines(texts)?).map_err(|error| error.to_string())?;
        let mut command = Command::new(self.python());
        command.arg(self.folder.join("peers.py")).arg(&file).arg(rounds.to_string());
        let found: BTreeMap<String, Found> =
            serde_json::from_str(&run(&mut command)?).map_err(|error| error.to_string())?;
        Ok(found.into_iter().map(|(name, found)| (name, median(found.seconds))).collect())
    }

    fn python(&self) -> PathBuf {
        self.folder.join("venv/bin/python")
    }
}

/// Runs a command to its end and returns what it printed.
fn run(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("cannot run `{name}`: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{name}` failed: {}", said.trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
